"""Which correlations can say something here, and which open points they rely on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.explain.correlated_points import POINTS, points_of
from engine.explain.support import Entry, support
from engine.load import load_text

ID = "00000000-0000-4000-8000-00000000000{}"
RULE = (
    "title: Rule {name}\nname: {name}\nid: {id}\nlogsource: {{product: aws, service: cloudtrail}}\n"
    "detection: {{s: {{eventName: x{name}}}, condition: {condition}}}\n---\n"
)
RULES = "".join(
    RULE.format(name=name, id=ID.format(at), condition="s and not s" if name in "xy" else "s")
    for at, name in enumerate("abcxy")
)
"""a, b, c can match; x and y cannot."""


def entry(written: str, *, language: bool = True, before: str = "") -> Entry:
    head = "language: detect\n" if language else ""
    text = f"title: t\nid: {ID.format(9)}\n{head}correlation: {{{written}, timespan: 10m}}\n"
    ruleset = load_text(RULES + before + text, "x.yml")
    assert not ruleset.rejected, ruleset.rejected
    return next(one for one in support(ruleset) if one.title == "t")


STATES = [
    ("loaded", "", "type: event_count, rules: a, condition: {gte: 2}"),
    ("loaded", "", "type: event_count, rules: a, condition: {gt: 5, lt: 7}"),
    ("loaded", "", "type: value_sum, rules: a, condition: {gt: 5, lt: 6, field: eventVersion}"),
    ("never", "contradiction", "type: value_sum, rules: a, condition: {gt: 5, lt: 5, field: eventVersion}"),
    ("loaded", "", "type: value_sum, rules: a, condition: {lt: -5, field: eventVersion}"),
    ("never", "contradiction", "type: value_avg, rules: a, condition: {eq: 2, neq: 2, field: eventVersion}"),
    ("loaded", "", "type: temporal, rules: [a, b], condition: {gte: 2}"),
    ("never", "contradiction", "type: temporal, rules: [a, b], condition: a and b and not a"),
    ("never", "rule", "type: temporal, rules: [a, x]"),
    ("never", "rule", "type: temporal_ordered, rules: [a, x]"),
    ("suspicious", "rule", "type: temporal, rules: [a, b, x], condition: {gte: 2}"),
    ("never", "rule", "type: temporal, rules: [a, b, x], condition: a and b and x"),
    ("suspicious", "rule", "type: temporal, rules: [a, b, x], condition: a and (b or x)"),
    ("suspicious", "rule", "type: temporal, rules: [a, x], condition: a and not x"),
    ("never", "rule", "type: event_count, rules: x, condition: {gte: 2}"),
    ("suspicious", "rule", "type: event_count, rules: [a, x], condition: {gte: 2}"),
    ("never", "rule", "type: event_count, rules: [x, y], condition: {gte: 2}"),
    ("never", "rule", "type: absence, rules: x"),
    ("suspicious", "rule", "type: absence, rules: x, groups: [eu-west-1], group-by: awsRegion"),
    ("never", "rule", "type: absence, rules: [x, a], after: x"),
    ("suspicious", "rule", "type: absence, rules: [a, x], after: a"),
    ("never", "rule", "type: first_seen, rules: x, field: awsRegion"),
    ("loaded", "", "type: ratio, rules: [a, b], part: a, condition: {gte: 0.5}"),
    ("never", "contradiction", "type: ratio, rules: [a, b], part: a, condition: {gt: 1}"),
    ("never", "rule", "type: ratio, rules: [x, b], part: x, condition: {gte: 0.5}"),
    ("suspicious", "rule", "type: ratio, rules: [x, b], part: x, condition: {lt: 0.5}"),
    ("never", "rule", "type: ratio, rules: [a, x], part: a, condition: {lt: 0.5}"),
    ("never", "field", "type: value_count, rules: a, condition: {gte: 2, field: eventname}"),
    ("suspicious", "field", "type: value_count, rules: a, condition: {gte: 2, field: userIdentity.typ}"),
    ("suspicious", "field", "type: event_count, rules: a, condition: {gte: 2}, group-by: eventname"),
    ("never", "field", "type: event_count, rules: a, condition: {gte: 2}, group-by: eventname, missing: drop"),
    ("loaded", "", "type: event_count, rules: a, condition: {gte: 2}, group-by: actor"),
    ("loaded", "", "type: event_count, rules: a, condition: {gte: 2}, group-by: who, aliases: {who: {a: awsRegion}}"),
    (
        "suspicious",
        "field",
        "type: event_count, rules: a, condition: {gte: 2}, group-by: w, aliases: {w: {a: awsregion}}",
    ),
    ("loaded", "", "type: event_count, rules: a, condition: {gte: 2}, group-by: 'x || awsRegion'"),
]


@pytest.mark.parametrize(("state", "kind", "written"), STATES, ids=[written for _, _, written in STATES])
def test_a_correlation_is_in_the_state_that_its_parts_allow(state: str, kind: str, written: str):
    found = entry(written)
    assert (found.state, " ".join(dict.fromkeys(reason.kind for reason in found.reasons))) == (state, kind)


REFUSED = [
    "type: event_count, rules: a, condition: {gte: 5, lte: 3}",
    "type: event_count, rules: a, condition: {gt: 5, lt: 6}",
    "type: event_count, rules: a, condition: {eq: 2.5}",
    "type: value_count, rules: a, condition: {lt: 1, field: eventName}",
    "type: temporal, rules: [a, b], condition: {gte: 3}",
]


@pytest.mark.parametrize("written", REFUSED)
def test_a_count_that_no_number_satisfies_is_rejected_when_it_is_loaded(written: str):
    ruleset = load_text(RULES + f"title: t\ncorrelation: {{{written}, timespan: 10m}}\n", "x.yml")
    (found,) = [one for one in support(ruleset) if one.title == "t"]
    assert (found.state, [reason.kind for reason in found.reasons]) == ("rejected", ["rejected"])


def test_what_is_wrong_is_said_in_words():
    (reason,) = entry("type: temporal, rules: [a, x]").reasons
    assert reason.text == 'it refers to what can never match: "Rule x"'
    (reason,) = entry("type: temporal, rules: [a, b, x], condition: {gte: 2}").reasons
    assert reason.text == 'it refers to what can never match: "Rule x"; the condition can be true without'
    (reason,) = entry("type: event_count, rules: a, condition: {gte: 2}, group-by: eventname").reasons
    assert 'did you mean "eventName"?' in reason.text
    assert reason.text.endswith("its events are the group null")


INNER = (
    "title: Inner\nname: inner\nid: {id}\nlanguage: detect\n"
    "correlation: {{type: event_count, rules: {rule}, timespan: 1m, condition: {{gte: 2}}, group-by: awsRegion}}\n---\n"
)


@pytest.mark.parametrize(
    ("rule", "group", "state"),
    [("a", "awsRegion", "loaded"), ("x", "awsRegion", "never"), ("a", "eventname", "suspicious")],
)
def test_one_above_another_is_judged_by_it_and_reads_through_it(rule: str, group: str, state: str):
    before = INNER.format(id=ID.format(8), rule=rule)
    found = entry(f"type: event_count, rules: inner, condition: {{gte: 2}}, group-by: {group}", before=before)
    assert found.state == state


RELIES = [
    ("type: event_count, rules: a, condition: {gte: 2}", "10.8 10.11"),
    (f"type: event_count, rules: {ID.format(0)}, condition: {{gte: 2}}", "10.8 10.11"),
    ("type: event_count, rules: Rule a, condition: {gte: 2}", "10.2 10.8 10.11"),
    ("type: event_count, rules: a, condition: {gte: 2}, group-by: awsRegion", "10.4 10.5 10.8 10.11"),
    ("type: event_count, rules: [a, b], condition: {lt: 2}", "10.8 10.11 10.14 10.26"),
    ("type: event_count, rules: a, condition: {eq: 2}", "10.8 10.11 10.26"),
    ("type: value_count, rules: a, condition: {gte: 2, field: eventName}", "10.5 10.8 10.11 10.16"),
    ("type: value_sum, rules: a, condition: {gte: 2, field: eventName}", "10.8 10.11 10.22"),
    ("type: value_percentile, rules: a, condition: {gte: 2, field: eventName}", "10.8 10.11 10.22 10.23"),
    ("type: temporal, rules: [a, b]", "10.8 10.11 10.18"),
    ("type: temporal, rules: [a, b], condition: a and not b", "10.8 10.11 10.18 10.29"),
    ("type: temporal_ordered, rules: [a, b]", "10.8 10.11 10.18 10.20"),
    ("type: event_count, rules: inner, condition: {gte: 2}", "10.8 10.11 10.31"),
]


@pytest.mark.parametrize(("written", "points"), RELIES, ids=[written for written, _ in RELIES])
def test_a_correlation_relies_on(written: str, points: str):
    before = INNER.format(id=ID.format(8), rule="a")
    assert entry(written, language=False, before=before).points == tuple(points.split())


def test_every_point_has_a_case_and_our_own_language_none():
    assert set(" ".join(points for _, points in RELIES).split()) == {point.id for point in POINTS}
    assert entry(RELIES[3][0]).points == ()


def test_a_correlation_without_id_is_known_by_something_else():
    text = "title: t\ncorrelation: {type: event_count, rules: a, timespan: 1m, condition: {gte: 2}}\n"
    ruleset = load_text(RULES + text, "x.yml")
    assert points_of(ruleset.correlations[0], ruleset)[0] == "1.4"


def test_the_numbers_are_those_of_open_points_in_the_documentation_and_in_its_order(checkout: Path):
    page = (checkout / "docs" / "semantics.md").read_text("utf-8")
    there = re.findall(r"^\| ([0-9.]+) \| OPEN \|", page, re.MULTILINE)
    assert [number for number in there if number in {point.id for point in POINTS}] == [point.id for point in POINTS]
