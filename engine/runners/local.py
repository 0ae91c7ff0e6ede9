"""A scan on this machine: finds the blobs, has them scanned by one process or many, and writes in order."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from engine import sources
from engine.logsources import routed
from engine.match import Detector
from engine.model import Blob, Level, LogSource, Problem, Reading, Summary
from engine.outputs import Output
from engine.rules import Ruleset
from engine.runners.pool import scan_all
from engine.runners.worker import Found, Tally, Worker
from engine.version import __version__

__all__ = ["Scan", "run"]

PROBLEMS = 1_000
"""Problems kept with their place, at most; the rest are counted."""

TOP = 10

Progress = Callable[[int, int, int], None]
"""Called with (files done, files in all, events so far)."""


@dataclass(frozen=True)
class Scan:
    """What to scan, with what, and where the result goes.

    sources       targets: folders, files, globs, "-"
    workers       processes; 1 scans in this one
    since, until  microseconds; events outside are counted, not reported
    fail_on       the level from which on `Summary.fail_on_met` is set
    started       `time.perf_counter()` when the run began, for the summary's seconds
    """

    sources: tuple[str, ...]
    ruleset: Ruleset
    output: Output
    workers: int = 1
    since: int | None = None
    until: int | None = None
    reading: Reading = field(default_factory=Reading)
    all_logsources: bool = False
    fail_on: Level | None = None
    progress: Progress | None = None
    started: float = field(default_factory=time.perf_counter)


def run(scan: Scan) -> Summary:
    """Scan everything and write every detection; the same output for any number of workers.

    Ctrl-C ends the scan early: what was found is written, and the summary says `interrupted`.

    Raises UsageError for a source that is not there.
    """
    report = _Report(scan)
    scan.output.start()
    try:
        blobs = [blob for blob in report.blobs() if isinstance(blob, Blob)]
        worker = Worker(
            Detector(scan.ruleset, all_logsources=scan.all_logsources),
            type(scan.output).row,
            scan.reading,
            scan.since,
            scan.until,
        )
        report.reading_starts()
        for done, tally, found in scan_all(blobs, worker, scan.workers):
            report.add(tally, found, done)
            if scan.progress:
                scan.progress(done, len(blobs), report.tally.events)
    except KeyboardInterrupt:
        report.interrupted = True
    summary = report.summary()
    scan.output.close(summary)
    return summary


class _Report:
    """Writes what is found, each event once a rule, and counts."""

    def __init__(self, scan: Scan) -> None:
        self.scan = scan
        self.tally = Tally()
        self.interrupted = False
        self.files = 0
        self.bytes = 0
        self.skipped: Counter[str] = Counter()
        self.problems: list[Problem] = []
        self.problems_total = 0
        self.detections: Counter[int] = Counter()
        self.principals: Counter[str] = Counter()
        self.events_with_hits = 0
        self.duplicates = 0
        self._seen: set[bytes] = set()
        self._last_hit = (-1, -1)
        self._start_seconds = 0.0

    def blobs(self) -> Iterator[Blob | Problem]:
        """Everything there is to scan, in order of source and ref; what is passed over is noted."""
        for target in self.scan.sources:
            found = sources.for_target(target).find(target, since=self.scan.since, until=self.scan.until)
            for item in found:
                if isinstance(item, Problem):
                    self._problem(item)
                else:
                    self.files += 1
                    self.bytes += item.size or 0
                yield item

    def reading_starts(self) -> None:
        """Note how long it took until the first event could be read."""
        self._start_seconds = time.perf_counter() - self.scan.started

    def add(self, tally: Tally, found: Iterable[Found], blob: int) -> None:
        """Take in a piece of a blob: write what is new of it."""
        for problem in tally.problems:
            self._problem(problem)
        tally.problems.clear()
        self.tally.add(tally)
        for each in found:
            if each.identity is not None:
                if each.identity in self._seen:
                    self.duplicates += 1
                    continue
                self._seen.add(each.identity)
            self.detections[each.rule] += 1
            if (blob, each.position) != self._last_hit:
                self._last_hit = blob, each.position
                self.events_with_hits += 1
            if each.who:
                self.principals[each.who] += 1
            self.scan.output.write(each.row)

    def _problem(self, problem: Problem) -> None:
        if not problem.lost:
            self.skipped[problem.kind] += 1
            return
        self.problems_total += 1
        if len(self.problems) < PROBLEMS:
            self.problems.append(problem)

    def summary(self) -> Summary:
        """What the run saw."""
        scan, rules = self.scan, self.scan.ruleset.rules
        levels = Counter[Level]()
        distinct = Counter[Level]()
        for number, count in self.detections.items():
            levels[rules[number].level] += count
            distinct[rules[number].level] += 1
        used = self._used()
        events = self.tally.events
        return Summary(
            version=__version__,
            sources=scan.sources,
            files=self.files,
            bytes=self.bytes,
            events=events,
            events_with_hits=self.events_with_hits,
            detections=sum(levels.values()),
            duplicates=self.duplicates,
            untimed=self.tally.untimed,
            out_of_range=self.tally.outside,
            first=self.tally.first,
            last=self.tally.last,
            levels=tuple((level, levels[level], distinct[level]) for level in sorted(levels, reverse=True)),
            top_rules=tuple(
                (rules[number].title, rules[number].level, count)
                for number, count in sorted(self.detections.items(), key=lambda item: (-item[1], item[0]))[:TOP]
            ),
            top_principals=tuple(sorted(self.principals.items(), key=lambda item: (-item[1], item[0]))[:TOP]),
            logsources=tuple(sorted(self.tally.logsources.items(), key=lambda item: (-item[1], str(item[0])))),
            rules=len(rules),
            rules_used=used,
            rejected=len(scan.ruleset.rejected),
            skipped=tuple(sorted(self.skipped.items())),
            problems=tuple(self.problems),
            problems_total=self.problems_total,
            warnings=tuple(self._warnings(used)),
            reduction=1 - self.events_with_hits / events if events else 0.0,
            seconds=time.perf_counter() - scan.started,
            start_seconds=self._start_seconds,
            interrupted=self.interrupted,
            fail_on=scan.fail_on,
            fail_on_met=scan.fail_on is not None and any(level >= scan.fail_on for level in levels),
        )

    def _used(self) -> int:
        """How many rules look at any of the logsources that were met."""
        if self.scan.all_logsources:
            return len(self.scan.ruleset.rules) if self.tally.events else 0
        met = tuple(self.tally.logsources)
        return sum(any(routed(rule.logsource, logsource) for logsource in met) for rule in self.scan.ruleset.rules)

    def _warnings(self, used: int) -> Iterator[str]:
        """What makes the result mean less than it seems to."""
        events = self.tally.events
        if not self.files and not self.interrupted:
            yield "there was no file to read"
        elif not events and not self.interrupted:
            yield "no file held a log: nothing was scanned"
        if events and self.scan.ruleset.rules and not used:
            met = "; ".join(str(logsource) for logsource in self.tally.logsources)
            yield f"no rule looks at these events ({met}): name their kind with --logsource, or use --all-logsources"
        elif (unknown := self.tally.logsources.get(LogSource(), 0)) and not self.scan.all_logsources:
            yield f"no rule looks at {unknown:,} events of an unknown kind: name it with --logsource"
        if events and self.tally.untimed == events:
            yield "no event has a time that can be read: name the field with --time-field"
