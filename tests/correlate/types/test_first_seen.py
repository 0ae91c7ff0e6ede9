"""`first_seen`: values that a group has not had for as long as is remembered."""

from __future__ import annotations

from typing import Any

import pytest

from engine.correlate import Correlator, Limits, Memory
from engine.rules import Correlation, Ruleset
from tests.correlate.types.timeline import Seen, at, counts, fired, hits_of, made, refused, starts, values


def first_seen(field: tuple[str, ...] = ("v",), timespan: float = 10, **options: Any) -> Correlation:
    """Everything is told from the beginning, where nothing else is said."""
    told = {"learning": 0, "group-learning": 0} | {name.replace("_", "-"): said for name, said in options.items()}
    return made("first_seen", "a b", timespan, group_by=("g",), missing="drop", options={"field": field, **told})


def test_a_value_fires_when_it_is_new_and_again_when_it_was_forgotten() -> None:
    #  0  1  5     15          26
    #  x  x  y     y           y     at 15 it is exactly a timespan old, at 26 a second more
    line = at("a", 0, 1, g="g", v="x") + at("a", 5, 15, 26, g="g", v="y")
    assert values(first_seen(), line) == [(0, "x"), (5, "y"), (26, "y")]


def test_an_episode_has_no_length_and_its_evidence_is_the_event() -> None:
    line = at("a", 0, g="g", v="x") + at("a", 5, g="g", v="y")
    assert fired(first_seen(), line) == [
        Seen(0, 0, 0, "x", 1, ("g",), (0,)),
        Seen(5, 5, 5, "y", 1, ("g",), (5,)),
    ]


def test_every_sighting_keeps_a_value_from_being_forgotten() -> None:
    assert starts(first_seen(), at("a", 0, 9, 18, 27, 36, g="g", v="x")) == [0]


def test_each_group_has_its_own_history() -> None:
    line = at("a", 0, g="g", v="x") + at("a", 1, g="h", v="x")
    assert [(each.start, each.group) for each in fired(first_seen(), line)] == [(0, ("g",)), (1, ("h",))]


def test_values_are_told_apart_by_their_text_and_case() -> None:
    line = at("a", 0, g="g", v=1) + at("a", 1, g="g", v="1") + at("a", 2, g="g", v=1.0) + at("a", 3, g="g", v="X")
    assert values(first_seen(), line, at("a", 4, g="g", v="x")) == [(0, "1"), (2, "1.0"), (3, "X"), (4, "x")]


def test_events_without_the_field_take_no_part() -> None:
    line = at("a", 0, g="g") + at("a", 1, g="g", v=None) + at("a", 2, g="g", v="x")
    assert values(first_seen(), line) == [(2, "x")]


def test_of_several_fields_the_combination_counts() -> None:
    line = at("a", 0, g="g", v="x", w=1) + at("a", 1, g="g", v="x", w=2) + at("a", 2, g="g", v="x", w=1)
    assert values(first_seen(("v", "w")), line + at("a", 3, g="g", v="y")) == [(0, '["x","1"]'), (1, '["x","2"]')]


def test_two_new_values_of_one_time_are_two_episodes_each_with_its_own_event() -> None:
    line = at("a", 0, g="g", v="y") + at("b", 0, g="g", v="x") + at("b", 0, g="g", v="x")
    assert [(each.value, each.hits) for each in fired(first_seen(), line)] == [("x", 2), ("y", 1)]


def test_an_event_that_two_rules_match_is_one() -> None:
    line = at("a", 0, event="one", g="g", v="x") + at("b", 0, event="one", g="g", v="x")
    assert [(each.value, each.hits) for each in fired(first_seen(), line)] == [("x", 1)]


# Learning


def test_nothing_is_told_while_it_learns_and_what_it_learnt_is_not_new() -> None:
    #  0   3    5   6     learning until 5
    #  x   y    z   y
    line = at("a", 0, g="g", v="x") + at("a", 3, 6, g="g", v="y") + at("a", 4.999999, 5, g="g", v="w")
    assert values(first_seen(learning=5_000_000), line + at("a", 5, g="g", v="z")) == [(5, "z")]


def test_by_default_it_learns_for_one_timespan() -> None:
    asked = made("first_seen", "a", 10, group_by=("g",), options={"field": ["v"]})
    line = at("a", 0, g="g", v="x") + at("a", 9.999999, g="g", v="y") + at("a", 10, g="g", v="z")
    assert values(asked, line) == [(10, "z")]


def test_until_when_it_learns_is_said_as_long_as_it_does() -> None:
    asked = first_seen(learning=5_000_000)
    assert counts(asked, at("a", 1, g="g", v="x"), until=5.9).learning == 6_000_000
    assert counts(asked, at("a", 1, g="g", v="x"), until=6).learning is None
    assert counts(first_seen(), at("a", 1, g="g", v="x"), until=1).learning is None


def test_a_new_group_may_learn_for_itself_first() -> None:
    asked = first_seen(group_learning=5_000_000)
    line = at("a", 0, g="g", v="x") + at("a", 4.9, g="g", v="y") + at("a", 5, g="g", v="z")
    assert values(asked, line) == [(5, "z")]


def test_a_group_that_was_gone_for_longer_than_is_remembered_is_new() -> None:
    line = at("a", 0, g="g", v="x") + at("a", 10.1, g="g", v="y") + at("a", 12, g="g", v="z")
    assert values(first_seen(group_learning=3_000_000), line) == []
    assert values(first_seen(group_learning=1_900_000), line) == [(12, "z")]


# Order and late events


def test_an_earlier_event_that_comes_in_time_moves_the_first_sighting() -> None:
    assert starts(first_seen(), at("a", 5, g="g", v="x"), at("a", 2, g="g", v="x")) == [2]


def test_an_event_that_comes_too_late_is_not_told_but_remembered() -> None:
    ruleset = Ruleset((), correlations=(first_seen(),))
    states = Memory()
    started: list[tuple[int, Any]] = []
    for line, watermark in (
        (at("a", 0, g="g", v="x"), 8),
        (at("a", 4, g="g", v="late"), 8),
        (at("a", 14, g="g", v="late"), 15),
        (at("a", 5, g="new", v="late"), 16),
        (at("a", 17, g="new", v="late") + at("a", 17, g="g", v="other"), 20),
    ):
        correlator = Correlator(ruleset, states)
        correlator.take(hit._replace(event=f"{hit.time} {hit.values}") for hit in hits_of(line))
        found = list(correlator.settle(watermark * 1_000_000))
        started += [(each.start // 1_000_000, each.value) for each in found if each.state == "opened"]
        correlator.commit()
    assert started == [(0, "x"), (17, "other"), (17, "late")]  # at 15 what was seen at 5 is forgotten


def test_a_value_that_is_seen_all_the_time_takes_no_room() -> None:
    states = Memory()
    correlator = Correlator(Ruleset((), correlations=(first_seen(timespan=100_000),)), states)
    correlator.take(hits_of(at("a", *range(20_000), g="g", v="x") + at("a", 5, g="g", v="y")))
    told = list(correlator.settle(20_000_000_000))
    correlator.commit()
    assert [each.value for each in told if each.state == "opened"] == ["x", "y"]
    assert sum(len(body) for chunks in states.bodies.values() for body in chunks.values()) < 2_000


def test_long_values_take_no_room_either_and_are_still_told_apart() -> None:
    states = Memory()
    correlator = Correlator(Ruleset((), correlations=(first_seen(),)), states)
    long = "x" * 100_000
    correlator.take(hits_of(at("a", 0, 1, g="g", v=long + "1") + at("a", 2, g="g", v=long + "2")))
    told = list(correlator.settle(3_000_000))
    correlator.commit()
    assert [each.value for each in told if each.state == "opened"] == [long + "1", long + "2"]
    assert sum(len(body) for chunks in states.bodies.values() for body in chunks.values()) < 500


def test_of_too_many_values_the_oldest_go_and_are_counted() -> None:
    correlator = Correlator(Ruleset((), correlations=(first_seen(timespan=1_000),)), limits=Limits(hits=10))
    line = [each for time in range(30) for each in at("a", time, g="g", v=time)]
    correlator.take(hits_of(line + at("a", 31, g="g", v=25) + at("a", 32, g="g", v=3)))
    told = [each for each in correlator.settle(40_000_000) if each.state == "opened"]
    assert [each.value for each in told[30:]] == ["3"]
    assert correlator.counts["c"].hits_dropped == 21


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({}, "missing required field `field`"),
        ({"field": []}, "length >= 1"),
        ({"field": ["v"], "learning": -1}, ">= 0"),
        ({"field": ["v"], "learn": 5}, "unknown field `learn`"),
    ],
)
def test_options_that_cannot_be_used_are_refused(options: dict[str, Any], fault: str) -> None:
    assert fault in refused("first_seen", options=options)
