"""CloudWatch Logs: a subscription's payload, plain or as a Lambda gets it, and what `filter-log-events` answers.

    {"messageType": "DATA_MESSAGE", "logGroup": ..., "logEvents": [{"id", "timestamp", "message": "<record>"}]}
    {"awslogs": {"data": "<base64 of gzip of the above>"}}
    {"events": [{"logStreamName", "timestamp", "message": "<record>", "ingestionTime", "eventId"}]}

A log event whose message is no JSON object stays a record as it is.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterable
from typing import Any

from engine.decoders.envelopes import Skip, Text

__all__ = ["SIGNS", "open"]

SIGNS = frozenset({"awslogs", "messageType", "events", "message"})
_EVENT = frozenset(
    {
        "id",
        "timestamp",
        "message",
        "extractedFields",
        "logStreamName",
        "logGroupName",
        "ingestionTime",
        "eventId",
        "ptr",
    }
)


def open(value: dict[str, Any]) -> Iterable[Any] | None:
    if isinstance(value.get("awslogs"), dict):
        return _packed(value["awslogs"].get("data"))
    if value.get("messageType") == "CONTROL_MESSAGE":
        return [Skip("notification", "CloudWatch Logs control message")]
    if value.get("messageType") == "DATA_MESSAGE" and isinstance(value.get("logEvents"), list):
        return list(value["logEvents"])
    events = value.get("events")
    if isinstance(events, list) and events and all(isinstance(event, dict) and _is_event(event) for event in events):
        return events
    return [Text(value["message"])] if _is_event(value) else None


def _is_event(value: dict[str, Any]) -> bool:
    message = value.get("message")
    return isinstance(message, str) and message.lstrip().startswith("{") and value.keys() <= _EVENT


def _packed(data: Any) -> Iterable[Any] | None:
    if not isinstance(data, str):
        return None
    try:
        return [Text(binascii.a2b_base64(data))]
    except ValueError:
        return None
