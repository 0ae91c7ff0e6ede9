"""Announcements that a file was delivered: by S3, or by CloudTrail through SNS. They name logs and are none."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.decoders.envelopes import Skip

__all__ = ["SIGNS", "open"]

SIGNS = frozenset({"s3", "s3Bucket", "Event"})


def open(value: dict[str, Any]) -> Iterable[Any] | None:
    s3 = value.get("s3")
    if isinstance(s3, dict) and "bucket" in s3 and "object" in s3:
        return [Skip("notification", "S3 notification")]
    if "s3Bucket" in value and "s3ObjectKey" in value:
        return [Skip("notification", "CloudTrail delivery notification")]
    if value.get("Event") == "s3:TestEvent":
        return [Skip("notification", "S3 test notification")]
    return None
