"""What is known of the fields of a log, and of ATT&CK's identifiers."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from engine.catalogue import PRESENCE, Catalogue, fields, suggest
from engine.catalogue.attack import attack
from engine.model import LogSource

CLOUDTRAIL = LogSource("aws", "cloudtrail")


def catalogue(logsource: LogSource = CLOUDTRAIL) -> Catalogue:
    found = fields(logsource)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("useragent", "userAgent"),
        ("user_agent", "userAgent"),
        ("sourceIpAddress", "sourceIPAddress"),
        ("eventNam", "eventName"),
        ("userName", "userIdentity.userName"),
        ("sessionIssuer.userName", "userIdentity.sessionContext.sessionIssuer.userName"),
        ("userIdentity.sessioncontext.attributes.mfaauthenticated",
         "userIdentity.sessionContext.attributes.mfaAuthenticated"),
        ("requestParameters.bucketname", "requestParameters.bucketName"),
        ("requestparameters.whatever", "requestParameters.whatever"),
        ("requestParameters.bucketNames", None),  # a service may well have it
        ("requestParameters.bucketName", None),
        ("responseElements.ConsoleLogin", None),
        ("userIdentity", None),
        ("eventName", None),
        ("colour", None),
    ],
)  # fmt: skip
def test_a_slip_in_a_field_name_is_answered_with_the_name_that_was_meant(written: str, meant: str | None):
    assert suggest(written, CLOUDTRAIL) == meant


def test_an_entry_applies_to_rules_that_name_all_its_words():
    assert catalogue(LogSource("AWS", "CloudTrail")) is catalogue()
    assert catalogue(LogSource("windows", "sysmon", "process_creation")).has("CommandLine")
    for other in (LogSource("aws"), LogSource("aws", "waf"), LogSource("attack"), LogSource("../aws"), LogSource()):
        assert fields(other) is None
        assert suggest("useragent", other) is None


def test_how_often_a_field_is_there_is_known_of_those_that_are_named():
    assert catalogue().presence("eventName") == "always"
    assert catalogue().presence("errorCode") == "sometimes"
    assert catalogue().presence("requestParameters.bucketName") is None
    for product in ("aws", "windows"):
        for name in re.findall(r"[\w-]+//?[\w-]+", files("engine.catalogue").joinpath(f"{product}.yml").read_text()):
            found = fields(LogSource(*(word or None for word in name.split("/"))))
            if found is not None:
                assert {field.presence for field in found.fields.values()} <= set(PRESENCE)
                assert all(field.source for field in found.fields.values())


def test_event_names_are_known_by_their_source():
    calls = catalogue().calls
    assert "ConsoleLogin" in calls["signin"]
    assert {"AssumeRole", "GetCallerIdentity"} <= calls["sts"]
    assert "CreateUser" not in calls["sts"]
    assert len(calls) > 300


def test_techniques_are_known_with_their_sub_techniques():
    known = attack()
    assert {"T1078", "T1078.004", "T1685.006", "T1690"} <= known.techniques
    assert not {"T1078.005", "T1562", "T9999", "T1685.007"} & known.techniques
    assert "initial-access" in known.tactics
    assert len(known.techniques) == 697  # what MITRE counts in version 19: 222 techniques, 475 sub-techniques
    assert sum("." in one for one in known.techniques) == 475


def test_a_retired_technique_names_one_that_is_known_in_its_place():
    known = attack()
    assert known.retired["T1562.008"] == "T1685.002"
    assert {there for there in known.retired.values() if there} <= known.techniques
    assert not set(known.retired) & (known.techniques | known.tactics)


@pytest.mark.parametrize(
    ("technique", "beyond"),
    [("T1078.005", True), ("T1078.000", False), ("T1691", True), ("T1000", False), ("T1691.001", True),
     ("T1005.001", False)],
)  # fmt: skip
def test_a_number_after_the_last_known_one_may_be_of_a_later_version(technique: str, beyond: bool):
    assert attack().beyond(technique) is beyond


def test_of_two_names_that_differ_in_case_only_neither_is_suggested_for_a_third():
    below = {"requestParameters": "host Host name"}
    item = {"sources": {}, "fields": {}, "open": ["requestParameters"], "below": below}
    made = Catalogue(CLOUDTRAIL, item)
    assert made.suggest("requestParameters.HOST") is None
    assert made.suggest("requestParameters.NAME") == "requestParameters.name"
