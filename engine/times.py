"""Times as whole microseconds since 1970-01-01 UTC: read from what logs write, and written for people and machines."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from engine.errors import UsageError

__all__ = ["format_time", "parse_time", "parse_when"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)
_FIRST = -62_135_596_800_000_000  # 0001-01-01
_LAST = 253_402_300_799_999_999  # the end of 9999
_NUMBER = re.compile(r"([+-]?)([0-9]{1,24})(?:\.([0-9]*))?", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_COMPACT = re.compile(r"(?:19|20)[0-9]{6}(?:[0-9]{6})?", re.ASCII)
_LEAP = re.compile(r"(?<=:[0-5][0-9]):60(?![0-9])", re.ASCII)
_SPACED_OFFSET = re.compile(r"\s+(?=[+-][0-9]{2}:?[0-9]{2}$)", re.ASCII)
_AGO = re.compile(r"([0-9]{1,9})\s*(s|m|h|d|w)", re.ASCII)
_TOO_SHORT = re.compile(r"[+-]?[0-9.]{0,7}")  # read as seconds this is early 1970, which nobody means
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
# A number below the first bound is in seconds, below the next in milliseconds, and so on: 1e11 seconds are the year
# 5138, 1e11 milliseconds the year 1973. The digits are how many decimal places make it microseconds.
_MAGNITUDES = ((10**11, 6), (10**14, 3), (10**17, 0))


def parse_time(value: Any) -> int | None:
    """Read a time; None when it is none that can be told.

    ISO 8601 text  any offset (none is UTC) and precision (cut to microseconds), "T" or a space, "." or ","
    epoch          int, float or decimal text; seconds, milliseconds, microseconds or nanoseconds by magnitude
    compact text   "20230710" and "20230710114500" are dates, not numbers

    Booleans, other types and years outside 1 to 9999 are None.
    """
    if type(value) is str:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return _odd_text(value)
        if value[4:5] == "-":  # without the dash it may be a number
            return _microseconds(moment)
        return _odd_text(value)
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return _in_range(_scaled("-" if value < 0 else "", str(abs(value)), "")) if abs(value) < 10**24 else None
    if isinstance(value, float):
        return parse_time(f"{value:.9f}") if abs(value) < 1e21 else None
    return parse_time(str(value)) if isinstance(value, str) else None


def _microseconds(moment: datetime) -> int | None:
    if moment.tzinfo is None:
        return (moment - _NAIVE_EPOCH) // _MICROSECOND
    return _in_range((moment - _EPOCH) // _MICROSECOND)


def _in_range(us: int) -> int | None:
    return us if _FIRST <= us <= _LAST else None


def _odd_text(text: str) -> int | None:
    """Numbers, compact dates, and ISO text that `fromisoformat` does not take as it stands."""
    text = text.strip()
    if _COMPACT.fullmatch(text):
        try:
            return _microseconds(datetime.strptime(text, "%Y%m%d%H%M%S" if len(text) == 14 else "%Y%m%d"))
        except ValueError:
            return None
    if number := _NUMBER.fullmatch(text):
        return _in_range(_scaled(number[1], number[2], number[3] or ""))
    if not _DATE.match(text):
        return None
    leap = _LEAP.search(text)
    if leap:
        text = f"{text[: leap.start()]}:59{text[leap.end() :]}"
    text = _SPACED_OFFSET.sub("", re.sub(r"\s*(?:[zZ]|UTC|GMT)$", "+00:00", text))
    try:
        us = _microseconds(datetime.fromisoformat(text))
    except ValueError:
        return None
    return us if us is None or not leap else us + 1_000_000


def _scaled(sign: str, whole: str, fraction: str) -> int:
    """Epoch digits to microseconds, exactly; what is finer is cut."""
    number = int(whole)
    places = next((places for bound, places in _MAGNITUDES if number < bound), -3)
    us = int(f"{number}{fraction[:places].ljust(places, '0')}") if places >= 0 else number // 1_000
    return -us if sign == "-" else us


def format_time(us: int, tz: tzinfo | None = None) -> str:
    """RFC 3339: "2023-07-10T11:45:00Z", with a fraction only when it is not zero; another zone gives its offset."""
    moment = _EPOCH + timedelta(microseconds=us)
    if tz is not None:
        try:
            return moment.astimezone(tz).isoformat()
        except OverflowError:  # within a day of year 1 or 9999
            pass
    return moment.replace(tzinfo=None).isoformat() + "Z"


def parse_when(text: str, now_us: int) -> int:
    """Read a bound that a person typed: a date (its midnight UTC), any time `parse_time` reads, "now", or how long ago.

    How long ago is a whole number of s, m, h, d or w: "24h", "7d". Raises UsageError.
    """
    wanted = text.strip()
    if wanted.lower() == "now":
        return now_us
    if ago := _AGO.fullmatch(wanted.lower()):
        us = now_us - int(ago[1]) * _UNITS[ago[2]] * 1_000_000
        if us >= _FIRST:
            return us
    elif not _TOO_SHORT.fullmatch(wanted) and (read := parse_time(wanted)) is not None:
        return read
    raise UsageError(
        f'cannot read "{text}" as a time', hint='write "2023-07-10", "2023-07-10T11:45:00Z", "24h" or "7d"'
    )
