"""Whether a condition can be true of any event, or false of any: found by deciding its formula field by field.

What values of a field can satisfy at once is taken too widely rather than too narrowly, because a list may hold
several: so "no" is certain, and "yes" means that no contradiction was found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from engine.match.formula import FALSE, TRUE, Formulas
from engine.match.text import fold, pattern_test, regex_test
from engine.rules import ANY, Exact, Exists, Expr, FieldRef, Not, Null, Pattern, Predicate, Regex, Search, Text

__all__ = ["can_be_false", "can_be_true"]

STEPS = 20_000
"""Decisions made, at most; then "yes" is the answer."""

TANGLED = 10
"""Predicates of one field that are tried in every combination, at most; with more, "yes" is the answer."""

_POSITIVE, _NEGATIVE, _BOTH = 1, 2, 3
"""What `Formulas.polarity` says."""

Key = str | tuple[str, str] | Exact | Search | None
"""What a predicate is about; one of a native rule is taken to be about something of its own."""


def can_be_true(condition: Expr, selections: Mapping[str, Expr], missing: Iterable[str] = ()) -> bool:
    """Whether any event can make a condition true, as far as can be told.

    missing  fields that no event has
    """
    return _Question(dict(selections), frozenset(missing)).satisfiable(condition)


def can_be_false(condition: Expr, selections: Mapping[str, Expr]) -> bool:
    """Whether any event can make a condition false, as far as can be told."""
    return can_be_true(Not(condition), selections)


class _Question:
    """The formula of one condition, and the predicates in it."""

    def __init__(self, selections: dict[str, Expr], missing: frozenset[str]) -> None:
        self.selections = selections
        self.missing = missing
        self.formulas = Formulas()
        self.keys: list[Key] = []
        self.predicates: list[dict[Predicate, int]] = []
        self._numbers: dict[Key, int] = {}
        self._refuted: set[int] = set()
        self._steps = 0

    def locate(self, predicate: Predicate) -> tuple[int, int]:
        key: Key = (predicate.field, predicate.other) if isinstance(predicate, FieldRef) else predicate.field
        if isinstance(predicate, Exact | Search):
            key = predicate
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.keys)
            self.keys.append(key)
            self.predicates.append({})
        bits = self.predicates[number]
        return number, bits.setdefault(predicate, len(bits))

    def satisfiable(self, condition: Expr) -> bool:
        return self._open(self.formulas.of(condition, self.selections, self.locate))

    def _open(self, formula: int) -> bool:
        """Whether some answers for the fields that are left make the formula true."""
        if formula in (TRUE, FALSE):
            return formula == TRUE
        if formula in self._refuted:
            return False
        fields = self.formulas.fields[formula]
        field = (fields & -fields).bit_length() - 1
        for mask in self._answers(formula, field):
            self._steps += 1
            if mask is None or self._steps > STEPS or self._open(self.formulas.decide(formula, field, mask)):
                return True
        self._refuted.add(formula)
        return False

    def _answers(self, formula: int, field: int) -> Iterator[int | None]:
        """Sets of predicates on a field that are worth trying, the likeliest first; None where they are too many.

        A predicate that the formula asks for only positively is best true, one that it asks for only negatively best
        false. Those that imply one of which the opposite may be needed, and those asked for both ways, are tried in
        every combination.
        """
        predicates = tuple(self.predicates[field])
        key = self.keys[field]
        absent = sum(1 << at for at, one in enumerate(predicates) if _of_missing(one))
        if isinstance(key, str):
            if key in self.missing:
                yield absent
                return
        elif isinstance(key, tuple) and not self.missing.isdisjoint(key):
            yield 0
            return
        polarity = self.formulas.polarity(formula, field)
        never = {at for at in polarity if isinstance(predicates[at], Exists) and _of_missing(predicates[at])}
        always = {at for at in polarity if isinstance(predicates[at], Exists)} - never
        free = {at: way for at, way in polarity.items() if at not in never and at not in always}
        yield from _present(predicates, free, always)
        if isinstance(key, str):
            yield absent


def _present(predicates: Sequence[Predicate], free: Mapping[int, int], always: Iterable[int]) -> Iterator[int | None]:
    """The answers of a field that is there.

    free    predicates that values of it may satisfy or not -> how the formula asks for them
    always  predicates that all of them satisfy
    """
    wary = {at for at, way in free.items() if way != _POSITIVE}
    follow = {
        at: {other for other in wary if other != at and _implies(predicates[at], predicates[other])} for at in free
    }
    tangled = sorted(at for at, way in free.items() if way == _BOTH or (way == _POSITIVE and follow[at]))
    if len(tangled) > TANGLED:
        yield None
        return
    base = _bits((*always, *(at for at, way in free.items() if way == _POSITIVE and not follow[at])))
    for chosen in range(1 << len(tangled)):
        picked = [at for position, at in enumerate(tangled) if chosen >> position & 1]
        yield base | _bits({*picked, *(other for at in picked for other in follow[at])})


def _bits(positions: Iterable[int]) -> int:
    return sum(1 << at for at in positions)


def _of_missing(predicate: Any) -> bool:
    """Whether a predicate is true of a field that is not there."""
    return isinstance(predicate, Null) or (isinstance(predicate, Exists) and not predicate.value)


def _implies(first: Predicate, second: Predicate) -> bool:
    """Whether the one cannot be true without the other; False where that is not known."""
    if not isinstance(first, Text):
        return False
    if isinstance(second, Regex):
        literal = _literal(first)
        return literal is not None and first.cased and regex_test(second.pattern, second.flags)(literal)
    if not isinstance(second, Text) or (second.cased and not first.cased):
        return False
    return _narrower(first.pattern, second.pattern, second.cased)


def _narrower(first: Pattern, second: Pattern, cased: bool) -> bool:
    """Whether every text that the one describes is described by the other, which is at most as particular of case."""
    if first == second:
        return True
    if ANY not in first and not any(isinstance(part, int) for part in first):
        text = "".join(str(part) for part in first)
        return pattern_test(second, cased=cased)(text if cased else fold(text))
    if len(second) == 1 and second[0] == ANY:
        return True
    shape = [isinstance(part, str) for part in second]
    if shape != [False, True, False] or second[0] != ANY or second[2] != ANY:
        return _end(first, second, cased)
    wanted = str(second[1]) if cased else fold(str(second[1]))
    return any(wanted in (part if cased else fold(part)) for part in first if isinstance(part, str))


def _end(first: Pattern, second: Pattern, cased: bool) -> bool:
    """The same for a second pattern that asks for a beginning or an end."""
    if len(second) != 2 or ANY not in second:
        return False
    begins = second[1] == ANY
    wanted, edge = (second[0], first[0]) if begins else (second[1], first[-1])
    if not (isinstance(wanted, str) and isinstance(edge, str)):
        return False
    have, want = (edge, wanted) if cased else (fold(edge), fold(wanted))
    return have.startswith(want) if begins else have.endswith(want)


def _literal(text: Text) -> str | None:
    """The only text that a pattern without wildcards describes."""
    return None if any(isinstance(part, int) for part in text.pattern) else "".join(map(str, text.pattern))
