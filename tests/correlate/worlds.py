"""Correlations and hits made up for them: few rules, few values, short times, so that everything meets everything.

Everything is made of one thing, a whole number below a bound (`Choices`), as in `tests.strategies`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from hypothesis import strategies as st

from engine.hit import Evidence, Hit
from engine.model import LogSource, Ref
from engine.rules import Const, Correlation, Rule, Ruleset
from tests.correlate.naive_sigma import holds, subsets
from tests.strategies import Choices, numbers_below

__all__ = [
    "ALL",
    "NATIVE",
    "RULES",
    "SIGMA",
    "World",
    "copy_of",
    "correlation",
    "hit",
    "hits",
    "rule",
    "world",
    "worlds",
]

RULES = ("a", "b", "c")
SIGMA = (
    "event_count", "value_count", "temporal", "temporal_ordered", "value_sum", "value_avg", "value_percentile",
    "value_median",
)  # fmt: skip
NATIVE = ("first_seen", "change", "absence", "spike", "ratio", "risk", "travel")
ALL = (*SIGMA, *NATIVE)
GROUPS: list[Any] = [
    "x",
    "x",
    "x",
    "y",
    "x",
    "x",
    None,
    "x",
    "y",
    "x",
    1,
    "1",
    1.0,
    True,
    "true",
    "",
    '["x"]',
    ["x"],
    {"k": 1},
    "\ud800",
]
VALUES: list[Any] = [
    1, 2, 3, "2", 0.5, "0.1", 0.2, -1, 0, None, "x", True, [1], 1e308, 10**30, "1e2", float("nan"), 2**63, -0.0, "",
]  # fmt: skip
OPERATORS = ("gte", "gte", "gt", "eq", "lt", "lte", "neq")


class World(NamedTuple):
    """Correlations, and hits of the rules below them."""

    ruleset: Ruleset
    hits: list[Hit]


@st.composite
def worlds(draw: st.DrawFn, **limits: Any) -> World:
    """Correlations of all types, some of correlations, and hits on events of few times, groups and values."""
    return world(Choices(lambda bound: draw(numbers_below(bound))), **limits)


def world(choices: Choices, most_correlations: int = 3, most_events: int = 10, types: tuple[str, ...] = SIGMA) -> World:
    """The same of any choices."""
    keys = list(RULES)
    made: list[Correlation] = []
    for number in range(1 + choices.below(most_correlations)):
        made.append(any_correlation(choices, f"c{number}", keys, choices.of(types)))
        keys.append(f"c{number}")
    ruleset = Ruleset(tuple(rule(key) for key in RULES), correlations=tuple(made))
    return World(ruleset, hits(choices, most_events))


def rule(key: str) -> Rule:
    """A rule that is only a name here: its hits are made by hand."""
    return Rule(
        key=key, title=key, path="rules.yml", line=1, logsource=LogSource(), selections={}, condition=Const(True)
    )


def correlation(key: str, kind: str, rules: str | tuple[str, ...], timespan: int = 10, **more: Any) -> Correlation:
    """A correlation; `condition` is put into its options."""
    listed = tuple(rules.split()) if isinstance(rules, str) else rules
    options = more.pop("options") if "options" in more else {"condition": more.pop("condition", {})}
    return Correlation(
        key=key,
        title=key,
        path="rules.yml",
        line=1,
        type=kind,
        rules=listed,
        names=listed,
        timespan=timespan,
        options=options,
        **more,
    )


# Correlations


def any_correlation(choices: Choices, key: str, keys: list[str], kind: str) -> Correlation:
    """One of a type, over some of the rules and correlations that there are already."""
    left, rules = list(keys), []
    for _ in range(2 + choices.below(2) if kind == "ratio" else 1 + choices.below(3)):
        rules.append(left.pop(choices.below(len(left)) if choices.one_in(2) else -1))
    named = ("g", "h", "who")
    group_by = tuple(dict.fromkeys(choices.of(named) for _ in range(choices.of((0, 1, 1, 2)))))
    aliases = {"who": {one: choices.of(("g", "h")) for one in rules if not choices.one_in(4)}}
    options = OPTIONS.get(kind, sigma_options)(choices, kind, len(rules))
    if kind == "absence" and "after" not in options and group_by and choices.one_in(3):
        options = {"groups": [[choices.of(("x", "y", "1")) for _ in group_by] for _ in range(2)]}
    return correlation(
        key,
        kind,
        tuple(rules),
        timespan=1 + choices.below(8),
        group_by=group_by,
        aliases=aliases if choices.one_in(2) else {},
        missing="drop" if choices.one_in(4) else "null",
        options=options,
    )


def sigma_options(choices: Choices, kind: str, rules: int) -> dict[str, Any]:
    """The condition of one of Sigma's types."""
    condition: dict[str, Any] = {}
    if kind.startswith("temporal"):
        way = choices.below(4)
        if way == 0:
            return {"condition": condition}
        if way == 1:
            asked = expression(choices, rules, 2)
            possible = any(holds(asked, there, there) for there in subsets(range(rules)))
            return {"condition": {"expression": asked} if possible else {}}
        limit = 1 + choices.below(rules)
        return {"condition": {choices.of(OPERATORS): limit}}
    if kind == "value_percentile" and choices.one_in(2):
        condition["percentile"] = choices.of((0, 100, 95, 25, 33.3, 50))
    if kind.startswith("value"):
        condition["field"] = ["v", "h"] if kind == "value_count" and choices.one_in(4) else [choices.of(("v", "who"))]
    limits = (2, 1, 3, 4, 1.5, 2.0, 0.3) if kind.startswith("value_") else (2, 1, 3, 4, 1.5, 2.0)
    condition[choices.of(OPERATORS)] = choices.of(limits)
    if choices.one_in(4):
        condition[choices.of(("lte", "lt", "gt", "neq"))] = choices.of(limits)
    return {"condition": condition}


def expression(choices: Choices, rules: int, depth: int) -> list[Any]:
    """Joins over the rules, by their index."""
    way = choices.below(4) if depth else 0
    if way == 0:
        return ["rule", choices.below(rules)]
    if way == 1:
        return ["not", expression(choices, rules, depth - 1)]
    return [("and", "or")[way - 2], *choices.some(1, 3, lambda: expression(choices, rules, depth - 1))]


def fields(choices: Choices) -> list[str]:
    return ["v", "h"] if choices.one_in(4) else [choices.of(("v", "who"))]


def first_seen(choices: Choices, kind: str, rules: int) -> dict[str, Any]:
    options: dict[str, Any] = {"field": fields(choices)}
    if not choices.one_in(4):
        options["learning"] = choices.of((0, 0, 3, 8))
    if choices.one_in(4):
        options["group-learning"] = choices.below(6)
    return options


def change(choices: Choices, kind: str, rules: int) -> dict[str, Any]:
    return {"field": fields(choices)}


def absence(choices: Choices, kind: str, rules: int) -> dict[str, Any]:
    if rules > 1 and choices.one_in(2):
        return {"after": sorted({choices.below(rules - 1) for _ in range(2)})}
    return {"forget": 10 + choices.below(10)} if choices.one_in(3) else {}


def spike(choices: Choices, kind: str, rules: int) -> dict[str, Any]:
    options = {"history": 8 + choices.below(10), "ratio": choices.of((2, 1, 1.5)), "minimum": choices.of((2, 1, 0.5))}
    if choices.one_in(3):
        options["field"] = "v"
    if not choices.one_in(4):
        options["learning"] = choices.of((0, 0, 5))
    return options


def ratio(choices: Choices, kind: str, rules: int) -> dict[str, Any]:
    asked = {choices.of(OPERATORS): choices.of((0.5, 1, 0.25, 0))}
    return {"condition": asked, "part": [choices.below(rules)], "minimum": choices.of((1, 1, 2, 3))}


def risk(choices: Choices, kind: str, rules: int) -> dict[str, Any]:
    scores = [choices.of((1, 2, 0.5, 0, None)) for _ in range(rules)]
    return {
        "condition": {choices.of(OPERATORS): choices.of((2, 1, 3.5))},
        "scores": scores,
        "score": 3,
        "once": choices.one_in(3),
    }


def travel(choices: Choices, kind: str, rules: int) -> dict[str, Any]:
    return {"latitude": "v", "longitude": choices.of(("v", "h")), "radius": choices.of((50, 200, 0))}


OPTIONS: dict[str, Any] = {
    "absence": absence,
    "change": change,
    "first_seen": first_seen,
    "ratio": ratio,
    "risk": risk,
    "spike": spike,
    "travel": travel,
}
"""Type -> what makes up its options; Sigma's condition where it is not here."""


# Hits


def hits(choices: Choices, most: int) -> list[Hit]:
    """Hits of some events, each of one rule or several, with some copies that stand in another file."""
    found = [one for number in range(1 + choices.below(most)) for one in event(choices, number)]
    return found + [copy_of(choices.of(found)) for _ in range(choices.below(3))]


def event(choices: Choices, number: int) -> list[Hit]:
    """What rules say of one event."""
    values = {
        "g": choices.of(GROUPS),
        "h": choices.of(GROUPS[:10]),
        "v": choices.of(VALUES) if choices.one_in(2) else choices.below(4),
    }
    for name in list(values):
        if choices.one_in(6):
            del values[name]
    time = choices.below(24)
    rules = [choices.of(RULES)] if not choices.one_in(4) else list(RULES[: 1 + choices.below(3)])
    return [hit(key, time, f"e{number}", file=choices.of(("one", "two")), **values) for key in rules]


def hit(rule: str, time: int, event: str, file: str = "one", **values: Any) -> Hit:
    """A hit of a rule on an event, with itself as evidence."""
    return Hit(rule, time, event, values, (Evidence(rule, time, Ref(file, int(event[1:])), event, {}),))


def copy_of(original: Hit) -> Hit:
    """The same event once more, from another file."""
    (evidence,) = original.evidence
    return original._replace(evidence=(evidence._replace(ref=Ref("zero", evidence.ref.position)),))
