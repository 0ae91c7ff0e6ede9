"""Out of many events a few over time that make a correlation fire, and nearly the same that do not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from engine.door import Finding

__all__ = ["Found", "Timeline", "timeline"]

Timeline = Sequence[tuple[dict[str, Any], int]]
"""Events, each with its time in microseconds, in order."""

Fires = Callable[[Timeline, bool], list[Finding]]
"""What a correlation finds in events, and, where True, after the last of them too."""

MOST = 200
"""Events that a timeline is looked for among, where those that took part do not do alone."""


class Found(NamedTuple):
    """The fewest events that make a correlation fire; `final`: only when nothing more comes after them.

    other  what is otherwise, events with which it does not fire, and whether nothing more comes after those
    """

    events: Timeline
    final: bool
    other: tuple[str, Timeline, bool] | None


def timeline(events: Timeline, fires: Fires) -> Found | None:
    """A short timeline and one that is nearly the same.

    None where nothing is found. Of the few, none can be left out.
    """
    for final in (False, True):
        found = sorted(fires(events, final), key=lambda one: len(one.positions)) if events else []
        for one in found[:3]:
            few = _taking_part(events, one, fires, final)
            if few:
                fewest = _fewest(few, fires, final)
                return Found(fewest, final, _otherwise(fewest, fires, final))
    return None


def _taking_part(events: Timeline, found: Finding, fires: Fires, final: bool) -> Timeline | None:
    """Events that are enough; those that took part, else those before the last of them."""
    alone = [events[position] for position in sorted(found.positions)]
    last = max(found.positions, default=len(events) - 1)
    before = [events[0], *events[max(1, last + 1 - MOST) : last + 1]]
    return next((few for few in (alone, before) if few and fires(few, final)), None)


def _fewest(events: Timeline, fires: Fires, final: bool) -> Timeline:
    """Leave out what can be left out: first much at a time, at last one by one until none can."""
    kept = list(events)
    size = max(1, len(kept) // 2)
    while True:
        at, before = 0, len(kept)
        while at < len(kept) and len(kept) > 1:
            less = [*kept[:at], *kept[at + size :]]
            if less and fires(less, final):
                kept = less
            else:
                at += size
        if size == 1 and len(kept) == before:
            return kept
        size = max(1, size // 2)


def _otherwise(events: Timeline, fires: Fires, final: bool) -> tuple[str, Timeline, bool] | None:
    """Nearly the same that does not make it fire: one event less, or other times."""
    if len(events) > 1:
        for at in range(len(events) - 1, -1, -1):
            less = [*events[:at], *events[at + 1 :]]
            if not fires(less, final):
                return "one event too few", less, final
    if final and not fires(events, False):
        return "its time is not over", events, False
    begin = events[0][1]
    for what, times in (("too far apart", 10), ("too near together", 0)):
        other = [(record, begin + (time - begin) * times) for record, time in events]
        if other != list(events) and not fires(other, final):
            return what, other, final
    return None
