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
    if batch.shape is None or paths[0] not in batch.shape.paths or "." in paths[0]:
        whole = batch.whole or batch.records.__getitem__
        return _of_numbers([time_of(whole(index), paths) for index in range(len(batch.records))], since, until)
    shown = batch.shape.column(paths[0])(batch.records)
    others = _others(shown)
    alike = [text for index, text in enumerate(shown) if index not in others] if others else shown
    bounds = _canonical(alike) if len(others) < len(shown) // 2 else None
    if bounds is not None and (len(bounds[0]) == _WHOLE or since is until is None):
        times = _of_text(alike, shown, bounds, since, until)
        return _with(times, {index: _time_in(batch, index, paths) for index in others}, since, until)
    times_found = [parse_time(value) for value in shown]
    filled = (_time_in(batch, index, paths[1:]) if time is None else time for index, time in enumerate(times_found))
    return _of_numbers(list(filled), since, until)


def _others(shown: list[Any]) -> set[int]:
    """The indexes of those that are no text of the length of the first."""
    kinds = set(map(type, shown))
    if kinds == {str} and len(set(map(len, shown))) == 1:
        return set()
    width = next((len(value) for value in shown if type(value) is str), 0)
    return {index for index, value in enumerate(shown) if type(value) is not str or len(value) != width}


def _time_in(batch: Batch, index: int, paths: Sequence[str]) -> int | None:
    """The time of one record: off its struct, as far as that holds the paths."""
    for position, path in enumerate(paths):
        if path not in batch.shape.paths:
            return time_of((batch.whole or batch.records.__getitem__)(index), paths[position:])
        time = parse_time(batch.shape.careful(path)(batch.records[index]))
        if time is not None:
            return time
    return None


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


def _of_text(
    alike: list[str], shown: list[Any], bounds: tuple[str, str], since: int | None, until: int | None
) -> Times:
    """Of times whose order is that of their text; `alike` are those of all that are."""
    low = "" if since is None else _ceiling(since)
    high = "~" if until is None else _floor(until)
    if low <= bounds[0] and bounds[1] <= high:
        return Times(parse_time(bounds[0]), parse_time(bounds[1]), 0, 0, lambda index: True)
    inside = [text for text in alike if low <= text <= high]
    first, last = (parse_time(min(inside)), parse_time(max(inside))) if inside else (None, None)
    return Times(first, last, 0, len(alike) - len(inside), lambda index: low <= shown[index] <= high)


def _with(times: Times, others: dict[int, int | None], since: int | None, until: int | None) -> Times:
    """The same with some records whose times were read one by one."""
    if not others:
        return times
    indexes, read = list(others), list(others.values())
    more = _of_numbers(read, since, until)
    places = {index: place for place, index in enumerate(indexes)}
    firsts = [time for time in (times.first, more.first) if time is not None]
    lasts = [time for time in (times.last, more.last) if time is not None]
    return Times(
        min(firsts, default=None),
        max(lasts, default=None),
        more.untimed,
        times.outside + more.outside,
        lambda index: more.inside(places[index]) if index in places else times.inside(index),
    )


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
