"""Mutants: every part of a rule that could be wrong is made wrong, once, and tests are told which they overlook."""

from __future__ import annotations

import textwrap
from collections import Counter

import pytest

from engine.door import load_rules
from engine.rules import Ruleset
from engine.testing.mutate import mutants
from engine.testing.read import load_suite
from engine.testing.run import Bench
from engine.testing.score import Score, score
from tests.testing.house import BASES, House

HEAD = "title: T\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n"


def changes(detection: str, more: str = "") -> list[str]:
    text = HEAD + textwrap.indent(textwrap.dedent(detection), "  ") + more
    return [one.change for one in mutants(load_rules(text), lambda _: True)]


def score_of(house: House, rule: str, tests: str) -> Score:
    path = house.write(f"{rule}.test.yml", f"{BASES}tests:\n{textwrap.indent(textwrap.dedent(tests), '  ')}")
    return score(Bench(), load_suite(str(path)))


def test_every_leaf_join_and_filter_has_its_mutants():
    found = changes("""
        call: {a: [x, y], b: z}
        noise: {c: q}
        condition: call and not noise
    """)
    assert len(found) == len(set(found))
    for leaf in ('a is "x"', 'a is "y"', 'b is "z"', 'c is "q"'):
        assert any(f"always true: {leaf}" in one or f"never true: {leaf}" in one for one in found), leaf
    said = " ".join(found)
    assert "without its not: noise" in said
    assert '"or" for "and"' in said
    assert '"and" for "or"' in said


@pytest.mark.parametrize(
    ("test", "changed"),
    [
        ("a|contains: x", 2),
        ("a|startswith: x", 1),
        ("a|cased: x", 1),
        ("a|re: x", 1),
        ("a|cidr: 10.0.0.0/8", 2),
        ("a|gt: 5", 3),
        ("a|exists: true", 1),
        ("a|fieldref: b", 2),
        ("a: 5", 1),
    ],
)
def test_every_modifier_has_mutants_of_its_own(test: str, changed: int):
    found = changes(f"call: {{{test}}}\ncondition: call\n")
    assert sum("changed to" in one for one in found) == changed


CORRELATION = """---
title: C
correlation:
  type: {type}
  rules: [t]
  group-by: [a, b]
  timespan: 10m
  condition: {{gte: 3}}
"""


def test_every_threshold_timespan_and_group_by_has_its_mutants():
    found = changes("call: {a: x}\ncondition: call\n", "name: t\n" + CORRELATION.format(type="event_count"))
    assert {"timespan: twice as long", "timespan: half as long", "group-by: without a", "group-by: without b",
            "condition: gte 4", "condition: gte 2"} <= set(found)  # fmt: skip


def test_what_means_the_same_is_no_mutant():
    #  a selection of one test: the selection that is always true is the test that is
    found = changes("call: {a: x}\ncondition: call\n")
    assert len(found) == 2
    assert Counter(one.partition(": ")[2].split(":")[0] for one in found) == {"always true": 1, "never true": 1}


def test_only_rules_of_the_file_are_changed():
    ruleset = load_rules(HEAD + "  call: {a: x}\n  condition: call\n")
    assert list(mutants(ruleset, lambda _: False)) == []


def test_a_mutant_is_one_change_and_the_rest_is_as_it_was():
    ruleset = load_rules(HEAD + "  call: {a: x}\n  condition: call\n")
    for one in mutants(ruleset, lambda _: True):
        assert isinstance(one.ruleset, Ruleset)
        assert one.ruleset != ruleset
        assert one.rule == "T"


def test_tests_that_look_at_everything_notice_everything(house: House):
    found = score_of(
        house,
        "stopped",
        """
        - {name: stopped, events: [{base: stop}], alerts: 1}
        - {name: deleted, events: [{base: stop, change: {eventName: DeleteTrail}}], alerts: 1}
        - {name: described, events: [{base: stop, change: {eventName: DescribeTrails}}], alerts: 0}
        - {name: of another service, events: [{base: stop, change: {eventSource: x}}], alerts: 0}
        - {name: refused, events: [{base: stop, change: {errorCode: x}}], alerts: 0}
        """,
    )
    assert (found.survivors, found.share) == ((), 1.0)
    assert found.total >= 10


def test_what_is_overlooked_is_named(house: House):
    found = score_of(house, "stopped", "- {name: a, events: [{base: stop}], alerts: 1}")
    survivors = {change for _, change in found.survivors}
    assert 'call: never true: eventName is "DeleteTrail"' in survivors
    assert any("errorCode" in one for one in survivors)
    assert 0 < found.share < 1


def test_windows_are_noticed_at_both_their_ends(house: House):
    near = """
        - {name: in time, events: [{base: no}, {base: no, at: 150s}, {base: no, at: 5m}], alerts: 1}
        - {name: late, events: [{base: no}, {base: no, at: 150s}, {base: no, at: 301s}], alerts: 0}
        - {name: too few, events: [{base: no, times: 2}], alerts: 0}
        - {name: others, events: [{base: no, times: 2}, {base: no, change: {userIdentity.userName: b}}], alerts: 0}
        - {name: allowed, events: [{base: no, times: 2}, {base: no, change: {errorCode: x}}], alerts: 0}
    """
    assert score_of(house, "often", near).survivors == ()
    far = "- {name: at once, events: [{base: no, times: 3}], alerts: 1}"
    survivors = {change for _, change in score_of(house, "often", far).survivors}
    assert {"timespan: twice as long", "timespan: half as long", "group-by: without userIdentity.userName"} <= survivors


def test_where_a_test_fails_anyway_nothing_is_tried(house: House):
    found = score_of(house, "stopped", "- {name: a, events: [{base: stop}], alerts: 0}")
    assert (found.failed, found.total, found.share) == (1, 0, 0.0)


def test_each_rule_of_a_file_has_its_own_score(house: House):
    both = (house.rules / "stopped.yml").read_text().replace("fields: [actor]", "")
    second = both.replace("Trail Stopped", "Second").replace("5b1b6a0e", "5b1b6a0f").replace("StopLogging", "StopOther")
    house.write("two.yml", f"{both}---\n{second}")
    found = score_of(house, "two", "- {name: a, events: [{base: stop}], alerts: [{rule: Trail Stopped}]}")
    first, other = found.rules
    assert (first.rule, other.rule) == ("Trail Stopped", "Second")
    assert found.total == first.total + other.total
    assert len(found.survivors) == len(first.survivors) + len(other.survivors)
    assert first.share > other.share
