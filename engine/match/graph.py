"""A lazy decision graph over all rules at once.

A node is what is left of the rules after some fields are known: those that have matched, and the formulas still open.
It names the field to look at next; an edge is a class of that field's values. Nodes and edges are made when they are
first walked, equal nodes are one, and when there are too many all are dropped and made again: like the states of a
lazy DFA. What an event walks depends on its values, not on how many rules there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from engine.match.formula import FALSE, TRUE, Formulas

__all__ = ["NODE_LIMIT", "Graph", "Node"]

NODE_LIMIT = 50_000
"""Nodes kept, at most; of open formulas in all of them fifty times as many."""

FEW = 24
MANY = 300
PAYS = 3
"""A node of fewer open formulas than `FEW` keeps no index of them by predicate, one of at least `MANY` always does, as
the root does; any other once so many steps have been made from it by one field."""

LARGE = 100
"""From so many open formulas on, what is behind an answer is not made for the first record that gives it."""

UNSETTLED = -2
"""In place of a node's next field, until somebody comes there."""

OFTEN = 30
"""An index that is used so often lists who asks for each predicate; until then all who ask for any are gone through."""

Pair = tuple[int, int]
"""(rule, formula)."""


class Node:
    """Rules that have matched, rules still open, the field to ask next (-1: none), and what each answer leads to.

    open   in order of rule
    asked  the predicates on the next field that any open formula asks for: values that differ in others are alike here
    edges  class of the next field -> node; None where no rule can match any more
    met    answers that some record has given, and that no node was made for
    """

    __slots__ = ("asked", "by_answer", "edges", "field", "indexes", "matched", "met", "open")

    def __init__(self, matched: tuple[int, ...], still_open: tuple[Pair, ...]) -> None:
        self.matched = matched
        self.open = still_open
        self.field = UNSETTLED if still_open else -1
        self.asked = 0
        self.edges: dict[int, Node | None] = {}
        self.by_answer: dict[int, Node | None] = {}
        self.indexes: dict[int, _Index] = {}
        self.met: set[int] | None = None


class _Index:
    """For one node and field: what each rule comes to when none of its predicates hold, and who asks for which."""

    __slots__ = ("askers", "asking", "otherwise", "used")

    def __init__(self, still_open: Sequence[Pair], field: int, formulas: Formulas) -> None:
        self.otherwise: list[Pair] = []
        self.asking: list[tuple[int, Pair]] = []
        self.askers: dict[int, list[Pair]] = {}
        self.used = 0
        fields, ends = formulas.fields, formulas.ends
        for pair in still_open:
            formula = pair[1]
            if not fields[formula] >> field & 1:
                self.otherwise.append(pair)
                continue
            if not ends[formula] >> field & 1:
                self.otherwise.append((pair[0], formulas.decide(formula, field, 0)))
            self.asking.append((formulas.bits(formula, field), pair))

    def touched(self, mask: int) -> dict[int, int]:
        """The rules that ask for any of the predicates in `mask`, with their formulas."""
        self.used += 1
        if self.used < OFTEN:
            return dict([pair for bits, pair in self.asking if bits & mask])
        if not self.askers:
            self._list()
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

    def _list(self) -> None:
        for bits, pair in self.asking:
            left = bits
            while left:
                low = left & -left
                self.askers.setdefault(low, []).append(pair)
                left ^= low


class Graph:
    """The graph of a list of formulas, one a rule.

    costs  for each field how dear its value is to get, 0 the cheapest: cheap fields are asked first
    limit  nodes kept, at most; `full` says when there are more, and the graph is to be made anew
    """

    def __init__(self, formulas: Formulas, rules: Sequence[int], costs: Sequence[int], limit: int = NODE_LIMIT) -> None:
        self.formulas = formulas
        self.costs = costs
        self.limit = limit
        self._nodes: dict[tuple[tuple[int, ...], tuple[Pair, ...]], Node] = {}
        self._pairs: dict[Pair, Pair] = {}
        self._past: dict[tuple[Node, int, int], Node | None] = {}
        self._asks: dict[tuple[Node, int], int] = {}
        self._steps: dict[tuple[Node, int], int] = {}
        self._held = 0
        matched = [rule for rule, formula in enumerate(rules) if formula == TRUE]
        self.root: Node = self._node(matched, [(r, f) for r, f in enumerate(rules) if f not in (TRUE, FALSE)])
        self.settled(self.root)

    def __len__(self) -> int:
        return len(self._nodes)

    @property
    def full(self) -> bool:
        """Whether so much is held that it is time to make the graph anew."""
        steps = (len(self._past) + len(self._asks)) // 4
        return max(len(self._nodes), steps) > self.limit or self._held > 50 * self.limit + 4 * len(self.root.open)

    def follow(self, node: Node, found: int, mask: int) -> Node | None:
        """The node behind the edge for a class of the node's own field; `mask` is what the class satisfies."""
        answer = mask & node.asked
        if answer in node.by_answer:
            following = node.by_answer[answer]
        else:
            following = node.by_answer[answer] = self.step(node, node.field, answer)
        node.edges[found] = following
        return following

    def worthwhile(self, node: Node, mask: int) -> bool:
        """Whether to make the node behind an answer: a small one at once, a large one when it is given once more."""
        answer = mask & node.asked
        if len(node.open) < LARGE or answer in node.by_answer:
            return True
        if node.met is None:
            node.met = set()
        if answer in node.met:
            return True
        node.met.add(answer)
        self._held += 1
        return False

    def past(self, node: Node | None, field: int, mask: int) -> Node | None:
        """The node after a field that need not be the node's own; the same node where nobody asks for it any more.

        It may not be settled yet.
        """
        if node is None:
            return None
        asked = self._asks.get((node, field))
        if asked is None:
            asked = self._asks[node, field] = self._asked(node, field)
        if not asked:
            return node
        key = node, field, mask & asked
        if key in self._past:
            return self._past[key]
        following = self._past[key] = self._after(node, field, mask & asked)
        return following

    def _asked(self, node: Node, field: int) -> int:
        """The predicates on a field that any open formula of a node asks for."""
        bits, fields = self.formulas.bits, self.formulas.fields
        found = 0
        for formula in {formula for _, formula in node.open}:
            if fields[formula] >> field & 1:
                found |= bits(formula, field)
        return found

    def step(self, node: Node, field: int, mask: int) -> Node | None:
        """The node after a field is known to satisfy the predicates in `mask`; None when no rule can match any more."""
        return self.settled(self._after(node, field, mask))

    def settled(self, node: Node | None) -> Node | None:
        """The same node, which names the field to ask next: found out only for nodes that events come to."""
        if node is not None and node.field == UNSETTLED:
            node.field = field = self._next_field(node.open)
            if field >= 0:
                node.asked = self._asked(node, field)
        return node

    def _after(self, node: Node, field: int, mask: int) -> Node | None:
        matched = list(node.matched)
        left: list[Pair] = []
        for pair in self._results(node, field, mask):
            formula = pair[1]
            if formula == TRUE:
                matched.append(pair[0])
            elif formula != FALSE:
                left.append(pair)
        return self._node(matched, left) if left or matched else None

    def _results(self, node: Node, field: int, mask: int) -> list[Pair]:
        """What every open rule of a node comes to, in order of rule; those that are false may be left out."""
        formulas = self.formulas
        if not self._indexed(node, field):
            fields, ends, decide = formulas.fields, formulas.ends, formulas.decide
            return [
                pair if not fields[pair[1]] >> field & 1 else (pair[0], decide(pair[1], field, mask))
                for pair in node.open
                if mask or not ends[pair[1]] >> field & 1
            ]
        index = node.indexes.get(field)
        if index is None:
            index = node.indexes[field] = _Index(node.open, field, formulas)
            self._held += 2 * len(node.open)
        touched = index.touched(mask)
        results = [pair for pair in index.otherwise if pair[0] not in touched]
        results.extend((rule, formulas.decide(formula, field, mask)) for rule, formula in touched.items())
        results.sort()
        return results

    def _indexed(self, node: Node, field: int) -> bool:
        """Whether to look the open formulas of a node up, rather than to go through all of them."""
        if len(node.open) >= MANY or node is self.root or len(node.open) < FEW:
            return len(node.open) >= FEW
        steps = self._steps[node, field] = self._steps.get((node, field), 0) + 1
        return steps > PAYS

    def _node(self, matched: list[int], still_open: list[Pair]) -> Node:
        pairs = self._pairs
        key = tuple(sorted(matched)), tuple([pairs.setdefault(pair, pair) for pair in still_open])
        node = self._nodes.get(key)
        if node is None:
            node = self._nodes[key] = Node(*key)
            self._held += len(still_open)
        return node

    def _next_field(self, still_open: Sequence[Pair]) -> int:
        """The field to ask next, -1 when none is left.

        Of the cheapest fields it is the one whose answer ends most rules when none of their predicates hold (most
        events are of no interest to most rules), then the one that most rules ask for.
        """
        ends: dict[int, int] = {}
        asks: dict[int, int] = {}
        kinds, pairs = self.formulas.kinds, self.formulas.pairs
        for kind, rules in Counter([kinds[formula] for _, formula in still_open]).items():
            asked, ending = pairs[kind]
            while asked:
                low = asked & -asked
                asks[low] = asks.get(low, 0) + rules
                if ending & low:
                    ends[low] = ends.get(low, 0) + rules
                asked ^= low
        if not asks:
            return -1

        def rank(low: int) -> tuple[int, int, int, int]:
            return self.costs[low.bit_length() - 1], -ends.get(low, 0), -asks[low], low

        return min(asks, key=rank).bit_length() - 1
