"""Matching one record without the graph: only rules of which something necessary holds are evaluated.

To make a node of a thousand rules costs more than to match the record at hand; it pays when others come the same way.
So where nobody has gone before, a record is matched like this, and the graph grows where records come again.

Every rule that cannot be true while nothing holds has an anchor: predicates of which at least one must hold. It is
looked at only when one of them does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from engine.match.formula import Formulas, Literal

__all__ = ["Candidates"]

Anchor = list[int]
"""Literals, one of which must be true; each asks for some predicates on a field."""

Mask = Callable[[int], int]
"""A field -> the predicates on it that hold."""


class Candidates:
    """The rules of a graph, by their anchors.

    rules  the formula of each rule
    costs  for each field how dear its value is to get; formulas are evaluated from the cheapest part on
    """

    def __init__(self, formulas: Formulas, rules: Sequence[int], costs: Sequence[int]) -> None:
        self._formulas = formulas
        self._rules = rules
        self._costs = costs
        self._ordered: dict[int, tuple[int, ...]] = {}
        self._uses = Counter(literal for formula in set(rules) for literal in self._literals(formula))
        self._loose: list[int] = []
        self._anchored: dict[int, dict[int, list[int]]] = {}
        for rule, formula in enumerate(rules):
            anchor = self._anchor(formula)
            if anchor is None:
                self._loose.append(rule)
            for literal in map(formulas.literal, anchor or ()):
                if literal is not None:
                    self._add(rule, literal)
        self._asked = {field: sum(by_bit) for field, by_bit in self._anchored.items()}

    def _add(self, rule: int, literal: Literal) -> None:
        by_bit = self._anchored.setdefault(literal.field, {})
        bits = literal.bits & -literal.bits if literal.together else literal.bits
        while bits:
            low = bits & -bits
            by_bit.setdefault(low, []).append(rule)
            bits ^= low

    def matched(self, mask: Mask) -> tuple[int, ...]:
        """The rules that are true of a record, in order."""
        known: dict[int, int] = {}

        def once(field: int) -> int:
            found = known.get(field)
            if found is None:
                found = known[field] = mask(field)
            return found

        candidates = set(self._loose)
        for field, by_bit in self._anchored.items():
            held = once(field) & self._asked[field]
            while held:
                low = held & -held
                candidates.update(by_bit[low])
                held ^= low
        return tuple(sorted(rule for rule in candidates if self._holds(self._rules[rule], once)))

    def _holds(self, formula: int, mask: Mask) -> bool:
        found = self._formulas.holds(formula, mask)
        if found is not None:
            return found
        decisive = not self._formulas.is_and(formula)
        for part in self._parts(formula):
            if self._holds(part, mask) is decisive:
                return decisive
        return not decisive

    def _parts(self, formula: int) -> tuple[int, ...]:
        """The parts of a join, the cheapest first."""
        found = self._ordered.get(formula)
        if found is None:
            found = self._ordered[formula] = tuple(sorted(self._formulas.parts(formula), key=self._dearest))
        return found

    def _dearest(self, formula: int) -> int:
        fields, dearest = self._formulas.fields[formula], 0
        while fields:
            low = fields & -fields
            dearest = max(dearest, self._costs[low.bit_length() - 1])
            fields ^= low
        return dearest

    def _literals(self, formula: int) -> Iterator[int]:
        if self._formulas.literal(formula) is not None:
            yield formula
        for part in self._formulas.parts(formula):
            yield from self._literals(part)

    def _anchor(self, formula: int) -> Anchor | None:
        """What must hold, or one of which, for the formula to be true; None where it may be true without."""
        literal = self._formulas.literal(formula)
        if literal is not None:
            return None if literal.negated else [formula]
        anchors = [self._anchor(part) for part in self._formulas.parts(formula)]
        if self._formulas.is_and(formula):
            return min((anchor for anchor in anchors if anchor is not None), key=self._weight, default=None)
        every = [anchor for anchor in anchors if anchor is not None]
        return [one for anchor in every for one in anchor] if len(every) == len(anchors) else None

    def _weight(self, anchor: Anchor) -> tuple[int, int]:
        """What it costs to look for an anchor, and about how often it is found: what many rules ask for, often is."""
        found = [(self._formulas.literal(one), self._uses[one]) for one in anchor]
        dearest = max((self._costs[literal.field] for literal, _ in found if literal), default=0)
        return dearest, sum(literal.bits.bit_count() * uses for literal, uses in found if literal)
