"""Which events have a derived field, and which of them a rule uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from engine.derived.fields import Fields
from engine.derived.roots import roots
from engine.logsources import known, routed
from engine.model import LogSource
from engine.rules import And, Const, Derived, Expr, FieldRef, Not, Or, Rule, Search, Selection

__all__ = ["applying", "derived_in", "fields_for", "names_asked", "possible"]


def applying(derived: Iterable[Derived], logsource: LogSource | None) -> tuple[Derived, ...]:
    """The derived fields that events of a logsource have, those whose logsource says most first, else in order.

    logsource  None: nobody routes by it, and the events have every field
    """
    kept = derived if logsource is None else filter(partial(_has, logsource), derived)
    return tuple(sorted(kept, key=lambda one: -sum(map(bool, one.logsource))))


def fields_for(derived: Iterable[Derived], logsource: LogSource | None) -> Fields:
    """Reads the fields of events of a logsource, those of the log and derived ones, as rules read them."""
    given = applying(derived, logsource)
    return Fields(given) if logsource is None else Fields(given, known(logsource).aliases.getter)


def possible(derived: LogSource, rule: LogSource) -> bool:
    """Whether an event that rules of one logsource see may have the derived fields of another."""
    return all(
        one is None or other is None or one.lower() == other.lower() for one, other in zip(derived, rule, strict=True)
    )


def names_asked(rule: Rule) -> tuple[str, ...]:
    """The first part of every path that a rule's selections read, each once, in order of name."""
    return tuple(sorted({path.partition(".")[0] for part in rule.selections.values() for path in _paths(part)}))


def derived_in(rule: Rule, derived: Iterable[Derived]) -> tuple[str, ...]:
    """The derived fields that a rule reads or lists among its `fields:`, the listed ones first, each once."""
    known = {definition.name for definition in derived if possible(definition.logsource, rule.logsource)}
    if not known:
        return ()
    names = dict.fromkeys((*(path.partition(".")[0] for path in rule.fields), *names_asked(rule)))
    return tuple(name for name in names if name in known)


def _has(logsource: LogSource, definition: Derived) -> bool:
    return not any(definition.logsource) or routed(definition.logsource, logsource)


def _paths(expr: Expr) -> Iterator[str]:
    """Every path that an expression reads."""
    if isinstance(expr, And | Or):
        for arg in expr.args:
            yield from _paths(arg)
    elif isinstance(expr, Not):
        yield from _paths(expr.arg)
    elif isinstance(expr, Search):
        yield from roots(expr.tree)
    elif not isinstance(expr, Const | Selection):
        if expr.field is not None:
            yield expr.field
        if isinstance(expr, FieldRef):
            yield expr.other
