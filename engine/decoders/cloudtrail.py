"""AWS CloudTrail: files as CloudTrail delivers them ({"Records": [...]})."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from engine.decompress import Fault
from engine.decoders import json
from engine.model import Batch, Blob, LogSource, Problem, Reading

__all__ = ["CLOUDTRAIL", "decode", "recognise"]

CLOUDTRAIL = LogSource("aws", "cloudtrail")
_BATCH = 1_000
_SIGN = re.compile(rb'"(?:eventSource|insightDetails|CloudTrailEvent|digestStartTime)\\?"\s*:')


class _File(msgspec.Struct):
    Records: list[msgspec.Raw]


_FILE = msgspec.json.Decoder(_File)
_RECORD = msgspec.json.Decoder(dict[str, Any])


def recognise(head: bytes, ref: str) -> float:
    """Sure where a name stands that only CloudTrail's JSON has."""
    return 0.9 if head.lstrip()[:1] in (b"{", b"[") and _SIGN.search(head) else 0.0


def decode(chunks: Iterator[bytes | Fault], blob: Blob, reading: Reading) -> Iterator[Batch | Problem]:
    """One call splits an ordinary file; everything else is read as JSON in general."""
    texts = list(chunks)
    if len(texts) == 1 and isinstance(texts[0], bytes):
        try:
            raws = _FILE.decode(texts[0]).Records
            for start in range(0, len(raws), _BATCH):
                records = [_RECORD.decode(raw) for raw in raws[start : start + _BATCH]]
                yield Batch(reading.logsource or CLOUDTRAIL, records, start + 1)
            return
        except (msgspec.DecodeError, ValueError, RecursionError):
            pass
    yield from json.decode(iter(texts), blob, reading)
