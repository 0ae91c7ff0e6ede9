"""The promises of correlations: any order, any batching, any sharding, saved anywhere; late hits and copies."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.correlate import Correlator, Memory, States, step
from engine.correlate.episode import flat
from engine.correlate.slot import Slot, compiled
from engine.correlate.step import FOREVER
from engine.hit import Episode, Hit
from engine.rules import Ruleset
from engine.stores import Slots, Store
from tests.correlate import naive
from tests.correlate.naive import Told
from tests.correlate.naive_hits import text
from tests.correlate.test_oracle import decided, examples, folded, wanted
from tests.correlate.worlds import World, correlation, hit, world, worlds
from tests.strategies import random_choices

END = 100


class Lot(NamedTuple):
    """Hits that are given together, and the watermark that is then told; None: none."""

    hits: list[Hit]
    watermark: int | None


@st.composite
def lots(draw: st.DrawFn, hits: list[Hit]) -> list[Lot]:
    """Hits in any order, parted anyhow, with watermarks that never go back but leave some hits late."""
    return parted(random.Random(draw(st.integers(0, 1 << 16))), hits)


def parted(chance: random.Random, hits: list[Hit]) -> list[Lot]:
    left = list(hits)
    chance.shuffle(left)
    found, reached = [], -1
    if chance.random() < 0.7:  # nearly in order, so that few are late
        left.sort(key=lambda hit: hit.time + chance.randrange(1 + chance.randrange(12)))
    while left:
        size = 1 + chance.randrange(len(left))
        reached = max(reached, left[0].time - chance.randrange(12))
        found.append(Lot(left[:size], reached if chance.random() < 0.8 else None))
        left = left[size:]
    return found


def accepted(lots: Iterable[Lot]) -> list[Hit]:
    """The hits that are not late: of a time after the watermark that was told before they came."""
    reached, found = -1, []
    for hits, watermark in lots:
        found += [hit for hit in hits if hit.time > reached]
        reached = reached if watermark is None else max(reached, watermark)
    return found


def late(lots: Iterable[Lot]) -> list[tuple[Hit, float]]:
    """The others, each with the watermark that was told before it."""
    reached, found = -1, []
    for hits, watermark in lots:
        found += [(hit, float(reached)) for hit in hits if hit.time <= reached]
        reached = reached if watermark is None else max(reached, watermark)
    return found


def given_in(ruleset: Ruleset, lots: Iterable[Lot], states: States | None = None) -> Iterator[Episode]:
    """What the engine says of lots; with states it is made anew of them after each lot, also of what is not decided."""
    correlator = Correlator(ruleset, states)
    for hits, watermark in lots:
        correlator.take(hits)
        if states is not None:
            correlator.commit()
            correlator = Correlator(ruleset, states)
        if watermark is not None:
            yield from correlator.settle(watermark)
        if states is not None:
            correlator.commit()
            correlator = Correlator(ruleset, states)
    yield from correlator.settle(END)
    yield from correlator.close(END, final=True)


def written(episodes: Iterable[Episode]) -> list[str]:
    """As text, in which 1 and 1.0 are two and NaN is itself."""
    return list(map(repr, episodes))


def last_of(episodes: Iterable[Episode]) -> list[str]:
    """Each episode as it was told last."""
    return written(sorted({each.id: each for each in episodes}.values(), key=lambda each: each.id))


# Order and batching


@examples(200)
@given(worlds(), st.randoms())
def test_any_order_gives_the_very_same(case: World, chance: random.Random) -> None:
    first = written(given_in(case.ruleset, [Lot(case.hits, None)]))
    shuffled = list(case.hits)
    chance.shuffle(shuffled)
    assert written(given_in(case.ruleset, [Lot(shuffled, None)])) == first


@examples(300)
@given(st.data(), worlds(most_events=16))
def test_any_batching_and_any_watermarks_give_the_same(data: st.DataObject, case: World) -> None:
    given_lots = data.draw(lots(case.hits))
    ruleset = without_group_learning(case.ruleset)
    found = list(given_in(ruleset, given_lots))
    assert folded(found, ruleset) == wanted(ruleset, accepted(given_lots), math.inf, late(given_lots))
    if not late(given_lots):
        assert last_of(found) == last_of(given_in(ruleset, [Lot(case.hits, None)]))


def without_group_learning(ruleset: Ruleset) -> Ruleset:
    """Late hits can only be guessed at by one who does not remember when a group began each time."""
    kept = []
    for each in ruleset.correlations:
        options = {name: value for name, value in each.options.items() if name != "group-learning"}
        kept.append(msgspec.structs.replace(each, options=options))
    return Ruleset(ruleset.rules, correlations=tuple(kept))


@examples(60)
@given(worlds())
def test_a_watermark_at_every_time_gives_the_same(case: World) -> None:
    hits = sorted(case.hits, key=lambda hit: hit.time)
    found = given_in(case.ruleset, [Lot([hit for hit in hits if hit.time == time], time) for time in range(30)])
    assert last_of(found) == last_of(given_in(case.ruleset, [Lot(hits, None)]))


def test_late_hits_and_copies_are_counted_for_each_correlation() -> None:
    pair = [correlation("one", "event_count", "a b", condition={"gte": 1}), correlation("two", "temporal", "a")]
    correlator = Correlator(Ruleset((), correlations=tuple(pair)))
    correlator.take([hit("a", 5, "e1"), hit("a", 5, "e1"), hit("b", 6, "e2"), hit("b", 6, "e2")])
    list(correlator.settle(10))
    correlator.take([hit("a", 10, "e3"), hit("b", 9, "e4"), hit("a", 11, "e5")])
    one, two = correlator.counts["one"], correlator.counts["two"]
    assert (one.late, one.duplicates, one.pending) == (2, 2, 1)
    assert (two.late, two.duplicates, two.pending) == (1, 1, 1)


# Saving


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(str(tmp_path / "state"))
    yield opened
    opened.close()


@examples(200)
@given(st.data(), worlds(most_events=16))
def test_saving_anywhere_changes_nothing(data: st.DataObject, case: World) -> None:
    given_lots = data.draw(lots(case.hits))
    assert written(given_in(case.ruleset, given_lots, Memory())) == written(given_in(case.ruleset, given_lots))


def test_saving_in_sqlite_changes_nothing(store: Store) -> None:
    for seed in range(30):
        case = world(random_choices(seed), most_events=20)
        given_lots = parted(random.Random(seed), case.hits)
        states = Slots(store)
        states.write([], [], [meaning for meaning, _, _ in states.correlations()] + ["pending"])
        assert written(given_in(case.ruleset, given_lots, states)) == written(given_in(case.ruleset, given_lots)), seed


def test_correlations_that_differ_in_their_threshold_have_each_their_own_windows() -> None:
    pair = (
        correlation("few", "event_count", "a", condition={"gte": 2}, group_by=("g",)),
        correlation("many", "event_count", "a", condition={"gte": 3}, group_by=("g",)),
    )
    ruleset = Ruleset((), correlations=pair)
    given_lots = [Lot([hit("a", time, f"e{time}", g="x")], time) for time in range(5)]
    found = list(given_in(ruleset, given_lots, Memory()))
    assert found == list(given_in(ruleset, given_lots))
    assert [(each.correlation, each.start) for each in found if each.state == "opened"] == [("few", 1), ("many", 2)]


def test_what_is_learnt_begins_with_the_first_hit_also_where_a_watermark_was_saved_before() -> None:
    watched = correlation("c", "first_seen", "a", 50, options={"field": ["v"], "learning": 10})
    ruleset = Ruleset((), correlations=(watched,))
    given_lots = [Lot([], 5), Lot([hit("a", 10, "e1", v="x")], None), Lot([hit("a", 18, "e2", v="y")], 18)]
    for states in (None, Memory()):
        assert list(given_in(ruleset, given_lots, states)) == []


def test_what_is_learnt_goes_on_where_it_was_saved() -> None:
    watched = correlation("c", "first_seen", "a", 50, options={"field": ["v"], "learning": 10})
    ruleset = Ruleset((), correlations=(watched,))
    given_lots = [Lot([hit("a", 10, "e1", v="x")], 10), Lot([hit("a", 21, "e2", v="y")], 21)]
    for states in (None, Memory()):
        assert [each.start for each in given_in(ruleset, given_lots, states)] == [21, 21]


# Sharding


@examples(100)
@given(worlds(most_events=16))
def test_any_sharding_by_group_gives_the_same(case: World) -> None:
    """Every correlation looks at `g`: then hits of one `g` never meet those of another."""
    apart = tuple(
        msgspec.structs.replace(each, group_by=("g", *(name for name in each.group_by if name != "g")), aliases={})
        for each in case.ruleset.correlations
    )
    ruleset = Ruleset(case.ruleset.rules, correlations=apart)
    shards: dict[str | None, list[Hit]] = {}
    for each in case.hits:
        shards.setdefault(text(each.values.get("g")), []).append(each)
    found = [told for hits in shards.values() for told in decided(World(ruleset, hits))]
    assert naive.ordered(found, ruleset) == decided(World(ruleset, case.hits))


@examples(100)
@given(st.data(), worlds(most_correlations=1, most_events=16))
def test_one_step_at_a_time_each_slot_for_itself_gives_the_same(data: st.DataObject, case: World) -> None:
    (of,) = compiled(case.ruleset)
    found: list[Told] = []
    taken: list[Hit] = []
    for texts, hits in naive.grouped(of.correlation, naive.once(case.hits)).items():
        given_lots = data.draw(lots(hits))
        taken += accepted(given_lots)
        slot = Slot(of, json.dumps(texts, separators=(",", ":")))
        found += folded(stepped(slot, given_lots), case.ruleset)
    assert naive.ordered(found, case.ruleset) == wanted(case.ruleset, taken)


def stepped(slot: Slot, given_lots: list[Lot]) -> Iterator[Episode]:
    """What one slot says of lots, and then as if nothing more came."""
    state, reached = None, -1
    for hits, watermark in [*given_lots, Lot([], FOREVER)]:
        timely = [hit for hit in hits if hit.time > reached]
        reached = reached if watermark is None else max(reached, watermark)
        state, fired, _, _ = step(slot, state, timely, reached)
        for each in fired:
            yield Episode(
                each.id, slot.of.key, slot.of.group(slot.group), each.state, each.start, each.last, each.end,
                each.value, each.hits, flat(each.evidence), each.values,
            )  # fmt: skip
    assert state is None
