"""What a template sees of a message, and less of it when it would be too long for its destination."""

from __future__ import annotations

from typing import Any, NamedTuple

from engine.alert import Alert, Message
from engine.dialects import CUT
from engine.hit import Evidence

__all__ = ["SIZES", "Size", "shrunk"]


class Size(NamedTuple):
    """How much is shown: characters of a text, members of a list, names of an object, events of an alert, alerts."""

    text: int
    members: int
    names: int
    events: int
    alerts: int


SIZES = (
    Size(2_000, 100, 100, 20, 100),
    Size(500, 20, 30, 5, 30),
    Size(200, 10, 15, 3, 10),
    Size(100, 5, 8, 1, 5),
    Size(60, 3, 5, 0, 2),
    Size(40, 1, 3, 0, 1),
)


def shrunk(message: Message, size: Size) -> dict[str, Any]:
    """The names that a template knows.

    action    "trigger", "update", "acknowledge" or "resolve"
    sequence  number of this message in its thread, from 0
    level     the worst of the alerts: "critical", …
    time      when the message was made, microseconds
    alerts    those that are shown; `alert` is the first; `count` how many there are, `left_out` of them not shown
    links     `text` and `href` each
    """
    alerts = tuple(_alert(alert, size) for alert in message.alerts[: size.alerts])
    return {
        "action": message.action,
        "sequence": message.sequence,
        "id": message.id,
        "thread": message.thread,
        "level": message.level.name,
        "time": message.time,
        "alerts": alerts,
        "alert": alerts[0] if alerts else None,
        "count": len(message.alerts),
        "left_out": len(message.alerts) - len(alerts),
        "links": message.links[: size.members],
    }


def _alert(alert: Alert, size: Size) -> Any:
    rule = alert.rule._replace(
        level=alert.rule.level.name,  # type: ignore[arg-type]
        title=_less(alert.rule.title, size),
        description=_less(alert.rule.description, size),
        references=_less(alert.rule.references, size),
        falsepositives=_less(alert.rule.falsepositives, size),
    )
    return alert._replace(
        rule=rule,
        title=_less(alert.title, size),
        level=alert.level.name,  # type: ignore[arg-type]
        key=_less(alert.key, size),
        value=_less(alert.value, size),
        group=tuple((name, _less(text, size)) for name, text in alert.group[: size.names]),
        fields=_less(alert.fields, size),
        evidence=tuple(_event(one, size) for one in alert.evidence[-size.events :]) if size.events else (),
    )


def _event(evidence: Evidence, size: Size) -> Evidence:
    return evidence._replace(shown=_less(evidence.shown, size))


def _less(value: Any, size: Size) -> Any:
    """A value with its texts cut, and no more members than there is room for; where some are missing it says so."""
    if isinstance(value, str):
        return value if len(value) <= size.text else value[: size.text - len(CUT)] + CUT
    if isinstance(value, dict):
        kept = {name: _less(one, size) for name, one in list(value.items())[: size.names]}
        return kept if len(value) <= size.names else {**kept, "…": f"{len(value) - size.names} more"}
    if isinstance(value, (list, tuple)):
        kept_members = [_less(one, size) for one in value[: size.members]]
        if len(value) > size.members:
            kept_members.append(f"… {len(value) - size.members} more")
        return type(value)(kept_members) if type(value) in (list, tuple) else value
    return value
