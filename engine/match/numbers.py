"""Numbers, addresses and dates in log values: read exactly or not at all."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Any

from engine.values import address_of, network_of

__all__ = ["COMPARE", "address_of", "network_of", "number_of", "time_part"]

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}

_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,6})?")
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[Tt ]([0-9]{2}):([0-9]{2}))?(?![0-9])")


def number_of(value: Any) -> Decimal | None:
    """The exact number a value stands for: a JSON number, or text that is a decimal number and nothing else.

    A float counts as the shortest decimal that reads as it, which is what the log wrote. Booleans, infinities and
    NaN are no numbers.
    """
    kind = type(value)
    if kind is int:
        return Decimal(value)
    if kind is float:
        return Decimal(repr(value)) if isfinite(value) else None
    if kind is str and len(value) <= 1000 and _NUMBER.fullmatch(value):
        try:
            return Decimal(value)
        except InvalidOperation:
            return None
    return None


def time_part(text: str, part: str) -> int | None:
    """A part of a date as written, without zone conversion; `week` is the ISO week. None when it is not there."""
    found = _DATE.match(text)
    if found is None:
        return None
    year, month, day, hour, minute = found.groups()
    if part == "hour" or part == "minute":
        shown = hour if part == "hour" else minute
        return None if shown is None else int(shown)
    try:
        when = date(int(year), int(month), int(day))
    except ValueError:
        return None
    if part == "week":
        return when.isocalendar().week
    return int({"year": year, "month": month, "day": day}[part])
