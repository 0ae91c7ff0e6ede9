"""Conditions as numbers: interned boolean formulas that can be decided one field at a time.

A formula is a small integer, equal formulas are the same one. 0 is false, 1 is true. Every other one is a literal
about one field or a join of formulas. `not` is pushed down to the literals, and literals of one field that stand side
by side are one, so a list of two hundred file names is a single literal with two hundred bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from engine.rules import And, Const, Expr, Not, Or, Predicate, Selection

__all__ = ["FALSE", "TRUE", "Formulas", "Literal"]

FALSE = 0
TRUE = 1

_JOINS = (And, Or)
_INNER = (And, Or, Not, Const, Selection)  # all but predicates

Locate = Callable[[Predicate], tuple[int, int]]
"""A predicate -> (number of its field, its bit among the field's predicates)."""


# What a formula says: the first four, literals, of the predicates on one field that a value satisfies. Plain numbers,
# because they are hashed and compared at every step.
_ANY = 0  # at least one of the bits
_ALL = 1  # all of the bits
_NONE = 2  # none of the bits
_NOT_ALL = 3  # not all of the bits
_AND = 4
_OR = 5

_MERGED = {_AND: (_ALL, _NONE), _OR: (_ANY, _NOT_ALL)}
"""Which literals of one field become one inside a join: those that ask for predicates, those that exclude them."""

_OF_ONE_BIT = {_ANY: _ANY, _ALL: _ANY, _NONE: _NONE, _NOT_ALL: _NONE}
"""Of a single bit, "all" says the same as "any": one spelling."""

_OTHER_SPELLING = {_ANY: _ALL, _ALL: _ANY, _NONE: _NOT_ALL, _NOT_ALL: _NONE}

_Key = tuple[int, int, int] | tuple[int, tuple[int, ...]]
"""A literal: kind, field, bits. A join: kind, formulas."""


class Literal(NamedTuple):
    """What a formula without parts says of the predicates on one field that a value satisfies.

    together  all of the bits are meant, else any of them
    negated   not so
    """

    field: int
    bits: int
    together: bool
    negated: bool


class Formulas:
    """All formulas of one decision graph.

    fields  for each formula the fields it asks for, as bits
    ends    for each formula the fields that make it false when none of their predicates hold, as bits
    kinds   for each formula the number of its pair of these; `pairs` has them by number
    """

    def __init__(self) -> None:
        self._keys: list[_Key] = [(_OR, ()), (_AND, ())]
        self._numbers: dict[_Key, int] = {}
        self.fields: list[int] = [0, 0]
        self.ends: list[int] = [0, 0]
        self.kinds: list[int] = [0, 0]
        self.pairs: list[tuple[int, int]] = [(0, 0)]
        self._kinds: dict[tuple[int, int], int] = {(0, 0): 0}
        self._bits: dict[tuple[int, int], int] = {}
        self._decided: dict[tuple[int, int, int], int] = {}

    def __len__(self) -> int:
        return len(self._keys) + len(self._decided)

    def of(self, expr: Expr, selections: dict[str, Expr], locate: Locate) -> int:
        """The formula of a rule's condition."""
        return self._build(expr, selections, locate, False)

    def _build(self, expr: Expr, selections: dict[str, Expr], locate: Locate, negated: bool) -> int:
        if isinstance(expr, _JOINS):
            return self._build_join(expr, selections, locate, negated)
        if isinstance(expr, Not):
            return self._build(expr.arg, selections, locate, not negated)
        if isinstance(expr, Const):
            return TRUE if expr.value is not negated else FALSE
        if isinstance(expr, Selection):
            return self._build(selections[expr.name], selections, locate, negated)
        field, bit = locate(expr)
        return self._literal(_NONE if negated else _ANY, field, 1 << bit)

    def _build_join(self, expr: And | Or, selections: dict[str, Expr], locate: Locate, negated: bool) -> int:
        kind = _AND if isinstance(expr, And) is not negated else _OR
        literal = _MERGED[kind][negated]
        merged: dict[tuple[int, int], int] = {}
        parts: list[int] = []
        for arg in expr.args:
            if isinstance(arg, _INNER):
                parts.append(self._build(arg, selections, locate, negated))
            else:
                field, bit = locate(arg)
                merged[literal, field] = merged.get((literal, field), 0) | 1 << bit
        return self._join(kind, parts, merged)

    def _literal(self, kind: int, field: int, bits: int) -> int:
        if not bits & (bits - 1):
            kind = _OF_ONE_BIT[kind]
        key = (kind, field, bits)
        found = self._numbers.get(key)
        if found is None:
            found = self._add(key, 1 << field, 1 << field if kind in (_ANY, _ALL) else 0)
        return found

    def _add(self, key: _Key, fields: int, ends: int) -> int:
        number = self._numbers[key] = len(self._keys)
        self._keys.append(key)
        self.fields.append(fields)
        self.ends.append(ends)
        kind = self._kinds.setdefault((fields, ends), len(self.pairs))
        if kind == len(self.pairs):
            self.pairs.append((fields, ends))
        self.kinds.append(kind)
        return number

    def _join(self, kind: int, parts: Iterable[int], merged: dict[tuple[int, int], int]) -> int:
        """`and`/`or` of formulas, simplified: constants, nested joins and repetitions gone, literals merged.

        merged  literals that are merged already: (kind, field) -> bits
        """
        absorbing, neutral = (FALSE, TRUE) if kind == _AND else (TRUE, FALSE)
        together, apart = _MERGED[kind]
        others: set[int] = set()
        todo = list(parts)
        while todo:
            number = todo.pop()
            if number == absorbing:
                return absorbing
            if number == neutral:
                continue
            key = self._keys[number]
            if len(key) == 2:
                if key[0] == kind:
                    todo.extend(key[1])
                else:
                    others.add(number)
                continue
            literal, field, bits = key
            if literal not in (together, apart) and not bits & (bits - 1):
                literal = _OTHER_SPELLING[literal]
            if literal in (together, apart):
                merged[literal, field] = merged.get((literal, field), 0) | bits
            else:
                others.add(number)
        for (literal, field), bits in merged.items():
            others.add(self._literal(literal, field, bits))
        if len(others) < 2:
            return others.pop() if others else neutral
        return self._joined(kind, tuple(sorted(others)))

    def _joined(self, kind: int, parts: tuple[int, ...]) -> int:
        key = (kind, parts)
        found = self._numbers.get(key)
        if found is not None:
            return found
        fields, ends = 0, 0 if kind == _AND else -1
        for part in parts:
            fields |= self.fields[part]
            ends = ends | self.ends[part] if kind == _AND else ends & self.ends[part]
        return self._add(key, fields, ends)

    def decide(self, number: int, field: int, mask: int) -> int:
        """What is left of a formula once one field is known to satisfy exactly the predicates in `mask`."""
        if not self.fields[number] >> field & 1:
            return number
        if not mask and self.ends[number] >> field & 1:
            return FALSE
        key = self._keys[number]
        if len(key) == 3:
            kind, _, bits = key
            if kind == _ANY:
                return TRUE if mask & bits else FALSE
            if kind == _NONE:
                return FALSE if mask & bits else TRUE
            if kind == _ALL:
                return TRUE if mask & bits == bits else FALSE
            return FALSE if mask & bits == bits else TRUE
        asked = number, field, mask & self.bits(number, field)
        found = self._decided.get(asked)
        if found is None:
            found = self._join(key[0], [self.decide(part, field, mask) for part in key[1]], {})
            self._decided[asked] = found
        return found

    def bits(self, number: int, field: int) -> int:
        """The predicates of a field that a formula still asks for."""
        if not self.fields[number] >> field & 1:
            return 0
        key = self._keys[number]
        if len(key) == 3:
            return key[2]
        found = self._bits.get((number, field))
        if found is None:
            found = 0
            for part in key[1]:
                found |= self.bits(part, field)
            self._bits[number, field] = found
        return found

    def literal(self, number: int) -> Literal | None:
        """What a formula says, if it has no parts."""
        key = self._keys[number]
        if len(key) == 2:
            return None
        kind, field, bits = key
        return Literal(field, bits, kind in (_ALL, _NOT_ALL), kind in (_NONE, _NOT_ALL))

    def holds(self, number: int, mask: Callable[[int], int]) -> bool | None:
        """Whether a formula is true of the predicates that hold on each field; None of one that has parts."""
        key = self._keys[number]
        if len(key) == 2:
            return None if key[1] else key[0] == _AND
        kind, field, bits = key
        found = mask(field) & bits
        if kind == _ANY:
            return found != 0
        if kind == _NONE:
            return found == 0
        return (found == bits) is (kind == _ALL)

    def parts(self, number: int) -> tuple[int, ...]:
        """The formulas that a formula joins."""
        key = self._keys[number]
        return key[1] if len(key) == 2 else ()

    def is_and(self, number: int) -> bool:
        """Whether it takes all of its parts to make it true, rather than one."""
        return self._keys[number][0] == _AND

    def polarity(self, number: int, field: int) -> dict[int, int]:
        """How a formula asks for the predicates of a field, by their bits: 1 positively, 2 negated, 3 both ways."""
        found: dict[int, int] = {}
        if not self.fields[number] >> field & 1:
            return found
        key = self._keys[number]
        if len(key) == 2:
            for part in key[1]:
                for position, way in self.polarity(part, field).items():
                    found[position] = found.get(position, 0) | way
            return found
        kind, _, bits = key
        while bits:
            low = bits & -bits
            found[low.bit_length() - 1] = 1 if kind in (_ANY, _ALL) else 2
            bits ^= low
        return found
