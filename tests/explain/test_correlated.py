"""What a correlation asks for, in words."""

from __future__ import annotations

import pytest

from engine.explain.correlated import asked, fields_read, judged, length, settings
from engine.load import load_text
from engine.rules import Correlation

RULES = "".join(
    f"title: {name}\nname: {name}\nlogsource: {{category: test}}\ndetection: {{s: {{is: {name}}}, condition: s}}\n---\n"
    for name in "abc"
)


def correlation(written: str, timespan: str = "10m") -> Correlation:
    text = f"title: t\nlanguage: detect\ncorrelation: {{{written}, timespan: {timespan}}}\n"
    ruleset = load_text(RULES + text, "x.yml")
    assert not ruleset.rejected, ruleset.rejected
    return ruleset.correlations[0]


WORDS = [
    ("type: event_count, rules: a, condition: {gte: 5000}", "at least 5,000 events"),
    ("type: event_count, rules: a, condition: {eq: 1}", "exactly 1 event"),
    ("type: event_count, rules: a, condition: {gt: 1, neq: 7}", "more than 1 and other than 7 events"),
    ("type: value_count, rules: a, condition: {lt: 3, field: v}", "less than 3 different values of v"),
    ("type: value_count, rules: a, condition: {gte: 3, field: [v, w]}", "at least 3 different combinations of v, w"),
    ("type: value_sum, rules: a, condition: {lte: 2.5, field: v}", "the sum of v is at most 2.5"),
    ("type: value_avg, rules: a, condition: {gte: 2, field: v}", "the mean of v is at least 2"),
    ("type: value_median, rules: a, condition: {gte: 2, field: v}", "the median of v is at least 2"),
    ("type: value_percentile, rules: a, condition: {gte: 2, field: v}", "percentile 50 of v is at least 2"),
    (
        "type: value_percentile, rules: a, condition: {gte: 2, field: v, percentile: 95}",
        "percentile 95 of v is at least 2",
    ),
    ("type: temporal, rules: [a, b]", "all 2 rules, in any order"),
    ("type: temporal, rules: [a, b, c], condition: {gte: 2}", "at least 2 of 3 rules, in any order"),
    ("type: temporal, rules: [a, b, c], condition: a and not (b or c)", "a and not (b or c)"),
    ("type: temporal, rules: [a, b, c], condition: (a or b) and c", "(a or b) and c"),
    ("type: temporal_ordered, rules: [a, b, c], condition: a and b and not c", "a and b and not c, in this order"),
    ("type: temporal_ordered, rules: [a, b]", "all 2 rules, in this order"),
    ("type: absence, rules: a", "no event of a group for 10m"),
    ("type: absence, rules: [a, b, c], after: a", "a, and then no b or c within 10m"),
    ("type: first_seen, rules: a, field: v", "a value of v that the group did not have in 10m before"),
    ("type: first_seen, rules: a, field: [v, w]", "a combination of v, w that the group did not have in 10m before"),
    ("type: change, rules: a, field: v", "another value of v than the event before, at most 10m ago"),
    (
        "type: spike, rules: a, history: 7d, ratio: 10, minimum: 500",
        "at least 500 events, and 10 times the mean of 1w before",
    ),
    (
        "type: spike, rules: a, history: 7d, ratio: 10, minimum: 500, field: v",
        "at least a sum of v of 500, and 10 times the mean of 1w before",
    ),
    (
        "type: ratio, rules: [a, b], part: a, condition: {gte: 0.5}, minimum: 20",
        "the share of a among all events is at least 0.5, of at least 20",
    ),
    (
        "type: travel, rules: a, latitude: x, longitude: y, speed: 900",
        "a place more than 50 km from the one before, farther than 900 km/h go in the time between",
    ),
    ("type: risk, rules: [a, b], score: 5, condition: {gte: 60}", "the scores add up to at least 60"),
    (
        "type: risk, rules: [a, b], score: 5, once: true, condition: {gte: 60}",
        "the scores add up to at least 60, each rule once",
    ),
]


@pytest.mark.parametrize(("written", "words"), WORDS, ids=[words for _, words in WORDS])
def test_a_condition_in_words(written: str, words: str):
    assert asked(correlation(written)) == words


@pytest.mark.parametrize("written", ["event_count, rules: a, condition: {%s: 2}", "value_avg, rules: a, condition: {field: v, %s: 2}"])  # fmt: skip  # noqa: E501
def test_when_it_is_judged(written: str):
    at_close = written.startswith("event_count")
    for operator in ("lt", "gte"):
        said = judged(correlation(f"type: {written % operator}"))
        assert said.startswith("when a window closes, 10m after" if at_close and operator == "lt" else "at each hit")
    assert judged(correlation("type: absence, rules: a")) == "10m after the newest hit"
    assert judged(correlation("type: absence, rules: [a, b], after: a")) == "10m after a hit that waits for another"


def test_the_options_of_a_type_are_told_as_a_rule_writes_them():
    def told(written: str) -> dict[str, str]:
        return dict(settings(correlation(written)))

    assert told("type: risk, rules: [a, b], scores: {b: 7}, score: 5, once: true, condition: {gte: 1}") == {
        "scores": "b 7", "score": "5", "once": "true",
    }  # fmt: skip
    assert told("type: absence, rules: [a, b], after: [b]") == {"after": "b"}
    assert told("type: absence, rules: [a, b], forget: 90d") == {"forget": "90d"}
    groups = "groups: [[x, y], [z, w]], group-by: [g, h]"
    assert told(f"type: absence, rules: a, {groups}") == {"groups": "x y, z w"}
    assert told("type: event_count, rules: a, condition: {gte: 1}") == {}


@pytest.mark.parametrize("written", ["1s", "59s", "10m", "90m", "36h", "1d", "1w", "1M", "2y"])
def test_a_length_of_time_is_written_as_in_a_rule(written: str):
    assert length(correlation("type: event_count, rules: a, condition: {gte: 1}", written).timespan) == written


def test_a_length_is_in_the_largest_unit_that_fits():
    assert [length(one * 1_000_000) for one in (0, 60, 3_600, 172_800, 604_800)] == ["0s", "1m", "1h", "2d", "1w"]


def test_the_fields_that_it_reads_are_told_for_every_rule_below_it():
    text = (
        "title: inner\nname: inner\n"
        "correlation: {type: value_count, rules: [a, b], group-by: [g], aliases: {g: {a: x}}, timespan: 1m, "
        "condition: {gte: 2, field: v}}\n---\n"
        "title: outer\nlanguage: detect\n"
        "correlation: {type: first_seen, rules: [inner, c], group-by: [g], field: 'y || z', timespan: 1m}\n"
    )
    ruleset = load_text(RULES + text, "x.yml")
    inner, outer = ([(rule.title, name) for rule, name in fields_read(one, ruleset)] for one in ruleset.correlations)
    assert inner == [("a", "x"), ("a", "v"), ("b", "g"), ("b", "v")]
    assert outer == [("a", "y"), ("b", "y"), ("a", "z"), ("b", "z"), ("c", "g"), ("c", "y"), ("c", "z")]
