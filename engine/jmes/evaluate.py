"""A tree -> a function of records.

    ["@"]                       ["field", name]             ["literal", value]          ["index", number]
    ["slice", from, to, step]   ["seq", node, ...]          ["list", node, ...]         ["dict", [name, node], ...]
    ["and", node, ...]          ["or", node, ...]           ["not", node]               ["compare", op, left, right]
    ["each", base, node]        ["values", base, node]      ["filter", base, test, node]
    ["flat", base]              ["call", name, node, ...]   ["&", node]: only as an argument of a function

What is outside of loops is as much work as the expression is long, and paid for when it starts; a loop pays for its
body once a member.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from engine.jmes.functions import call
from engine.jmes.values import BUDGET, Failed, Meter, equal, text_cost, true

__all__ = ["Evaluate", "compile"]

Evaluate = Callable[[Any], Any]
"""Record -> value of the expression. Raises Failed, and OverBudget."""

Node = list[Any]
Step = Callable[[Any, Meter], Any]

_ORDER: dict[str, Callable[[Any, Any], Any]] = {
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}


class _Part(NamedTuple):
    """A compiled node: what it does, and in how many steps, loops inside it left aside."""

    run: Step
    steps: int


def compile(tree: str, budget: int = BUDGET) -> Evaluate:
    """The function that evaluates an expression, for any number of records; `budget` in steps for each of them."""
    run, steps = _part(json.loads(tree))

    def evaluate(record: Any) -> Any:
        meter = Meter(budget)
        meter.spend(steps)
        try:
            return run(record, meter)
        except (TypeError, ValueError, OverflowError) as error:  # such as text < number: the library lets Python decide
            raise Failed(str(error)) from None
        except RecursionError:
            raise Failed("a value is nested too deep") from None

    return evaluate


def _part(node: Node) -> _Part:
    return _MAKERS[node[0]](*node[1:])


def _current() -> _Part:
    return _Part(lambda value, meter: value, 1)


def _field(name: str) -> _Part:
    return _Part(lambda value, meter: value.get(name) if type(value) is dict else None, 1)


def _literal(value: Any) -> _Part:
    return _Part(lambda _, meter: value, 1)


def _index(number: int) -> _Part:
    def run(value: Any, meter: Meter) -> Any:
        if type(value) is not list:
            return None
        try:
            return value[number]
        except IndexError:
            return None

    return _Part(run, 1)


def _slice(start: int | None, stop: int | None, step: int | None) -> _Part:
    part = slice(start, stop, step)

    def run(value: Any, meter: Meter) -> Any:
        if type(value) is not list:
            return None
        meter.spend(len(range(*part.indices(len(value)))))
        return value[part]

    return _Part(run, 1)


def _seq(*nodes: Node) -> _Part:
    """Each node on what the one before it gave: `a.b`, `a[0]`, `a | b`."""
    runs, steps = _parts(nodes)

    def run(value: Any, meter: Meter) -> Any:
        for each in runs:
            value = each(value, meter)
        return value

    return _Part(run, steps)


def _list(*nodes: Node) -> _Part:
    runs, steps = _parts(nodes)
    return _Part(lambda value, meter: None if value is None else [each(value, meter) for each in runs], steps)


def _dict(*pairs: tuple[str, Node]) -> _Part:
    names = [name for name, _ in pairs]
    runs, steps = _parts(node for _, node in pairs)

    def run(value: Any, meter: Meter) -> Any:
        if value is None:
            return None
        return dict(zip(names, [each(value, meter) for each in runs], strict=True))

    return _Part(run, steps)


def _or(*nodes: Node) -> _Part:
    return _first(nodes, wanted=True)


def _and(*nodes: Node) -> _Part:
    return _first(nodes, wanted=False)


def _first(nodes: Iterable[Node], *, wanted: bool) -> _Part:
    """The value of the first node that is true (or false, as wanted), else of the last; nodes behind it are not run."""
    runs, steps = _parts(nodes)

    def run(value: Any, meter: Meter) -> Any:
        found = None
        for each in runs:
            found = each(value, meter)
            if true(found) is wanted:
                break
        return found

    return _Part(run, steps)


def _not(node: Node) -> _Part:
    inner, steps = _part(node)
    return _Part(lambda value, meter: not true(inner(value, meter)), steps + 1)


def _compare(op: str, left: Node, right: Node) -> _Part:
    (one, other), steps = _parts((left, right))
    if op in ("eq", "ne"):
        wanted = op == "eq"
        return _Part(lambda value, meter: equal(one(value, meter), other(value, meter), meter) is wanted, steps)
    compare = _ORDER[op]

    def run(value: Any, meter: Meter) -> Any:
        left, right = one(value, meter), other(value, meter)
        if type(left) not in (int, float, str) or type(right) not in (int, float, str):
            return None
        if type(left) is str:
            meter.spend(text_cost(left))
        return compare(left, right)

    return _Part(run, steps)


def _each(base: Node, node: Node) -> _Part:
    return _projection(base, node, lambda value: value if type(value) is list else None)


def _values(base: Node, node: Node) -> _Part:
    return _projection(base, node, lambda value: list(value.values()) if type(value) is dict else None)


def _projection(base: Node, node: Node, members: Callable[[Any], list[Any] | None]) -> _Part:
    """What the node gives for each member, nulls left out; null where there are no members to be had."""
    get, steps = _part(base)
    inner, inside = _part(node)

    def run(value: Any, meter: Meter) -> Any:
        found = members(get(value, meter))
        if found is None:
            return None
        meter.spend(len(found) * inside)
        return [one for member in found if (one := inner(member, meter)) is not None]

    return _Part(run, steps + 1)


def _filter(base: Node, test: Node, node: Node) -> _Part:
    get, steps = _part(base)
    (keep, inner), inside = _parts((test, node))

    def run(value: Any, meter: Meter) -> Any:
        members = get(value, meter)
        if type(members) is not list:
            return None
        meter.spend(len(members) * inside)
        return [one for member in members if true(keep(member, meter)) and (one := inner(member, meter)) is not None]

    return _Part(run, steps + 1)


def _flat(base: Node) -> _Part:
    get, steps = _part(base)

    def run(value: Any, meter: Meter) -> Any:
        found = get(value, meter)
        if type(found) is not list:
            return None
        meter.spend(sum(len(member) if type(member) is list else 1 for member in found) + len(found))
        flat: list[Any] = []
        for member in found:
            if type(member) is list:
                flat.extend(member)
            else:
                flat.append(member)
        return flat

    return _Part(run, steps + 1)


def _call(name: str, *nodes: Node) -> _Part:
    runs, steps = _parts(nodes)
    return _Part(lambda value, meter: call(name, [each(value, meter) for each in runs], meter), steps)


def _expression(node: Node) -> _Part:
    """An argument that is not evaluated but handed over; what it costs is paid each time it is."""
    inner, inside = _part(node)

    def expression(value: Any, meter: Meter) -> Any:
        meter.spend(inside)
        return inner(value, meter)

    return _Part(lambda _, meter: expression, 1)


def _parts(nodes: Iterable[Node]) -> tuple[list[Step], int]:
    """The nodes' functions, and the steps of all of them and of joining them."""
    parts = [_part(node) for node in nodes]
    return [part.run for part in parts], 1 + sum(part.steps for part in parts)


_MAKERS: dict[str, Callable[..., _Part]] = {
    "@": _current,
    "field": _field,
    "literal": _literal,
    "index": _index,
    "slice": _slice,
    "seq": _seq,
    "list": _list,
    "dict": _dict,
    "or": _or,
    "and": _and,
    "not": _not,
    "compare": _compare,
    "each": _each,
    "values": _values,
    "filter": _filter,
    "flat": _flat,
    "call": _call,
    "&": _expression,
}
