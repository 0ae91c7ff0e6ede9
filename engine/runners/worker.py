"""One blob through the stateless half: what a worker does, in this process or another."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

from engine import decoders, logsources, sources
from engine.glance import who
from engine.logsources import lookup
from engine.match import Detector
from engine.match.record import Record
from engine.model import Batch, Blob, Detection, Event, LogSource, Problem, Reading, Ref
from engine.runners.clock import time_of, times_of

__all__ = ["Found", "Tally", "Worker"]

PIECE = 250
"""Records with hits that are given on at once, at most: so much of a blob in which everything matches is in memory."""


class Found(NamedTuple):
    """A detection as far as the run needs it.

    rule       number in the ruleset
    position   of the event in its blob
    identity   digest of rule and event id, by which a second copy is known; None where events have no id
    who        the principal, "" when not known
    row        what the output made of it
    """

    rule: int
    position: int
    identity: bytes | None
    who: str
    row: Any


@dataclass
class Tally:
    """Counts over some batches; what `Summary` says of them."""

    events: int = 0
    untimed: int = 0
    outside: int = 0
    first: int | None = None
    last: int | None = None
    logsources: Counter[LogSource] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Take in the counts of what came after."""
        self.events += other.events
        self.untimed += other.untimed
        self.outside += other.outside
        self.first = min((time for time in (self.first, other.first) if time is not None), default=None)
        self.last = max((time for time in (self.last, other.last) if time is not None), default=None)
        self.logsources.update(other.logsources)
        self.problems.extend(other.problems)


class Worker:
    """Scans blobs one after the other with one detector, which gets quicker as it learns.

    row           what to keep of a detection: an output's `row`
    since, until  microseconds; events outside are counted, not reported
    """

    def __init__(
        self,
        detector: Detector,
        row: Callable[[Detection], Any],
        reading: Reading,
        since: int | None = None,
        until: int | None = None,
    ) -> None:
        self.detector = detector
        self.row = row
        self.reading = reading if reading.time_field else reading._replace(shapes=detector.shape)
        self.since = since
        self.until = until

    def __reduce__(self) -> tuple[Any, ...]:
        return Worker, (self.detector, self.row, self.reading._replace(shapes=None), self.since, self.until)

    def scan(self, blob: Blob) -> Iterator[tuple[Tally, list[Found]]]:
        """Counts and detections of one blob, in order, in pieces; nothing that the blob holds raises."""
        try:
            yield from self._read(blob)
        except Exception as error:  # noqa: BLE001
            # A defect of ours must not cost the other files, and must not pass for "nothing found".
            fault = f"the engine failed on it, please report this: {type(error).__name__}: {error}"
            yield Tally(problems=[Problem(blob.ref, None, fault, True, "internal")]), []

    def _read(self, blob: Blob) -> Iterator[tuple[Tally, list[Found]]]:
        try:
            stream = sources.source(blob.source).open(blob)
        except OSError as error:
            fault = f"cannot be read: {error.strerror or error}"
            yield Tally(problems=[Problem(blob.ref, None, fault, True, "unreadable")]), []
            return
        with stream:
            for item in decoders.decode(blob, stream, self.reading):
                if isinstance(item, Problem):
                    yield Tally(problems=[item]), []
                else:
                    yield from self._batch(item, blob)

    def _batch(self, batch: Batch, blob: Blob) -> Iterator[tuple[Tally, list[Found]]]:
        times = times_of(batch, self.reading, self.since, self.until)
        tally = Tally(len(batch.records), times.untimed, times.outside, times.first, times.last)
        tally.logsources[batch.logsource] += len(batch.records)
        hits = [hit for hit in self.detector.match(batch) if times.inside(hit[0])]
        for start in range(0, len(hits), PIECE):
            yield tally, self._found(batch, hits[start : start + PIECE], blob)
            tally = Tally()
        if not hits:
            yield tally, []

    def _found(self, batch: Batch, hits: list[tuple[int, tuple[int, ...]]], blob: Blob) -> list[Found]:
        """What is found in some records: all are read, then all explained, then all rendered.

        One step after the other for all of them is a good deal quicker than all steps for each: hits are rare, and
        whatever a step needs would have left the processor's caches by the next one.
        """
        reads = self._records(batch, [index for index, _ in hits], blob)
        principals = [who(event) for event, _ in reads]
        detections = [
            (number, event, self.detector.detection(number, event, record), principal)
            for (_, numbers), (event, record), principal in zip(hits, reads, principals, strict=True)
            for number in numbers
        ]
        rows = [self.row(detection) for _, _, detection, _ in detections]
        return [
            Found(number, event.ref.position, _identity(detection.rule.key, event.id), principal, row)
            for (number, event, detection, principal), row in zip(detections, rows, strict=True)
        ]

    def _records(self, batch: Batch, indexes: list[int], blob: Blob) -> list[tuple[Event, Record]]:
        known = logsources.known(batch.logsource)
        paths = (self.reading.time_field,) if self.reading.time_field else known.time
        wholes = [batch.whole(index) if batch.whole else batch.records[index] for index in indexes]
        reads = []
        for index, fields in zip(indexes, wholes, strict=True):
            ref = Ref(blob.ref, batch.first + index)
            event = Event(time_of(fields, paths), batch.logsource, fields, ref, _id(fields, known.ids))
            reads.append((event, Record(partial(_same, fields), partial(batch.raw, index) if batch.raw else None)))
        return reads


def _same(fields: dict[str, Any]) -> dict[str, Any]:
    return fields


def _id(fields: dict[str, Any], paths: Sequence[str]) -> str | None:
    return next((text for path in paths if isinstance(text := lookup(fields, path), str) and text), None)


def _identity(rule: str, event: str | None) -> bytes | None:
    if event is None:
        return None
    return hashlib.blake2b(f"{len(rule)}:{rule}{event}".encode("utf-8", "surrogatepass"), digest_size=16).digest()
