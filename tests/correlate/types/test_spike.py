"""`spike`: far more in this window than on average before."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from engine.rules import Correlation
from tests.correlate.types.timeline import At, Seen, at, counts, fired, made, refused, starts, values

SECOND = 1_000_000


def spike(minimum: float = 3, ratio: float = 3, learning: float | None = 0, **options: Any) -> Correlation:
    """Ten seconds against the thirty before."""
    asked = {"history": 30 * SECOND, "ratio": ratio, "minimum": minimum, **options}
    if learning is not None:
        asked["learning"] = round(learning * SECOND)
    return made("spike", "a b", 10, group_by=("g",), options=asked)


def line(*times: float, **values: Any) -> list[At]:
    return at("a", *times, **{"g": "g", **values})


def test_a_window_that_has_so_many_times_more_than_the_average_fires() -> None:
    #  0  10  20  30    40 41 42 43       history 1, 1, 1: on average 1
    #  a   a   a   a     a  a  a  a       at 42 three in the window that began at 32
    assert fired(spike(), line(0, 10, 20, 30, 40, 41, 42, 43)) == [
        Seen(42, 43, 53, 4, 4, ("g",), (40, 41, 42, 43)),
    ]


def test_one_too_few_does_not() -> None:
    assert starts(spike(), line(0, 10, 20, 30, 40, 41)) == []
    assert starts(spike(ratio=3.01), line(0, 10, 20, 30, 40, 41, 42)) == []


def test_the_window_has_both_its_ends_and_the_history_is_what_was_before_it() -> None:
    assert values(spike(), line(1, 11, 21, 31, 41, 41)) == [(41, 3)]  # 31 is in the window: three against three in 30 s
    assert starts(spike(), line(1, 11, 21, 30.999999, 41, 41)) == []  # two


def test_what_is_older_than_the_history_does_not_count() -> None:
    busy = line(*([0] * 50))
    assert starts(spike(minimum=4), busy + line(40, 40, 40, 40)) == [0]
    assert starts(spike(minimum=4), busy + line(40.000001, 40.000001, 40.000001, 40.000001)) == [0, 40.000001]


def test_a_group_that_was_quiet_needs_the_minimum_alone() -> None:
    assert starts(spike(), line(0, 1)) == []
    assert starts(spike(), line(0, 1, 2)) == [2]


def test_another_group_does_not_help() -> None:
    assert starts(spike(), line(0, 1) + at("a", 2, g="h")) == []


def test_the_episode_ends_when_it_is_no_longer_so_many() -> None:
    found = fired(spike(), line(0, 1, 2, 11.5, 40))
    assert [(each.start, each.last, each.end) for each in found] == [(2, 2, 11.5)]


def test_by_default_it_learns_until_there_is_a_history_and_a_timespan_more() -> None:
    asked = spike(learning=None)
    assert starts(asked, line(0, 39.9, 39.9, 39.9, 39.9)) == []
    assert starts(asked, line(0, 40, 40, 40, 40)) == [40]
    assert counts(asked, line(0), until=39).learning == 40 * SECOND


def test_an_event_that_two_rules_match_is_one() -> None:
    twice = at("a", 1, event="one", g="g") + at("b", 1, event="one", g="g")
    assert starts(spike(), line(0) + twice) == []
    assert starts(spike(), line(0, 1) + twice) == [1]


def test_of_an_inner_correlation_each_episode_counts_when_it_opens() -> None:
    inner = made("event_count", "a", 2, group_by=("g",), condition={"gte": 1})
    outer = made("spike", "c", 10, group_by=("g",), options=spike().options)
    both = [inner, msgspec.structs.replace(outer, key="outer")]
    assert starts(both, line(0, 1, 2, 3)) == []
    assert starts(both, line(0, 3, 6)) == [6]


def test_with_a_field_its_numbers_are_added() -> None:
    asked = spike(minimum=100, field="bytes")
    steps = line(0, 10, 20, bytes=20) + line(30, bytes="10") + line(31) + line(40, bytes=79.5) + line(41, bytes=0.5)
    assert values(asked, steps) == []
    assert fired(asked, steps + line(41, bytes=20)) == [Seen(41, 41, 51, 100, 3, ("g",), (40, 41, 41))]


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"history": 5, "ratio": 3, "minimum": 1}, "the history is shorter than the timespan"),
        ({"history": 10**9, "ratio": 0, "minimum": 1}, "ratio is a number above 0, not 0"),
        ({"history": 10**9, "ratio": float("nan"), "minimum": 1}, "ratio is a number above 0, not nan"),
        ({"history": 10**9, "ratio": 3, "minimum": -1}, "minimum is a number above 0, not -1"),
        ({"history": 10**9, "ratio": 3}, "missing required field `minimum`"),
        ({"history": 10**9, "ratio": 3, "minimum": 1, "field": ["x"]}, "Expected `str | null`"),
    ],
)
def test_options_that_cannot_be_used_are_refused(options: dict[str, Any], fault: str) -> None:
    assert fault in refused("spike", options=options)
