"""What of a detection goes into an alert: its key, the fields people ask for, and not too much of anything."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.alerts.database import alert_body, alert_of
from engine.alerts.raised import LONGEST, Raising, provisional
from engine.load import load_text
from engine.match import Detector
from engine.model import Event, LogSource, Ref

TRAIL = LogSource("aws", "cloudtrail")
RULE = """
title: One
logsource: {product: aws, service: cloudtrail}
detection: {s: {eventName: A}, condition: s}
"""
EVE = "arn:aws:iam::111122223333:user/eve"


def of(record: dict[str, Any], key: str = "", listed: str = "", names: tuple[str, ...] = (), title: str = ""):
    said = f"fields: [{listed}]\n" if listed else ""
    ruleset = load_text(RULE + said + (f"alert_title: '{title}'" if title else ""))
    (detection,) = Detector(ruleset).detect([Event(7, TRAIL, {"eventName": "A", **record}, Ref("log", 3), "id-1")])
    made = pickle.loads(pickle.dumps(Raising([(ruleset.rules[0], key)], ruleset.derived, names)))(detection)
    assert made is not None
    return made


def test_the_usual_key_is_the_actor_else_what_the_rule_lists():
    assert of({"userIdentity": {"type": "IAMUser", "arn": EVE}}).key == EVE
    assert of({"requestParameters": {"bucketName": "b"}}, listed="requestParameters.bucketName").key == '["b"]'
    assert of({}).key == ""


@pytest.mark.parametrize(
    ("template", "expected"),
    [("{sourceIPAddress}", "1.2.3.4"), ("{actor} from {sourceIPAddress}", f"{EVE} from 1.2.3.4"), ("{none}", ""),
     ("{rule}: {{x}}", None), ("one for all", "one for all")],
)  # fmt: skip
def test_a_key_is_text_with_fields_in_braces(template: str, expected: str | None):
    record = {"userIdentity": {"type": "IAMUser", "arn": EVE}, "sourceIPAddress": "1.2.3.4"}
    found = of(record, template, names=("sourceIPAddress",)).key
    assert found == expected if expected is not None else found.endswith(": {x}")


def test_an_alert_is_called_what_its_rule_says_of_the_event():
    record = {"userIdentity": {"type": "IAMUser", "arn": EVE}, "requestParameters": {"userName": "bob"}}
    ruleset = load_text(RULE + "alert_title: '{who} armed {requestParameters.userName}[ ({errorCode})]'")
    raised = of(record, title="{who} armed {requestParameters.userName}[ ({errorCode})]")
    alert = provisional(raised, ruleset.rules[0].head)
    assert alert.title == "user/eve@111122223333 armed bob"
    assert alert_of(alert_body(alert)).title == alert.title
    assert provisional(of(record), load_text(RULE).rules[0].head).title == "One"


def test_an_alert_has_what_the_rule_lists_what_settings_ask_for_and_who_from_where_and_what():
    record = {
        "userIdentity": {"type": "IAMUser", "arn": EVE},
        "awsRegion": "eu-west-1",
        "recipientAccountId": "1",
        "x": 5,
    }
    found = of(record, listed="awsRegion", names=("recipientAccountId", "missing"))
    assert found.evidence.shown == {
        "awsRegion": "eu-west-1", "actor": EVE, "recipientAccountId": "1", "who": EVE, "action": "A",
    }  # fmt: skip
    assert (found.event, found.time, found.evidence.ref) == ("id-1", 7, Ref("log", 3))


def test_long_values_are_cut():
    found = of({"a": "x" * 5_000, "b": list(range(100)), "c": {"d": {"e": {"f": {"g": {"h": 1}}}}}}, listed="a, b, c")
    assert len(found.evidence.shown["a"]) == LONGEST
    assert len(found.evidence.shown["b"]) == 20
    assert "…" in str(found.evidence.shown["c"])


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(VALUES)
def test_whatever_a_log_holds_can_be_kept(value: Any):
    found = of({"a": value, "sourceIPAddress": "\ud800"}, listed="a", key="{a}{sourceIPAddress}")
    head = load_text(RULE).rules[0].head
    made = provisional(found, head)
    assert alert_of(alert_body(made)).id == made.id


def test_an_event_without_an_id_is_known_by_its_place_and_by_what_it_says():
    ruleset = load_text(RULE)
    raising = Raising([(ruleset.rules[0], "")])
    events = [
        Event(7, TRAIL, {"eventName": "A", "day": day}, Ref(file, 3)) for file, day in (("a", 1), ("a", 2), ("b", 1))
    ]
    found = [raising(detection) for detection in Detector(ruleset).detect([*events, events[0]])]
    assert len({one.event for one in found if one}) == 3
    assert found[0] == found[3]
