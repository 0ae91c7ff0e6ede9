"""Checks that look at several rules together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from engine.check import Finding
from tests.check.test_checks import findings, rule

OTHER = "00000000-0000-4000-8000-000000000002"


def said(folder: Path, check: str, *texts: str) -> list[str]:
    return [_short(one, folder) for one in findings(folder, *texts, select=[check])]


def _short(one: Finding, folder: Path) -> str:
    return f"{Path(one.place.path).name}: {one.fault}".replace(f"{folder}/", "")


def test_an_id_may_stand_only_once(tmp_path: Path):
    same, other = rule(title="Another"), rule(id=OTHER)
    assert said(tmp_path, "duplicate-id", rule(), other) == []
    assert said(tmp_path, "duplicate-id", rule(), same) == ["1.yml: the id stands in 0.yml:1 already"]


def test_a_title_may_stand_only_once_whatever_its_case_and_spaces(tmp_path: Path):
    assert said(tmp_path, "duplicate-title", rule(), rule(id=OTHER, title="Trail started")) == []
    again = rule(id=OTHER, title="trail  STOPPED")
    assert said(tmp_path, "duplicate-title", rule(), again) == ["1.yml: the title stands in 0.yml:1 already"]


def detection(name: str, value: str, condition: str | None = None) -> dict[str, Any]:
    return {name: {"eventName": value}, "condition": condition or name}


def test_two_rules_that_match_the_same_events_are_one_whatever_their_selections_are_called(tmp_path: Path):
    changed = rule(id=OTHER, detection=detection("x", "StopLogging"))
    assert said(tmp_path, "duplicate-detection", rule(), changed) == ["1.yml: matches the same events as 0.yml:1"]
    for different in (
        {"detection": detection("x", "StartLogging")},
        {"detection": detection("x", "StopLogging", "not x")},
        {"logsource": {"product": "aws"}},
    ):
        assert said(tmp_path, "duplicate-detection", rule(), rule(id=OTHER, **different)) == []


def correlation(group_by: Any, **more: Any) -> str:
    body = {
        "type": "event_count",
        "rules": ["stopped"],
        "timespan": "5m",
        "condition": {"gte": 3},
        "group-by": group_by,
    }
    return rule(id=OTHER, title="Often", logsource=None, detection=None, correlation={**body, **more})


def test_a_correlation_is_not_grouped_by_what_events_often_lack(tmp_path: Path):
    stopped = rule(name="stopped")
    assert said(tmp_path, "group-by", stopped, correlation(["sourceIPAddress", "userIdentity.userName"])) == [
        '1.yml: events of product=aws,service=cloudtrail often lack "userIdentity.userName", and then count as one group'  # noqa: E501
    ]
    assert said(tmp_path, "group-by", stopped, correlation("errorCode")) != []
    assert said(tmp_path, "group-by", stopped, correlation(["sourceIPAddress", "requestParameters.x"])) == []


def test_a_group_is_good_that_is_dropped_renamed_or_asked_for_by_the_rule(tmp_path: Path):
    stopped = rule(name="stopped")
    assert said(tmp_path, "group-by", stopped, correlation(["errorCode"], missing="drop")) == []
    assert (
        said(tmp_path, "group-by", stopped, correlation(["errorCode"], aliases={"errorCode": {"stopped": "x"}})) == []
    )
    asking = rule(name="stopped", detection={"selection": {"errorCode": "AccessDenied"}, "condition": "selection"})
    assert said(tmp_path, "group-by", asking, correlation(["errorCode"])) == []


def test_an_alias_that_nothing_uses_is_said(tmp_path: Path):
    stopped, aliases = rule(name="stopped"), {"who": {"stopped": "userIdentity.arn"}}
    assert said(tmp_path, "unused-alias", stopped, correlation(["awsRegion"], aliases=aliases)) == [
        '1.yml: nothing uses the alias "who"'
    ]
    assert said(tmp_path, "unused-alias", stopped, correlation(["who"], aliases=aliases)) == []
    counted = {"type": "value_count", "condition": {"gte": 2, "field": "who"}}
    assert said(tmp_path, "unused-alias", stopped, correlation("awsRegion", aliases=aliases, **counted)) == []


def test_a_threshold_that_every_first_hit_meets_is_said(tmp_path: Path):
    stopped = rule(name="stopped")
    for condition in ({"gte": 1}, {"gte": 0}, {"gt": 0}, {"neq": 0}, {"gte": 1, "gt": 0.5}):
        name, value = next(iter(condition.items()))
        found = said(tmp_path, "always-met", stopped, correlation("awsRegion", condition=condition))
        assert found == [f"1.yml: {name}: {value} is true of every first hit"]
    for condition in ({"gte": 2}, {"gt": 1}, {"gte": 1, "lte": 3}, {"eq": 1}, {"lt": 2}, {"neq": 1}):
        assert said(tmp_path, "always-met", stopped, correlation("awsRegion", condition=condition)) == []
    summed = {"type": "value_sum", "condition": {"gte": 1, "field": "additionalEventData.bytesTransferredOut"}}
    assert said(tmp_path, "always-met", stopped, correlation("awsRegion", **summed)) == []


def test_a_window_of_months_is_said_of_types_that_keep_every_hit(tmp_path: Path):
    stopped = rule(name="stopped")
    found = findings(tmp_path, stopped, correlation("awsRegion", timespan="10M"), select=["long-timespan"])
    assert [(one.fault, one.hint) for one in found] == [("the window is 10M long", "m is minutes and M months")]
    assert said(tmp_path, "long-timespan", stopped, correlation("awsRegion", timespan="32d")) != []
    assert said(tmp_path, "long-timespan", stopped, correlation("awsRegion", timespan="31d")) == []
    native = json.loads(correlation("awsRegion", timespan="90d", type="first_seen", field="eventName"))
    del native["correlation"]["condition"]
    text = json.dumps({**native, "language": "detect"})
    assert findings(tmp_path, stopped, text, select=["long-timespan", "unusable"]) == ()


def test_a_reference_by_title_and_what_a_correlation_does_not_say_of_itself_are_said(tmp_path: Path):
    stopped = rule(name="stopped")
    assert said(tmp_path, "remark", stopped, correlation("awsRegion", rules=["Trail stopped"])) == [
        '1.yml: "Trail stopped" is a title; refer to rules by id or name, which do not change'
    ]
    bare = {
        key: value for key, value in json.loads(correlation("awsRegion")).items() if key in ("title", "correlation")
    }
    found = {one.check for one in findings(tmp_path, stopped, json.dumps(bare), select=["missing-*"])}
    assert found >= {"missing-id", "missing-level", "missing-status", "missing-description", "missing-author"}


def test_validators_of_pysigma_look_at_correlations_too(tmp_path: Path):
    stopped, twice = rule(name="stopped"), {"tags": ["attack.impact", "attack.impact"]}
    text = json.dumps({**json.loads(correlation("awsRegion")), **twice})
    assert said(tmp_path, "sigma-duplicate-tag", stopped, text) != []
    assert said(tmp_path, "sigma-*", stopped, correlation("awsRegion")) == []
    native = json.dumps({**json.loads(text), "language": "detect"})
    assert said(tmp_path, "sigma-duplicate-tag", stopped, native) == []
