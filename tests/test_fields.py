"""How a dotted name finds its value: in records as dicts, as structs, and as text."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import UNSET

from engine.fields import flatten, getter, resolve, scalars

names = st.sampled_from(["a", "b", "c", "a.b", "b.c", "a.b.c", "", "."])
leaves = st.sampled_from([None, True, 1, 1.5, "", "x", "y"])
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3), max_leaves=12
)
records = st.dictionaries(names, values, max_size=4)
paths = st.sampled_from(["a", "b", "a.b", "a.c", "b.c", "a.b.c", "a.a.b.c", "a..b", ".", ""])


def found(value: Any, path: str) -> list[Any]:
    """Every value at a path, as the specification has it; [] where there is none. Written without `resolve`."""
    if isinstance(value, list):
        return [each for member in value for each in found(member, path)]
    if not isinstance(value, dict):
        return []
    parts = path.split(".")
    for length in range(len(parts), 0, -1):
        key, rest = ".".join(parts[:length]), ".".join(parts[length:])
        if key in value:
            below = [value[key]] if length == len(parts) else found(value[key], rest)
            if below:
                return below
    return []


def members(value: Any) -> list[Any]:
    """What a list holds at any depth."""
    return [each for member in value for each in members(member)] if isinstance(value, list) else [value]


@example({"a": [[{"b": 1}], {"b": [2, []]}]}, "a.b")
@example({"a.b": None, "a": {"b": 1}}, "a.b")
@example({"a.b": 1, "a": {"b": {"c": 2}}}, "a.b.c")
@given(records, paths)
def test_a_path_leads_to_every_value_that_the_specification_says(record: dict[str, Any], path: str):
    wanted = found(record, path)
    value = resolve(record, tuple(path.split(".")))
    if value is UNSET:
        assert wanted == []
    else:
        assert list(flatten(value)) == members(wanted)
        assert wanted


@given(records, paths)
def test_a_getter_is_the_same_without_the_work(record: dict[str, Any], path: str):
    assert repr(getter(path)(record)) == repr(resolve(record, tuple(path.split("."))))


@pytest.mark.parametrize(
    ("record", "value"),
    [
        ({"a": {"b": {"c": 1}}}, 1),
        ({"a.b.c": 1, "a": {"b": {"c": 2}}}, 1),
        ({"a.b": {"c": 1}, "a": {"b": {"c": 2}}}, 1),
        ({"a.b": {"d": 1}, "a": {"b": {"c": 2}}}, 2),  # the longer key leads nowhere
        ({"a": {"b.c": 1, "b": {"c": 2}}}, 1),
        ({"a": [{"b": {"c": 1}}, {"b": [{"c": 2}, {"d": 3}]}]}, [1, [2]]),
        ({"a": {"b": {"c": None}}}, None),
        ({"a": {"b": {"c": []}}}, []),
        ({"a": {"b": None}}, UNSET),
        ({"a": {"b": "c"}}, UNSET),
        ({"a": []}, UNSET),
        ({}, UNSET),
    ],
)
def test_the_longest_key_that_leads_to_a_value_wins(record: dict[str, Any], value: Any):
    assert getter("a.b.c")(record) == value


@given(values)
def test_flattening_gives_members_in_order_and_leaves_the_rest_alone(value: Any):
    assert list(flatten(value)) == members(value)


@given(records)
def test_scalars_are_all_values_but_null_in_order_and_never_keys(record: dict[str, Any]):
    def every(value: Any) -> list[Any]:
        if isinstance(value, dict):
            return [each for member in value.values() for each in every(member)]
        if isinstance(value, list):
            return [each for member in value for each in every(member)]
        return [] if value is None else [value]

    assert list(scalars(record)) == every(record)


def test_no_depth_is_too_deep():
    deep: Any = "x"
    for _ in range(100_000):
        deep = [deep]
    assert list(flatten(deep)) == ["x"]
    assert list(scalars({"a": deep})) == ["x"]
    assert resolve({"a": deep}, ("a", "b")) is UNSET


def test_a_path_is_not_json():
    """Neither indexes nor escapes: a bracket is part of a name."""
    record = json.loads('{"a": [1, 2], "a[0]": 3, "a\\\\.b": 4}')
    assert getter("a[0]")(record) == 3
    assert getter("a\\.b")(record) == 4
