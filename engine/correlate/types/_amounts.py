"""What the types share that measure a number in events."""

from __future__ import annotations

from typing import Any

from engine.correlate.numbers import Exact, exact
from engine.correlate.window import SKIP, Measuring, Sliding
from engine.hit import Hit
from engine.rules import Correlation

__all__ = ["Amounts", "Summed", "Total"]


class Amounts(Sliding):
    """Keeps the number that each event has, under an alias that of the first rule for which it has one.

    An event without one takes no part.
    """

    __slots__ = ()
    kind: Summed

    def item(self, hit: Hit) -> Any:
        number = exact(self.kind.value(hit))
        return SKIP if number is None else number


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
