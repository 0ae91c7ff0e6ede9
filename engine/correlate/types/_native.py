"""What the types share that Sigma does not have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any, ClassVar, TypeVar

import msgspec

from engine.correlate.groups import key_of, text
from engine.correlate.window import Missing, Window
from engine.hit import Hit
from engine.rules import Correlation

__all__ = ["NEVER", "Native", "by_value", "remembered"]

NEVER = -(1 << 80)
"""Before every time that an event can have."""

LONGEST = 200
"""Characters of a value that is remembered as it is."""

_Value = TypeVar("_Value", str, tuple[float, float])


class Native:
    """A `Type` whose options are not a condition over a sliding window.

    fields  what it reads of each hit, beside the group
    """

    Options: ClassVar[type[msgspec.Struct]]
    version: ClassVar[int] = 1
    late: ClassVar[bool] = False
    presence: ClassVar[bool] = True
    expires: bool = True
    missing: ClassVar[Missing] = "drop"
    timed = False
    shows = 100

    def __init__(self, correlation: Correlation, fields: Sequence[str] = ()) -> None:
        self.correlation = correlation
        self.timespan = self.reach = correlation.timespan
        self.fields = tuple(fields)
        self._names = {
            rule: tuple(correlation.aliases.get(name, {}).get(rule, name) for name in self.fields)
            for rule in correlation.rules
        }

    def window(self, begin: int, listed: bool = False) -> Window:
        raise NotImplementedError

    def reads(self) -> Iterable[str]:
        return self.fields

    def values(self, hit: Hit) -> list[Any]:
        """What a hit has in the fields; None where it has nothing."""
        return [hit.values.get(name) for name in self._names[hit.rule]]

    def value_of(self, hit: Hit) -> str | None:
        """The text of the value, of several fields the JSON of all; None when one is not there."""
        texts = [text(value) for value in self.values(hit)]
        if None in texts:
            return None
        return texts[0] if len(texts) == 1 else key_of(texts)

    def meaning(self) -> Any:
        return list(self.fields)

    def listed(self) -> Iterable[tuple[str | None, ...]]:
        return ()

    def learning(self, begin: int) -> int | None:
        return None


def by_value(hits: Iterable[tuple[_Value | None, Hit]]) -> dict[_Value, tuple[Hit, ...]]:
    """Hits of one instant by their values, least value first, each event once; without those that have none."""
    found: dict[_Value, dict[str, Hit]] = {}
    for value, hit in hits:
        if value is not None:
            found.setdefault(value, {}).setdefault(hit.event, hit)
    return {value: tuple(found[value].values()) for value in sorted(found)}


def remembered(value: str) -> str:
    """What is remembered of a value: a long one by its digest, so that no log can fill the memory with few values."""
    if len(value) <= LONGEST:
        return value
    return "\0" + blake2b(value.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
