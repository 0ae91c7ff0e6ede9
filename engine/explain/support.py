"""Which rules can do their work here: loaded, rejected, never to match, or relying on what Sigma leaves open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from engine.explain import correlated_points, correlated_support
from engine.explain.logs import logs
from engine.explain.points import points_of
from engine.explain.reading import absent, certain, missing
from engine.explain.reason import predicates_of
from engine.match.reach import can_be_true
from engine.model import LogSource
from engine.rules import Derived, Exact, FieldRef, Rule, Ruleset, Search

__all__ = ["KINDS", "STATES", "Entry", "Reason", "support"]

STATES = ("rejected", "never", "suspicious", "loaded")
"""The worst first. never: certain not to match any event of a known log; suspicious: probably so."""

KINDS = {
    "rejected": "The rule cannot be used.",
    "logsource": "No log that is known has events for this logsource.",
    "contradiction": "The condition can never be true.",
    "field": "No record of the rule's log has this field.",
    "rule": "It refers to a rule that can never match.",
}
"""Kinds of reasons."""


class Reason(NamedTuple):
    """Why a rule is in its state; `kind` is a key of KINDS."""

    kind: str
    text: str


class Entry(NamedTuple):
    """One rule, one correlation, or one fault of a file.

    key     what the rule is known by; None for what was rejected
    state   a word of STATES
    points  ids of the open points that it relies on, as in docs/semantics.md
    correlation  its type; None for a rule, and for what was rejected
    """

    key: str | None
    id: str | None
    title: str
    path: str
    line: int | None
    column: int | None
    state: str
    reasons: tuple[Reason, ...]
    points: tuple[str, ...]
    correlation: str | None = None


def support(ruleset: Ruleset) -> tuple[Entry, ...]:
    """An entry a rule, in order of their files, then one a correlation, those that were rejected last."""
    rules = [_loaded(rule, ruleset.derived) for rule in ruleset.rules]
    return (*rules, *_correlations(ruleset, {str(entry.key): entry.state for entry in rules}), *_rejected(ruleset))


def _correlations(ruleset: Ruleset, states: dict[str, str]) -> Iterator[Entry]:
    """Inner ones come first, so that the state of what a correlation refers to is known."""
    for one in ruleset.correlations:
        state, reasons = correlated_support.judge(one, ruleset, states)
        states[one.key] = state
        why, points = tuple(Reason(*each) for each in reasons), correlated_points.points_of(one, ruleset)
        yield Entry(one.key, one.id, one.title, one.path, one.line, None, state, why, points, one.type)


def _rejected(ruleset: Ruleset) -> Iterator[Entry]:
    for error in ruleset.rejected:
        place = error.place
        said = Reason("rejected", f"{error.fault}; {error.hint}" if error.hint else error.fault)
        path, line, column = (place.path, place.line, place.column) if place else ("", None, None)
        yield Entry(None, None, error.rule or "", path, line, column, "rejected", (said,), ())


def _loaded(rule: Rule, derived: Sequence[Derived]) -> Entry:
    state, reasons = _judged(rule, derived)
    return Entry(rule.key, rule.id, rule.title, rule.path, rule.line, None, state, reasons, points_of(rule))


def _judged(rule: Rule, derived: Sequence[Derived]) -> tuple[str, tuple[Reason, ...]]:
    """The state of a rule that is loaded, and why it is not simply "loaded"."""
    if not logs(rule.logsource):
        said = f"no log that is known is called {rule.logsource}; name it with --logsource, or use --all-logsources"
        return "never", (Reason("logsource", said),)
    if not can_be_true(rule.condition, rule.selections):
        return "never", (Reason("contradiction", "what the condition asks for contradicts itself"),)
    lacking = _absent(rule, derived)
    if not lacking:
        return "loaded", ()
    sure = [name for name in lacking if certain(name, rule.logsource)]
    never = not can_be_true(rule.condition, rule.selections, sure)
    needed = never or not can_be_true(rule.condition, rule.selections, lacking)
    return "never" if never else "suspicious", tuple(_missing(name, rule.logsource, needed) for name in lacking)


def _absent(rule: Rule, derived: Sequence[Derived]) -> list[str]:
    """The fields of a rule that its log is not known to have, in order of name."""
    read: set[str] = set()
    for _, test in predicates_of(rule.condition, rule.selections, None):
        if not isinstance(test, Search | Exact) and test.field is not None:
            read.add(test.field)
        if isinstance(test, FieldRef):
            read.add(test.other)
    return absent(read, rule.logsource, derived)


def _missing(name: str, logsource: LogSource, needed: bool) -> Reason:
    without = "" if needed else "; the rule can match without it"
    return Reason("field", missing(name, logsource) + without)
