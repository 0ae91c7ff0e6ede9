"""Conditions as numbers: interned boolean formulas that can be decided one field at a time.

A formula is a small integer, equal formulas are the same one. 0 is false, 1 is true. Every other one is a literal
about one field or a join of formulas. `not` is pushed down to the literals, and literals of one field that stand side
by side are one, so a list of two hundred file names is a single literal with two hundred bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import IntEnum

from engine.rules import And, Const, Expr, Not, Or, Predicate, Selection

__all__ = ["FALSE", "TRUE", "Formulas"]

FALSE = 0
TRUE = 1

Locate = Callable[[Predicate], tuple[int, int]]
"""A predicate -> (number of its field, its bit among the field's predicates)."""


class _Kind(IntEnum):
    """What a formula says; the four literals say it of the predicates that a value satisfies."""

    ANY = 0  # at least one of the bits
    ALL = 1  # all of the bits
    NONE = 2  # none of the bits
    NOT_ALL = 3  # not all of the bits
    AND = 4
    OR = 5


_MERGED = {_Kind.AND: (_Kind.ALL, _Kind.NONE), _Kind.OR: (_Kind.ANY, _Kind.NOT_ALL)}
"""Which literals of one field become one inside a join."""


class Formulas:
    """All formulas of one decision graph."""

    def __init__(self) -> None:
        self._keys: list[tuple[_Kind, int, int] | tuple[_Kind, tuple[int, ...]]] = [(_Kind.AND, ()), (_Kind.OR, ())]
        self._numbers: dict[object, int] = {}
        self.fields: list[int] = [0, 0]
        self._asks: dict[int, tuple[tuple[int, bool], ...]] = {}

    def __len__(self) -> int:
        return len(self._keys)

    def of(self, expr: Expr, selections: dict[str, Expr], locate: Locate) -> int:
        """The formula of a rule's condition."""
        return self._build(expr, selections, locate, negated=False)

    def _build(self, expr: Expr, selections: dict[str, Expr], locate: Locate, *, negated: bool) -> int:
        if isinstance(expr, And | Or):
            kind = _Kind.AND if isinstance(expr, And) is not negated else _Kind.OR
            return self._join(kind, [self._build(arg, selections, locate, negated=negated) for arg in expr.args])
        if isinstance(expr, Not):
            return self._build(expr.arg, selections, locate, negated=not negated)
        if isinstance(expr, Const):
            return TRUE if expr.value is not negated else FALSE
        if isinstance(expr, Selection):
            return self._build(selections[expr.name], selections, locate, negated=negated)
        field, bit = locate(expr)
        return self._literal(_Kind.NONE if negated else _Kind.ANY, field, 1 << bit)

    def _literal(self, kind: _Kind, field: int, bits: int) -> int:
        if bits.bit_count() == 1:  # of one bit, "all" says the same as "any": one spelling
            kind = {_Kind.ALL: _Kind.ANY, _Kind.NOT_ALL: _Kind.NONE}.get(kind, kind)
        return self._intern((kind, field, bits), 1 << field)

    def _intern(self, key: tuple[_Kind, int, int] | tuple[_Kind, tuple[int, ...]], fields: int) -> int:
        found = self._numbers.get(key)
        if found is None:
            found = self._numbers[key] = len(self._keys)
            self._keys.append(key)
            self.fields.append(fields)
        return found

    def _join(self, kind: _Kind, args: Iterable[int]) -> int:
        """`and`/`or` of formulas, simplified: constants, nested joins and repetitions gone, literals merged."""
        absorbing, neutral = (FALSE, TRUE) if kind is _Kind.AND else (TRUE, FALSE)
        together, apart = _MERGED[kind]
        merged: dict[tuple[_Kind, int], int] = {}
        others: set[int] = set()
        todo = list(args)
        while todo:
            number = todo.pop()
            if number == absorbing:
                return absorbing
            if number == neutral:
                continue
            key = self._keys[number]
            if len(key) == 2:
                if key[0] is kind:
                    todo.extend(key[1])
                else:
                    others.add(number)
                continue
            literal, field, bits = key
            if bits.bit_count() == 1 and literal is not together and literal is not apart:
                literal = _SINGLE[literal]
            if literal is together or literal is apart:
                merged[literal, field] = merged.get((literal, field), 0) | bits
            else:
                others.add(number)
        others.update(self._literal(literal, field, bits) for (literal, field), bits in merged.items())
        if not others:
            return neutral
        if len(others) == 1:
            return others.pop()
        fields = 0
        for number in others:
            fields |= self.fields[number]
        return self._intern((kind, tuple(sorted(others))), fields)

    def decide(self, number: int, field: int, mask: int) -> int:
        """What is left of a formula once one field is known to satisfy exactly the predicates in `mask`."""
        if not self.fields[number] >> field & 1:
            return number
        key = self._keys[number]
        if len(key) == 3:
            kind, _, bits = key
            if kind is _Kind.ANY:
                return TRUE if mask & bits else FALSE
            if kind is _Kind.NONE:
                return FALSE if mask & bits else TRUE
            if kind is _Kind.ALL:
                return TRUE if mask & bits == bits else FALSE
            return FALSE if mask & bits == bits else TRUE
        return self._join(key[0], [self.decide(arg, field, mask) for arg in key[1]])

    def asks(self, number: int) -> tuple[tuple[int, bool], ...]:
        """(field, whether the formula is false when none of its predicates on that field hold), for every field."""
        found = self._asks.get(number)
        if found is None:
            fields, each = self.fields[number], []
            while fields:
                low = fields & -fields
                field = low.bit_length() - 1
                each.append((field, self.decide(number, field, 0) == FALSE))
                fields ^= low
            found = self._asks[number] = tuple(each)
        return found

    def bits(self, number: int, field: int) -> int:
        """The predicates of a field that a formula still asks for."""
        if not self.fields[number] >> field & 1:
            return 0
        key = self._keys[number]
        if len(key) == 3:
            return key[2]
        found = 0
        for arg in key[1]:
            found |= self.bits(arg, field)
        return found


_SINGLE = {_Kind.ANY: _Kind.ALL, _Kind.ALL: _Kind.ANY, _Kind.NONE: _Kind.NOT_ALL, _Kind.NOT_ALL: _Kind.NONE}
"""The other spelling of a literal of one bit."""
