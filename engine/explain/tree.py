"""Why a rule matches an event, or does not: every part of it, true or false, with the values that were seen.

What is asked of single values is answered by the matcher itself; what joins the answers is said again here, part by
part. That both come to the same verdict is held by the tests.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from msgspec import UNSET

from engine import logsources
from engine.derived import roots
from engine.explain.hints import hint
from engine.explain.reason import predicates_of, reason, true_of
from engine.explain.words import words
from engine.fields import scalars
from engine.match import Detector
from engine.match.matcher import Matcher
from engine.match.record import Record
from engine.model import Event
from engine.rules import (
    And,
    Const,
    Derived,
    Exact,
    Expr,
    FieldRef,
    Not,
    Or,
    Predicate,
    Rule,
    Ruleset,
    Search,
    Selection,
)

__all__ = ["Change", "Explainer", "Explanation", "Part", "Value", "explain"]


class Value(NamedTuple):
    """What an event holds where a test looks.

    field    dotted path; None for a keyword, which looks at every value
    missing  there is nothing at that path
    value    what is there; of a keyword the value that was found, None when there was none
    """

    field: str | None
    missing: bool
    value: Any


class Part(NamedTuple):
    """One part of a rule.

    kind    "and", "or", "not", "constant", "selection", "test"
    holds   true or false of the event; None without one
    words   what a test or a constant says
    name    of the selection
    test    the predicate
    values  what the event holds where the test looks; of an expression all that it looks up in the event; empty without
            an event
    parts   of an and, or, not; a selection's are in `Explanation.selections`
    """

    kind: str
    holds: bool | None
    words: str = ""
    name: str | None = None
    test: Predicate | None = None
    values: tuple[Value, ...] = ()
    parts: tuple[Part, ...] = ()


class Change(NamedTuple):
    """A test that would have to come out otherwise for the rule to match.

    selection  that it stands in
    test       the predicate
    should     what it would have to be; it is the opposite
    values     what the event holds where the test looks
    others     tests of the same list of alternatives, any one of which would do as well
    hint       what it probably stumbled over; None where nothing is near
    """

    selection: str | None
    test: Predicate
    should: bool
    values: tuple[Value, ...]
    others: tuple[Predicate, ...]
    hint: str | None = None


class Explanation(NamedTuple):
    """A rule, and what it makes of an event.

    sees        events of this logsource are shown to the rule; None without an event
    holds       the condition is true of the event; None without an event
    condition   names selections
    selections  in the order of the rule, also those that the condition does not name
    changes     the fewest tests that would have to come out otherwise for the condition to hold, in the order of the
                condition; empty where it holds, or without an event
    hopeless    the condition is false, and no change of its tests makes it true
    """

    rule: Rule
    sees: bool | None
    holds: bool | None
    condition: Part
    selections: tuple[tuple[str, Part], ...]
    changes: tuple[Change, ...]
    hopeless: bool

    @property
    def matched(self) -> bool | None:
        """Whether the rule fires on the event; None without one."""
        return None if self.holds is None else self.holds and self.sees is not False

    @property
    def failed(self) -> Change | None:
        """The first thing that failed: the first of the fewest tests that keep the condition from being true."""
        return self.changes[0] if self.changes else None


def explain(
    rule: Rule,
    event: Event | None = None,
    record: Record | None = None,
    *,
    derived: Sequence[Derived] = (),
    all_logsources: bool = False,
) -> Explanation:
    """The rule as it was understood, and with an event what it makes of it; see `Explainer` for many events."""
    return Explainer(rule, derived, all_logsources=all_logsources).of(event, record)


class Explainer:
    """Tells of one rule what it makes of events.

    derived         the fields of the rule's ruleset that are computed
    all_logsources  the rule sees every event, whatever its logsource says
    """

    def __init__(self, rule: Rule, derived: Sequence[Derived] = (), *, all_logsources: bool = False) -> None:
        self.rule = rule
        self.all_logsources = all_logsources
        self._detector = Detector(Ruleset((rule,), derived=tuple(derived)), all_logsources=True)

    def of(self, event: Event | None = None, record: Record | None = None) -> Explanation:
        """Explain one event.

        record  the same event with its text as in the log, where that is at hand: rules that look into objects see it
        """
        if event is None:
            return self._told(None, None)
        fields = event.fields
        matcher, _ = self._detector.compiled(event.logsource)
        return self._told(_Seen(matcher, record or Record(lambda: fields, None)), self._sees(event))

    def _sees(self, event: Event) -> bool:
        if self.all_logsources:
            return True
        return event.logsource is not None and logsources.routed(self.rule.logsource, event.logsource)

    def _told(self, seen: _Seen | None, sees: bool | None) -> Explanation:
        rule = self.rule
        condition = self._part(rule.condition, seen)
        selections = tuple((name, self._part(expr, seen)) for name, expr in rule.selections.items())
        if seen is None or condition.holds:
            return Explanation(rule, sees, condition.holds, condition, selections, (), False)
        found = reason(rule.condition, rule.selections, seen.truth)
        within: dict[Predicate, str | None] = {}
        for name, test in predicates_of(rule.condition, rule.selections):
            within.setdefault(test, name)
        changes = tuple(_change(within[test], test, found.others[test], seen) for test in found.changes or ())
        return Explanation(rule, sees, False, condition, selections, changes, found.changes is None)

    def _part(self, expr: Expr, seen: _Seen | None) -> Part:
        holds = None if seen is None else true_of(expr, self.rule.selections, seen.truth)
        if isinstance(expr, And | Or):
            kind = "and" if isinstance(expr, And) else "or"
            return Part(kind, holds, parts=tuple(self._part(arg, seen) for arg in expr.args))
        if isinstance(expr, Not):
            return Part("not", holds, parts=(self._part(expr.arg, seen),))
        if isinstance(expr, Const):
            said = "all of no selections, which is true" if expr.value else "one of no selections, which is false"
            return Part("constant", holds, said)
        if isinstance(expr, Selection):
            return Part("selection", holds, name=expr.name)
        return Part("test", holds, words(expr), test=expr, values=seen.values(expr) if seen else ())


def _change(selection: str | None, test: Predicate, others: tuple[Predicate, ...], seen: _Seen) -> Change:
    should, values = not seen.truth(test), seen.values(test)
    near = hint(test, values[0].missing, values[0].value, seen.record.fields) if should and values else None
    return Change(selection, test, should, values, others, near)


class _Seen:
    """One event, and what was asked of it so far."""

    def __init__(self, matcher: Matcher, record: Record) -> None:
        self.matcher = matcher
        self.record = record
        self._truths: dict[Predicate, bool] = {}
        self._masks: dict[int, int] = {}

    def truth(self, test: Predicate) -> bool:
        """Whether a test is true of the event, as the matcher finds it."""
        known = self._truths.get(test)
        if known is None:
            number, position = self.matcher.locate(test)
            mask = self._masks.get(number)
            if mask is None:
                mask = self._masks[number] = self.matcher.mask(number, self.record)
            known = self._truths[test] = bool(mask >> position & 1)
        return known

    def values(self, test: Predicate) -> tuple[Value, ...]:
        """What the event holds where a test looks."""
        fields, matcher = self.record.fields, self.matcher
        if isinstance(test, Search):
            return tuple(_value(name, matcher.getter(name)(fields)) for name in sorted(roots(test.tree)))
        if isinstance(test, Exact):
            return (_value(test.field, matcher.exact_getter(test.field)(fields)),)
        if test.field is None:
            found = next(self._found(test), UNSET)
            return (_value(None, found),)
        paths = (test.field, test.other) if isinstance(test, FieldRef) else (test.field,)
        return tuple(_value(path, matcher.getter(path)(fields)) for path in paths)

    def _found(self, test: Predicate) -> Iterator[Any]:
        """The values of the event that satisfy a keyword."""
        number, position = self.matcher.locate(test)
        classes: Any = self.matcher.classes_of(number)
        for value in scalars(self.record.fields):
            if classes.masks[classes.of(value)] >> position & 1:
                yield value


def _value(field: str | None, found: Any) -> Value:
    return Value(field, found is UNSET, None if found is UNSET else found)
