"""The part of a record that rules read, and a record as what is otherwise than a base."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.load import load_text
from engine.load.documents import documents
from engine.model import LogSource
from engine.options import plain
from engine.testing.happens import put, remove
from engine.testing.partial import over, paths_read, projected
from engine.testing.written import is_writable, written

RULE = """
title: x
logsource: {product: aws, service: cloudtrail}
detection:
  a: {requestParameters.bucketName|startswith: a, who|fieldref: owner.name}
  condition: a
fields: [awsRegion]
"""
CLOUDTRAIL = LogSource("aws", service="cloudtrail")


def test_what_rules_and_people_read_is_kept_and_nothing_else():
    paths = paths_read(load_text(RULE), CLOUDTRAIL)
    record = {
        "requestParameters": {"bucketName": "abc", "other": 1}, "who": "x", "owner": {"name": "x", "age": 3},
        "awsRegion": "eu-west-1", "eventID": "1", "eventName": "y", "userIdentity": {"arn": "z", "secret": 1},
    }  # fmt: skip
    assert projected(record, paths) == {
        "requestParameters": {"bucketName": "abc"}, "who": "x", "owner": {"name": "x"}, "awsRegion": "eu-west-1",
        "eventName": "y", "userIdentity": {"arn": "z"},
    }  # fmt: skip


def test_of_lists_the_members_keep_what_is_read_and_dots_in_keys_are_paths():
    paths = frozenset([("a", "b"), ("c", "d", "e")])
    record = {"a": [{"b": 1, "x": 2}, {"x": 3}, {"b": None}], "c.d": {"e": 4, "f": 5}}
    assert projected(record, paths) == {"a": [{"b": 1}, {"b": None}], "c.d": {"e": 4}}


def test_keywords_read_everything():
    ruleset = load_text(RULE.replace("  condition: a", "  k: [word]\n  condition: a and k"))
    assert paths_read(ruleset, CLOUDTRAIL) is None
    assert projected({"x": {"y": 1}}, None) == {"x": {"y": 1}}


keys = st.sampled_from(["a", "b", "c", "a.b"])
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(0, 3)
    | st.sampled_from(["", "x", "yes", "true", "Null", "1", "a: b", "# c", "\x85\n\"'\\", "é😀"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
records = st.dictionaries(keys, values, max_size=4)


def test_what_is_otherwise_is_as_short_as_it_can_be():
    base = {"a": {"b": 1, "c": 2, "d": {"e": "long enough that nobody would say it again"}}, "f": 3}
    record = {"a": {"b": 5, "d": {"e": "long enough that nobody would say it again"}}, "f": 3, "g": {"h": 1}}
    assert over(base, record) == ({"a.b": 5, "g": {"h": 1}}, ["a.c"])
    assert over({"x": 1}, record) is None


@given(records, records)
def test_what_is_otherwise_makes_the_record_of_the_base(base: dict[str, Any], record: dict[str, Any]):
    found = over(base, record)
    if found is not None:
        made = copy.deepcopy(base)
        for path in found[1]:
            remove(made, path.split("."))
        for path, value in found[0].items():
            put(made, path.split("."), value)
        assert repr(sorted(made)) == repr(sorted(record))
        assert made == record


@pytest.mark.parametrize("value", ["\ud800", float("nan"), float("inf"), {"x": ["\udfff"]}])
def test_what_cannot_be_written_so_that_it_is_read_back_is_known(value: Any):
    assert not is_writable({"x": value})


@given(records)
def test_what_is_written_is_read_back(record: dict[str, Any]):
    data = {"bases": {"event": record}, "tests": [{"name": "x", "events": [record]}], "more": record}
    (document,) = documents(written(data).encode())
    assert plain(document.value) == data
    assert is_writable(data)
