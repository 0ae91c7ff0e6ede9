"""Plain YAML values as pySigma's, exact, and what they are called in faults."""

from __future__ import annotations

from typing import Any

from sigma.types import (
    SigmaBool,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaString,
    SigmaTimestampPart,
    SigmaType,
)

from engine.load.documents import Real
from engine.load.faults import Fault
from engine.load.strings import parsed, string

__all__ = ["CasedFieldReference", "ExactNumber", "kind_of", "plain", "refused", "text_of", "typed"]


class ExactNumber(SigmaNumber):
    """A number that keeps its decimal text; pySigma's own turns integers above 2^53 into floats."""

    def __init__(self, value: float) -> None:
        self.number = value
        self.text = value.text if isinstance(value, Real) else str(value)

    def __str__(self) -> str:
        return self.text


class CasedFieldReference(SigmaFieldReference):
    """A reference to another field, compared case-sensitively."""


def typed(value: Any) -> SigmaType:
    """The pySigma value of a plain YAML value. Raises Fault for lists and mappings."""
    if isinstance(value, str):
        return string(parsed(value), value)
    if value is None:
        return SigmaNull()
    if isinstance(value, bool):
        return SigmaBool(value)
    if isinstance(value, (int, float)):
        return ExactNumber(value)
    if isinstance(value, dict):
        raise Fault("a field's value is a mapping", 'write nested fields with dots, as in "parent.child: value"')
    raise Fault("a list inside a list of values", "write one flat list")


def text_of(value: SigmaType, modifier: str) -> SigmaString:
    """The value as a string; the specification lets text modifiers see "all types of fields"."""
    if isinstance(value, SigmaString):
        return value
    if isinstance(value, ExactNumber):
        return string([value.text], value.text)
    if isinstance(value, SigmaBool):
        text = "true" if value.boolean else "false"
        return string([text], text)
    raise refused(modifier, value)


def plain(value: SigmaType, modifier: str) -> SigmaString:
    if isinstance(value, SigmaString):
        return value
    if isinstance(value, (ExactNumber, SigmaBool)) and not isinstance(value, SigmaTimestampPart):
        raise Fault(f'"{modifier}" needs text, not {kind_of(value)}', "put the value in quotes")
    raise refused(modifier, value)


def refused(modifier: str, value: SigmaType) -> Fault:
    return Fault(f'"{modifier}" cannot be used on {kind_of(value)}')


def kind_of(value: SigmaType) -> str:
    for kind, name in _KINDS:
        if isinstance(value, kind):
            return name
    return type(value).__name__


_KINDS: tuple[tuple[type, str], ...] = (
    (SigmaNull, "null"),
    (SigmaBool, "a boolean"),
    (SigmaTimestampPart, "a part of a date"),
    (SigmaNumber, "a number"),
    (SigmaString, "text"),
    (SigmaRegularExpression, "a regular expression"),
    (SigmaCIDRExpression, "a network"),
    (SigmaCompareExpression, "a comparison"),
    (SigmaFieldReference, "a field reference"),
    (SigmaExists, "an existence check"),
)
