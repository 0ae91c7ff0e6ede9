"""Whether every part of a condition does something."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from engine.check.finding import Found, Severity, check
from engine.check.subject import Subject
from engine.match.reach import TANGLED, can_be_false, can_be_true
from engine.match.text import pattern_test
from engine.rules import And, Const, Exists, Expr, Not, Null, Or, Predicate, Rule, Selection, Text
from engine.values import fold

_STEPS = ("detection", "condition")

_MOST = 40
"""Tests that selections make on the same fields, to be weighed against each other, at most: more would take seconds."""


@check(Severity.warning)
def unused_selection(subject: Subject) -> Iterator[Found]:
    """A selection that the condition never names: it decides nothing."""
    if subject.rule is None:
        return
    named = set(_names(subject.rule.condition))
    for name in subject.selections:
        if name not in named and name in subject.rule.selections:
            hint = "name it in the condition, or remove it"
            yield Found(f'the condition never names "{name}"', hint, subject.where(name), key=True)


@check(Severity.error)
def never_true(subject: Subject) -> Iterator[Found]:
    """A rule, or one of its selections, that no event can match, because its parts contradict each other.

    A field may hold a list, and then several values at once; those of which the catalogue knows that they hold one
    value are taken to hold one.
    """
    rule = subject.rule
    if rule is None:
        return
    given = _given(subject)
    dead = [name for name in _own(subject) if not can_be_true(_and(Selection(name), given), rule.selections)]
    for name in dead:
        hint = "its parts contradict each other"
        yield Found(f'nothing can match "{name}"', hint, subject.where(name), key=True)
    if not dead and not can_be_true(_and(rule.condition, given), rule.selections):
        yield Found("no event can match the rule", "parts of the condition contradict each other", _STEPS)


@check(Severity.error)
def always_true(subject: Subject) -> Iterator[Found]:
    """A rule that every event matches, or a selection that can only be true."""
    rule = subject.rule
    if rule is None:
        return
    if _always(rule.condition, rule):
        yield Found("every event matches the rule", "ask for something that not every event has", _STEPS)
        return
    for name in _own(subject):
        if _always(Selection(name), rule):
            hint = "every event matches it; remove it, or ask for something"
            yield Found(f'"{name}" can only be true', hint, subject.where(name), key=True, severity=Severity.warning)


@check(Severity.warning)
def no_effect(subject: Subject) -> Iterator[Found]:
    """A selection that the condition names, but whose answer never changes whether the rule matches.

    A filter for events that the rest of the rule does not match anyway, or a selection that another one includes.
    """
    rule = subject.rule
    if rule is None or len(_used(rule)) < 2:
        return
    given = _given(subject)
    idle = [name for name in _own(subject) if not _decides(rule, name, given)]
    if idle and _sound(rule, given):
        for name in idle:
            hint = "remove it, or make it say what was meant"
            yield Found(
                f'"{name}" changes nothing: the rest of the condition decides', hint, subject.where(name), key=True
            )


def _always(expr: Expr, rule: Rule) -> bool:
    """Whether no event makes an expression false; most that do lack the fields, which is tried first."""
    return _of_nothing(expr, rule) and not can_be_false(expr, rule.selections)


def _of_nothing(expr: Expr, rule: Rule) -> bool:
    """What an expression is of an event without any field."""
    if isinstance(expr, Selection):
        return _of_nothing(rule.selections[expr.name], rule)
    if isinstance(expr, Not):
        return not _of_nothing(expr.arg, rule)
    if isinstance(expr, And):
        return all(_of_nothing(arg, rule) for arg in expr.args)
    if isinstance(expr, Or):
        return any(_of_nothing(arg, rule) for arg in expr.args)
    return (
        expr.value
        if isinstance(expr, Const)
        else isinstance(expr, Null) or (isinstance(expr, Exists) and not expr.value)
    )


def _given(subject: Subject) -> Expr:
    """What is true of every event of the log: that a field of one value is not two texts at once."""
    rule, catalogue = subject.rule, subject.catalogue
    if rule is None or catalogue is None:
        return Const(True)
    tests: dict[str, dict[Text, None]] = {}
    for said in rule.selections.values():
        for one in _predicates(said):
            if isinstance(one, Text) and one.field is not None and catalogue.single(one.field):
                tests.setdefault(one.field, {})[one] = None
    return _and(
        *(
            Not(And((one, other)))
            for texts in tests.values()
            if len(texts) <= TANGLED
            for one, other in combinations(texts, 2)
            if _exclusive(one, other) or _exclusive(other, one)
        )
    )


def _exclusive(one: Text, other: Text) -> bool:
    """Whether the one is a single text, which is not one that the other describes."""
    if any(isinstance(part, int) for part in one.pattern) or (other.cased and not one.cased):
        return False
    text = "".join(map(str, one.pattern))
    return not pattern_test(other.pattern, cased=other.cased)(text if other.cased else fold(text))


def _sound(rule: Rule, given: Expr) -> bool:
    """Whether the rule and each selection can be true and false; what is not is said by other checks."""
    if not can_be_true(_and(rule.condition, given), rule.selections):
        return False
    alone = [Selection(name) for name in _used(rule)]
    return all(can_be_true(_and(one, given), rule.selections) and not _always(one, rule) for one in alone)


def _decides(rule: Rule, name: str, given: Expr) -> bool:
    """Whether the answer of a selection can change the rule's, as far as can be told.

    given  what is true of every event
    """
    either = [_with(rule.condition, name, value) for value in (True, False)]
    turns = _or(_and(either[0], _not(either[1])), _and(either[1], _not(either[0])))
    if isinstance(turns, Const):
        return turns.value
    others = {field for one in _used(rule) if one != name for field in _fields(rule, one)}
    shared = _fields(rule, name) & others
    if not shared:  # what the others say of an event says nothing of this one
        return can_be_true(turns, {one: Exists(one, True) for one in rule.selections})
    tests = [one for said in rule.selections.values() for one in _predicates(said)]
    if sum(getattr(one, "field", None) in shared for one in tests) > _MOST:
        return True
    answers = (Selection(name), Not(Selection(name)))
    return all(can_be_true(_and(turns, one, given), rule.selections) for one in answers)


def _fields(rule: Rule, name: str) -> set[str | None]:
    return {getattr(one, "field", None) for one in _predicates(rule.selections[name])} | {
        other for one in _predicates(rule.selections[name]) if (other := getattr(one, "other", None))
    }


def _with(expr: Expr, name: str, value: bool) -> Expr:
    """The condition with a selection's answer put in its place."""
    if isinstance(expr, Selection):
        return Const(value) if expr.name == name else expr
    if isinstance(expr, Not):
        return _not(_with(expr.arg, name, value))
    if isinstance(expr, And):
        return _and(*(_with(arg, name, value) for arg in expr.args))
    if isinstance(expr, Or):
        return _or(*(_with(arg, name, value) for arg in expr.args))
    return expr


def _not(expr: Expr) -> Expr:
    if isinstance(expr, Const):
        return Const(not expr.value)
    return expr.arg if isinstance(expr, Not) else Not(expr)


def _and(*args: Expr) -> Expr:
    if Const(False) in args:
        return Const(False)
    left = tuple(arg for arg in args if arg != Const(True))
    return And(left) if len(left) > 1 else left[0] if left else Const(True)


def _or(*args: Expr) -> Expr:
    return _not(_and(*map(_not, args)))


def _names(expr: Expr) -> Iterator[str]:
    if isinstance(expr, Selection):
        yield expr.name
    elif isinstance(expr, Not):
        yield from _names(expr.arg)
    elif isinstance(expr, And | Or):
        for arg in expr.args:
            yield from _names(arg)


def _predicates(expr: Expr) -> Iterator[Predicate]:
    """Every test of an expression."""
    if isinstance(expr, Not):
        yield from _predicates(expr.arg)
    elif isinstance(expr, And | Or):
        for arg in expr.args:
            yield from _predicates(arg)
    elif not isinstance(expr, Const | Selection):
        yield expr


def _own(subject: Subject) -> list[str]:
    """Those of them that the rule itself has; others are of filters, which are meant for many rules."""
    return [name for name in _used(subject.rule) if name in subject.selections] if subject.rule else []


def _used(rule: Rule) -> list[str]:
    """Selections that the condition names, in the order of the rule."""
    named = set(_names(rule.condition))
    return [name for name in rule.selections if name in named]
