"""`value_count`: how many different values a field has in the events of a window; of several fields, how many tuples.

    correlation:
      type: value_count
      rules: [console_login]
      group-by: [userIdentity.arn]
      timespan: 1h
      condition: {field: sourceIPAddress, gte: 3}

Values are told apart by their exact text, as groups are. An event without the field, or with null, has no value; of
several fields it needs them all. Of an inner correlation every true hit brings its values.

options: {"condition": {"field": [name, ...], operator: number, ...}}
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.correlate.groups import key_of, text
from engine.correlate.numbers import Exact
from engine.correlate.window import SKIP, Measuring, Sliding
from engine.hit import Hit
from engine.rules import Correlation

__all__ = ["Type"]


class _Distinct(Sliding):
    __slots__ = ("counts",)
    kind: Type

    def __init__(self, kind: Type) -> None:
        super().__init__(kind)
        self.counts: dict[str, int] = {}

    def item(self, hit: Hit) -> Any:
        """The text of the value, of several fields that of all; they must all be there."""
        kind = self.kind
        if len(kind.fields) == 1:
            value = text(kind.value(hit))
            return SKIP if value is None else value
        texts = [text(value) for value in kind.values(hit)]
        return SKIP if None in texts else key_of(texts)

    def parts(self, hits: Sequence[Hit]) -> Sequence[tuple[Any, Hit]]:
        found: dict[tuple[str, str], Hit] = {}
        for hit in hits:
            if (value := self.item(hit)) is not SKIP:
                found.setdefault((hit.event, value), hit)
        return [(value, hit) for (_, value), hit in found.items()]

    def add(self, time: int, item: str) -> None:
        self.counts[item] = self.counts.get(item, 0) + 1

    def drop(self, item: str) -> None:
        left = self.counts[item] - 1
        if left:
            self.counts[item] = left
        else:
            del self.counts[item]

    def measured(self, time: int) -> Exact | None:
        return len(self.counts)


class Type(Measuring):
    """Counts different values."""

    presence = True
    measure = _Distinct

    def __init__(self, correlation: Correlation) -> None:
        super().__init__(correlation)
        self.needs_field(most=64)
