"""Tests on text, and what an object reads as."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import re2  # type: ignore[import-untyped]

from engine.rules import ANY, ONE, Pattern
from engine.values import fold, text_of

__all__ = ["fold", "json_text", "pattern_test", "regex_test", "text_of"]

TextTest = Callable[[str], bool]


def json_text(value: Any) -> str:
    """Compact JSON of an object, for when its text in the log is not at hand."""
    try:  # not msgspec: it writes 1e16 for 1e+16, and refuses lone surrogates
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    except (ValueError, RecursionError):
        return ""


def pattern_test(pattern: Pattern, *, cased: bool) -> TextTest:
    """A test for text already folded (unless `cased`) against the whole pattern."""
    parts = pattern if cased else tuple(fold(part) if isinstance(part, str) else part for part in pattern)
    if ONE not in parts:
        literals = [part for part in parts if isinstance(part, str)]
        shape = tuple(part if part == ANY else "text" for part in parts)
        if shape == ():
            return lambda text: text == ""
        if shape == (ANY,):
            return lambda text: True
        literal = literals[0]
        if shape == ("text",):
            return lambda text: text == literal
        if shape == (ANY, "text", ANY):
            return lambda text: literal in text
        if shape == ("text", ANY):
            return lambda text: text.startswith(literal)
        if shape == (ANY, "text"):
            return lambda text: text.endswith(literal)
        return _gaps(literals, starts=parts[0] != ANY, ends=parts[-1] != ANY)
    return _general(parts)


def _gaps(literals: list[str], *, starts: bool, ends: bool) -> TextTest:
    """Literals in order with anything between them: the leftmost fit of each is enough, so no backtracking."""
    first = literals[0] if starts else ""
    last = literals[-1] if ends else ""
    inner = literals[1 if starts else 0 : len(literals) - 1 if ends else len(literals)]

    def test(text: str) -> bool:
        stop = len(text) - len(last)
        position = len(first)
        if position > stop or not text.startswith(first) or not text.endswith(last):
            return False
        for literal in inner:
            found = text.find(literal, position, stop)
            if found < 0:
                return False
            position = found + len(literal)
        return True

    return test


def _general(parts: Pattern) -> TextTest:
    """A pattern with `?`: blocks between the ANYs, each placed as far left as it fits."""
    blocks: list[list[str | int]] = [[]]
    for part in parts:
        if part == ANY:
            blocks.append([])
        else:
            blocks[-1].append(part)
    sources = ["".join("." if part == ONE else re.escape(str(part)) for part in block) for block in blocks]
    widths = [sum(1 if part == ONE else len(str(part)) for part in block) for block in blocks]
    # No repetition inside a block, so `re` cannot backtrack: each search is linear in the text times the block.
    compiled = [re.compile(source, re.DOTALL) for source in sources]
    if len(blocks) == 1:
        return lambda text: compiled[0].fullmatch(text) is not None

    def test(text: str) -> bool:
        stop = len(text) - widths[-1]
        position = widths[0]
        if position > stop or not compiled[0].match(text) or not compiled[-1].match(text, stop):
            return False
        for block in compiled[1:-1]:
            found = block.search(text, position, stop)
            if found is None:
                return False
            position = found.end()
        return True

    return test


def regex_test(pattern: str, flags: str) -> TextTest:
    """Whether RE2 finds the pattern; never slower than linear in the text.

    Raises ValueError, saying why, when RE2 refuses the pattern. Source: RE2 syntax; DESIGN "Regular expressions".
    """
    options = re2.Options()
    options.log_errors = False
    options.never_capture = True  # thousands of groups would cost gigabytes
    options.max_mem = 64 << 20
    try:
        compiled = re2.compile(f"(?{flags}){pattern}" if flags else pattern, options)
    except re2.error as error:
        reason = error.args[0] if error.args else error
        raise ValueError(reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)) from None

    def test(text: str) -> bool:
        try:
            return compiled.search(text) is not None
        except UnicodeEncodeError:  # lone surrogates
            return compiled.search(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")) is not None

    return test
