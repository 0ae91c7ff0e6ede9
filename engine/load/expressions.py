"""A pySigma detection -> our Expr; where pySigma's values become plain predicates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import re2  # type: ignore[import-untyped]
from sigma.conditions import ConditionAND
from sigma.rule import SigmaDetection, SigmaDetectionItem
from sigma.types import (
    Placeholder,
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaQueryExpression,
    SigmaRegularExpression,
    SigmaString,
    SigmaTimestampPart,
    SigmaType,
    SpecialChars,
)

from engine.load.faults import Fault
from engine.load.strings import regex_text
from engine.load.values import CasedFieldReference, ExactNumber
from engine.rules import (
    ANY,
    ONE,
    And,
    Bool,
    Cidr,
    Compare,
    Exists,
    Expr,
    FieldRef,
    Not,
    Null,
    Number,
    Or,
    Pattern,
    Regex,
    Text,
    TimePart,
)

__all__ = ["Unresolved", "expression", "expressions"]

MAX_DEPTH = 100
"""Parts of a field's name; what a log nests deeper is read as text."""
MAX_FIELDS = 1_000
"""Fields that one rule looks at: what any of them decides takes time by their cube."""
MAX_VALUES = 20_000
"""Values of one field: their predicates take memory by the square, 100 MB for so many."""


class Unresolved(Fault):
    """Placeholders that nothing fills, where the first of them stands."""


def expressions(detections: Mapping[str, SigmaDetection]) -> dict[str, Expr]:
    """What must hold for each of several selections. Raises Fault; all placeholders that nothing fills in one."""
    if len(set().union(*map(_fields, detections.values()))) > MAX_FIELDS:
        raise Fault(f"the rule looks at more than {MAX_FIELDS:,} fields", "split it into several", ("detection",))
    try:
        return {name: expression(detection) for name, detection in detections.items()}
    except Unresolved as first:
        names = dict.fromkeys(part.name for each in detections.values() for part in _placeholders(each))
        if len(names) > 1:
            *most, last = [f"%{name}%" for name in names]
            first.fault = f"nothing says what the placeholders {', '.join(most)} and {last} stand for"
            first.hint = "give them values with --variables FILE, or by a pipeline"
        raise


def _fields(detection: SigmaDetection) -> set[str | None]:
    """All that a selection looks at."""
    found: set[str | None] = set()
    for item in detection.detection_items:
        found |= {item.field} if isinstance(item, SigmaDetectionItem) else _fields(item)
    return found


def expression(detection: SigmaDetection) -> Expr:
    """What must hold for a selection. Raises Fault, with where in the document."""
    items = detection.detection_items
    parts = [_item(item) if isinstance(item, SigmaDetectionItem) else expression(item) for item in items]
    return _join(detection.item_linking is ConditionAND, parts)


def _join(linked: bool, parts: Sequence[Expr]) -> Expr:
    if len(parts) == 1:
        return parts[0]
    return And(tuple(parts)) if linked else Or(tuple(parts))


def _item(item: SigmaDetectionItem) -> Expr:
    parts: list[Expr] = []
    try:
        if item.field and item.field.count(".") >= MAX_DEPTH:
            raise Fault(f"a field's name of more than {MAX_DEPTH} parts", "no log is nested as deeply")
        if len(item.value) > MAX_VALUES:
            hint = "put them into the table of a derived field, and compare that"
            raise Fault(f"more than {MAX_VALUES:,} values for one field", hint)
        for value in item.value:
            parts.append(_predicate(item.field, value))
    except Fault as fault:
        raise fault.under(*getattr(item, "where", ()), len(parts)) from None
    expr = _join(item.value_linking is ConditionAND, parts)
    return Not(expr) if item.negated else expr


def _predicate(field: str | None, value: SigmaType) -> Expr:
    make = _MAKERS.get(type(value))
    if make is None:
        make = next((maker for kind, maker in _MAKERS.items() if isinstance(value, kind)), None)
    if make is None:
        raise Fault(f"a value of pySigma's type {type(value).__name__} is not understood")
    return make(field, value)


def _text(field: str | None, value: Any) -> Expr:
    return Text(field, _pattern(value.s), isinstance(value, SigmaCasedString))


def _pattern(parts: Sequence[Any]) -> Pattern:
    pattern: list[str | int] = []
    for part in parts:
        if isinstance(part, Placeholder):
            raise _unresolved(part)
        item: str | int = part if isinstance(part, str) else ANY if part is SpecialChars.WILDCARD_MULTI else ONE
        if isinstance(item, str) and pattern and isinstance(pattern[-1], str):
            pattern[-1] += item
        elif item != "" and not (item == ANY and pattern and pattern[-1] == ANY):
            pattern.append(item)
    return tuple(pattern)


def _unresolved(placeholder: Placeholder) -> Unresolved:
    hint = "give it a value with --variables FILE, or by a pipeline"
    return Unresolved(f"nothing says what the placeholder %{placeholder.name}% stands for", hint)


def _placeholders(detection: SigmaDetection) -> Iterator[Placeholder]:
    """Those that are left in a selection."""
    for item in detection.detection_items:
        if isinstance(item, SigmaDetection):
            yield from _placeholders(item)
            continue
        for value in item.value:
            for one in value.values if isinstance(value, SigmaExpansion) else [value]:
                text = one.regexp if isinstance(one, SigmaRegularExpression) else one
                yield from (part for part in getattr(text, "s", ()) if isinstance(part, Placeholder))


def _number_text(value: Any) -> str:
    text = getattr(value, "text", None)
    return text if isinstance(text, str) else str(value.number)


def _number(field: str | None, value: Any) -> Expr:
    return Number(field, _number_text(value))


def _bool(field: str | None, value: Any) -> Expr:
    return Bool(field, value.boolean)


def _null(field: str | None, _: Any) -> Expr:
    return Null(_named(field, "null"))


def _exists(field: str | None, value: Any) -> Expr:
    return Exists(_named(field, '"exists"'), value.exists)


def _named(field: str | None, what: str) -> str:
    if field is None:
        raise Fault(f"{what} needs a field", "put the field's name before it")
    return field


def _cidr(field: str | None, value: Any) -> Expr:
    return Cidr(field, str(value.network))


def _compare(field: str | None, value: Any) -> Expr:
    name = _named(field, "a comparison")
    op = value.op.name.lower()
    number = value.number
    if isinstance(number, SigmaTimestampPart):
        return TimePart(name, number.timestamp_part.name.lower(), op, _number_text(number))  # type: ignore[arg-type]
    return Compare(name, op, _number_text(number))


def _timepart(field: str | None, value: Any) -> Expr:
    name = _named(field, "a part of a date")
    return TimePart(name, value.timestamp_part.name.lower(), "eq", _number_text(value))


def _fieldref(field: str | None, value: Any) -> Expr:
    name = _named(field, '"fieldref"')
    mode = {(False, False): "equals", (True, False): "startswith", (False, True): "endswith"}.get(
        (value.starts_with, value.ends_with), "contains"
    )
    return FieldRef(name, value.field, mode, isinstance(value, CasedFieldReference))  # type: ignore[arg-type]


def _expansion(field: str | None, value: Any) -> Expr:
    return _join(False, [_predicate(field, one) for one in value.values])


def _regex(field: str | None, value: Any) -> Expr:
    for part in value.regexp.s:
        if isinstance(part, Placeholder):
            raise _unresolved(part)
    flags = "".join(sorted(value.sigma_to_re_flag[flag] for flag in value.flags))
    pattern = regex_text(value)
    _check_regex(pattern, flags)
    return Regex(field, pattern, flags)


def _check_regex(pattern: str, flags: str) -> None:
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(f"(?{flags}){pattern}" if flags else pattern, options)
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        reason = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise _bad_regex(pattern, reason) from None


def _bad_regex(pattern: str, reason: str) -> Fault:
    for mark, name in (("(?=", "look-ahead"), ("(?!", "look-ahead"), ("(?<", "look-behind"), ("(?>", "atomic group")):
        if reason.endswith(mark) or (reason.startswith("invalid perl operator") and mark in reason):
            return Fault(
                f'the regular expression "{pattern}" uses a {name}, {mark}...)',
                'leave it out, or split the rule into two selections joined with "and not"',
            )
    if reason.startswith("invalid escape sequence") and reason[-1:].isdigit():
        return Fault(f'the regular expression "{pattern}" uses a back-reference, {reason[-2:]}',
                     "expressions run in linear time, which leaves out back-references")  # fmt: skip
    return Fault(f'the regular expression "{pattern}" is wrong: {reason}', None)


def _query(_: str | None, value: Any) -> Expr:
    hint = "give the placeholder values, with --variables FILE or value_placeholders"
    raise Fault(f'a pipeline puts a query expression, "{value.expr}", where there is nothing to query', hint)


_MAKERS: dict[type, Callable[[str | None, Any], Expr]] = {
    # Subclasses stand before what they derive from, for values of a type of a pipeline's own.
    SigmaCasedString: _text,
    SigmaString: _text,
    SigmaTimestampPart: _timepart,
    ExactNumber: _number,
    SigmaNumber: _number,
    SigmaBool: _bool,
    SigmaNull: _null,
    SigmaExists: _exists,
    SigmaRegularExpression: _regex,
    SigmaCIDRExpression: _cidr,
    SigmaCompareExpression: _compare,
    CasedFieldReference: _fieldref,
    SigmaFieldReference: _fieldref,
    SigmaExpansion: _expansion,
    SigmaQueryExpression: _query,
}
