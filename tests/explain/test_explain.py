"""What is said of a rule and an event is what the engine finds; what is named as failing is what stands in its way."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings

from engine.explain import Explainer, Explanation, Part
from engine.match import Detector
from engine.model import Event, LogSource, Ref
from engine.rules import And, Const, Not, Or, Predicate, Rule, Ruleset, Selection, Text
from tests import oracle
from tests.explain.satisfying import changed, predicates
from tests.strategies import World, random_choices, world, worlds

CLOUDTRAIL = LogSource("aws", "cloudtrail")


def event(record: dict[str, Any]) -> Event:
    return Event(None, CLOUDTRAIL, record, Ref("log", 1))


def rule(condition: Any, **selections: Any) -> Rule:
    return Rule(
        key="k", title="t", path="r.yml", line=1, logsource=CLOUDTRAIL, selections=selections, condition=condition
    )


def told(made: Rule, record: dict[str, Any]) -> Explanation:
    return Explainer(made, all_logsources=True).of(event(record))


def parts_in(part: Part) -> list[Part]:
    return [part] if part.kind == "test" else [one for inner in part.parts for one in parts_in(inner)]


def assert_agrees(made: Rule, record: dict[str, Any]) -> None:
    """Verdict, selections and every test are what the plain evaluator says; the verdict is the detector's too."""
    said = told(made, record)
    detector = Detector(Ruleset((made,)), all_logsources=True)
    assert said.matched is oracle.matches(made, record) is bool(list(detector.detect([event(record)])))
    assert {name: part.holds for name, part in said.selections} == oracle.selections(made, record)
    for name, part in said.selections:
        for one in parts_in(part):
            assert one.test is not None
            assert one.holds is oracle.true_of(one.test, record), (name, one)
    assert bool(said.changes or said.hopeless) is not said.matched
    for change in said.changes:
        assert change.should is not oracle.true_of(change.test, record)


def holds_with(made: Rule, record: dict[str, Any], flipped: set[Predicate]) -> bool:
    """The condition, were these tests to come out otherwise; plain, like the oracle."""

    def holds(expr: Any) -> bool:
        match expr:
            case And(args):
                return all(holds(arg) for arg in args)
            case Or(args):
                return any(holds(arg) for arg in args)
            case Not(arg):
                return not holds(arg)
            case Const(value):
                return value
            case Selection(name):
                return holds(made.selections[name])
            case _:
                return oracle.true_of(expr, record) is not (expr in flipped)

    return holds(made.condition)


@settings(max_examples=150)
@given(worlds())
def test_it_says_what_the_engine_and_the_plain_evaluator_say(case: World):
    for made in case.ruleset.rules:
        for record in case.events:
            assert_agrees(made, record)


@pytest.mark.parametrize("block", range(4))
def test_it_says_so_of_worlds_made_without_hypothesis(block: int):
    for seed in range(block * 40, (block + 1) * 40):
        case = world(random_choices(seed), most_rules=8)
        for made in case.ruleset.rules:
            for record in case.events:
                assert_agrees(made, record)


def test_the_changes_are_enough_and_no_fewer_would_be():
    """Held to every set of tests that is smaller."""
    from itertools import combinations

    checked = 0
    for seed in range(400):
        case = world(random_choices(seed), most_rules=3, most_events=3)
        for made in case.ruleset.rules:
            asked = predicates(made)
            for record in case.events[:2]:
                said = told(made, record)
                if said.holds or len(asked) > 7:
                    continue
                checked += 1
                flips = {change.test for change in said.changes}
                most = len(asked) + 1 if said.hopeless else len(flips)
                assert said.hopeless or holds_with(made, record, flips), seed
                for size in range(most):
                    assert not any(holds_with(made, record, set(few)) for few in combinations(asked, size)), seed
    assert checked > 300


def moved_on(made: Rule, record: dict[str, Any]) -> str:
    """Change what is named as failing to what it should be, again and again; how that ended.

    "matched", "hopeless", or "together": no value was found that changes this test and no other one of the rule.
    """
    left: int | None = None
    while not (said := told(made, record)).matched:
        assert said.holds is False
        if said.hopeless:
            return "hopeless"
        assert left is None or len(said.changes) == left - 1, "one change less than before"
        named = said.failed
        assert named is not None
        found = changed(made, record, named.test, named.should)
        if found is None or not found[1]:
            return "together"
        record, left = found[0], len(said.changes)
    assert oracle.matches(made, record)
    assert left in (None, 1), "it matches when the last change is made, not before"
    return "matched"


@settings(max_examples=150)
@given(worlds())
def test_changing_what_failed_moves_it_on(case: World):
    for made in case.ruleset.rules:
        for record in case.events:
            moved_on(made, record)


def test_changing_what_failed_leads_to_a_match_most_often():
    """Of the records that do not match, few end at tests that no value of the field can tell apart."""
    ends = Counter[str]()
    for seed in range(300):
        case = world(random_choices(seed), most_rules=4, most_events=3)
        for made in case.ruleset.rules:
            for record in case.events:
                if not oracle.matches(made, record):
                    ends[moved_on(made, record)] += 1
    assert ends["matched"] > 0.75 * (ends["matched"] + ends["together"]), ends


def test_a_rule_does_not_match_what_it_is_not_shown():
    made = rule(Selection("s"), s=Text("a", ("x",)))
    said = Explainer(made).of(event({"a": "x"})._replace(logsource=LogSource("windows")))
    assert (said.holds, said.sees, said.matched) == (True, False, False)
    assert Explainer(made).of(event({"a": "x"})).matched is True
    assert Explainer(made).of(event({"a": "x"})._replace(logsource=None)).matched is False
    assert Explainer(made).of().matched is None
