"""Times in tests: absolute, or so long after the start."""

from __future__ import annotations

import re

from engine.times import parse_time

__all__ = ["START", "moment"]

START = 1_704_067_200_000_000
"""2024-01-01T00:00:00Z, from which relative times count where a test says nothing else."""

_NUMBER = re.compile(r"\s*[\d.]+\s*")
_PART = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)(us|ms|[smhdw])")
_RELATIVE = re.compile(rf"\s*\+?\s*(?:{_PART.pattern}\s*)+")
_LENGTHS = {
    "us": 1, "ms": 1_000, "s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000,
    "w": 604_800_000_000,
}  # fmt: skip


def moment(text: str, start: int | None) -> int:
    """The time in microseconds; `start` is that which relative times count from, None: there are none.

    Raises ValueError.
    """
    if start is not None and _RELATIVE.fullmatch(text):
        return start + sum(round(float(number) * _LENGTHS[unit]) for number, unit in _PART.findall(text))
    found = None if _NUMBER.fullmatch(text) else parse_time(text)  # of a number nobody knows what it counts
    if found is None:
        relative = "" if start is None else ", nor so long after the start: 90s, 5m, 1h30m"
        raise ValueError(f'"{text[:80]}" is no time{relative}')
    return found
