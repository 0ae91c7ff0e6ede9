"""The text of a value as the log has it, found where the value is found."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from engine.fields import flatten, resolve
from engine.match.record import Record

names = st.sampled_from(["a", "b", "c", "a.b", "b.c", "a.b.c", "é"])
leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text('a"\\é\n', max_size=3)
)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3), max_leaves=12
)
records = st.dictionaries(names, values, max_size=4)
layouts = st.sampled_from(
    [{}, {"indent": 2}, {"separators": (",", ":")}, {"separators": (" , ", " : "), "ensure_ascii": False}]
)
paths = st.sampled_from(["a", "b", "c", "a.b", "a.c", "b.c", "a.b.c", "é", "x"])


def of(text: str) -> Record:
    return Record(lambda: json.loads(text), text.encode)


@given(records, layouts, paths)
def test_there_is_one_text_for_each_value_in_the_same_order(record: dict[str, Any], layout: Any, path: str):
    text = json.dumps(record, **layout)
    texts = of(text).texts(path)
    value = resolve(record, tuple(path.split(".")))
    if value is UNSET:
        assert texts is None
        return
    assert texts is not None
    assert [json.loads(each) for each in texts] == list(flatten(value))
    assert all(each in text for each in texts)


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ('{"a" : {"b":  { "c":1 }}}', ['{ "c":1 }']),
        ('{"a": {"b": [{"c" : 1}, [{"d":2 }]]}}', ['{"c" : 1}', '{"d":2 }']),
        ('{"a": [{"b": "\\u00e9"}, {"b": 1.50}]}', ['"\\u00e9"', "1.50"]),
        ('{"a.b": 1e2, "a": {"b": 2}}', ["1e2"]),
        ('{"a.b": {"x": 1}, "a": {"b": null}}', ['{"x": 1}']),
        ('{"\\u0061": {"b": {"c": 1}}}', ['{"c": 1}']),
        ('{"a": {"b": 1}, "a": {"b": 2}}', ["2"]),
        ('{"a": {"b": []}}', []),
        ('{"a": {"c": 1}}', None),
        ('{"a": [1, "b"]}', None),
    ],
)
def test_the_text_is_that_of_the_log(text: str, texts: list[str] | None):
    assert of(text).texts("a.b") == texts


def test_a_longer_key_that_leads_nowhere_does_not_win():
    assert of('{"a.b": {"d": 1}, "a": {"b": {"c": {"x" :2}}}}').texts("a.b.c") == ['{"x" :2}']


@pytest.mark.parametrize("raw", [b"", b"{", b'{"a": }', b'{"a": "\xff"}', b"[1", b'{"a": 1} x'])
def test_text_that_cannot_be_read_is_not_at_hand(raw: bytes):
    assert Record(dict, lambda: raw).texts("a") is None


def test_without_its_bytes_a_record_has_no_texts():
    assert Record(lambda: {"a": 1}, None).texts("a") is None


def test_text_nested_deeper_than_the_stack_is_not_at_hand():
    raw = b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    assert Record(dict, lambda: raw).texts("a") is None


def test_a_record_is_decoded_when_it_is_asked_for_and_once():
    asked: list[int] = []

    def whole() -> dict[str, Any]:
        asked.append(1)
        return {"a": 1}

    record = Record(whole, None)
    assert asked == []
    assert record.fields is record.fields
    assert asked == [1]
