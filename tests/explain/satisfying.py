"""Records changed so that one predicate comes out otherwise, and nothing else that a rule asks if that can be."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Any

from engine.rules import Exists, FieldRef, Null, Predicate, Regex, Rule
from tests import oracle
from tests.match.near import near
from tests.strategies import leaves_of

__all__ = ["changed", "predicates"]

_PLAIN: list[Any] = ["zzz", "b", "B", "", 3, -7, 1e9, "_", "ba", "0", "k", "s", "ab1", True, {"q": 1}]
_GONE = object()


def predicates(rule: Rule) -> list[Predicate]:
    """Every predicate of a rule, each once."""
    return list(dict.fromkeys(one for expr in rule.selections.values() for one in leaves_of(expr)))


def changed(rule: Rule, record: dict[str, Any], named: Predicate, should: bool) -> tuple[dict[str, Any], bool] | None:
    """A record in which one predicate is as it should be, and whether it is all that differs; None when none is found.

    Only the field of that predicate is written, or for a keyword one new field.
    """
    asked = predicates(rule)
    before = {one: oracle.true_of(one, record) for one in asked}
    best: tuple[dict[str, Any], bool] | None = None
    for candidate in _candidates(record, named, asked):
        if oracle.true_of(named, candidate) is not should:
            continue
        alone = all(oracle.true_of(one, candidate) is before[one] for one in asked if one != named)
        if alone:
            return candidate, True
        best = best or (candidate, False)
    return best


def _candidates(record: dict[str, Any], named: Predicate, asked: Sequence[Predicate]) -> Iterator[dict[str, Any]]:
    if named.field is None:
        for value in near(named):
            yield {**copy.deepcopy(record), "zz.new": value}
        return
    values = [*_values(named, record), *_PLAIN, None, _GONE, []]
    old = [oracle.reading(record, named.field)[1]]
    values += [[*have, value] for have in old for value in values if value is not _GONE]
    close = [value for one in asked if one.field == named.field for value in near(one)]
    for value in [*values, *close, *([one, two] for one in close[:12] for two in close[:12])]:
        yield _with(record, named.field, value)


def _values(named: Predicate, record: dict[str, Any]) -> list[Any]:
    if isinstance(named, FieldRef):
        return [value for value in oracle.reading(record, named.other)[1] if not isinstance(value, dict)]
    if isinstance(named, Regex):
        return [
            "a",
            "b",
            "ab",
            "1",
            "true",
            "é",
            "É",
            "k",
            "s",
            ".",
            "a\nb",
            "aa",
            "{",
            "\x00",
            " ",
            "",
            "ß",
            "σ",
            "{}",
        ]
    if isinstance(named, Null | Exists):
        return [None, _GONE, "zzz", []]
    return near(named)


def _with(record: dict[str, Any], field: str, value: Any) -> dict[str, Any]:
    """The record with a value at a path: every spelling of the path taken out, then the literal key written."""
    made = copy.deepcopy(record)
    _without(made, field.split("."))
    if value is not _GONE:
        made[field] = value
    return made


def _without(holder: Any, parts: list[str]) -> None:
    if isinstance(holder, list):
        for member in holder:
            _without(member, parts)
    elif isinstance(holder, dict):
        for count in range(len(parts), 0, -1):
            key = ".".join(parts[:count])
            if count == len(parts):
                holder.pop(key, None)
            elif key in holder:
                _without(holder[key], parts[count:])
