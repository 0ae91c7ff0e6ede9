"""How far sources say that they have delivered; what stands in events has no say in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from engine.model import Blob, Delivered

__all__ = ["Word", "delivered", "watermark"]

_NAMED = re.compile(r"_CloudTrail(?:-[A-Za-z]+)?_[A-Za-z0-9-]+_([0-9]{8}T[0-9]{4})Z_[^/]*$", re.ASCII)


HELD = 3_600_000_000
"""How long a source that says nothing holds the others back, microseconds."""


class Word(NamedTuple):
    """How far a source says that it has delivered: now, None where it says nothing, and in earlier runs."""

    now: int | None
    before: int | None

    @property
    def reached(self) -> int | None:
        """The furthest of both."""
        return max((time for time in self if time is not None), default=None)


def watermark(words: Iterable[Word], polled: int, lateness: int) -> int | None:
    """The time up to which no more events are expected; None where no source says anything.

    words     of each thing that the user named; the one that is furthest behind decides. One that does not answer now
              may have more, later: it holds the others back for a while
    polled    when they were listed: nobody has delivered what is later
    lateness  how long an event may be on its way
    """
    reached = [
        word.reached
        for word in words
        if word.reached is not None and (word.now is not None or word.reached > polled - HELD)
    ]
    return min(reached) - lateness if reached else None


def delivered(items: Sequence[Blob | Delivered], polled: int) -> int | None:
    """How far a source says that it has delivered; None where it says nothing.

    Where it does not say so itself, it is the date of its newest blob: in the name of a CloudTrail object, else when
    the file was written. A file beside CloudTrail's that has no date in its name says nothing: a README may be of
    today. A stream has been delivered when it is read. A source that takes messages and says nothing has more of them.
    """
    said = [item.until for item in items if isinstance(item, Delivered)]
    if said:
        return min(max(said), polled)
    blobs = [item for item in items if isinstance(item, Blob)]
    if not blobs or blobs[0].content is not None:
        return None
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
