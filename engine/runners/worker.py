"""One blob through the stateless half: what a worker does, in this process or another."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from engine import decoders, logsources, sources
from engine.glance import who
from engine.handover import Hits
from engine.hit import Hit
from engine.logsources import lookup
from engine.match import Detector
from engine.match.record import Record
from engine.model import Batch, Blob, Detection, Event, LogSource, Problem, Reading, Ref
from engine.runners.clock import time_of, times_of

__all__ = ["Found", "Piece", "Tally", "Worker"]

TOGETHER = 250
"""Hits that are explained and rendered together, about: so many whole records are in memory."""

T = TypeVar("T")


class Found(NamedTuple):
    """A detection as far as the run needs it.

    rule       number in the ruleset
    position   of the event in its blob
    identity   digest of rule and event id, by which a second copy is known; None where events have no id
    who        the principal, "" when not known
    row        what the output made of it; None for a rule that is not reported on its own
    hit        what it says to correlations, where one asks
    """

    rule: int
    position: int
    identity: bytes | None
    who: str
    row: Any
    hit: Hit | None = None


@dataclass
class Tally:
    """Counts over some batches; what `Summary` says of them. `bytes` counts only streams, whose size nobody knew."""

    events: int = 0
    untimed: int = 0
    outside: int = 0
    first: int | None = None
    last: int | None = None
    logsources: Counter[LogSource] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    bytes: int = 0

    def add(self, other: Tally) -> None:
        """Take in the counts of what came after."""
        self.events += other.events
        self.untimed += other.untimed
        self.outside += other.outside
        self.first = min((time for time in (self.first, other.first) if time is not None), default=None)
        self.last = max((time for time in (self.last, other.last) if time is not None), default=None)
        self.logsources.update(other.logsources)
        self.problems.extend(other.problems)
        self.bytes += other.bytes


@dataclass
class TimedTally(Tally):
    """Counts for correlations: the newest event time that can be believed, and how many events are of a later one."""

    end: int | None = None
    ahead: int = 0


Piece = tuple[int, Tally, list[Found]]
"""(blobs done before, counts, detections)."""


class Worker:
    """Scans blobs one after the other with one detector, which gets quicker as it learns.

    row           what to keep of a detection: an output's `row`; its `who`, if it has one, says how people are called
    since, until  microseconds; events outside are counted, not reported
    hits          what correlations ask for; None where there are none
    """

    def __init__(
        self,
        detector: Detector,
        row: Callable[[Detection], Any],
        reading: Reading,
        since: int | None = None,
        until: int | None = None,
        hits: Hits | None = None,
    ) -> None:
        self.detector = detector
        self.row = row
        self.who: Callable[[Event], str] = getattr(row, "who", who)
        self.reading = reading if reading.time_field else reading._replace(shapes=detector.shape)
        self.since = since
        self.until = until
        self.hits = hits

    def __reduce__(self) -> tuple[Any, ...]:
        reading = self.reading._replace(shapes=None)
        return Worker, (self.detector, self.row, reading, self.since, self.until, self.hits)

    def scan(self, blobs: Iterable[Blob]) -> Iterator[Piece]:
        """Counts and detections of some blobs, in order; nothing that they hold raises.

        Detections are explained and rendered for several blobs together. Hits are rare, and what that code and its
        data need would have left the processor's caches by the next one; together it takes a good deal less time.
        """
        held: list[_Held] = []
        hits = 0
        blobs = list(blobs)
        sources.fetch(blobs)
        for number, blob in enumerate(blobs):
            for tally, found in self._guarded(blob):
                held.append(_Held(number, tally, found))
                hits += len(found)
                # A file may have far more faults than hits; of a stream nobody knows when more will come.
                if max(hits, len(held)) >= TOGETHER or blob.size is None:
                    yield from self._rendered(held)
                    held, hits = [], 0
            held.append(_Held(number + 1, Tally(), []))
            if len(held) >= TOGETHER:
                yield from self._rendered(held)
                held, hits = [], 0
        yield from self._rendered(held)

    def _guarded(self, blob: Blob) -> Iterator[tuple[Tally, list[_Hit]]]:
        try:
            yield from self._read(blob)
        except Exception as error:  # noqa: BLE001
            # A defect of ours must not cost the other files, and must not pass for "nothing found".
            yield Tally(problems=[_defect(blob.ref, error)]), []

    def _read(self, blob: Blob) -> Iterator[tuple[Tally, list[_Hit]]]:
        try:
            stream = sources.source(blob.source).open(blob)
        except OSError as error:
            fault = f"cannot be read: {error.strerror or error}"
            kind = "gone" if isinstance(error, FileNotFoundError) else "unreadable"
            yield Tally(problems=[Problem(blob.ref, None, fault, True, kind)]), []
            return
        with stream:
            for item in decoders.decode(blob, stream, self.reading):
                if isinstance(item, Problem):
                    yield Tally(problems=[item]), []
                else:
                    yield from self._batch(item, blob)
            if blob.size is None:
                yield Tally(bytes=getattr(stream, "taken", 0)), []

    def _batch(self, batch: Batch, blob: Blob) -> Iterator[tuple[Tally, list[_Hit]]]:
        times = times_of(batch, self.reading, self.since, self.until)
        tally = Tally(len(batch.records), times.untimed, times.outside, times.first, times.last)
        if self.hits is not None:
            tally = self._believed(batch, tally, self.hits.horizon)
        for part in [batch] if batch.parts is None else [part for _, part in batch.parts]:
            tally.logsources[part.logsource] += len(part.records)
        hits = [hit for hit in self.detector.match(batch) if times.inside(hit[0])]
        tally.problems += [Problem(blob.ref, None, said, True, "undecided") for said in self.detector.undecided()]
        kinds = batch.kinds() if hits and batch.parts is not None else None
        for start in range(0, len(hits), TOGETHER):
            some = hits[start : start + TOGETHER]
            yield tally, [self._hit(batch, *hit, blob, kinds[hit[0]] if kinds else batch.logsource) for hit in some]
            tally = Tally()
        if not hits:
            yield tally, []

    def _believed(self, batch: Batch, tally: Tally, horizon: int) -> TimedTally:
        """The tally with the newest time that is not after the horizon."""
        found = TimedTally(tally.events, tally.untimed, tally.outside, tally.first, tally.last, end=tally.last)
        if tally.last is not None and tally.last > horizon:
            times = times_of(batch, self.reading, self.since, horizon)
            found.end, found.ahead = times.last, times.outside - tally.outside
        return found

    def _hit(self, batch: Batch, index: int, numbers: tuple[int, ...], blob: Blob, logsource: LogSource) -> _Hit:
        known = logsources.known(logsource)
        paths = (self.reading.time_field,) if self.reading.time_field else known.time
        fields = batch.whole(index) if batch.whole else batch.records[index]
        ref = Ref(blob.ref, batch.first + index)
        original = batch.original(index) if batch.original else None
        event = Event(time_of(fields, paths), logsource, fields, ref, _id(fields, known.ids), original)
        raw = partial(_same, batch.raw(index)) if batch.raw else None
        return _Hit(event, Record(partial(_same, fields), raw), numbers)

    def _rendered(self, held: list[_Held]) -> Iterator[Piece]:
        try:
            found = iter(self._found([hit for each in held for hit in each.hits]))
            for number, tally, hits in held:
                yield number, tally, list(islice(found, sum(len(hit.numbers) for hit in hits)))
        except Exception:  # noqa: BLE001
            for number, tally, hits in held:
                yield number, tally, self._one_by_one(hits, tally)

    def _one_by_one(self, hits: list[_Hit], tally: Tally) -> list[Found]:
        """The same where something fails: all but what fails, and that is reported."""
        found: list[Found] = []
        for hit in hits:
            try:
                found += self._found([hit])
            except Exception as error:  # noqa: BLE001
                tally.problems.append(_defect(hit.event.ref.file, error))
        return found

    def _found(self, hits: list[_Hit]) -> list[Found]:
        if self.hits is not None:
            return self._correlated(hits, self.hits)
        principals = [self.who(hit.event) for hit in hits]
        detections = [
            (number, hit.event, self.detector.detection(number, hit.event, hit.record), principal)
            for hit, principal in zip(hits, principals, strict=True)
            for number in hit.numbers
        ]
        rows = [self.row(detection) for _, _, detection, _ in detections]
        return [
            Found(number, event.ref.position, _identity(detection.rule.key, event.id), principal, row)
            for (number, event, detection, principal), row in zip(detections, rows, strict=True)
        ]

    def _correlated(self, hits: list[_Hit], wanted: Hits) -> list[Found]:
        """The same with what correlations ask for; what is not reported on its own is not rendered."""
        each = [(number, hit, self.who(hit.event)) for hit in hits for number in hit.numbers]
        detections = [
            None if number in wanted.silent else self.detector.detection(number, hit.event, hit.record)
            for number, hit, _ in each
        ]
        rows = [None if detection is None else self.row(detection) for detection in detections]
        rules = self.detector.ruleset.rules
        return [
            Found(
                number,
                hit.event.ref.position,
                _identity(rules[number].key, hit.event.id),
                principal,
                row,
                wanted.hit(number, hit.event, self.detector),
            )
            for (number, hit, principal), row in zip(each, rows, strict=True)
        ]


class _Hit(NamedTuple):
    """An event, and the rules that match it."""

    event: Event
    record: Record
    numbers: tuple[int, ...]


class _Held(NamedTuple):
    """Part of a blob: the blobs done before, its counts, and hits that are not rendered yet."""

    number: int
    tally: Tally
    hits: list[_Hit]


def _defect(ref: str, error: Exception) -> Problem:
    fault = f"the engine failed on it, please report this: {type(error).__name__}: {error}"
    return Problem(ref, None, fault, True, "internal")


def _same(value: T) -> T:
    return value


def _id(fields: dict[str, Any], ids: Sequence[str | tuple[str, ...]]) -> str | None:
    """The first id that is there; one that is made of several fields is their list in JSON."""
    for each in ids:
        if isinstance(each, str):
            text = lookup(fields, each)
            if isinstance(text, str) and text:
                return text
        else:
            values = [lookup(fields, path) for path in each]
            if all(isinstance(value, str | int | float) and value != "" for value in values):
                return json.dumps(values, ensure_ascii=False)
    return None


def _identity(rule: str, event: str | None) -> bytes | None:
    if event is None:
        return None
    return hashlib.blake2b(f"{len(rule)}:{rule}{event}".encode("utf-8", "surrogatepass"), digest_size=16).digest()
