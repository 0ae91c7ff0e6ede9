"""What the types share that measure a number in events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.correlate.numbers import Exact, exact
from engine.correlate.window import Measuring, Sliding, once
from engine.hit import Hit
from engine.rules import Correlation

__all__ = ["Amounts", "Summed", "Total"]


class Amounts(Sliding):
    """Keeps the number that each event has; an event without one takes no part."""

    __slots__ = ()
    kind: Summed

    def parts(self, hits: Sequence[Hit]) -> Sequence[tuple[Any, Hit]]:
        values = self.kind.values
        found = [(exact(values(hit)[0]), hit) for hit in once(hits)]
        return [part for part in found if part[0] is not None]


class Total(Amounts):
    """Keeps the sum."""

    __slots__ = ("total",)

    def __init__(self, kind: Any) -> None:
        super().__init__(kind)
        self.total: Exact = 0

    def add(self, time: int, item: Exact) -> None:
        self.total += item

    def drop(self, item: Exact) -> None:
        self.total -= item


class Summed(Measuring):
    """A type that measures one field."""

    def __init__(self, correlation: Correlation) -> None:
        super().__init__(correlation)
        self.needs_field()
