"""Timelines in tests: hits at times, correlations over them, and what became of it. Times here are plain numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from zlib import crc32

from engine.correlate import Correlator, Limits, States
from engine.hit import Episode, Hit
from engine.rules import Correlation, Ruleset
from tests.correlate.worlds import hit

__all__ = ["correlator", "fired", "hits_at", "spans", "starts", "told"]


def hits_at(*times: int, rule: str = "a", **values: Any) -> list[Hit]:
    """A hit of a rule at each time, each on an event of its own."""
    known_as = [crc32(repr((rule, number, time, values)).encode()) for number, time in enumerate(times)]
    return [hit(rule, time, f"e{event}", **values) for event, time in zip(known_as, times, strict=True)]


def correlator(*correlations: Correlation, states: States | None = None, limits: Limits | None = None) -> Correlator:
    return Correlator(Ruleset((), correlations=correlations), states, limits or Limits())


def fired(*correlations: Correlation, hits: Iterable[Hit], end: int = 1_000_000) -> list[Episode]:
    """Everything that is told when all hits are given at once and time goes on to the end."""
    engine = correlator(*correlations)
    engine.take(hits)
    return list(engine.settle(end))


def told(episodes: Iterable[Episode], key: str | None = None) -> list[Episode]:
    """Each episode as it was told last, in order; of one correlation where a key is given."""
    last = {each.id: each for each in episodes if key is None or each.correlation == key}
    return sorted(last.values(), key=lambda each: (each.start, each.id))


def starts(episodes: Iterable[Episode], key: str | None = None) -> list[int]:
    return [each.start for each in told(episodes, key)]


def spans(episodes: Iterable[Episode], key: str | None = None) -> list[tuple[int, int, int | None]]:
    """(start, last, end) of each episode."""
    return [(each.start, each.last, each.end) for each in told(episodes, key)]
