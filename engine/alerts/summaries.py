"""Alerts about alerts: many in one, so that a storm, old news or a broken destination is a single message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from engine.alert import Alert
from engine.alerts.keys import alert_id
from engine.model import Level, LogSource, RuleHead
from engine.times import format_time

__all__ = ["at_most", "missing", "more_of_rule", "old_news", "rest", "unanswered", "undelivered"]

NAMED = 20
"""Rules, or destinations' faults, that a summary names."""


def old_news(alerts: Sequence[Alert], max_age: int) -> Alert:
    """Everything that was older than `max_alert_age` when it was found; informational, so that it pages nobody."""
    hours = max_age // 3_600_000_000
    title = f"{_count(alerts)} older than {hours} h, not told one by one"
    return _summary("old", title, Level.informational, alerts)


def more_of_rule(alerts: Sequence[Alert]) -> Alert:
    """What a rule raised beyond its cap."""
    rule = alerts[0].rule
    made = _summary("capped", f"{rule.title}: {len(alerts):,} more alerts", max(one.level for one in alerts), alerts)
    return made._replace(rule=rule)


def rest(alerts: Sequence[Alert]) -> Alert:
    """Those for which there was no room in a message."""
    return _summary("rest", f"and {_count(alerts)} more", max(one.level for one in alerts), alerts)


def undelivered(destination: str, error: str, count: int, now: int) -> Alert:
    """A destination that messages were given up for; once an hour."""
    title = f'Messages for "{destination}" cannot be delivered'
    head = _head("undelivered", title, Level.high)
    id = alert_id("undelivered", destination, str(now // 3_600_000_000))
    fields: dict[str, Any] = {"destination": destination, "error": error[:500], "given_up": count}
    return Alert(id, head, destination, title, Level.high, now, now, None, count, None, (), fields, ())


def unanswered(source: str, fault: str, since: int, until: int | None) -> Alert:
    """A source that has not answered since a time, until another; it still does not where that is None."""
    title = f"{source} does not answer"
    id = alert_id("unanswered", source, str(since))
    fields: dict[str, Any] = {"source": source, "error": fault[:500]}
    head = _head("unanswered", title, Level.high)
    return Alert(
        id, head, source, title, Level.high, since, until or since, until, 1, None, (("source", source),), fields, ()
    )


def missing(gaps: Sequence[tuple[str, str, int]], until: int | None) -> Alert:
    """Accounts and regions without files, each since a time, found together; none has any yet where `until` is None."""
    names = [f"{account} in {region}" for account, region, _ in gaps]
    more = f" and {len(names) - 1:,} more" if len(names) > 1 else ""
    title = f"No CloudTrail files from {names[0]}{more}"
    id = alert_id("missing", *(f"{account} {region} {start}" for account, region, start in gaps))
    since = [f"{name} since {format_time(start)}" for name, (_, _, start) in zip(names, gaps, strict=True)]
    fields: dict[str, Any] = {"gaps": len(gaps), "without_files": since[:NAMED]}
    first, last = min(gap[2] for gap in gaps), max(gap[2] for gap in gaps)
    group = (("account", gaps[0][0]), ("region", gaps[0][1])) if len(gaps) == 1 else ()
    head = _head("missing", title, Level.high)
    return Alert(id, head, "", title, Level.high, first, until or last, until, len(gaps), None, group, fields, ())


def at_most(alerts: Sequence[Alert], most: int) -> tuple[Alert, ...]:
    """The alerts as they come, or of more than so many the worst and newest, and one more that sums up the others."""
    if len(alerts) <= most:
        return tuple(alerts)
    ordered = sorted(alerts, key=lambda one: (-one.level, -one.last, one.id))
    return (*ordered[: most - 1], rest(ordered[most - 1 :]))


def _summary(kind: str, title: str, level: Level, alerts: Sequence[Alert]) -> Alert:
    rules = Counter(one.title for one in alerts)
    levels = Counter(one.level for one in alerts)
    dated = [one for one in alerts if one.last]
    first = min((one.first for one in dated), default=0)
    last = max((one.last for one in dated), default=0)
    fields: dict[str, Any] = {
        "alerts": len(alerts),
        "levels": ", ".join(f"{levels[each]:,} {each.name}" for each in sorted(levels, reverse=True)),
        "rules": [
            f"{title} ({count:,})" for title, count in sorted(rules.items(), key=lambda i: (-i[1], i[0]))[:NAMED]
        ],
    }
    id = alert_id(kind, *sorted(one.id for one in alerts))
    hits = sum(one.hits for one in alerts)
    return Alert(id, _head(kind, title, level), kind, title, level, first, last, None, hits, None, (), fields, ())


def _head(kind: str, title: str, level: Level) -> RuleHead:
    key = f"detect.{kind}"
    return RuleHead(key, key, title, level, (), "", LogSource("detect"))


def _count(alerts: Sequence[Alert]) -> str:
    return "1 alert" if len(alerts) == 1 else f"{len(alerts):,} alerts"
