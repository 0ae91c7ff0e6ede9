"""What a test that failed probably stumbled over: the near misses that cost people hours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.fields import flatten
from engine.match.numbers import number_of
from engine.match.text import fold, regex_test, text_of
from engine.rules import ANY, Bool, Cidr, Compare, Exists, Null, Number, Predicate, Regex, Text
from engine.values import address_of

__all__ = ["hint"]

PATHS = 5_000
"""Paths of an event looked at for one that is spelt almost like the missing one."""


def hint(test: Predicate, missing: bool, value: Any, fields: dict[str, Any]) -> str | None:
    """Why a test is probably false that should be true; None where nothing is near.

    value   what is at the test's field; of a list each member is looked at
    fields  the event
    """
    if test.field is None or isinstance(test, Null | Exists):
        return None
    if missing:
        return _elsewhere(test.field, fields)
    return next((said for member in flatten(value) if (said := _near(test, member))), None)


def _near(test: Predicate, value: Any) -> str | None:
    if isinstance(value, dict):
        return "it is an object, which equals nothing; name a field inside it" if _whole(test) else None
    text = text_of(value)
    if text is None:
        return None
    if isinstance(test, Text):
        return _near_text(test, text)
    if isinstance(test, Regex):
        ignoring = "".join(sorted({*test.flags, "i"}))
        near = "i" not in test.flags and regex_test(test.pattern, ignoring)(text)
        return "it differs in case only; |re|i ignores case" if near else None
    if isinstance(test, Number):
        return _near_number(test, value)
    if isinstance(test, Bool):
        return "only true, false and their text are booleans" if fold(text) in ("1", "0", "yes", "no") else None
    if isinstance(test, Compare):
        return "it is no number" if isinstance(value, bool) or number_of(value) is None else None
    if isinstance(test, Cidr):
        return "it is no address" if not isinstance(value, str) or address_of(value) is None else None
    return None


def _near_text(test: Text, text: str) -> str | None:
    literals = [part for part in test.pattern if isinstance(part, str)]
    if len(literals) != 1:
        return None
    wanted, seen = fold(literals[0]), fold(text)
    if test.cased and _fits(test, wanted, seen):
        return "it differs in case only; without |cased case is ignored"
    if len(test.pattern) == 1 and wanted == seen.strip():
        return "there is space around it"
    if wanted and wanted in seen and not _fits(test, wanted, seen):
        return "it is only a part of the value; |contains finds parts"
    return None


def _fits(test: Text, wanted: str, seen: str) -> bool:
    """Whether a pattern of one literal describes the text, case aside."""
    starts, ends = test.pattern[0] == ANY, test.pattern[-1] == ANY
    if starts and ends:
        return wanted in seen
    return seen.endswith(wanted) if starts else seen.startswith(wanted) if ends else seen == wanted


def _near_number(test: Number, value: Any) -> str | None:
    if isinstance(value, bool):
        return "it is a boolean, which equals no number"
    if isinstance(value, str) and number_of(value) == number_of(test.number):
        return f'it is text; text equals a number only where it is written "{test.number}"'
    return None


def _whole(test: Predicate) -> bool:
    """Whether a test is about a value as a whole, not about what is inside."""
    return not isinstance(test, Regex) and not (
        isinstance(test, Text) and any(type(part) is int for part in test.pattern)
    )


def _elsewhere(field: str, fields: dict[str, Any]) -> str | None:
    """A path of the event that is the missing one but for case, or ends as it does."""
    wanted, last = field.lower(), field.lower().rsplit(".", 1)[-1]
    inside: str | None = None
    for path in _paths(fields):
        if path.lower() == wanted:
            return f"the event has {path}; the case of names counts"
        if inside is None and path.lower().rsplit(".", 1)[-1] == last:
            inside = path
    return f"the event has {inside}" if inside else None


def _paths(fields: dict[str, Any]) -> Iterator[str]:
    """The dotted paths of an event, outer ones first, each list as what is in it."""
    level: list[tuple[str, Any]] = [("", fields)]
    left = PATHS
    while level and left > 0:
        below: list[tuple[str, Any]] = []
        for start, holder in level:
            for key, value in holder.items():
                path = f"{start}{key}"
                yield path
                left -= 1
                below += [(f"{path}.", member) for member in flatten(value) if isinstance(member, dict)]
        level = below
