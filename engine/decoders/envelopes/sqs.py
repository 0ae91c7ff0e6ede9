"""SQS messages, as `receive-message` and as a Lambda get them: the content is JSON text in the body."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.decoders.envelopes import Text

__all__ = ["SIGNS", "open"]

SIGNS = frozenset({"Body", "body"})


def open(value: dict[str, Any]) -> Iterable[Any] | None:
    body = value.get("Body", value.get("body"))
    if value.keys().isdisjoint({"MessageId", "messageId", "ReceiptHandle", "receiptHandle"}):
        return None
    return [Text(body)] if isinstance(body, str) and body.lstrip().startswith(("{", "[")) else None
