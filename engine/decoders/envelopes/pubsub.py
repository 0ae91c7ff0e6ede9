"""Google Pub/Sub: a LogEntry as base64 of JSON, as a push and a pull give it.

{"message": {"data": "<base64>", "messageId": ..., "attributes": {...}}, "subscription": ...}
{"receivedMessages": [{"ackId": ..., "message": {"data": ...}}]}
"""

from __future__ import annotations

import binascii
from collections.abc import Iterable
from typing import Any

from engine.decoders.envelopes import Text

__all__ = ["SIGNS", "open"]

SIGNS = frozenset({"message", "receivedMessages"})


def open(value: dict[str, Any]) -> Iterable[Any] | None:
    received = value.get("receivedMessages")
    if isinstance(received, list):
        return received
    message = value.get("message")
    if not isinstance(message, dict) or message.keys().isdisjoint({"messageId", "message_id"}):
        return None
    data = message.get("data")
    if not isinstance(data, str):
        return None
    try:
        content = binascii.a2b_base64(data)
    except ValueError:
        return None
    return [Text(content)] if content.lstrip()[:1] in (b"{", b"[", b"\x1f") else None
