"""`ratio`: which share of a group's events some of the rules match."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from engine.rules import Correlation
from tests.correlate.types.timeline import At, Seen, at, fired, made, refused, starts, values


def ratio(minimum: int = 4, rules: str = "bad any", part: tuple[int, ...] = (0,), **condition: Any) -> Correlation:
    options = {"condition": condition or {"gte": 0.5}, "part": part, "minimum": minimum}
    return made("ratio", rules, 10, group_by=("g",), options=options)


def line(said: str, start: float = 0) -> list[At]:
    """One event a second: `x` matches the part, `.` does not, a space is none."""
    steps = enumerate(said)
    return [
        each for time, one in steps if one != " " for each in at("bad" if one == "x" else "any", start + time, g="g")
    ]


def test_the_share_is_of_all_events_of_the_window() -> None:
    #  .  .  x  x      at 3 two of four
    assert fired(ratio(), line("..xx")) == [Seen(3, 3, 13, 0.5, 4, ("g",), (0, 1, 2, 3))]


def test_one_too_few_of_the_part_or_one_too_many_of_the_rest_do_not_fire() -> None:
    assert starts(ratio(), line("...x")) == []
    assert starts(ratio(), line("..x.x")) == []


def test_fewer_events_than_the_minimum_satisfy_nothing() -> None:
    assert starts(ratio(), line("xxx")) == []
    assert starts(ratio(minimum=3), line("xxx")) == [2]
    assert starts(ratio(), line("xxx") + at("bad", 3, g="h")) == []


def test_without_a_minimum_one_event_is_enough() -> None:
    asked = made("ratio", "a b", 10, options={"condition": {"gte": 1}, "part": [0]})
    assert starts(asked, at("a", 0)) == [0]


def test_the_window_slides_and_what_is_a_timespan_old_is_in_it() -> None:
    assert starts(ratio(), line("xx      .") + at("any", 10, g="g")) == [10]
    assert starts(ratio(), line("xx      .") + at("any", 10.000001, g="g")) == []


def test_it_makes_no_difference_whether_the_whole_matches_the_part_too() -> None:
    apart = line("..xx")
    overlapping = [each._replace(event=f"e{each.time}") for each in apart]
    overlapping += [each._replace(rule="any") for each in overlapping if each.rule == "bad"]
    assert values(ratio(), overlapping) == values(ratio(), apart) == [(3, 0.5)]


def test_the_episode_ends_with_the_event_that_undoes_it() -> None:
    assert [(each.start, each.last, each.end) for each in fired(ratio(), line("..xx...x"))] == [(3, 3, 4)]


def test_less_than_a_share_is_judged_at_each_event_too() -> None:
    assert values(ratio(lt=0.25), line("x...")) == []
    assert values(ratio(lt=0.25), line("x....")) == [(4, 0.2)]


def test_a_range_and_exact_shares() -> None:
    assert values(ratio(minimum=3, gt=0.3, lt=0.34), line("x..")) == [(2, 1 / 3)]
    assert values(ratio(minimum=10, eq=0.1), line("x.........")) == [(9, 0.1)]


def test_the_part_may_be_several_of_the_rules() -> None:
    asked = ratio(rules="bad any worse", part=(0, 2))
    assert values(asked, line("..x") + at("worse", 3, g="g")) == [(3, 0.5)]


def test_of_an_inner_correlation_each_episode_counts_when_it_opens() -> None:
    inner = made("event_count", "bad", 2, group_by=("g",), condition={"gte": 1})
    outer = msgspec.structs.replace(ratio(minimum=3, rules="c any"), key="outer")
    assert values([inner, outer], line("xxx..")) == []
    assert values([inner, outer], line("x  x.")) == [(4, 2 / 3)]


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"condition": {"gte": 0.5}, "part": [0, 1]}, '"part" names all the rules'),
        ({"condition": {"gte": 0.5}}, "missing required field `part`"),
        ({"condition": {"gte": 0.5, "field": ["x"]}, "part": [0]}, "ratio measures no field"),
        ({"condition": {}, "part": [0]}, "the condition needs one of"),
        ({"condition": {"expression": ["rule", 0]}, "part": [0]}, "takes no expression"),
        ({"condition": {"gte": 0.5}, "part": [0], "minimum": 0}, ">= 1"),
    ],
)
def test_options_that_cannot_be_used_are_refused(options: dict[str, Any], fault: str) -> None:
    assert fault in refused("ratio", options=options)
