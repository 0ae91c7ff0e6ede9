"""Small changes to rules, of which tests are to notice each: every part of a rule that could be wrong, made wrong.

A rule is changed as it was compiled, so that two spellings of one meaning are one, and a mutant that compiles to the
very same rule is none. The operators are listed in docs/testing-rules.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from ipaddress import ip_network
from typing import Any, NamedTuple

from msgspec.structs import replace

from engine.correlate import Correlator
from engine.errors import DetectError
from engine.explain import words
from engine.rules import (
    ANY,
    And,
    Bool,
    Cidr,
    Compare,
    Const,
    Correlation,
    Exact,
    Exists,
    Expr,
    FieldRef,
    Not,
    Number,
    Or,
    Predicate,
    Regex,
    Rule,
    Ruleset,
    Search,
    Selection,
    Text,
    TimePart,
)

__all__ = ["Mutant", "mutants"]


SECOND = 1_000_000
"""In options, numbers from here on are lengths of time in microseconds."""


class Mutant(NamedTuple):
    """A rule set with one change.

    rule    title of the rule that was changed
    change  what was changed, for people
    """

    rule: str
    change: str
    ruleset: Ruleset


class _Changed(NamedTuple):
    change: str
    expr: Expr


def mutants(ruleset: Ruleset, path_of: Callable[[str], bool]) -> Iterator[Mutant]:
    """Every mutant of the rules and correlations in a file, each once.

    path_of  whether a path is that of the file
    """
    for number, rule in enumerate(ruleset.rules):
        if path_of(rule.path):
            seen = {_meaning(rule)}
            for change, made in _of_rule(rule):
                if (meaning := _meaning(made)) not in seen:
                    seen.add(meaning)
                    rules = (*ruleset.rules[:number], made, *ruleset.rules[number + 1 :])
                    yield Mutant(rule.title, change, replace(ruleset, rules=rules))
    for number, each in enumerate(ruleset.correlations):
        if path_of(each.path):
            for change, changed in _of_correlation(each):
                if changed != each and _compiles(changed):
                    correlations = (*ruleset.correlations[:number], changed, *ruleset.correlations[number + 1 :])
                    yield Mutant(each.title, change, replace(ruleset, correlations=correlations))


def _compiles(each: Correlation) -> bool:
    """Whether its type takes it: what no one could load is no mutant."""
    try:
        Correlator(Ruleset((), correlations=(each,)))
    except DetectError:
        return False
    return True


def _meaning(rule: Rule) -> Expr:
    """The condition with its selections in it, simplified: what two rules that say the same have in common."""
    return _simple(rule.condition, rule.selections)


def _simple(expr: Expr, selections: dict[str, Expr]) -> Expr:
    if isinstance(expr, Selection):
        return _simple(selections[expr.name], selections)
    if isinstance(expr, Not):
        inner = _simple(expr.arg, selections)
        if isinstance(inner, Const):
            return Const(not inner.value)
        return inner.arg if isinstance(inner, Not) else Not(inner)
    if isinstance(expr, (And, Or)):
        kind = type(expr)
        ends = kind is Or  # the constant that decides alone
        args: dict[Expr, None] = {}
        for arg in expr.args:
            made = _simple(arg, selections)
            for one in made.args if isinstance(made, kind) else (made,):
                if one == Const(ends):
                    return Const(ends)
                if one != Const(not ends):
                    args[one] = None
        if len(args) < 2:
            return next(iter(args), Const(not ends))
        return kind(tuple(args))
    return expr


def _of_rule(rule: Rule) -> Iterator[tuple[str, Rule]]:
    """Selections before the condition: of two changes that mean the same the one that says more is named."""
    for name, selection in rule.selections.items():
        for change, expr in _of_expr(selection):
            yield f"{name}: {change}", replace(rule, selections={**rule.selections, name: expr})
    for change, expr in _of_expr(rule.condition):
        yield f"condition: {change}", replace(rule, condition=expr)


def _of_expr(expr: Expr) -> Iterator[_Changed]:
    """An expression with one change, in every way there is."""
    if isinstance(expr, (And, Or)):
        other = Or if isinstance(expr, And) else And
        if len(expr.args) > 1:
            yield _Changed(f'"{_word(expr)}" for "{_word(other(()))}"', other(expr.args))
        for number, arg in enumerate(expr.args):
            for change, made in _of_expr(arg):
                yield _Changed(change, type(expr)((*expr.args[:number], made, *expr.args[number + 1 :])))
    elif isinstance(expr, Not):
        yield _Changed(f"without its not: {_said(expr.arg)}", expr.arg)
        for change, made in _of_expr(expr.arg):
            yield _Changed(change, Not(made))
    elif not isinstance(expr, Const):
        yield _Changed(f"always true: {_said(expr)}", Const(True))
        yield _Changed(f"never true: {_said(expr)}", Const(False))
        if not isinstance(expr, Selection):
            for made in _of_test(expr):
                yield _Changed(f"{_said(expr)}, changed to {_said(made)}", made)


def _word(expr: And | Or) -> str:
    return "or" if isinstance(expr, And) else "and"


def _said(expr: Expr) -> str:
    if isinstance(expr, Selection):
        return expr.name
    if isinstance(expr, (And, Or, Not, Const)):
        return {And: "a list of which all hold", Or: "a list of which one holds", Not: "a not"}.get(type(expr), "it")
    return words(expr)


def _of_test(test: Predicate) -> Iterator[Predicate]:
    """What a modifier would make of a test if it were another one."""
    if isinstance(test, Text):
        yield from _of_text(test)
    elif isinstance(test, Number):
        yield replace(test, number=_plus(test.number, 1))
    elif isinstance(test, (Bool, Exists)):
        yield replace(test, value=not test.value)
    elif isinstance(test, Regex):
        yield replace(test, flags="".join(sorted(set(test.flags) ^ {"i"})))
    elif isinstance(test, Cidr):
        yield from _of_network(test)
    elif isinstance(test, (Compare, TimePart)):
        op = _NEAR[test.op]
        yield replace(test, op=op)
        yield from (replace(test, number=_plus(test.number, step)) for step in (1, -1))
    elif isinstance(test, FieldRef):
        yield replace(test, cased=not test.cased)
        yield replace(test, mode="contains" if test.mode != "contains" else "equals")
    elif isinstance(test, Exact) and test.test in _NEAR:
        yield replace(test, test=_NEAR[test.test])
    elif isinstance(test, Search):
        return


_NEAR: dict[str, Any] = {"lt": "lte", "lte": "lt", "gt": "gte", "gte": "gt", "eq": "gte"}
"""The relation that is nearest to another: it differs at the boundary."""


def _of_text(test: Text) -> Iterator[Text]:
    """contains, startswith, endswith and cased, taken away and put there."""
    pattern = test.pattern
    if test.cased:
        yield replace(test, cased=False)
    before, after = pattern[:1] == (ANY,), pattern[-1:] == (ANY,)
    if len(pattern) > 1 and test.field is not None:
        if before:
            yield replace(test, pattern=pattern[1:])
        if after:
            yield replace(test, pattern=pattern[:-1])


def _of_network(test: Cidr) -> Iterator[Cidr]:
    network = ip_network(test.network)
    if network.prefixlen:
        yield replace(test, network=str(network.supernet()))
    if network.prefixlen < network.max_prefixlen:
        yield replace(test, network=str(next(network.subnets())))


def _plus(number: str, step: int) -> str:
    return str(Decimal(number) + step)


def _of_correlation(each: Correlation) -> Iterator[tuple[str, Correlation]]:
    if each.timespan:
        yield "timespan: twice as long", replace(each, timespan=each.timespan * 2)
        yield "timespan: half as long", replace(each, timespan=max(1, each.timespan // 2))
    for number, name in enumerate(each.group_by):
        left = (*each.group_by[:number], *each.group_by[number + 1 :])
        yield f"group-by: without {name}", replace(each, group_by=left)
    yield from _of_rules(each)
    yield from _of_options(each)


def _of_rules(each: Correlation) -> Iterator[tuple[str, Correlation]]:
    if each.type in ("temporal", "temporal_ordered"):
        other = "temporal" if each.type == "temporal_ordered" else "temporal_ordered"
        yield f"type: {other}", replace(each, type=other)
    condition = each.options.get("condition")
    extended = isinstance(condition, dict) and "expression" in condition
    if len(each.rules) > 1 and not extended and each.type in ("event_count", "temporal", "temporal_ordered"):
        for number, name in enumerate(each.names):
            left = slice(None, number), slice(number + 1, None)
            rules, names = ((*of[left[0]], *of[left[1]]) for of in (each.rules, each.names))
            made = replace(each, rules=rules, names=names)
            yield f"rules: without {name}", _fewer(made) if each.type != "event_count" else made


def _fewer(each: Correlation) -> Correlation:
    """The same asking for as many rules as there are left."""
    condition = each.options.get("condition")
    if not isinstance(condition, dict):
        return each
    most = len(each.rules)
    fitting = {key: min(value, most) if isinstance(value, int) else value for key, value in condition.items()}
    return replace(each, options={**each.options, "condition": fitting})


def _of_options(each: Correlation) -> Iterator[tuple[str, Correlation]]:
    """Thresholds and everything else that is a number, a little more and a little less."""
    options = each.options
    said = options.get("condition")
    condition: dict[str, Any] = said if isinstance(said, dict) else {}
    for key, value in condition.items():
        for made in _near(value):
            yield f"condition: {key} {made}", replace(each, options={**options, "condition": {**condition, key: made}})
    for key, value in options.items():
        for made in _near(value):
            yield f"{key}: {made}", replace(each, options={**options, key: made})


def _near(value: Any) -> Iterator[Any]:
    """Of a number those beside it; of a length of time twice and half of it."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return
    yield from (value * 2, value // 2) if value >= SECOND else (value + 1, value - 1)
