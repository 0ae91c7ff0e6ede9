"""State that is saved: small, in chunks, and the same again wherever it is saved."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.correlate import Change, Correlator, Kept, Memory, plan, state
from engine.errors import StoreError
from engine.hit import Hit
from engine.rules import Ruleset
from tests.correlate.lines import correlator, fired, hits_at, spans, starts, told
from tests.correlate.test_oracle import examples
from tests.correlate.test_promises import Lot, given_in, lots
from tests.correlate.worlds import SIGMA, World, correlation, hit, world, worlds
from tests.strategies import random_choices

SPAN = 1000
CONDITIONS = {
    "event_count": {"gte": 3},
    "value_count": {"gte": 2, "field": ["v"]},
    "temporal": {},
    "temporal_ordered": {"gte": 2},
    "value_sum": {"gte": 10, "field": ["v"]},
    "value_avg": {"gte": 3, "field": ["v"]},
    "value_percentile": {"gte": 3, "field": ["v"], "percentile": 90},
    "value_median": {"gte": 3, "field": ["v"]},
}


class Watched(Memory):
    """Remembers what was written each time."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[Change] = []

    def write(self, correlations: Iterator[Kept], changes: Iterator[Change], forgotten: Iterator[str]) -> None:
        self.written = list(changes)
        super().write(correlations, self.written, forgotten)

    @property
    def size(self) -> int:
        """Bytes of the last time."""
        return sum(len(each.head or b"") + sum(len(body) for _, body in each.chunks) for each in self.written)


def many(kind: str, count: int, step: int = 1) -> list[Hit]:
    """Hits of one group, with values of few kinds."""
    return [hit("ab"[number % 2], number * step, f"e{number}", v=number % 7) for number in range(count)]


# Size


@pytest.mark.parametrize("kind", SIGMA)
def test_a_commit_writes_what_is_new_not_the_window(kind: str):
    states = Watched()
    engine = correlator(correlation("c", kind, "a b", 10**9, condition=CONDITIONS[kind]), states=states)
    sizes = []
    hits = many(kind, 4000)
    for start in range(0, 4000, 10):
        engine.take(hits[start : start + 10])
        list(engine.settle(hits[start + 9].time))
        engine.commit()
        sizes.append(states.size)
    assert max(sizes[200:]) <= max(sizes[:50]) * 1.5
    assert max(sizes) < 20_000


def test_chunks_go_when_what_they_hold_is_out_of_the_window():
    states = Watched()
    engine = correlator(correlation("c", "event_count", "a b", SPAN, condition={"gte": 10**6}), states=states)
    held = []
    for each in many("event_count", 5000, 5):
        engine.take([each])
        list(engine.settle(each.time))
        engine.commit()
        held.append(sum(map(len, states.bodies.values())))
    assert max(held[1000:]) <= 2 + (SPAN // 5) // (state.FILLED // 2)


def test_a_slot_that_goes_leaves_nothing_and_comes_again_with_chunks_of_its_own():
    states = Watched()
    engine = correlator(correlation("c", "event_count", "a", SPAN, condition={"gte": 100}), states=states)
    for begin in (0, 5000):
        engine.take(hits_at(*range(begin, begin + 99)))
        list(engine.settle(begin + 99))
        engine.commit()
        assert len(states.bodies) == 1
        assert [each.start for each in one_more(states, begin + 99).settle(begin + 99)] == [begin + 99]
    list(engine.settle(20_000))
    engine.commit()
    assert not any(states.heads.values())
    assert not states.bodies


def one_more(states: Memory, time: int) -> Correlator:
    """The same correlation on a copy of saved states, with one hit more."""
    again = Memory()
    again.kept, again.heads, again.bodies = dict(states.kept), dict(states.heads), dict(states.bodies)
    engine = correlator(correlation("c", "event_count", "a", SPAN, condition={"gte": 100}), states=again)
    engine.watermark = time - 1
    engine.take(hits_at(time))
    return engine


def test_a_slot_that_went_between_two_commits_and_came_again_has_no_chunk_of_before():
    states = Watched()
    engine = correlator(correlation("c", "event_count", "a", SPAN, condition={"gte": 100}), states=states)
    engine.take(hits_at(*range(90)))
    list(engine.settle(90))
    engine.commit()
    list(engine.settle(5000))
    engine.take(hits_at(*range(6000, 6080)))
    list(engine.settle(6080))
    engine.commit()
    (bodies,) = states.bodies.values()
    assert list(bodies) == [1]
    again = correlator(correlation("c", "event_count", "a", SPAN, condition={"gte": 100}), states=states)
    again.take(hits_at(*range(6100, 6120)))
    assert [(each.start, each.value) for each in again.settle(6119)] == [(6119, 100)]


# The same again


@examples(60)
@given(st.data(), worlds(most_events=16))
def test_cold_slots_and_small_chunks_change_nothing(data: st.DataObject, case: World):
    given_lots = data.draw(lots(case.hits))
    expected = list(given_in(case.ruleset, given_lots))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan, "WARM", 0)
        patch.setattr(state, "FILLED", 2)
        assert list(given_in(case.ruleset, given_lots)) == expected
        assert list(given_in(case.ruleset, given_lots, Memory())) == expected


@pytest.mark.parametrize("kind", SIGMA)
def test_long_windows_saved_at_every_few_hits_go_on_as_if_nothing_was(kind: str):
    for seed in range(3):
        case = world(random_choices(seed), most_correlations=1, most_events=3, types=(kind,))
        ruleset = Ruleset((), correlations=(correlation("c", kind, "a b", 300, condition=CONDITIONS[kind]),))
        hits = many(kind, 900) + case.hits
        chance = random.Random(seed)
        given_lots = [Lot(hits[start : start + 50], start - chance.randrange(3)) for start in range(0, 950, 50)]
        assert list(given_in(ruleset, given_lots, Memory())) == list(given_in(ruleset, given_lots))


def test_the_evidence_of_a_long_episode_survives_though_its_window_is_short():
    one = correlation("c", "event_count", "a", 15, condition={"gte": 1})
    hits = hits_at(*range(0, 3000, 10))
    given_lots = [Lot([each], each.time) for each in hits]
    ruleset = Ruleset((), correlations=(one,))
    (saved,) = told(given_in(ruleset, given_lots, Memory()))
    assert [each.time for each in saved.evidence] == list(range(2000, 3000, 10))


def test_a_threshold_may_change_and_the_window_stays():
    states = Memory()
    first = correlator(correlation("c", "event_count", "a", 60, condition={"gte": 5}, name="c"), states=states)
    first.take(hits_at(1, 2))
    list(first.settle(10))
    first.commit()
    second = correlator(correlation("c", "event_count", "a", 60, condition={"gte": 3}, name="c"), states=states)
    assert second.restarted == ()
    second.take(hits_at(20))
    assert [each.value for each in second.settle(20)] == [3]


@pytest.mark.parametrize(
    "changed",
    [
        {"timespan": 61}, {"group_by": ("ip",)}, {"condition": {"lt": 3}}, {"rules": "a b"}, {"missing": "drop"},
        {"kind": "temporal"},
    ],
)  # fmt: skip
def test_what_means_something_else_starts_anew_and_says_so(changed: dict[str, object]):
    states = Memory()
    usual = {"key": "c", "kind": "event_count", "rules": "a", "timespan": 60, "condition": {"gte": 3}, "name": "c"}
    first = correlator(correlation(**usual), states=states)
    first.take(hits_at(1, 2))
    list(first.settle(10))
    first.commit()
    second = correlator(correlation(**usual | changed), states=states)
    assert second.restarted == ("c",)
    assert second.watermark is None
    second.commit()
    assert len(states.kept) == 1
    assert not any(states.heads.values())


def test_a_correlation_that_is_not_there_for_a_while_keeps_its_state():
    states = Memory()
    pair = [correlation(key, "event_count", "a", 60, condition={"gte": 3}, name=key) for key in "cd"]
    first = correlator(*pair, states=states)
    first.take(hits_at(1, 2))
    list(first.settle(10))
    first.commit()
    alone = correlator(pair[0], states=states)
    list(alone.settle(15))
    alone.commit()
    both = correlator(*pair, states=states)
    both.take(hits_at(20))
    assert {each.correlation for each in both.settle(20)} == {"c", "d"}


def test_hits_that_wait_are_saved_and_once_decided_are_gone():
    states = Memory()
    one = correlation("c", "event_count", "a", 60, condition={"gte": 3})
    for number, lot in enumerate([hits_at(50, 51), hits_at(52), []]):
        engine = correlator(one, states=states)
        engine.take(lot)
        list(engine.settle(number))
        assert engine.counts["c"].pending == min(3, 2 + number)
        engine.commit()
    engine = correlator(one, states=states)
    assert [each.start for each in engine.settle(60)] == [52]
    engine.commit()
    assert "pending" not in states.heads or not states.heads["pending"]
    assert correlator(one, states=states).counts["c"].pending == 0


def test_many_hits_that_wait_are_not_written_again_each_time():
    states = Watched()
    engine = correlator(correlation("c", "event_count", "a", 60, condition={"gte": 3}), states=states)
    sizes = []
    for start in range(0, 5000, 50):
        engine.take(hits_at(*range(start, start + 50)))
        list(engine.settle(start - 2000))
        engine.commit()
        sizes.append(sum(len(body) for each in states.written if each.meaning == "pending" for _, body in each.chunks))
    assert sum(sizes) < 4 * 50 * len(sizes) * 150
    assert sorted(sizes)[len(sizes) // 2] < 50 * 150


# Damage


def test_a_state_whose_chunk_is_missing_or_broken_is_a_clear_error():
    for damage in (lambda bodies: bodies.clear(), lambda bodies: bodies.update(dict.fromkeys(bodies, b"\xc1"))):
        states = Memory()
        one = correlation("c", "event_count", "a", SPAN, condition={"gte": 200})
        engine = correlator(one, states=states)
        engine.take(hits_at(*range(100)))
        list(engine.settle(100))
        engine.commit()
        for bodies in states.bodies.values():
            damage(bodies)
        engine = correlator(one, states=states)
        engine.take(hits_at(101))
        with pytest.raises(StoreError, match='the state of "c" is damaged'):
            engine.settle(101)


def test_nothing_is_saved_where_nothing_was_given_to_save_to():
    engine = correlator(correlation("c", "event_count", "a", 60, condition={"gte": 1}))
    engine.take(hits_at(1))
    list(engine.settle(5))
    engine.commit()


def test_what_went_to_a_store_and_back_tells_the_same_spans():
    one = correlation("c", "event_count", "a", 60, condition={"gte": 2}, group_by=("ip",))
    hits = [each for ip in range(50) for each in hits_at(ip, ip + 30, ip + 200, ip=ip)]
    given_lots = [Lot([each for each in hits if each.time // 20 == part], part * 20 + 19) for part in range(13)]
    ruleset = Ruleset((), correlations=(one,))
    assert spans(given_in(ruleset, given_lots, Memory())) == spans(fired(one, hits=hits))
    assert len(starts(fired(one, hits=hits))) == 50
