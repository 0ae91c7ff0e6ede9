"""How much work one template may make: steps are counted where they are made, and no clock is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sized
from typing import Any

__all__ = ["LONGEST", "LONGEST_SOURCE", "STEPS", "Budget", "Exceeded"]

STEPS = 300_000
"""Steps of one rendering: an item of a loop, a call, a filter, an operator, 64 characters of text. About a second."""

LONGEST = 100_000
"""Characters of any text that a template makes on its way, and of its whole result."""

LONGEST_SOURCE = 64_000
"""Characters of a template's file."""

LARGEST = 10_000
"""Members of any list or object that a template makes, those within its members too."""

DEEPEST = 50
BITS = 4_096


class Exceeded(Exception):
    """A template does more than it may."""


class Budget:
    """What is left of one rendering. Every method raises Exceeded when that is not enough."""

    __slots__ = ("_left",)

    def __init__(self, steps: int = STEPS) -> None:
        self._left = steps

    def spend(self, steps: int) -> None:
        """Take steps off."""
        self._left -= steps
        if self._left < 0:
            raise Exceeded(f"the template makes more than {STEPS:,} steps")

    def text(self, length: int) -> None:
        """Pay for a text before it is made."""
        if length > LONGEST:
            raise Exceeded(f"the template makes a text of more than {LONGEST:,} characters")
        self.spend(1 + length // 64)

    def number(self, bits: int) -> None:
        """Pay for a whole number before it is made."""
        if bits > BITS:
            raise Exceeded(f"the template makes a number of more than {BITS:,} bits")
        self.spend(1)

    def weigh(self, value: Any) -> Any:
        """Pay for all there is in a value, and give it back."""
        if isinstance(value, str):
            self.spend(1 + len(value) // 64)
        elif isinstance(value, (list, tuple, dict)):
            self._count(value, LARGEST, 0)
        else:
            self.spend(1)
        return value

    def _count(self, value: Any, left: int, depth: int) -> int:
        if depth > DEEPEST:
            raise Exceeded(f"the template makes lists that are more than {DEEPEST} deep")
        left -= 1
        self.spend(1)
        if left < 0:
            raise Exceeded(f"the template makes a list of more than {LARGEST:,} members")
        if isinstance(value, dict):
            value = value.values()
        elif isinstance(value, str) or not isinstance(value, (list, tuple)):
            return left
        for member in value:
            left = self._count(member, left, depth + 1)
        return left


class Paced:
    """What a loop goes over, with every item paid for; as long as what it is made of."""

    __slots__ = ("_budget", "_cost", "_items")

    def __init__(self, items: Iterable[Any], budget: Budget, cost: int) -> None:
        self._items = items if isinstance(items, Sized) else list(self._paid(items, budget))
        self._budget = budget
        self._cost = cost

    @staticmethod
    def _paid(items: Iterable[Any], budget: Budget) -> Iterator[Any]:
        for item in items:
            budget.spend(1)
            yield item

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Any]:
        for item in self._items:
            self._budget.spend(self._cost)
            yield item
