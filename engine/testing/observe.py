"""What a log holds for tests of rules: events that match, events that nearly do, and what correlations are made of.

However much is read, only so much is kept: of events of one kind the smallest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET

from engine import decoders, logsources, sources
from engine.derived import fields_for
from engine.explain import Explainer, Explanation, Part
from engine.match import Detector
from engine.model import Batch, Blob, Event, LogSource, Problem, Reading, Ref
from engine.rules import Predicate, Rule
from engine.runners.clock import time_of
from engine.testing.partial import Paths, paths_read, projected
from engine.testing.run import Tested
from engine.windows.grouping import is_windows
from engine.windows.view import view

__all__ = ["Observed", "Seen", "Watch", "fields_of", "observe", "truths"]

MATCHES = 5
"""Events that match which are kept of a rule, each with other tests that are true."""

NEAR = 12
"""Events that nearly match which are kept of a rule, each for another test."""

HELD = 20_000
"""Events that are kept for correlations: the first ones."""

EXPLAINED = 20_000
"""Events that are looked into for each rule: of those that match, and of those that do not, each other to it."""

Kind = tuple[Any, ...]


class Seen(NamedTuple):
    """An event: its record as the log has it, its time in microseconds, and what it is."""

    record: dict[str, Any]
    time: int | None
    logsource: LogSource


class Observed:
    """What was seen so far.

    matches  of rules that are reported: key -> what is true -> the smallest such event
    near     key -> the test that alone is otherwise -> the smallest such event
    hits     events that rules of correlations match, as far as anything reads them
    missed   events of that sort that there was no room for
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.matches: dict[str, dict[Kind, Seen]] = {rule.key: {} for rule in rules}
        self.near: dict[str, dict[Kind, Seen]] = {rule.key: {} for rule in rules}
        self.hits: list[Seen] = []
        self.missed = 0
        self.events = 0
        self.files = 0
        self.problems: list[Problem] = []


class Watch:
    """Looks at one event after the other."""

    def __init__(self, tested: Tested) -> None:
        ruleset = tested.ruleset
        self._tested = tested
        self.usual = tested.logsource
        self._rules = [rule for rule in ruleset.rules if rule.key in tested.keys and rule.key not in ruleset.silent]
        self._correlated = ruleset.correlated
        self._detector = Detector(ruleset)
        self._explainers = {rule.key: Explainer(rule, ruleset.derived) for rule in self._rules}
        self._looked: dict[tuple[str, bool], set[int]] = defaultdict(set)
        self._paths: dict[LogSource, Paths | None] = {}
        self._readers: dict[tuple[str, LogSource], Callable[[dict[str, Any]], Any]] = {}
        self.seen = Observed(self._rules)

    def take(self, seen: Seen, fields: dict[str, Any]) -> None:
        """One event; `fields` is what rules read of it."""
        self.seen.events += 1
        matcher, numbers = self._detector.compiled(seen.logsource)
        keys = {self._tested.ruleset.rules[numbers[number]].key for number in matcher.matched(fields)}
        if seen.time is not None and not keys.isdisjoint(self._correlated):
            self._hit(seen)
        for rule in self._rules:
            if self._is_new(rule, rule.key in keys, seen.logsource, fields):
                said = self._explainers[rule.key].of(Event(seen.time, seen.logsource, fields, Ref("", 1)))
                if said.matched:
                    _keep(self.seen.matches[rule.key], tuple(sorted(map(repr, truths(said)))), seen, MATCHES)
                elif said.sees and len(said.changes) == 1:
                    change = said.changes[0]
                    tests = sorted(map(repr, (change.test, *change.others)))
                    _keep(self.seen.near[rule.key], (change.should, *tests), seen, NEAR)

    def _hit(self, seen: Seen) -> None:
        if len(self.seen.hits) >= HELD:
            self.seen.missed += 1
            return
        kind = seen.logsource
        if kind not in self._paths:
            self._paths[kind] = paths_read(self._tested.ruleset, kind)
        self.seen.hits.append(seen._replace(record=projected(seen.record, self._paths[kind])))

    def _is_new(self, rule: Rule, matched: bool, kind: LogSource, fields: dict[str, Any]) -> bool:
        """Whether nothing was seen yet that is the same to the rule; what matches has room of its own."""
        looked = self._looked[rule.key, matched]
        if len(looked) >= EXPLAINED:
            return False
        known = hash(repr(self._read(rule, kind, fields)))
        if known in looked:
            return False
        looked.add(known)
        return True

    def _read(self, rule: Rule, kind: LogSource, fields: dict[str, Any]) -> Any:
        """What the rule reads of an event; all of it, where it reads more than fields."""
        key = rule.key, kind
        found = self._readers.get(key)
        if found is None:
            found = self._readers[key] = self._reader(rule, kind)
        return found(fields)

    def _reader(self, rule: Rule, kind: LogSource) -> Callable[[dict[str, Any]], Any]:
        said = self._explainers[rule.key].of()
        names = sorted({str(name) for test in tests_of(said) for name in _names(test)})
        if not all(names) or not names:
            return lambda fields: fields
        reads = fields_for(self._tested.ruleset.derived, kind)
        return lambda fields: [None if (value := reads.read(name, fields, {})) is UNSET else (value,) for name in names]


def observe(targets: Sequence[str], watch: Watch, reading: Reading) -> Iterator[Observed]:
    """Read logs; what was seen so far, after each file of them. Raises DetectError for a target that is not there."""
    for target in targets:
        for blob in sources.for_target(target).find(target):
            if isinstance(blob, Problem):
                watch.seen.problems.append(blob)
            elif isinstance(blob, Blob):
                watch.seen.files += 1
                _read(blob, reading, watch)
            yield watch.seen


def _read(blob: Blob, reading: Reading, watch: Watch) -> None:
    try:
        with sources.source(blob.source).open(blob) as stream:
            for item in decoders.decode(blob, stream, reading):
                if isinstance(item, Problem):
                    watch.seen.problems.append(item)
                else:
                    for seen, fields in _events(item, watch.usual, reading):
                        watch.take(seen, fields)
    except OSError as error:
        watch.seen.problems.append(
            Problem(blob.ref, None, f"cannot be read: {error.strerror or error}", True, "unreadable")
        )


def _events(batch: Batch, usual: LogSource, reading: Reading) -> Iterator[tuple[Seen, dict[str, Any]]]:
    kinds = batch.kinds()
    for index in range(len(batch.records)):
        fields = batch.whole(index) if batch.whole else batch.records[index]
        kind = kinds[index] if any(kinds[index]) else usual
        paths = (reading.time_field,) if reading.time_field else logsources.known(kind).time
        record = batch.original(index) if batch.original else fields
        yield Seen(record, time_of(fields, paths), kind), fields


def fields_of(record: dict[str, Any], logsource: LogSource) -> dict[str, Any]:
    """What rules read of a record."""
    return view(record, logsource)[0] if is_windows(logsource) else record


def tests_of(said: Explanation) -> list[Predicate]:
    """Every test of a rule, in order."""
    found: list[Predicate] = []

    def within(part: Part) -> None:
        if part.test is not None:
            found.append(part.test)
        for inner in part.parts:
            within(inner)

    for _, part in said.selections:
        within(part)
    return found


def truths(said: Explanation) -> frozenset[Predicate]:
    """The tests that are true of an event."""
    found: set[Predicate] = set()

    def within(part: Part) -> None:
        if part.test is not None and part.holds:
            found.add(part.test)
        for inner in part.parts:
            within(inner)

    for _, part in said.selections:
        within(part)
    return frozenset(found)


def _names(test: Predicate) -> tuple[str | None, ...]:
    """The fields that a test reads; empty for one that looks at more than fields."""
    other = getattr(test, "other", None)
    return (test.field or "", *((other,) if isinstance(other, str) else ()))


def _keep(kept: dict[Kind, Seen], kind: Kind, seen: Seen, most: int) -> None:
    """Keep an event of a kind that is new, or is smaller than the one before."""
    before = kept.get(kind)
    if before is None and len(kept) >= most:
        return
    if before is None or _size(seen.record) < _size(before.record):
        kept[kind] = seen


def _size(record: dict[str, Any]) -> int:
    try:
        return len(msgspec.json.encode(record))
    except (ValueError, TypeError, OverflowError, RecursionError):
        return 1 << 60
