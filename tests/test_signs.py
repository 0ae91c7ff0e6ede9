"""What kind of log a record is of, told by what is in it; and that the data about logs is sound."""

from __future__ import annotations

from typing import Any

import pytest

from engine.logsources import all_known
from engine.logsources.signs import _test as holds
from engine.logsources.signs import recognised
from engine.model import LogSource

WORDS: list[tuple[str, dict[str, Any], bool]] = [
    ("a", {"a": 1}, True),
    ("a", {"a": None}, False),
    ("a", {"b": 1}, False),
    ("a.b", {"a": {"b": ""}}, True),
    ("a.b", {"a.b": 1}, True),
    ("a.b", {"a": [{"b": 1}]}, True),
    ("!a", {"b": 1}, True),
    ("!a", {"a": 0}, False),
    ("a=x", {"a": "X"}, True),
    ("a=x", {"a": "xy"}, False),
    ("a=x*", {"a": "XY\nz"}, True),
    ("a=*.k8s.io/*", {"a": "audit.k8s.io/v1"}, True),
    ("a=*.k8s.io/*", {"a": "auditXk8s.io/v1"}, False),
    ("a=1", {"a": 1}, False),
]


@pytest.mark.parametrize(("word", "record", "expected"), WORDS)
def test_a_word_of_a_sign_holds(word: str, record: dict[str, Any], expected: bool) -> None:
    assert holds(word)(record) is expected


NONE: list[dict[str, Any]] = [
    {},
    {"timestamp": "2024-05-01T10:00:00Z", "message": "hello", "level": "info"},
    {"eventVersion": "1.08", "eventSource": "s3.amazonaws.com", "eventName": "GetObject", "eventTime": "x"},
    {"@timestamp": "2024-05-01", "event": {"action": "x"}, "host": {"name": "a"}, "message": "b"},
    {"kind": "Pod", "apiVersion": "v1", "metadata": {}},
    {"uuid": "1", "published": "2024", "title": "a blog post"},
    {"action": "login", "actor": "ann", "@timestamp": "2024-05-01"},
    {"category": "Policy", "operationName": "x", "time": "2024-05-01"},
    {"Operation": "x", "CreationTime": "2024-05-01"},
]


@pytest.mark.parametrize("record", NONE, ids=str)
def test_a_record_of_another_log_is_not_claimed(record: dict[str, Any]) -> None:
    assert recognised(record) is None


def test_every_entry_says_when_and_what_and_stands_in_the_file_of_its_product() -> None:
    names = [entry.logsource for entry in all_known()]
    assert len(names) == len(set(names))
    assert all(entry.time and entry.who and entry.action for entry in all_known())
    assert LogSource("okta", "okta") in names


def test_every_alias_leads_somewhere() -> None:
    for entry in all_known():
        for name in entry.aliases.names():
            places = entry.aliases.targets(name)
            assert len(places) > 1, (entry.logsource, name)
            entry.aliases.getter(name)({})  # raises where a target cannot be read
