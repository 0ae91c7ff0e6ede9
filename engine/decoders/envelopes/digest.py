"""CloudTrail digest files: hashes of log files, no events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.decoders.envelopes import Skip

__all__ = ["SIGNS", "open"]

SIGNS = frozenset({"digestStartTime", "digestS3Object"})


def open(value: dict[str, Any]) -> Iterable[Any] | None:
    return [Skip("digest", "CloudTrail digest")] if "logFiles" in value or "digestEndTime" in value else None
