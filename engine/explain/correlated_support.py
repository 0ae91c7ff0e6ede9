"""Which correlations can say something here: those whose condition can hold, of rules that can match."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from engine.correlate.condition import Condition, terms, tester
from engine.correlate.numbers import Exact, exact
from engine.explain.correlated import condition_of, measures, parts_of
from engine.explain.reading import absent, certain, missing
from engine.rules import Correlation, Derived, Rule, Ruleset

__all__ = ["Verdict", "can_hold", "judge"]

_COUNTS = ("event_count", "value_count")
"""Types of which the loader refuses a condition that no number satisfies."""


class Verdict(NamedTuple):
    """The state of a correlation, as engine.explain.support has them, and why: kind and text."""

    state: str
    reasons: tuple[tuple[str, str], ...] = ()


def judge(correlation: Correlation, ruleset: Ruleset, states: Mapping[str, str]) -> Verdict:
    """What a correlation can do here.

    states  key -> state of the rules, and of the correlations before it
    """
    condition = condition_of(correlation)
    if not can_hold(correlation, condition, frozenset()):
        return Verdict("never", (("contradiction", "what the condition asks for can never be true"),))
    parts = parts_of(correlation, ruleset)
    dead = frozenset(at for at, key in enumerate(correlation.rules) if states.get(key) == "never")
    reasons: list[tuple[str, str]] = []
    state = "loaded"
    if dead:
        titles = ", ".join(f'"{part.of.title}"' for at, part in enumerate(parts) if at in dead)
        hopeless = not can_hold(correlation, condition, dead)
        tail = "" if hopeless else "; the condition can be true without"
        reasons.append(("rule", f"it refers to what can never match: {titles}{tail}"))
        state = "never" if hopeless else "suspicious"
    for never, text in _fields(correlation, ruleset, dead):
        reasons.append(("field", text))
        state = "never" if never or state == "never" else "suspicious"
    return Verdict(state, tuple(reasons))


# What can hold


def can_hold(correlation: Correlation, condition: Condition, dead: frozenset[int]) -> bool:
    """Whether the condition can be true, where some of the rules (by their places) never have a hit."""
    rules = len(correlation.rules)
    alive = rules - len(dead)
    if correlation.type in ("temporal", "temporal_ordered"):
        if condition.expression is not None:
            return any(not there & dead for there, _ in terms(condition.expression, rules))
        limits = condition if condition.operators else Condition(gte=rules)
        return any(map(tester(limits), range(1, alive + 1)))
    options = correlation.options
    if correlation.type == "ratio":
        part = set(options["part"])
        shares = [Fraction(0)] if part <= dead else [Fraction(1)] if len(dead | part) == rules else None
        return _satisfied(condition, alive, Fraction(0), Fraction(1), shares)
    if correlation.type == "absence":
        return bool(set(options.get("after") or range(rules)) - dead) or bool(options.get("groups"))
    if not alive:
        return False
    if correlation.type in _COUNTS or not condition.operators:
        return True
    return _satisfied(condition, alive, None, None, None)


def _satisfied(
    condition: Condition, alive: int, low: Exact | None, high: Exact | None, only: list[Fraction] | None
) -> bool:
    """Whether one of the numbers that can be measured satisfies the operators; None is without a bound."""
    if not alive:
        return False
    test = tester(condition)
    if only is not None:
        return any(map(test, only))
    inside = _candidates(condition)
    return any(test(one) for one in inside if (low is None or one >= low) and (high is None or one <= high))


def _candidates(condition: Condition) -> list[Exact]:
    """The limits, what lies between each two, and on either side: one of these satisfies what anything can."""
    limits = sorted({Fraction(0), Fraction(1), *map(Fraction, _limits(condition))})
    between = [(one + other) / 2 for one, other in pairwise(limits)]
    return [limits[0] - 1, *limits, *between, limits[-1] + 1]


def _limits(condition: Condition) -> Iterator[Exact]:
    return (limit for value in condition.operators.values() if (limit := exact(value)) is not None)


# What can be read


def _fields(correlation: Correlation, ruleset: Ruleset, dead: frozenset[int]) -> Iterator[tuple[bool, str]]:
    """Of each name that no event of some rule is known to have: whether nothing can come of it, and what is wrong."""
    read = dict.fromkeys((*correlation.group_by, *measures(correlation)))
    sources = [rule for at, key in enumerate(correlation.rules) if at not in dead for rule in _rules(key, ruleset)]
    for name in read:
        if name in correlation.queries:
            continue
        lacking = [(field, rule) for key, rule in sources if (field := _lacks(name, key, rule, correlation, ruleset))]
        if not lacking:
            continue
        field, rule = lacking[0]
        needed = name not in correlation.group_by or correlation.missing == "drop"
        everywhere = len(lacking) == len(sources) and all(certain(one, of.logsource) for one, of in lacking)
        tail = "" if needed else "; its events are the group null"
        yield needed and everywhere, missing(field, rule.logsource) + tail


def _rules(key: str, ruleset: Ruleset, top: str | None = None) -> Iterator[tuple[str, Rule]]:
    """The rules whose events a reference stands for, each with the key that aliases know it by."""
    for rule in ruleset.rules:
        if rule.key == key:
            yield top or key, rule
    for each in ruleset.correlations:
        if each.key == key:
            for inner in each.rules:
                yield from _rules(inner, ruleset, top or key)


def _lacks(name: str, key: str, rule: Rule, correlation: Correlation, ruleset: Ruleset) -> str | None:
    """The field that a name stands for, where the rule's log is not known to have it."""
    field = correlation.aliases.get(name, {}).get(key, name)
    derived: tuple[Derived, ...] = ruleset.derived
    inner = any(field in each.group_by or field in each.aliases for each in ruleset.correlations if each.key == key)
    return field if not inner and absent([field], rule.logsource, derived) else None
