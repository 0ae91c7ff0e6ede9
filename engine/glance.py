"""Who, from where and what: the three words by which people recognise an event."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from engine.logsources import known, lookup
from engine.model import Detection, Event, LogSource

__all__ = ["Glance", "glance", "who"]

_LONGEST = 300
_NOWHERE = LogSource()


class Glance(NamedTuple):
    """Empty where the record does not say; each at most 300 characters."""

    who: str
    origin: str
    action: str


def who(event: Event) -> str:
    """Only who; empty where the record does not say."""
    return _first(event.fields, known(event.logsource or _NOWHERE).who)


def glance(detection: Detection) -> Glance:
    """Read them from the last event of the detection, by the fields that its logsource names."""
    event = detection.events[-1] if detection.events else None
    if event is None:
        return Glance("", "", "")
    fields = known(event.logsource or _NOWHERE)
    record = event.fields
    return Glance(_first(record, fields.who), _first(record, fields.origin), _first(record, fields.action))


def _first(record: dict[str, Any], paths: Sequence[str]) -> str:
    """The text of the first path that leads to a scalar worth showing, or to a list that begins with one."""
    for path in paths:
        value = lookup(record, path)
        if isinstance(value, list):
            value = value[0] if value else None
        if isinstance(value, str):
            if value:
                return value[:_LONGEST]
        elif isinstance(value, (int, float)):
            return str(value).lower() if isinstance(value, bool) else _digits(value)[:_LONGEST]
    return ""


def _digits(value: float) -> str:
    try:
        return str(value)
    except ValueError:  # an integer of more digits than Python agrees to print
        return str(Decimal(value))
