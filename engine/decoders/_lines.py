"""Text of lines: each with where it begins, however the bytes come in pieces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from engine.decoders._records import begins_json
from engine.decompress import Fault
from engine.jsontext import Damage, Found

__all__ = ["LONGEST", "Line", "bad", "begins", "joined", "lines"]

LONGEST = 1 << 20
"""Bytes of one line, at most; what is longer is no line of a log."""


class Line(NamedTuple):
    """The byte offset of a line, and its bytes without the line break."""

    offset: int
    text: bytes


def lines(chunks: Iterable[bytes | Fault]) -> Iterator[Line | Damage | Fault]:
    """Every line that is not blank, in order; one that is too long comes as Damage, a Fault as it is."""
    offset, left = 0, b""
    skipped = 0  # bytes of a line that is too long
    for chunk in chunks:
        if isinstance(chunk, Fault):
            yield from _rest(offset, left, skipped)
            yield chunk
            return
        parts = (left + chunk).split(b"\n")
        left = parts.pop()
        for part in parts:
            if skipped or len(part) > LONGEST:
                yield _too_long(offset - skipped, skipped + len(part))
                skipped = 0
            elif text := part.strip(b" \t\r\0\f\v"):
                yield Line(offset + part.find(text[:1]), text)
            offset += len(part) + 1
        if len(left) > LONGEST:
            offset, skipped, left = offset + len(left), skipped + len(left), b""
    yield from _rest(offset, left, skipped)


def _rest(offset: int, left: bytes, skipped: int) -> Iterator[Line | Damage]:
    if skipped:
        yield _too_long(offset - skipped, skipped + len(left))
    elif text := left.strip(b" \t\r\0\f\v"):
        yield Line(offset + left.find(text[:1]), text)


def _too_long(offset: int, length: int) -> Damage:
    return Damage(offset, length, f"a line of more than {LONGEST:,} bytes", "too-large")


def bad(line: Line, what: str) -> Damage:
    """A line that could not be read."""
    return Damage(line.offset, len(line.text), what, "bad-line")


def joined(items: Iterable[Found | Damage | Fault]) -> Iterator[Found | Damage | Fault]:
    """The same, where damaged lines that follow each other are one Damage that says how many they are."""
    held: Damage | None = None
    count = 0
    for item in items:
        if isinstance(item, Damage) and held is not None and item.fault == held.fault:
            held = held._replace(length=item.offset + item.length - held.offset)
            count += 1
            continue
        if held is not None:
            yield _counted(held, count)
        held, count = (item, 1) if isinstance(item, Damage) else (None, 0)
        if held is None:
            yield item
    if held is not None:
        yield _counted(held, count)


def _counted(damage: Damage, count: int) -> Damage:
    return damage if count == 1 else damage._replace(fault=f"{count:,} lines, here first: {damage.fault}")


def begins(head: bytes, most: int = 20) -> list[bytes]:
    """The first lines of a text that are not blank and not cut off, at most so many; none of JSON.

    Every file is asked whether it is such a text, and most are JSON: that must cost nothing.
    """
    if begins_json(head):
        return []
    found = head.split(b"\n", most * 4)
    whole = found[:-1] if len(found) > 1 else found
    return [text for line in whole if (text := line.strip(b" \t\r\0\f\v"))][:most]
