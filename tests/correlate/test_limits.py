"""Limits: what is oldest by event time goes, is counted, and nothing else changes."""

from __future__ import annotations

import pytest

from engine.correlate import Limits, Memory, plan
from tests.correlate.lines import correlator, hits_at, told
from tests.correlate.test_state import CONDITIONS
from tests.correlate.worlds import SIGMA, correlation, hit

TWO = correlation("c", "event_count", "a", 100, condition={"gte": 2}, group_by=("ip",))


def test_of_too_many_groups_those_go_of_which_nothing_was_heard_for_longest():
    engine = correlator(TWO, limits=Limits(groups=2))
    engine.take([*hits_at(1, ip="old"), *hits_at(2, ip="b"), *hits_at(3, ip="c")])
    list(engine.settle(10))
    assert engine.counts["c"].groups_dropped == 1
    engine.take([hit("a", 11, f"e{number}", ip=ip) for number, ip in enumerate(["old", "b"])])
    assert [each.group[0][1] for each in engine.settle(11)] == ["b"]


def test_a_group_that_goes_ends_its_episode():
    engine = correlator(TWO, limits=Limits(groups=1))
    engine.take([*hits_at(1, 2, ip="old"), *hits_at(30, ip="new")])
    assert [(each.state, each.end) for each in engine.settle(40)] == [("opened", None), ("ended", 40)]


def test_groups_that_are_over_by_themselves_are_not_counted_as_dropped():
    engine = correlator(TWO, limits=Limits(groups=1))
    for begin in (0, 1000, 2000):
        engine.take(hits_at(begin, ip=begin))
        list(engine.settle(begin + 500))
    assert engine.counts["c"].groups_dropped == 0


@pytest.mark.parametrize("kind", SIGMA)
def test_of_too_many_hits_in_a_window_the_oldest_go(kind: str):
    one = correlation("c", kind, "a b", 10_000, condition=CONDITIONS[kind])
    engine = correlator(one, limits=Limits(hits=10))
    engine.take([hit("ab"[number % 2], number, f"e{number}", v=number % 7) for number in range(50)])
    list(engine.settle(100))
    assert engine.counts["c"].hits_dropped == 40
    engine.take(hits_at(101, v=100))
    list(engine.settle(101))
    assert engine.counts["c"].hits_dropped == 41


def test_within_its_limits_nothing_is_dropped():
    engine = correlator(TWO, limits=Limits(groups=3, hits=3))
    engine.take([*hits_at(1, 2, 3, ip="a"), *hits_at(1, ip="b"), *hits_at(1, ip="c")])
    list(engine.settle(10))
    counts = engine.counts["c"]
    assert (counts.groups_dropped, counts.hits_dropped, counts.hits) == (0, 0, 5)


def test_groups_that_are_cold_go_first_too_and_from_the_store(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(plan, "WARM", 0)
    for states in (None, Memory()):
        engine = correlator(TWO, states=states, limits=Limits(groups=5))
        for time in range(20):
            engine.take(hits_at(time, ip=time))
            list(engine.settle(time))
            engine.commit()
        assert engine.counts["c"].groups_dropped == 15
        engine.take([hit("a", 20, f"e{ip}", ip=ip) for ip in (14, 15)])
        assert [each.group[0][1] for each in told(engine.settle(20))] == ["15"]
        if states is not None:
            assert sum(map(len, states.heads.values())) == 5


# What is counted beside


def test_hits_without_a_field_of_the_group_are_counted_and_dropped_where_the_rule_says_so():
    dropping = correlation("d", "event_count", "a", 100, condition={"gte": 1}, group_by=("ip",), missing="drop")
    engine = correlator(TWO, dropping)
    engine.take([*hits_at(1), *hits_at(2, ip=None), *hits_at(3, ip="null")])
    assert [(each.correlation, each.group[0][1]) for each in engine.settle(10)] == [("c", None), ("d", "null")]
    assert [engine.counts[key].nulls for key in "cd"] == [2, 2]
    assert [engine.counts[key].hits for key in "cd"] == [3, 1]


def test_what_is_still_open_at_the_end_is_counted_or_decided():
    few = correlation("few", "event_count", "a", 100, condition={"lt": 2}, group_by=("ip",))
    for final, expected in ((False, []), (True, [("opened", None), ("ended", 201)])):
        engine = correlator(few)
        engine.take([*hits_at(1, ip="1"), *hits_at(50, 60, ip="2")])
        found = [(each.state, each.end) for each in engine.close(90, final) if each.group == (("ip", "1"),)]
        assert found == expected
        assert engine.counts["few"].undecided == (0 if final else 2)
        assert engine.watermark == 90
