"""Episodes of correlations as outputs take them that know detections."""

from __future__ import annotations

from engine.hit import Episode
from engine.model import Detection, Event, RuleHead
from engine.times import format_time
from engine.values import text_of

__all__ = ["clock", "detection_of", "span"]


def detection_of(correlation: RuleHead, episode: Episode) -> Detection:
    """An episode as a detection: of its time when it began, its events with the fields that are shown of them."""
    events = tuple(Event(each.time, correlation.logsource, each.shown, each.ref, each.id) for each in episode.evidence)
    return Detection(correlation, episode.start, correlation.logsource, episode.group, (), (), events)


def span(episode: Episode) -> str:
    """How much it was, in words: "12 events", or where something else was measured "3 in 12 events"."""
    events = f"{episode.hits:,} event{'' if episode.hits == 1 else 's'}"
    value = episode.value
    if value is None or value == episode.hits:
        return events
    return f"{f'{value:,.6g}' if isinstance(value, float) else text_of(value)} in {events}"


def clock(time: int | None) -> str | None:
    """A time for machines; None where there is none, and for one that a long timespan puts beyond the calendar."""
    try:
        return None if time is None else format_time(time)
    except OverflowError:
        return None
