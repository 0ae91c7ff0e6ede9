"""What LookupEvents answers: each of its events holds the record as JSON text under "CloudTrailEvent"."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.decoders.envelopes import Text

__all__ = ["SIGNS", "open"]

SIGNS = frozenset({"CloudTrailEvent"})


def open(value: dict[str, Any]) -> Iterable[Any] | None:
    record = value["CloudTrailEvent"]
    if isinstance(record, str):
        return [Text(record)]
    return [record] if isinstance(record, dict) else None
