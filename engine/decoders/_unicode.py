"""Text in whatever Unicode encoding to UTF-8, told by its byte order mark or by where its zero bytes are; and whether
it is UTF-8 at all."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from itertools import chain

from engine.decompress import Fault

__all__ = ["Oddities", "utf8"]

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UNMARKED = {  # which of the first four bytes are not zero
    b"\1\0\0\0": "utf-32-le",
    b"\0\0\0\1": "utf-32-be",
    b"\1\0\1\0": "utf-16-le",
    b"\0\1\0\1": "utf-16-be",
}
_SLICE = 4 << 20
_LOOK = 64 << 10  # its text stays in the caches of a processor


def utf8(chunks: Iterator[bytes | Fault]) -> Iterator[bytes | Fault]:
    """The same text as UTF-8. A UTF-8 mark becomes spaces, so that offsets stay; bytes that are no UTF-8 stay too."""
    first = next(chunks, None)
    if first is None:
        return
    if isinstance(first, Fault):
        yield first
        return
    encoding = _encoding(first[:4])
    if encoding:
        yield from _recoded(chain((first,), chunks), encoding)
        return
    yield b"   " + first[3:] if first.startswith(codecs.BOM_UTF8) else first
    yield from chunks


def _encoding(start: bytes) -> str | None:
    for mark, name in _MARKS:
        if start.startswith(mark):
            return name
    return _UNMARKED.get(bytes(byte != 0 for byte in start))


def _recoded(chunks: Iterator[bytes | Fault], encoding: str) -> Iterator[bytes | Fault]:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for chunk in chunks:
        if isinstance(chunk, Fault):
            yield chunk
            return
        parts = (chunk[start : start + _SLICE] for start in range(0, len(chunk), _SLICE))
        text = b"".join(decoder.decode(part).replace("\ufeff", " ").encode() for part in parts)
        if text:
            yield text
    if rest := decoder.decode(b"", final=True):
        yield rest.encode()


class Oddities:
    """Watches text go by for bytes that are no UTF-8; `first` is the offset of the first of them."""

    def __init__(self) -> None:
        self.first: int | None = None
        self._offset = 0
        self._left = b""  # what may be the beginning of a character

    def watched(self, chunks: Iterable[bytes | Fault]) -> Iterator[bytes | Fault]:
        """The same chunks."""
        for chunk in chunks:
            if isinstance(chunk, Fault):
                self._left = b""  # cut in the middle of a character: the fault says so already
            elif self.first is None:
                self._look(chunk)
            yield chunk
        if self.first is None and self._left:
            self.first = self._offset - len(self._left)

    def _look(self, chunk: bytes) -> None:
        if chunk.isascii() and not self._left:
            self._offset += len(chunk)
            return
        for start in range(0, len(chunk), _LOOK):
            text = self._left + chunk[start : start + _LOOK]
            at = self._offset - len(self._left)
            self._offset, self._left = at + len(text), b""
            try:
                text.decode()
            except UnicodeDecodeError as error:
                if error.reason != "unexpected end of data":
                    self.first = at + error.start
                    return
                self._left = text[error.start :]
