"""One blob through the stateless half: what a worker does, in this process or another."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
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

PIECE = 2_000
"""Detections given on at once, at most: so much of a blob in which everything matches is held in memory."""


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
        found: list[Found] = []
        for index, numbers in self.detector.match(batch):
            if times.inside(index):
                found.extend(self._found(batch, index, numbers, blob))
            if len(found) >= PIECE:
                yield tally, found
                tally, found = Tally(), []
        yield tally, found

    def _found(self, batch: Batch, index: int, numbers: tuple[int, ...], blob: Blob) -> Iterator[Found]:
        known = logsources.known(batch.logsource)
        fields = batch.whole(index) if batch.whole else batch.records[index]
        paths = (self.reading.time_field,) if self.reading.time_field else known.time
        identity = next((text for path in known.ids if isinstance(text := lookup(fields, path), str) and text), None)
        position = batch.first + index
        event = Event(time_of(fields, paths), batch.logsource, fields, Ref(blob.ref, position), identity)
        record = Record(lambda: fields, partial(batch.raw, index) if batch.raw else None)
        principal = who(event)
        for number in numbers:
            detection = self.detector.detection(number, event, record)
            yield Found(number, position, _identity(detection.rule.key, identity), principal, self.row(detection))


def _identity(rule: str, event: str | None) -> bytes | None:
    if event is None:
        return None
    return hashlib.blake2b(f"{len(rule)}:{rule}{event}".encode("utf-8", "surrogatepass"), digest_size=16).digest()
