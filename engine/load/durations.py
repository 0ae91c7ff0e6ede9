"""Lengths of time as Sigma writes them: a number and a unit."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["duration", "no_duration"]

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800, "M": 2_629_746, "y": 31_556_952}
"""Seconds; a month is the twelfth of a year, a year the mean one of the Gregorian calendar."""

_DURATION = re.compile(r"([0-9]{1,9})([smhdwMy])").fullmatch


def duration(written: Any) -> int | None:
    """Microseconds of 30s, 5m, 1h, 7d, 2w, 1M (months) or 1y; None for anything else."""
    found = _DURATION(written) if isinstance(written, str) else None
    return int(found[1]) * _UNITS[found[2]] * 1_000_000 if found else None


def no_duration(written: Any, what: str) -> tuple[str, str]:
    """What is wrong with one, and what it should be."""
    hint = "a whole number and a unit: s, m, h, d, w, M (months) or y"
    if duration(written) == 0:
        return f"{what} is {written}, in which nothing can happen", hint
    return f'{what} is "{written}", which is no length of time', hint
