"""A field's key and raw value -> pySigma values with every modifier applied.

Own code instead of pySigma's modifiers, for both its majors: this is the one place where its defects in values and
modifiers are worked around (big integers, `utf16le`, wide and base64 of non-ASCII, the dashes of `windash`, `\\%`,
host bits and zones of networks, text modifiers on numbers, `re` after `all`). The values stay pySigma's own types,
because pipelines work on those.

Source: Sigma modifiers appendix 2.1.
"""

from __future__ import annotations

import ipaddress
import re
from base64 import b64encode
from collections.abc import Callable

from sigma.types import (
    CompareOperators,
    Placeholder,
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaRegularExpressionFlag,
    SigmaString,
    SigmaTimestampPart,
    SigmaType,
    SpecialChars,
    TimestampPart,
)

from engine.load.faults import Fault, did_you_mean
from engine.load.strings import (
    Dashed,
    Encoded,
    Parts,
    copied,
    dashed_regex,
    dashes,
    encoded,
    joined,
    placed,
    regex,
    regex_text,
    string,
    written,
)
from engine.load.values import CasedFieldReference, ExactNumber, kind_of, plain, refused, text_of

__all__ = ["MODIFIERS", "apply"]

_NETWORK = re.compile(r"[0-9a-fA-F:.]+(?:/[0-9]+)?").fullmatch


def apply(names: list[str], values: list[SigmaType], field: str | None) -> tuple[list[SigmaType], bool, bool]:
    """Apply modifiers from left to right; returns the values, whether all of them must match, and whether negated.

    Raises Fault, whose step, if any, is the index of the value.
    """
    linked = negated = cased = False
    before: list[str] = []
    for name in names:
        if name == "all":
            linked = True
        elif name == "neq":
            negated = True
        elif name == "cased":
            cased = True
        else:
            modify = MODIFIERS.get(name)
            if modify is None:
                raise _unknown(name)
            if name in _FIRST and (before or cased):
                raise Fault(f'"{name}" after "{before[-1] if before else "cased"}"', f'put "{name}" first')
            if name == "windash" and name in before:  # of four dashes it makes 625 values, twice 390,625
                raise Fault('"windash" stands twice', "once is enough")
            if name == "exists" and field is None:
                raise Fault('"exists" needs a field', "put the field's name before the bar")
            values = _every(modify, values)
            before.append(name)
    if field is None:
        inside = not {"startswith", "endswith"}.intersection(before)
        values = _every(_keyword(inside), values)
    return _every(lambda value: _finish(value, cased), values), linked, negated


def _unknown(name: str) -> Fault:
    known = [*MODIFIERS, "all", "neq", "cased"]
    return Fault(f'unknown modifier "{name}"', did_you_mean(name, known) or "modifiers: " + ", ".join(sorted(known)))


def _every(modify: Callable[[SigmaType], SigmaType], values: list[SigmaType]) -> list[SigmaType]:
    """Each value modified; a Fault says which of them it was."""
    done: list[SigmaType] = []
    try:
        for value in values:
            done.append(_each(modify, value))
    except Fault as fault:
        raise fault.under(len(done)) from None
    return done


def _each(modify: Callable[[SigmaType], SigmaType], value: SigmaType) -> SigmaType:
    if isinstance(value, SigmaExpansion):
        return SigmaExpansion([_each(modify, one) for one in value.values])
    return modify(value)


def _affix(modifier: str, before: bool, after: bool) -> Callable[[SigmaType], SigmaType]:
    """contains, startswith, endswith: wildcards around, after, before."""
    any_text = SpecialChars.WILDCARD_MULTI

    def modify(value: SigmaType) -> SigmaType:
        if isinstance(value, SigmaFieldReference):
            # `starts_with` means "compare the start", which leaves the end open.
            return SigmaFieldReference(value.field, value.starts_with or after, value.ends_with or before)
        if isinstance(value, SigmaRegularExpression):
            parts = list(value.regexp.s)
            # A search is open at both ends already, so these only close the end they do not leave open.
            parts = parts if before else [r"\A(?:", *parts, ")"]
            return regex(parts if after else ["(?:", *parts, r")\z"], value.flags)
        if isinstance(value, SigmaString):
            text = value
        elif type(value) in (ExactNumber, SigmaBool):
            text = text_of(value, modifier)
        else:
            raise refused(modifier, value)
        return copied(text, [*([any_text] if before else ()), *text.s, *([any_text] if after else ())])

    return modify


def _encode(modifier: str, encoding: str) -> Callable[[SigmaType], SigmaType]:
    def modify(value: SigmaType) -> SigmaType:
        text = plain(value, modifier)
        if isinstance(text, Encoded):
            raise Fault(f'"{modifier}" on text that is encoded already', "use one encoding")
        if isinstance(text, Dashed):
            raise Fault(f'"{modifier}" on text with more than four dashes', "split it into several values")
        result = Encoded()
        result.s = text.s
        result.encoding = encoding
        return result

    return modify


def _bytes(value: SigmaType, modifier: str) -> bytes:
    text = plain(value, modifier)
    if isinstance(text, Dashed):
        raise Fault(f'"{modifier}" on text with more than four dashes', "split it into several values")
    if any(isinstance(part, SpecialChars) for part in text.s):
        hint = f'put "{modifier}" before "contains"; escape a literal * or ? as \\* or \\?'
        raise Fault(f'"{modifier}" cannot encode wildcards', hint)
    if any(not isinstance(part, str) for part in text.s):
        raise Fault(f'"{modifier}" cannot encode a placeholder')
    return encoded("".join(map(str, text.s)), text.encoding if isinstance(text, Encoded) else "utf-8")


def _base64(value: SigmaType) -> SigmaType:
    return string([b64encode(_bytes(value, "base64")).decode()])


def _base64offset(value: SigmaType) -> SigmaType:
    """The part of the encoding that does not depend on the neighbours, for each of the three positions."""
    data = _bytes(value, "base64offset")
    variants: list[SigmaType] = []
    for shift in range(3):
        text = b64encode(b"\0" * shift + data).decode()
        start = (0, 2, 3)[shift]
        end = len(text) + (0, -3, -2)[(len(data) + shift) % 3]
        if text[start:end]:
            variants.append(string([text[start:end]]))
    if not variants:
        raise Fault('"base64offset" of too short a text', "use at least three characters")
    return SigmaExpansion(variants)


def _expand(value: SigmaType) -> SigmaType:
    """Put placeholders in; `\\%` stays a percent sign."""
    if isinstance(value, SigmaRegularExpression):
        placeless = not any(isinstance(part, Placeholder) for part in value.regexp.s)
        return regex(placed(regex_text(value)), value.flags) if placeless else value
    text = plain(value, "expand")
    parts: Parts = []
    for part in text.s:
        parts += placed(part) if isinstance(part, str) else [part]
    return copied(text, joined(parts))


# Regular expressions, networks, numbers, dates, fields


def _re(value: SigmaType) -> SigmaType:
    if isinstance(value, SigmaString):
        return regex(value.original, set())
    if type(value) is ExactNumber:
        return regex(value.text, set())
    raise Fault(f'"re" needs text, not {kind_of(value)}', "put the expression in quotes")


def _flag(modifier: str, flag: SigmaRegularExpressionFlag) -> Callable[[SigmaType], SigmaType]:
    def modify(value: SigmaType) -> SigmaType:
        if not isinstance(value, SigmaRegularExpression):
            hint = 'text ignores case already; "cased" turns that off' if modifier in ("i", "ignorecase") else None
            raise Fault(f'"{modifier}" needs "re" before it', hint or f'write "re|{modifier}"')
        changed = regex(list(value.regexp.s), value.flags | {flag})
        changed.regexp = value.regexp
        return changed

    return modify


def _cidr(value: SigmaType) -> SigmaType:
    text = plain(value, "cidr").original
    hint = 'write it as "10.0.0.0/8" or "2001:db8::/32"'
    if not _NETWORK(text):
        raise Fault(f'"{text}" is not a network', hint)
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise Fault(f'"{text}" is not a network', hint) from None
    return SigmaCIDRExpression(str(network))


def _exists(value: SigmaType) -> SigmaType:
    if not isinstance(value, SigmaBool):
        raise Fault(f'"exists" needs true or false, not {kind_of(value)}', "write true or false without quotes")
    return SigmaExists(value.boolean)


def _compare(modifier: str, op: CompareOperators) -> Callable[[SigmaType], SigmaType]:
    def modify(value: SigmaType) -> SigmaType:
        if isinstance(value, SigmaNumber):
            return SigmaCompareExpression(value, op)
        hint = "write the number without quotes" if isinstance(value, SigmaString) else None
        raise Fault(f'"{modifier}" needs a number, not {kind_of(value)}', hint)

    return modify


def _part(modifier: str, part: TimestampPart) -> Callable[[SigmaType], SigmaType]:
    def modify(value: SigmaType) -> SigmaType:
        if isinstance(value, SigmaCompareExpression):
            raise Fault(f'"{modifier}" after a comparison', f'put it first, as in "{modifier}|gte"')
        if type(value) is not ExactNumber:
            hint = "write the number without quotes" if isinstance(value, SigmaString) else None
            raise Fault(f'"{modifier}" needs a number, not {kind_of(value)}', hint)
        stamp: SigmaTimestampPart = SigmaTimestampPart.__new__(SigmaTimestampPart)
        stamp.timestamp_part = part
        stamp.number = value.number
        stamp.text = value.text  # type: ignore[attr-defined]
        return stamp

    return modify


def _fieldref(value: SigmaType) -> SigmaType:
    if not isinstance(value, SigmaString):
        raise Fault(f'"fieldref" needs the name of a field, not {kind_of(value)}', "put the name in quotes")
    if any(isinstance(part, Placeholder) for part in value.s):
        raise Fault('"fieldref" of a placeholder', "write the name of the field out")
    if any(isinstance(part, SpecialChars) for part in value.s):
        hint = 'write it first, as in "fieldref|startswith"; a field name has no wildcards'
        raise Fault('"fieldref" of a name with wildcards', hint)
    return SigmaFieldReference("".join(map(str, value.s)))


def _keyword(inside: bool) -> Callable[[SigmaType], SigmaType]:
    """A value without a field is looked for in the text of the event: numbers as text, and anywhere if `inside`."""

    def modify(value: SigmaType) -> SigmaType:
        if isinstance(value, SigmaNull):
            raise Fault("null without a field", "put the field's name before it")
        if type(value) in (ExactNumber, SigmaBool):
            value = text_of(value, "")
        return _affix("", True, True)(value) if inside and isinstance(value, SigmaString) else value

    return modify


# What a value becomes when all modifiers are through


def _finish(value: SigmaType, cased: bool) -> SigmaType:
    if isinstance(value, SigmaExpansion):
        return SigmaExpansion([_finish(one, cased) for one in value.values])
    if isinstance(value, Dashed):
        return dashed_regex(value, cased)
    if isinstance(value, Encoded):
        value = written(value)
    if not cased:
        return value
    if isinstance(value, SigmaString):
        return string(value.s, value.original, SigmaCasedString)
    if isinstance(value, SigmaFieldReference):
        return CasedFieldReference(value.field, value.starts_with, value.ends_with)
    hint = "a regular expression is case-sensitive already" if isinstance(value, SigmaRegularExpression) else None
    raise Fault(f'"cased" cannot be used on {kind_of(value)}', hint)


_FIRST = frozenset(("re", "cidr", "exists"))

MODIFIERS: dict[str, Callable[[SigmaType], SigmaType]] = {
    "contains": _affix("contains", True, True),
    "startswith": _affix("startswith", False, True),
    "endswith": _affix("endswith", True, False),
    "windash": lambda value: dashes(plain(value, "windash")),
    "wide": _encode("wide", "utf-16-le"),
    "utf16le": _encode("utf16le", "utf-16-le"),
    "utf16be": _encode("utf16be", "utf-16-be"),
    "utf16": _encode("utf16", "utf-16"),
    "base64": _base64,
    "base64offset": _base64offset,
    "expand": _expand,
    "re": _re,
    "cidr": _cidr,
    "exists": _exists,
    "fieldref": _fieldref,
    **{name: _flag(name, SigmaRegularExpressionFlag.IGNORECASE) for name in ("i", "ignorecase")},
    **{name: _flag(name, SigmaRegularExpressionFlag.MULTILINE) for name in ("m", "multiline")},
    **{name: _flag(name, SigmaRegularExpressionFlag.DOTALL) for name in ("s", "dotall")},
    **{op.name.lower(): _compare(op.name.lower(), op) for op in CompareOperators if op.name != "NEQ"},
    **{part.name.lower(): _part(part.name.lower(), part) for part in TimestampPart},
}
"""Every modifier but `all`, `neq` and `cased`, which hold for the item, wherever in the chain they stand."""
