"""Stored bytes to text: gzip, zstd, bzip2, xz or plain, told apart by content and never by name.

A blob whose text is at most 64 MiB comes as one chunk, a larger one in chunks of about 16 MiB, so memory stays flat.
Whatever can be read before a fault is yielded before it; a `Fault` is always the last thing. Text that is itself
compressed, as CloudWatch hands logs to Firehose, is opened too, three levels at most.

Ordinary gzip takes one call into isal, given the size that its trailer claims; the claim is not trusted: output past it
is never allocated there, and every surprise (several members, trailing bytes, a wrong checksum) goes the careful way.
"""

from __future__ import annotations

import bz2
import io
import lzma
import os
import stat
import sys
import zlib
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any, BinaryIO, NamedTuple, Protocol, cast

from isal import igzip_lib

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

__all__ = ["CHUNK", "WHOLE", "Fault", "chunks"]

WHOLE = 64 << 20
"""Text up to this size comes as one chunk."""
CHUNK = 16 << 20
"""About the size of the chunks of a larger text."""
_STORED = 32 << 20  # stored bytes that are read at once before it is known whether they are all; of a file up to WHOLE
_LEVELS = 3  # of compression inside compression
_PIECE = 64 << 10  # stored bytes given to a decompressor at a time, the careful way


class Fault(NamedTuple):
    """What ended a blob early or followed its end.

    offset  in the decompressed text: how many bytes of it were yielded
    kind    "truncated", "broken-compression", "trailing-garbage", "too-large" or "unreadable"
    lost    False where everything that belongs to the log was read (nothing does this today but callers look)
    """

    offset: int
    fault: str
    kind: str
    lost: bool


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = ...) -> bytes: ...


class _Codec(NamedTuple):
    name: str
    magics: tuple[bytes, ...]
    start: Callable[[], _Decompressor]
    padding: bytes  # bytes that may stand between and after members without being garbage


class _Inflate:
    """A gzip member through zlib, which unlike isal can be copied: so a fault costs no byte that stood before it."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = 0) -> bytes:
        data = self._inner.unconsumed_tail + data
        before = self._inner.copy()
        try:
            out = self._inner.decompress(data, max_length)
        except zlib.error as error:
            raise _Broken(_before_fault(before, data, max_length), str(error)) from None
        self.needs_input = not self._inner.unconsumed_tail and len(out) < max_length
        return out


class _Broken(Exception):
    """A member is damaged; `out` is what could still be read of it."""

    def __init__(self, out: bytes, fault: str) -> None:
        super().__init__(fault)
        self.out = out
        self.fault = fault


def _before_fault(inner: Any, data: bytes, max_length: int) -> bytes:
    """Everything that comes out before the fault: the stored bytes once more, one at a time."""
    out: list[bytes] = []
    left = max_length
    try:
        for index in range(len(data)):
            piece = inner.decompress(inner.unconsumed_tail + data[index : index + 1], left)
            out.append(piece)
            left -= len(piece)
            if left <= 0:
                break
    except zlib.error:
        pass
    return b"".join(out)


_ISAL_ERROR = cast("type[Exception]", igzip_lib.IsalError)  # isal's own types call it an instance
_FAULTS: tuple[type[Exception], ...] = (_Broken, OSError, EOFError, ValueError, lzma.LZMAError, zstd.ZstdError)
_CODECS = (
    _Codec("gzip", (b"\x1f\x8b",), _Inflate, b"\0"),
    _Codec("zstd", (b"\x28\xb5\x2f\xfd",), zstd.ZstdDecompressor, b""),
    _Codec("bzip2", (b"BZh",), bz2.BZ2Decompressor, b"\0"),
    _Codec("xz", (b"\xfd7zXZ\0",), lambda: lzma.LZMADecompressor(format=lzma.FORMAT_XZ), b"\0"),
)


def chunks(stream: BinaryIO, limit: int) -> Iterator[bytes | Fault]:
    """Yield the text of a blob, then a `Fault` if something was wrong with it.

    stream  stored bytes; read to the end, not closed
    limit   the most bytes that compressed input may become, all levels of compression together; plain text has no
            limit, as it cannot be a bomb

    An empty blob yields nothing. A stream that fails while it is read ends in a `Fault` of kind "unreadable".
    """
    yield from _opened(_Stored(stream), _Allowance(limit), _LEVELS)


def _opened(stored: _Stored, allowance: _Allowance, levels: int) -> Iterator[bytes | Fault]:
    """The text of stored bytes, which may themselves be what another level of compression held."""
    data = stored.read_up_to(_STORED)
    codec = _codec(data)
    if codec is None:
        yield from _gather(_plain(data, stored))
        return
    if levels == 0:
        fault = f"{codec.name} inside {_LEVELS} levels of compression: unpack it first"
        yield Fault(0, fault, "unreadable", True)
        return
    text = _at_once(data, allowance.left) if codec.name == "gzip" and stored.ended else None
    if text is not None:
        allowance.left -= len(text)
        if _codec(text) is not None:
            yield from _inside(iter((text,)), allowance, levels - 1)
        elif text:
            yield text
        return
    pieces = _within(_members(codec, data, stored), allowance)
    first = next(pieces, None)
    if first is None:  # something compressed that holds nothing
        return
    pieces = chain((first,), pieces)
    if isinstance(first, bytes) and _codec(first) is not None:
        yield from _inside(pieces, allowance, levels - 1)
    else:
        yield from _gather(pieces)


def _codec(data: bytes) -> _Codec | None:
    return next((codec for codec in _CODECS if data.startswith(codec.magics)), None)


def _inside(pieces: Iterator[bytes | Fault], allowance: _Allowance, levels: int) -> Iterator[bytes | Fault]:
    """The text of what was itself compressed; where both levels are at fault, the cause and not what follows of it."""
    outer = _Unpacked(pieces)
    offset = 0
    fault: Fault | None = None
    for item in _opened(_Stored(cast(BinaryIO, outer)), allowance, levels):
        if isinstance(item, Fault):
            fault = item
        else:
            offset += len(item)
            yield item
    if outer.fault and (fault is None or fault.kind == "truncated"):
        fault = outer.fault._replace(offset=offset)
    if fault:
        yield fault


class _Unpacked:
    """Decompressed pieces as a stream to read from; `fault` is what ended it early."""

    def __init__(self, pieces: Iterator[bytes | Fault]) -> None:
        self._pieces = pieces
        self._piece = io.BytesIO()
        self.fault: Fault | None = None

    def read(self, size: int) -> bytes:
        while not (data := self._piece.read(size)):
            piece = next(self._pieces, None)
            if piece is None or isinstance(piece, Fault):
                self.fault = piece or self.fault
                return b""
            self._piece = io.BytesIO(piece)
        return data


class _Stored:
    """A stream that remembers whether it ended or failed."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.ended = False
        self.fault: str | None = None

    def read(self, size: int) -> bytes:
        if self.ended or self.fault:
            return b""
        try:
            data = self._stream.read(size)
        except (OSError, ValueError) as error:
            self.fault = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
            return b""
        if not data:
            self.ended = True
        return data or b""

    def read_up_to(self, size: int) -> bytes:
        """Up to `size` bytes in few reads; most files fit the first, as pieces that are joined are written twice."""
        parts: list[bytes] = []
        rest = self.rest()
        left = max(size, rest) if rest <= WHOLE else size
        step = max(1 << 20, rest)
        while left > 0 and (data := self.read(min(step, left))):
            parts.append(data)
            left -= len(data)
            step *= 4
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def rest(self) -> int:
        """How much a file should have left, and one more byte, by which its end is seen; 0 of what is none."""
        try:
            status = os.fstat(self._stream.fileno())
            return status.st_size - self._stream.tell() + 1 if stat.S_ISREG(status.st_mode) else 0
        except (OSError, ValueError, AttributeError):
            return 0


def _at_once(data: bytes, limit: int) -> bytes | None:
    """The text of one ordinary gzip member with nothing after it; None when it is anything else."""
    size = int.from_bytes(data[-4:], "little")
    if len(data) < 18 or size > min(WHOLE, limit):
        return None
    inner = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
    try:
        text = inner.decompress(data, size + 1)
    except _ISAL_ERROR:
        return None
    return text if inner.eof and not inner.unused_data and len(text) == size else None


def _plain(data: bytes, stored: _Stored) -> Iterator[bytes | Fault]:
    offset = 0
    while data:
        offset += len(data)
        yield data
        data = stored.read(CHUNK if stored.rest() > CHUNK else 1 << 20)
    if stored.fault:
        yield Fault(offset, f"cannot be read further: {stored.fault}", "unreadable", True)


def _members(codec: _Codec, data: bytes, stored: _Stored) -> Iterator[bytes | Fault]:
    """Every member (gzip), frame (zstd) or stream (bzip2, xz), one after the other."""
    offset = 0
    source = _Pieces(data, stored)
    piece = source.next()
    while piece:
        inner = codec.start()
        while not inner.eof:
            if inner.needs_input and not piece:
                piece = source.next()
                if not piece:
                    yield _ended(codec, stored, offset)
                    return
            try:
                out = inner.decompress(piece, CHUNK)
            except _FAULTS as error:
                if isinstance(error, _Broken) and error.out:
                    offset += len(error.out)
                    yield error.out
                yield Fault(offset, f"{codec.name} data is damaged: {error}", "broken-compression", True)
                return
            piece = b""
            if out:
                offset += len(out)
                yield out
        piece = inner.unused_data.lstrip(codec.padding) if codec.padding else inner.unused_data
        while not piece and (more := source.next()):
            piece = more.lstrip(codec.padding) if codec.padding else more
        piece += source.next() if 0 < len(piece) < 8 else b""
        if piece and not piece.startswith(codec.magics):
            yield Fault(offset, f"bytes that are no {codec.name} follow its end", "trailing-garbage", True)
            return
    if stored.fault:
        yield _ended(codec, stored, offset)


def _ended(codec: _Codec, stored: _Stored, offset: int) -> Fault:
    if stored.fault:
        return Fault(offset, f"cannot be read further: {stored.fault}", "unreadable", True)
    return Fault(offset, f"{codec.name} data ends too early", "truncated", True)


class _Pieces:
    """Stored bytes in small pieces: first those already read, then the rest of the stream."""

    def __init__(self, data: bytes, stored: _Stored) -> None:
        self._first = io.BytesIO(data)
        self._stored = stored

    def next(self) -> bytes:
        return self._first.read(_PIECE) or self._stored.read(_PIECE)


class _Allowance:
    """How much compressed input may become, and how much of that is left: one for all levels of a blob."""

    def __init__(self, limit: int) -> None:
        self.limit = self.left = limit


def _within(pieces: Iterator[bytes | Fault], allowance: _Allowance) -> Iterator[bytes | Fault]:
    """The same pieces, cut where together they would pass the limit."""
    total = 0
    for piece in pieces:
        if isinstance(piece, bytes):
            if len(piece) > allowance.left:
                last, allowance.left = piece[: allowance.left], 0
                if last:
                    yield last
                fault = f"decompresses to more than the limit of {allowance.limit:,} bytes"
                yield Fault(total + len(last), fault, "too-large", True)
                return
            total += len(piece)
            allowance.left -= len(piece)
        yield piece


def _gather(pieces: Iterator[bytes | Fault]) -> Iterator[bytes | Fault]:
    """Join pieces to one chunk, or to chunks of about 16 MiB once there is more than 64 MiB of text."""
    held: list[bytes] = []
    size = 0
    bound = WHOLE
    fault: Fault | None = None
    for piece in pieces:
        if isinstance(piece, Fault):
            fault = piece
            break
        held.append(piece)
        size += len(piece)
        if size > bound:
            yield from _cut(held)
            held, size, bound = [], 0, CHUNK
    if held:
        yield held[0] if len(held) == 1 else b"".join(held)
    if fault:
        yield fault


def _cut(held: list[bytes]) -> Iterator[bytes]:
    """Pieces joined to about 16 MiB each; `held` is emptied on the way, to free them."""
    held.reverse()
    while held:
        group: list[bytes] = []
        size = 0
        while held and size < CHUNK:
            piece = held.pop()
            group.append(piece)
            size += len(piece)
        yield b"".join(group)
