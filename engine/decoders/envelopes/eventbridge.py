"""EventBridge: the record under "detail", of CloudTrail or of a partner (Okta).

S3's own announcements of new objects are no events of a log.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.decoders.envelopes import Skip, is_cloudtrail
from engine.logsources.signs import recognised

__all__ = ["SIGNS", "open"]

SIGNS = frozenset({"detail-type"})


def open(value: dict[str, Any]) -> Iterable[Any] | None:
    detail = value.get("detail")
    if not isinstance(detail, dict):
        return None
    if is_cloudtrail(detail) or str(value["detail-type"]).endswith("via CloudTrail") or recognised(detail):
        return [detail]
    if value.get("source") == "aws.s3" and "bucket" in detail and "object" in detail:
        return [Skip("notification", "S3 notification")]
    return None
