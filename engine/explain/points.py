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
    """One open point: its number in docs/semantics.md, and what is decided there, in short."""

    id: str
    text: str


class _Use(NamedTuple):
    """One place of a rule: a test, whether its own selection negates it, and the tests that must hold beside it."""

    test: Predicate
    negated: bool
    beside: tuple[Predicate, ...]


_Relies = Callable[[_Use], bool]

_TABLE: tuple[tuple[Point, _Relies], ...] = (
    (
        Point("2.6", "Text that spells a number differently is not that number."),
        lambda use: isinstance(use.test, Number),
    ),
    (
        Point("2.12", "Letters beyond ASCII are lower-cased, and nothing else is done."),
        lambda use: isinstance(use.test, Text) and not use.test.cased and not _ascii(use.test),
    ),
    (
        Point("3.2", "Patterns see numbers and booleans as text."),
        lambda use: isinstance(use.test, Text) and use.test.field is not None and not _whole(use.test),
    ),
    (
        Point("3.7", "A missing field is different from every value."),
        lambda use: use.negated and use.test.field is not None,
    ),
    (
        Point("3.10", "Expressions are RE2, without look-around and back-references."),
        lambda use: isinstance(use.test, Regex),
    ),
    (
        Point("3.12", "An IPv6 address that maps an IPv4 one is IPv6; one with a zone is not compared."),
        lambda use: isinstance(use.test, Cidr),
    ),
    (
        Point("3.14", "Text that is a decimal number compares as that number."),
        lambda use: isinstance(use.test, Compare),
    ),
    (
        Point("3.16", "Numbers of seconds since 1970 are no dates."),
        lambda use: isinstance(use.test, TimePart),
    ),
    (
        Point("3.18", "Two fields are compared without case."),
        lambda use: isinstance(use.test, FieldRef) and not use.test.cased,
    ),
    (
        Point("5.2", "An empty list is not null."),
        lambda use: isinstance(use.test, Null),
    ),
    (
        Point("5.4", "A star finds the empty text but not null."),
        lambda use: isinstance(use.test, Text) and use.test.pattern == (ANY,),
    ),
    (
        Point("6.2", "A key that holds the dots literally wins over the path."),
        lambda use: "." in (use.test.field or ""),
    ),
    (
        Point("6.3", "So does a key that holds some of the dots."),
        lambda use: (use.test.field or "").count(".") > 1,
    ),
    (
        Point("6.5", "Two items on one list may be met by two members."),
        lambda use: any(_one_list(use.test, other) for other in use.beside),
    ),
    (
        Point("6.8", "All keywords are looked for in the event, not in one value."),
        lambda use: use.test.field is None and any(other.field is None for other in use.beside),
    ),
    (
        Point("6.9", "Keywords are looked for in values, numbers too, not in names of fields."),
        lambda use: use.test.field is None,
    ),
    (
        Point("6.10", "Keywords take expressions, networks, and ends of values."),
        lambda use: use.test.field is None and not _inside(use.test),
    ),
)

_NAMELESS = Point("1.4", "A rule without id is known by its name, else by its content.")

POINTS = (_NAMELESS, *(point for point, _ in _TABLE))
"""In the order of docs/semantics.md: those that a loaded rule still shows; how its YAML was read it does not."""


def points_of(rule: Rule) -> tuple[str, ...]:
    """The ids of the open points that a rule relies on, in the order of POINTS."""
    found = set() if rule.id else {_NAMELESS.id}
    uses = list(_uses(rule.condition, rule, negated=False, beside=()))
    found.update(point.id for point, relies in _TABLE if any(map(relies, uses)))
    return tuple(point.id for point in POINTS if point.id in found)


def _uses(expr: Expr, rule: Rule, *, negated: bool, beside: tuple[Predicate, ...]) -> Iterator[_Use]:
    if isinstance(expr, And | Or):
        tests = [arg for arg in expr.args if not isinstance(arg, And | Or | Not | Const | Selection)]
        for arg in expr.args:
            others = tuple(test for test in tests if test is not arg) if isinstance(expr, And) else ()
            yield from _uses(arg, rule, negated=negated, beside=others)
    elif isinstance(expr, Not):
        yield from _uses(expr.arg, rule, negated=not negated, beside=())
    elif isinstance(expr, Selection):  # what the condition negates is plain logic, and no open point
        yield from _uses(rule.selections[expr.name], rule, negated=False, beside=())
    elif not isinstance(expr, Const | Exact | Search):  # native rules mean what JMESPath means
        yield _Use(expr, negated, beside)


def _one_list(one: Predicate, other: Predicate) -> bool:
    """Whether two tests look at one field, or at two of one parent."""
    if one.field is None or other.field is None:
        return False
    parent, dot, _ = one.field.rpartition(".")
    return one.field == other.field or (bool(dot) and parent == other.field.rpartition(".")[0])


def _ascii(test: Text) -> bool:
    return all(isinstance(part, int) or part.isascii() for part in test.pattern)


def _whole(test: Text) -> bool:
    """Whether a test is about a value as a whole."""
    return all(isinstance(part, str) for part in test.pattern)


def _inside(test: Predicate) -> bool:
    """Whether a keyword is plain: text found anywhere inside a value, or a number or boolean."""
    if not isinstance(test, Text):
        return not isinstance(test, Regex | Cidr)
    return bool(test.pattern) and test.pattern[0] == ANY and test.pattern[-1] == ANY
