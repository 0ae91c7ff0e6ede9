"""Why a rule matched: the selections that are true, and the fields and values that made them so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from msgspec import UNSET

from engine.fields import flatten, scalars
from engine.match.classes import Classes, PairClasses
from engine.match.exact import Searched
from engine.match.record import Record
from engine.model import Matched
from engine.rules import And, Const, Exact, Expr, FieldRef, Not, Or, Predicate, Rule, Search, Selection

__all__ = ["Evidence"]

Value = Callable[[dict[str, Any]], Any]
"""What is asked of a record: the value of a field, or the first that satisfies a predicate, given that one does."""

Found = list[tuple[str | None, Any]]
"""Fields and values, in the order of the rule."""

Why = Callable[["_Seen"], Found | None]
"""For a record: what made an expression true; None when it is false."""


class Answers(Protocol):
    """The predicates of all rules, by field, and their classes: what a matcher has compiled."""

    def locate(self, predicate: Predicate) -> tuple[int, int]: ...

    def getter(self, path: str) -> Value: ...

    def exact_getter(self, path: str) -> Value: ...

    def classes_of(self, number: int) -> Classes | PairClasses | Searched: ...

    def mask(self, number: int, record: Record) -> int: ...


class _Seen:
    """One record, and for each field what is known of it so far."""

    __slots__ = ("answers", "masks", "record")

    def __init__(self, record: Record, answers: Answers) -> None:
        self.record = record
        self.answers = answers
        self.masks: dict[int, int] = {}

    def has(self, number: int, bit: int) -> int:
        mask = self.masks.get(number)
        if mask is None:
            mask = self.masks[number] = self.answers.mask(number, self.record)
        return mask & bit


class Evidence:
    """Explains matches of the rules that a matcher has compiled; a rule is prepared when it first matches."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._prepared: dict[str, list[tuple[str, Why]]] = {}
        self._last: _Seen | None = None

    def of(self, rule: Rule, record: Record) -> tuple[tuple[str, ...], tuple[Matched, ...]]:
        """(selections that are true, what made them true), both in the order of the rule, nothing twice."""
        prepared = self._prepared.get(rule.key)
        if prepared is None:
            prepared = self._prepared[rule.key] = [
                (name, self._why(expr, rule)) for name, expr in rule.selections.items()
            ]
        seen = self._last
        if seen is None or seen.record is not record:  # what several rules see in one record is looked up once
            seen = self._last = _Seen(record, self._answers)
        names: list[str] = []
        matched: list[Matched] = []
        for name, why in prepared:
            found = why(seen)
            if found is not None:
                names.append(name)
                matched.extend(Matched(name, field, value) for field, value in _once(found))
        return tuple(names), tuple(matched)

    def _why(self, expr: Expr, rule: Rule) -> Why:
        if isinstance(expr, And):
            return _all([self._why(arg, rule) for arg in expr.args])
        if isinstance(expr, Or):
            return _any([self._why(arg, rule) for arg in expr.args])
        if isinstance(expr, Not):
            inner = self._why(expr.arg, rule)
            return lambda seen: [] if inner(seen) is None else None
        if isinstance(expr, Const):
            value = expr.value
            return lambda seen: [] if value else None
        if isinstance(expr, Selection):
            return self._why(rule.selections[expr.name], rule)
        return self._leaf(expr)

    def _leaf(self, predicate: Predicate) -> Why:
        number, position = self._answers.locate(predicate)
        classes, bit, field = self._answers.classes_of(number), 1 << position, predicate.field
        if isinstance(predicate, Search):
            return lambda seen: [] if seen.has(number, bit) else None
        if isinstance(predicate, Exact):
            value = _whole(self._answers.exact_getter(predicate.field))
        elif isinstance(classes, Classes):
            value = _tested(None if field is None else self._answers.getter(field), classes, bit)
        elif isinstance(predicate, FieldRef) and isinstance(classes, PairClasses):
            left, right = self._answers.getter(predicate.field), self._answers.getter(predicate.other)
            value = _compared(left, right, classes, bit)
        return lambda seen: [(field, value(seen.record.fields))] if seen.has(number, bit) else None


def _all(parts: list[Why]) -> Why:
    def why(seen: _Seen) -> Found | None:
        found: Found = []
        for part in parts:
            more = part(seen)
            if more is None:
                return None
            found += more
        return found

    return why


def _any(parts: list[Why]) -> Why:
    def why(seen: _Seen) -> Found | None:
        found: Found | None = None
        for part in parts:
            more = part(seen)
            if more is not None:
                found = more if found is None else found + more
        return found

    return why


def _compared(left: Value, right: Value, classes: PairClasses, bit: int) -> Value:
    def value_of(fields: dict[str, Any]) -> Any:
        other = right(fields)
        return next(value for value in flatten(left(fields)) if classes.of(value, other) & bit)

    return value_of


def _whole(read: Value) -> Value:
    def value_of(fields: dict[str, Any]) -> Any:
        value = read(fields)
        return None if value is UNSET else value

    return value_of


def _tested(read: Value | None, classes: Classes, bit: int) -> Value:
    def satisfies(value: Any) -> int:
        return classes.masks[classes.of(value)] & bit

    if read is None:
        return lambda fields: next(filter(satisfies, scalars(fields)))

    def value_of(fields: dict[str, Any]) -> Any:
        value = read(fields)
        if type(value) is list:
            return next(filter(satisfies, flatten(value)), value)
        return None if value is UNSET else value

    return value_of


def _once(found: Found) -> Found:
    """Without repetitions; True, 1 and 1.0 are three values."""
    if len(found) < 2:
        return found
    kept: dict[tuple[str | None, str], tuple[str | None, Any]] = {}
    for field, value in found:
        kept.setdefault((field, value if type(value) is str else f"\0{value!r}"), (field, value))
    return list(kept.values())
