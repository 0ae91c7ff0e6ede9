"""Any log in JSON: one record a line, an array, a single object, or objects one after the other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from engine.decompress import Fault
from engine.model import Batch, Blob, LogSource, Problem, Reading

__all__ = ["decode", "recognise"]


def recognise(head: bytes, ref: str) -> float:
    return 0.5 if head.lstrip()[:1] in (b"{", b"[") else 0.0


def decode(chunks: Iterator[bytes | Fault], blob: Blob, reading: Reading) -> Iterator[Batch | Problem]:
    """A first cut: the whole text at once."""
    records: list[dict[str, Any]] = []
    text = b"".join(chunk for chunk in chunks if isinstance(chunk, bytes)).decode("utf-8", "replace")
    position, parser = 0, json.JSONDecoder()
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        try:
            value, position = parser.raw_decode(text, position)
        except ValueError as error:
            yield Problem(blob.ref, position, str(error), True, "broken-json")
            break
        records.extend(item for item in (value if isinstance(value, list) else [value]) if isinstance(item, dict))
    cloudtrail = bool(records) and "eventSource" in records[0]
    logsource = reading.logsource or (LogSource("aws", "cloudtrail") if cloudtrail else LogSource())
    for start in range(0, len(records), 1_000):
        yield Batch(logsource, records[start : start + 1_000], start + 1)
