"""What a scan found, written as it comes and counted for the summary."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator

from engine.errors import rules_of
from engine.handover import Hits
from engine.logsources import routed
from engine.model import Blob, Level, LogSource, Problem, Summary
from engine.rules import Correlation, Rule
from engine.runners.interrupt import Whole
from engine.runners.scan import Scan
from engine.runners.worker import Found, Tally
from engine.sources import Item
from engine.version import __version__

__all__ = ["Report"]

PROBLEMS = 1_000
"""Problems kept with their place, at most; the rest are counted."""

TOP = 10
"""Rules and principals named in the summary."""


class Report:
    """Writes what is found, each event once a rule, and counts."""

    hits: Hits | None = None
    """What workers are to tell correlations."""

    def __init__(self, scan: Scan) -> None:
        self.scan = scan
        self.whole = Whole()
        self.tally = Tally()
        self.interrupted = False
        self.files = 0
        self.bytes = 0
        self.skipped: Counter[str] = Counter()
        self.problems: list[Problem] = []
        self.problems_total = 0
        self.passed: list[Problem] = []
        self.no_logs = 0
        self.detections: Counter[int] = Counter()
        self.principals: Counter[str] = Counter()
        self.events_with_hits = 0
        self.duplicates = 0
        self._seen: set[bytes] = set()
        self._last_hit = (-1, -1)
        self._last_passed = ""
        self._start_seconds = 0.0

    def blobs(self, target: str, found: Iterable[Item]) -> Iterator[Blob]:
        """Of what a source has for a target, the blobs; what it passed over is noted."""
        for item in found:
            if isinstance(item, Problem):
                self._problem(item)
            elif isinstance(item, Blob):
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
            # A file has many records that are no events, but is passed over once.
            if not problem.lost and problem.ref != self._last_passed:
                self._last_passed = problem.ref
                self.no_logs += 1
        tally.problems.clear()
        self.tally.add(tally)
        for each in found:
            if each.identity is not None:
                if each.identity in self._seen:
                    self.duplicates += 1
                    continue
                self._seen.add(each.identity)
            with self.whole:  # Ctrl-C comes while a slow reader is waited for
                self.scan.output.write(each.row)
                self.detections[each.rule] += 1
            if (blob, each.position) != self._last_hit:
                self._last_hit = blob, each.position
                self.events_with_hits += 1
            if each.who:
                self.principals[each.who] += 1

    def decide(self) -> None:
        """All is read; a report with correlations now says what they found."""

    def _problem(self, problem: Problem) -> None:
        if not problem.lost:
            self.skipped[problem.kind] += 1
            if len(self.passed) < PROBLEMS:
                self.passed.append(problem)
            return
        self.problems_total += 1
        if len(self.problems) < PROBLEMS:
            self.problems.append(problem)

    def summary(self) -> Summary:
        """What the run saw."""
        scan = self.scan
        rules: tuple[Rule | Correlation, ...] = (*scan.ruleset.rules, *scan.ruleset.correlations)
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
            bytes=self.bytes + self.tally.bytes,
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
            rejected=rules_of(scan.ruleset.rejected),
            skipped=tuple(sorted(self.skipped.items())),
            problems=tuple(self.problems),
            problems_total=self.problems_total,
            passed=tuple(self.passed),
            nothing=self._no_log(),
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

    def _no_log(self) -> bool:
        """Whether there was no log at all: one without events, or of another time, is one."""
        read = self.tally.events or self.problems_total or self.interrupted
        return not read and not self.skipped["out-of-range"] and self.no_logs >= self.files

    def _warnings(self, used: int) -> Iterator[str]:
        """What makes the result mean less than it seems to."""
        events = self.tally.events
        if not events and not self.interrupted:
            yield self._nothing()
        if events and self.scan.ruleset.rules and not used:
            met = "; ".join(str(kind) if any(kind) else "of an unknown kind" for kind in self.tally.logsources)
            yield f"no rule looks at these events ({met}): name their kind with --logsource, or use --all-logsources"
        elif (unknown := self.tally.logsources.get(LogSource(), 0)) and not self.scan.all_logsources:
            yield f"no rule looks at {unknown:,} events of an unknown kind: name it with --logsource"
        elif (unnamed := self.tally.logsources.get(LogSource("windows"), 0)) and not self.scan.all_logsources:
            some = "1 event of Windows names" if unnamed == 1 else f"{unnamed:,} events of Windows name"
            yield f"{some} no channel that is known; rules see them only by product: name one with --logsource"
        if events and self.tally.untimed == events:
            yield "no event has a time that can be read: name the field with --time-field"

    def _nothing(self) -> str:
        """Why no event was read."""
        outside = self.skipped["out-of-range"]
        if outside:
            return f"nothing was scanned: by their dates, {outside:,} files are not of the time asked for"
        if self.files:
            return "nothing was scanned: no file held a log, or none with an event in it"
        return "nothing was scanned: there was no file to read"
