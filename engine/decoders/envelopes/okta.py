"""Okta's event hooks: the log's own events in a list below "data".

{"eventType": "com.okta.event_hook", "eventTypeVersion": "1.0", "data": {"events": [<record>, ...]}}
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

__all__ = ["SIGNS", "open"]

SIGNS = frozenset({"eventTypeVersion"})


def open(value: dict[str, Any]) -> Iterable[Any] | None:
    data = value.get("data")
    events = data.get("events") if isinstance(data, dict) else None
    return events if isinstance(events, list) and value.get("eventType") == "com.okta.event_hook" else None
