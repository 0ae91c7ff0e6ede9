"""Sigma's text values: wildcards and escapes, dashes that stand for each other, text as bytes."""

from __future__ import annotations

import re
from itertools import product
from typing import Any, ClassVar

from sigma.types import (
    Placeholder,
    SigmaExpansion,
    SigmaRegularExpression,
    SigmaRegularExpressionFlag,
    SigmaString,
    SigmaType,
    SpecialChars,
)

from engine.load.faults import Fault

__all__ = [
    "Dashed", "Encoded", "Parts", "copied", "dashed_regex", "dashes", "encoded", "joined", "parsed", "placed", "regex",
    "regex_text", "string", "written",
]  # fmt: skip

MAX_VARIANTS = 625
"""How many values `windash` writes out (four dashes, each one of five); beyond that it becomes one expression."""

MAX_DASHES = 100
"""How many dashes an expression for `windash` may have: each makes it slower."""

DASHES = "-/\u2013\u2014\u2015"

_DASH = re.compile(rf"\B[{DASHES}]\b")
_SPECIAL = re.compile(r"\\[\\*?]|[*?]")
_PLACEHOLDER = re.compile(r"\\%|%([^%\\]+)%")

_WRITTEN: dict[Any, str] = {SpecialChars.WILDCARD_MULTI: "*", SpecialChars.WILDCARD_SINGLE: "?"}

Parts = list[Any]
"""Literals (str), SpecialChars and Placeholders in turn, as in pySigma's `SigmaString.s`."""


class Encoded(SigmaString):
    """Text that an encoding modifier turned into bytes; the parts stay text until they are needed."""

    encoding: str = "utf-8"


class Dashed(SigmaString):
    """Text with more dashes than are written out; each is the part `DASH`."""

    DASH: ClassVar[Placeholder] = Placeholder("windash")


def string(parts: Parts, original: str = "", kind: type[SigmaString] = SigmaString) -> SigmaString:
    """A pySigma string of these parts, not parsed again."""
    value: SigmaString = kind.__new__(kind)
    value.original = original
    value.s = parts
    return value


def parsed(text: str) -> Parts:
    """Literals and wildcards of a value; a backslash escapes only a wildcard or a backslash."""
    if "*" not in text and "?" not in text and "\\" not in text:
        return [text] if text else []
    parts: Parts = []
    literal = ""
    at = 0
    for match in _SPECIAL.finditer(text):
        literal += text[at : match.start()]
        at = match.end()
        if len(match[0]) == 2:
            literal += match[0][1]
            continue
        if literal:
            parts.append(literal)
        literal = ""
        parts.append(SpecialChars.WILDCARD_MULTI if match[0] == "*" else SpecialChars.WILDCARD_SINGLE)
    literal += text[at:]
    return [*parts, literal] if literal else parts


def copied(value: SigmaString, parts: Parts) -> SigmaString:
    """Other parts in a string of the same kind."""
    other = string(parts, "", type(value))
    if isinstance(value, Encoded) and isinstance(other, Encoded):
        other.encoding = value.encoding
    return other


def joined(parts: Parts) -> Parts:
    """The same with literals that stand side by side made one."""
    result: Parts = []
    for part in parts:
        if isinstance(part, str) and result and isinstance(result[-1], str):
            result[-1] += part
        else:
            result.append(part)
    return result


def placed(text: str) -> Parts:
    """Text with %name% as placeholders; `\\%` is a percent sign."""
    parts: Parts = []
    at = 0
    for match in _PLACEHOLDER.finditer(text):
        parts.append(text[at : match.start()])
        parts.append(Placeholder(match[1]) if match[1] else "%")
        at = match.end()
    parts.append(text[at:])
    return [part for part in joined(parts) if part]


def regex(pattern: str | Parts, flags: set[SigmaRegularExpressionFlag]) -> SigmaRegularExpression:
    """Not through the constructor: pySigma 1 compiles with Python's `re`, which refuses what RE2 allows."""
    value: SigmaRegularExpression = SigmaRegularExpression.__new__(SigmaRegularExpression)
    value.regexp = SigmaString(pattern, escape=False) if isinstance(pattern, str) else string(pattern)
    value.flags = set(flags)
    return value


def regex_text(value: SigmaRegularExpression) -> str:
    """The expression as it was written; `str()` would put backslashes before wildcards that stand in literals."""
    return "".join(part if isinstance(part, str) else _WRITTEN[part] for part in value.regexp.s)


# Bytes


def encoded(text: str, encoding: str) -> bytes:
    """The bytes of a text; "utf-16" is little-endian with the byte order mark FF FE."""
    if encoding == "utf-16":
        return b"\xff\xfe" + text.encode("utf-16-le", "surrogatepass")
    return text.encode(encoding, "surrogatepass")


def written(value: Encoded) -> SigmaString:
    """Encoded text that no base64 followed: its bytes read as UTF-8, which is how a log would hold them."""
    if any(isinstance(part, Placeholder) for part in value.s):
        raise Fault("an encoding of a placeholder", "write the encoded values out")
    try:
        if value.encoding == "utf-16":
            raise ValueError
        parts = [encoded(part, value.encoding).decode() if isinstance(part, str) else part for part in value.s]
    except ValueError:
        hint = 'put "base64" or "base64offset|contains" after it'
        raise Fault("the encoded bytes are no text that a log can hold", hint) from None
    return string(parts)


# Dashes


def dashes(text: SigmaString) -> SigmaType:
    """Every way to write the dashes that begin an option: each can be any of five characters."""
    parts: Parts = []
    for part in text.s:
        for index, literal in enumerate(_DASH.split(part) if isinstance(part, str) else (part,)):
            if index:
                parts.append(Dashed.DASH)
            if literal != "":
                parts.append(literal)
    count = sum(part is Dashed.DASH for part in parts)
    if not count:
        return text
    if count > MAX_DASHES:
        raise Fault(f'"windash" on text with more than {MAX_DASHES} dashes', "split it into several values")
    if len(DASHES) ** count > MAX_VARIANTS:
        return string(parts, "", Dashed)
    variants: list[SigmaType] = []
    for chosen in product(DASHES, repeat=count):
        each = iter(chosen)
        variants.append(copied(text, joined([next(each) if part is Dashed.DASH else part for part in parts])))
    return SigmaExpansion(variants)


def dashed_regex(value: SigmaString, cased: bool) -> SigmaRegularExpression:
    """The one expression that stands for all variants of a Dashed text."""
    pattern = "".join(_dashed_part(part, cased) for part in value.s)
    begin = "" if value.s[0] is SpecialChars.WILDCARD_MULTI else r"\A"
    end = "" if value.s[-1] is SpecialChars.WILDCARD_MULTI else r"\z"
    return regex(begin + pattern + end, {SigmaRegularExpressionFlag.DOTALL})


def _dashed_part(part: Any, cased: bool) -> str:
    if part is Dashed.DASH:
        return f"[{DASHES[1:]}-]"
    if part is SpecialChars.WILDCARD_MULTI:
        return ".*"
    if part is SpecialChars.WILDCARD_SINGLE:
        return "."
    if not isinstance(part, str):
        raise Fault('"expand" on text with more than four dashes', "split it into several values")
    return "".join(re.escape(char) if cased else _either_case(char) for char in part)


def _either_case(char: str) -> str:
    """The characters that lower-casing makes the same; RE2's own folding takes in more (ſ for s)."""
    same = {char, char.lower(), char.upper()} | ({"\u212a"} if char in "kK" else set())
    same = {one for one in same if len(one) == 1 and one.lower() == char.lower()} or {char}
    return re.escape(char) if same == {char} else "[" + "".join(map(re.escape, sorted(same))) + "]"
