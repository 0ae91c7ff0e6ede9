"""Worlds of `tests.strategies` in which rules read derived fields, made from the fields they read before."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from engine.load.jmes import tree
from engine.model import LogSource
from engine.rules import (
    And,
    Capture,
    Const,
    Copy,
    Derived,
    Expr,
    FieldRef,
    Lookup,
    Not,
    Or,
    Query,
    Ruleset,
    Selection,
    Way,
)
from tests.strategies import LITERALS, NETWORKS, SCALARS, Choices, World, asked_of, world

__all__ = ["derived_world"]

NAMES = ["d", "e", "userIdentity", "a", "f"]
"""Some are fields of the log too: those win."""

PATTERNS = [
    ("(?P<g>.+)", "g"), ("(?P<g>[a-zA-Z]+)", "g"), ("(?P<g>^a)|(?P<h>b)", "h"), ("(?P<g>x*)", "g"),
    (r"(?i)(?P<g>A\W*B?)", "g"), (r"(?P<g>\d+)", "g"), ("(?s)(?P<g>.)$", "g"),
]  # fmt: skip

EXPRESSIONS = [
    "{0}", "{0} || {1}", "join('/', [{0}, {1}])", "type({0})", "length({0})", "{0} == {1}", "[{0}, {1}]", "{0}[0]",
    "{{k: {0}, b: {1}}}", "not_null({0}, `1`)", "to_string({0})", "contains({0}, 'a') && 'b' || `null`", "@.{0}",
    "{0} | @", "!({0})", "{0}.*", "{0}[?@ != 'a']", "{0}[]", "max_by([{{b: {0}}}], &b).b",
]  # fmt: skip


def derived_world(choices: Choices, make: Callable[[Choices], World] = world) -> World:
    """A world whose rules read one to five derived fields, which may build on one another."""
    made = make(choices)
    fields, close = asked_of(made.ruleset)
    names = NAMES[: 1 + choices.below(len(NAMES))]
    rename = dict(zip(fields, [choices.of([*names, "", f"{names[0]}.b"]) for _ in fields], strict=True))
    derived = tuple(
        definition(choices, names, number, [path for path in fields if rename[path] == name] or fields, close)
        for number, name in enumerate(names)
    )
    rules = tuple(
        msgspec.structs.replace(
            rule, selections={name: renamed(part, rename) for name, part in rule.selections.items()}
        )
        for rule in made.ruleset.rules
    )
    return World(Ruleset(rules, derived=derived), made.events)


def definition(
    choices: Choices, names: Sequence[str], number: int, fields: Sequence[str], close: Sequence[Any]
) -> Derived:
    """One field; what it is made from are fields of the log, and fields defined before it under other names."""
    before = [name for name in names[:number] if name != names[number]]
    sources = [path for path in fields if path.partition(".")[0] not in names] or ["eventName"]
    ways = [way(choices, [*sources, *before], close) for _ in range(1 + choices.below(3))]
    return Derived(name=names[number], path="fields.yml", line=number + 1, ways=tuple(ways), logsource=LogSource())


def way(choices: Choices, sources: Sequence[str], close: Sequence[Any]) -> Way:
    kind, field = choices.below(5), choices.of(sources)
    if kind == 0:
        return Copy(field)
    if kind == 1:
        return Capture(field, *choices.of(PATTERNS))
    if kind == 2:
        text = choices.of(EXPRESSIONS).format(*(quoted(choices.of(sources)) for _ in range(2)))
        return Query(text, tree(text))
    match = choices.of(["exact", "exact", "prefix", "cidr"])
    if match == "cidr":
        return Lookup(field, "cidr", {network: network for network in NETWORKS[: 1 + choices.below(6)]})
    folded = choices.below(2) == 1
    keys = {str(choices.of([*LITERALS, *map(as_text, close)])) for _ in range(1 + choices.below(4))}
    keys = {key.lower().replace("ς", "σ") for key in keys} if folded else keys
    values = [value for value in SCALARS if isinstance(value, str | bool | float) and value != ""]
    return Lookup(field, match, {key: choices.of(values) for key in sorted(keys)}, folded)


def quoted(path: str) -> str:
    return ".".join(json.dumps(part) for part in path.split("."))


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


def renamed(expr: Expr, rename: dict[str, str]) -> Expr:
    """The expression with some of its fields read from derived ones."""
    if isinstance(expr, And | Or):
        return type(expr)(tuple(renamed(arg, rename) for arg in expr.args))
    if isinstance(expr, Not):
        return Not(renamed(expr.arg, rename))
    if isinstance(expr, Const | Selection) or expr.field is None:
        return expr
    changes = {"field": rename.get(expr.field) or expr.field}
    if isinstance(expr, FieldRef):
        changes["other"] = rename.get(expr.other) or expr.other
    return msgspec.structs.replace(expr, **changes)
