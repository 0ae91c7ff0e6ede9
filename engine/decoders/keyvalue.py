"""key=value lines, as logfmt, FortiGate and many others write them: ts=2024-05-01T10:00:00Z level=info msg="it works"

Quotes hold values with spaces, a backslash what a quote could not hold. A key that comes twice has a list of values.
What stands before the first pair is `timestamp` where it is a time, else `text`. `date=` and `time=` side by side (and
`tz=`) make a `timestamp` where there is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from engine.decoders._lines import Line, bad, begins, joined, lines
from engine.decoders._pairs import pairs
from engine.decoders._records import batches
from engine.decompress import Fault
from engine.jsontext import Damage, Found
from engine.model import Batch, Blob, LogSource, Problem, Reading
from engine.times import parse_time

__all__ = ["decode", "recognise"]

_ENOUGH = 3  # pairs in a line, by which such a text is recognised; a file of settings has one
_PRIORITY = re.compile(rb"<\d{1,3}>")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_CLOCK = re.compile(r"\d\d:\d\d:\d\d(?:\.\d+)?")
_ZONE = re.compile(r"[+-]\d\d:?\d\d")


def recognise(head: bytes, ref: str) -> float:
    """Likely where most of the first lines begin with a pair, or a time and a pair, and have three."""
    first = [_pairs(_plain(line)) for line in begins(head)]
    count = sum(len(found) >= _ENOUGH and (not before or parse_time(before) is not None) for found, before in first)
    return 0.45 if count * 2 > len(first) else 0.0


def decode(chunks: Iterator[bytes | Fault], blob: Blob, reading: Reading) -> Iterator[Batch | Problem]:
    """A record a line; see `engine.decoders` for the shape of what is given."""
    yield from batches(joined(_items(chunks)), blob, reading, False, plain=LogSource())


def _items(chunks: Iterable[bytes | Fault]) -> Iterator[Found | Damage | Fault]:
    for line in lines(chunks):
        if not isinstance(line, Line):
            yield line
        elif record := _record(_plain(line.text)):
            yield Found(line.offset, record)
        else:
            yield bad(line, "no key=value")


def _record(line: bytes) -> dict[str, Any]:
    found, before = _pairs(line)
    if not found:
        return {}
    if before:
        found.setdefault("text" if parse_time(before) is None else "timestamp", before)
    date, clock, zone = (found.get(name) for name in ("date", "time", "tz"))
    if "timestamp" not in found and _is(_DATE, date) and _is(_CLOCK, clock):
        found["timestamp"] = f"{date}T{clock}{zone if _is(_ZONE, zone) else ''}"
    return found


def _is(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _plain(line: bytes) -> bytes:
    """A line without the priority that syslog puts before it."""
    return _PRIORITY.sub(b"", line, count=1) if line.startswith(b"<") else line


def _pairs(line: bytes) -> tuple[dict[str, Any], str]:
    return pairs(line.decode("utf-8", "replace"))
