"""Fuzz target: times as logs and people write them. A time is read or it is none; what is read can be written back."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from datetime import timedelta, timezone

from engine.errors import UsageError
from engine.terminal import moment
from engine.times import format_time, parse_time, parse_when

__all__ = ["WORDS", "check", "seeds"]

NOW = 1_700_000_000_000_000
FIRST, LAST = -62_135_596_800_000_000, 253_402_300_799_999_999
ZONES = (None, timezone(timedelta(hours=14)), timezone(timedelta(hours=-12)))
WORDS = (b"2024-05-01", b"T10:00:00", b"Z", b"+02:00", b"-1200", b".123456789", b" UTC", b"24h", b"now", b"1e9", b":60")


def check(data: bytes) -> None:
    """As text, as the JSON value it may be, and as a person's bound."""
    text = data.decode("utf-8", "replace")
    values: list[object] = [text]
    with contextlib.suppress(ValueError, RecursionError):
        values.append(json.loads(text))
    for value in values:
        time = parse_time(value)
        if time is None:
            continue
        assert type(time) is int
        assert FIRST <= time <= LAST + 1_000_000, time  # a leap second at the very end
        _written(min(time, LAST))
    try:
        assert type(parse_when(text, NOW)) is int
    except UsageError as error:
        assert error.hint  # noqa: PT017


def _written(time: int) -> None:
    assert parse_time(format_time(time)) == time
    for zone in ZONES:
        assert parse_time(format_time(time, zone)) == time, zone
        moment(time, zone)


def seeds() -> Iterator[bytes]:
    """Every form there is."""
    for text in (
        "2024-05-01T10:00:00Z", "2024-05-01 10:00:00.123456789 +0200", "2024-05-01", "20240501", "20240501100000",
        "1714557600", "1714557600.5", "1714557600000", "1714557600000000000", "-5", "2016-12-31T23:59:60Z",
        "2024-W01-1", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999Z", "24h", "7 d", "now", "1e400",
        "2024-05-01T10:00:00,5-03:30", "2024-02-30", "999999999w", "\u0661\u0662",
    ):  # fmt: skip
        yield text.encode()
