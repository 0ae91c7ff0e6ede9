"""The way through the graph that is shown is the one that the engine takes."""

from __future__ import annotations

from hypothesis import given, settings

from engine.explain import Step, walk
from engine.match.matcher import Matcher
from engine.match.record import Record
from engine.model import LogSource
from engine.rules import ANY, And, Not, Rule, Selection, Text
from tests import oracle
from tests.strategies import World, worlds

CLOUDTRAIL = LogSource("aws", "cloudtrail")


def rule(key: str, condition: object, **selections: object) -> Rule:
    return Rule(
        key=key, title=key, path="r.yml", line=1, logsource=CLOUDTRAIL,
        selections=selections, condition=condition,  # type: ignore[arg-type]
    )  # fmt: skip


ONE = rule("one", And((Selection("s"), Not(Selection("f")))), s=Text("a", ("x",)), f=Text("b", (ANY, "y", ANY)))
OTHER = rule("other", Selection("s"), s=And((Text("c", ("z",)), Text("a", ("v",)))))


def test_the_way_of_a_rule_alone():
    assert list(walk(Matcher([ONE]), 0)) == [
        Step(("a",), 1, ('is "x"',), "open"),
        Step(("b",), 1, (), "matched"),
    ]


def test_the_way_of_an_event_among_other_rules():
    record = Record(lambda: {"a": "x", "b": "yy"}, None)
    assert list(walk(Matcher([OTHER, ONE]), 1, record)) == [
        Step(("a",), 2, ('is "x"',), "open"),
        Step(("b",), 1, ('contains "y"',), "out"),
    ]
    several = Record(lambda: {"a": ["v", "x"]}, None)
    assert next(walk(Matcher([OTHER, ONE]), 1, several)).found == ('is "x"',)
    nothing = Record(dict, None)
    assert list(walk(Matcher([OTHER, ONE]), 1, nothing)) == [Step(("a",), 2, (), "out")]


def test_a_field_that_only_others_ask_for_is_named_too():
    more = [rule(str(number), Selection("s"), s=Text("c", (str(number),))) for number in range(3)]
    steps = list(walk(Matcher([*more, ONE]), 3))
    assert steps[0] == Step(("c",), 4, None, "open")


@settings(max_examples=100)
@given(worlds(most_rules=12))
def test_the_way_of_an_event_ends_as_the_plain_evaluator_says(case: World):
    matcher = Matcher(case.ruleset.rules)
    for number, made in enumerate(case.ruleset.rules):
        for fields in case.events:
            steps = list(walk(matcher, number, Record(lambda fields=fields: fields, None)))  # type: ignore[misc]
            assert [step.after for step in steps[:-1]] == ["open"] * (len(steps) - 1)
            if steps:
                assert steps[-1].after == ("matched" if oracle.matches(made, fields) else "out")
