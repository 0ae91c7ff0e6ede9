"""Hypothesis strategies for rulesets and for events that come close to what the rules ask.

Fields, letters and numbers are few, so that predicates are shared between rules and values fall on both sides of them.
A *world* is a ruleset with events made for it: most values are a predicate's own literal or a near miss of it, put
where a path may find it: nested, under a literal dotted key, inside lists, behind a parent that is no object.

Everything is made of one thing, a whole number below a bound, so that hypothesis draws and shrinks it fast, and so
that a plain `random.Random` can make worlds by the hundred thousand.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple, TypeVar

from hypothesis import strategies as st

from engine.derived import roots
from engine.load.exact import expression
from engine.model import LogSource
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
    Rule,
    Ruleset,
    Search,
    Selection,
    Text,
    TimePart,
)
from tests.match.near import near
from tests.native_text import expression_text

__all__ = [
    "Choices", "World", "asked_of", "event", "leaves_of", "plain_world", "predicates_in", "random_choices",
    "world", "worlds",
]  # fmt: skip

T = TypeVar("T")

FIELDS = [
    "a", "b", "a.b", "a.b.c", "eventName", "eventSource", "errorCode", "userAgent", "sourceIPAddress", "userIdentity",
    "userIdentity.type", "userIdentity.a.b", "requestParameters", "requestParameters.b",
]  # fmt: skip
"""CloudTrail's names among them, because the fast path knows those; some begin others, and all may be nested."""

LITERALS = [
    "a", "A", "b", "ab", "Ab", "aa", "1", "10", "true", "null", "4624", "1.5", "é", "É", "ß", "Σ", "ς", "σ", "ΑΣ",
    "\N{KELVIN SIGN}", "k", "İ", "i", "ı", "ſ", "s", "\n", "\\", "*", "?", ".", '"', "{", ":", "😀", "\x00", "%",
    "e+16", "10.0.0.1", "AWS Internal", '{"b":1}', "aaaa", "a\nb",
]  # fmt: skip

NUMBERS = [
    "0", "1", "-1", "2", "5", "10", "4624", "0.1", "1.5", "-0.5", "1e3", "2.0", "9007199254740993",
    "18446744073709551617", "10000000000000000",
]  # fmt: skip

EXPRESSIONS = [
    "a", "^a", "b$", "^a.b$", "^$", ".*", "[ab]+", r"^\d+$", r"\w", r"^\W$", "[^a]", "a|é", "É", "k", "^s$", r"\bb",
    r"\.", "(a+)+b", "^.$", "true|1", r"^\{", r"(?i)A", r"\x00", r"\pL", "a{2}", r"^\s", "^b", "ß", "σ",
]  # fmt: skip

NETWORKS = ["10.0.0.0/8", "10.0.0.1/32", "0.0.0.0/0", "::/0", "2001:db8::/32", "::ffff:0:0/96", "10.0.0.0/31"]

PARTS = [
    ("hour", "7"), ("minute", "8"), ("day", "6"), ("week", "53"), ("month", "5"), ("year", "2024"), ("hour", "0"),
    ("week", "19"),
]  # fmt: skip
"""Parts of the dates in `tests.match.near`."""

SCALARS: list[Any] = [
    None, "", "x", True, False, 0, 1, -1, 2, 5, 10, 4624, 1.0, 0.0, -0.0, 0.1, 1.5, 1e16, 10**16, 1e-7, 1e22, 2**53,
    2**53 + 1, float(2**53), 2**63, 2**64 + 1, -(2**63), "TRUE", "True", "false", "1.0", "01", "+1", " 1", "1 ", "1.",
    ".5", "1e0", "-0", "١", "NaN", "Infinity", "a\n", "a\nb", "ab\n", "aab", "{}", "[]", '{"b": 1}', "::ffff:10.0.0.1",
    "10.0.0.2", "010.0.0.1", "10.0.0.1\n", "2001:db8::1", "2001:DB8::1", "::1%eth0", "167772161", "ẞ", "SS", "i\u0307",
    "e\u0301", "\u2028", "\x7f", "aaaaaaaaaaaaaaaaaaaaaaaa",
]  # fmt: skip

LETTERS = 'aAbB1.é\n*?"'

KINDS = [Text] * 9 + [Number, Bool, Null, Exists, Exists, Regex, Regex, Cidr, Compare, Compare, TimePart, FieldRef]
FLAGS = ["", "", "i", "m", "s", "im", "is", "ims"]


class World(NamedTuple):
    """A ruleset and events that were made to come close to it."""

    ruleset: Ruleset
    events: list[dict[str, Any]]


class Choices:
    """What all else is made of: `below(n)` is a whole number from 0 to n - 1, the plainest choice first."""

    def __init__(self, below: Callable[[int], int]) -> None:
        self.below = below

    def of(self, several: Sequence[T]) -> T:
        return several[self.below(len(several))]

    def one_in(self, count: int) -> bool:
        return self.below(count) == count - 1

    def some(self, least: int, most: int, make: Callable[[], T]) -> list[T]:
        return [make() for _ in range(least + self.below(most - least + 1))]


PLAINEST = Choices(lambda bound: 0)
"""Always the plainest choice."""


@cache
def numbers_below(bound: int) -> st.SearchStrategy[int]:
    return st.integers(0, bound - 1)


def random_choices(seed: int) -> Choices:
    """Choices without hypothesis: always the same for a seed."""
    return Choices(random.Random(seed).randrange)


@st.composite
def worlds(draw: st.DrawFn, most_rules: int = 6, most_events: int = 8) -> World:
    """A ruleset, and events that come close to it."""
    return world(Choices(lambda bound: draw(numbers_below(bound))), most_rules, most_events)


def world(choices: Choices, most_rules: int = 6, most_events: int = 8) -> World:
    """A ruleset over a few fields, and events that come close to it."""
    made = ruleset(choices, most_rules)
    fields, close = asked_of(made)
    return World(made, choices.some(1, most_events, lambda: event(choices, fields, close)))


def plain_world(choices: Choices, most_rules: int = 12, most_events: int = 12) -> World:
    """A ruleset, and events whose values are all text or null."""
    made = ruleset(choices, most_rules)
    fields, close = asked_of(made)
    return World(made, choices.some(2, most_events, lambda: plain_event(choices, fields, close)))


def asked_of(made: Ruleset) -> tuple[list[str], list[Any]]:
    """The fields a ruleset reads, and values close to its predicates."""
    asked = predicates_in(made)
    fields = list(dict.fromkeys(name for predicate in asked for name in fields_of(predicate))) or ["a"]
    return fields, [value for predicate in asked for value in near(predicate)]


# Rules


def ruleset(choices: Choices, most: int = 6) -> Ruleset:
    """One to `most` rules over shared predicates, few of them but for a large ruleset, and shared joins of them."""
    fields = [choices.of(FIELDS) for _ in range(1 + choices.below(4))]
    shared: list[Expr] = list(choices.some(1, 8 if most < 40 else 40, lambda: term(choices, fields)))
    for _ in range(choices.below(5)):
        shared.append(join(choices, shared))
    return Ruleset(tuple(rule(choices, number, shared) for number in range(1 + choices.below(most))))


def term(choices: Choices, fields: Sequence[str]) -> Expr:
    """A predicate of a Sigma rule most often, else an expression of a native rule."""
    return expression(expression_text(choices, fields, 2)) if choices.one_in(6) else predicate(choices, fields)


def rule(choices: Choices, number: int, shared: Sequence[Expr]) -> Rule:
    """One rule: one to three selections out of `shared`, joined by a condition of at most four joins."""
    names = ["selection", "filter_a", "filter_b"][: 1 + choices.below(3)]
    selected = {name: choices.of(shared) for name in names}
    terms: list[Expr] = [Selection(name) for name in names]
    for _ in range(choices.below(4)):
        terms.append(join(choices, terms))
    return Rule(
        key=f"rule-{number}",
        title=f"Rule {number}",
        path="rules.yml",
        line=number + 1,
        logsource=LogSource(),
        selections=selected,
        condition=terms[-1],
    )


def join(choices: Choices, terms: Sequence[Expr]) -> Expr:
    """An and, or, not or constant over expressions that exist already."""
    kind = choices.below(9)
    if kind == 8:
        return Const(bool(choices.below(2)))
    if kind in (6, 7):
        return Not(choices.of(terms))
    if kind == 5:
        return And((choices.of(terms), Not(choices.of(terms))))
    args = tuple(choices.some(1, 3, lambda: choices.of(terms)))
    return And(args) if kind % 2 else Or(args)


def predicate(choices: Choices, fields: Sequence[str]) -> Predicate:
    """Any kind of predicate on these fields; text most often, as in real rules."""
    kind, field = choices.of(KINDS), choices.of(fields)
    keyword = None if choices.one_in(8) else field
    if kind is Text:
        return Text(keyword, pattern(choices), choices.one_in(4))
    if kind is Number:
        return Number(keyword, choices.of(NUMBERS))
    if kind is Bool:
        return Bool(keyword, bool(choices.below(2)))
    if kind is Null:
        return Null(field)
    if kind is Exists:
        return Exists(field, bool(choices.below(2)))
    if kind is Regex:
        return Regex(keyword, choices.of(EXPRESSIONS), choices.of(FLAGS))
    if kind is Cidr:
        return Cidr(keyword, choices.of(NETWORKS))
    if kind is Compare:
        return Compare(field, choices.of(("gt", "gte", "lt", "lte")), choices.of(NUMBERS))
    if kind is TimePart:
        part, number = choices.of(PARTS)
        return TimePart(field, part, choices.of(("eq", "eq", "gt", "gte", "lt", "lte")), number)  # type: ignore[arg-type]
    mode = choices.of(("equals", "contains", "startswith", "endswith"))
    return FieldRef(field, choices.of(fields), mode, choices.one_in(3))  # type: ignore[arg-type]


def pattern(choices: Choices) -> Pattern:
    """What equality, contains, startswith and endswith make of a literal, or any literals and wildcards in turn."""
    literal = choices.of(LITERALS)
    shape = choices.below(8)
    if shape < 6:
        return ((literal,), (ANY, literal, ANY), (literal, ANY), (ANY, literal), (), (ANY,))[shape]
    return joined(choices.some(1, 6, lambda: choices.of((ANY, ONE, *LITERALS[:6], literal))))


def joined(parts: Sequence[str | int]) -> Pattern:
    """Parts as the loader leaves them: literals side by side are one, and so are ANYs."""
    found: list[str | int] = []
    for part in parts:
        if found and isinstance(part, str) and isinstance(found[-1], str):
            found[-1] += part
        elif not (found and part == ANY and found[-1] == ANY):
            found.append(part)
    return tuple(found)


def predicates_in(ruleset: Ruleset) -> list[Predicate]:
    """Every predicate of every rule, each once."""
    found: dict[Predicate, None] = {}
    for rule in ruleset.rules:
        for expr in rule.selections.values():
            found.update(dict.fromkeys(leaves_of(expr)))
    return list(found)


def leaves_of(expr: Expr) -> Iterator[Predicate]:
    match expr:
        case And(args) | Or(args):
            for arg in args:
                yield from leaves_of(arg)
        case Not(arg):
            yield from leaves_of(arg)
        case Const() | Selection():
            return
        case _:
            yield expr


# Events


def event(choices: Choices, fields: Sequence[str], close: Sequence[Any]) -> dict[str, Any]:
    """A record with most of these fields, their values mostly out of `close`."""
    record: dict[str, Any] = {}
    for _ in range(choices.below(len(fields) * 2 + 1)):
        put(choices, record, spelling(choices, choices.of(fields)), value(choices, close))
    return record


def plain_event(choices: Choices, fields: Sequence[str], close: Sequence[Any]) -> dict[str, Any]:
    """A record as most are: nested objects down to text or null."""
    record: dict[str, Any] = {}
    for _ in range(1 + choices.below(len(fields) * 2)):
        held = choices.of(close) if close else None
        path = choices.of(fields).split(".")
        put(PLAINEST, record, path, held if held is None or isinstance(held, str) else str(held))
    return record


def spelling(choices: Choices, path: str) -> list[str]:
    """A path as keys: nested throughout most often, else with some dots literally in a key."""
    parts = path.split(".")
    way = choices.below(8)
    if way < 5 or len(parts) == 1:
        return parts
    if way == 5:
        return [path]
    return [parts[0], ".".join(parts[1:])] if way == 6 else [".".join(parts[:-1]), parts[-1]]


def value(choices: Choices, close: Sequence[Any]) -> Any:
    """A value close to a predicate or a scalar most often, else a list or an object of some."""
    shape = choices.below(8)
    if shape < 6:
        return scalar(choices, close)
    if shape == 6:
        return choices.some(0, 3, lambda: [scalar(choices, close)] if choices.one_in(4) else scalar(choices, close))
    return {choices.of(("b", "c", "b.c", "type", "k")): scalar(choices, close) for _ in range(choices.below(3))}


def scalar(choices: Choices, close: Sequence[Any]) -> Any:
    way = choices.below(8)
    if way < 5 and close:
        return copy.deepcopy(choices.of(close))  # objects are filled further, and this one is used again
    return choices.of(SCALARS if way < 7 else LITERALS)


def put(choices: Choices, holder: dict[str, Any], spelt: Sequence[str], held: Any) -> None:
    """Put a value under these keys, through a list now and then, or behind a parent that leads nowhere."""
    key, rest = spelt[0], spelt[1:]
    inner = holder.get(key)
    if not rest:
        holder[key] = held
    elif isinstance(inner, dict):
        put(choices, inner, rest, held)
    else:
        fresh: dict[str, Any] = {}
        put(choices, fresh, rest, held)
        way = choices.below(8)
        if isinstance(inner, list):
            inner.append(fresh)
        elif way < 5:
            holder[key] = fresh
        elif way == 5:
            holder[key] = [choices.of((None, {}, "a", 1, [])), fresh]
        elif way == 6:
            holder[key] = [[], [fresh, {}], [[copy.deepcopy(fresh)]]]
        else:
            holder[key] = choices.of((None, "a", 1, True, [], {}))


def fields_of(asked: Predicate) -> list[str]:
    """The fields a predicate reads; a keyword reads any, so a few stand for them."""
    if isinstance(asked, Search):
        return [field for field in FIELDS if field.partition(".")[0] in roots(asked.tree)]
    if asked.field is None:
        return ["a.b", "b"]
    return [asked.field, asked.other] if isinstance(asked, FieldRef) else [asked.field]
