"""Fast equals naive: the correlator and the plain one in `naive.py` tell the same episodes, for any correlations."""

from __future__ import annotations

import math
import os
import random
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given, settings

from engine.correlate import Correlator, Memory
from engine.hit import Episode, Hit
from engine.rules import Ruleset
from tests.correlate import naive
from tests.correlate.naive import Told
from tests.correlate.worlds import ALL, World, correlation, hit, world, worlds
from tests.strategies import random_choices

FULL = os.environ.get("DETECT_TEST_TIER") == "full"
FOREVER = 1 << 40


def examples(count: int) -> Callable[[Any], Any]:
    """So many examples in the core tier, twenty times as many in the full tier."""
    return settings(max_examples=count * 20 if FULL else count)


def folded(episodes: Iterable[Episode], ruleset: Ruleset) -> list[Told]:
    """Each episode as it stands in the end, in the order of `naive.correlate`; it must have been told of in order."""
    found: dict[str, Episode] = {}
    for each in episodes:
        before = found.get(each.id)
        assert (before is None) == (each.state == "opened"), each
        assert before is None or before.state != "ended", each
        assert (each.end is None) == (each.state != "ended"), each
        found[each.id] = each
    return naive.ordered(map(told, found.values()), ruleset)


def told(each: Episode) -> Told:
    shown = tuple((one.rule, one.time, one.ref) for one in each.evidence)
    value = repr(each.value)  # 1 and 1.0 are written differently
    return Told(each.id, each.correlation, each.group, each.start, each.last, each.end, value, each.hits, shown)


def wanted(ruleset: Ruleset, hits: Iterable[Hit], *more: Any) -> list[Told]:
    """What the naive correlator says."""
    return [each._replace(value=repr(each.value)) for each in naive.correlate(ruleset, hits, *more)]


def decided(case: World, until: float = math.inf) -> list[Told]:
    """What the engine says of all hits, given at once."""
    correlator = Correlator(case.ruleset)
    correlator.take(case.hits)
    if until == math.inf:
        return folded(correlator.close(max((hit.time for hit in case.hits), default=0), final=True), case.ruleset)
    return folded(correlator.settle(int(until)), case.ruleset)


@examples(400)
@given(worlds())
def test_any_correlations_and_hits(case: World) -> None:
    assert decided(case) == wanted(case.ruleset, case.hits)


@examples(100)
@given(worlds())
def test_what_is_not_decided_at_a_watermark_is_not_told(case: World) -> None:
    for until in (0, 10, 25):
        assert decided(case, until) == wanted(case.ruleset, case.hits, until)


@pytest.mark.parametrize("kind", ALL)
def test_each_type_in_worlds_made_without_hypothesis(kind: str) -> None:
    """More of them than hypothesis has time for; the seed in the message makes the world again."""
    for seed in range(2_000 if FULL else 100):
        case = world(random_choices(seed), most_correlations=1 + seed % 3, most_events=25, types=(kind,))
        assert decided(case) == wanted(case.ruleset, case.hits), f"{kind}, seed {seed}"


HOT = [
    correlation("event_count", "event_count", "a b", 150, condition={"gte": 120}),
    correlation("few", "event_count", "a b", 60, condition={"lt": 55}),
    correlation("value_count", "value_count", "a", 150, condition={"field": ["v"], "gte": 30}),
    correlation("temporal", "temporal", "a b", 150),
    correlation("temporal_ordered", "temporal_ordered", "b a", 150),
    correlation("value_sum", "value_sum", "a", 150, condition={"field": ["v"], "gt": 1400}),
    correlation("value_avg", "value_avg", "a", 150, condition={"field": ["v"], "gt": 20}),
    correlation(
        "value_percentile", "value_percentile", "a", 150, condition={"field": ["v"], "percentile": 90, "gt": 35}
    ),
    correlation("first_seen", "first_seen", "a", 30, options={"field": ["v"], "learning": 40}),
    correlation("spike", "spike", "a", 20, options={"history": 150, "ratio": 1, "minimum": 12, "learning": 0}),
    correlation("ratio", "ratio", "a b", 150, options={"part": [1], "condition": {"gte": 0.4}}),
    correlation("risk", "risk", "a b", 150, options={"scores": [1, 0.5], "condition": {"gte": 110}}),
    correlation("absence", "absence", "c a", 40, options={"after": [1]}),
    correlation("bursts", "event_count", "event_count spike", 300, condition={"gte": 2}),
]


@pytest.mark.parametrize("saved", [False, True])
def test_hundreds_of_hits_of_one_group(saved: bool) -> None:
    """Long logs are cleared, evidence is the newest hundred, and chunks are added and go."""
    ruleset = Ruleset((), correlations=tuple(HOT))
    chance = random.Random(1)
    hits = [hit(chance.choice("aab"), time, f"e{time}", v=time * 7 % 41) for time in range(420) if time % 90 < 70]
    states = Memory() if saved else None
    correlator = Correlator(ruleset, states)
    found = []
    for start in range(0, len(hits), 13):
        correlator.take(hits[start : start + 13])
        found += correlator.settle(hits[start : start + 13][-1].time)
        correlator.commit()
        correlator = Correlator(ruleset, states) if saved else correlator
    found += correlator.close(420, final=True)
    expected = wanted(ruleset, hits)
    assert folded(found, ruleset) == expected
    assert {each.correlation for each in expected} == {each.key for each in HOT}
