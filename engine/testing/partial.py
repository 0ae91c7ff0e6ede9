"""The part of a record that matters to rules, and a record as what is otherwise than another one."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from engine import logsources
from engine.correlate import Correlator
from engine.derived import names_read, roots
from engine.explain.reason import predicates_of
from engine.model import LogSource
from engine.rules import FieldRef, Ruleset, Search
from engine.testing.happens import put, remove

__all__ = ["Paths", "over", "paths_read", "projected"]

Paths = frozenset[tuple[str, ...]]
_GONE = object()


def paths_read(ruleset: Ruleset, logsource: LogSource) -> Paths | None:
    """Everything that rules, correlations and people read of a record; None: all of it, as keywords do."""
    names: set[str] = set()
    correlator = Correlator(ruleset)
    queries = {name: tree for each in ruleset.correlations for name, tree in each.queries.items()}
    for rule in ruleset.rules:
        names.update(rule.fields)
        for name in correlator.reads(rule.key):
            names |= roots(queries[name]) if name in queries else {name}
        for _, test in predicates_of(rule.condition, rule.selections):
            if isinstance(test, Search):
                names |= roots(test.tree)
            elif test.field is None:
                return None
            else:
                names.update((test.field, test.other) if isinstance(test, FieldRef) else (test.field,))
    known = logsources.known(logsource)
    names.update((*known.who, *known.origin, *known.action))
    return frozenset(tuple(name.split(".")) for name in _with_derived(names, ruleset))


def _with_derived(names: Iterable[str], ruleset: Ruleset) -> set[str]:
    """The same with what derived fields among them are made from."""
    found: set[str] = set()
    todo = list(names)
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += (read for one in ruleset.derived if one.name == name.partition(".")[0] for read in _fields(one))
    return found


def _fields(one: Any) -> Iterable[str]:
    """Paths where ways name them, else the first parts of what an expression looks up."""
    paths = [way.field for way in one.ways if hasattr(way, "field")]
    return [*paths, *(name for name in names_read(one) if not any(path.split(".")[0] == name for path in paths))]


def projected(record: Mapping[str, Any], paths: Paths | None) -> dict[str, Any]:
    """What stands at these paths, in the objects that it stands in; all of it for None."""
    if paths is None:
        return copy.deepcopy(dict(record))
    kept = _kept(record, paths)
    return copy.deepcopy(kept) if isinstance(kept, dict) else {}


def _kept(value: Any, paths: Iterable[tuple[str, ...]]) -> Any:
    if any(not path for path in paths):
        return value
    if isinstance(value, list):
        return [kept for one in value if (kept := _kept(one, paths)) is not _GONE] or _GONE
    if not isinstance(value, Mapping):
        return _GONE
    found = {}
    for name, one in value.items():
        parts = tuple(name.split("."))
        rest = [path[len(parts) :] for path in paths if path[: len(parts)] == parts]
        if rest and (kept := _kept(one, rest)) is not _GONE:
            found[name] = kept
    return found or _GONE


def over(base: Mapping[str, Any], record: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]] | None:
    """What is to be changed in a base, and what is to be taken away, so that it becomes a record.

    None where it cannot be said so, or is no shorter than the record itself.
    """
    change: dict[str, Any] = {}
    without: list[str] = []
    _differ(base, record, (), change, without)
    made = copy.deepcopy(dict(base))
    for path in without:
        remove(made, path.split("."))
    for path, value in change.items():
        put(made, path.split("."), copy.deepcopy(value))
    if made != record or len(json.dumps([change, without])) >= len(json.dumps(record)):
        return None
    return change, without


def _differ(
    base: Mapping[str, Any], record: Mapping[str, Any], above: Sequence[str], change: dict[str, Any], without: list[str]
) -> None:
    for name in base:
        if name not in record:
            without.append(".".join((*above, name)))
    for name, value in record.items():
        before = base.get(name, _GONE)
        if before == value and type(before) is type(value):
            continue
        if isinstance(before, dict) and isinstance(value, dict):
            _differ(before, value, (*above, name), change, without)
        else:
            change[".".join((*above, name))] = value
