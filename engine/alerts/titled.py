"""Alerts under the titles that their rules give them."""

from __future__ import annotations

from collections.abc import Callable

from engine.alert import Alert
from engine.alerts.labels import labels, names_of_fields
from engine.glance import Glance
from engine.logsources import known
from engine.rules import Rule
from engine.titles import title

__all__ = ["fields_of_title", "titled"]


def titled(alert: Alert) -> Alert:
    """The alert with the title that its rule has for it, if it has one."""
    text = alert.rule.alert_title
    return alert if text is None else alert._replace(title=title(text)(_reader(alert)))


def fields_of_title(rule: Rule) -> tuple[str, ...]:
    """The fields that an alert must carry so that its title can be made."""
    return names_of_fields(title(rule.alert_title).names) if rule.alert_title is not None else ()


def _reader(alert: Alert) -> Callable[[str], tuple[str, ...]]:
    """Labels, and who, from where and what, which episodes have under the names of their logs' fields."""

    def read(name: str) -> tuple[str, ...]:
        found = labels(alert, name)
        if found or name not in Glance._fields:
            return found
        paths: tuple[str, ...] = getattr(known(alert.rule.logsource), name)
        return next((texts[:1] for path in (*paths, "actor") if (texts := labels(alert, path))), ())

    return read
