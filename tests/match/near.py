"""Values that come close to a predicate: some that it is true of, and some that it just fails."""

from __future__ import annotations

import ipaddress
import json
from decimal import Decimal
from typing import Any

from engine.rules import (
    ANY,
    ONE,
    Bool,
    Cidr,
    Compare,
    Exact,
    Exists,
    Null,
    Number,
    Pattern,
    Predicate,
    Search,
    Text,
    TimePart,
)

__all__ = ["near"]

DATES: list[Any] = [
    "2024-05-06T07:08:09Z", "2024-05-06 07:08", "2024-05-06T07:08", "2024-05-06", "2023-02-29", "20240506",
    "2021-01-01T00:00:00+14:00", "2024-05-06T7:08", "2024-05-06T07:08:09.5Z", "2024-05-06T07", "2024-05-060",
    "1999-12-31T23:59:59Z", "2020-12-31", "２０２４-05-06", 1714982400,
]  # fmt: skip


def near(asked: Predicate) -> list[Any]:
    """Values that a predicate is true of, and values that it just fails."""
    match asked:
        case Text(_, pattern, _):
            return [value for filled in fillings(pattern) for value in variants(filled)]
        case Number(_, number) | Compare(_, _, number):
            return around(number)
        case Bool():
            return [True, False, "true", "TRUE", "false", 1, 0, "1"]
        case Cidr(_, network):
            net = ipaddress.ip_network(network)
            inside = str(net.network_address)
            return [inside, str(net.broadcast_address), f"{inside}/32", f"::ffff:{inside}", f"{inside}%1", f" {inside}"]
        case TimePart():
            return list(DATES)
        case Exact(_, test, literal):
            return beside(test, json.loads(literal))
        case Search():
            return ["a", ["a", "b"], [{"b": "a"}, {"b": 1}], {"b": "a"}, [1, 2], 3, "2", [], {}, [["a"], []], ["a", 1]]
        case Null() | Exists():
            return [None, [], [None], "", {}, "null"]
        case _:
            return ["a", "ab", "A\nB", "k", "é"]


def beside(test: str, literal: Any) -> list[Any]:
    """Values that JMESPath finds equal to a literal or just not, and lists and objects that hold it."""
    found = [literal, [literal], {"b": literal}, {"b": [literal]}, None, "", 0, 1, True, False, [], {}]
    if isinstance(literal, str):
        return [*found, *variants(literal), f"a{literal}a", [f"a{literal}"]]
    if type(literal) in (int, float):
        return [*found, *around(str(literal)), str(literal)]
    return [*found, [*literal] if isinstance(literal, list) else str(literal), [1.0], ["a", "b"]]


def fillings(pattern: Pattern) -> list[str]:
    """Texts that a pattern describes, and some that lack the character of a `?`."""
    return [
        "".join(many if part == ANY else one if part == ONE else str(part) for part in pattern)
        for many, one in (("", "a"), ("x", "\n"), ("a\nb", "B"), ("", ""))
    ]


def variants(seen: str) -> list[Any]:
    """A text, other ways to write it, near misses, and objects that hold it."""
    found: list[Any] = [seen, seen.upper(), seen.lower(), seen + "a", "a" + seen, seen[:-1], seen[1:], seen + "\n"]
    if seen.isascii() and seen.isdigit():
        found += [int(seen), float(seen)]
    return [*found, {"k": seen}, {seen: 1}, [seen, None], {"k": [seen]}]


def around(number: str) -> list[Any]:
    """A number as integer, float and text, and its neighbours."""
    exact = Decimal(number)
    whole = int(exact)
    written = [number, f"{number}.0", f"+{whole}", f" {whole}", f"{whole}e0"]
    return [whole, whole + 1, whole - 1, float(exact), float(exact) + 0.5, bool(whole), *written]
