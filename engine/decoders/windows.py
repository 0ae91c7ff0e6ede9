"""Windows events in JSON, in any of the shapes that collectors give them.

Flat (NXLog, Logstash, Splunk, Sigma's own names), Winlogbeat and the Elastic agent (`winlog`), and the event's XML in
JSON (evtx_dump, Chainsaw, Velociraptor: `Event.System`). Flat events that stand one a line are decoded narrowly where
the caller gives their shapes; all others, and what wraps them, are read as JSON is. A file may mix all of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain

from engine.decoders._narrow import one_a_line
from engine.decoders._records import batches, begins_json, moved, whole_lines
from engine.decoders.envelopes import recordlike
from engine.decompress import Fault
from engine.jsontext import values
from engine.model import Batch, Blob, Problem, Reading
from engine.windows.grouping import is_windows
from engine.windows.kinds import WINDOWS
from engine.windows.lines import flat

__all__ = ["decode", "recognise"]

FIRST = (1 << 20, 4 << 20)
"""Bytes of the first pieces of a log, about."""

_EVENT_ID = re.compile(rb'"(?:EventID|EventCode|EventId|event_id|winlog\.event_id)"\s*:')
_BESIDE = re.compile(
    rb'"(?:Channel|LogName|Provider_Name|SourceName|ProviderName|Provider|winlog|winlog\.channel|event_data)"\s*:'
)


def recognise(head: bytes, ref: str) -> float:
    """Likely where events have an id and say which log of Windows they are from. A list is for the JSON decoder."""
    return (
        0.8
        if begins_json(head) and head.lstrip()[:1] != b"[" and _EVENT_ID.search(head) and _BESIDE.search(head)
        else 0.0
    )


def decode(chunks: Iterator[bytes | Fault], blob: Blob, reading: Reading) -> Iterator[Batch | Problem]:
    """Records in order; see `engine.decoders` for the shape of what is given."""
    pieces = _few_first(whole_lines(chunks))
    number, offset = 1, 0
    for piece in pieces:
        batch = _flat(piece, number, reading) if isinstance(piece, bytes) else None
        if batch is None:
            items = moved(values(chain((piece,), pieces), recordlike, False), offset)
            yield from _said(batches(items, blob, reading, number > 1, number))
            return
        yield batch
        number += len(batch.records)
        offset += len(piece)


def _few_first(pieces: Iterator[bytes | Fault]) -> Iterator[bytes | Fault]:
    """The same lines, the first of them in small pieces: what is learnt from these, the others are decoded by."""
    piece = next(pieces, b"")
    for size in FIRST:
        if isinstance(piece, bytes) and (end := piece.find(b"\n", size) + 1):
            yield piece[:end]
            piece = piece[end:]
    if piece:
        yield piece
    yield from pieces


def _said(items: Iterable[Batch | Problem]) -> Iterator[Batch | Problem]:
    """What stands among events of Windows and is of no other log that is known, is taken for one."""
    for item in items:
        yield item._replace(logsource=WINDOWS) if isinstance(item, Batch) and not any(item.logsource) else item


def _flat(text: bytes, number: int, reading: Reading) -> Batch | None:
    """Flat events, one a line; None for anything else."""
    told = reading.logsource or WINDOWS
    lines = one_a_line(text) if is_windows(told) else None
    return flat(lines, number, reading.shapes, told) if lines and reading.shapes else None
