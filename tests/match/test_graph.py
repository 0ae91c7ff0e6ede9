"""The decision graph by itself: what is left of many rules after any field is known, in any order."""

from __future__ import annotations

from itertools import permutations, product

import pytest

from engine.match.formula import FALSE, TRUE, Formulas
from engine.match.graph import Graph, Node
from engine.rules import And, Expr, Not, Null, Or, Predicate

FIELDS = ("a", "b", "c")
A, B, C = (Null(name) for name in FIELDS)

FORMS: list[Expr] = [
    A,
    Not(A),
    And((A, B)),
    Or((A, B)),
    And((A, Not(C))),
    Or((Not(A), C)),
    And((Or((A, B)), Not(And((B, C))))),
]


def true_of(expr: Expr, known: dict[Expr, bool]) -> bool:
    match expr:
        case And(args):
            return all(true_of(arg, known) for arg in args)
        case Or(args):
            return any(true_of(arg, known) for arg in args)
        case Not(arg):
            return not true_of(arg, known)
        case _:
            return known[expr]


def locate(predicate: Predicate) -> tuple[int, int]:
    return FIELDS.index(str(predicate.field)), 0


@pytest.mark.parametrize("count", [7, 70])
@pytest.mark.parametrize("many", [1, 5, 1_000], ids=["index throughout", "index at first", "no index"])
def test_a_node_may_be_asked_for_any_field_first(count: int, many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """One graph for all orders, so that nodes are asked for several fields each."""
    monkeypatch.setattr("engine.match.graph.MANY", many)
    rules = [FORMS[number % len(FORMS)] for number in range(count)]
    formulas = Formulas()
    graph = Graph(formulas, [formulas.of(rule, {}, locate) for rule in rules], [0, 0, 0])
    for order in permutations(range(3)):
        for values in product((False, True), repeat=3):
            node: Node | None = graph.root
            for field in order:
                node = graph.step(node, field, int(values[field])) if node else None
            wanted = tuple(
                n for n, rule in enumerate(rules) if true_of(rule, dict(zip((A, B, C), values, strict=True)))
            )
            assert (node.matched if node else ()) == wanted
            assert node is None or not [formula for _, formula in node.open if formula not in (TRUE, FALSE)]
