"""Windows event log files, as the system keeps them (EVTX). Needs the extra `evtx`.

A file is read one chunk of 64 KiB at a time, whatever its header says of how many there are: a log that was copied
while in use, or carved, says too little. A chunk or record that is broken costs itself: it is reported, the rest is
read.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from struct import pack, unpack_from
from typing import Any, NamedTuple

from engine.decompress import Fault
from engine.jsontext import parse
from engine.model import Batch, Blob, Problem, Reading
from engine.windows.kinds import WINDOWS

__all__ = ["BINARY", "decode", "recognise"]

BINARY = True
"""No text: bytes that are no UTF-8 are to be expected."""

_MAGIC = b"ElfFile\0"
_CHUNK_MAGIC = b"ElfChnk\0"
_RECORD_MAGIC = b"**\0\0"
_HEADER = 4096
_CHUNK = 65536
_RECORDS = 512  # where records begin in a chunk
_RECORD_HEADER = 24
_MOST = (_CHUNK - _RECORDS) // _RECORD_HEADER  # records in a chunk
_BATCH = 1_000
_MISSING = 'is an event log of Windows, for which a library is missing: pip install "detect-engine[evtx]"'


def recognise(head: bytes, ref: str) -> float:
    """Sure by the first eight bytes."""
    return 1.0 if head.startswith(_MAGIC) else 0.0


def decode(chunks: Iterator[bytes | Fault], blob: Blob, reading: Reading) -> Iterator[Batch | Problem]:
    """Records in order of the file; see `engine.decoders` for the shape of what is given."""
    try:
        from evtx import PyEvtxParser
    except ImportError:
        yield Problem(blob.ref, None, _MISSING, True, "no-library")
        return
    held: list[dict[str, Any]] = []
    first = 1
    for item in _blocks(chunks):
        problem: Problem | None
        if isinstance(item, Fault):
            problem = Problem(blob.ref, item.offset, item.fault, item.lost, item.kind)
        else:
            found, problem = _records(item, PyEvtxParser, blob.ref)
            held += found
        while len(held) >= _BATCH or (held and problem):
            yield Batch(reading.logsource or WINDOWS, held[:_BATCH], first)
            first, held = first + len(held[:_BATCH]), held[_BATCH:]
        if problem:
            yield problem
    if held:
        yield Batch(reading.logsource or WINDOWS, held, first)


class _Block(NamedTuple):
    """64 KiB of a file where a chunk should be, and its offset; of the last one maybe less."""

    offset: int
    data: bytes


def _blocks(chunks: Iterator[bytes | Fault]) -> Iterator[_Block | Fault]:
    """What follows the header of the file; blocks that were never used are passed over."""
    offset, left = 0, b""
    wanted = _HEADER
    for piece in chunks:
        if isinstance(piece, Fault):
            yield from _last(offset, left)
            yield piece
            return
        left += piece
        at = 0
        while len(left) - at >= wanted:
            if offset and any(left[at : at + wanted]):
                yield _Block(offset, left[at : at + wanted])
            at, offset, wanted = at + wanted, offset + wanted, _CHUNK
        left = left[at:]
    yield from _last(offset, left)


def _last(offset: int, left: bytes) -> Iterator[_Block | Fault]:
    """What there is of a chunk that is cut off."""
    if offset and any(left):
        yield _Block(offset, left)
    elif left and not offset:
        yield Fault(0, "the header of the file is cut off", "truncated", True)


def _records(block: _Block, parser: Any, ref: str) -> tuple[list[dict[str, Any]], Problem | None]:
    """The records of one chunk, and what is wrong with it."""
    if not block.data.startswith(_CHUNK_MAGIC):
        return [], Problem(ref, block.offset, "there is no chunk where one should be", True, "broken-chunk")
    alone = io.BytesIO(_FILE_OF_ONE + block.data.ljust(_CHUNK, b"\0"))
    try:
        given = parser(alone, number_of_threads=1).records_json()
    except (RuntimeError, ValueError, OSError) as error:
        return [], Problem(ref, block.offset, f"a chunk cannot be read: {_said(error)}", True, "broken-chunk")
    read: dict[int, dict[str, Any]] = {}
    fault: Exception | None = None
    for _ in range(_MOST):
        try:
            record = next(given)
            read[record["event_record_id"]] = parse(record["data"].encode("utf-8", "surrogatepass"))
        except StopIteration:
            break
        except (RuntimeError, ValueError) as error:  # of one record; the next call gives the one after it
            fault = fault or error
    return list(read.values()), _problem(block, read.keys(), fault, ref)


def _problem(block: _Block, read: Any, fault: Exception | None, ref: str) -> Problem | None:
    """What is to be said of a chunk: how many records it should have had, and where the first is that was not read."""
    first, last = unpack_from("<QQ", block.data.ljust(_RECORDS, b"\0"), 24)
    expected = last - first + 1 if first <= last < first + _MOST else None
    places, end = _places(block.data)
    at = next((place for number, place in places.items() if number not in read), end)
    cut = len(block.data) < _CHUNK
    if fault is None and not cut and (expected is None or len(read) >= expected):
        return None
    lost = max(expected or 0, len(places)) - len(read)
    if not lost:
        return None
    reason = "the file is cut off" if cut else _said(fault) if fault else "their headers are broken"
    some = f"{lost:,} record{'' if lost == 1 else 's'} of a chunk cannot be read, here first"
    kind = "truncated" if cut else "broken-record"
    return Problem(ref, block.offset + at, f"{some}: {reason}", True, kind)


def _places(data: bytes) -> tuple[dict[int, int], int]:
    """Id -> offset in the chunk, of every record before the first broken header; and where that is, or the end."""
    places: dict[int, int] = {}
    at = _RECORDS
    while at + _RECORD_HEADER <= len(data) and data[at : at + 4] == _RECORD_MAGIC:
        size, number = unpack_from("<IQ", data, at + 4)
        if size < _RECORD_HEADER:
            break
        places[number] = at
        at += size
    return places, at


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


def _file_of_one() -> bytes:
    """The header of a file that has one chunk."""
    head = _MAGIC + pack("<QQQIHHHH", 0, 0, 1, 128, 1, 3, _HEADER, 1) + bytes(76)
    return (head + pack("<II", 0, zlib.crc32(head))).ljust(_HEADER, b"\0")


_FILE_OF_ONE = _file_of_one()
