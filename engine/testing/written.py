"""Plain data as YAML that people like to read, and that is read back as the same data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from engine.load.documents import Unreadable, documents
from engine.options import plain

__all__ = ["is_writable", "written"]

_WIDE = 110
"""Characters of a line from which on a mapping or list is spread over several."""

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.@/+()=;!*-]*(?: (?!#)[A-Za-z0-9_.@/+()=;!*-]+)*", re.ASCII)
_WORDS = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"))


def is_writable(data: Mapping[str, Any]) -> bool:
    """Whether it is read back as it is: not so half of a character, or what is no number, as broken logs have them."""
    try:
        (document,) = documents(written(data).encode())
        return not document.faults and bool(plain(document.value) == data)
    except (Unreadable, ValueError, RecursionError):
        return False


def written(data: Mapping[str, Any]) -> str:
    """A document of it, ending in a line break."""
    return "".join(f"{line}\n" for line in _mapping(data))


def _mapping(data: Mapping[str, Any]) -> Iterator[str]:
    for name, value in data.items():
        key = _scalar(name)
        line = f"{key}: {_flow(value)}"
        if (isinstance(value, (dict, list)) and value) and (len(line) > _WIDE or name in ("tests", "bases")):
            yield f"{key}:"
            yield from (f"  {inner}" for inner in _block(value))
        else:
            yield line


def _block(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from _mapping(value)
        return
    for one in value:
        line = _flow(one)
        whole = isinstance(one, dict) and one and (len(line) > _WIDE or "name" in one)
        lines = list(_mapping(one)) if whole else [line]
        yield f"- {lines[0]}"
        yield from (f"  {inner}" for inner in lines[1:])


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_scalar(name)}: {_flow(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    if not isinstance(value, str):
        return json.dumps(value)
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    return '"' + "".join(map(_quoted, value)) + '"'


def _quoted(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    if char.isprintable():
        return char
    return {"\n": "\\n", "\t": "\\t"}.get(char, f"\\U{ord(char):08x}")
