"""From judgements to episodes: when one opens, goes on and ends, and what it says each time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any, Literal, NamedTuple

from engine.correlate.packed import evidence_of, pack
from engine.hit import Evidence, Hit, Measured

__all__ = ["SHOWN", "Fired", "Open", "Shown", "What", "flat", "hit_above", "identity"]

SHOWN = 100
"""Events that an episode shows, at most: the newest."""

What = Literal["opened", "extended", "ended"]

Shown = bytes | tuple[Evidence, ...]
"""Evidence of one hit: packed where it has to be kept."""


class Open:
    """An episode that has not ended.

    since     evidence is of hits from this time on
    extended  it has gone on since it was last told of
    shown     its evidence, where a timer made it true: hits that come before its end would take the place of that
    """

    __slots__ = ("extended", "hits", "id", "last", "shown", "since", "start", "value", "values")

    def __init__(
        self,
        id: str,
        start: int,
        last: int,
        value: Measured,
        hits: int,
        since: int,
        values: dict[str, Any],
        shown: Sequence[Shown] | None = None,
    ) -> None:
        self.id = id
        self.start = start
        self.last = last
        self.value = value
        self.hits = hits
        self.since = since
        self.values = values
        self.extended = False
        self.shown = shown

    def saved(self) -> list[Any]:
        """Plain data to make it of again, in the order of the arguments."""
        shown = None if self.shown is None else [each if isinstance(each, bytes) else pack(each) for each in self.shown]
        return [self.id, self.start, self.last, self.value, self.hits, self.since, self.values, shown]


class Fired(NamedTuple):
    """What is told of one episode: `engine.hit.Episode` before its evidence is unpacked and its correlation named."""

    id: str
    group: str
    state: What
    start: int
    last: int
    end: int | None
    value: Measured
    hits: int
    evidence: tuple[Shown, ...]
    values: dict[str, Any]


def identity(correlation: str, group: str, start: int, tag: str | None) -> str:
    """The same in every run that sees the same logs; 32 hex digits."""
    said = f"{len(correlation)}:{correlation}{len(group)}:{group}{start}"
    if tag is not None:
        said += f":{tag}"
    return blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def flat(shown: Iterable[Shown]) -> tuple[Evidence, ...]:
    """The events of all this evidence, each once, in order of (time, event id); the newest.

    Only events without an id are told apart by their place in the logs, which hangs on how logs were cut into files.
    """
    found: dict[tuple[Any, ...], Evidence] = {}
    for each in shown:
        for event in evidence_of(each) if isinstance(each, bytes) else each:
            found.setdefault((event.time, event.id or "", event.ref, event.rule), event)
    return tuple([found[key] for key in sorted(found)][-SHOWN:])


def hit_above(correlation: str, opened: Open, time: int, values: dict[str, Any], shown: Iterable[Shown]) -> Hit:
    """What correlations above see of an episode each time that its condition is true."""
    return Hit(correlation, time, f"{opened.id}@{time}", values, flat(shown), time == opened.start)
