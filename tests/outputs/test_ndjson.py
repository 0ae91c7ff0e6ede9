"""ndjson: one object a line, in the documented shape, whatever the log holds."""

from __future__ import annotations

import json
import math
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
from hypothesis import example, given

from engine.model import Detection, Level, Problem
from engine.outputs._json import encode
from tests.outputs.made import NOON, RECORD, SUMMARY, VALUE, detection, hostile, written

SCHEMA = json.loads(files("engine.outputs").joinpath("schema/ndjson.v1.json").read_text("utf-8"))
CHECK = jsonschema.Draft202012Validator(SCHEMA)


def lines(detections: list[Detection], **changes: Any) -> list[Any]:
    return [json.loads(line) for line in written("ndjson", detections, SUMMARY._replace(**changes)).splitlines()]


def test_a_detection_says_which_rule_fired_on_what_and_why():
    found, _ = lines([detection()])
    assert found == {
        "version": 1,
        "kind": "detection",
        "rule": {
            "id": "0f1e2d3c-0000-4000-8000-000000000001",
            "title": "Trail stopped",
            "level": "high",
            "tags": ["attack.defense-evasion", "attack.t1562.008"],
            "path": "rules/aws/cloudtrail/stop.yml",
            "logsource": {"product": "aws", "service": "cloudtrail", "category": None},
        },
        "time": "2023-07-10T12:00:00Z",
        "logsource": {"product": "aws", "service": "cloudtrail", "category": None},
        "group": {},
        "selections": ["selection"],
        "matched": [{"selection": "selection", "field": "eventName", "value": "StopLogging"}],
        "events": [
            {
                "ref": {"file": "a/b.json.gz", "position": 1},
                "id": "e-1",
                "time": "2023-07-10T12:00:00Z",
                "record": RECORD,
            }
        ],
    }


def test_the_summary_is_the_last_line():
    *_, last = lines([detection()])
    assert last["kind"] == "summary"
    assert last["levels"] == {"critical": {"detections": 1, "rules": 1}, "high": {"detections": 3, "rules": 2}}
    assert last["rules"] == {"loaded": 12, "used": 11, "rejected": 1}
    assert last["fail_on"] == {"level": "high", "met": True}


def test_how_long_it_took_changes_no_byte():
    slow = SUMMARY._replace(seconds=77.7, start_seconds=5.5)
    assert written("ndjson", [detection()], slow) == written("ndjson", [detection()])


def test_a_time_that_is_missing_is_null():
    found, last = lines([detection(time=None)], first=None, last=None)
    assert (found["time"], found["events"][0]["time"], last["first"], last["last"]) == (None, None, None, None)


@pytest.mark.parametrize(
    "changes",
    [{}, {"fail_on": None}, {"first": None, "last": None, "levels": (), "top_rules": (), "top_principals": ()}],
    ids=["full", "no fail-on", "empty"],
)
def test_real_lines_hold_to_the_documented_schema(changes: dict[str, Any]):
    for line in lines([detection(), detection(time=None, id=None), detection(time=NOON + 1)], **changes):
        CHECK.validate(line)


@pytest.mark.parametrize("missing", ["version", "kind", "rule", "time", "events", "matched"])
def test_the_schema_refuses_a_line_that_lacks_something(missing: str):
    found, _ = lines([detection()])
    del found[missing]
    assert not CHECK.is_valid(found)


@given(hostile())
def test_whatever_log_and_rule_say_it_is_one_line_of_strict_json_in_the_shape(made: Detection):
    text = written("ndjson", [made]).decode("utf-8", "strict")
    assert text.count("\n") == 2
    found = json.loads(text.split("\n")[0], parse_constant=pytest.fail)
    assert set(RECORD) <= set(found["events"][0]["record"])
    CHECK.validate(found)


def equal(value: Any, back: Any) -> bool:
    """The value as JSON can hold it."""
    if isinstance(value, float):
        return back is None if not math.isfinite(value) else back == value
    if isinstance(value, str):
        return back == value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, list):
        return len(value) == len(back) and all(map(equal, value, back))
    if isinstance(value, dict):
        keys = {key: key.encode("utf-8", "backslashreplace").decode("utf-8") for key in value}
        return len(set(keys.values())) < len(keys) or all(equal(value[key], back[keys[key]]) for key in keys)
    return type(value) is type(back) and value == back


@given(VALUE)
@example("\ud800")
@example({"\udfff": ["\ud800\udc00", 2**70, float("nan")]})
def test_a_value_comes_back_as_it_was(value: Any):
    assert equal(value, json.loads(encode(value)))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("\ud800", b'"\\\\ud800"'),
        ({"\ud800": 1}, b'{"\\\\ud800":1}'),
        (float("nan"), b"null"),
        (float("-inf"), b"null"),
        (2**100, b"1267650600228229401496703205376"),
        ({"\ud800": None, "n": 2**70}, b'{"\\\\ud800":null,"n":1180591620717411303424}'),
        (frozenset(), b"[]"),
        (["\ud800", frozenset()], b'["\\\\ud800","frozenset()"]'),
        (object, b"\"<class 'object'>\""),
    ],
    ids=repr,
)
def test_what_json_cannot_hold_is_replaced(value: Any, expected: bytes):
    assert encode(value) == expected


def test_a_number_too_long_to_print_and_a_record_too_deep_to_walk_are_valid_json_all_the_same():
    deep: Any = {"n": 10**5_000}
    for _ in range(20_000):
        deep = [deep]
    assert json.loads(encode({"\ud800": 10**5_000}))["\\ud800"].startswith("0x")
    back = json.loads(encode(deep))
    depth = 0
    while isinstance(back, list):
        back, depth = back[0], depth + 1
    assert (back, depth) == ("…", 200)


def test_problems_are_listed_with_their_place():
    problem = Problem("x.json", 7, "broken", True, "broken-json")
    *_, last = lines([], problems=(problem,), problems_total=9, levels=((Level.low, 1, 1),))
    assert last["problems"] == {
        "total": 9,
        "first": [{"file": "x.json", "offset": 7, "kind": "broken-json", "fault": "broken", "lost": True}],
    }
