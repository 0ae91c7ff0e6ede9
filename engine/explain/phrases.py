"""Explanations in short: what failed, in a line or two each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.explain.tree import Change, Explanation, Value
from engine.explain.words import asks, subject, words
from engine.match.text import json_text
from engine.rules import Predicate

__all__ = ["LISTED", "asked", "brief", "had", "joined", "seen"]

LISTED = 6
"""Alternatives named one by one; of more, so many and how many there are."""


def brief(explanation: Explanation) -> Iterator[str]:
    """Why a rule does not match an event, one line a test that failed, the first one first; nothing where it does.

    selection: eventName is "StopLogging" or "DeleteTrail"; it is "ListBuckets"
    """
    if explanation.sees is False:
        yield "events of this logsource are not shown to the rule"
    if explanation.hopeless:
        yield "the condition is false, whatever its tests say"
    for change in explanation.changes:
        hint = f" ({change.hint})" if change.hint else ""
        yield f"{asked(change)}{f'; {held}' if (held := had(change)) else ''}{hint}"


def asked(change: Change) -> str:
    """The selection, and what it asked: of alternatives on one field all of them."""
    where = f"{change.selection}: " if change.selection else ""
    if not change.should:
        return f"{where}must not: {words(change.test)}"
    kind, field = type(change.test), change.test.field
    alike = [one for one in change.others if one.field == field and type(one) is kind]
    return where + joined([change.test, *alike], "or")


def had(change: Change) -> str:
    """What the event held instead: `it is "x"`."""
    return f"it {seen(change.values)}" if len(change.values) == 1 else seen(change.values)


def joined(tests: Sequence[Predicate], word: str) -> str:
    """Tests on one field in one line: `eventName is "A", "B" or "C"`."""
    said = [asks(test) for test in tests]
    verb = said[0].split('"', 1)[0]
    if '"' in said[0] and all(one.startswith(f'{verb}"') for one in said):
        said = [said[0], *(one[len(verb) :] for one in said[1:])]
    if len(said) > LISTED + 1:
        return f"{subject(tests[0])} {', '.join(said[:LISTED])} {word} {len(said) - LISTED:,} more"
    listed = said[0] if len(said) == 1 else f"{', '.join(said[:-1])} {word} {said[-1]}"
    return f"{subject(tests[0])} {listed}"


def seen(values: Sequence[Value]) -> str:
    """What the event holds: `is "x"`, `is missing`; of several fields each by its name."""
    if len(values) != 1:
        return ", ".join(f"{one.field} {_is(one)}" for one in values)
    (one,) = values
    if one.field is None:
        return "is in no value" if one.missing else f"is in {json_text(one.value)}"
    return _is(one)


def _is(value: Value) -> str:
    return "is missing" if value.missing else f"is {json_text(value.value)}"
