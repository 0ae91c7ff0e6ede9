"""What a correlation's condition asks for: operators on a number, or a boolean expression over its rules."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import msgspec

from engine.correlate.numbers import Exact, exact

__all__ = ["UNDONE", "Condition", "Test", "terms", "tester"]

Test = Callable[[Exact], bool]
"""Whether a number satisfies all operators of a condition."""

UNDONE = frozenset({"lt", "lte", "neq"})
"""Operators that further hits can undo: a condition of nothing else is judged when its window closes."""

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operator.lt,
    "gte": operator.le,
    "lt": operator.gt,
    "lte": operator.ge,
    "eq": operator.eq,
    "neq": operator.ne,
}
"""With the limit first, so that `partial` makes a test of them that runs in C."""

MOST_TERMS = 512
"""Ways in which an expression can be made true, at most."""

Number = int | float


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`condition` of Sigma's correlation types.

    gt, ... neq  the operators; several are a range
    field        of what is measured; several are counted together
    percentile   which, 0 to 100
    expression   ["and", ...], ["or", ...], ["not", x] and ["rule", index in `rules`], instead of operators
    """

    gt: Number | None = None
    gte: Number | None = None
    lt: Number | None = None
    lte: Number | None = None
    eq: Number | None = None
    neq: Number | None = None
    field: tuple[str, ...] = ()
    percentile: Number | None = None
    expression: list[Any] | None = None

    @property
    def operators(self) -> dict[str, Number]:
        """Those that are used."""
        return {name: value for name in _OPERATORS if (value := getattr(self, name)) is not None}

    @property
    def undone(self) -> bool:
        """Further hits can undo it."""
        return bool(self.operators) and UNDONE.issuperset(self.operators)


def tester(condition: Condition) -> Test:
    """Compile the operators. Raises ValueError when there are none, or one is no finite number."""
    tests: list[tuple[Callable[[Any, Any], bool], Exact]] = []
    for name, value in condition.operators.items():
        limit = exact(value)
        if limit is None:
            raise ValueError(f"{name}: {value} is no number to compare with")
        tests.append((_OPERATORS[name], limit))
    if not tests:
        raise ValueError(f"the condition needs one of {', '.join(_OPERATORS)}")
    compiled = [partial(compare, limit) for compare, limit in tests]
    return compiled[0] if len(compiled) == 1 else lambda number: all(test(number) for test in compiled)


Term = tuple[frozenset[int], frozenset[int]]
"""Rules that must be there, rules that must not."""


def terms(expression: Any, rules: int) -> tuple[Term, ...]:
    """The ways in which an expression is true, each of them enough; none of one that contradicts itself.

    Raises ValueError for an expression that is malformed, names a rule that there is not, or has too many ways.
    """
    found = _ways(expression, rules, True)
    return tuple(each for each in found if not each[0] & each[1])


def _ways(expression: Any, rules: int, wanted: bool) -> list[Term]:
    match expression:
        case ["rule", int(index)] if 0 <= index < rules:
            one = frozenset((index,))
            return [(one, frozenset()) if wanted else (frozenset(), one)]
        case ["not", inner]:
            return _ways(inner, rules, not wanted)
        case ["and" | "or" as word, *args] if args:
            parts = [_ways(each, rules, wanted) for each in args]
            return _all_of(parts) if (word == "and") == wanted else _few([each for part in parts for each in part])
    raise ValueError(f"no expression over {rules} rules: {expression!r}")


def _all_of(parts: Sequence[list[Term]]) -> list[Term]:
    """Every choice of one way from each part."""
    found: list[Term] = [(frozenset(), frozenset())]
    for part in parts:
        found = _few([(there | more, absent | less) for there, absent in found for more, less in part])
    return found


def _few(found: list[Term]) -> list[Term]:
    """Without repetition and without ways that ask for more than another one does."""
    if len(found) > MOST_TERMS * 8:
        raise ValueError("the expression can be true in too many ways")
    found = sorted(set(found), key=lambda each: (len(each[0]) + len(each[1]), sorted(each[0]), sorted(each[1])))
    kept: list[Term] = []
    for there, absent in found:
        if not any(other[0] <= there and other[1] <= absent for other in kept):
            kept.append((there, absent))
    if len(kept) > MOST_TERMS:
        raise ValueError("the expression can be true in too many ways")
    return kept
