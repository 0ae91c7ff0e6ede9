"""Every timeline of `correlations/`, against the correlator and against the naive one."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from engine.correlate import Correlator, Memory
from engine.hit import Episode, Hit
from tests.cases.by_hand import correlations
from tests.cases.read import FOLDER, entries
from tests.cases.timelines import Timeline, timelines
from tests.correlate import naive

TIMELINES = list(timelines())
KEYS = {"says", "by", "language", "correlation", "text", "events", "until", "episodes"}
END = 1 << 60

every_timeline = pytest.mark.parametrize("case", TIMELINES, ids=str)


def decided(case: Timeline, chance: random.Random | None = None, saved: bool = False) -> Iterator[Episode]:
    """What the engine says; with chance in another order, saved also after every step."""
    states = Memory() if saved else None
    correlator = Correlator(case.ruleset, states)
    for hits, watermark in case.given:
        correlator.take(hits if chance is None else chance.sample(hits, len(hits)))
        if watermark is not None:
            yield from correlator.settle(watermark)
        correlator.commit()
        correlator = Correlator(case.ruleset, states) if saved else correlator
    if case.until is None:
        yield from correlator.close(max((hit.time for hits, _ in case.given for hit in hits), default=0), final=True)
    else:
        yield from correlator.settle(case.until)


def assert_told(case: Timeline, found: Iterable[Any]) -> None:
    """As many episodes as expected, and what is said of each is as expected."""
    titles = {each.key: each.title for each in case.ruleset.correlations}
    told = [
        {**each._asdict(), "of": titles[each.correlation], "group": [text for _, text in each.group]} for each in found
    ]
    expected = case.expected()
    assert [{name: one.get(name) for name in want} for one, want in zip(told, expected, strict=False)] == expected
    assert len(told) == len(expected), told[len(expected) :]


def in_order(episodes: Iterable[Episode]) -> list[Episode]:
    """Each episode as it was told last, where it was told first."""
    found: dict[str, Episode] = {}
    for each in episodes:
        found[each.id] = each
    return list(found.values())


def taken(case: Timeline) -> tuple[list[Hit], list[tuple[Hit, float]]]:
    """The hits that are not late, and those that are, with the watermark before them."""
    reached, timely, late = -END, list[Hit](), list[tuple[Hit, float]]()
    for hits, watermark in case.given:
        timely += [hit for hit in hits if hit.time > reached]
        late += [(hit, reached) for hit in hits if hit.time <= reached]
        reached = reached if watermark is None else watermark
    return timely, late


@every_timeline
def test_the_rules_load(case: Timeline) -> None:
    assert not case.ruleset.rejected, case.ruleset.rejected[0]
    assert case.ruleset.correlations


@every_timeline
def test_the_rules_are_read_as_they_stand(case: Timeline) -> None:
    names = ("type", "names", "timespan", "group_by", "options", "missing", "language")
    for loaded, stands in zip(case.ruleset.correlations, correlations(case.text, case.ruleset.rules), strict=True):
        assert [getattr(loaded, name) for name in names] == [getattr(stands, name) for name in names]


@every_timeline
def test_the_engine_tells_of_the_episodes(case: Timeline) -> None:
    assert_told(case, in_order(decided(case)))


@every_timeline
def test_the_engine_tells_of_them_in_any_order_and_saved_in_between(case: Timeline) -> None:
    for seed in range(3):
        assert_told(case, in_order(decided(case, random.Random(seed), saved=bool(seed))))


@every_timeline
def test_the_naive_correlator_tells_of_the_episodes(case: Timeline) -> None:
    timely, late = taken(case)
    until = math.inf if case.until is None else case.until
    assert_told(case, naive.correlate(case.ruleset, timely, until, late))


def test_every_timeline_says_who_decided() -> None:
    for file, entry in entries(FOLDER / "correlations"):
        assert entry["by"] in ("MUST", "OPEN"), (file, entry["says"])
        assert set(entry) <= KEYS, (file, entry["says"])
