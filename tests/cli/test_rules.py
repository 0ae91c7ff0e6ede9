"""detect rules lists what would run and what each rule needs."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import BROKEN, House


def test_a_rule_is_listed_with_its_logsource_and_fields(house: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "120")
    done = house.detect("rules")
    assert (done.status, done.err) == (0, "")
    assert done.out == (
        "low       Buckets listed  aws/cloudtrail  eventName\n"
        "high      Trail stopped   aws/cloudtrail  eventName\n"
        "2 rules\n"
    )  # fmt: skip


def test_a_narrow_terminal_gets_two_lines_a_rule(house: House):
    assert house.detect("rules", "--level", "high").out == (
        "high      Trail stopped\n          aws/cloudtrail · eventName\n1 rule\n"
    )


def test_the_filters_of_a_rule_are_listed_with_it(house: House):
    filter = "title: Quiet\nlogsource: {product: aws}\nfilter: {rules: any, f: {a: 1}, condition: not f}\n"
    (house.rules / "filter.yml").write_text(filter)
    done = house.detect("rules", "--level", "high")
    assert done.out.splitlines()[2] == "          filter: Quiet (rules/filter.yml:1)"
    listed = json.loads(house.detect("rules", "--format", "json", "--level", "high").out)["rules"]
    assert [rule["filters"] for rule in listed] == [
        [{"id": None, "title": "Quiet", "path": "rules/filter.yml", "line": 1}]
    ]


def test_json_holds_everything(house: House):
    (house.rules / "broken.yml").write_text(BROKEN)
    done = house.detect("rules", "--format", "json", "--rule", "Trail stopped")
    document = json.loads(done.out)
    assert done.status == 3
    assert document["rules"] == [
        {
            "id": "00000000-0000-4000-8000-000000000001",
            "title": "Trail stopped",
            "level": "high",
            "status": "test",
            "tags": ["attack.t1562.008"],
            "path": "rules/stopped.yml",
            "line": 1,
            "logsource": {"product": "aws", "service": "cloudtrail", "category": None},
            "fields": ["eventName"],
            "derived": [],
            "keywords": False,
            "filters": [],
        }
    ]
    (fault,) = document["rejected"]
    assert (fault["path"], fault["line"]) == ("rules/broken.yml", 8)
    assert "contian" in fault["fault"]
    assert "contains" in fault["hint"]


def test_rejected_rules_are_all_listed_with_place_fault_and_hint(house: House):
    for number in range(30):
        (house.rules / f"broken{number}.yml").write_text(BROKEN.replace("0003", f"1{number:03}"))
    done = house.detect("rules", "--rejected")
    assert done.status == 3
    assert done.out.count("unknown modifier") == 30
    assert done.out.count("  hint: did you mean") == 30
    assert done.out.endswith("30 rules rejected\n")
    assert done.err == ""


def test_strict_stops_when_a_rule_cannot_be_used(house: House):
    (house.rules / "broken.yml").write_text(BROKEN)
    done = house.detect("rules", "--strict")
    assert (done.status, done.out) == (2, "")


def test_a_correlation_that_refers_to_nothing_is_said(house: House):
    correlation = "title: c\ncorrelation: {type: event_count, rules: [x], timespan: 1h, condition: {gte: 2}}\n"
    (house.rules / "correlation.yml").write_text(correlation)
    assert 'rules/correlation.yml:2:42: no rule is called "x"' in house.detect("rules").err


def test_pipelines_change_the_rules_that_are_listed_and_run(house: House):
    path = house.folder / "p.yml"
    path.write_text("transformations:\n- {type: field_name_mapping, mapping: {eventName: what.name}}\n")
    listed = json.loads(house.detect("rules", "--format", "json", "--pipeline", "p.yml").out)
    assert [rule["fields"] for rule in listed["rules"]] == [["what.name"], ["what.name"]]
    assert house.detect("run", "--source", "logs", "--fail-on", "low").status == 1
    assert house.detect("run", "--source", "logs", "--fail-on", "low", "--pipeline", "p.yml").status == 0


def test_a_pipeline_that_is_wrong_is_an_error_with_its_place(house: House):
    (house.folder / "p.yml").write_text("transformations:\n- {type: feild_name_mapping}\n")
    done = house.detect("rules", "--pipeline", "p.yml")
    assert done.status == 2
    assert 'p.yml:2:10: unknown transformation "feild_name_mapping"' in done.err
    assert 'did you mean "field_name_mapping"' in done.err


OFTEN = """\
title: Trails stopped often
name: often
level: critical
correlation:
  type: event_count
  rules: [00000000-0000-4000-8000-000000000001, 00000000-0000-4000-8000-000000000002]
  group-by: [who]
  aliases:
    who:
      00000000-0000-4000-8000-000000000001: userIdentity.arn
      00000000-0000-4000-8000-000000000002: userIdentity.userName
  timespan: 90m
  condition: {gte: 3, lt: 1000}
---
title: Nothing after that
language: detect
correlation: {type: absence, rules: [often], timespan: 6h}
"""


def test_correlations_are_listed_after_the_rules_each_with_what_it_asks_of_which(house: House):
    (house.rules / "often.yml").write_text(OFTEN)
    assert house.detect("rules", "--rule", "Nothing*").out.splitlines()[4:] == [
        "critical  Trails stopped often",
        "          event_count: at least 3 and less than 1,000 events in 90m by who · 00…",
        "medium    Nothing after that",
        "          absence: no event of a group for 6h · often",
        "2 rules, 2 correlations",
    ]


def test_json_holds_everything_of_a_correlation(house: House):
    (house.rules / "often.yml").write_text(OFTEN)
    document = json.loads(house.detect("rules", "--format", "json").out)
    one, two = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
    assert document["version"] == 1
    assert document["correlations"][0] == {
        "id": None,
        "name": "often",
        "title": "Trails stopped often",
        "level": "critical",
        "status": None,
        "tags": [],
        "path": "rules/often.yml",
        "line": 1,
        "logsource": {"product": "aws", "service": "cloudtrail", "category": None},
        "language": None,
        "type": "event_count",
        "rules": [
            {"key": one, "word": one, "title": "Trail stopped", "kind": "rule"},
            {"key": two, "word": two, "title": "Buckets listed", "kind": "rule"},
        ],
        "group_by": ["who"],
        "aliases": {"who": {one: "userIdentity.arn", two: "userIdentity.userName"}},
        "timespan": "90m",
        "timespan_seconds": 5400.0,
        "condition": "at least 3 and less than 1,000 events",
        "judged": "at each hit",
        "missing": "null",
        "generate": False,
        "options": {"condition": {"gte": 3, "lt": 1000}},
        "filters": [],
    }
    (inner,) = document["correlations"][1]["rules"]
    assert (inner["word"], inner["kind"], document["correlations"][1]["missing"]) == ("often", "correlation", "drop")


def test_a_correlation_that_cannot_be_used_is_among_the_rejected_and_not_listed(house: House):
    (house.rules / "often.yml").write_text(OFTEN.replace("gte: 3", "gte: many"))
    done = house.detect("rules", "--rejected")
    assert (done.status, done.out.splitlines()[-1]) == (3, "2 rules rejected")
    assert 'rules/often.yml:13:20: gte is "many", which is no number' in done.out
    assert 'rules/often.yml:17:38: it refers to "often", which cannot be used' in done.out
    assert json.loads(house.detect("rules", "--rejected", "--format", "json").out)["correlations"] == []
    assert json.loads(house.detect("rules", "--format", "json").out)["correlations"] == []
