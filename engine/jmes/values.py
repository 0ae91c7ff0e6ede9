"""What JMESPath makes of values, and the budget that every walk over them is paid from.

Equality and truth are those of the jmespath library 1.1, which are Python's but for a few points.
"""

from __future__ import annotations

from typing import Any

__all__ = ["BUDGET", "Failed", "Meter", "OverBudget", "equal", "text_cost", "true"]

BUDGET = 250_000
"""Steps that one expression may take on one record: some tenths of a second at worst.

A step is one part of the expression evaluated once, one value looked at or put into a list, or 16 characters of text.
"""

CHARACTERS = 16
"""Of text, in one step."""


class Failed(Exception):
    """The expression has no value for this record: the jmespath library would raise; the text says why."""


class OverBudget(Exception):
    """Evaluating would take more steps than the budget has."""


class Meter:
    """What is left of the budget of one evaluation."""

    __slots__ = ("left",)

    def __init__(self, left: int) -> None:
        self.left = left

    def spend(self, steps: int) -> None:
        """Pay for what is about to be done. Raises OverBudget."""
        self.left -= steps
        if self.left < 0:
            raise OverBudget


def text_cost(text: str) -> int:
    """The steps that a walk over a text takes."""
    return 1 + len(text) // CHARACTERS


def true(value: Any) -> bool:
    """Whether JMESPath counts a value as true: all but false, null, "", [] and {}; 0 is true."""
    return not (value is None or value is False or (type(value) in (str, list, dict) and not value))


def equal(left: Any, right: Any, meter: Meter) -> bool:
    """`==` of JMESPath: Python's, but 0 and 1 are not false and true (deeper inside lists and objects they are).

    Without recursion, and paid for, as values that share parts can be far larger written out than in memory.
    """
    if _zero_or_one(left):
        return type(right) is not bool and bool(left == right)
    if _zero_or_one(right) and type(left) is bool:
        return False
    return same(left, right, meter)


def _zero_or_one(value: Any) -> bool:
    return type(value) in (int, float) and value in (0, 1)


def same(left: Any, right: Any, meter: Meter) -> bool:
    """Python's `==` on JSON values."""
    if type(left) not in (list, dict) or type(left) is not type(right):
        if type(left) is str:
            meter.spend(text_cost(left))
        return bool(left == right)
    pairs = [(left, right)]
    while pairs:
        one, other = pairs.pop()
        if one is other:  # as Python's lists and dicts compare their members
            continue
        if type(one) is not type(other) or type(one) not in (list, dict):
            meter.spend(text_cost(one) if type(one) is str else 1)
            if one != other:
                return False
            continue
        meter.spend(1 + len(one))
        if len(one) != len(other):
            return False
        if type(one) is list:
            pairs.extend(zip(reversed(one), reversed(other), strict=True))
        elif one.keys() != other.keys():
            return False
        else:
            pairs.extend((value, other[key]) for key, value in one.items())
    return True


def size_cost(value: Any, meter: Meter) -> None:
    """Pay for a value written out as text."""
    todo = [value]
    while todo:
        one = todo.pop()
        if type(one) is list:
            meter.spend(1 + len(one))
            todo.extend(one)
        elif type(one) is dict:
            names = sum(len(key) for key in one if type(key) is str)
            meter.spend(1 + len(one) + names // CHARACTERS)
            todo.extend(one.values())
        else:
            meter.spend(text_cost(one) if type(one) is str else 1)
