"""Text in whatever Unicode encoding to UTF-8, told by its byte order mark or by where its zero bytes are."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from itertools import chain

from engine.decompress import Fault

__all__ = ["utf8"]

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
