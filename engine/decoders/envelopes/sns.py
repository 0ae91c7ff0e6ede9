"""SNS, as a queue or an HTTP end gets it ({"Type": "Notification", "Message": "..."}) and as a Lambda does ("Sns")."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.decoders.envelopes import Skip, Text

__all__ = ["SIGNS", "open"]

SIGNS = frozenset({"Message", "Sns"})


def open(value: dict[str, Any]) -> Iterable[Any] | None:
    inner = value.get("Sns")
    if isinstance(inner, dict):
        return [inner]
    message = value.get("Message")
    if not isinstance(message, str) or not ("TopicArn" in value or value.get("Type") == "Notification"):
        return None
    if value.get("Type") in ("SubscriptionConfirmation", "UnsubscribeConfirmation"):
        return [Skip("notification", "SNS confirmation")]
    return [Text(message)] if message.lstrip().startswith(("{", "[")) else None
