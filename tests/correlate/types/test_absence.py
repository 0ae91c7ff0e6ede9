"""`absence`: silence, and what is not answered."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from engine.rules import Correlation
from tests.correlate.types.timeline import Seen, at, counts, fired, made, refused, starts


def silence(timespan: float = 10, group_by: tuple[str, ...] = ("g",), **options: Any) -> Correlation:
    return made("absence", "a", timespan, group_by=group_by, missing="drop", options=options)


def unanswered(rules: str = "a b", after: tuple[int, ...] = (0,), timespan: float = 10) -> Correlation:
    return made("absence", rules, timespan, group_by=("g",), missing="drop", options={"after": after})


# Silence


def test_a_group_that_falls_silent_fires_when_the_time_is_up_and_ends_when_it_is_heard_of() -> None:
    #  0  4        14       20
    #  a  a        !        a
    line = at("a", 0, 4, 20, g="x")
    assert fired(silence(), line, until=20) == [Seen(14, 14, 20, None, 0, ("x",), (4,))]


def test_silence_lasts_as_long_as_it_lasts() -> None:
    assert fired(silence(), at("a", 4, g="x"), until=1000) == [Seen(14, 14, None, None, 0, ("x",), (4,))]


def test_an_event_at_exactly_the_end_of_the_timespan_is_in_time_and_one_later_is_not() -> None:
    assert starts(silence(), at("a", 0, 10, 20, g="x"), until=20) == []
    assert starts(silence(), at("a", 0, 10, 20.000001, g="x"), until=21) == [20]


def test_another_group_does_not_break_the_silence() -> None:
    line = at("a", 0, g="x") + at("a", 5, 14, g="y")
    assert [(each.start, each.group) for each in fired(silence(), line, until=15)] == [(10, ("x",))]


def test_any_of_the_rules_breaks_the_silence() -> None:
    either = made("absence", "a b", 10, group_by=("g",), options={})
    assert starts(either, at("a", 0, 12, g="x") + at("b", 6, g="x"), until=15) == []


def test_what_is_silent_at_the_end_is_undecided_until_that_is_asked_for() -> None:
    line = at("a", 0, g="x") + at("a", 1, g="y")
    assert counts(silence(), line, until=9).undecided == 2
    assert starts(silence(), line, until=9) == []
    assert starts(silence(), line) == [10, 11]


def test_a_group_that_was_silent_for_long_enough_is_forgotten() -> None:
    #  0     10          30  40
    #  a     !           .   a    the silence after 40 is another one
    line = at("a", 0, 40, g="x")
    assert fired(silence(forget=30_000_000), line, until=60) == [
        Seen(10, 10, 30, None, 0, ("x",), (0,)),
        Seen(50, 50, None, None, 0, ("x",), (40,)),
    ]


def test_listed_groups_are_waited_for_from_the_beginning_and_others_ignored() -> None:
    line = at("a", 0, 9, g="other") + at("a", 6, g="x")
    listed = silence(groups=["x", "y"], forget=20_000_000)
    assert [(each.start, each.end, each.group) for each in fired(listed, line, until=100)] == [
        (10, None, ("y",)),
        (16, None, ("x",)),
    ]


def test_a_listed_group_of_several_fields_is_a_list() -> None:
    listed = silence(group_by=("g", "h"), groups=[["x", 1], ["x", "2"]])
    line = at("a", 0, 10, g="x", h=1) + at("a", 5, g="x", h=3)
    assert [(each.start, each.group) for each in fired(listed, line, until=12)] == [(10, ("x", "2"))]


def test_without_group_by_there_is_one_group_from_the_beginning() -> None:
    """That begins with the first event of all correlations, here of another one."""
    other = made("event_count", "b", 1, condition={"gte": 100})
    asked = [msgspec.structs.replace(other, key="other"), silence(group_by=())]
    assert starts(asked, at("b", 3), until=50) == [13]


# One thing and then not the other


def test_what_is_not_answered_in_time_fires_then() -> None:
    #  0        10         20
    #  a        !           .
    assert fired(unanswered(), at("a", 0, g="x")) == [Seen(10, 10, 20, None, 1, ("x",), (0,))]


@pytest.mark.parametrize(("answer", "expected"), [(0, []), (5, []), (10, []), (10.000001, [10])])
def test_an_answer_is_in_time_up_to_the_end_of_the_timespan(answer: float, expected: list[float]) -> None:
    assert starts(unanswered(), at("a", 0, g="x") + at("b", answer, g="x")) == expected


def test_an_answer_that_came_before_is_none() -> None:
    assert starts(unanswered(), at("b", 0, g="x") + at("a", 0.000001, g="x")) == [10.000001]


def test_the_answer_of_another_group_is_none() -> None:
    assert starts(unanswered(), at("a", 0, g="x") + at("b", 5, g="y")) == [10]


def test_one_answer_is_enough_for_all_that_went_before() -> None:
    assert starts(unanswered(), at("a", 0, 3, 6, g="x") + at("b", 8, g="x")) == []


def test_the_episode_goes_on_with_what_is_not_answered_either_and_ends_with_the_answer() -> None:
    #  0   3      10  13     18
    #  a   a      !   !      b
    line = at("a", 0, 3, g="x") + at("b", 18, g="x")
    assert fired(unanswered(), line) == [Seen(10, 13, 18, None, 2, ("x",), (0, 3))]


def test_long_after_it_was_true_last_it_is_another_episode() -> None:
    line = at("a", 0, 30, g="x")
    assert [(each.start, each.end) for each in fired(unanswered(), line)] == [(10, 20), (40, 50)]


def test_what_comes_exactly_when_it_would_end_goes_on_with_it() -> None:
    #  0      10      20      30
    #  a      !a      !       .       the second waits from 10 to 20
    line = at("a", 0, 10, g="x")
    assert [(each.start, each.last, each.end, each.hits) for each in fired(unanswered(), line)] == [(10, 20, 30, 2)]


def test_any_other_rule_is_an_answer_and_any_that_is_named_asks() -> None:
    asked = unanswered("a b c d", after=(0, 2))
    assert starts(asked, at("a", 0, g="x") + at("d", 5, g="x")) == []
    assert starts(asked, at("c", 0, g="x") + at("b", 5, g="x")) == []
    assert starts(asked, at("a", 0, g="x") + at("c", 5, g="x")) == [10]


def test_an_event_of_two_rules_that_ask_counts_once() -> None:
    asked = unanswered("a b c", after=(0, 1))
    line = at("a", 0, event="one", g="x") + at("b", 0, event="one", g="x")
    assert [each.hits for each in fired(asked, line)] == [1]


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ({"options": {"after": [0, 1]}}, "names all the rules"),
        ({"options": {"after": [0], "forget": 5}}, '"forget" is for silence'),
        ({"options": {"after": [0], "groups": ["x"]}, "group_by": ("g",)}, '"groups" are watched for silence'),
        ({"options": {"forget": 10_000_000}}, "no longer than the timespan"),
        ({"options": {"groups": [["x", "y"]]}, "group_by": ("g",)}, "a group of 2 where group-by has 1: x, y"),
        ({"options": {"groups": ["x"]}}, "a group of 1 where group-by has 0: x"),
        ({"options": {"afer": [0]}}, "unknown field `afer`"),
    ],
)
def test_options_that_do_not_go_together_are_refused(more: dict[str, Any], fault: str) -> None:
    assert fault in refused("absence", **more)
