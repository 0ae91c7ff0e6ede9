r"""A message as JSON for machines, the same for every notifier that sends data instead of text (docs/notifiers.md).

What stands in a log is data there, so nothing is escaped but what JSON itself does not allow; characters that a
terminal would obey, hide or turn round are written as \uXXXX.
"""

from __future__ import annotations

from typing import Any

import msgspec

from engine.alert import Alert, Message
from engine.hit import Evidence
from engine.model import LogSource, RuleHead
from engine.times import format_time

__all__ = ["VERSION", "document", "encoded"]

VERSION = 1
DEEPEST = 100


def document(message: Message) -> dict[str, Any]:
    """The whole message; times in RFC 3339, null where there is none."""
    return {
        "version": VERSION,
        "kind": "notification",
        "action": message.action,
        "id": message.id,
        "thread": message.thread,
        "sequence": message.sequence,
        "level": message.level.name,
        "time": format_time(message.time),
        "alerts": [_alert(alert) for alert in message.alerts],
        "links": [link._asdict() for link in message.links],
    }


def _alert(alert: Alert) -> dict[str, Any]:
    return {
        "id": alert.id,
        "key": alert.key,
        "title": alert.title,
        "level": alert.level.name,
        "first": _time(alert.first),
        "last": _time(alert.last),
        "resolved": None if alert.resolved is None else _time(alert.resolved),
        "acknowledged": alert.acknowledged,
        "hits": alert.hits,
        "value": alert.value,
        "group": dict(alert.group),
        "rule": _rule(alert.rule),
        "fields": alert.fields,
        "events": [_event(evidence) for evidence in alert.evidence],
    }


def _rule(rule: RuleHead) -> dict[str, Any]:
    return {
        "id": rule.id,
        "title": rule.title,
        "level": rule.level.name,
        "tags": rule.tags,
        "path": rule.path,
        "logsource": _words(rule.logsource),
        "description": rule.description,
        "references": rule.references,
        "falsepositives": rule.falsepositives,
    }


def _words(logsource: LogSource) -> dict[str, str | None]:
    return logsource._asdict()


def _event(evidence: Evidence) -> dict[str, Any]:
    return {
        "rule": evidence.rule,
        "ref": evidence.ref._asdict(),
        "id": evidence.id,
        "time": _time(evidence.time),
        "shown": evidence.shown,
    }


def _time(us: int) -> str | None:
    return format_time(us) if us else None


def encoded(value: Any) -> bytes:
    """Compact JSON of any data, in one line."""
    text = msgspec.json.encode(_valid(value, 0)).decode()
    return (text if text.isprintable() else "".join(c if c.isprintable() else _escaped(c) for c in text)).encode()


def _escaped(char: str) -> str:
    units = char.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def _valid(value: Any, depth: int) -> Any:
    """The value without what JSON refuses: lone surrogates, numbers without end, nesting without end."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if depth > DEEPEST and isinstance(value, (dict, list, tuple)):
        return "…"
    if isinstance(value, dict):
        return {_valid(str(name), depth): _valid(one, depth + 1) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_valid(one, depth + 1) for one in value]
    if isinstance(value, int) and value.bit_length() > 64:
        return str(value) if value.bit_length() < 10_000 else hex(value)
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return str(value)
