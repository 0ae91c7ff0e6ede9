"""detect fields says which fields rules read, and which of them logs never have."""

from __future__ import annotations

import csv
import json

import pytest

from tests.cli.conftest import LISTED, House, trail

SLIP = LISTED.replace("0002", "0020").replace("Buckets listed", "By agent").replace("eventName: ListBuckets", "{what}")


@pytest.fixture
def slip(house: House) -> House:
    (house.rules / "slip.yml").write_text(SLIP.replace("{what}", "sourceIpAddress: 1, userIdentity.type: Root"))
    return house


def test_fields_are_listed_by_logsource_with_the_rules_that_read_them(slip: House):
    done = slip.detect("fields")
    assert (done.status, done.err) == (0, "")
    assert done.out.splitlines() == [
        "product=aws,service=cloudtrail",
        "  eventName          2 rules    Buckets listed; Trail stopped",
        "  sourceIpAddress    1 rule     did you mean sourceIPAddress?",
        "  userIdentity.type  1 rule     By agent",
        "3 fields",
    ]


def test_with_logs_each_is_counted_and_those_never_there_come_first(slip: House):
    (slip.logs / "3.json").write_text('{"Records": [{"eventID": "x", "eventName": "a", "eventSource": "b"}]}')
    done = slip.detect("fields", "--source", "logs")
    assert done.status == 0
    assert done.out.splitlines() == [
        "product=aws,service=cloudtrail  6 records",
        "     never  sourceIpAddress    1 rule     did you mean sourceIPAddress?",
        "    always  eventName          2 rules    Buckets listed; Trail stopped",
        "     83.3%  userIdentity.type  1 rule     By agent",
        "3 fields, 1 of them never there",
    ]
    assert done.err == "6 records: 6 of product=aws,service=cloudtrail\n"


def test_only_those_never_there_when_asked(slip: House):
    document = json.loads(slip.detect("fields", "-s", "logs", "--never", "--format", "json").out)
    assert document["fields"] == [
        {
            "logsource": {"product": "aws", "service": "cloudtrail", "category": None},
            "field": "sourceIpAddress",
            "rules": 1,
            "examples": ["By agent"],
            "records": 5,
            "present": 0,
            "hint": "sourceIPAddress",
        }
    ]
    assert document["records"][0]["records"] == 5
    assert document["problems"] == []


def test_csv_has_a_line_a_field(slip: House):
    rows = list(csv.DictReader(slip.detect("fields", "-s", "logs", "-f", "csv").out.splitlines()))
    assert [(row["field"], row["present"], row["records"]) for row in rows] == [
        ("sourceIpAddress", "0", "5"), ("eventName", "5", "5"), ("userIdentity.type", "5", "5"),
    ]  # fmt: skip


def test_a_field_that_is_null_is_there(house: House):
    (house.rules / "error.yml").write_text(SLIP.replace("{what}", "errorCode: null"))
    (house.logs / "3.json").write_text(
        '{"Records": [{"eventID": "x", "eventName": "a", "eventSource": "b", "errorCode": null}]}'
    )
    document = json.loads(house.detect("fields", "-s", "logs", "-f", "json").out)
    assert [(use["field"], use["present"]) for use in document["fields"]] == [("errorCode", 1), ("eventName", 6)]


def test_a_name_in_the_logs_that_is_nearly_the_same_is_the_hint(house: House):
    rule = SLIP.replace("{what}", "colour: red").replace("product: aws, service: cloudtrail", "product: acme")
    (house.rules / "acme.yml").write_text(rule)
    (house.logs / "acme.json").write_text('[{"color": "red"}]')
    words = ["-s", "logs/acme.json", "--logsource", "product=acme", "-f", "json"]
    fields = {use["field"]: use for use in json.loads(house.detect("fields", *words).out)["fields"]}
    assert (fields["colour"]["present"], fields["colour"]["hint"]) == (0, "color")
    assert (fields["eventName"]["records"], fields["eventName"]["present"]) == (0, 0)


def test_a_derived_field_is_counted_where_it_has_a_value(house: House):
    (house.rules / "actor.yml").write_text(SLIP.replace("{what}", "actor: x"))
    (use,) = (
        one
        for one in json.loads(house.detect("fields", "-s", "logs", "-f", "json").out)["fields"]
        if one["field"] == "actor"
    )
    assert (use["present"], use["hint"]) == (5, None)


def test_logs_that_nobody_has_rules_for_are_said(house: House):
    (house.rules / "other.yml").write_text(SLIP.replace("{what}", "a: b").replace("product: aws", "product: acme"))
    assert " no logs  a " in house.detect("fields", "-s", "logs").out


def test_what_could_not_be_read_is_said_and_the_status_is_3(house: House):
    (house.logs / "9.json.gz").write_bytes(trail("ConsoleLogin")[:-20])
    done = house.detect("fields", "-s", "logs")
    assert done.status == 3
    assert "9.json.gz" in done.err


WRONG = [
    (["--never"], "--never needs logs"),
    (["-s", "nowhere"], "nowhere"),
    (["-s", "empty"], "no record could be read"),
    (["-s", "logs", "--format-in", "cloudtrial"], "cloudtrail"),
]


@pytest.mark.parametrize(("words", "fault"), WRONG)
def test_a_wrong_call_is_said(house: House, words: list[str], fault: str):
    (house.folder / "empty").mkdir()
    done = house.detect("fields", *words)
    assert (done.status, done.out) == (2, "")
    assert fault in done.err


CORRELATION = """\
title: Often
name: often
language: detect
correlation:
  type: value_count
  rules: [00000000-0000-4000-8000-000000000001, 00000000-0000-4000-8000-000000000002]
  group-by: [who, "join('', [awsRegion])"]
  aliases: {who: {00000000-0000-4000-8000-000000000001: userIdentity.arn}}
  timespan: 1h
  condition: {gte: 2, field: sourceIPaddress}
---
title: Oftener
correlation: {type: event_count, rules: [often], group-by: [who, eventID], timespan: 1h, condition: {gte: 2}}
"""


def test_fields_that_correlations_read_are_counted_and_listed(house: House):
    (house.rules / "often.yml").write_text(CORRELATION)
    document = json.loads(house.detect("fields", "--source", "logs", "--format", "json").out)
    found = {use["field"]: (use["examples"], use["present"], use["hint"]) for use in document["fields"]}
    assert found == {
        "eventName": (["Buckets listed", "Trail stopped"], 5, None),
        "userIdentity.arn": (["Often"], 5, None),
        "who": (["Often"], 0, None),
        "awsRegion": (["Often"], 5, None),
        "sourceIPaddress": (["Often"], 0, "sourceIPAddress"),
        "eventID": (["Oftener"], 5, None),
    }
