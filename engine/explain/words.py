"""What a predicate says, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from engine.explain.expressions import expression_text
from engine.rules import (
    ANY,
    Bool,
    Cidr,
    Compare,
    Exact,
    Exists,
    FieldRef,
    Null,
    Number,
    Pattern,
    Predicate,
    Regex,
    Search,
    Text,
    TimePart,
)

__all__ = ["asks", "pattern_text", "subject", "words"]

_OPERATORS = {"eq": "is", "lt": "is less than", "lte": "is at most", "gt": "is more than", "gte": "is at least"}
_MODES = {"equals": "is the same as", "contains": "contains", "startswith": "starts with", "endswith": "ends with"}


def words(predicate: Predicate) -> str:
    """The whole of a predicate: `eventName is "StopLogging"`."""
    return f"{subject(predicate)} {asks(predicate)}"


def subject(predicate: Predicate) -> str:
    """What a predicate looks at: its field, or for a keyword any value of the event."""
    if isinstance(predicate, Search):
        return f"the expression {expression_text(predicate.tree)}"
    return "any value" if predicate.field is None else predicate.field


def asks(predicate: Predicate) -> str:
    """What a predicate asks of its field: `is "StopLogging"`."""
    say = _SAY.get(type(predicate))
    return say(predicate) if say else _plain(predicate)


def pattern_text(pattern: Pattern) -> str:
    r"""A pattern as Sigma writes it: `*` and `?` are wildcards, those characters themselves have a `\` before them."""
    return "".join("*" if part == ANY else "?" if isinstance(part, int) else _escaped(part) for part in pattern)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("*", "\\*").replace("?", "\\?")


def _text(predicate: Text) -> str:
    case = " (case counts)" if predicate.cased else ""
    pattern = predicate.pattern
    literals = [part for part in pattern if isinstance(part, str)]
    starts, ends = bool(pattern) and pattern[0] == ANY, bool(pattern) and pattern[-1] == ANY
    if not pattern:
        return "is the empty text"
    if pattern == (ANY,):
        return "has any text at all"
    if len(literals) != 1 or len(pattern) != 1 + starts + ends:
        return f'is like "{pattern_text(pattern)}"{case}'
    said = "contains" if starts and ends else "ends with" if starts else "starts with" if ends else "is"
    return f'{said} "{literals[0]}"{case}'


def _regex(predicate: Regex) -> str:
    flags = f" with flags {predicate.flags}" if predicate.flags else ""
    return f"matches the expression /{predicate.pattern}/{flags}"


def _timepart(predicate: TimePart) -> str:
    return f"has a date of which the {predicate.part} {_OPERATORS[predicate.op]} {predicate.number}"


def _fieldref(predicate: FieldRef) -> str:
    case = " (case counts)" if predicate.cased else ""
    return f"{_MODES[predicate.mode]} the field {predicate.other}{case}"


def _exact(predicate: Exact) -> str:
    wanted = predicate.literal
    if predicate.test == "true":
        return "is true, as JMESPath has it"
    if predicate.test == "kind":
        return f"is of a kind among {wanted}"
    said = {"eq": "is exactly", "contains": "contains", "starts_with": "starts with", "ends_with": "ends with"}
    return f"{said.get(predicate.test) or _OPERATORS[predicate.test]} {wanted}"


def _plain(predicate: Any) -> str:
    """Any other kind: its name and what it was given, so that nothing is left unsaid."""
    name = type(predicate).__name__.lower()
    given = {key: value for key, value in msgspec.structs.asdict(predicate).items() if key != "field"}
    return f"{name} " + ", ".join(f"{key} {value!r}" for key, value in given.items())


_SAY: dict[type, Callable[[Any], str]] = {
    Text: _text,
    Number: lambda predicate: f"is the number {predicate.number}",
    Bool: lambda predicate: f"is {'true' if predicate.value else 'false'}",
    Null: lambda _: "is null or missing",
    Exists: lambda predicate: "exists" if predicate.value else "does not exist",
    Regex: _regex,
    Cidr: lambda predicate: f"is an address in {predicate.network}",
    Compare: lambda predicate: f"{_OPERATORS[predicate.op]} {predicate.number}",
    TimePart: _timepart,
    FieldRef: _fieldref,
    Exact: _exact,
    Search: lambda _: "is true",
}
