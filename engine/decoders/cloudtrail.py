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
from typing import Any

import msgspec

from engine.decoders._narrow import narrow, narrow_lines
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
from engine.jsontext import parse, values
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
    """An ordinary file as CloudTrail writes it; None when it is anything else."""
    logsource = reading.logsource or CLOUDTRAIL
    if reading.shapes is not None:
        batch = narrow(text, reading.shapes(logsource), logsource)
        if batch is not None and _ours(batch):
            return (batch,)
    raws = _split(text)
    return None if raws is None else _taken(text, raws, blob, reading)


def _ours(batch: Batch) -> bool:
    """Whether a batch of records with an eventID is CloudTrail's: the first record tells."""
    return len(batch.records) > 0 and batch.whole is not None and is_cloudtrail(batch.whole(0))


def _taken(text: bytes, raws: list[msgspec.Raw], blob: Blob, reading: Reading) -> Iterator[Batch | Problem]:
    """Batches of records as dicts; from the first that holds something else, each value is looked at."""
    for start in range(0, len(raws), BATCH):
        records = _records(raws[start : start + BATCH])
        if records is None:
            yield from batches(split(text, raws, start), blob, reading, True, start + 1)
            return
        yield Batch(reading.logsource or CLOUDTRAIL, records, start + 1)


def _by_line(chunks: Iterator[bytes | Fault], blob: Blob, reading: Reading) -> Iterator[Batch | Problem]:
    """One record a line, as long as that is what it is; from there on, JSON in general."""
    logsource = reading.logsource or CLOUDTRAIL
    pieces = chunks if reading.shapes is None else whole_lines(chunks)
    number, offset = 1, 0
    for piece in pieces:
        batch = None
        if reading.shapes is not None and isinstance(piece, bytes):
            batch = narrow_lines(piece, number, reading.shapes(logsource), logsource)
        if batch is None or not _ours(batch):
            items = moved(values(chain((piece,), pieces), recordlike, True), offset)
            yield from batches(items, blob, reading, True, number)
            return
        yield batch
        number += len(batch.records)
        offset += len(piece)


def _split(text: bytes) -> list[msgspec.Raw] | None:
    """The records of an ordinary file or of a list, not yet decoded; None when it is anything else."""
    try:
        return _LIST.decode(text) if text.lstrip()[:1] == b"[" else _FILE.decode(text).Records
    except (ValueError, RecursionError):
        return None


def _records(raws: list[msgspec.Raw]) -> list[dict[str, Any]] | None:
    """Decoded; None where not all are CloudTrail's."""
    try:
        records = [parse(raw) for raw in raws]
    except ValueError:
        return None
    return records if all(type(record) is dict and is_cloudtrail(record) for record in records) else None
