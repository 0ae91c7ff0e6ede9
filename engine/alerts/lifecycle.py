"""How detections become alerts: pure, and the same in any order.

Alerts of one rule under one key are joined while the gap between them is at most the dedup window, both ends included.
So they are the connected pieces of a line of times, which no order of reading changes; a single detection is an alert
too, and joining is associative.
"""

from __future__ import annotations

from collections.abc import Iterable

from engine.alert import Alert
from engine.alerts.titled import titled
from engine.hit import Episode, Evidence
from engine.model import Level, RuleHead

__all__ = ["EVIDENCE", "joined", "near", "of_episode", "updated"]

EVIDENCE = 20
"""Events that an alert keeps, the newest."""


def near(alert: Alert, other: Alert, window: int) -> bool:
    """Whether two alerts of one rule and key are one; those without a time are one among themselves."""
    if not alert.last or not other.last:
        return alert.last == other.last
    return alert.first - window <= other.last and other.first - window <= alert.last


def joined(known: Alert, new: Alert) -> Alert:
    """One alert of two. It keeps the id of the known one, under which it may have been told; the rest is of both.

    Title and fields are those of the event that came first by event time.
    """
    opening = new if new.first < known.first else known
    return known._replace(
        title=opening.title,
        fields=opening.fields,
        level=max(known.level, new.level),
        first=min(known.first, new.first),
        last=max(known.last, new.last),
        hits=known.hits + new.hits,
        evidence=_newest((*known.evidence, *new.evidence)),
    )


def of_episode(episode: Episode, rule: RuleHead) -> Alert:
    """The alert of an episode of a correlation."""
    shown = episode.evidence[0].shown if episode.evidence else {}
    group = tuple((name, None if text is None else _sound(text)) for name, text in episode.group)
    alert = Alert(
        id=episode.id,
        rule=rule,
        key=", ".join(f"{name}={'' if text is None else text}" for name, text in group),
        title=rule.title,
        level=Level(rule.level),
        first=episode.start,
        last=episode.last,
        resolved=None,
        hits=episode.hits,
        value=episode.value,
        group=group,
        fields={**shown, **episode.values},
        evidence=_newest(episode.evidence),
    )
    return titled(alert)


def updated(known: Alert, new: Alert) -> Alert:
    """An episode told again: what has grown is taken over, what it opened with stays."""
    known = known._replace(first=min(known.first, new.first))  # earlier only where it was told before it was decided
    if new.hits < known.hits or new.last < known.last:
        return known
    return known._replace(
        last=new.last, hits=new.hits, value=new.value, evidence=new.evidence, level=max(known.level, new.level)
    )


def _newest(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    ordered = sorted(evidence, key=lambda one: (one.time, one.id or "", one.ref, one.rule))
    return tuple(ordered[-EVIDENCE:])


def _sound(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")
