"""How the engine finds a rule: the fields it looks at, in the order of the decision graph."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from engine.derived import roots
from engine.explain.words import asks
from engine.match.formula import FALSE, TRUE
from engine.match.graph import Node
from engine.match.matcher import Computed, Key, Literally, Matcher
from engine.match.record import Record
from engine.rules import Predicate, Search

__all__ = ["Step", "walk"]


class Step(NamedTuple):
    """One step on the way from the root of the graph.

    fields  what is looked at: one field, two that are compared, none for the whole event (keywords, expressions)
    rules   how many rules are undecided before it
    found   what of that which the rule asks for was found, in words; None where the rule asks for nothing there
    after   what is known of the rule then: "open", "matched" or "out"
    """

    fields: tuple[str, ...]
    rules: int
    found: tuple[str, ...] | None
    after: str


def walk(matcher: Matcher, number: int, record: Record | None = None) -> Iterator[Step]:
    """The way that an event takes as far as it concerns one of the rules.

    number  of the rule among those that were compiled together
    record  None: the way of an event that has, field by field, what keeps the rule going
    """
    formulas = matcher.graph.formulas
    node: Node | None = matcher.graph.root
    while node is not None and node.field >= 0:
        formula = next((formula for rule, formula in node.open if rule == number), None)
        if formula is None:
            return
        field = node.field
        mask = matcher.mask(field, record) if record is not None else _promising(matcher, formula, field)
        asked = formulas.bits(formula, field)
        left = formulas.decide(formula, field, mask)
        after = {TRUE: "matched", FALSE: "out"}.get(left, "open")
        found = tuple(asks(one) for one in _predicates(matcher, field, mask & asked)) if asked else None
        yield Step(_fields(matcher.keys[field]), len(node.open), found, after)
        node = matcher.graph.step(node, field, mask)


def _promising(matcher: Matcher, formula: int, field: int) -> int:
    """The least that a field can satisfy without the rule being out: nothing, one thing asked for, all of it."""
    formulas = matcher.graph.formulas
    asked = formulas.bits(formula, field)
    singles = [1 << position for position in range(asked.bit_length()) if asked >> position & 1]
    ways = [mask for mask in (0, *singles, asked) if formulas.decide(formula, field, mask) != FALSE]
    return ways[0] if ways else 0


def _predicates(matcher: Matcher, field: int, mask: int) -> Iterator[Predicate]:
    for position, predicate in enumerate(matcher.classes_of(field).predicates):
        if mask >> position & 1:
            yield predicate


def _fields(key: Key) -> tuple[str, ...]:
    if isinstance(key, Computed | Literally):
        return (key.path,)
    if isinstance(key, Search):
        return tuple(sorted(roots(key.tree)))
    return () if key is None else (key,) if isinstance(key, str) else key
