"""Why a rule matched: the selections that are true, and the fields and values that made them so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from msgspec import UNSET

from engine.fields import flatten, getter, scalars
from engine.match.classes import PairClasses, Tests
from engine.match.record import Record
from engine.model import Matched
from engine.rules import And, Const, Expr, FieldRef, Not, Or, Predicate, Rule, Selection

__all__ = ["Evidence"]

Look = Callable[[Record], Any]

_NOTHING = object()


class Evidence:
    """Looks up, for any record, what satisfies the predicates of a rule; predicates are compiled when first asked."""

    def __init__(self) -> None:
        self._looks: dict[Predicate, Look] = {}

    def of(self, rule: Rule, record: Record) -> tuple[tuple[str, ...], tuple[Matched, ...]]:
        """(selections that are true, what made them true), both in the order of the rule."""
        names: list[str] = []
        matched: dict[tuple[str, str | None, str], Matched] = {}
        for name, expr in rule.selections.items():
            if self._true(expr, rule, record):
                names.append(name)
                for field, value in self._why(expr, rule, record):
                    matched.setdefault((name, field, repr(value)), Matched(name, field, value))
        return tuple(names), tuple(matched.values())

    def _true(self, expr: Expr, rule: Rule, record: Record) -> bool:
        if isinstance(expr, And):
            return all(self._true(arg, rule, record) for arg in expr.args)
        if isinstance(expr, Or):
            return any(self._true(arg, rule, record) for arg in expr.args)
        if isinstance(expr, Not):
            return not self._true(expr.arg, rule, record)
        if isinstance(expr, Const):
            return expr.value
        if isinstance(expr, Selection):
            return self._true(rule.selections[expr.name], rule, record)
        return self._seen(expr, record) is not _NOTHING

    def _why(self, expr: Expr, rule: Rule, record: Record) -> Iterator[tuple[str | None, Any]]:
        """The predicates that hold, those under a `not` left aside, with the value that each saw."""
        if isinstance(expr, And | Or):
            for arg in expr.args:
                if self._true(arg, rule, record):
                    yield from self._why(arg, rule, record)
        elif isinstance(expr, Selection):
            yield from self._why(rule.selections[expr.name], rule, record)
        elif not isinstance(expr, Not | Const):
            yield expr.field, self._seen(expr, record)

    def _seen(self, predicate: Predicate, record: Record) -> Any:
        """The first value that satisfies a predicate (None for a missing one); `_NOTHING` when none does."""
        look = self._looks.get(predicate)
        if look is None:
            look = self._looks[predicate] = (
                _compared(predicate) if isinstance(predicate, FieldRef) else _tested(predicate)
            )
        return look(record)


def _tested(predicate: Predicate) -> Look:
    tests = Tests([predicate])
    path = predicate.field
    if path is None:
        return lambda record: next((value for value in scalars(record.fields) if tests.bits(value)), _NOTHING)
    read = getter(path)

    def look(record: Record) -> Any:
        value = read(record.fields)
        if not tests.bits(value, partial(record.text, path)):
            return _NOTHING
        if type(value) is list:
            return next((member for member in flatten(value) if tests.bits(member)), value)
        return None if value is UNSET else value

    return look


def _compared(predicate: FieldRef) -> Look:
    classes = PairClasses([predicate])
    left, right = getter(predicate.field), getter(predicate.other)

    def look(record: Record) -> Any:
        other = right(record.fields)
        return next((v for v in flatten(left(record.fields)) if classes.of(v, other)), _NOTHING)

    return look
