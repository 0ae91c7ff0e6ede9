"""Tests made of what happened: real events that a rule matches and nearly matches, with what is somebody's replaced."""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from engine import logsources
from engine.door import Finding, scan
from engine.errors import DetectError
from engine.explain import Explainer, Explanation, brief
from engine.model import Event, Ref
from engine.rules import Correlation, Rule
from engine.testing.found import is_test_file, rule_beside
from engine.testing.happens import put, remove
from engine.testing.moments import START
from engine.testing.observe import Observed, Seen, fields_of, truths
from engine.testing.partial import over, paths_read, projected
from engine.testing.pseudonyms import Pseudonyms, said_by
from engine.testing.read import load_suite
from engine.testing.run import Bench, Tested
from engine.testing.timelines import Timeline, timeline
from engine.testing.written import is_writable, written
from engine.times import format_time

__all__ = ["Recording", "recording"]

LONGEST = 120
"""Characters of the name of a test."""


class Recording(NamedTuple):
    """A test file.

    text   empty where there is nothing to test
    fires  tests in which the rules fire
    quiet  tests in which they do not
    notes  what was left out, and why
    """

    text: str
    fires: int
    quiet: int
    notes: tuple[str, ...]


class _Case(NamedTuple):
    """A test to be: events, each with its time after the start in microseconds, and what came of them.

    near  of something that nearly happened
    """

    name: str
    events: tuple[tuple[dict[str, Any], int], ...]
    found: tuple[Finding, ...]
    final: bool = False
    near: bool = False


def recording(bench: Bench, rule: str, tested: Tested, seen: Observed, output: str | None) -> Recording:
    """The tests of the rules in a file; every one of them passes.

    tested  the rules, as the bench has them
    output  the test file to be; None: it will stand beside the rules, under their name
    """
    return _Recorder(tested, seen).made(bench, rule, output)


class _Recorder:
    def __init__(self, tested: Tested, seen: Observed) -> None:
        self._seen = seen
        self._notes: list[str] = []
        kinds = Counter(one.logsource for one in _every(seen))
        self._kind = kinds.most_common(1)[0][0] if kinds else tested.logsource
        self._tested = tested
        self._names: set[str] = set()
        self._time = logsources.known(self._kind).time[0].split(".")
        self._paths = paths_read(tested.ruleset, self._kind)
        self._pseudonyms = Pseudonyms(said_by(tested.ruleset.rules, tested.ruleset.derived))

    def made(self, bench: Bench, rule: str, output: str | None) -> Recording:
        cases = [case for one in self._tested.ruleset.rules for case in self._of_rule(one)]
        for one in self._tested.ruleset.correlations:
            if one.key in self._tested.keys and one.key not in self._tested.ruleset.silent:
                cases += self._of_correlation(one)
        if self._seen.missed:
            held = len(self._seen.hits)
            self._notes.append(f"of {held + self._seen.missed:,} events of correlations the first {held:,} were kept")
        while cases:
            text = self._text(cases, rule, output)
            wrong = self._wrong(bench, text, rule)
            if not wrong:
                break
            cases = [case for case in cases if case.name not in wrong]
            self._notes += [f"{name}: left out, as a test of it alone says otherwise" for name in sorted(wrong)]
        fires = sum(not case.near for case in cases)
        return Recording(text if cases else "", fires, len(cases) - fires, tuple(dict.fromkeys(self._notes)))

    def _of_rule(self, rule: Rule) -> Iterator[_Case]:
        """One test for each event that matches, and for each that nearly does."""
        explainer = Explainer(rule, self._tested.ruleset.derived)
        done: list[dict[str, Any]] = []
        for kept in (self._seen.matches, self._seen.near):
            for seen in kept.get(rule.key, {}).values():
                record = self._replaced(rule, explainer, seen)
                if record is None or record in done:
                    continue
                done.append(record)
                found = tuple(self._found([(record, 0)]))
                said = self._explained(explainer, record)
                if said.matched:
                    yield _Case(self._name(f"{rule.title}: it matches"), ((record, 0),), found)
                elif not found:
                    yield _Case(self._name("; ".join(brief(said))), ((record, 0),), (), near=True)

    def _replaced(self, rule: Rule, explainer: Explainer, seen: Seen) -> dict[str, Any] | None:
        """The event with what is somebody's replaced, no more of it than is needed; None where that changes it."""
        if seen.logsource != self._kind:
            self._notes.append(f"events of {seen.logsource} are left out: a test file is of one log")
            return None
        before = self._explained(explainer, seen.record)
        for part in (projected(seen.record, self._paths), seen.record):
            record: dict[str, Any] = self._pseudonyms.of(part)
            after = self._explained(explainer, record)
            if after.matched == before.matched and truths(after) == truths(before) and is_writable(record):
                return record
        said = "matches" if before.matched else "nearly matches"
        self._notes.append(
            f"{rule.title}: an event that {said} is left out, as what the rule reads of it cannot be replaced"
        )
        return None

    def _explained(self, explainer: Explainer, record: dict[str, Any]) -> Explanation:
        return explainer.of(Event(None, self._kind, fields_of(record, self._kind), Ref("test", 1)))

    def _of_correlation(self, each: Correlation) -> Iterator[_Case]:
        """A short timeline that fires, and one that does not."""
        hits = [
            (one.record, one.time) for one in self._seen.hits if one.logsource == self._kind and one.time is not None
        ]
        hits.sort(key=lambda one: one[1])
        begin = hits[0][1] if hits else 0
        hits = [(record, time - begin) for record, time in hits]

        def fires(events: Timeline, final: bool) -> list[Finding]:
            return [one for one in self._found(events, final) if one.rule.key == each.key]

        found = timeline(hits, fires)
        if found is None:
            why = "nothing short was found that makes it fire" if hits else "there is no event for it"
            self._notes.append(f"{each.title}: {why}")
            return
        firing = self._hidden(found.events)
        came = tuple(self._found(firing, found.final))
        if not all(is_writable(record) for record, _ in firing) or not any(one.rule.key == each.key for one in came):
            self._notes.append(f"{each.title}: left out, as what it reads of its events cannot be replaced")
            return
        yield _Case(self._name(f"{each.title}: it fires"), tuple(firing), came, found.final)
        if found.other is None:
            self._notes.append(f"{each.title}: nothing near was found that does not make it fire")
            return
        what, quiet, final = found.other
        hidden = self._hidden(quiet)
        came = tuple(self._found(hidden, final))
        if any(one.rule.key == each.key for one in came):
            self._notes.append(f"{each.title}: what nearly makes it fire is left out, as it does with what is replaced")
            return
        yield _Case(self._name(f"{each.title}: {what}"), tuple(hidden), came, final, near=True)

    def _hidden(self, events: Timeline) -> list[tuple[dict[str, Any], int]]:
        """The same with what is somebody's replaced, beginning at once; only where they stand says when they are."""
        begin = min(time for _, time in events)
        hidden = [(self._pseudonyms.of(record), time - begin) for record, time in events]
        for record, _ in hidden:
            remove(record, self._time)
        return hidden

    def _found(self, events: Timeline, final: bool = False) -> list[Finding]:
        """What the rules of the file find in events at some times."""
        records = []
        for record, time in events:
            made = projected(record, None)
            if time or logsources.lookup(made, ".".join(self._time)) is None:
                put(made, self._time, format_time(START + time))
            records.append(made)
        found = scan(records, self._tested.ruleset, logsource=self._kind, final=final)
        return [one for one in found if one.rule.key in self._tested.keys]

    def _name(self, text: str) -> str:
        """A name for a test that no other has."""
        short = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
        name, number = short, 1
        while name in self._names:
            number += 1
            name = f"{short} ({number})"
        self._names.add(name)
        return name

    def _text(self, cases: list[_Case], rule: str, output: str | None) -> str:
        document: dict[str, Any] = {}
        if output is not None and not (
            is_test_file(output) and os.path.abspath(rule_beside(output)) == os.path.abspath(rule)
        ):
            document["rule"] = os.path.relpath(rule, os.path.dirname(output) or ".")
        if self._kind != self._tested.logsource:
            document["logsource"] = {name: word for name, word in self._kind._asdict().items() if word}
        bases = _Bases(record for case in cases for record, _ in case.events)
        document["bases"] = bases.named
        document["tests"] = [_written(case, bases) for case in cases]
        if not bases.named:
            del document["bases"]
        return f"# Recorded; what is somebody's stands under another name.\n{written(document)}"

    def _wrong(self, bench: Bench, text: str, rule: str) -> set[str]:
        """The tests that do not pass as they are read back."""
        with tempfile.TemporaryDirectory(prefix="detect-") as folder:
            path = os.path.join(folder, "recorded.test.yml")
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(text)
            suite = load_suite(path)._replace(rule=rule)
            wrong = set()
            for case in suite.said.tests:
                try:
                    failed = bool(bench.one(suite, case).wrong)
                except DetectError:
                    failed = True
                if failed:
                    wrong.add(case.name)
            return wrong


class _Bases:
    """Records that others are said over, by their names: those of which at least one other is."""

    def __init__(self, records: Iterable[dict[str, Any]]) -> None:
        known: list[dict[str, Any]] = []
        uses: Counter[int] = Counter()
        for record in records:
            at = next((at for at, base in enumerate(known) if base == record or over(base, record)), len(known))
            uses[at] += 1
            if at == len(known):
                known.append(record)
        used = [base for at, base in enumerate(known) if uses[at] > 1]
        self.named = {f"event{number if number > 1 else ''}": base for number, base in enumerate(used, 1)}

    def given(self, record: dict[str, Any]) -> dict[str, Any]:
        """How a test says a record."""
        said: list[dict[str, Any]] = [{"event": record}]
        for name, base in self.named.items():
            if base == record:
                return {"base": name}
            if differs := over(base, record):
                change, without = differs
                said.append({"base": name, **({"change": change} if change else {}), **_without(without)})
        return min(said, key=lambda one: len(json.dumps(one)))


def _without(paths: list[str]) -> dict[str, Any]:
    return {"without": paths} if paths else {}


def _written(case: _Case, bases: _Bases) -> dict[str, Any]:
    """A test as it stands in its file."""
    events = []
    for record, time in case.events:
        given = bases.given(record)
        if time:
            given["at"] = f"{time // 1_000_000}s" if time % 1_000_000 == 0 else f"{time / 1_000_000:.6f}s"
        events.append(given)
    alerts = [
        {"rule": one.rule.title, **({"count": one.episode.hits} if one.episode is not None else {})}
        for one in case.found
    ]
    data = {"name": case.name, "events": events, "alerts": alerts or 0}
    return {**data, "final": True} if case.final else data


def _every(seen: Observed) -> Iterator[Seen]:
    for kept in (seen.matches, seen.near):
        for one in kept.values():
            yield from one.values()
    yield from seen.hits
