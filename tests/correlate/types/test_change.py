"""`change`: a field of a group took another value than it had just before."""

from __future__ import annotations

from typing import Any

import pytest

from engine.rules import Correlation
from tests.correlate.types.timeline import At, Seen, at, fired, made, refused, starts, values


def change(*field: str, timespan: float = 10) -> Correlation:
    return made("change", "a b", timespan, group_by=("g",), missing="drop", options={"field": field or ("v",)})


def line(*steps: tuple[float, Any]) -> list[At]:
    """Values of one group at these seconds."""
    return [each for time, value in steps for each in at("a", time, g="g", v=value)]


def test_every_change_fires_also_back_to_a_value_that_was_there_before() -> None:
    #  0  1  2  3  4
    #  x  x  y  y  x
    assert values(change(), line((0, "x"), (1, "x"), (2, "y"), (3, "y"), (4, "x"))) == [(2, "y"), (4, "x")]


def test_it_shows_the_event_before_and_the_one_that_changed() -> None:
    found = fired(change(), line((0, "x"), (1, "x"), (2, "y")))
    assert found == [Seen(2, 2, 2, "y", 1, ("g",), (1, 2))]


def test_what_is_shown_of_the_time_before_are_four_events_at_most() -> None:
    many = [each for _ in range(9) for each in line((1, "x"))]
    later = [each for _ in range(9) for each in line((2, "y"))]
    (found,) = fired(change(), line((0, "x")) + many + later)
    assert found.shown == (1,) * 4 + (2,) * 9
    assert found.hits == 9


def test_the_first_value_of_a_group_is_no_change() -> None:
    assert starts(change(), line((0, "x")) + at("a", 1, g="h", v="y")) == []


def test_a_value_is_compared_for_one_timespan() -> None:
    assert starts(change(), line((0, "x"), (10, "y"))) == [10]
    assert starts(change(), line((0, "x"), (10.000001, "y"))) == []


def test_events_without_the_field_are_as_if_they_were_not_there() -> None:
    without = at("a", 1, g="g") + at("a", 2, g="g", v=None)
    assert values(change(), line((0, "x")) + without + line((3, "x"), (4, "y"))) == [(4, "y")]
    assert starts(change(), line((0, "x")) + at("a", 6, g="g") + line((11, "y"))) == []


def test_values_of_one_time_all_count_as_the_last() -> None:
    both = line((1, "x"), (1, "y"))
    assert values(change(), line((0, "x")) + both) == [(1, "y")]
    assert values(change(), both + line((2, "x"))) == []
    assert values(change(), both + line((2, "y"))) == []
    assert values(change(), both + line((2, "z"))) == [(2, "z")]


def test_of_several_fields_the_combination_counts() -> None:
    steps = at("a", 0, g="g", v="x", w=1) + at("a", 1, g="g", v="x", w=2) + at("a", 2, g="g", v="y")
    assert values(change("v", "w"), steps) == [(1, '["x","2"]')]


def test_an_alias_may_stand_for_different_fields_of_the_rules() -> None:
    asked = made(
        "change", "a b", 10, group_by=("g",), aliases={"v": {"a": "one", "b": "two"}}, options={"field": ["v"]}
    )
    steps = at("a", 0, g="g", one="x") + at("b", 1, g="g", two="x") + at("b", 2, g="g", two="y", one="x")
    assert values(asked, steps) == [(2, "y")]


@pytest.mark.parametrize(
    ("options", "fault"), [({}, "missing required"), ({"field": ["v"], "learning": 5}, "unknown field `learning`")]
)
def test_options_that_cannot_be_used_are_refused(options: dict[str, Any], fault: str) -> None:
    assert fault in refused("change", options=options)
