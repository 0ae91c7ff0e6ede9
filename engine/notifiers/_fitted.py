"""Data of an alert made small enough for a store that takes only so much, and harmless to look at.

What is cut ends in "…"; what is left out of an object or a list is counted in its place.
"""

from __future__ import annotations

from typing import Any

from engine.notifiers._document import encoded
from engine.terminal import visible

__all__ = ["fitted"]

_STEPS = ((8_000, 200, 12), (2_000, 60, 8), (500, 24, 6), (200, 16, 5), (80, 14, 4), (30, 14, 3), (12, 14, 2))
"""Longest text in characters, most members, deepest nesting: each tried in turn."""


def fitted(value: dict[str, Any], longest: int) -> dict[str, Any]:
    """A copy with at most so many bytes of JSON; every text, also of a name, without what a screen would obey."""
    for text, members, depth in _STEPS:
        shown: dict[str, Any] = _cut(value, text, members, depth)
        if len(encoded(shown)) <= longest:
            return shown
    return {"cut": "…"}


def _cut(value: Any, text: int, members: int, depth: int) -> Any:
    if isinstance(value, str):
        return _short(value, text)
    if isinstance(value, dict):
        if depth == 0:
            return "…"
        kept: dict[str, Any] = {}
        for name, one in list(value.items())[:members]:
            kept[_unlike(_short(str(name), text), kept)] = _cut(one, text, members, depth - 1)
        return kept | ({_unlike("…", kept): f"and {len(value) - members} more"} if len(value) > members else {})
    if isinstance(value, (list, tuple)):
        if depth == 0:
            return "…"
        shown = [_cut(one, text, members, depth - 1) for one in value[:members]]
        return shown + ([f"… and {len(value) - members} more"] if len(value) > members else [])
    if isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:  # no store has a number for it
        return _short(hex(value), text)
    return value if value is None or isinstance(value, (bool, int, float)) else _short(str(value), text)


def _unlike(name: str, names: dict[str, Any]) -> str:
    """The name, numbered where another one was cut, or shown, to the same."""
    found, number = name, 1
    while found in names:
        number += 1
        found = f"{name} ({number})"
    return found


def _short(text: str, longest: int) -> str:
    """At most so many characters, counted as they are shown."""
    shown = visible(text[: longest + 1])
    return shown if len(text) <= longest and len(shown) <= longest else f"{shown[: longest - 1]}…"
