"""The report of a run with correlations, or of one that goes on from others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from engine.correlate import Correlator, Counts, Limits, sure
from engine.handover import Hits
from engine.hit import Episode, Hit
from engine.logsources import routed
from engine.model import Blob, Correlated, Delivered, Problem, Summary
from engine.outputs import tell
from engine.rules import Correlation
from engine.runners.continuing import Continuing
from engine.runners.deciding import Deciding
from engine.runners.delivered import delivered, watermark
from engine.runners.report import Report
from engine.runners.scan import Scan
from engine.runners.worker import Found, Tally, TimedTally
from engine.sources import Item

__all__ = ["AHEAD", "CorrelatedReport"]

AHEAD = 5 * 60 * 1_000_000
"""How far an event may be dated after it is read: clocks differ by so much, microseconds."""


class CorrelatedReport(Report):
    """Gives hits to correlations, decides when all is read, and writes what they say."""

    def __init__(self, scan: Scan) -> None:
        super().__init__(scan)
        self.ahead = 0
        self.end: int | None = None
        self.continuing = scan.continuing
        self._targets: dict[str, list[Blob | Delivered]] = {}
        self._refs: Counter[str] = Counter()
        self._marks: list[str] = []
        self._episodes: Counter[str] = Counter()
        states = self.continuing.begin(scan.ruleset, scan.now) if self.continuing else None
        self.deciding = Deciding(scan.ruleset, states, scan.limits or Limits(), scan.in_memory)
        self._silent = frozenset[int]()
        if scan.ruleset.correlations:
            self.hits = Hits.of(scan.ruleset, self.deciding.correlator.reads, scan.now + AHEAD)
            self._silent = self.hits.silent
        if self.continuing:
            self.deciding.take(self.continuing.ledger.hits())

    def blobs(self, target: str, found: Iterable[Item]) -> Iterator[Blob]:
        listed = self._targets.setdefault(target, [])
        noted = _noted(found, listed)
        for blob in super().blobs(target, self.continuing.unread(target, noted) if self.continuing else noted):
            self._refs[blob.ref] += 1
            self._marks.append(f"@{self._refs[blob.ref]}" if self._refs[blob.ref] > 1 else "")
            yield blob

    def add(self, tally: Tally, found: Iterable[Found], blob: int) -> None:
        """Take in a piece of a blob: what is new of it is written, and given to correlations."""
        listed = list(found)
        if self.continuing:
            listed, known = self.continuing.fresh(listed, blob)
            self.duplicates += known
            self.continuing.saw(tally.first, tally.end if isinstance(tally, TimedTally) else None)
        if isinstance(tally, TimedTally):
            self.ahead += tally.ahead
            self.end = max((time for time in (self.end, tally.end) if time is not None), default=None)
        if self.continuing:
            tally.problems = self.continuing.unfinished(blob, tally.problems)
        problems, events = list(tally.problems), tally.events
        new = [each for each in listed if self._is_new(each)]
        # Their copies are gone already; what is left is written, but for rules without a report of their own.
        told = [each._replace(identity=None) for each in new if each.rule not in self._silent]
        super().add(tally, told, blob)
        hits = [self._placed(each.hit, blob) for each in new if each.hit is not None]
        with self.whole:
            self.deciding.take(hits)
            if self.continuing:
                self.continuing.take(blob, events, problems, new, hits)
        if self.continuing:
            self.continuing.commit_when_due()

    def _is_new(self, found: Found) -> bool:
        if found.identity is None:
            return True
        if found.identity in self._seen:
            self.duplicates += 1
            return False
        self._seen.add(found.identity)
        return True

    def _placed(self, hit: Hit, blob: int) -> Hit:
        """The hit; one on an event without an id is known by a place that no other event has."""
        if hit.evidence[0].id is not None:
            return hit
        mark = self.continuing.mark(blob) if self.continuing else self._marks[blob]
        return hit._replace(event=hit.event + mark) if mark else hit

    def decide(self) -> None:
        """All is read: decide what can be decided, and write it."""
        if self.continuing is None:
            self._begin(self.end)
            self.deciding.decide(self.end, _nothing)
            if self.end is not None:
                self.deciding.close(self.end, self.scan.final, _nothing)
        elif self.interrupted:  # not all was read, so nothing is certain yet
            self.continuing.wait(self.deciding.waiting())
        else:
            self._decide_up_to_the_watermark(self.continuing)
        self._write()

    def _decide_up_to_the_watermark(self, continuing: Continuing) -> None:
        correlator = self.deciding.correlator

        def keep(episodes: list[Episode], upto: int | None) -> None:
            continuing.keep(correlator, episodes, upto)

        continuing.read()
        self.deciding.recall(continuing.ledger.episodes())
        words = [continuing.word(target, delivered(items, self.scan.now)) for target, items in self._targets.items()]
        reached = watermark(words, self.scan.now, continuing.lateness)
        until = max((time for time in (reached, correlator.watermark) if time is not None), default=None)
        end = continuing.newest
        self._begin(until)
        self.deciding.decide(until, keep)
        if self.scan.final and end is not None:
            self.deciding.close(end if until is None else max(end, until), True, keep)
        else:
            if until is not None:
                self.deciding.close(until, False, keep)
            if end is not None and getattr(self.scan.output, "foresees", False):
                self._foresee(continuing, end)

    def _foresee(self, continuing: Continuing, end: int) -> None:
        """Tell alerts what will be decided unless something comes late, and cannot be undone even then."""
        ruleset = self.scan.ruleset
        told = sure(ruleset) - ruleset.silent
        ahead = Correlator(ruleset, continuing.states, self.scan.limits or Limits())  # is never saved
        found: dict[str, Episode] = {}
        for episode in ahead.settle(end):
            if episode.correlation in told:
                before = found.get(episode.id)
                found[episode.id] = episode._replace(state=before.state) if before else episode
        for episode in found.values():
            self.scan.output.foresee(episode)  # type: ignore[attr-defined]

    def _begin(self, until: int | None) -> None:
        """Say from when on nothing is missed: the first event read, once it is decided that none comes before it."""
        first = self.continuing.oldest if self.continuing else self.tally.first
        if first is not None and until is not None and first <= until:
            self.deciding.correlator.begins(first)

    def _write(self) -> None:
        ruleset = self.scan.ruleset
        heads = {each.key: each.head for each in ruleset.correlations}
        numbers = {each.key: number for number, each in enumerate(ruleset.correlations, len(ruleset.rules))}
        for episode, new in self.deciding.episodes():
            if episode.correlation not in ruleset.silent:
                with self.whole:
                    tell(self.scan.output, heads[episode.correlation], episode, new)
                    self._episodes[episode.correlation] += 1
                    self.detections[numbers[episode.correlation]] += 1

    def summary(self) -> Summary:
        """What the run saw."""
        counts = self.deciding.correlator.counts
        listed = [
            _correlated(each, counts[each.key], self._episodes[each.key]) for each in self.scan.ruleset.correlations
        ]
        seen = super().summary()
        return seen._replace(
            episodes=self._episodes.total(),
            correlations=tuple(listed),
            ahead=self.ahead,
            known=None if self.continuing is None else self.continuing.known,
            replaced=None if self.continuing is None else self.continuing.replaced,
            watermark=None if self.continuing is None else self.deciding.correlator.watermark,
        )

    def _used(self) -> int:
        """Rules that look at a logsource which was met, and correlations that refer to one of those."""
        rules = self.scan.ruleset.rules
        if self.scan.all_logsources:
            used = {rule.key for rule in rules} if self.tally.events else set()
        else:
            met = tuple(self.tally.logsources)
            used = {rule.key for rule in rules if any(routed(rule.logsource, logsource) for logsource in met)}
        for each in self.scan.ruleset.correlations:
            if not used.isdisjoint(each.rules):
                used.add(each.key)
        return len(used)

    def _no_log(self) -> bool:
        return super()._no_log() and not (self.continuing and self.continuing.known)

    def _warnings(self, used: int) -> Iterator[str]:
        if self.tally.events or not (self.continuing and self.continuing.known):
            yield from super()._warnings(used)
        correlator = self.deciding.correlator
        titles = {each.key: each.title for each in self.scan.ruleset.correlations}
        for key in correlator.restarted:
            yield f'"{titles[key]}" was changed: it starts anew, without what earlier runs saw'
        for key, count in correlator.counts.items():
            if count.groups_dropped or count.hits_dropped:
                yield f'"{titles[key]}" forgot for the limit on memory: another order of files may give another answer'
        if self.ahead:
            some = "1 event is" if self.ahead == 1 else f"{self.ahead:,} events are"
            yield f"{some} dated more than 5 minutes after being read, and not correlated"


def _noted(found: Iterable[Item], listed: list[Blob | Delivered]) -> Iterator[Item]:
    for item in found:
        if not isinstance(item, Problem):
            listed.append(item)
        yield item


def _correlated(correlation: Correlation, counts: Counts, episodes: int) -> Correlated:
    dropped = counts.nulls if correlation.missing == "drop" else 0
    return Correlated(
        title=correlation.title,
        level=correlation.level,
        path=correlation.path,
        episodes=episodes,
        hits=counts.hits,
        late=counts.late,
        duplicates=counts.duplicates,
        null_groups=counts.nulls - dropped,
        no_group=dropped,
        pending=counts.pending,
        undecided=counts.undecided,
        dropped_groups=counts.groups_dropped,
        dropped_hits=counts.hits_dropped,
        learning_until=counts.learning,
    )


def _nothing(episodes: list[Episode], upto: int | None) -> None:
    """Nothing is kept of a run that stands alone."""
