"""ocsf: findings that an independent model of OCSF accepts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from py_ocsf_models.events.findings.detection_finding import DetectionFinding
from py_ocsf_models.events.findings.detection_finding_type_id import DetectionFindingTypeID
from py_ocsf_models.events.findings.severity_id import SeverityID

from engine.model import Detection, Level
from tests.outputs.made import NOON, acting, detection, hostile, written


def finding(made: Detection) -> Any:
    (line,) = written("ocsf", [made]).splitlines()
    return json.loads(line)


def test_a_finding_is_accepted_and_means_what_the_detection_means():
    model = DetectionFinding.model_validate(finding(detection()))
    assert model.class_uid == 2004
    assert model.type_uid is DetectionFindingTypeID.Create
    assert model.type_uid == model.class_uid * 100 + model.activity_id
    assert model.severity_id is SeverityID.High
    assert model.time == NOON // 1000
    assert (model.finding_info.title, model.message) == ("Trail stopped", "Trail stopped")
    assert model.finding_info.analytic
    assert model.finding_info.analytic.uid == "0f1e2d3c-0000-4000-8000-000000000001"


@pytest.mark.parametrize("level", list(Level))
def test_the_severity_has_the_name_of_the_level(level: Level):
    model = DetectionFinding.model_validate(finding(detection(level=level)))
    assert model.severity_id.name == model.severity == level.name.title()


def test_who_from_where_and_what_are_evidence_and_can_be_searched():
    made = finding(acting("mallory", "198.51.100.7", "StopLogging"))
    (evidence,) = made["evidences"]
    assert evidence["actor"]["user"]["name"] == "mallory"
    assert evidence["src_endpoint"] == {"ip": "198.51.100.7"}
    assert evidence["api"] == {"operation": "StopLogging"}
    assert evidence["data"]["record"]["eventName"] == "StopLogging"
    model = DetectionFinding.model_validate(made)
    found = [(each.type_id.name, each.name, each.value) for each in model.observables or []]
    assert found == [
        ("User_Name", "evidences[0].actor.user.name", "mallory"),
        ("IP_Address", "evidences[0].src_endpoint.ip", "198.51.100.7"),
    ]


def test_a_service_name_is_no_address():
    made = finding(acting("mallory", "cloudformation.amazonaws.com"))
    assert made["evidences"][0]["src_endpoint"] == {"name": "cloudformation.amazonaws.com"}
    assert [each["value"] for each in made["observables"]] == ["mallory"]


def test_attack_tags_become_techniques_and_tactics():
    tags = ("attack.t1562.008", "attack.T1078", "attack.defense_evasion", "attack.initial-access", "cve.2024-1", "x")
    assert finding(detection(tags=tags))["finding_info"]["attacks"] == [
        {"technique": {"uid": "T1562", "name": "T1562"}, "sub_technique": {"uid": "T1562.008", "name": "T1562.008"}},
        {"technique": {"uid": "T1078", "name": "T1078"}},
        {"tactic": {"uid": "TA0005", "name": "Defense Evasion"}},
        {"tactic": {"uid": "TA0001", "name": "Initial Access"}},
    ]


def test_the_uid_is_that_of_rule_and_event_wherever_the_event_was_read():
    first, again = detection(), detection(position=7)
    other = detection({"eventID": "e-2"})
    assert finding(first)["finding_info"]["uid"] == finding(again)["finding_info"]["uid"]
    assert finding(first)["finding_info"]["uid"] != finding(other)["finding_info"]["uid"]
    assert finding(first)["finding_info"]["uid"] != finding(detection(key="another rule"))["finding_info"]["uid"]


def test_records_without_an_id_are_told_apart_by_their_place():
    one, two = (finding(detection({}, position=position)) for position in (1, 2))
    assert one["finding_info"]["uid"] != two["finding_info"]["uid"]


def test_a_time_that_is_missing_is_said_and_not_invented():
    made = finding(detection(time=None))
    DetectionFinding.model_validate(made)
    assert (made["time"], made["status_detail"]) == (0, "the event has no readable time")


@given(hostile())
def test_the_model_accepts_a_finding_whatever_the_log_says(made: Detection):
    DetectionFinding.model_validate(finding(made))
