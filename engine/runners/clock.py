"""Event times of a whole batch at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from engine import logsources
from engine.logsources import lookup
from engine.model import Batch, Reading
from engine.times import format_time, parse_time

__all__ = ["Times", "times_of"]

_DIGITS = bytes(48 if 48 <= code <= 57 else code for code in range(256))
_WHOLE = 20  # characters of a time in whole seconds, without which the order of bounds is not that of their text
_CANONS = {_WHOLE: b"0000-00-00T00:00:00Z\n", 24: b"0000-00-00T00:00:00.000Z\n"}
_TENS = b"012345"  # of minutes and seconds


class Times(NamedTuple):
    """First and last time inside the range, in microseconds, how many records have none, how many are outside."""

    first: int | None
    last: int | None
    untimed: int
    outside: int
    inside: Callable[[int], bool]


def times_of(batch: Batch, reading: Reading, since: int | None, until: int | None) -> Times:
    """The event times of a batch; an event without a time is inside every range, and counted."""
    paths = (reading.time_field,) if reading.time_field else logsources.known(batch.logsource).time
    whole = batch.whole or batch.records.__getitem__
    if batch.shape is not None and paths[0] in batch.shape.paths and "." not in paths[0]:
        shown = batch.shape.column(paths[0])(batch.records)
        bounds = _canonical(shown)
        if bounds is not None and (len(bounds[0]) == _WHOLE or since is until is None):
            return _of_text(shown, bounds, since, until)
        times = [parse_time(value) for value in shown]
        if len(paths) > 1:
            times = [time_of(whole(index), paths) if time is None else time for index, time in enumerate(times)]
    else:
        times = [time_of(whole(index), paths) for index in range(len(batch.records))]
    return _of_numbers(times, since, until)


def time_of(record: dict[str, Any], paths: Sequence[str]) -> int | None:
    """The first of the paths that leads to a readable time."""
    for path in paths:
        time = parse_time(lookup(record, path))
        if time is not None:
            return time
    return None


def _canonical(shown: list[Any]) -> tuple[str, str] | None:
    """First and last, if all are valid "2026-01-31T23:59:59Z", or all with milliseconds; else None.

    Of such times the order of text is the order of time. Looks at them all together, column by column: to parse each
    would cost as much as matching it.
    """
    try:
        width = len(shown[0])
        text = "\n".join(shown).encode("ascii")
    except (IndexError, TypeError, UnicodeEncodeError):
        return None
    canon = _CANONS.get(width, b"")
    # Were there a line break inside one of them, there would be too many: so each one stands where it should.
    if text.translate(_DIGITS) != (canon * len(shown))[:-1]:
        return None
    if text[14 :: width + 1].translate(None, _TENS) or text[17 :: width + 1].translate(None, _TENS):
        return None
    # Hours between the first and the last of one day are valid if these are; a file seldom spans more than one.
    first, last = min(shown), max(shown)
    hours = {first[:13], last[:13]} if first[:10] == last[:10] else {text[:13] for text in shown}
    return (first, last) if all(parse_time(f"{hour}:00:00Z") is not None for hour in hours) else None


def _of_text(shown: list[str], bounds: tuple[str, str], since: int | None, until: int | None) -> Times:
    low = "" if since is None else _ceiling(since)
    high = "~" if until is None else _floor(until)
    if low <= bounds[0] and bounds[1] <= high:
        return Times(parse_time(bounds[0]), parse_time(bounds[1]), 0, 0, lambda index: True)
    inside = [text for text in shown if low <= text <= high]
    first, last = (parse_time(min(inside)), parse_time(max(inside))) if inside else (None, None)
    return Times(first, last, 0, len(shown) - len(inside), lambda index: low <= shown[index] <= high)


def _ceiling(time: int) -> str:
    return _text(-(-time // 1_000_000))


def _floor(time: int) -> str:
    return _text(time // 1_000_000)


def _text(seconds: int) -> str:
    """A bound as text; one outside the calendar sorts before or after every time."""
    try:
        return format_time(seconds * 1_000_000)
    except OverflowError:
        return "" if seconds < 0 else "~"


def _of_numbers(times: list[int | None], since: int | None, until: int | None) -> Times:
    def inside(index: int) -> bool:
        time = times[index]
        return time is None or ((since is None or time >= since) and (until is None or time <= until))

    kept = [time for index, time in enumerate(times) if time is not None and inside(index)]
    untimed = times.count(None)
    first, last = (min(kept), max(kept)) if kept else (None, None)
    return Times(first, last, untimed, len(times) - untimed - len(kept), inside)
