"""detect rules --support says which rules can do their work here, and what changed since the last report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import BROKEN, House

HEAD = "title: {title}\nlogsource: {{{logsource}}}\ndetection:\n  s: {{{selection}}}\n  condition: {condition}\n"
CLOUDTRAIL = "product: aws, service: cloudtrail"

RULES = {
    "zeek": HEAD.format(title="Zeek", logsource="product: zeek, service: dns", selection="query: x", condition="s"),
    "both": HEAD.format(title="Both", logsource=CLOUDTRAIL, selection="eventName: x", condition="s and not s"),
    "typo": HEAD.format(title="Typo", logsource=CLOUDTRAIL, selection="eventname: x", condition="s"),
    "maybe": HEAD.format(title="Maybe", logsource=CLOUDTRAIL, selection="Image: null, eventName: x", condition="s"),
    "inner": HEAD.format(title="Inner", logsource=CLOUDTRAIL, selection="userIdentity.typ: x", condition="s"),
    "open": HEAD.format(title="Open", logsource=CLOUDTRAIL, selection="eventName|re: x", condition="not s"),
    "broken": BROKEN.replace("Trail stopped", "Broken"),
}


@pytest.fixture
def several(house: House) -> House:
    for name, text in RULES.items():
        (house.rules / f"{name}.yml").write_text(text)
    return house


def reported(house: House, *args: str, status: int = 3) -> dict[str, Any]:
    done = house.detect("rules", "--support", "--format", "json", *args)
    assert done.status == status, done.err
    document: dict[str, Any] = json.loads(done.out)
    return document


def test_every_rule_has_a_state_and_why(several: House):
    document = reported(several)
    found = {rule["title"]: (rule["state"], [one["kind"] for one in rule["reasons"]]) for rule in document["rules"]}
    assert found == {
        "Trail stopped": ("loaded", []),
        "Buckets listed": ("loaded", []),
        "Zeek": ("never", ["logsource"]),
        "Both": ("never", ["contradiction"]),
        "Typo": ("never", ["field"]),
        "Maybe": ("suspicious", ["field"]),
        "Inner": ("suspicious", ["field"]),
        "Open": ("loaded", []),
        "Broken": ("rejected", ["rejected"]),
    }
    assert document["states"] == {"rejected": 1, "never": 3, "suspicious": 2, "loaded": 3}
    texts = {rule["title"]: rule["reasons"][0]["text"] for rule in document["rules"] if rule["reasons"]}
    assert 'did you mean "eventName"?' in texts["Typo"]
    assert "the rule can match without it" in texts["Maybe"]
    assert 'did you mean "userIdentity.type"?' in texts["Inner"]
    assert "product=zeek" in texts["Zeek"]


def test_the_open_points_of_a_rule_are_named(several: House):
    points = {rule["title"]: rule["points"] for rule in reported(several)["rules"]}
    document = reported(several)
    assert points["Trail stopped"] == []
    assert len(points["Open"]) >= 2
    assert set(points["Open"]) <= document["points"].keys()


def test_the_table_shows_what_is_not_simply_loaded(several: House):
    done = several.detect("rules", "--support")
    assert done.status == 3
    assert "never       Both\n            rules/both.yml:1\n" in done.out
    assert "Trail stopped" not in done.out
    assert done.out.endswith("3 loaded, 2 suspicious, 3 never, 1 rejected\n")


def test_two_reports_are_compared(several: House):
    old = several.folder / "old.json"
    old.write_text(several.detect("rules", "--support", "--format", "json").out)
    compare = ("--compare", str(old), "--fail-on-change")
    assert reported(several, *compare, status=0)["changes"] == []
    assert "nothing has changed" in several.detect("rules", "--support", *compare).out
    (several.rules / "zeek.yml").unlink()
    (several.rules / "both.yml").write_text(RULES["both"].replace("s and not s", "s").replace("Both", "Neither"))
    (several.rules / "broken.yml").write_text(BROKEN.replace("Trail stopped", "Broken").replace("contian", "contains"))
    (several.rules / "typo.yml").write_text(RULES["typo"].replace("eventname: x", "awsregion: x"))
    changes = reported(several, *compare, status=1)["changes"]
    assert sorted((one["what"], (one["after"] or one["before"])["title"]) for one in changes) == [
        ("changed", "Broken"),
        ("changed", "Typo"),
        ("gone", "Both"),
        ("gone", "Zeek"),
        ("new", "Neither"),
    ]
    shown = several.detect("rules", "--support", *compare)
    assert shown.status == 1
    assert "rejected -> loaded" in shown.out
    assert several.detect("rules", "--support", "--compare", str(old)).status == 0


def test_a_rule_that_only_moved_has_not_changed(several: House, tmp_path: Path):
    old = several.folder / "old.json"
    old.write_text(several.detect("rules", "--support", "--format", "json").out)
    several.rules.rename(several.folder / "moved")
    options = ("--rules", "moved", "--support", "--compare", str(old), "--fail-on-change")
    assert several.detect("rules", *options).status == 0


def test_sarif_has_the_required_parts(several: House):
    done = several.detect("rules", "--support", "--format", "sarif")
    document = json.loads(done.out)
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    kinds = run["tool"]["driver"]["rules"]
    assert run["tool"]["driver"]["name"] == "detect"
    assert len({kind["id"] for kind in kinds}) == len(kinds)
    for result in run["results"]:
        assert kinds[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"]
        (place,) = result["locations"]
        assert place["physicalLocation"]["artifactLocation"]["uri"].startswith("rules/")
        assert place["physicalLocation"]["region"]["startLine"] >= 1
    prints = [result["partialFingerprints"]["detect/v1"] for result in run["results"]]
    assert len(set(prints)) == len(prints)
    broken = next(result for result in run["results"] if result["ruleId"] == "rejected")
    assert broken["locations"][0]["physicalLocation"]["region"]["startLine"] == 8


WRONG = [
    (["--compare", "x.json"], "are about --support"),
    (["--format", "sarif"], "are about --support"),
    (["--support", "--fail-on-change"], "without --compare"),
    (["--support", "--rejected"], "at once"),
    (["--support", "--compare", "none.json"], "none.json: cannot be read"),
    (["--support", "--compare", "rules/stopped.yml"], "rules/stopped.yml: is no JSON"),
    (["--support", "--compare", "list.json"], "list.json: is no support report"),
    (["--support", "--compare", "later.json"], "of version 2, not 1"),
]


@pytest.mark.parametrize(("args", "fault"), WRONG, ids=[" ".join(args) for args, _ in WRONG])
def test_options_that_make_no_sense_are_errors(house: House, args: list[str], fault: str):
    (house.folder / "list.json").write_text("[]")
    (house.folder / "later.json").write_text('{"kind": "support", "version": 2, "rules": []}')
    done = house.detect("rules", *args)
    assert (done.status, done.out) == (2, "")
    assert fault in done.err


CORRELATIONS = """\
title: Impossible
name: impossible
correlation: {type: temporal, rules: [00000000-0000-4000-8000-000000000001, both], timespan: 1m}
---
title: Above it
correlation: {type: event_count, rules: [impossible], timespan: 1m, condition: {gte: 2}}
---
title: Without its rule
correlation: {type: event_count, rules: [nobody], timespan: 1m, condition: {gte: 2}}
---
title: Often
correlation:
  type: event_count
  rules: [00000000-0000-4000-8000-000000000001]
  group-by: sourceIPAddress
  timespan: 1m
  condition: {gte: 2}
"""


@pytest.fixture
def correlated(several: House) -> House:
    (several.rules / "both.yml").write_text(f"name: both\n{RULES['both']}")
    (several.rules / "correlations.yml").write_text(CORRELATIONS)
    return several


def test_correlations_have_a_state_too(correlated: House):
    rules = {rule["title"]: rule for rule in reported(correlated)["rules"]}
    assert {title: rule["state"] for title, rule in rules.items() if rule["path"].endswith("correlations.yml")} == {
        "Impossible": "never", "Above it": "never", "Often": "loaded", "Without its rule": "rejected",
    }  # fmt: skip
    assert [reason["kind"] for reason in rules["Above it"]["reasons"]] == ["rule"]
    assert (rules["Often"]["correlation"], rules["Both"]["correlation"]) == ("event_count", None)
    assert {"1.4", "10.4", "10.11"} <= set(rules["Often"]["points"])
    out = correlated.detect("rules", "--support").out
    assert (
        "never       Impossible\n            rules/correlations.yml:1\n"
        '            it refers to what can never match: "Both"\n'
    ) in out
    assert "10.4  Events without a group-by field are the group null." in out


def test_correlations_are_compared_and_in_sarif(correlated: House):
    old = correlated.folder / "old.json"
    old.write_text(correlated.detect("rules", "--support", "--format", "json").out)
    compare = ("--compare", str(old), "--fail-on-change")
    assert reported(correlated, *compare, status=0)["changes"] == []
    (correlated.rules / "both.yml").write_text(f"name: both\n{RULES['both'].replace('s and not s', 's')}")
    changes = reported(correlated, *compare, status=1)["changes"]
    assert {(one["after"]["title"], one["after"]["state"]) for one in changes} >= {
        ("Impossible", "loaded"), ("Above it", "loaded"),
    }  # fmt: skip
    (correlated.rules / "both.yml").write_text(f"name: both\n{RULES['both']}")
    (run,) = json.loads(correlated.detect("rules", "--support", "--format", "sarif").out)["runs"]
    found = {result["ruleId"] for result in run["results"] if "correlations.yml" in json.dumps(result)}
    assert {"rule", "rejected", "open/10.4", "open/10.11"} <= found
