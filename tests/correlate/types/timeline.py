"""Timelines: hits at seconds in, episodes in seconds out; in one go, in another order, and saved at every step."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any, NamedTuple

from engine.correlate import Correlator, Counts, Memory
from engine.errors import RuleError
from engine.hit import Episode, Evidence, Hit, Measured
from engine.model import Ref
from engine.rules import Correlation, Ruleset
from tests.correlate.worlds import correlation, rule

__all__ = ["At", "Seen", "at", "counts", "fired", "hits_of", "made", "refused", "starts", "values"]

SECOND = 1_000_000


class At(NamedTuple):
    """A hit of a rule at a second."""

    rule: str
    time: float
    values: dict[str, Any]
    event: str | None


class Seen(NamedTuple):
    """An episode as it stands in the end; times in seconds, `shown` those of its evidence."""

    start: float
    last: float
    end: float | None
    value: Measured
    hits: int
    group: tuple[str | None, ...]
    shown: tuple[float, ...]


def at(rule: str, *times: float, event: str | None = None, **values: Any) -> list[At]:
    """Hits of one rule at these seconds, all with the same values; of one event where that is named."""
    return [At(rule, time, values, event) for time in times]


def made(kind: str, rules: str, timespan: float, **more: Any) -> Correlation:
    """A correlation with its timespan in seconds."""
    return correlation("c", kind, rules, timespan=round(timespan * SECOND), **more)


def hits_of(line: Iterable[At]) -> list[Hit]:
    found = []
    for number, (key, time, values, event) in enumerate(line):
        moment, name = round(time * SECOND), event or f"e{number}"
        found.append(Hit(key, moment, name, values, (Evidence(key, moment, Ref("log", number), name, {}),)))
    return found


def fired(asked: Correlation | list[Correlation], *lines: list[At], until: float | None = None) -> list[Seen]:
    """The episodes of the last correlation, decided up to a second, or with all that waits.

    Whatever is asked, any order of the hits and saving at every step has to give the same.
    """
    ruleset = _ruleset(asked)
    hits = hits_of(at for line in lines for at in line)
    found = _folded(ruleset, _told(ruleset, hits, until))
    shuffled = random.Random(len(hits)).sample(hits, len(hits))
    assert _folded(ruleset, _told(ruleset, shuffled, until)) == found
    assert _folded(ruleset, _told_in_steps(ruleset, hits, until)) == found
    return found


def starts(asked: Correlation | list[Correlation], *lines: list[At], until: float | None = None) -> list[float]:
    """When its episodes began."""
    return [each.start for each in fired(asked, *lines, until=until)]


def values(asked: Correlation | list[Correlation], *lines: list[At]) -> list[tuple[float, Measured]]:
    """When its episodes began, and what was measured last."""
    return [(each.start, each.value) for each in fired(asked, *lines)]


def counts(asked: Correlation, *lines: list[At], until: float) -> Counts:
    """What the correlator counts when it is closed at a second."""
    correlator = Correlator(_ruleset(asked))
    correlator.take(hits_of(at for line in lines for at in line))
    list(correlator.close(round(until * SECOND), final=False))
    return correlator.counts["c"]


def refused(kind: str, rules: str = "a b", timespan: float = 10, **more: Any) -> str:
    """Why a correlation cannot be used."""
    try:
        Correlator(_ruleset(made(kind, rules, timespan, **more)))
    except RuleError as error:
        return error.fault
    raise AssertionError("it can be used")


def _ruleset(asked: Correlation | list[Correlation]) -> Ruleset:
    listed = asked if isinstance(asked, list) else [asked]
    inner = {each.key for each in listed}
    keys = dict.fromkeys(key for each in listed for key in each.rules if key not in inner)
    return Ruleset(tuple(map(rule, keys)), correlations=tuple(listed))


def _told(ruleset: Ruleset, hits: list[Hit], until: float | None) -> Iterable[Episode]:
    correlator = Correlator(ruleset)
    correlator.take(hits)
    if until is None:
        return correlator.close(max(hit.time for hit in hits), final=True)
    return correlator.settle(round(until * SECOND))


def _told_in_steps(ruleset: Ruleset, hits: list[Hit], until: float | None) -> Iterable[Episode]:
    """Everything that happens at one time is a run of its own, which goes on from what the one before it has saved."""
    states = Memory()
    for time in sorted({hit.time for hit in hits}):
        if until is None or time <= until * SECOND:
            correlator = Correlator(ruleset, states)
            correlator.take(hit for hit in hits if hit.time == time)
            yield from correlator.settle(time)
            correlator.commit()
    correlator = Correlator(ruleset, states)
    if until is None:
        yield from correlator.close(max(hit.time for hit in hits), final=True)
    else:
        yield from correlator.settle(round(until * SECOND))


def _folded(ruleset: Ruleset, episodes: Iterable[Episode]) -> list[Seen]:
    """What was told last of each episode, in order of their starts; it must have been told in order."""
    key = ruleset.correlations[-1].key
    found: dict[str, Episode] = {}
    for each in episodes:
        if each.correlation == key:
            assert (each.id in found) == (each.state != "opened"), each
            found[each.id] = each
    told = sorted(found.values(), key=lambda each: (each.start, str(each.group), str(each.value), each.id))
    return [
        Seen(
            each.start / SECOND, each.last / SECOND, None if each.end is None else each.end / SECOND, each.value,
            each.hits, tuple(text for _, text in each.group), tuple(one.time / SECOND for one in each.evidence),
        )
        for each in told
    ]  # fmt: skip
