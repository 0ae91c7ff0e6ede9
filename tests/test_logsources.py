"""What is known of logs, and which rules look at which."""

from __future__ import annotations

from typing import Any

import pytest

from engine.logsources import known, lookup, routed
from engine.model import LogSource

CLOUDTRAIL = LogSource("aws", "cloudtrail")

ROUTES = [
    # what the rule says, what the event is, whether the rule sees it
    (CLOUDTRAIL, CLOUDTRAIL, True),
    (LogSource("AWS", "CloudTrail"), CLOUDTRAIL, True),
    (LogSource("aws"), CLOUDTRAIL, True),
    (LogSource(None, "cloudtrail"), CLOUDTRAIL, True),
    (LogSource("aws", "guardduty"), CLOUDTRAIL, False),
    (LogSource("aws", "cloudtrail", "x"), CLOUDTRAIL, False),
    (LogSource(None, None, "process_creation"), CLOUDTRAIL, False),
    (LogSource("windows", "security"), CLOUDTRAIL, False),
    (LogSource("windows", None, "process_creation"), LogSource("windows", None, "process_creation"), True),
    (LogSource("windows", None, "process_creation"), LogSource("windows"), False),
    (LogSource(), CLOUDTRAIL, True),
    (CLOUDTRAIL, LogSource(), False),
    (LogSource(), LogSource(), False),
    (LogSource("okta"), LogSource("okta", "okta"), True),
    (LogSource("kubernetes", None, "application"), LogSource("kubernetes", "audit"), True),
]


@pytest.mark.parametrize(("rule", "event", "sees"), ROUTES, ids=str)
def test_a_rule_sees_the_events_whose_words_it_names(rule: LogSource, event: LogSource, sees: bool) -> None:
    assert routed(rule, event) is sees


KNOWN = [
    (CLOUDTRAIL, "eventTime"),
    (LogSource("AWS", "CLOUDTRAIL"), "eventTime"),
    (LogSource("okta", "okta"), "published"),
    (LogSource("okta"), "published"),
    (LogSource("windows", None, "process_creation"), "@timestamp"),
    (LogSource("azure", "signinlogs"), "createdDateTime"),
    (LogSource("azure", "something"), "time"),
    (LogSource("kubernetes", "audit"), "requestReceivedTimestamp"),
    (LogSource("never", "heard", "of"), "@timestamp"),
    (LogSource(None, None, "process_creation"), "@timestamp"),
]


@pytest.mark.parametrize(("logsource", "first"), KNOWN, ids=str)
def test_the_nearest_entry_says_where_the_time_is(logsource: LogSource, first: str) -> None:
    assert known(logsource).time[0] == first
    assert known(logsource).logsource == logsource


def test_an_event_is_known_by_the_record_it_corrects() -> None:
    record = {"eventID": "new", "addendum": {"originalEventID": "old"}}
    assert [lookup(record, path) for path in known(CLOUDTRAIL).ids] == ["old", "new"]


LOOKUPS: list[tuple[dict[str, Any], str, Any]] = [
    ({"a": {"b": 1}}, "a.b", 1),
    ({"a.b": 2, "a": {"b": 1}}, "a.b", 2),
    ({"a": {"b.c": 3}}, "a.b.c", 3),
    ({"a.b": {"c": 4}}, "a.b.c", 4),
    ({"a": [{"b": 5}, {"b": 6}]}, "a.b", 5),
    ({"a": [[{"b": 7}]]}, "a.b", 7),
    ({"a": [8, 9]}, "a", [8, 9]),
    ({"a": []}, "a.b", None),
    ({"a": 1}, "a.b", None),
    ({"a": None}, "a.b", None),
    ({}, "a", None),
    ({"a": {"b": False}}, "a.b", False),
    ({"a": {"b": 0}, "a.b": None}, "a.b", 0),
]


@pytest.mark.parametrize(("record", "path", "value"), LOOKUPS, ids=str)
def test_a_path_leads_to_the_first_value(record: dict[str, Any], path: str, value: Any) -> None:
    assert lookup(record, path) == value
