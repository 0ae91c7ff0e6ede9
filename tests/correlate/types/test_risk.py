"""`risk`: scores of what rules find add up and cross a line."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from engine.rules import Correlation
from tests.correlate.types.timeline import Seen, at, fired, made, refused, starts, values


def risk(rules: str = "a b c", line: float = 60, **options: Any) -> Correlation:
    asked = {"condition": {"gte": line}, "scores": [10, 25, None], "score": 40, **options}
    return made("risk", rules, 10, group_by=("g",), missing="drop", options=asked)


def test_scores_add_up_until_they_cross_the_line() -> None:
    #  0   3   5         10 + 25 + 40 = 75
    #  a   b   c
    line = at("a", 0, g="x") + at("b", 3, g="x") + at("c", 5, g="x")
    assert fired(risk(), line) == [Seen(5, 5, 15, 75, 3, ("x",), (0, 3, 5))]


def test_one_too_few_does_not() -> None:
    assert starts(risk(), at("a", 0, g="x") + at("c", 5, g="x")) == []
    assert starts(risk(line=50), at("a", 0, g="x") + at("c", 5, g="x")) == [5]


def test_what_is_older_than_the_timespan_no_longer_counts() -> None:
    assert starts(risk(line=50), at("a", 0, g="x") + at("c", 10, g="x")) == [10]
    assert starts(risk(line=50), at("a", 0, g="x") + at("c", 10.000001, g="x")) == []


def test_what_another_did_does_not_count() -> None:
    assert starts(risk(line=50), at("a", 0, g="x") + at("c", 5, g="y")) == []


def test_an_event_that_two_rules_find_counts_for_both() -> None:
    twice = at("a", 0, event="one", g="x") + at("c", 0, event="one", g="x")
    assert values(risk(line=50), twice) == [(0, 50)]


def test_one_rule_may_cross_the_line_alone_unless_each_counts_once() -> None:
    line = at("a", 0, 1, 2, 3, 4, 5, g="x")
    assert starts(risk(), line) == [5]
    assert starts(risk(once=True), line) == []
    assert starts(risk(once=True, line=35), line + at("b", 9, g="x")) == [9]


def test_a_rule_that_counts_once_counts_as_long_as_one_of_its_events_is_in_the_window() -> None:
    line = at("a", 0, 6, g="x")
    assert values(risk(once=True, line=35), line + at("b", 16, g="x")) == [(16, 35)]
    assert values(risk(once=True, line=35), line + at("b", 16.000001, g="x")) == []


def test_a_burst_is_one_thing() -> None:
    inner = made("event_count", "a", 5, group_by=("g",), condition={"gte": 2})
    outer = msgspec.structs.replace(risk("c b", line=20, scores=[10, 10]), key="outer")
    assert starts([inner, outer], at("a", 0, 1, 2, 3, g="x")) == []
    assert values([inner, outer], at("a", 0, 1, 2, 3, g="x") + at("b", 9, g="x")) == [(9, 20)]


def test_scores_are_exact() -> None:
    asked = risk("a", line=0.3, scores=[0.1])
    assert values(asked, at("a", 0, 1, 2, g="x")) == [(2, 0.3)]


def test_who_has_no_name_is_nobody() -> None:
    assert starts(risk(line=50), at("a", 0) + at("c", 1)) == []


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"condition": {"gte": 1}}, '"a" has no score'),
        ({"condition": {"gte": 1}, "scores": [1, None]}, '"b" has no score'),
        ({"condition": {"gte": 1}, "scores": [1, -1]}, 'the score of "b" is no number that can be added: -1'),
        ({"condition": {"gte": 1}, "score": float("inf")}, 'the score of "a" is no number that can be added: inf'),
        ({"condition": {"gte": 1, "field": ["x"]}, "score": 1}, "risk measures no field"),
        ({"condition": {}, "score": 1}, "the condition needs one of"),
        ({"score": 1}, "missing required field `condition`"),
    ],
)
def test_options_that_cannot_be_used_are_refused(options: dict[str, Any], fault: str) -> None:
    assert fault in refused("risk", options=options)


def test_a_rule_that_is_listed_twice_is_refused() -> None:
    assert "listed twice" in refused("risk", "a a", options={"condition": {"gte": 1}, "score": 1})
