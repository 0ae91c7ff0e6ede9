"""The naive evaluator: what a rule means for one event, written to be read, not to be fast.

It walks the whole condition over the full record, every time, and shares no code with `engine/match`: only the types of
`engine/rules.py` that both read. Where the two disagree, the specification decides which of them is wrong.

A *reading* of a field is `(present, values)`: whether the field is there, and the JSON values at the end of its path,
lists taken apart.
"""

from __future__ import annotations

import datetime
import ipaddress
import json
import math
import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

import jmespath
import re2

from engine.jmes import written
from engine.model import Matched
from engine.rules import (
    ANY,
    ONE,
    And,
    Bool,
    Cidr,
    Compare,
    Const,
    Exact,
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
    Search,
    Selection,
    Text,
    TimePart,
)

__all__ = ["holds", "matched", "matches", "native", "reading", "selections", "text", "wild"]

PREDICATES = (Text, Number, Bool, Null, Exists, Regex, Cidr, Compare, TimePart, FieldRef)


class Source(NamedTuple):
    """A JSON object with its text as the log wrote it; stands for a dict wherever that text is known to differ."""

    value: dict[str, Any]
    text: str


# What a rule says of an event


def matches(rule: Rule, fields: dict[str, Any]) -> bool:
    """The rule's condition is true of this event."""
    return holds(rule.condition, fields, rule)


def selections(rule: Rule, fields: dict[str, Any]) -> dict[str, bool]:
    """Every selection of the rule, in its order, with whether it is true of this event."""
    return {name: holds(expr, fields, rule) for name, expr in rule.selections.items()}


def matched(rule: Rule, fields: dict[str, Any]) -> list[Matched]:
    """The fields that made selections true with the first value that did, in the rule's order, each once."""
    found: list[Matched] = []
    for name, true in selections(rule, fields).items():
        for field, value in evidence(rule.selections[name], fields, rule) if true else ():
            if not any((name, field) == one[:2] and same(value, one.value) for one in found):
                found.append(Matched(name, field, value))
    return found


def evidence(expr: Expr, fields: dict[str, Any], rule: Rule) -> Iterator[tuple[str | None, Any]]:
    """What made a true expression true: nothing below a `not`, and of an `or` only what is true itself."""
    match expr:
        case And(args) | Or(args):
            for arg in args:
                if holds(arg, fields, rule):
                    yield from evidence(arg, fields, rule)
        case Selection(name):
            yield from evidence(rule.selections[name], fields, rule)
        case Not() | Const():
            return
        case Exists(field):
            present, values = reading(fields, field)
            yield field, values[0] if values else [] if present else None
        case Exact(field):
            yield field, plain(jmespath.search(quoted(field), plain(fields)))
        case Search():
            return
        case _:
            yield (
                expr.field,
                next((one for one in reading(fields, expr.field)[1] if satisfies(expr, one, fields)), None),
            )


def same(one: Any, other: Any) -> bool:
    """Equal as JSON: unlike Python, true is not 1 and 1 is not 1.0."""
    return repr(one) == repr(other)


def holds(expr: Expr, fields: dict[str, Any], rule: Rule | None = None) -> bool:
    """The expression is true of this event; selections are looked up in `rule`."""
    match expr:
        case And(args):
            return all(holds(arg, fields, rule) for arg in args)
        case Or(args):
            return any(holds(arg, fields, rule) for arg in args)
        case Not(arg):
            return not holds(arg, fields, rule)
        case Const(value):
            return value
        case Selection(name):
            assert rule is not None, "a selection outside a rule"
            return holds(rule.selections[name], fields, rule)
        case _:
            return true_of(expr, fields)


def true_of(predicate: Predicate, fields: dict[str, Any]) -> bool:
    """The predicate is true of this event: any value of its field satisfies it, or it asks about absence."""
    if isinstance(predicate, Exact | Search):
        return native(expression_of(predicate), fields)
    present, values = reading(fields, predicate.field)
    if isinstance(predicate, Exists):
        return present == predicate.value
    if isinstance(predicate, Null) and not present:
        return True
    return any(satisfies(predicate, value, fields) for value in values)


# Native rules


def native(text: str, fields: dict[str, Any]) -> bool:
    """A JMESPath expression is true of this event, as the jmespath library says; where that raises, it is not."""
    try:
        value = jmespath.search(text, plain(fields))
    except Exception:  # noqa: BLE001 - a wrong kind of value raises JMESPathError, and now and then one of Python's
        return False
    return value is not None and value is not False and value not in ("", [], {})


def expression_of(predicate: Exact | Search) -> str:
    """What a predicate of a native rule says, in JMESPath."""
    if isinstance(predicate, Search):
        return written(predicate.tree)
    path, wanted = quoted(predicate.field), "`" + predicate.literal.replace("`", "\\`") + "`"
    match predicate.test:
        case "true":
            return path
        case "kind":
            return f"contains({wanted}, type({path}))"
        case "contains" | "starts_with" | "ends_with":
            return f"{predicate.test}({path}, {wanted})"
    return f"{path} {SIGNS[predicate.test]} {wanted}"


SIGNS = {"eq": "==", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}


def quoted(path: str) -> str:
    return ".".join(json.dumps(name) for name in path.split("."))


def plain(value: Any) -> Any:
    """The value without the texts that the log wrote."""
    if isinstance(value, Source):
        return plain(value.value)
    if isinstance(value, dict):
        return {key: plain(member) for key, member in value.items()}
    return [plain(member) for member in value] if isinstance(value, list) else value


# Fields


def reading(fields: dict[str, Any], field: str | None) -> tuple[bool, list[Any]]:
    """Whether the field is there, and its values; for a keyword (None) every scalar of the event."""
    if field is None:
        return True, [value for value in leaves(fields) if not isinstance(value, dict | Source)]
    ends = list(walk(fields, field.split(".")))
    return bool(ends), [value for end in ends for value in members(end)]


def walk(value: Any, parts: list[str]) -> Iterator[Any]:
    """Each end of the path: through every member of a list; in an object the longest key that leads anywhere."""
    if not parts:
        yield value
    elif isinstance(value, list):
        for member in value:
            yield from walk(member, parts)
    elif isinstance(value, dict | Source):
        keys = value.value if isinstance(value, Source) else value
        for count in range(len(parts), 0, -1):
            key = ".".join(parts[:count])
            ends = list(walk(keys[key], parts[count:])) if key in keys else []
            if ends:
                yield from ends
                return


def members(value: Any) -> Iterator[Any]:
    """The value itself, or what is in it when it is a list, nested lists too."""
    if isinstance(value, list):
        for member in value:
            yield from members(member)
    else:
        yield value


def leaves(value: Any) -> Iterator[Any]:
    """Every value at any depth that is neither list nor object; never a key."""
    value = getattr(value, "plain", value)  # derived fields are not in the event
    if isinstance(value, list):
        for member in value:
            yield from leaves(member)
    elif isinstance(value, dict | Source):
        for member in (value.value if isinstance(value, Source) else value).values():
            yield from leaves(member)
    else:
        yield value


# One predicate against one value


def satisfies(predicate: Predicate, value: Any, fields: dict[str, Any]) -> bool:
    """One value (no list) satisfies the predicate; `fields` for the ones that look at another field."""
    match predicate:
        case Text(_, pattern, cased):
            return is_text(pattern, cased, value)
        case Number(_, number):
            return is_number(number, value)
        case Bool(_, wanted):
            return value is wanted or (isinstance(value, str) and lower(value) == ("true" if wanted else "false"))
        case Null():
            return value is None
        case Regex(_, pattern, flags):
            return (seen := text(value)) is not None and found(pattern, flags, seen)
        case Cidr(_, network):
            return in_network(network, value)
        case Compare(_, op, number):
            return (left := numeric(value)) is not None and related(left, op, Decimal(number))
        case TimePart(_, part, op, number):
            return (left := time_part(part, value)) is not None and related(left, op, Decimal(number))
        case FieldRef(_, other, mode, cased):
            return any(refers(mode, cased, value, one) for one in reading(fields, other)[1])
        case Exists():
            return predicate.value
    raise AssertionError(f"not a predicate: {predicate!r}")


def text(value: Any) -> str | None:
    """The value as text: JSON's own way to write it, strings without quotes; null has none."""
    if isinstance(value, Source):
        return value.text
    if value is None:
        return None
    if isinstance(value, str):
        return value
    if type(value) is int:
        return str(Decimal(value))  # `str` of an integer refuses very long ones
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def is_text(pattern: Pattern, cased: bool, value: Any) -> bool:
    """The text is what the pattern describes; only a pattern with a wildcard looks into an object."""
    seen = text(value)
    if seen is None or (isinstance(value, dict | Source) and ANY not in pattern and ONE not in pattern):
        return False
    if cased:
        return wild(pattern, seen)
    return wild(tuple(lower(part) if isinstance(part, str) else part for part in pattern), lower(seen))


def lower(seen: str) -> str:
    """Lower case; a sigma is one letter wherever it stands, or a piece of a text would not lower to a piece of it."""
    return seen.lower().replace("\N{GREEK SMALL LETTER FINAL SIGMA}", "\N{GREEK SMALL LETTER SIGMA}")


@lru_cache(maxsize=100_000)
def wild(pattern: Pattern, seen: str) -> bool:
    """The pattern describes the whole of the text: by the set of places the parts so far can end at."""
    ends = {0}
    for part in pattern:
        if part == ANY:
            ends = set(range(min(ends), len(seen) + 1))
        elif part == ONE:
            ends = {end + 1 for end in ends if end < len(seen)}
        else:
            assert isinstance(part, str)
            ends = {end + len(part) for end in ends if seen.startswith(part, end)}
        if not ends:
            return False
    return len(seen) in ends


def is_number(number: str, value: Any) -> bool:
    """The number itself, however it is written as a number; or a string that is written exactly so."""
    if isinstance(value, str):
        return value == number
    return (seen := numeric(value)) is not None and seen == Decimal(number)


def numeric(value: Any) -> Decimal | None:
    """The exact number in a number (a float as JSON writes it) or a string that is nothing else; booleans have none."""
    if isinstance(value, str):
        return Decimal(value) if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", value) else None
    if isinstance(value, float):
        return Decimal(repr(value)) if math.isfinite(value) else None
    return Decimal(value) if type(value) is int else None


def related(left: Decimal, op: str, right: Decimal) -> bool:
    """`left op right`, exact."""
    return {"eq": left == right, "lt": left < right, "lte": left <= right, "gt": left > right, "gte": left >= right}[op]


@lru_cache(maxsize=1_000)
def expression(pattern: str, flags: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    return re2.compile(f"(?{flags}){pattern}" if flags else pattern, options)


@lru_cache(maxsize=100_000)
def found(pattern: str, flags: str, seen: str) -> bool:
    """The expression is found in the text as RE2 reads it; what UTF-8 cannot carry is U+FFFD."""
    return expression(pattern, flags).search(re.sub("[\ud800-\udfff]", "\ufffd", seen)) is not None


@lru_cache(maxsize=10_000)
def address(seen: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return None if "%" in seen else ipaddress.ip_address(seen)
    except ValueError:
        return None


def in_network(network: str, value: Any) -> bool:
    """The text is an address, without zone, inside the network; IPv4 and IPv6 never meet."""
    return isinstance(value, str) and (seen := address(value)) is not None and seen in ipaddress.ip_network(network)


def time_part(part: str, value: Any) -> Decimal | None:
    """The part as it is written in a text that starts "YYYY-MM-DD", then perhaps "T" or a space and "HH:MM".

    A day, week, month or year only of a date that exists; no digit may follow on what was read.
    """
    if not isinstance(value, str) or not re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])", value):
        return None
    if part in ("hour", "minute"):
        if not re.match(r"[Tt ][0-9]{2}:[0-9]{2}(?![0-9])", value[10:]):
            return None
        return Decimal(value[11:13] if part == "hour" else value[14:16])
    try:
        day = datetime.date(int(value[0:4]), int(value[5:7]), int(value[8:10]))
    except ValueError:
        return None
    return Decimal({"day": day.day, "week": day.isocalendar().week, "month": day.month, "year": day.year}[part])


def refers(mode: str, cased: bool, value: Any, other: Any) -> bool:
    """The text of the one stands in this relation to the text of the other; null and objects to nothing."""
    if isinstance(value, dict | Source) or isinstance(other, dict | Source) or value is None or other is None:
        return False
    left, right = text(value), text(other)
    assert left is not None
    assert right is not None
    if not cased:
        left, right = lower(left), lower(right)
    if mode == "contains":
        return right in left
    if mode == "startswith":
        return left.startswith(right)
    return left.endswith(right) if mode == "endswith" else left == right
