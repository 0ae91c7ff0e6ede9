"""How far sources say that they have delivered; what stands in events has no say in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from engine.model import Blob

__all__ = ["delivered", "watermark"]

_NAMED = re.compile(r"_CloudTrail(?:-[A-Za-z]+)?_[A-Za-z0-9-]+_([0-9]{8}T[0-9]{4})Z_[^/]*$", re.ASCII)


def watermark(targets: Iterable[Sequence[Blob]], polled: int, lateness: int) -> int | None:
    """The time up to which no more events are expected; None where no source says anything.

    targets   the blobs of each thing that the user named; the one that is furthest behind decides
    polled    when they were listed: nobody has delivered what is later
    lateness  how long an event may be on its way
    """
    reached = [delivered(blobs, polled) for blobs in targets if blobs]
    return min(reached) - lateness if reached else None


def delivered(blobs: Sequence[Blob], polled: int) -> int:
    """The date of the newest blob: in the name of a CloudTrail object, else when the file was written.

    A file beside CloudTrail's that has no date in its name says nothing: a README may be of today. A stream has been
    delivered when it is read.
    """
    named = [date for blob in blobs if (date := _date(blob)) is not None]
    newest = max(named) if named else max(polled if blob.modified is None else blob.modified for blob in blobs)
    return min(newest, polled)


def _date(blob: Blob) -> int | None:
    found = _NAMED.search(blob.ref)
    if found is None:
        return None
    try:
        date = datetime.strptime(found[1], "%Y%m%dT%H%M").replace(tzinfo=UTC)
    except ValueError:
        return None
    return int(date.timestamp()) * 1_000_000
