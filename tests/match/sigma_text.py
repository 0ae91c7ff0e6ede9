"""Sigma rules as text, with what they mean: made together, so that loading one can be held to the other.

A `Written` rule is YAML (as JSON, which is YAML) and the condition as an Expr, compiled here a second time from the
modifiers appendix, without pySigma and without `engine/load`.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any, NamedTuple

from engine.rules import (
    ANY,
    ONE,
    And,
    Bool,
    Cidr,
    Compare,
    Const,
    Exists,
    Expr,
    FieldRef,
    Not,
    Null,
    Number,
    Or,
    Pattern,
    Predicate,
    Regex,
    Text,
    TimePart,
)
from tests.strategies import EXPRESSIONS, NETWORKS, PARTS, Choices, joined

__all__ = ["FIELDS", "Names", "Written", "conditions", "same", "selection", "text", "unwritten", "written"]

Names = Callable[[str], Sequence[str]]
"""The fields that pipelines make of one; an item is then an or of copies of itself."""

FIELDS = ["a", "a.b", "userIdentity.type", "requestParameters", "eventName"]
PIECES = [
    "a",
    "B",
    "ab",
    "é",
    "1",
    "*",
    "?",
    "\\",
    "\\\\",
    "\\*",
    "-",
    "/",
    "–",
    " ",
    ".",
    "",
    "true",
    "ſ",
    "σ",
    "\n",
    "😀",
]
PLAIN = ["a", "B", "abc", "é", "1", "-x", "/ a -b", "\\x", "😀", "whoami"]
NUMERIC: list[Any] = [0, 1, -1, 4624, 1.5, 9007199254740993, 10]
DASHES = "-/–—―"
ENCODINGS = {"wide": "utf-16-le", "utf16le": "utf-16-le", "utf16be": "utf-16-be", "utf16": "utf-16-le"}
AFFIXES = {"contains": (True, True), "startswith": (False, True), "endswith": (True, False)}
FLAGS = {"i": "i", "ignorecase": "i", "m": "m", "multiline": "m", "s": "s", "dotall": "s"}


class Written(NamedTuple):
    """A rule's YAML and what it means."""

    text: str
    meaning: Expr


def written(choices: Choices) -> Written:
    """One to three selections under names that a pattern can tell apart, and a condition over them."""
    names = ["selection", "sel_two", "_hidden"][: 1 + choices.below(3)]
    made = {name: selection(choices) for name in names}
    condition, meaning = conditions(choices, {name: expr for name, (_, expr) in made.items()})
    detection = {name: content for name, (content, _) in made.items()} | {"condition": condition}
    rule = {"title": "A rule", "logsource": {"product": "test"}, "detection": detection}
    return Written(json.dumps(rule, ensure_ascii=False), meaning)


def same(field: str) -> Sequence[str]:
    return (field,)


def selection(choices: Choices, names: Names = same) -> tuple[Any, Expr]:
    """A map, a list of maps, or keywords."""
    shape = choices.below(6)
    if shape == 5:
        values = choices.some(1, 3, lambda: choices.of([text(choices), choices.of(NUMERIC), True]))
        return values, Or(tuple(one(None, (), value) for value in values))
    if shape == 4:
        maps = choices.some(1, 3, lambda: mapping(choices, names))
        return [content for content, _ in maps], Or(tuple(expr for _, expr in maps))
    return mapping(choices, names)


def mapping(choices: Choices, names: Names = same) -> tuple[dict[str, Any], Expr]:
    found: dict[str, tuple[Any, Expr]] = {}
    for _ in range(1 + choices.below(3)):
        key, value, expr = item(choices, names)
        found[key] = value, expr
    return {key: value for key, (value, _) in found.items()}, And(tuple(expr for _, expr in found.values()))


# One item: a field with modifiers, and its values


def item(choices: Choices, names: Names = same) -> tuple[str, Any, Expr]:
    """(key, value, meaning)"""
    field = None if choices.one_in(10) else choices.of(FIELDS)
    modifiers, make = chain(choices, field)
    while names is not same and "fieldref" in modifiers:  # what pipelines do to references is not said here again
        modifiers, make = chain(choices, field)
    values = choices.some(1, 3, make)
    if modifiers and modifiers[0] == "exists":
        values = values[:1]
    loose = []  # modifiers that may stand anywhere in the chain
    if len(values) > 1 and choices.one_in(3):
        loose.append("all")
    if field is not None and choices.one_in(4):
        loose.append("neq")
    copies: list[Expr] = []
    for name in [None] if field is None else names(field):
        terms = tuple(one(name, modifiers, value) for value in values)
        meaning: Expr = And(terms) if "all" in loose else Or(terms)
        copies.append(Not(meaning) if "neq" in loose else meaning)
    key = "|".join([field or "", *modifiers, *loose])
    value = values[0] if len(values) == 1 and choices.below(2) else values
    return key, value, Or(tuple(copies))


def chain(choices: Choices, field: str | None) -> tuple[tuple[str, ...], Any]:
    """Modifiers that go together, and how to make a value for them."""
    affix = choices.of(((), ("contains",), ("startswith",), ("endswith",)))
    cased = ("cased",) if choices.one_in(3) else ()
    kind = choices.below(8 if field is None else 14)
    if kind < 3:
        if field is None and not affix:
            affix = ("contains",)
        numbers = field is not None and not cased
        return affix + cased, lambda: choices.of(NUMERIC) if numbers and choices.one_in(4) else text(choices)
    if kind == 3:
        return ("windash", *(affix or ("contains",)), *cased), lambda: choices.of(PLAIN) + choices.of(("", "*", " -a"))
    if kind == 4:
        encoding = choices.of(((), *((name,) for name in ENCODINGS)))
        base = choices.of(("base64", "base64offset"))
        return (*encoding, base, *(affix or ("contains",)), *cased), lambda: "abc" + choices.of(PLAIN)
    if kind in (5, 6):
        flags = choices.some(0, 2, lambda: choices.of(list(FLAGS)))
        return ("re", *dict.fromkeys(flags)), lambda: choices.of(EXPRESSIONS)
    if kind == 7:
        return ("cidr",), lambda: choices.of(NETWORKS)
    if kind == 8:
        return ("exists",), lambda: bool(choices.below(2))
    if kind == 9:
        return (choices.of(("lt", "lte", "gt", "gte")),), lambda: choices.of(NUMERIC)
    if kind == 10:
        part, number = choices.of(PARTS)
        op = choices.of(((), ("lt",), ("lte",), ("gt",), ("gte",)))
        return (part, *op), lambda: int(number)
    if kind == 11:
        return ("fieldref", *affix, *cased), lambda: choices.of(FIELDS)
    return (), lambda: choices.of([None, True, False, "", *NUMERIC])


def text(choices: Choices) -> str:
    return "".join(choices.some(0, 4, lambda: choices.of(PIECES)))


def one(field: str | None, modifiers: Sequence[str], value: Any) -> Expr:
    """What one value means under its modifiers."""
    ops = [name for name in modifiers if name in ("lt", "lte", "gt", "gte")]
    parts = [name for name in modifiers if name in ("minute", "hour", "day", "week", "month", "year")]
    cased = "cased" in modifiers
    affix = next((name for name in modifiers if name in AFFIXES), None)
    if "re" in modifiers:
        return Regex(field, value, "".join(sorted({FLAGS[name] for name in modifiers if name in FLAGS})))
    if "cidr" in modifiers:
        return Cidr(field, value)
    if field is not None:
        if "exists" in modifiers:
            return Exists(field, value)
        if parts:
            return TimePart(field, parts[0], ops[0] if ops else "eq", json.dumps(value))  # type: ignore[arg-type]
        if ops:
            return Compare(field, ops[0], json.dumps(value))  # type: ignore[arg-type]
        if "fieldref" in modifiers:
            return FieldRef(field, value, affix or "equals", cased)  # type: ignore[arg-type]
        if not isinstance(value, str) and affix is None:
            return typed(field, value)
    seen = value if isinstance(value, str) else json.dumps(value)
    before, after = AFFIXES[affix] if affix else (field is None, field is None)
    return Or(
        tuple(
            Text(field, joined([*[ANY] * before, *parts, *[ANY] * after]), cased) for parts in variants(seen, modifiers)
        )
    )


def typed(field: str, value: Any) -> Predicate:
    if value is None:
        return Null(field)
    return Bool(field, value) if isinstance(value, bool) else Number(field, json.dumps(value))


def variants(seen: str, modifiers: Sequence[str]) -> list[Pattern]:
    """The patterns a text stands for, affixes left aside."""
    named = next((name for name in modifiers if name in ENCODINGS), None)
    data = "".join(str(part) for part in unwritten(seen)).encode(ENCODINGS[named] if named else "utf-8")
    if named == "utf16":
        data = b"\xff\xfe" + data
    if "base64" in modifiers:
        return [(b64encode(data).decode(),)]
    if "base64offset" in modifiers:
        # A letter is six bits; those that lie wholly inside the data are the same whatever stands around it.
        return [
            (b64encode(bytes(shift) + data + bytes(3)).decode()[-(-8 * shift // 6) : 8 * (shift + len(data)) // 6],)
            for shift in range(3)
        ]
    parts = unwritten(seen)
    return dashed(parts) if "windash" in modifiers else [parts]


def unwritten(seen: str) -> Pattern:
    """Wildcards and escapes of a Sigma text, read from left to right."""
    parts: list[str | int] = []
    at = 0
    while at < len(seen):
        if seen[at] == "\\" and seen[at + 1 : at + 2] in ("\\", "*", "?") and at + 1 < len(seen):
            parts.append(seen[at + 1])
            at += 1
        else:
            parts.append({"*": ANY, "?": ONE}.get(seen[at], seen[at]))
        at += 1
    return joined(parts)


def dashed(parts: Pattern) -> list[Pattern]:
    """Every way to write the dashes that a word follows and no word precedes."""
    letters = [letter for part in parts for letter in (part if isinstance(part, str) else (part,))]

    def word(at: int) -> bool:
        letter = letters[at] if 0 <= at < len(letters) else None
        return isinstance(letter, str) and (letter.isalnum() or letter == "_")

    ways = [
        DASHES if isinstance(letter, str) and letter in DASHES and word(at + 1) and not word(at - 1) else (letter,)
        for at, letter in enumerate(letters)
    ]
    return [joined(chosen) for chosen in product(*ways)]


# Conditions


def conditions(choices: Choices, exprs: dict[str, Expr]) -> tuple[str, Expr]:
    """The text of a condition and what it means; brackets only where precedence asks for them, or for no reason."""
    shown = [name for name in exprs if not name.startswith("_")]
    way = choices.below(7)
    if way == 0:
        return "1 of them", Or(tuple(exprs[name] for name in shown))
    if way == 1:
        return "all of sel*", And(tuple(exprs[name] for name in shown))
    if way == 2:
        return "1 of none_*", Const(False)
    return term(choices, exprs, 3)


def term(choices: Choices, exprs: dict[str, Expr], depth: int) -> tuple[str, Expr]:
    way = choices.below(6) if depth else 0
    if way < 2:
        name = choices.of(list(exprs))
        return name, exprs[name]
    if way == 2:
        inner, expr = term(choices, exprs, depth - 1)
        return f"not ({inner})", Not(expr)
    if way == 3:
        name = choices.of(list(exprs))
        return f"not {name}", Not(exprs[name])
    (left, one_side), (right, other_side) = term(choices, exprs, depth - 1), term(choices, exprs, depth - 1)
    if way == 4:
        return f"({left}) and ({right})", And((one_side, other_side))
    return f"{left} or {right}", Or((one_side, other_side))
