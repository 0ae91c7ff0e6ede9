"""Runs tests, and says what is otherwise than expected, and why."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from engine.alert import Alert
from engine.derived import fields_for
from engine.door import Finding, scan
from engine.errors import Place, RulesError, UsageError
from engine.explain import Explainer, Explanation, brief
from engine.load import load
from engine.model import Event, LogSource, Ref
from engine.rules import Correlation, Rule, Ruleset
from engine.testing.happens import happening
from engine.testing.lookups import looked_up
from engine.testing.moments import START, moment
from engine.testing.read import Suite
from engine.testing.settings import OPEN, AlertWanted, CaseSettings
from engine.times import format_time

__all__ = ["Bench", "Outcome", "Wrong"]

SHOWN = 5
"""Alerts, and reasons, that are shown of many."""


class Wrong(NamedTuple):
    """Something otherwise than expected: what, and why it may be so, a line each."""

    what: str
    why: tuple[str, ...] = ()


class Outcome(NamedTuple):
    """What came of one test; nothing wrong: it passed."""

    file: Suite
    case: CaseSettings
    line: int
    wrong: tuple[Wrong, ...]

    @property
    def name(self) -> str:
        """By which it is known: "FILE::NAME"."""
        return self.file.name(self.case)


class Tested(NamedTuple):
    """The rules of one file with all that they refer to; `keys` are those of the file itself."""

    ruleset: Ruleset
    keys: frozenset[str]
    logsource: LogSource


class Bench:
    """Runs tests of rules.

    paths      files and folders in which rules find those that they refer to, beside their own folder
    pipelines, fields, variables  as `engine.load.load` takes them
    """

    def __init__(
        self,
        paths: Sequence[str] = (),
        pipelines: Sequence[str] = (),
        fields: Sequence[str] = (),
        variables: Sequence[str] = (),
    ) -> None:
        self._paths = tuple(paths)
        self._pipelines = tuple(pipelines)
        self._fields = tuple(fields)
        self._variables = tuple(variables)
        self._tested: dict[tuple[str, bytes], Tested] = {}
        self._loaded: dict[tuple[tuple[str, ...], bytes], Ruleset] = {}

    def files(self, paths: Sequence[str]) -> list[str]:
        """The files of some paths that hold rules or correlations, in order."""
        found = self._among({}, tuple(paths))
        every: tuple[Rule | Correlation, ...] = (*found.rules, *found.correlations)
        places = [error.place.path for error in found.rejected if error.place]
        return sorted({os.path.normpath(path) for path in (*(each.path for each in every), *places)})

    def run(self, file: Suite) -> Iterator[Outcome]:
        """Every test of a file. Raises DetectError where its rules or its events cannot be read."""
        for case, line in zip(file.said.tests, file.lines, strict=True):
            yield self.one(file, case, line)

    def one(self, file: Suite, case: CaseSettings, line: int = 0) -> Outcome:
        """One test."""
        tested = self.tested(file, case)
        return Outcome(file, case, line, tuple(self.judge(file, case, tested)))

    def judge(self, file: Suite, case: CaseSettings, tested: Tested) -> list[Wrong]:
        """What is wrong with a test when these are the rules. Raises DetectError for events that cannot be read."""
        records = happening(file.said, case, tested.logsource)
        findings = [
            one
            for one in scan(
                records, tested.ruleset, logsource=tested.logsource, time_field=file.said.time_field, final=case.final
            )
            if one.rule.key in tested.keys
        ]
        judge = _Judge(file, case, tested, records, findings)
        return [*judge.alerts(), *judge.selections()]

    def tested(self, file: Suite, case: CaseSettings) -> Tested:
        """The rules that a test is of. Raises DetectError."""
        given = {**file.said.variables, **case.variables}
        tables = {**file.said.lookups, **case.lookups}
        key = file.rule, msgspec.json.encode((given, tables, file.said.logsource))
        found = self._tested.get(key)
        if found is None:
            found = self._load(file, given)
            if tables:
                place = Place(file.path, file.lines[file.said.tests.index(case)])
                found = found._replace(ruleset=looked_up(found.ruleset, tables, place))
            self._tested[key] = found
        return found

    def _load(self, file: Suite, given: Mapping[str, Any]) -> Tested:
        if not os.path.isfile(file.rule):
            hint = f'"rule: FILE" in {file.path} names another'
            raise UsageError("there is no such file of rules", Place(file.rule), hint)
        found = self._among(given, self._paths) if self._paths else None
        if found is None or not _of_file(found, file.rule):
            found = self._among(given, (file.rule,))
            if found.rejected:  # what they refer to may stand in other files
                found = self._among(given, (file.rule, *(self._paths or (os.path.dirname(file.rule) or ".",))))
        faults = [error for error in found.rejected if error.place and _same(error.place.path, file.rule)]
        mine = _of_file(found, file.rule)
        if faults or not mine:
            raise RulesError(tuple(faults)) if faults else UsageError("there is no rule in it", Place(file.rule))
        keys = frozenset(each.key for each in mine)
        logsource = file.said.logsource.said if file.said.logsource else _logsource(found, keys)
        return Tested(part_of(found, keys), keys, logsource)

    def _among(self, given: Mapping[str, Any], paths: tuple[str, ...]) -> Ruleset:
        """The rules of some paths with these variables, loaded once."""
        key = paths, msgspec.json.encode(given)
        found = self._loaded.get(key)
        if found is None:
            variables: list[str | Mapping[str, Any]] = [*self._variables, *([given] if given else [])]
            found = load(paths, pipelines=self._pipelines, fields=self._fields, variables=variables)
            self._loaded[key] = found
        return found


def _of_file(ruleset: Ruleset, path: str) -> list[Rule | Correlation]:
    """The rules and correlations that stand in a file."""
    every: tuple[Rule | Correlation, ...] = (*ruleset.rules, *ruleset.correlations)
    return [each for each in every if _same(each.path, path)]


def part_of(ruleset: Ruleset, keys: frozenset[str]) -> Ruleset:
    """Rules and correlations of these keys, and all that they refer to."""
    wanted, correlations = set(keys), []
    for each in reversed(ruleset.correlations):
        if each.key in wanted:
            correlations.append(each)
            wanted.update(each.rules)
    rules = tuple(rule for rule in ruleset.rules if rule.key in wanted)
    return Ruleset(rules, derived=ruleset.derived, correlations=tuple(reversed(correlations)))


def _logsource(ruleset: Ruleset, keys: frozenset[str]) -> LogSource:
    """What the first rule looks at."""
    return next((rule.logsource for rule in part_of(ruleset, keys).rules), LogSource())


def _same(path: str, other: str) -> bool:
    return os.path.abspath(path) == os.path.abspath(other)


class _Judge:
    """Compares what came of a test with what was expected."""

    def __init__(
        self,
        file: Suite,
        case: CaseSettings,
        tested: Tested,
        records: list[dict[str, Any]],
        findings: list[Finding],
    ) -> None:
        self._file = file.said
        self._case = case
        self._tested = tested
        self._records = records
        self._findings = findings
        self._start = START if case.start is None else moment(case.start, None)
        self._reads = fields_for(tested.ruleset.derived, tested.logsource)

    def alerts(self) -> list[Wrong]:
        """What is wrong with the alerts."""
        wanted, found = self._case.alerts, self._findings
        if wanted is None:
            return []
        if isinstance(wanted, int):
            return [] if len(found) == wanted else [self._number(wanted)]
        pairs = self._paired(wanted)
        left = [one for number, one in enumerate(found) if number not in pairs.values()]
        wrong: list[Wrong] = []
        for number, one in enumerate(wanted):
            if number in pairs:
                continue
            near = min(left, key=lambda each: len(self._differs(each, one)), default=None)
            if near is None:
                wrong.append(Wrong(f"alert {number + 1} did not come", self._why_none()))
            else:
                wrong.append(Wrong(f"alert {number + 1} is otherwise", tuple(self._differs(near, one))))
                left.remove(near)
        wrong += [Wrong("an alert came that is not expected", (self._line(each),)) for each in left[:SHOWN]]
        return wrong

    def _paired(self, wanted: Sequence[AlertWanted]) -> dict[int, int]:
        """Of as many wanted alerts as there can be, each with one that came, whatever the order of both."""
        fits = [[at for at, one in enumerate(self._findings) if not self._differs(one, each)] for each in wanted]
        taken: dict[int, int] = {}

        def place(number: int, tried: set[int]) -> bool:
            for at in fits[number]:
                if at not in tried:
                    tried.add(at)
                    if at not in taken or place(taken[at], tried):
                        taken[at] = number
                        return True
            return False

        for number in range(len(wanted)):
            place(number, set())
        return {number: at for at, number in taken.items()}

    def selections(self) -> list[Wrong]:
        """What is wrong with the selections of the one rule on the one event."""
        if not self._case.selections:
            return []
        rules = [rule for rule in self._tested.ruleset.rules if rule.key in self._tested.keys]
        if len(rules) != 1 or len(self._records) != 1:
            return [
                Wrong(
                    "selections are told of one rule and one event",
                    (f"{len(rules)} rules, {len(self._records)} events",),
                )
            ]
        explained = self._explained(rules[0], self._records[0])
        found = {name: part.holds for name, part in explained.selections}
        wrong = []
        for name, wanted in self._case.selections.items():
            if name not in found:
                wrong.append(Wrong(f'the rule has no selection "{name}"', (f"it has {', '.join(found)}",)))
            elif found[name] is not wanted:
                wrong.append(Wrong(f'the selection "{name}" is {str(found[name]).lower()}', self._reasons(rules[0])))
        return wrong

    def _number(self, wanted: int) -> Wrong:
        found = self._findings
        what = f"{len(found)} alert{'' if len(found) == 1 else 's'} instead of {wanted}"
        if len(found) > wanted:
            return Wrong(what, tuple(map(self._line, found[:SHOWN])))
        return Wrong(what, (*map(self._line, found[:SHOWN]), *self._why_none()))

    def _line(self, found: Finding) -> str:
        """One alert, for people."""
        group = "".join(f"  {name}={value}" for name, value in found.group)
        when = "" if found.time is None else f"  at {format_time(found.time)}"
        return f"{found.rule.level.name}  {found.rule.title}{when}  count {self._count(found)}{group}"

    def _count(self, found: Finding) -> int:
        return found.episode.hits if found.episode else len(found.positions)

    def _differs(self, found: Finding, wanted: AlertWanted) -> list[str]:
        """How an alert is otherwise than expected."""
        said: list[str] = []
        rule = found.rule
        names = {text.lower() for text in (rule.title, rule.id, rule.key) if text}
        if wanted.rule is not None and wanted.rule.lower() not in names | self._named(rule.key):
            said.append(f'rule: "{rule.title}", expected "{wanted.rule}"')
        if wanted.level is not None and rule.level != wanted.level:
            said.append(f"level: {rule.level.name}, expected {wanted.level.name}")
        if wanted.title is not None and (title := self._title(found)) != wanted.title:
            said.append(f'title: "{title}", expected "{wanted.title}"')
        if wanted.count is not None and self._count(found) != wanted.count:
            said.append(f"count: {self._count(found)}, expected {wanted.count}")
        if wanted.at is not None and found.time != (at := moment(wanted.at, self._start)):
            came = "without a time" if found.time is None else format_time(found.time)
            said.append(f"at: {came}, expected {format_time(at)}")
        if wanted.until is not None and (came := self._until(found)) != self._said(wanted.until):
            said.append(f"until: {came}, expected {self._said(wanted.until)}")
        group = dict(found.group)
        for name, value in wanted.group.items():
            if name not in group:
                said.append(f"group: it has no {name}, only {', '.join(group) or 'nothing'}")
            elif group[name] != (None if value is None else _text(value)):
                said.append(f"group: {name} is {group[name]}, expected {_text(value)}")
        return said + self._fields(found, wanted) + (self._rendered(found, wanted) if wanted.rendered else [])

    def _fields(self, found: Finding, wanted: AlertWanted) -> list[str]:
        said: list[str] = []
        record = self._records[found.positions[-1]] if found.positions else {}
        for path, value in wanted.fields.items():
            came = self._reads.read(path, record, {})
            came = None if came is msgspec.UNSET else came
            if came != value:
                said.append(f"{path}: {_shown(came)}, expected {_shown(value)}")
        return said

    def _until(self, found: Finding) -> str:
        """When it was over."""
        if found.episode is None:
            return "it is of a single event"
        return OPEN if found.episode.end is None else format_time(found.episode.end)

    def _said(self, until: str) -> str:
        return until if until == OPEN else format_time(moment(until, self._start))

    def _title(self, found: Finding) -> str:
        """What its alert is called."""
        return self._alert(found).title if found.rule.alert_title and found.positions else found.rule.title

    def _alert(self, found: Finding) -> Alert:
        from engine.testing.render import alert_of

        return alert_of(found, self._records[found.positions[-1]], self._tested.ruleset, self._tested.logsource)

    def _rendered(self, found: Finding, wanted: AlertWanted) -> list[str]:
        """How what people read is otherwise. Raises DetectError where it cannot be rendered."""
        if not found.positions:
            return ["rendered: it has no event"]
        from engine.testing.render import rendered

        made = rendered(self._alert(found), self._case.notifier or self._file.notifier, self._file.templates)
        said: list[str] = []
        for part, expected in wanted.rendered.items():
            text = made.get(part)
            if text is None:
                said.append(f"rendered: there is no {part}, only {', '.join(made) or 'nothing'}")
            elif isinstance(expected, str):
                if text.strip() != expected.strip():
                    said.append(f"{part}: {_shown(text)}, expected {_shown(expected)}")
            else:
                said += [f"{part}: {_shown(each)} is not in {_shown(text)}" for each in expected if each not in text]
        return said

    def _named(self, key: str) -> set[str]:
        return {each.name.lower() for each in self._tested.ruleset.correlations if each.key == key and each.name}

    def _why_none(self) -> tuple[str, ...]:
        """Why the rules did not fire on the events, of the first few."""
        rules = self._tested.ruleset.rules
        return tuple(reason for rule in rules for reason in self._reasons(rule))[:SHOWN]

    def _reasons(self, rule: Rule) -> tuple[str, ...]:
        """Why a rule does not match the first few events; where it matches some, how many."""
        said: list[str] = []
        matched = 0
        for number, record in enumerate(self._records, 1):
            explained = self._explained(rule, record)
            if explained.matched:
                matched += 1
            elif len(said) < SHOWN:
                said += [f"event {number}: {rule.title}: {line}" for line in brief(explained)]
        if matched:
            said.insert(0, f"{rule.title}: matches {matched} of {len(self._records)} events")
        return tuple(said)

    def _explained(self, rule: Rule, record: dict[str, Any]) -> Explanation:
        event = Event(None, self._tested.logsource, record, Ref("test", 1), None, None)
        return Explainer(rule, self._tested.ruleset.derived).of(event)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else _shown(value)


def _shown(value: Any) -> str:
    return "nothing" if value is None else msgspec.json.encode(value).decode()
