"""Messages of syslog in a text: one a line, or each behind its length in bytes (RFC 6587, octet counting).

Which of the two it is, the first message says; among counted ones, a message without its length ends at a line break.
Where a length is wrong, reading goes on at the next line or length, and what lies between is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain

from engine.decoders._lines import LONGEST, Line, lines
from engine.decompress import Fault
from engine.jsontext import Damage

__all__ = ["COUNTED", "frames"]

COUNTED = re.compile(rb"([1-9]\d{0,6}) <\d{1,3}>")
_LONGEST_COUNT = 13  # characters of "1234567 <123>"
_SPACE = b" \t\r\n\0\f\v"
_BREAK = re.compile(rb"\n")
_GO_ON = re.compile(rb"\n|(?<!\d)[1-9]\d{0,6} <\d{1,3}>")


def frames(chunks: Iterator[bytes | Fault]) -> Iterator[Line | Damage | Fault]:
    """Every message, in order; a Fault as it is."""
    head: list[bytes | Fault] = []
    began = b""
    for chunk in chunks:
        head.append(chunk)
        began = (began + chunk).lstrip(_SPACE) if isinstance(chunk, bytes) else began
        if len(began) >= _LONGEST_COUNT or isinstance(chunk, Fault):
            break
    whole = chain(head, chunks)
    yield from _counted(_Text(whole)) if COUNTED.match(began) else lines(whole)


def _counted(text: _Text) -> Iterator[Line | Damage | Fault]:
    while text.skip_space():
        offset = text.offset
        counted = COUNTED.match(text.ahead(_LONGEST_COUNT))
        if counted is None:
            line = text.line()
            yield Line(offset, line.rstrip(_SPACE)) if len(line) <= LONGEST else _too_long(offset, text, len(line))
            continue
        start = counted.end(1) + 1
        end = start + int(counted[1])
        whole = text.ahead(end + _LONGEST_COUNT) if end <= LONGEST else b""
        if len(whole) >= end and _ends(whole[end:]):
            text.take(end)
            yield Line(offset + start, whole[start:end].rstrip(_SPACE))
        else:
            text.take(start)
            length = start + text.skip_to(_GO_ON)
            yield Damage(offset, length, "a message that is not as long as it says", "bad-line")
    if text.fault:
        yield text.fault


def _too_long(offset: int, text: _Text, length: int) -> Damage:
    return Damage(offset, length + text.skip_to(_BREAK), f"a line of more than {LONGEST:,} bytes", "too-large")


def _ends(after: bytes) -> bool:
    """Whether a message may end here: at the end, at a line break, or where the next one begins."""
    return not after or after[:1] in b"\r\n\0" or COUNTED.match(after) is not None or after.startswith(b"<")


class _Text:
    """A text that is read from its beginning on, however it comes in pieces."""

    def __init__(self, chunks: Iterable[bytes | Fault]) -> None:
        self.offset = 0
        self.fault: Fault | None = None
        self._chunks = iter(chunks)
        self._data = b""
        self._at = 0

    def _more(self) -> bool:
        chunk = None if self.fault else next(self._chunks, None)
        if isinstance(chunk, Fault):
            self.fault = chunk
        if not isinstance(chunk, bytes):
            return False
        kept = max(self._at - 1, 0)  # what stands before the next byte is looked at
        self._data = self._data[kept:] + chunk
        self._at -= kept
        return True

    def ahead(self, count: int) -> bytes:
        """The next bytes, as many as are asked for where there are so many."""
        while len(self._data) - self._at < count and self._more():
            pass
        return self._data[self._at : self._at + count]

    def take(self, count: int) -> None:
        self._at += count
        self.offset += count

    def line(self) -> bytes:
        """Take what stands before the next line break; of a line that is too long, one byte more than may be."""
        while (end := self._data.find(b"\n", self._at)) < 0 and len(self._data) - self._at <= LONGEST and self._more():
            pass
        end = min(end if end >= 0 else len(self._data), self._at + LONGEST + 1)
        found = self._data[self._at : end]
        self.take(len(found))
        return found

    def skip_space(self) -> bool:
        """Go to the next byte that is no space; whether there is one."""
        while byte := self.ahead(1):
            if byte not in _SPACE:
                return True
            self.take(1)
        return False

    def skip_to(self, pattern: re.Pattern[bytes]) -> int:
        """Go to where a pattern is found next, or to the end; how many bytes that are."""
        began = self.offset
        while True:
            found = pattern.search(self._data, self._at)
            if found:
                self.take(found.start() - self._at)
                return self.offset - began
            self.take(max(len(self._data) - self._at - _LONGEST_COUNT - 1, 0))
            if not self._more():
                self.take(len(self._data) - self._at)
                return self.offset - began
