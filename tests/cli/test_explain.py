"""detect explain says what a rule makes of an event, for people and machines."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.conftest import BROKEN, STOPPED, House

TWO = """\
title: Root stopped a trail
id: 00000000-0000-4000-8000-000000000009
logsource: {product: aws, service: cloudtrail}
detection:
    selection:
        eventName: [StopLogging, DeleteTrail]
        useridentity.type: Root
    filter_region: {awsRegion|startswith: eu-}
    condition: selection and not 1 of filter_*
"""


@pytest.fixture
def two(house: House) -> House:
    (house.rules / "two.yml").write_text(TWO)
    return house


def told(house: House, *args: str, status: int = 0) -> dict[str, Any]:
    done = house.detect("explain", *args, "--format", "json")
    assert done.status == status, done.err
    document: dict[str, Any] = json.loads(done.out)
    return document


def test_a_rule_is_shown_as_it_was_understood(two: House):
    assert two.detect("explain", "Root stopped a trail").out == (
        "Root stopped a trail  medium\n"
        "  file       rules/two.yml:1\n"
        "  id         00000000-0000-4000-8000-000000000009\n"
        "  logsource  product=aws,service=cloudtrail\n"
        "  logs       product=aws,service=cloudtrail\n"
        "\n"
        "  condition\n"
        "    and\n"
        "      selection\n"
        "      not\n"
        "        filter_region\n"
        "  selection\n"
        "    and\n"
        '      eventName is "StopLogging" or "DeleteTrail"\n'
        '      useridentity.type is "Root"\n'
        "  filter_region\n"
        '    awsRegion starts with "eu-"\n'
        "\n"
        "looked at first, as the only rule\n"
        '  1. eventName: is "StopLogging" (then open)\n'
        '  2. useridentity.type: is "Root" (then open)\n'
        "  3. awsRegion: nothing that is asked for (then matched)\n"
        "looked at first, among 2 other rules\n"
        '  1. eventName: is "StopLogging" (3 undecided, then open)\n'
        '  2. useridentity.type: is "Root" (then open)\n'
        "  3. awsRegion: nothing that is asked for (then matched)\n"
    )


def test_an_event_is_shown_with_every_test_its_value_and_what_failed(two: House):
    done = two.detect("explain", "00000000-0000-4000-8000-000000000009", "--event", "logs/1.json.gz#3")
    assert (done.status, done.err) == (0, "")
    assert (
        "  event      1.json.gz#3 (product=aws,service=cloudtrail)\n"
        "  verdict    does not match\n"
        '  failed     selection: eventName is "StopLogging" or "DeleteTrail"\n'
        '             it is "ListBuckets"\n'
        '  and        selection: useridentity.type is "Root"\n'
        "             it is missing\n"
        "             hint: the event has userIdentity.type; the case of names counts\n"
        '  and        filter_region: must not: awsRegion starts with "eu-"\n'
        '             it is "eu-west-1"\n'
        "\n"
        "false  condition\n"
        "false    and\n"
        "false      selection\n"
        "false      not\n"
        "true         filter_region\n"
        "false  selection\n"
        "false    and\n"
        'false      eventName is "StopLogging" or "DeleteTrail"  [is "ListBuckets"]\n'
        'false      useridentity.type is "Root"  [is missing]\n'
        "true   filter_region\n"
        'true     awsRegion starts with "eu-"  [is "eu-west-1"]\n'
    ) in done.out
    assert '  1. eventName: nothing that is asked for (3 undecided, then out)\n' in done.out  # fmt: skip


def test_a_ref_is_relative_to_the_source_as_outputs_print_it(two: House):
    (found,) = (
        line["events"][0]["ref"]
        for line in two.detect("run", "--source", "logs", "--format", "ndjson", "--quiet").lines
        if line["kind"] == "detection" and line["rule"]["title"] == "Trail stopped"
    )
    ref = f"{found['file']}#{found['position']}"
    document = told(two, "Trail stopped", "--source", "logs", "--event", ref)
    assert document["event"]["ref"] == found
    assert [rule["matched"] for rule in document["rules"]] == [True]
    assert document["rules"][0]["failed"] == []


def test_json_has_every_part(two: House):
    (rule,) = told(two, "rules/two.yml", "--event", "logs/1.json.gz#2")["rules"]
    assert (rule["matched"], rule["sees"], rule["holds"], rule["hopeless"]) == (False, True, False, False)
    assert rule["failed"] == [
        {
            "selection": "selection",
            "test": 'useridentity.type is "Root"',
            "should": True,
            "values": [{"field": "useridentity.type", "missing": True, "value": None}],
            "or": [],
            "hint": "the event has userIdentity.type; the case of names counts",
        },
        {
            "selection": "filter_region",
            "test": 'awsRegion starts with "eu-"',
            "should": False,
            "values": [{"field": "awsRegion", "missing": False, "value": "eu-west-1"}],
            "or": [],
            "hint": None,
        },
    ]
    assert rule["condition"] == {
        "kind": "and",
        "holds": False,
        "parts": [
            {"kind": "selection", "holds": False, "name": "selection"},
            {"kind": "not", "holds": False, "parts": [{"kind": "selection", "holds": True, "name": "filter_region"}]},
        ],
    }
    names = rule["selections"]["selection"]["parts"][0]["parts"]
    assert [(one["holds"], one["words"]) for one in names] == [
        (True, 'eventName is "StopLogging"'),
        (False, 'eventName is "DeleteTrail"'),
    ]
    assert rule["order"]["others"] == 2


def test_an_event_on_stdin_and_a_rule_in_a_file_of_its_own(two: House):
    (two.folder / "mine.yml").write_text(STOPPED.replace("StopLogging", "GetObject").replace("0001", "0004"))
    done = two.shell('echo \'{"eventName": "GetObject"}\' | detect explain mine.yml --event - --all-logsources')
    assert "  event      -#1 (any)\n  verdict    matches\n" in done.out
    done = two.shell('echo \'{"eventName": "GetObject"}\' | detect explain mine.yml --event -')
    assert "  verdict    does not match\n             events of this logsource are not shown to the rule" in done.out


def test_a_rule_in_a_file_of_its_own_takes_variables_and_fields_too(two: House):
    (two.folder / "own.yml").write_text(
        TWO.replace("Root\n", "Root\n        short: a\n").replace("startswith: eu-", "expand: '%ours%'")
    )
    (two.folder / "ours.yml").write_text("ours: [eu-west-1]\n")
    (two.folder / "short.yml").write_text("fields: [{name: short, jmespath: eventName}]\n")
    told(two, "own.yml", "--variables", "ours.yml", "--fields", "short.yml")
    assert "placeholder %ours%" in two.detect("explain", "own.yml").err


def test_of_two_versions_of_a_rule_the_one_of_the_file_is_meant(two: House):
    (two.folder / "mine.yml").write_text(TWO.replace("Root", "IAMUser").replace("useridentity", "userIdentity"))
    (rule,) = told(two, "mine.yml", "--event", "logs/1.json.gz#2")["rules"]
    assert [one["selection"] for one in rule["failed"]] == ["filter_region"]


def test_a_glob_explains_every_rule_it_names(two: House):
    titles = [rule["title"] for rule in told(two, "*ed*")["rules"]]
    assert titles == ["Buckets listed", "Trail stopped", "Root stopped a trail"]


def test_pipelines_change_what_is_explained(two: House):
    (two.folder / "p.yml").write_text(
        "transformations:\n- {type: field_name_mapping, mapping: {useridentity.type: userIdentity.type}}\n"
    )
    (rule,) = told(two, "rules/two.yml", "--event", "logs/1.json.gz#2", "--pipeline", "p.yml")["rules"]
    assert rule["failed"][0]["test"] == 'userIdentity.type is "Root"'
    assert rule["failed"][0]["values"] == [{"field": "userIdentity.type", "missing": False, "value": "IAMUser"}]


WRONG = [
    (["Nothing of this name"], "no rule is called"),
    (["Trail stopped", "--event", "logs/none.json#1"], "does not exist"),
    (["Trail stopped", "--event", "logs/1.json.gz#4"], "holds 3 records, so there is no number 4"),
    (["Trail stopped", "--event", "logs/1.json.gz#0"], "records are counted from 1"),
    (["Trail stopped", "--event", "logs/1.json.gz"], "holds more than one record"),
    (["Trail stopped", "--event", "logs#1"], "is a folder"),
    (["Trail stopped", "--event", "rules/stopped.yml#1"], "broken JSON"),
    (["Trail stopped", "--event", "1.json.gz#2", "--source", "rules"], 'rules has no file "1.json.gz"'),
    (["Trail stopped", "--source", "logs"], "--source without --event"),
]


@pytest.mark.parametrize(("args", "fault"), WRONG, ids=[fault for _, fault in WRONG])
def test_what_cannot_be_explained_is_an_error_that_says_why(house: House, args: list[str], fault: str):
    done = house.detect("explain", *args)
    assert (done.status, done.out) == (2, "")
    assert fault in done.err


def test_a_rule_that_cannot_be_used_is_explained_by_its_fault(house: House):
    (house.rules / "broken.yml").write_text(BROKEN.replace("Trail stopped", "Broken"))
    for name in ("Broken", "rules/broken.yml"):
        done = house.detect("explain", name)
        assert (done.status, done.out) == (2, "")
        assert "rules/broken.yml:8" in done.err
        assert "contian" in done.err


def test_a_log_that_is_cut_off_gives_the_records_before(house: House):
    data = json.dumps({"Records": [{"eventVersion": "1.08", "eventSource": "a", "eventName": "StopLogging"}] * 2})
    (house.logs / "cut.json").write_text(data[:-30])
    assert told(house, "Trail stopped", "--event", "logs/cut.json#1")["rules"][0]["matched"] is True
    done = house.detect("explain", "Trail stopped", "--event", "logs/cut.json#9")
    assert done.status == 2
    assert "logs/cut.json" in done.err
