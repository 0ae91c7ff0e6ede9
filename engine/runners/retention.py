"""How long it is remembered what was read and reported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from engine.stores import Ledger

__all__ = ["Keep", "Retention"]

DAY = 86_400_000_000
"""How often is looked for files that are gone, microseconds: for that, names of all that are there are kept in mind."""

_HIDING = ("internal", "source", "unreadable")
"""Kinds of problems for which something may be there though it was not listed."""


class Keep(NamedTuple):
    """Microseconds.

    files     that were read, from then on, once their source has them no more
    reported  detections, so that a copy of an event is known: copies come within days
    aside     files of which something could not be decoded
    """

    files: int = 90 * DAY
    reported: int = 30 * DAY
    aside: int = 30 * DAY


class Retention:
    """What a run forgets at its end. now: by the clock, microseconds."""

    def __init__(self, ledger: Ledger, keep: Keep, now: int) -> None:
        self._ledger = ledger
        self._keep = keep
        self._now = now
        self._due = now - (ledger.mark("forgot_files") or 0) >= DAY
        self._asked: set[str] = set()
        self._there: set[int] = set()

    def asked(self, place: str) -> None:
        """A source that is listed from its beginning to its end."""
        self._asked.add(place)

    def there(self, place: str, ref: str) -> None:
        """A file that it still has."""
        if self._due:
            self._there.add(hash((place, ref)))  # two of one hash are remembered for longer, and that is all

    def forget(self, failed: Mapping[str, str]) -> None:
        """Forget what is old enough.

        failed  what could not be read or listed -> kind of the problem; what is in it may still be there
        """
        ledger, keep, now = self._ledger, self._keep, self._now
        ledger.forget_seen(now - keep.reported)
        ledger.forget_aside(now - keep.aside)
        if not self._due:
            return
        hiding = [ref for ref, kind in failed.items() if kind in _HIDING]
        gone = [
            (place, ref)
            for place, ref in ledger.read_before(now - keep.files)
            if place in self._asked
            and hash((place, ref)) not in self._there
            and not any(place == each or ref == each or ref.startswith(f"{each}/") for each in hiding)
        ]
        ledger.forget_files(gone)
        ledger.set_mark("forgot_files", now)
