"""Explanations as text for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from engine.cli._explained_correlations import Understood, correlation_lines, plain
from engine.explain import Change, Explainer, Explanation, Part, Step, Value, logs, walk
from engine.explain.phrases import LISTED, asked, had, joined, seen
from engine.explain.words import words
from engine.match import Detector
from engine.model import LogSource
from engine.rules import Predicate, Rule, Ruleset
from engine.runners.pick import Picked
from engine.terminal import Paint, columns, cut, visible

__all__ = ["Told", "json_of", "lines_of", "tell"]


class Told(NamedTuple):
    """All that is said of one rule.

    logs      known logs that it is shown
    alone     the way through the decision graph of this rule alone
    together  the same among all rules for that log, None where the rule is not one of them
    others    how many other rules those are
    """

    explanation: Explanation
    logs: tuple[LogSource, ...]
    alone: tuple[Step, ...]
    together: tuple[Step, ...] | None
    others: int


def tell(rule: Rule, detector: Detector, picked: Picked | None) -> Told:
    """Explain one of the rules of a detector."""
    ruleset = detector.ruleset
    explainer = Explainer(rule, ruleset.derived, all_logsources=detector.all_logsources)
    said = explainer.of(picked.event, picked.record) if picked else explainer.of()
    shown = logs(rule.logsource)
    kind = picked.event.logsource if picked else (shown or (rule.logsource,))[0]
    record = picked.record if picked else None
    alone, _ = Detector(Ruleset((rule,), derived=ruleset.derived), all_logsources=True).compiled(kind)
    matcher, numbers = detector.compiled(kind)
    place = next((place for place, number in enumerate(numbers) if ruleset.rules[number] is rule), None)
    together = None if place is None else tuple(walk(matcher, place, record))
    return Told(said, shown, tuple(walk(alone, 0, record)), together, len(numbers) - 1)


# Text


def lines_of(
    told: Sequence[Told], correlations: Sequence[Understood], picked: Picked | None, paint: Paint, width: int
) -> Iterator[str]:
    """Lines for people, a blank one between rules; correlations come before the rules that they refer to."""
    every = [correlation_lines(one, picked, paint) for one in correlations]
    every += [_Text(one, picked, paint, width).lines() for one in told]
    for number, lines in enumerate(every):
        if number:
            yield ""
        yield from lines


class _Text:
    """One rule for people."""

    def __init__(self, told: Told, picked: Picked | None, paint: Paint, width: int) -> None:
        self.told = told
        self.said = told.explanation
        self.picked = picked
        self.paint = paint
        self.width = width

    def lines(self) -> Iterator[str]:
        rule = self.said.rule
        yield f"{self.paint(visible(rule.title), 'bold')}  {self.paint.level(rule.level, 0)}".rstrip()
        yield self._fact("file", f"{rule.path}:{rule.line}")
        if rule.id:
            yield self._fact("id", rule.id)
        yield self._fact("logsource", str(rule.logsource))
        for each in rule.filters:
            yield self._fact("filter", f"{each.title} ({each.path}:{each.line})")
        yield self._fact("logs", _listed(self.told.logs) or "none that is known: see --all-logsources")
        if self.picked:
            yield from self._verdict(self.picked)
        yield ""
        yield from self._tree("condition", self.said.condition)
        for name, part in self.said.selections:
            yield from self._tree(name, part)
        yield ""
        yield from self._way("looked at first, as the only rule", self.told.alone)
        if self.told.together is not None and self.told.others:
            yield from self._way(f"looked at first, among {self.told.others:,} other rules", self.told.together)

    def _fact(self, label: str, value: str) -> str:
        return f"  {label:<11}{visible(value)}"

    def _verdict(self, picked: Picked) -> Iterator[str]:
        said = self.said
        yield self._fact("event", f"{picked.event.ref} ({picked.event.logsource})")
        if said.matched:
            yield f"  {'verdict':<11}{self.paint('matches', 'bold', 'green')}"
            return
        yield f"  {'verdict':<11}{self.paint('does not match', 'bold', 'red')}"
        if said.sees is False:
            yield self._fact("", "events of this logsource are not shown to the rule: see --all-logsources")
        if said.hopeless:
            yield self._fact("failed", "the condition, whatever its tests say")
        for number, change in enumerate(said.changes):
            yield from self._change("failed" if not number else "and", change)

    def _change(self, label: str, change: Change) -> Iterator[str]:
        yield self._fact(label, asked(change))
        if change.values:
            yield self._fact("", cut(had(change), self.width - 13))
        if change.hint:
            yield self.paint(self._fact("", f"hint: {change.hint}"), "yellow")

    def _tree(self, name: str, part: Part) -> Iterator[str]:
        """A heading, and the part below it; one line where that is enough."""
        yield f"{self._mark(part.holds)}{self.paint(visible(name), 'cyan')}"
        yield from self._part(part, 1)

    def _part(self, part: Part, depth: int) -> Iterator[str]:
        if _on_one_field(part):
            yield self._line(part, depth, joined(_first_true(part), part.kind), part.parts[0].values)
            return
        text = part.name or part.words or part.kind
        yield self._line(part, depth, text, part.values)
        for inner in part.parts:
            yield from self._part(inner, depth + 1)

    def _line(self, part: Part, depth: int, text: str, values: tuple[Value, ...]) -> str:
        start = f"{self._mark(part.holds)}{'  ' * depth}"
        room = self.width - 7 - 2 * depth
        found = seen(values)
        said = cut(text, room - min(columns(found) + 4, room // 2) if found else room)
        if not found:
            return start + said
        return f"{start}{said}  {self.paint(cut(f'[{found}]', room - columns(said) - 2), 'dim')}"

    def _mark(self, holds: bool | None) -> str:
        if holds is None:
            return "  "
        return self.paint("true ", "green") + "  " if holds else self.paint("false", "red") + "  "

    def _way(self, heading: str, steps: Sequence[Step]) -> Iterator[str]:
        yield self.paint(heading, "bold")
        if not steps:
            yield "  nothing: the rule is decided without"
        for number, step in enumerate(steps, 1):
            field = " and ".join(step.fields) or "all values"
            found = "not asked by this rule"
            if step.found is not None:
                found = " and ".join(step.found[:LISTED]) or "nothing that is asked for"
            left = f"{step.rules:,} undecided, " if step.rules > 1 else ""
            yield cut(f"  {number}. {field}: {found} ({left}then {step.after})", self.width)


def _listed(logs: Sequence[LogSource]) -> str:
    """Logs by name, where there are many the first of them."""
    more = f"; {len(logs) - LISTED:,} more" if len(logs) > LISTED else ""
    return "; ".join(map(str, logs[:LISTED])) + more


def _on_one_field(part: Part) -> bool:
    """Whether a part is no more than several tests on one field, of which an `and` would leave none out."""
    fields = {one.test.field for one in part.parts if one.test}
    tests = len(fields) == 1 and all(one.test for one in part.parts)
    return tests and (part.kind == "or" or (part.kind == "and" and len(part.parts) <= LISTED))


def _first_true(part: Part) -> list[Predicate]:
    """The tests of an `or` on one field, those that are true first, so that they are seen where many are left out."""
    return [one.test for one in sorted(part.parts, key=lambda one: one.holds is not True) if one.test]


# JSON


def json_of(told: Sequence[Told], correlations: Sequence[Understood], picked: Picked | None) -> bytes:
    """One document; its shape is in docs/explain.md."""
    import msgspec

    from engine.outputs._json import encode

    event = None
    if picked:
        file, position = picked.event.ref
        kind = picked.event.logsource
        event = {"ref": {"file": file, "position": position}, "logsource": kind._asdict() if kind else None}
    document = {
        "version": 1,
        "event": event,
        "correlations": [plain(one) for one in correlations],
        "rules": [_rule(one) for one in told],
    }
    return msgspec.json.format(encode(document), indent=2) + b"\n"


def _rule(told: Told) -> dict[str, Any]:
    said = told.explanation
    rule = said.rule
    return {
        "id": rule.id, "title": rule.title, "level": rule.level.name, "path": rule.path, "line": rule.line,
        "logsource": rule.logsource._asdict(),
        "filters": [each._asdict() for each in rule.filters],
        "logs": [log._asdict() for log in told.logs],
        "matched": said.matched, "sees": said.sees, "holds": said.holds, "hopeless": said.hopeless,
        "failed": [_change(change) for change in said.changes],
        "condition": _part(said.condition),
        "selections": {name: _part(part) for name, part in said.selections},
        "order": {
            "alone": [step._asdict() for step in told.alone],
            "together": None if told.together is None else [step._asdict() for step in told.together],
            "others": told.others,
        },
    }  # fmt: skip


def _change(change: Change) -> dict[str, Any]:
    return {
        "selection": change.selection,
        "test": words(change.test),
        "should": change.should,
        "values": [value._asdict() for value in change.values],
        "or": [words(one) for one in change.others],
        "hint": change.hint,
    }


def _part(part: Part) -> dict[str, Any]:
    made: dict[str, Any] = {"kind": part.kind, "holds": part.holds}
    if part.name:
        made["name"] = part.name
    if part.words:
        made["words"] = part.words
    if part.values:
        made["values"] = [value._asdict() for value in part.values]
    if part.parts:
        made["parts"] = [_part(inner) for inner in part.parts]
    return made
