"""JMESPath's functions as the jmespath library 1.1 has them, each paying for what it does before it does it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from engine.jmes.values import CHARACTERS, Failed, Meter, same, size_cost, text_cost

__all__ = ["FUNCTIONS", "Function", "call", "kind"]

Expression = Callable[[Any, Meter], Any]
"""A compiled `&expression`: what functions such as sort_by apply to each member."""

_KINDS = {bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object"}


def kind(value: Any) -> str:
    """JMESPath's word for the type of a value."""
    return "null" if value is None else _KINDS.get(type(value), "unknown")


class Function(NamedTuple):
    """One function.

    takes     for each argument the kinds it may have, () for any; "array-number" is a list of nothing but numbers,
              "expression" stands alone
    variadic  the last argument may be repeated
    """

    takes: tuple[tuple[str, ...], ...]
    run: Callable[..., Any]
    variadic: bool = False


def call(name: str, arguments: Sequence[Any], meter: Meter) -> Any:
    """Run a function. Raises Failed for an argument of a wrong kind."""
    function = FUNCTIONS[name]
    for number, (takes, argument) in enumerate(zip(function.takes, arguments, strict=False)):
        if takes and takes != ("expression",):
            _check(name, number, takes, argument, meter)
    return function.run(meter, *arguments)


def _check(name: str, number: int, takes: tuple[str, ...], argument: Any, meter: Meter) -> None:
    found = kind(argument)
    if found in takes:
        return
    members = [word.removeprefix("array-") for word in takes if word.startswith("array-")]
    if found == "array" and members:
        meter.spend(len(argument))
        if not argument:
            return
        found = f"array of {kind(argument[0])}"
        if kind(argument[0]) in members:
            odd = next((one for one in argument if kind(one) != kind(argument[0])), argument)
            if odd is argument:
                return
            found = f"array with {kind(argument[0])} and {kind(odd)}"
    wanted = " or ".join(f"array of {word[6:]}" if word.startswith("array-") else word for word in takes)
    raise Failed(f"argument {number + 1} of {name}() is {found}, not {wanted}")


def _contains(meter: Meter, subject: Any, search: Any) -> bool:
    if type(subject) is str:
        meter.spend(text_cost(subject))
        return search in subject
    for member in subject:
        meter.spend(1)
        if member is search or same(member, search, meter):
            return True
    return False


def _join(meter: Meter, separator: str, array: list[str]) -> str:
    meter.spend((sum(map(len, array)) + len(separator) * len(array)) // CHARACTERS + len(array))
    return separator.join(array)


def _map(meter: Meter, expression: Expression, array: list[Any]) -> list[Any]:
    meter.spend(len(array))
    return [expression(member, meter) for member in array]


def _merge(meter: Meter, *objects: Any) -> dict[Any, Any]:
    merged: dict[Any, Any] = {}
    for one in objects:
        meter.spend(1 + (len(one) if one is not None and type(one) not in (bool, int, float) else 0))
        merged.update(one)  # only the first is checked to be an object, and `update` takes more than objects
    return merged


def _reverse(meter: Meter, subject: Any) -> Any:
    if type(subject) is str:
        meter.spend(text_cost(subject))
    else:
        meter.spend(len(subject))
    return subject[::-1]


def _listed(meter: Meter, values: Any) -> list[Any]:
    meter.spend(len(values))
    return list(values)


def _to_number(meter: Meter, value: Any) -> Any:
    if type(value) in (int, float):
        return value
    if type(value) is not str:
        return None
    meter.spend(text_cost(value))
    for read in (int, float):
        try:
            return read(value)
        except ValueError:
            continue
    return None


def _to_string(meter: Meter, value: Any) -> str:
    if type(value) is str:
        return value
    size_cost(value, meter)
    return json.dumps(value, separators=(",", ":"))


def _spend_on_order(values: Sequence[Any], meter: Meter) -> None:
    """Pay for sorting: as many looks at each value as the list doubles from one."""
    texts = sum(len(value) for value in values if type(value) is str) // CHARACTERS
    meter.spend((len(values) + texts) * max(1, len(values).bit_length()))


def _sum(meter: Meter, array: list[Any]) -> Any:
    meter.spend(len(array))
    return sum(array)


def _extreme(choose: Callable[..., Any]) -> Callable[..., Any]:
    def run(meter: Meter, array: list[Any]) -> Any:
        meter.spend(sum(text_cost(one) if type(one) is str else 1 for one in array))
        return choose(array) if array else None

    return run


def _sort(meter: Meter, array: list[Any]) -> list[Any]:
    _spend_on_order(array, meter)
    return sorted(array)


def _keys(name: str, array: list[Any], expression: Expression, meter: Meter) -> list[Any]:
    """What to order each member by: numbers or texts."""
    meter.spend(len(array))
    keys = [expression(member, meter) for member in array]
    for key in keys:
        if kind(key) not in ("number", "string"):
            raise Failed(f"the expression of {name}() gives {kind(key)}, not number or string")
    return keys


def _extreme_by(name: str, choose: Callable[..., Any]) -> Callable[..., Any]:
    def run(meter: Meter, array: list[Any], expression: Expression) -> Any:
        keys = _keys(name, array, expression, meter)
        _spend_on_order(keys, meter)
        return array[choose(range(len(array)), key=keys.__getitem__)] if array else None

    return run


def _sort_by(meter: Meter, array: list[Any], expression: Expression) -> list[Any]:
    keys = _keys("sort_by", array, expression, meter)
    _spend_on_order(keys, meter)
    return [array[index] for index in sorted(range(len(array)), key=keys.__getitem__)]


_NUMBER, _STRING, _ARRAY, _OBJECT = ("number",), ("string",), ("array",), ("object",)
_NUMBERS, _EXPRESSION, _ANY = ("array-number",), ("expression",), ()
_ORDERED = ("array-number", "array-string")

FUNCTIONS: dict[str, Function] = {
    "abs": Function((_NUMBER,), lambda meter, value: abs(value)),
    "avg": Function((_NUMBERS,), lambda meter, array: _sum(meter, array) / len(array) if array else None),
    "ceil": Function((_NUMBER,), lambda meter, value: math.ceil(value)),
    "contains": Function((("array", "string"), _ANY), _contains),
    "ends_with": Function((_STRING, _STRING), lambda meter, subject, suffix: subject.endswith(suffix)),
    "floor": Function((_NUMBER,), lambda meter, value: math.floor(value)),
    "join": Function((_STRING, ("array-string",)), _join),
    "keys": Function((_OBJECT,), _listed),
    "length": Function((("string", "array", "object"),), lambda meter, value: len(value)),
    "map": Function((_EXPRESSION, _ARRAY), _map),
    "max": Function((_ORDERED,), _extreme(max)),
    "max_by": Function((_ARRAY, _EXPRESSION), _extreme_by("max_by", max)),
    "merge": Function((_OBJECT,), _merge, variadic=True),
    "min": Function((_ORDERED,), _extreme(min)),
    "min_by": Function((_ARRAY, _EXPRESSION), _extreme_by("min_by", min)),
    "not_null": Function((_ANY,), lambda meter, *values: next((v for v in values if v is not None), None),
                         variadic=True),
    "reverse": Function((("array", "string"),), _reverse),
    "sort": Function((_ORDERED,), _sort),
    "sort_by": Function((_ARRAY, _EXPRESSION), _sort_by),
    "starts_with": Function((_STRING, _STRING), lambda meter, subject, prefix: subject.startswith(prefix)),
    "sum": Function((_NUMBERS,), _sum),
    "to_array": Function((_ANY,), lambda meter, value: value if type(value) is list else [value]),
    "to_number": Function((_ANY,), _to_number),
    "to_string": Function((_ANY,), _to_string),
    "type": Function((_ANY,), lambda meter, value: kind(value)),
    "values": Function((_OBJECT,), lambda meter, value: _listed(meter, value.values())),
}  # fmt: skip
