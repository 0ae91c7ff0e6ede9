"""Fast equals naive: the correlator and the plain one in `naive.py` tell the same episodes, for any correlations."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given, settings

from engine.correlate import Correlator
from engine.hit import Episode, Hit
from engine.rules import Ruleset
from tests.correlate import naive
from tests.correlate.naive import Told
from tests.correlate.worlds import ALL, World, world, worlds
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
