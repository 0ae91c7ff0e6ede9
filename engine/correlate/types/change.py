"""`change`: a field of a group took another value than it had just before.

    correlation:
      type: change
      rules: [instance_call]
      group-by: [userIdentity.accessKeyId]
      field: sourceIPAddress
      timespan: 12h

An event is compared with the one before it in its group, if that is at most one timespan older; exactly one still
counts. After a longer silence nothing is known of a group, and its next value changes nothing. So `first_seen` asks
whether a value is new, and `change` whether it is another one than last: of a, b, a the third is a change too.

Of several fields the combination counts. Values are told apart by their exact text; an event without one of the fields
takes no part. Events of the same time all count as the last: a value is a change if none of them had it.

Every change is an episode of its own that has no length. Its value is the text of the new value, of a combination the
JSON of a list; its evidence are the events that have it and, at most four, those before. Of an inner correlation every
true hit brings its values.

options: {"field": [name, ...]}
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

import msgspec

from engine.correlate.options import Fields
from engine.correlate.types._native import NEVER, Native, by_value, remembered
from engine.correlate.window import Judgement, Window
from engine.hit import Hit
from engine.rules import Correlation

__all__ = ["Type"]


class _Last(Window):
    """The values of the last time that had any."""

    __slots__ = ("time", "values")
    kind: Type

    def __init__(self, kind: Type) -> None:
        super().__init__(kind)
        self.time = NEVER
        self.values: list[str] = []

    def take(self, time: int, hits: Sequence[Hit]) -> Iterable[Judgement]:
        values = by_value((self.kind.value_of(hit), hit) for hit in hits)
        if not values:
            self.seen = ()
            return ()
        self.seen = [hit for those in values.values() for hit in those]
        before, since = self.values, self.time
        self.time, self.values = time, [remembered(value) for value in values]
        if since < time - self.kind.timespan:
            return ()
        return [
            Judgement(True, value, len(those), tag=value, since=since, hits=those)
            for value, those in values.items()
            if remembered(value) not in before
        ]

    def until(self) -> int | None:
        return self.time + self.kind.timespan

    def head(self) -> object:
        return self.time, self.values

    def restore(self, head: tuple[int, list[str]]) -> None:
        self.time, self.values = head


class _Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    field: Fields


class Type(Native):
    """Compares a value with the one before."""

    Options: ClassVar[type[msgspec.Struct]] = _Options
    shows = 4

    def __init__(self, correlation: Correlation) -> None:
        super().__init__(correlation, msgspec.convert(correlation.options, _Options).field)

    def window(self, begin: int, listed: bool = False) -> Window:
        return _Last(self)
