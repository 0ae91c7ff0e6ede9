"""Numbers that are measured: exact, so that no order of adding and no saving in between shows in a sum."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from math import isfinite
from typing import Any

__all__ = ["Exact", "exact", "plain", "tidy"]

Exact = int | Fraction
"""A whole number is always an int."""

LARGEST = 400
"""Digits before and after the point, at most, of numbers that are measured: every double has fewer."""

_BEYOND = 10**LARGEST

_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,6})?")


def exact(value: Any) -> Exact | None:
    """What is measured of a value: a number, or text that is a decimal number and nothing else, as for Sigma's `gt`.

    A float counts as the shortest decimal that reads as it, which is what the log wrote. None for everything else, for
    booleans, infinities and NaN, and for numbers of more than 400 digits before or after the point.
    """
    kind = type(value)
    if kind is int:
        return value if -_BEYOND < value < _BEYOND else None
    if kind is float:
        return tidy(Fraction(repr(value))) if isfinite(value) else None
    if kind is str and len(value) <= 1000 and _NUMBER.fullmatch(value):
        number = Decimal(value)
        if not number:
            return 0
        if number.adjusted() < LARGEST and int(number.as_tuple().exponent) >= -LARGEST:
            return tidy(Fraction(number))
    return None


def tidy(number: Exact) -> Exact:
    """The same number, an int where it is whole."""
    return number.numerator if number.denominator == 1 else number


def plain(number: Exact) -> int | float:
    """The number as it is told: a whole one as it is, any other as the nearest float."""
    if number.denominator == 1:
        return number.numerator
    try:
        return number.numerator / number.denominator
    except OverflowError:
        return int(number)
