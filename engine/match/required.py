"""A literal that every text must hold in which a regular expression is found: to look for it first costs far less."""

from __future__ import annotations

import re

__all__ = ["LEAST", "required"]

LEAST = 3
"""Characters of a literal that is worth looking for."""

_REPEAT = re.compile(r"\d+(?:,\d*)?\}").match
_CLASSES = frozenset("dDwWsSbB")
"""Escapes that stand for no character of their own, and quote nothing."""


def required(pattern: str) -> str | None:
    """The longest literal that stands outside of all groups and must be there; None where none can be told.

    Only the plainest of RE2's syntax is understood: what is not, is taken for "anything", and quoting for "do not
    know". Case is left as it is: whoever ignores it folds the literal and the text.
    """
    runs, run = [], ""
    depth, at = 0, 0
    while at < len(pattern):
        sign = pattern[at]
        at += 1
        plain = ""
        if sign == "\\":
            sign, at = pattern[at : at + 1], at + 1
            if sign.isalnum() and sign not in _CLASSES:
                return None
            plain = "" if sign.isalnum() else sign
        elif sign == "[":
            at = _after_class(pattern, at)
        elif sign == "(":
            depth += 1
        elif sign == ")":
            depth -= 1
        elif sign == "|":
            if depth == 0:
                return None
        elif sign in "?*{":
            run = run[:-1]
            repeat = _REPEAT(pattern, at) if sign == "{" else None  # any other brace means itself
            at = repeat.end() if repeat else at
        elif sign not in ".^$+":
            plain = sign
        if plain and depth == 0:
            run += plain
        else:
            runs.append(run)
            run = ""
    literal = max([*runs, run], key=len)
    return literal if len(literal) >= LEAST and literal.isascii() else None


def _after_class(pattern: str, at: int) -> int:
    """Where a class of characters ends that began before."""
    at += pattern.startswith("^", at)
    at += pattern.startswith("]", at)
    while at < len(pattern) and pattern[at] != "]":
        if pattern.startswith("[:", at):
            at = max(pattern.find(":]", at) + 2, at + 2)
        else:
            at += 2 if pattern[at] == "\\" else 1
    return at + 1
