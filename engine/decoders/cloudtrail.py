"""AWS CloudTrail, in everything it is delivered or handed on in.

Files as CloudTrail writes them, {"Records": [...]}, are split by one call; every other shape (a list, one record a
line, a single record, and each of `envelopes/`) is read as JSON is, and a file may mix them. Insights are events;
digests and notifications are counted and passed over. Of a name that stands twice in one object, the last counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

import msgspec

from engine.decoders._records import BATCH, Records, batches, says_json
from engine.decoders.envelopes import is_cloudtrail, recordlike
from engine.decompress import Fault
from engine.jsontext import Damage, parse, values
from engine.model import Batch, Blob, Problem, Reading

__all__ = ["decode", "recognise"]

_SIGN = re.compile(
    rb'"(?:eventSource|eventVersion|insightDetails|CloudTrailEvent|digestStartTime|awslogs|Records)\\*"\s*:'
)


class _File(msgspec.Struct):
    Records: list[msgspec.Raw]


_FILE = msgspec.json.Decoder(_File)


def recognise(head: bytes, ref: str) -> float:
    """Sure where a name stands that only CloudTrail's JSON has."""
    if not _SIGN.search(head):
        return 0.0
    if head.lstrip()[:1] in (b"{", b"["):
        return 0.9
    return 0.6 if says_json(ref) else 0.0


def decode(chunks: Iterator[bytes | Fault], blob: Blob, reading: Reading) -> Iterator[Batch | Problem]:
    """Records in order; see `engine.decoders` for the shape of what is given."""
    first, second = next(chunks, b""), next(chunks, None)
    whole = isinstance(first, bytes) and not isinstance(second, bytes)
    if not whole or (raws := _split(first)) is None:  # type: ignore[arg-type]
        rest = chain((first,) if second is None else (first, second), chunks)
        yield from batches(values(rest, recordlike, True), blob, reading, True)
        return
    records = Records(blob, reading, True)
    for start in range(0, len(raws), BATCH):
        _take(records, raws[start : start + BATCH])
        yield from records.given()
    if second is not None:
        records.fault(second)  # type: ignore[arg-type]
    records.finish()
    yield from records.given()


def _split(text: bytes) -> list[msgspec.Raw] | None:
    """The records of an ordinary file, not yet decoded; None when it is anything else."""
    try:
        return _FILE.decode(text).Records
    except (ValueError, RecursionError):
        return None


def _take(records: Records, raws: list[msgspec.Raw]) -> None:
    decoded = []
    for raw in raws:
        try:
            decoded.append(parse(raw))
        except ValueError as error:
            records.fault(Damage(0, len(bytes(raw)), f"broken JSON: {error}", "broken-json"))
    if all(type(value) is dict and is_cloudtrail(value) for value in decoded):
        records.take_cloudtrail(decoded)
    else:
        for value in decoded:
            records.take(value, 0)
