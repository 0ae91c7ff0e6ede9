"""What is said of conditions is certain: the plain evaluator finds no event that says otherwise."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings

from engine.check.checks.conditions import always_true, never_true, no_effect, unused_selection
from engine.check.finding import Check
from engine.check.subject import Subject
from engine.load.collections import Kind
from engine.load.documents import documents
from engine.load.files import File
from engine.rules import And, Const, Expr, Not, Or, Rule, Selection
from tests import oracle
from tests.strategies import World, random_choices, world, worlds

NOTHING = next(documents(b"title: x"))


def told(check: Check, rule: Rule) -> list[str | None]:
    """The selections that a check names; None stands for the whole rule."""
    value = {"detection": {name: {} for name in rule.selections}}
    subject = Subject(File("x.yml", b"", None, True), NOTHING, Kind.rule, value, rule)
    assert check.each is not None
    steps = [found.steps for found in check.each(subject)]
    return [str(step[1]) if step[1] != "condition" else None for step in steps]


def holds(rule: Rule, name: str | None, event: dict[str, Any]) -> bool:
    expr = rule.condition if name is None else Selection(name)
    return oracle.holds(expr, event, rule)


def answered(expr: Expr, name: str, answer: bool) -> Expr:
    """A condition in which a selection has this answer."""
    if isinstance(expr, Selection):
        return Const(answer) if expr.name == name else expr
    if isinstance(expr, Not):
        return Not(answered(expr.arg, name, answer))
    if isinstance(expr, And | Or):
        return type(expr)(tuple(answered(arg, name, answer) for arg in expr.args))
    return expr


def hold_to_the_oracle(made: World) -> int:
    """How much was said; each of it is held to every event."""
    said = 0
    for rule in made.ruleset.rules:
        for name in told(never_true, rule):
            said += 1
            assert not any(holds(rule, name, event) for event in made.events)
        for name in told(always_true, rule):
            said += 1
            assert all(holds(rule, name, event) for event in made.events)
        for name in told(no_effect, rule):
            said += 1
            assert name is not None
            either = [answered(rule.condition, name, answer) for answer in (True, False)]
            turns = [one for one in made.events if len({oracle.holds(each, one, rule) for each in either}) == 2]
            assert len({holds(rule, name, one) for one in turns}) < 2  # it is always the same where it would count
    return said


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_what_is_said_of_a_condition_is_true_of_every_event(made: World):
    hold_to_the_oracle(made)


def test_enough_is_said_of_made_up_rules_to_be_worth_the_test():
    assert sum(hold_to_the_oracle(world(random_choices(seed))) for seed in range(150)) > 20


def test_a_selection_that_is_never_named_is_told_and_no_other():
    for seed in range(50):
        for rule in world(random_choices(seed)).ruleset.rules:
            text = repr(rule.condition)
            unnamed = [name for name in rule.selections if f"name='{name}'" not in text]
            assert told(unused_selection, rule) == unnamed
