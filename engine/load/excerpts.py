"""Where in a file a character of a YAML scalar stands, and that line with a caret below it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from engine.load.documents import node_at, place_of
from engine.load.faults import Fault
from engine.load.jmes import BadExpression
from engine.terminal import columns, visible

__all__ = ["excerpt", "place_in", "pointed_at"]

WIDTH = 100
"""Of a longer line only the part around the column is shown."""

_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
"""What YAML 1.1, and so libyaml, counts as the end of a line."""

_HEX = {"x": 2, "u": 4, "U": 8}
_SPACES = frozenset("ntrvf _NLP\t")
"""Behind a backslash in double quotes: what stands for white space."""


def pointed_at(node: Any, fault: Fault, data: bytes) -> tuple[int, int, str]:
    """Line and column (from 1) of a fault in a document, and how that looks."""
    line, column = place_of(node, fault.steps, key=fault.key)
    scalar = node_at(node, fault.steps)
    if isinstance(fault, BadExpression) and scalar is not None:
        line, column = place_in(scalar, data, fault.position)
    return line, column, excerpt(data, line, column)


def place_in(scalar: Any, data: bytes, position: int) -> tuple[int, int]:
    """Line and column (from 1) of a character of a scalar's value, as `position` counts them from 0.

    Folding and indentation change white space alone, so the characters that are none are counted.
    """
    value = scalar.value
    behind = position >= len(value) or value[position].isspace()
    wanted = sum(not char.isspace() for char in value[:position]) - behind
    line, column = scalar.start_mark.line, scalar.start_mark.column
    if wanted < 0:
        return line + 1, column + 1
    for at, char in _characters(scalar, _BREAK.split(_text(data))):
        line, column = at
        if not char.isspace():
            if not wanted:
                break
            wanted -= 1
    return line + 1, column + 1 + behind


def _characters(scalar: Any, lines: list[str]) -> Iterator[tuple[tuple[int, int], str]]:
    """The characters of a scalar as they stand in the file, escapes as what they mean, each with its place from 0."""
    number, start = scalar.start_mark.line, scalar.start_mark.column
    if scalar.style in ("|", ">"):
        number, start = number + 1, 0
    elif scalar.style:
        start += 1  # the quote
    pattern = _TOKENS.get(scalar.style, _TOKEN)
    for at, line in enumerate(lines[number:], number):
        for token in pattern.finditer(line, start if at == number else 0):
            yield (at, token.start()), _meaning(token[0], scalar.style)


_TOKEN = re.compile(".", re.DOTALL)
_TOKENS = {
    "'": re.compile("''|."),
    '"': re.compile(r"\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}|\\.?|.", re.DOTALL),
}


def _meaning(token: str, style: str | None) -> str:
    if style != '"' or token[0] != "\\":
        return token[0]
    letter = token[1:2]
    if letter in _HEX and len(token) > 2:
        return chr(int(f"0x{token[2:]}", 0))
    return " " if not letter or letter in _SPACES else letter


def excerpt(data: bytes, line: int, column: int) -> str:
    """A line of the file, and below it a caret under the column (both from 1)."""
    lines = _BREAK.split(_text(data))
    text = lines[line - 1] if line <= len(lines) else ""
    start = max(0, column - 1 - WIDTH * 2 // 3) if len(text) > WIDTH else 0
    before, behind = visible(text[start : column - 1]), visible(text[column - 1 : start + WIDTH])
    left, right = "…" if start else "", "…" if len(text) > start + WIDTH else ""
    return f"    {left}{before}{behind}{right}\n    {' ' * columns(left + before)}^"


def _text(data: bytes) -> str:
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    return data.decode("utf-16" if wide else "utf-8-sig", "replace")
