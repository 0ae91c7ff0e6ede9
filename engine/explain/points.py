"""Which rules rely on what the Sigma specification leaves open; our decisions are in docs/semantics.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from engine.rules import (
    ANY,
    And,
    Cidr,
    Compare,
    Const,
    Exact,
    Expr,
    FieldRef,
    Not,
    Null,
    Number,
    Or,
    Predicate,
    Regex,
    Rule,
    Search,
    Selection,
    Text,
    TimePart,
)

__all__ = ["POINTS", "Point", "points_of"]


class Point(NamedTuple):
    """One open point.

    id       stable, for reports that are compared
    text     what is decided here, one sentence
    section  of docs/semantics.md that says more
    """

    id: str
    text: str
    section: str


class _Use(NamedTuple):
    """One place of a rule: a predicate, whether it is negated there, and whether others must hold beside it."""

    test: Predicate
    negated: bool
    all_of_one: bool


_Relies = Callable[[_Use], bool]

_TEXTS = (Text, Regex)

_TABLE: tuple[tuple[Point, _Relies], ...] = (
    (
        Point("negation-missing", "A missing field is different from every value.", "Fields, objects and lists"),
        lambda use: use.negated and use.test.field is not None and not isinstance(use.test, Null),
    ),
    (
        Point("number-text", "A number equals text that is its decimal text, and no other.", "Numbers and booleans"),
        lambda use: isinstance(use.test, Number),
    ),
    (
        Point("compare-text", "Comparisons read text that is a decimal number.", "Numbers and booleans"),
        lambda use: isinstance(use.test, Compare),
    ),
    (
        Point("null-empty", "null is not the empty text, nor an empty list.", "Missing, null, empty"),
        lambda use: isinstance(use.test, Null),
    ),
    (
        Point("any-text", "A lone wildcard finds the empty text, but not null.", "Missing, null, empty"),
        lambda use: isinstance(use.test, Text) and use.test.pattern == (ANY,),
    ),
    (
        Point("letter-case", "Case is ignored beyond ASCII by lower-casing both sides.", "Text"),
        lambda use: isinstance(use.test, Text) and not use.test.cased and not _ascii(use.test),
    ),
    (
        Point("object-text", "Patterns look into the JSON text of an object.", "Text"),
        lambda use: isinstance(use.test, _TEXTS) and use.test.field is not None and not _whole(use.test),
    ),
    (
        Point("list-members", "Two conditions on one list may be met by two members.", "Fields, objects and lists"),
        lambda use: use.all_of_one,
    ),
    (
        Point("dotted-key", "A key that has the dots itself wins over the path.", "Fields, objects and lists"),
        lambda use: use.test.field is not None and "." in use.test.field,
    ),
    (
        Point("regex-dialect", "Expressions are RE2: no look-around, no back-references.", "Modifiers"),
        lambda use: isinstance(use.test, Regex),
    ),
    (
        Point("cidr-mapped", "IPv4 addresses inside IPv6 ones, and zones, are in no network of IPv4.", "Modifiers"),
        lambda use: isinstance(use.test, Cidr),
    ),
    (
        Point("date-written", "Parts of dates are read as written; numbers are no dates.", "Modifiers"),
        lambda use: isinstance(use.test, TimePart),
    ),
    (
        Point("fieldref-case", "Fields are compared without case unless |cased.", "Fields, objects and lists"),
        lambda use: isinstance(use.test, FieldRef),
    ),
    (
        Point("keyword-values", "Keywords are looked for in values, not in names of fields.", "Keywords"),
        lambda use: use.test.field is None and not isinstance(use.test, Search),
    ),
)

_NOTHING = Point("empty-pattern", "A pattern that names no selection: 1 of is false, all of true.", "Conditions")

POINTS = (*(point for point, _ in _TABLE), _NOTHING)
"""In the order of docs/semantics.md as far as that goes."""


def points_of(rule: Rule) -> tuple[str, ...]:
    """The ids of the open points that a rule relies on, in the order of POINTS."""
    found: set[str] = set()
    uses = set(_uses(rule.condition, rule, negated=False, all_of_one=False))
    for point, relies in _TABLE:
        if any(relies(use) for use in uses if not isinstance(use.test, Exact | Search)):
            found.add(point.id)
    if _has_constant(rule.condition):
        found.add(_NOTHING.id)
    return tuple(point.id for point in POINTS if point.id in found)


def _uses(expr: Expr, rule: Rule, *, negated: bool, all_of_one: bool) -> Iterator[_Use]:
    if isinstance(expr, And | Or):
        fields = [arg.field for arg in expr.args if not isinstance(arg, And | Or | Not | Const | Selection)]
        for arg in expr.args:
            name = None if isinstance(arg, And | Or | Not | Const | Selection) else arg.field
            several = isinstance(expr, And) and name is not None and fields.count(name) > 1
            yield from _uses(arg, rule, negated=negated, all_of_one=several)
    elif isinstance(expr, Not):
        yield from _uses(expr.arg, rule, negated=not negated, all_of_one=False)
    elif isinstance(expr, Selection):
        yield from _uses(rule.selections[expr.name], rule, negated=negated, all_of_one=False)
    elif not isinstance(expr, Const):
        yield _Use(expr, negated, all_of_one)


def _has_constant(expr: Expr) -> bool:
    if isinstance(expr, And | Or):
        return any(map(_has_constant, expr.args))
    return _has_constant(expr.arg) if isinstance(expr, Not) else isinstance(expr, Const)


def _ascii(test: Text) -> bool:
    return all(isinstance(part, int) or part.isascii() for part in test.pattern)


def _whole(test: Predicate) -> bool:
    """Whether a test is about a value as a whole, which no object is."""
    return isinstance(test, Text) and all(isinstance(part, str) for part in test.pattern)
