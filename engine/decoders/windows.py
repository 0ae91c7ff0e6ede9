"""Windows events in JSON, in any of the shapes that collectors give them.

Flat (NXLog, Logstash, Splunk, Sigma's own names), Winlogbeat and the Elastic agent (`winlog`), and the event's XML in
JSON (evtx_dump, Chainsaw, Velociraptor: `Event.System`). Flat events that stand one a line are decoded narrowly where
the caller gives their shapes; all others, and what wraps them, are read as JSON is. A file may mix all of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import cast

from engine.decoders._narrow import one_a_line
from engine.decoders._records import batches, begins_json, moved, whole_lines
from engine.decoders.envelopes import recordlike
from engine.decompress import Fault
from engine.jsontext import values
from engine.model import Batch, Blob, LogSource, Problem, Reading
from engine.projection import Shape
from engine.windows.grouping import is_windows
from engine.windows.kinds import WINDOWS
from engine.windows.lines import flat

__all__ = ["decode", "recognise"]

FIRST = 400, 2_000
"""Up to which lines the first batches of a piece go."""

Shapes = Callable[[LogSource], Shape]

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
    pieces = whole_lines(chunks)
    number, offset = 1, 0
    for piece in pieces:
        lines = _lines(piece, reading) if isinstance(piece, bytes) else []
        done = 0
        for some in _few_first(lines):
            batch = flat(some, number, cast(Shapes, reading.shapes), reading.logsource or WINDOWS)
            if batch is None:
                break
            yield batch
            done += len(some)
            number += len(some)
        if done < len(lines) or not lines:
            start = _offset(cast(bytes, piece), done) if done else 0
            rest = chain((piece[start:] if start else piece,), pieces)
            items = moved(values(cast(Iterator[bytes | Fault], rest), recordlike, False), offset + start)
            yield from _said(batches(items, blob, reading, number > 1, number))
            return
        offset += len(piece)


def _lines(text: bytes, reading: Reading) -> list[bytes]:
    """Lines that may be flat events; none where they are anything else."""
    told = reading.logsource or WINDOWS
    return (one_a_line(text) or []) if reading.shapes and is_windows(told) else []


def _few_first(lines: list[bytes]) -> Iterator[list[bytes]]:
    """The same lines, a few of them first: what is learnt from these, the others are decoded by."""
    start = 0
    for end in (*FIRST, len(lines)):
        if start < end and (some := lines[start:end]):
            yield some
            start = end


def _offset(text: bytes, lines: int) -> int:
    """Where in a text so many lines that hold anything end."""
    at = 0
    while lines:
        end = text.index(b"\n", at) + 1
        lines -= not text[at:end].isspace()
        at = end
    return at


def _said(items: Iterable[Batch | Problem]) -> Iterator[Batch | Problem]:
    """What stands among events of Windows and is of no other log that is known, is taken for one."""
    for item in items:
        yield item._replace(logsource=WINDOWS) if isinstance(item, Batch) and not any(item.logsource) else item
