"""A lazy decision graph over all rules at once.

A node is what is left of the rules after some fields are known: those that have matched, and the formulas still open.
It names the field to look at next; an edge is a class of that field's values. Nodes and edges are made when they are
first walked, equal nodes are one, and when there are too many all are dropped and made again: like the states of a
lazy DFA. What an event walks depends on its values, not on how many rules there are.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.match.formula import FALSE, TRUE, Formulas

__all__ = ["NODE_LIMIT", "Graph", "Node"]

NODE_LIMIT = 50_000
"""Nodes and formulas kept, at most."""

MANY = 24
"""From so many open formulas on, a node keeps an index of them by predicate."""

Open = tuple[tuple[int, int], ...]
"""(rule, formula) pairs, in order of rule."""


class Node:
    """Rules that have matched, rules still open, the field to ask next (-1: none), and what each answer leads to."""

    __slots__ = ("edges", "field", "indexes", "matched", "open")

    def __init__(self, matched: tuple[int, ...], still_open: Open, field: int) -> None:
        self.matched = matched
        self.open = still_open
        self.field = field
        self.edges: dict[int, Node | None] = {}
        self.indexes: dict[int, _Index] = {}


class _Index:
    """For one node and field: what each rule comes to when none of its predicates hold, and who asks for which."""

    __slots__ = ("askers", "otherwise")

    def __init__(self, still_open: Open, field: int, formulas: Formulas) -> None:
        self.otherwise: list[tuple[int, int]] = []
        self.askers: dict[int, list[tuple[int, int]]] = {}
        for rule, formula in still_open:
            bits = formulas.bits(formula, field)
            if bits:
                left = formulas.decide(formula, field, 0)
                if left != FALSE:
                    self.otherwise.append((rule, left))
                while bits:
                    low = bits & -bits
                    self.askers.setdefault(low, []).append((rule, formula))
                    bits ^= low
            else:
                self.otherwise.append((rule, formula))

    def touched(self, mask: int) -> dict[int, int]:
        """The rules that ask for any of the predicates in `mask`, with their formulas."""
        found: dict[int, int] = {}
        if mask.bit_count() * 4 < len(self.askers):
            while mask:
                low = mask & -mask
                found.update(self.askers.get(low, ()))
                mask ^= low
        else:
            for bit, rules in self.askers.items():
                if mask & bit:
                    found.update(rules)
        return found


class Graph:
    """The graph of a list of formulas, one a rule.

    costs  for each field how dear its value is to get, 0 the cheapest: cheap fields are asked first
    """

    def __init__(self, formulas: Formulas, rules: Sequence[int], costs: Sequence[int]) -> None:
        self.formulas = formulas
        self.costs = costs
        self._nodes: dict[tuple[tuple[int, ...], Open], Node] = {}
        matched = tuple(rule for rule, formula in enumerate(rules) if formula == TRUE)
        self.root = self._node(matched, tuple((r, f) for r, f in enumerate(rules) if f not in (TRUE, FALSE)))

    def __len__(self) -> int:
        return len(self._nodes)

    def step(self, node: Node, field: int, mask: int) -> Node | None:
        """The node after a field is known to satisfy the predicates in `mask`; None when no rule can match any more."""
        still_open = node.open
        matched = list(node.matched)
        left: list[tuple[int, int]] = []
        decide = self.formulas.decide
        if len(still_open) >= MANY:
            index = node.indexes.get(field)
            if index is None:
                index = node.indexes[field] = _Index(still_open, field, self.formulas)
            touched = index.touched(mask)
            results = [(rule, formula) for rule, formula in index.otherwise if rule not in touched]
            results.extend((rule, decide(formula, field, mask)) for rule, formula in touched.items())
            results.sort()
        else:
            results = [(rule, decide(formula, field, mask)) for rule, formula in still_open]
        for rule, formula in results:
            if formula == TRUE:
                matched.append(rule)
            elif formula != FALSE:
                left.append((rule, formula))
        if not left and not matched:
            return None
        matched.sort()
        return self._node(tuple(matched), tuple(left))

    def _node(self, matched: tuple[int, ...], still_open: Open) -> Node:
        key = (matched, still_open)
        node = self._nodes.get(key)
        if node is None:
            node = self._nodes[key] = Node(matched, still_open, self._next_field(still_open))
        return node

    def _next_field(self, still_open: Open) -> int:
        """The field to ask next, -1 when none is left.

        Of the cheapest fields it is the one whose answer ends most rules when none of their predicates hold (most
        events are of no interest to most rules), then the one that most rules ask for.
        """
        ends: dict[int, int] = {}
        asks: dict[int, int] = {}
        for _, formula in still_open:
            asked, ending = self.formulas.fields[formula], self.formulas.ends[formula]
            while asked:
                low = asked & -asked
                asks[low] = asks.get(low, 0) + 1
                if ending & low:
                    ends[low] = ends.get(low, 0) + 1
                asked ^= low
        if not asks:
            return -1

        def rank(low: int) -> tuple[int, int, int, int]:
            return self.costs[low.bit_length() - 1], -ends.get(low, 0), -asks[low], low

        return min(asks, key=rank).bit_length() - 1
