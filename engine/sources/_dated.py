"""What the names of objects in S3's layout for logs say of their time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

__all__ = ["DAY", "MARGIN", "outside"]

DAY = 86_400_000_000

MARGIN = DAY
"""How far the date of delivery may be from that of the events."""

_DATED = re.compile(
    r"(?:^|/)AWSLogs/(?:[^/]+/)*?[0-9]{12}/[^/]+/[^/]+/(?P<y>[0-9]{4})/(?P<m>[0-9]{2})/(?P<d>[0-9]{2})/[^/]+$"
)


def outside(path: str, since: int | None, until: int | None) -> str | None:
    """Why a file cannot hold events of the wanted time, judged by the date in its path; None when it may."""
    if since is None and until is None:
        return None
    dated = _DATED.search(path)
    if not dated:
        return None
    try:
        moment = datetime(int(dated["y"]), int(dated["m"]), int(dated["d"]), tzinfo=UTC)
    except ValueError:
        return None
    start = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    if since is not None and start + DAY + MARGIN <= since:
        return "delivered before the wanted time"
    if until is not None and start - MARGIN > until:
        return "delivered after the wanted time"
    return None
