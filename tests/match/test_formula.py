"""Formulas decided one field at a time, and the graph over them, against plain evaluation."""

from __future__ import annotations

import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.match.formula import FALSE, TRUE, Formulas
from engine.match.graph import Graph, Node
from engine.rules import And, Const, Exists, Expr, Not, Or, Predicate, Selection

FIELDS, BITS = 4, 3
Known = list[int]
"""For each field, which of its predicates hold."""


def leaf(field: int, bit: int) -> Expr:
    return Exists(f"{field}.{bit}", True)


leaves = st.builds(leaf, st.integers(0, FIELDS - 1), st.integers(0, BITS - 1))


def joins(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    several = st.lists(inner, min_size=1, max_size=4).map(tuple)
    return several.map(And) | several.map(Or) | inner.map(Not)


exprs: st.SearchStrategy[Expr] = st.recursive(
    leaves | st.booleans().map(Const) | st.just(Selection("s")), joins, max_leaves=12
)
plain = st.recursive(leaves, joins, max_leaves=4)
masks = st.lists(st.integers(0, 2**BITS - 1), min_size=FIELDS, max_size=FIELDS)


def locate(predicate: Predicate) -> tuple[int, int]:
    field, bit = str(predicate.field).split(".")
    return int(field), int(bit)


def holds(expr: Expr, known: Known, selections: dict[str, Expr]) -> bool:
    """What an expression comes to, read word for word."""
    if isinstance(expr, And):
        return all(holds(arg, known, selections) for arg in expr.args)
    if isinstance(expr, Or):
        return any(holds(arg, known, selections) for arg in expr.args)
    if isinstance(expr, Not):
        return not holds(expr.arg, known, selections)
    if isinstance(expr, Const):
        return expr.value
    if isinstance(expr, Selection):
        return holds(selections[expr.name], known, selections)
    field, bit = locate(expr)
    return bool(known[field] >> bit & 1)


@example(Not(And((leaf(0, 0), leaf(0, 1)))), leaf(0, 0), [0b01, 0, 0, 0], [0, 1, 2, 3])
@example(Or((Not(leaf(0, 0)), Not(leaf(0, 1)))), leaf(0, 0), [0b11, 0, 0, 0], [0, 1, 2, 3])
@example(And((leaf(0, 0), Not(leaf(0, 0)))), leaf(0, 0), [1, 0, 0, 0], [0, 1, 2, 3])
@given(exprs, plain, masks, st.permutations(range(FIELDS)))
def test_deciding_field_by_field_is_evaluating(expr: Expr, selection: Expr, known: Known, order: list[int]):
    """In any order of the fields; what is left names no field that is known."""
    formulas = Formulas()
    left = formulas.of(expr, {"s": selection}, locate)
    for position, field in enumerate(order):
        left = formulas.decide(left, field, known[field])
        assert all(not formulas.fields[left] >> done & 1 for done in order[: position + 1])
    assert left == (TRUE if holds(expr, known, {"s": selection}) else FALSE)


@given(exprs, plain)
def test_the_same_said_in_another_order_is_the_same_number(expr: Expr, selection: Expr):
    def turned(expr: Expr) -> Expr:
        if isinstance(expr, And | Or):
            return type(expr)(tuple(turned(arg) for arg in reversed(expr.args)))
        return Not(turned(expr.arg)) if isinstance(expr, Not) else expr

    formulas = Formulas()
    number = formulas.of(expr, {"s": selection}, locate)
    size = len(formulas)
    assert formulas.of(turned(expr), {"s": turned(selection)}, locate) == number
    assert formulas.of(Not(Not(expr)), {"s": selection}, locate) == number
    assert len(formulas) == size


@given(exprs, plain, masks)
def test_a_formula_knows_its_fields_its_bits_and_what_ends_it(expr: Expr, selection: Expr, known: Known):
    formulas = Formulas()
    number = formulas.of(expr, {"s": selection}, locate)
    for field in range(FIELDS):
        bits = formulas.bits(number, field)
        assert bool(bits) is bool(formulas.fields[number] >> field & 1)
        for mask in range(2**BITS):
            assert formulas.decide(number, field, mask) == formulas.decide(number, field, mask & bits)
        if formulas.ends[number] >> field & 1:
            assert not holds(expr, [0 if at == field else mask for at, mask in enumerate(known)], {"s": selection})


@pytest.mark.parametrize(
    ("expr", "fields"),
    [
        (leaf(0, 0), [0]),
        (Not(leaf(0, 0)), []),
        (And((leaf(0, 0), leaf(1, 0), Not(leaf(2, 0)))), [0, 1]),
        (Or((leaf(0, 0), leaf(1, 0))), []),
        (Or((leaf(0, 0), And((leaf(0, 1), leaf(1, 0))))), [0]),
        (Not(Or((Not(leaf(0, 0)), Not(leaf(1, 1))))), [0, 1]),
    ],
)
def test_a_formula_ends_where_a_field_that_it_needs_says_nothing(expr: Expr, fields: list[int]):
    formulas = Formulas()
    ends = formulas.ends[formulas.of(expr, {}, locate)]
    assert [field for field in range(FIELDS) if ends >> field & 1] == fields


several = st.lists(exprs, min_size=1, max_size=6)


def walked(graph: Graph, known: Known) -> tuple[int, ...]:
    node: Node | None = graph.root
    while node is not None and node.field >= 0:
        assert list(node.open) == sorted(node.open)
        mask = known[node.field]
        node = node.edges[mask] if mask in node.edges else graph.follow(node, mask, mask)
    return () if node is None else node.matched


@given(several, plain, st.lists(masks, min_size=1, max_size=5), st.permutations([0, 0, 1, 2]), st.booleans())
def test_a_walk_through_the_graph_ends_at_the_rules_that_hold(
    rules: list[Expr], selection: Expr, events: list[Known], costs: list[int], many: bool
):
    """Of few rules and of many, for which a node keeps an index."""
    rules = rules * 10 if many else rules
    formulas = Formulas()
    graph = Graph(formulas, [formulas.of(rule, {"s": selection}, locate) for rule in rules], costs)
    for known in events:
        wanted = tuple(n for n, rule in enumerate(rules) if holds(rule, known, {"s": selection}))
        assert walked(graph, known) == wanted


@given(several, plain, masks, st.randoms(use_true_random=False))
def test_a_step_may_be_taken_for_any_field_in_any_order(
    rules: list[Expr], selection: Expr, known: Known, drawn: random.Random
):
    """The stages of a batch take fields in an order of their own."""
    formulas = Formulas()
    graph = Graph(formulas, [formulas.of(rule, {"s": selection}, locate) for rule in rules], [0] * FIELDS)
    node: Node | None = graph.root
    order = list(range(FIELDS))
    drawn.shuffle(order)
    for field in order:
        if node is not None:
            node = graph.step(node, field, known[field])
    wanted = tuple(n for n, rule in enumerate(rules) if holds(rule, known, {"s": selection}))
    assert (() if node is None else node.matched) == wanted
    assert node is None or not node.open


def test_a_list_of_many_values_is_one_literal():
    formulas = Formulas()
    number = formulas.of(Or(tuple(leaf(0, bit) for bit in range(200))), {}, locate)
    assert formulas.bits(number, 0) == 2**200 - 1
    assert len(formulas) < 5 + 200


def test_equal_nodes_are_one():
    formulas = Formulas()
    graph = Graph(formulas, [formulas.of(And((leaf(0, 0), leaf(1, 0))), {}, locate)], [0, 1])
    one, other = graph.step(graph.root, 0, 0b001), graph.step(graph.root, 0, 0b101)
    assert one is not None
    assert one is other
    assert graph.step(graph.root, 0, 0b100) is None


def test_cheap_fields_are_asked_before_dear_ones():
    formulas = Formulas()
    rules = [formulas.of(And((leaf(0, 0), leaf(1, 0))), {}, locate) for _ in range(3)]
    assert Graph(formulas, rules, [1, 0]).root.field == 1
    assert Graph(formulas, rules, [0, 1]).root.field == 0


def test_the_field_that_ends_most_rules_is_asked_first():
    formulas = Formulas()
    rules = [And((leaf(0, bit % BITS), Not(leaf(1, bit % BITS)))) for bit in range(3)] + [Not(leaf(1, 2))] * 3
    assert Graph(formulas, [formulas.of(rule, {}, locate) for rule in rules], [0, 0]).root.field == 0
