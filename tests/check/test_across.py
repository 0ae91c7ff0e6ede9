"""Checks that look at several rules together."""

from __future__ import annotations

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
