"""Values to batches of records: wrappers opened, each record told what log it is of, and what is no log counted.

Whether JSON of unknown kind is a log at all: yes where the user named the file, or said its format or logsource; else
if among its first 1,000 objects one has a time where logs put it (logsources/), or the `--time-field`. A
configuration file that lies in a folder of logs has none, and is passed over as "no-log". So is JSON that breaks before
anything was read, unless the name says that it is JSON or its text that it is CloudTrail: then it is a broken log.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from engine.decoders.envelopes import Skip, Text, is_cloudtrail, opened, recordlike
from engine.decompress import Fault, chunks
from engine.jsontext import Damage, Found, told, values
from engine.logsources import known, lookup
from engine.logsources.signs import recognised
from engine.model import Batch, Blob, LogSource, Problem, Reading
from engine.times import parse_time

__all__ = ["BATCH", "CLOUDTRAIL", "Records", "batches", "begins_json", "moved", "says_json", "split", "whole_lines"]

BATCH = 1_000
CLOUDTRAIL = LogSource("aws", "cloudtrail")
_UNKNOWN = LogSource()
_DEEPEST = 8  # wrappers within wrappers
_SAYS_JSON = re.compile(r"\.(?:json|jsonl|ndjson)(?:\.(?:gz|gzip|zst|zstd|bz2|xz))?$", re.IGNORECASE)


def begins_json(head: bytes) -> bool:
    """Whether text begins as JSON objects or lists do; record separators and zeros may come first."""
    return head.lstrip(b" \t\r\n\f\v\x1e\0")[:1] in (b"{", b"[")


def says_json(ref: str) -> bool:
    """Whether a file's name claims that it is JSON."""
    return _SAYS_JSON.search(ref) is not None


def whole_lines(chunks: Iterable[bytes | Fault]) -> Iterator[bytes | Fault]:
    """The same text, cut behind line breaks, as far as it has any: a line longer than a chunk is cut anywhere."""
    left = b""
    for chunk in chunks:
        if isinstance(chunk, Fault):
            if left:
                yield left
            yield chunk
            left = b""
            continue
        end = chunk.rfind(b"\n") + 1
        if end:
            yield left + chunk[:end] if left else chunk[:end]
            left = chunk[end:]
        elif left:
            yield left + chunk
            left = b""
        else:
            left = chunk
    if left:
        yield left


def split(text: bytes, raws: list[msgspec.Raw], start: int = 0) -> Iterator[Found | Damage]:
    """The values of a text that one call has split; only of values that may be reported, the place is found out."""
    places = _Places(text, raws)
    for index in range(start, len(raws)):
        raw = raws[index]
        try:
            value, odd = told(raw)
        except ValueError as error:  # splitting looks less closely: at numbers for one
            yield Damage(places.of(index), len(bytes(raw)), f"broken JSON: {error}", "broken-json")
            continue
        ours = type(value) is dict and is_cloudtrail(value)
        yield Found(0 if ours and not odd else places.of(index), value, odd)


class _Places:
    """Where the pieces of a text stand in it; worked out from the first to the one asked for, each once."""

    def __init__(self, text: bytes, raws: list[msgspec.Raw]) -> None:
        self._text = text
        self._raws = raws
        self._known: list[int] = []
        self._end = 0

    def of(self, index: int) -> int:
        while len(self._known) <= index:
            raw = bytes(self._raws[len(self._known)])
            at = max(self._text.find(raw, self._end), self._end)
            self._known.append(at)
            self._end = at + len(raw)
        return self._known[index]


def moved(items: Iterable[Found | Damage | Fault], offset: int) -> Iterator[Found | Damage | Fault]:
    """What was found in the rest of a text, placed in the whole of it; a Fault is placed so already."""
    if not offset:
        return iter(items)
    return (item if isinstance(item, Fault) else item._replace(offset=item.offset + offset) for item in items)


def batches(
    items: Iterable[Found | Damage | Fault],
    blob: Blob,
    reading: Reading,
    certain: bool,
    first: int = 1,
    plain: LogSource | None = None,
) -> Iterator[Batch | Problem]:
    """Turn everything read from one blob into batches and problems.

    certain  it is a log, whatever its records look like
    first    number of the first record, where others of the blob have been read before
    plain    every value is a record, none is wrapped, and this is what it is of where it does not tell more
    """
    records = Records(blob, reading, certain, first)
    for item in items:
        if type(item) is Found:
            if plain is not None:
                records.add(item.value, recognised(item.value) or plain)
            else:
                records.lenient(item)
                records.take(item.value, item.offset)
        else:
            records.fault(item)  # type: ignore[arg-type]
        if records.ready:
            yield from records.given()
    records.finish()
    yield from records.given()


class Records:
    """Collects the records of one blob; what is done stands in `ready`, for the caller to yield and clear."""

    def __init__(self, blob: Blob, reading: Reading, certain: bool, first: int = 1) -> None:
        self.ready: list[Batch | Problem] = []
        self._blob = blob
        self._reading = reading
        said = certain or blob.named or reading.format is not None or reading.logsource is not None
        self._certain: bool | None = True if said else None  # None: not yet known whether this is a log
        self._broken = certain or blob.named or says_json(blob.ref)
        self._default = CLOUDTRAIL if reading.format == "cloudtrail" else _UNKNOWN
        self._held: list[dict[str, Any]] = []
        self._logsource = _UNKNOWN
        self._next = first
        self._faults: list[Problem] = []
        self._skipped: dict[Skip, int] = {}
        self._odd = 0
        self._odd_offset: int | None = None
        self._lenient = 0
        self._lenient_offset: int | None = None

    def given(self) -> list[Batch | Problem]:
        """What is ready, once."""
        ready, self.ready = self.ready, []
        return ready

    def take(self, value: Any, offset: int, depth: int = 0) -> None:
        """Take one value: a record, a wrapper, or something that is no object."""
        if type(value) is dict:
            if is_cloudtrail(value):
                self.add(value, CLOUDTRAIL)
                return
            logsource = recognised(value)
            inside = opened(value) if logsource is None and depth < _DEEPEST else None
            if inside is None:
                self.add(value, logsource or self._default)
                return
            for item in inside:
                self.take(item, offset, depth + 1)
        elif type(value) is list and depth < _DEEPEST:
            for item in value:
                self.take(item, offset, depth + 1)
        elif type(value) is Text:
            self._text(value.text, offset, depth)
        elif type(value) is Skip:
            self._skipped[value] = self._skipped.get(value, 0) + 1
        else:
            self._odd += 1
            self._odd_offset = offset if self._odd_offset is None else self._odd_offset

    def lenient(self, item: Found) -> None:
        """Count what strict JSON refuses."""
        if item.odd:
            self._lenient += 1
            self._lenient_offset = item.offset if self._lenient_offset is None else self._lenient_offset

    def fault(self, item: Damage | Fault) -> None:
        """Take note of what could not be read."""
        lost = True if isinstance(item, Damage) else item.lost
        problem = Problem(self._blob.ref, item.offset, item.fault, lost, item.kind)
        if isinstance(item, Fault):
            self._certain = self._certain or None
        if self._next == 1 and not self._held and not self._broken and isinstance(item, Damage):
            self._faults.append(problem)
            return
        self._flush()
        self.ready.append(problem)

    def finish(self) -> None:
        """After the last value: the rest of the records, and what was counted."""
        self._flush()
        ref = self._blob.ref
        for skip, count in self._skipped.items():
            self.ready.append(Problem(ref, None, f"{count} {skip.what}{'' if count == 1 else 's'}", False, skip.kind))
        if self._lenient and self._next > 1:
            some = "1 record that is" if self._lenient == 1 else f"{self._lenient:,} records that are"
            fault = f"{some} no strict JSON, here first; read as far as can be"
            self.ready.append(Problem(ref, self._lenient_offset, fault, True, "odd-json"))
        if self._odd:
            fault = f"{self._odd} value{'' if self._odd == 1 else 's'} where an object was expected"
            lost = self._next > 1 or self._broken
            self.ready.append(Problem(ref, self._odd_offset, fault, lost, "no-object"))
        if self._certain is False or (self._faults and self._next == 1):
            self.ready.append(Problem(ref, None, "is JSON, but no log that is known", False, "no-log"))

    def add(self, record: dict[str, Any], logsource: LogSource) -> None:
        """Take a record of which it is known what it is."""
        if logsource is not self._logsource or len(self._held) >= BATCH:
            self._flush()
            self._logsource = logsource
        self._held.append(record)

    def _flush(self) -> None:
        """Make a batch of the records at hand, unless this turns out to be no log."""
        records, self._held = self._held, []
        if not records:
            return
        if self._logsource != _UNKNOWN:
            self._certain = True
        elif self._certain is None:
            self._certain = any(self._timed(record) for record in records)
        if not self._certain:
            return
        self.ready += self._faults
        self._faults = []
        self.ready.append(Batch(self._reading.logsource or self._logsource, records, self._next))
        self._next += len(records)

    def _timed(self, record: dict[str, Any]) -> bool:
        field = self._reading.time_field
        paths = (field,) if field else known(_UNKNOWN).time
        return any(parse_time(lookup(record, path)) is not None for path in paths)

    def _text(self, text: str | bytes, offset: int, depth: int) -> None:
        """Take the JSON text inside a wrapper; a fault in it is placed at the wrapper."""
        raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
        try:
            value, odd = told(raw)
        except ValueError:
            for item in values(chunks(io.BytesIO(raw), self._reading.max_bytes), recordlike, False):
                if isinstance(item, Found):
                    self.lenient(item._replace(offset=offset))
                    self.take(item.value, offset, depth + 1)
                else:
                    self.fault(item._replace(offset=offset, fault=f"inside a wrapper: {item.fault}"))
        else:
            self.lenient(Found(offset, value, odd))
            self.take(value, offset, depth + 1)
