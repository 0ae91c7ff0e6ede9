"""AWS CloudTrail, in everything it is delivered or handed on in.

Files as CloudTrail writes them, {"Records": [...]}, and records one a line are decoded by one call into narrow structs
where the caller gives their shape. Every other shape (a list, a single record, and each of `envelopes/`) is read as
JSON is, and a file may mix them. Insights are events; digests and notifications are counted and passed over. Of a name
that stands twice in one object, the last counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import cast

import msgspec

from engine.decoders._narrow import identified, identified_lines, narrow, narrow_lines, plain
from engine.decoders._records import (
    BATCH,
    CLOUDTRAIL,
    batches,
    begins_json,
    moved,
    says_json,
    split,
    whole_lines,
)
from engine.decoders.envelopes import is_cloudtrail, recordlike
from engine.decompress import Fault
from engine.jsontext import parse, parse_strict, values
from engine.model import Batch, Blob, Problem, Reading

__all__ = ["decode", "recognise"]

_SIGN = re.compile(
    rb'"(?:eventSource|eventVersion|insightDetails|CloudTrailEvent|digestStartTime|awslogs|Records)\\*"\s*:'
)


class _File(msgspec.Struct):
    Records: list[msgspec.Raw]


_FILE = msgspec.json.Decoder(_File)
_LIST = msgspec.json.Decoder(list[msgspec.Raw])


def recognise(head: bytes, ref: str) -> float:
    """Sure where a name stands that only CloudTrail's JSON has."""
    if not _SIGN.search(head):
        return 0.0
    if begins_json(head):
        return 0.9
    return 0.6 if says_json(ref) else 0.0


def decode(chunks: Iterator[bytes | Fault], blob: Blob, reading: Reading) -> Iterator[Batch | Problem]:
    """Records in order; see `engine.decoders` for the shape of what is given."""
    first, second = next(chunks, b""), next(chunks, None)
    rest = chain((first,) if second is None else (first, second), chunks)
    if not isinstance(first, bytes) or isinstance(second, bytes) or (found := _file(first, blob, reading)) is None:
        yield from _by_line(rest, blob, reading)
        return
    yield from found
    if second is not None:
        yield Problem(blob.ref, second.offset, second.fault, second.lost, second.kind)


def _file(text: bytes, blob: Blob, reading: Reading) -> Iterable[Batch | Problem] | None:
    """An ordinary file as CloudTrail writes it, or a list; None when it is anything else."""
    logsource = reading.logsource or CLOUDTRAIL
    if reading.shapes is not None:
        batch = narrow(text, reading.shapes(logsource), logsource)
        if batch is not None and _ours(batch):
            return (batch,)
    raws = _split(text)
    if raws is None:
        return None
    if raws and identified(text) and is_cloudtrail(parse(raws[0])):
        return plain(raws, 1, logsource)
    return _taken(text, raws, blob, reading)


def _ours(batch: Batch) -> bool:
    """Whether records that all have an eventID are CloudTrail's: the first one tells.

    Nothing but the text decides it, and not how much of a record is decoded, which differs from process to process.
    """
    return len(batch.records) > 0 and batch.whole is not None and is_cloudtrail(batch.whole(0))


def _taken(text: bytes, raws: list[msgspec.Raw], blob: Blob, reading: Reading) -> Iterator[Batch | Problem]:
    """Batches of records as dicts; from the first that holds something else, each value is looked at."""
    for start in range(0, len(raws), BATCH):
        some = raws[start : start + BATCH]
        if not _all_ours(some):
            yield from batches(split(text, raws, start), blob, reading, True, start + 1)
            return
        yield from plain(some, start + 1, reading.logsource or CLOUDTRAIL)


def _by_line(chunks: Iterator[bytes | Fault], blob: Blob, reading: Reading) -> Iterator[Batch | Problem]:
    """One record a line, as long as that is what it is; from there on, JSON in general."""
    pieces = whole_lines(chunks)
    number, offset = 1, 0
    for piece in pieces:
        found = _lines(piece, number, reading) if isinstance(piece, bytes) else None
        if found is None:
            items = moved(values(chain((piece,), pieces), recordlike, True), offset)
            yield from batches(items, blob, reading, True, number)
            return
        yield from found
        number = found[-1].first + len(found[-1].records)
        offset += len(cast(bytes, piece))


def _lines(text: bytes, first: int, reading: Reading) -> list[Batch] | None:
    """Lines that are one record each; None when they are anything else."""
    logsource = reading.logsource or CLOUDTRAIL
    if reading.shapes is not None:
        batch = narrow_lines(text, first, reading.shapes(logsource), logsource)
        if batch is not None and _ours(batch):
            return [batch]
    raws = identified_lines(text)
    return list(plain(raws, first, logsource)) if raws and is_cloudtrail(parse(raws[0])) else None


def _split(text: bytes) -> list[msgspec.Raw] | None:
    """The records of an ordinary file or of a list, not yet decoded; None when it is anything else."""
    try:
        return _LIST.decode(text) if text.lstrip()[:1] == b"[" else _FILE.decode(text).Records
    except (ValueError, RecursionError):
        return None


def _all_ours(raws: list[msgspec.Raw]) -> bool:
    try:
        records = [parse_strict(raw) for raw in raws]  # what is odd is looked at, and told of
    except (ValueError, RecursionError):
        return False
    return all(type(record) is dict and is_cloudtrail(record) for record in records)
