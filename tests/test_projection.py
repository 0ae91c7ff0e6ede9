"""Structs answer as the whole record does, or decoding fails and says so."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from msgspec import UNSET

from engine.fields import resolve
from engine.projection import Shape

PATHS = ["a", "b", "a.b", "a.b.c", "a.c", "b.c", "a-b", "a_b", "a b", "é", "class", "f_a", "1", "a..b", ".a", ""]
names = st.sampled_from(["a", "b", "c", "a.b", "b.c", "a.b.c", "a-b", "é", "class", "1"])
leaves = st.sampled_from([None, True, 1, 1.5, 2**70, "", "x"])
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=3), max_leaves=10
)
records = st.dictionaries(names, values, max_size=5)
wanted = st.lists(st.sampled_from(PATHS), max_size=6)


def same(one: Any, other: Any) -> bool:
    """Equal, and of equal types all through."""
    return repr(one) == repr(other)


def agrees(shape: Shape, struct: Any, record: dict[str, Any]) -> None:
    for path in shape.paths:
        value = resolve(record, tuple(path.split(".")))
        assert same(shape.careful(path)(struct), value), path
        try:
            fast = shape.fast(path)(struct)
        except AttributeError:
            continue
        assert same(fast, value), path


@example(["a.b"], {"a": {}, "a.b": 1})
@example(["a.b"], {"a": [{"b": 1}, {"b": 2}]})
@example(["a.b.c"], {"a": {"b": [{"c": 1}], "b.c": 2}})
@example(["a.b.c"], {"a": [{"b.c": 1, "b": {"c": 2}}]})
@given(wanted, records)
def test_a_struct_holds_what_the_record_says_or_is_refused(paths: list[str], record: dict[str, Any]):
    shape = Shape(paths)
    try:
        struct = shape.line.decode(json.dumps(record))
    except msgspec.DecodeError:
        return
    agrees(shape, struct, record)


@given(wanted, records)
def test_nothing_is_refused_without_a_reason(paths: list[str], record: dict[str, Any]):
    """A key with dots in it, at any depth, is the only one."""

    def dotted(value: Any) -> bool:
        if isinstance(value, dict):
            return any("." in key or dotted(inner) for key, inner in value.items())
        return isinstance(value, list) and any(map(dotted, value))

    assume(not dotted(record))
    shape = Shape(paths)
    agrees(shape, shape.line.decode(json.dumps(record)), record)


@given(wanted, st.lists(records, max_size=4))
def test_a_file_is_decoded_as_each_of_its_records_is(paths: list[str], several: Sequence[dict[str, Any]]):
    shape = Shape(paths)
    text = json.dumps({"Records": several, "more": 1})
    try:
        structs = shape.records.decode(text).Records
    except msgspec.DecodeError:
        with pytest.raises(msgspec.DecodeError):
            _ = [shape.line.decode(json.dumps(record)) for record in several]
        return
    assert structs == [shape.line.decode(json.dumps(record)) for record in several]


@pytest.mark.parametrize(
    ("paths", "kept"),
    [
        (["a", "a.b", "a.b.c"], {"a"}),
        (["a.b.c", "a.b"], {"a.b"}),
        (["a.b", "a.c", "ab"], {"a.b", "a.c", "ab"}),
        (["", ".", "a.", ".a", "a..b"], set()),
    ],
)
def test_of_two_paths_of_which_one_is_inside_the_other_the_outer_is_held(paths: list[str], kept: set[str]):
    assert Shape(paths).paths == kept


def test_names_that_differ_only_in_signs_are_different_fields():
    signs = ["a-b", "a_b", "a b", "a_2d_b", "a2db", "á-b", "A-b", "f_a", "_", "__", "-"]
    record = {name: name for name in signs}
    shape = Shape(signs)
    struct = shape.line.decode(json.dumps(record))
    assert [shape.fast(name)(struct) for name in signs] == signs


def test_several_fields_are_read_as_a_tuple():
    shape = Shape(["a", "b.c"])
    assert shape.fast("a", "b.c")(shape.line.decode('{"b": {"c": 2}}')) == (UNSET, 2)


@pytest.mark.parametrize("text", ["[]", "1", '"x"', "null", "{", '{"a": }', '{"a": 1} x', ""])
def test_what_is_no_record_is_refused(text: str):
    with pytest.raises(msgspec.DecodeError):
        Shape(["a"]).line.decode(text)


NAMES = {"User": ("Account", "Login")}


def test_a_field_is_read_from_the_key_that_the_log_has() -> None:
    shape = Shape(["User", "EventID"]).told(NAMES, b'{"Login": 1}')
    assert shape.fast("User", "EventID")(shape.line.decode(b'{"Login": "x", "EventID": 1}')) == ("x", 1)
    assert shape.fast("User")(shape.line.decode(b"{}")) is UNSET


@pytest.mark.parametrize("key", ["User", "Account"])
def test_a_record_with_another_of_its_keys_is_refused(key: str) -> None:
    """Only `Login` was guessed; which of two counts, a struct cannot tell."""
    shape = Shape(["User"]).told(NAMES, b'{"Login": 1}')
    with pytest.raises(msgspec.ValidationError):
        shape.line.decode(f'{{"{key}": null}}'.encode())


def test_a_field_whose_other_key_is_a_field_too_is_left_out() -> None:
    shape = Shape(["User", "Login", "EventID"]).told(NAMES, b"")
    assert shape.paths == {"Login", "EventID"}
    assert shape.fast("Login")(shape.line.decode(b'{"Login": "x", "User": "y"}')) == "x"


def test_the_same_guess_gives_the_same_shape() -> None:
    shape = Shape(["User"])
    assert shape.told(NAMES, b'"Login"') is shape.told(NAMES, b'"Login" "x"')
    assert shape.told(NAMES, b'"Login"') is not shape.told(NAMES, b'"Account"')


def test_what_a_shape_refuses_it_refuses_under_other_names_too() -> None:
    shape = Shape(["User"], refused=["a.b"], plain=["c"]).told(NAMES, b"")
    for text in (b'{"a.b": 1}', b'{"c": {}}'):
        with pytest.raises(msgspec.ValidationError):
            shape.line.decode(text)
    shape.line.decode(b'{"c": [1], "a": {"b": 1}}')
