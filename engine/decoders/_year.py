"""The year of a date that is written without one.

The clock of this machine is no answer: the same file would be read otherwise next year. In order of preference:

* The user says the year of the first such date; from there on it is counted, in December and January.
* The file's name or folder has a date ("auth.log-20240105", "2024/01/05/"), or the file was last written at some time:
  a date is the latest one that is not more than a day behind that.
* None of this is known: the year is not either.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from engine.model import Blob, Reading

__all__ = ["Years"]

_IN_NAME = re.compile(r"(?<!\d)(20\d\d)([-_./]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?!\d)")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
_HALF = 6  # months: a step that is longer goes over the end of a year
_LEAP = 8  # years in which there is a 29th of February, at least


class Years:
    """Finds the years of one file's dates, in order of the file."""

    def __init__(self, blob: Blob, reading: Reading) -> None:
        self._year = reading.year
        self._month: int | None = None
        self._latest = None if self._year is not None else _latest(blob)

    def of(self, month: int, day: int, clock: tuple[int, int, int]) -> int | None:
        """The year of a date; None where it cannot be told, or there is no such day."""
        if self._year is not None:
            counted = self._counted(self._year, month)
            return None if _moment(counted, month, day, clock) is None else counted
        if self._latest is None:
            return None
        for year in range(self._latest.year, self._latest.year - _LEAP - 1, -1):
            moment = _moment(year, month, day, clock)
            if moment is not None and moment <= self._latest:
                return year
        return None

    def _counted(self, year: int, month: int) -> int:
        """The year that was said, and what has gone by since the first date."""
        step = 0 if self._month is None else month - self._month
        self._month = month
        self._year = year + 1 if step < -_HALF else year - 1 if step > _HALF else year
        return self._year


def _latest(blob: Blob) -> datetime | None:
    """The last moment that a date of a file can be."""
    found = _IN_NAME.findall(blob.ref)
    dates = (_moment(int(year), int(month), int(day), (23, 59, 59)) for year, _, month, day in found)
    named = [date for date in dates if date is not None]
    if named:
        return named[-1] + _DAY
    return None if blob.modified is None else _EPOCH + timedelta(microseconds=blob.modified) + _DAY


def _moment(year: int, month: int, day: int, clock: tuple[int, int, int]) -> datetime | None:
    try:
        return datetime(year, month, day, *clock, tzinfo=UTC)
    except ValueError:
        return None
