"""One JSON value, read strictly and fast, or else leniently: an odd byte must not hide an event.

Read leniently:

    bytes that are no UTF-8, lone surrogates   U+FFFD in their place
    NaN, Infinity, -Infinity                   their own text: a float that equals nothing helps no rule
    1e400, integers of over 4,300 digits       their own text, as written
    control characters inside strings          kept
    more than 100 levels of nesting            what lies deeper becomes its own JSON text

Both ways, of a name that stands twice in one object the last counts. Nothing else is mended: text that is no JSON is a
ValueError, for the caller to report.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

import msgspec

from engine.jsontext.structure import RUN, Scanner

__all__ = ["parse", "parse_strict", "told"]

parse_strict = msgspec.json.Decoder().decode
"""The value of JSON text that is JSON to the letter. Raises ValueError or RecursionError."""
_DEEPEST = 100
_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def parse(raw: bytes | msgspec.Raw) -> Any:
    """The value of one piece of JSON text. Raises ValueError where it is none."""
    try:
        return parse_strict(raw)
    except (ValueError, RecursionError):  # msgspec's own error is a ValueError
        return _lenient(bytes(raw))


def told(raw: bytes | msgspec.Raw) -> tuple[Any, bool]:
    """The same, and whether it was read leniently for more than bytes that are no UTF-8. Raises ValueError."""
    try:
        return parse_strict(raw), False
    except (ValueError, RecursionError):
        value = _lenient(bytes(raw))
    try:
        parse_strict(bytes(raw).decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return value, True
    return value, False


def _lenient(raw: bytes) -> Any:
    try:
        return _loads(raw)
    except RecursionError:
        pass
    try:
        return _loads(_flattened(raw))
    except RecursionError:  # called from so deep that not even a hundred levels fit
        raise ValueError("nested too deeply") from None


def _loads(raw: bytes) -> Any:
    text = raw.decode("utf-8", "replace")
    value = _LENIENT.decode(text)
    return _mended(value) if _ESCAPED_SURROGATE.search(text) else value


def _float(text: str) -> float | str:
    number = float(text)
    return number if math.isfinite(number) else text


def _int(text: str) -> int | str:
    try:
        return int(text)
    except ValueError:  # Python's limit on digits
        return text


_LENIENT = json.JSONDecoder(strict=False, parse_float=_float, parse_int=_int, parse_constant=str)


def _mended(value: Any) -> Any:
    """The value with every lone surrogate replaced, so that whatever comes later can encode it."""
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_mended(item) for item in value]
    if isinstance(value, dict):
        return {_mended(name): _mended(item) for name, item in value.items()}
    return value


def _flattened(raw: bytes) -> bytes:
    """The same JSON, with what lies too deep turned into strings that hold its text."""
    parts: list[bytes] = []
    at = copied = depth = 0
    while True:
        found = RUN.match(raw, at)
        at = found.end() if found else at
        if at >= len(raw):
            break
        if raw[at] in b"}]":
            depth -= 1
        elif raw[at] not in b"{[":
            break
        elif depth == _DEEPEST:
            inner = Scanner(at)
            if not inner.run(raw):
                break
            text = raw[at : inner.at].decode("utf-8", "replace")
            parts += (raw[copied:at], json.dumps(text).encode())
            at = copied = inner.at
            continue
        else:
            depth += 1
        at += 1
    return b"".join([*parts, raw[copied:]])
