"""A condition said to be out of reach matches no event at all, and contradictions of many kinds are found."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from engine.match.reach import can_be_false, can_be_true
from engine.rules import (
    ANY,
    And,
    Bool,
    Const,
    Exists,
    Expr,
    FieldRef,
    Not,
    Null,
    Number,
    Or,
    Regex,
    Selection,
    Text,
)
from tests import oracle
from tests.strategies import World, random_choices, world, worlds

FOO, FOOBAR = Text("a", ("foo",)), Text("a", ("foobar",))
STARTS, HOLDS, ENDS = Text("a", ("foo", ANY)), Text("a", (ANY, "oob", ANY)), Text("a", (ANY, "BAR"))

NEVER: list[Expr] = [
    Const(False),
    And((FOO, Not(FOO))),
    And((FOOBAR, Not(STARTS))),
    And((FOOBAR, Not(HOLDS))),
    And((FOOBAR, Not(ENDS))),
    And((Text("a", ("foobar", ANY)), Not(HOLDS))),
    And((Text("a", ("foobar", ANY)), Not(STARTS))),
    And((Text("a", (ANY, "foobar")), Not(ENDS))),
    And((FOO, Exists("a", False))),
    And((FOO, Not(Exists("a", True)))),
    And((FOO, Not(Text("a", (ANY,))))),
    And((Text("a", ("Foo",), True), Not(FOO))),
    And((Text("a", ("x1",), True), Not(Regex("a", r"^\w\d$")))),
    And((Not(Exists("a", True)), Not(Exists("a", False)))),
    And((Null("a"), Not(Null("a")), Number("b", "1"))),
    And((Or((FOO, FOOBAR)), Not(STARTS))),
    And((FieldRef("a", "b"), Not(FieldRef("a", "b")))),
    And((Text(None, (ANY, "x", ANY)), Not(Text(None, (ANY, "x", ANY))))),
]

PERHAPS: list[Expr] = [
    Const(True),
    FOO,
    Not(FOO),
    And((FOO, FOOBAR)),  # two members of a list
    And((STARTS, Not(FOO))),
    And((FOO, Not(FOOBAR))),
    And((FOO, Not(Text("a", ("foo",), True)))),  # in another case
    And((Null("a"), Exists("a", True))),
    And((Null("a"), Exists("a", False))),
    And((FOO, Null("a"))),  # a list with null in it
    And((Bool("a", True), Not(Text("a", ("x",))))),
    And((FOO, Not(Regex("a", "^foo$")))),
    And((FOO, FOOBAR, Or((Not(FOO), Text("b", ("x",)))), Or((Not(FOOBAR), Text("b", ("x",)))))),
    And((FieldRef("a", "b"), FOO, Not(Text("b", ("foo",))))),  # nothing is known of two fields together
]


@pytest.mark.parametrize("expr", NEVER, ids=str)
def test_a_contradiction_is_found(expr: Expr):
    assert not can_be_true(expr, {})
    assert not can_be_true(Selection("s"), {"s": expr})
    assert not can_be_false(Not(expr), {})


@pytest.mark.parametrize("expr", PERHAPS, ids=str)
def test_what_may_hold_is_no_contradiction(expr: Expr):
    assert can_be_true(expr, {})


def test_what_needs_a_field_that_no_event_has_is_out_of_reach():
    either = Or((Text("a", ("x",)), Text("b", ("x",))))
    assert not can_be_true(Text("a", ("x",)), {}, ["a"])
    assert can_be_true(either, {}, ["a"])
    assert not can_be_true(either, {}, ["a", "b"])
    assert can_be_true(Null("a"), {}, ["a"])
    assert can_be_true(Not(Text("a", ("x",))), {}, ["a"])
    assert not can_be_true(FieldRef("b", "a"), {}, ["a"])
    assert can_be_true(Not(FieldRef("b", "a")), {}, ["a"])


def test_more_than_can_be_tried_is_not_called_out_of_reach():
    several = [Text("a", (ANY, letter, ANY)) for letter in "abcdefghijklmnop"]
    tangle = And(tuple(Or((one, Not(other))) for one in several for other in several))
    assert can_be_true(And((tangle, Not(tangle))), {})


def assert_sound(case: World) -> None:
    for rule in case.ruleset.rules:
        for expr in (rule.condition, *rule.selections.values()):
            held = [oracle.holds(expr, record, rule) for record in case.events]
            assert can_be_true(expr, rule.selections) or not any(held), rule
            assert can_be_false(expr, rule.selections) or all(held), rule


@settings(max_examples=150)
@given(worlds())
def test_what_is_out_of_reach_matches_no_event(case: World):
    assert_sound(case)


def test_it_matches_none_of_many_others_either():
    out_of_reach: list[Any] = []
    for seed in range(400):
        case = world(random_choices(seed), most_rules=8)
        assert_sound(case)
        out_of_reach += [one for one in case.ruleset.rules if not can_be_true(one.condition, one.selections)]
    assert len(out_of_reach) > 50
