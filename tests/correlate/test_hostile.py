"""What no sane log holds: correlations neither fail on it nor say anything but what the naive correlator says."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.correlate import Correlator, Limits, Memory
from engine.hit import Hit
from engine.rules import Ruleset
from tests.correlate.test_oracle import decided, examples, folded, wanted
from tests.correlate.test_promises import END, Lot, accepted, given_in, last_of, lots, written
from tests.correlate.worlds import World, correlation, hit, worlds

DEEP: Any = []
for _ in range(300):
    DEEP = [DEEP]

VALUES: list[Any] = [
    float("nan"), float("inf"), -float("inf"), 1e308, -1e308, 5e-324, 10**400, -(10**400), 10**500, "1e400", "1e-400",
    "1e999999", "1e9999999999", "0e999999", "+1", "-0", "٣", "1_000", " 1", "1 ", "0x10", "NaN", "Infinity", "9" * 2000,
    "\ud800", "\x00", "", True, False, None, [], {}, [[1]], {"\ud800": "\ud800"}, DEEP, 2**63, 2**64, -(2**63) - 1,
    int("9" * 4_000),
]  # fmt: skip


def flat(*correlations: Any) -> Ruleset:
    return Ruleset((), correlations=correlations)


@pytest.mark.parametrize("kind", ["value_sum", "value_avg", "value_median", "value_percentile", "value_count"])
@pytest.mark.parametrize("asked", [{"gte": 0}, {"lt": 1e308}, {"neq": 0.1}, {"gt": -1.5, "lte": 10**30}])
def test_any_value_may_stand_in_a_field(kind: str, asked: dict[str, Any]) -> None:
    ruleset = flat(correlation("c", kind, "a", 3, condition={"field": ["v"], **asked}, group_by=("g",)))
    hits = [hit("a", time, f"e{time}", v=value, g=time % 2) for time, value in enumerate(VALUES)]
    assert decided(World(ruleset, hits)) == wanted(ruleset, hits)
    lots_of_one = [Lot([each], each.time) for each in hits]
    assert written(given_in(ruleset, lots_of_one, Memory())) == written(given_in(ruleset, lots_of_one))


def test_any_value_may_be_a_group() -> None:
    ruleset = flat(correlation("c", "event_count", "a", 1000, condition={"gte": 1}, group_by=("g", "h")))
    hits = [hit("a", time, f"e{time}", g=value, h=value) for time, value in enumerate(VALUES)]
    found = decided(World(ruleset, hits))
    assert found == wanted(ruleset, hits)
    assert len(found) == len(hits) - 2, "only NaN and infinity have the text of another value here"
    each = [Lot([one], one.time) for one in hits]
    assert written(given_in(ruleset, each, Memory())) == written(given_in(ruleset, each))


@pytest.mark.parametrize("kind", ["event_count", "temporal", "temporal_ordered", "value_count"])
@pytest.mark.parametrize("begin", [-(1 << 62) + 100, -50, -3, (1 << 61)])
@pytest.mark.parametrize("timespan", [1, 10, 1 << 58])
def test_times_may_be_before_1970_and_far_away(kind: str, begin: int, timespan: int) -> None:
    asked = {"field": ["g"], "gte": 1} if kind == "value_count" else {"gte": 1}
    below = correlation("c", kind, "a b", timespan, condition=asked, group_by=("g",))
    above = correlation("d", "event_count", "c", timespan, condition={"lt": 3})
    ruleset = flat(below, above)
    hits = [hit("ab"[time % 2], begin + time * time, f"e{time}", g=time % 3) for time in range(8)]
    assert decided(World(ruleset, hits)) == wanted(ruleset, hits)
    correlator, states = Correlator(ruleset, Memory()), Memory()
    found = []
    for each in hits:
        correlator = Correlator(ruleset, states)
        correlator.take([each])
        found += correlator.settle(each.time)
        correlator.commit()
    found += correlator.close(hits[-1].time, final=True)
    assert folded(found, ruleset) == wanted(ruleset, hits)


def test_no_correlations_no_rules_and_hits_of_rules_that_nobody_asks_for() -> None:
    for ruleset in (Ruleset(()), flat(correlation("c", "event_count", (), condition={"gte": 1}))):
        correlator = Correlator(ruleset, Memory())
        correlator.take([hit("a", 1, "e1")])
        assert list(correlator.settle(10)) == []
        assert list(correlator.close(10, final=True)) == []
        correlator.commit()
        assert correlator.reads("a") == ()


def test_ten_thousand_groups() -> None:
    ruleset = flat(correlation("c", "event_count", "a", 50, condition={"gte": 2}, group_by=("g",)))
    hits = [hit("a", number % 90, f"e{number}", g=number * 7919 % 10_000) for number in range(15_000)]
    found = decided(World(ruleset, hits))
    assert found == wanted(ruleset, hits)
    assert len(found) > 1_000


def test_a_watermark_never_goes_back() -> None:
    ruleset = flat(correlation("c", "event_count", "a", 5, condition={"gte": 1}))
    correlator = Correlator(ruleset)
    correlator.take([hit("a", 10, "e1"), hit("a", 20, "e2")])
    assert [each.start for each in correlator.settle(15)] == [10, 10]
    assert list(correlator.settle(3)) == []
    correlator.take([hit("a", 7, "e3")])
    assert correlator.counts["c"].late == 1
    assert [each.start for each in correlator.close(4, final=True)] == [20, 20]


def test_a_chain_of_fifty_correlations() -> None:
    chain = [correlation("c0", "event_count", "a", 5, condition={"gte": 1})]
    chain += [correlation(f"c{n}", "temporal", f"c{n - 1}", 5) for n in range(1, 50)]
    ruleset = flat(*chain)
    hits = [hit("a", time, f"e{time}") for time in (1, 3, 20)]
    assert decided(World(ruleset, hits)) == wanted(ruleset, hits)
    assert len(decided(World(ruleset, hits))) == 100


@examples(150)
@given(st.data(), worlds(most_events=16))
def test_where_nothing_is_dropped_for_a_limit_the_answer_is_the_same(data: st.DataObject, case: World) -> None:
    limits = Limits(groups=data.draw(st.integers(1, 3)), hits=data.draw(st.integers(1, 4)))
    given_lots = data.draw(lots(case.hits))
    found, dropped = limited(case.ruleset, given_lots, limits, saved=False)
    assert (last_of(found), dropped) == (
        last_of((again := limited(case.ruleset, given_lots, limits, saved=True))[0]),
        again[1],
    )
    if not dropped:
        assert folded(found, case.ruleset) == wanted(case.ruleset, accepted(given_lots))


def limited(ruleset: Ruleset, given_lots: list[Lot], limits: Limits, saved: bool) -> tuple[list[Any], int]:
    """What is told of lots within limits, and how many groups and hits were dropped."""
    states = Memory() if saved else None
    correlator = Correlator(ruleset, states, limits)
    found: list[Any] = []
    dropped = 0
    for hits, watermark in [*given_lots, Lot([], END)]:
        correlator.take(hits)
        found += correlator.settle(-1 if watermark is None else watermark)
        if saved:
            dropped += gone(correlator)
            correlator.commit()
            correlator = Correlator(ruleset, states, limits)
    found += correlator.close(END, final=True)
    return found, dropped + gone(correlator)


def gone(correlator: Correlator) -> int:
    return sum(each.groups_dropped + each.hits_dropped for each in correlator.counts.values())


def test_copies_of_other_times_count_once_while_they_wait() -> None:
    """Nothing but a liar says two times of one event id: then the copy whose place sorts first stands."""
    ruleset = flat(correlation("c", "event_count", "a", 50, condition={"gte": 1}))
    first = hit("a", 15, "e1", file="two")
    second: Hit = hit("a", 5, "e1", file="one")
    for pair in ([first, second], [second, first]):
        for states in (None, Memory()):
            other = hit("a", 99, "e2")
            found = list(given_in(ruleset, [Lot([pair[0], other], None), Lot([pair[1]], 10)], states))
            assert [(each.start, each.hits) for each in found if each.state == "ended"] == [(5, 1), (99, 1)]
