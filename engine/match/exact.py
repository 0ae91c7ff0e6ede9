"""Predicates of native rules: what JMESPath says of one value, judged whole; and of a whole record."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from msgspec import UNSET

from engine.derived import roots
from engine.jmes import Failed, OverBudget, compile, kind, true
from engine.match.numbers import COMPARE
from engine.projection import Shape
from engine.rules import ANY, And, Exact, Expr, Not, Or, Pattern, Rule, Search, Text

__all__ = ["Exacts", "Searched", "Split", "exact_getter", "searches", "split", "struct_getter"]

Reader = Callable[[Any], Any]
Test = Callable[[Any], bool]
Patterns = Callable[[list[tuple[int, Text]]], Callable[[str], int] | None]


class Split(NamedTuple):
    """What a field reads as for Sigma, and what stands at exactly its path, where these are not the same."""

    seen: Any
    exact: Any


def exact_getter(path: str, root: Reader | None = None) -> Reader:
    """What stands at a path through objects alone, UNSET where nothing does; `root` reads the path's first name."""
    names = path.split(".")
    if root is not None:
        del names[0]

    def read(record: Any) -> Any:
        if root is not None:
            record = root(record)
        for name in names:
            if type(record) is not dict:
                return UNSET
            record = record.get(name, UNSET)
        return record

    return read


def struct_getter(shape: Shape, path: str) -> Reader:
    """The same off a narrow struct of a shape that holds the path."""
    fast = shape.fast(path)

    def read(record: Any) -> Any:
        try:
            return fast(record)
        except AttributeError:  # a parent is no object
            return UNSET

    return read


def split(seen: Reader, exact: Reader) -> Reader:
    """Read a field in both ways at once, off whatever both of them read."""

    def read(record: Any) -> Any:
        one, other = seen(record), exact(record)
        return one if one is other else Split(one, other)

    return read


class Exacts:
    """The Exact predicates of one field, compiled: a value in, the bits of the predicates it satisfies out.

    patterns  makes one function of many cased patterns
    """

    def __init__(self, predicates: Sequence[tuple[int, Exact]], patterns: Patterns) -> None:
        self.tests: list[tuple[int, Test]] = []
        self.texts: dict[str, int] = {}
        self.always = self.not_empty = 0
        self.compared: list[tuple[int, Test]] = []
        inside: list[tuple[int, Text]] = []
        for bit, predicate in predicates:
            literal = json.loads(predicate.literal)
            made = _MAKERS[predicate.test](predicate.test, literal)
            self.tests.append((bit, made))
            if predicate.test == "true":
                self.not_empty |= bit
            elif predicate.test == "kind":
                self.always |= bit if "string" in literal else 0
            elif type(literal) is not str:
                continue  # no text satisfies it
            elif predicate.test == "eq":
                self.texts[literal] = self.texts.get(literal, 0) | bit
            elif predicate.test in _AFFIXES:
                inside.append((bit, Text(predicate.field, _AFFIXES[predicate.test](literal), cased=True)))
            else:
                self.compared.append((bit, made))
        self.inside = patterns(inside)
        self.null = self._each(None, self.tests)

    def bits(self, value: Any) -> int:
        """The predicates that a value satisfies, UNSET and null alike."""
        if value is UNSET or value is None:
            return self.null
        if type(value) is not str:
            return self._each(value, self.tests)
        found = self.always | self.texts.get(value, 0) | (self.not_empty if value else 0)
        if self.inside is not None:
            found |= self.inside(value)
        return found | self._each(value, self.compared) if self.compared else found

    def _each(self, value: Any, tests: Sequence[tuple[int, Test]]) -> int:
        found = 0
        for bit, test in tests:
            if test(value):
                found |= bit
        return found


_AFFIXES: dict[str, Callable[[str], Pattern]] = {
    "contains": lambda literal: (ANY, literal, ANY) if literal else (ANY,),
    "starts_with": lambda literal: (literal, ANY) if literal else (ANY,),
    "ends_with": lambda literal: (ANY, literal) if literal else (ANY,),
}
"""What a text has to look like for a function to give true."""


def _equals(_: str, literal: Any) -> Test:
    """Equality as the jmespath library has it: 0 and 1 are not false and true, but 1 and 1.0 are one."""
    if literal is None or type(literal) is bool:
        return lambda value: value is literal
    if type(literal) in (int, float):
        return lambda value: type(value) in (int, float) and bool(value == literal)
    return lambda value: type(value) is type(literal) and bool(value == literal)  # as deep as the literal at most


def _order(op: str, literal: Any) -> Test:
    compare, kinds = COMPARE[op], (str,) if type(literal) is str else (int, float)
    return lambda value: type(value) in kinds and compare(value, literal)


def _contains(_: str, literal: Any) -> Test:
    in_text = type(literal) is str
    return lambda value: (type(value) is list or (in_text and type(value) is str)) and literal in value


def _affix(test: str, literal: Any) -> Test:
    if test == "starts_with":
        return lambda value: type(value) is str and value.startswith(literal)
    return lambda value: type(value) is str and value.endswith(literal)


def _kind(_: str, literal: Any) -> Test:
    return lambda value: kind(value) in literal


_MAKERS: dict[str, Callable[[str, Any], Test]] = {
    "eq": _equals,
    "true": lambda test, literal: true,
    "lt": _order,
    "lte": _order,
    "gt": _order,
    "gte": _order,
    "contains": _contains,
    "starts_with": _affix,
    "ends_with": _affix,
    "kind": _kind,
}
"""Tests of any value, null for a missing one."""


class Searched:
    """The two classes of a record, by whether an expression is true of it; never remembered.

    names     what the expression looks up in the record itself, without dots in it
    given_up  records for which the expression was too dear since somebody last asked
    """

    def __init__(self, search: Search) -> None:
        self.search = search
        self.predicates = (search,)
        self.masks = [0, 1]
        self.names = sorted(name for name in roots(search.tree) if "." not in name)
        self.given_up = 0
        self._evaluate = compile(search.tree)

    def of(self, fields: dict[str, Any], *, count: bool = True) -> int:
        """The class of a whole record; without `count` it has been asked for before."""
        try:
            return int(true(self._evaluate(fields)))
        except Failed:
            return 0
        except OverBudget:
            self.given_up += count
            return 0


def searches(rule: Rule) -> Iterator[Search]:
    """The expressions of a rule that are evaluated on whole records."""
    todo: list[Expr] = [*rule.selections.values(), rule.condition]
    while todo:
        expr = todo.pop()
        if isinstance(expr, And | Or):
            todo.extend(expr.args)
        elif isinstance(expr, Not):
            todo.append(expr.arg)
        elif isinstance(expr, Search):
            yield expr
