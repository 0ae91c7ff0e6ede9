"""JSON that is always valid, whatever a log holds."""

from __future__ import annotations

from typing import Any

import msgspec

__all__ = ["encode"]

_DEEPEST = 200

_fast = msgspec.json.Encoder().encode


def encode(value: Any) -> bytes:
    r"""Compact JSON in UTF-8, for any value that a decoder can give.

    Not-a-number and the infinities are null. What JSON or a strict reader of it refuses is replaced: a lone surrogate
    by its escape as text (the six characters `\ud800`), anything of a foreign type by its text, and what lies
    deeper than 200 levels, where the fast encoder gave up, by "…".
    """
    try:
        return _fast(value)
    except (ValueError, TypeError, OverflowError, RecursionError):
        return _fast(_plain(value, 0))


def _plain(value: Any, depth: int) -> Any:
    """The value with everything replaced that the encoder refuses."""
    if value is None or isinstance(value, (bool, float, msgspec.Raw)):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, int):
        return value if value.bit_length() < 10_000 else hex(value)
    if depth >= _DEEPEST:
        return "…"
    if isinstance(value, dict):
        return {_plain(str(key), depth): _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, depth + 1) for item in value]
    return _plain(str(value), depth)
