"""Settings: what cannot be meant is refused where it stands; routes inherit; names, policies and levels follow."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from engine.alerts.compiled import Alerting, faults_of, tree_of
from engine.alerts.settings import AlertSettings, RouteSettings, length, time_of
from engine.load import load_text
from engine.model import Level
from tests.alerts.made import HOUR, MINUTE, SECOND, START, alert

RULES = """
title: One
id: 6f3c1a8e-2d4b-4c5d-9e8f-0a1b2c3d4e5f
logsource: {product: aws, service: cloudtrail}
detection: {s: {eventName: A}, condition: s}
fields: [requestParameters.bucketName]
level: high
tags: [attack.t1078, team.blue]
---
title: Two
logsource: {product: aws, service: cloudtrail}
detection: {s: {eventName: B}, condition: s}
level: low
"""
RULESET = load_text(RULES)
ONE, TWO = (rule.key for rule in RULESET.rules)


def settings(**said: Any) -> AlertSettings:
    return msgspec.convert(said, AlertSettings)


def routes(*said: dict[str, Any]) -> list[RouteSettings]:
    return msgspec.convert(list(said), list[RouteSettings])


def alerting(*said: dict[str, Any], **more: Any) -> Alerting:
    return Alerting(settings(**more), routes(*said), RULESET)


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"match": ["level"]}, "match: .*no matcher"),
        ({"match": ["level>=low"]}, "match: .*no matcher: there is no <= or >="),
        ({"match": ["level=hihg"]}, "match: .*no level"),
        ({"group_wait": "30"}, "group_wait: .*no length of time"),
        ({"digest": "8 o'clock"}, "digest: .*cron"),
        ({"timezone": "Europe/Atlantis"}, "timezone: .*no time zone"),
        ({"repeat_factor": 0.5}, "repeat_factor"),
        ({"repeat_interval": "1s"}, "repeat_interval: at least a minute"),
        ({"name": "*old"}, "name:"),
        ({"most_per_rule": -1}, "most_per_rule"),
        ({"quiet": [{"from": "25:00", "to": "07:00"}]}, "from: .*no time of day"),
        ({"quiet": [{"from": "22:00", "to": "07:00", "days": ["monday"]}]}, "days: .*no day"),
        ({"quiet": [{"from": "22:00", "to": "07:00", "below": "worst"}]}, "below: .*no level"),
        ({"sned_resolved": True}, "unknown field"),
    ],
)
def test_a_route_that_cannot_be_meant_is_refused(said: dict[str, Any], fault: str):
    with pytest.raises(msgspec.ValidationError, match=fault):
        routes({"to": [], **said})


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"dedup_window": "soon"}, "dedup_window"),
        ({"most_alerts": 1}, "most_alerts"),
        ({"rules": [{"dedup_key": "{actor"}]}, "dedup_key"),
        ({"rules": [{"dedup_key": "{actor!r}"}]}, "dedup_key: .*between braces"),
        ({"levels": [{"match": [], "level": "low"}]}, "match: at least one"),
        ({"exceptions": [{"match": ["rule=x"], "owner": " ", "expires": "2030-01-01"}]}, "owner"),
        ({"exceptions": [{"match": ["rule=x"], "owner": "eve", "expires": "never"}]}, "expires: .*no date"),
        ({"inhibit": [{"source": [], "target": ["a=b"]}]}, "source: at least one"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(said: dict[str, Any], fault: str):
    with pytest.raises(msgspec.ValidationError, match=fault):
        settings(**said)


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ([], "there is no default route"),
        ([{"match": ["level=high+"], "to": ["phone"]}], "there is no default route"),
        ([{"to": ["phnoe"]}], 'there is no notifier "phnoe"'),
        ([{"to": ["phone"]}, {"match": ["a=b"], "to": ["phone"]}], "no alert comes to this route"),
        ([{"match": ["a=b"]}, {"to": ["phone"]}], "a route without `to`"),
        ([{"name": "x", "match": ["a=b"], "to": []}, {"name": "x", "to": []}], "two routes are named"),
    ],
)
def test_routes_that_would_lose_an_alert_are_refused(said: list[dict[str, Any]], fault: str):
    found = faults_of(routes(*said), ["phone"])
    assert [one for one in found if fault in one.fault], found
    assert faults_of(routes({"match": ["a=b"], "routes": [{"to": ["phone"]}]}, {"to": []}), ["phone"]) == []
    assert faults_of([], []) == []


def test_what_a_route_does_not_say_it_has_from_the_one_above():
    (branch,) = tree_of(routes({"to": ["phone"], "group_wait": "5s", "routes": [{"match": ["a=b"], "early": True}]}))
    below = branch.below[0].target
    assert (below.to, below.group_wait, below.early) == (("phone",), 5 * SECOND, True)
    assert (branch.target.name, below.name) == ("default", "default / a=b")


def test_no_two_routes_have_one_name():
    same = {"match": ["a=b"], "to": [], "continue": True}
    assert [branch.target.name for branch in tree_of(routes(same, same))] == ["a=b", "a=b (2)"]


def test_the_first_entry_that_a_rule_matches_says_how_its_detections_are_joined():
    mine = alerting(
        {"to": []},
        dedup_window="2h",
        rules=[{"match": ["tag=team.blue"], "dedup_window": "5m"}, {"resolve_after": "10s"}],
    )
    assert mine.policy(ONE) == (5 * MINUTE, 0)
    assert mine.policy(TWO) == (2 * HOUR, 10 * SECOND)
    assert mine.policy("gone") == (2 * HOUR, 10 * SECOND)


def test_a_rule_may_raise_no_alerts():
    mine = alerting({"to": []}, rules=[{"match": ["title=Two"], "alert": False}])
    assert (ONE in mine.raising(), TWO in mine.raising()) == (True, False)


def test_a_level_follows_from_fields():
    mine = alerting({"to": []}, levels=[{"match": ["account=1", "level=high"], "level": "critical"}])
    assert mine.level(alert(fields={"account": "1"})).level is Level.critical
    assert mine.level(alert(fields={"account": "2"})).level is Level.high


def test_an_exception_ends_with_the_day_it_expires():
    mine = alerting({"to": []}, exceptions=[{"match": ["who=bot"], "owner": "eve", "expires": "2023-11-15"}])
    bot = alert(fields={"who": "bot"})
    assert mine.exempt(bot, START) == "eve"
    assert mine.exempt(bot, time_of("2023-11-15") - 1) == "eve"
    assert mine.exempt(bot, time_of("2023-11-15")) is None
    assert mine.exempt(alert(), START) is None


def test_early_is_what_some_route_of_the_alert_says():
    mine = alerting({"match": ["level=critical"], "to": [], "early": True}, {"to": []})
    assert mine.early(alert(level=Level.critical))
    assert not mine.early(alert())


def test_lengths_and_who_is_told_when_nothing_is_said():
    assert [length(text) for text in ("90s", "15m", "24h", "7d", "2w")] == [
        90 * SECOND, 15 * MINUTE, 24 * HOUR, 168 * HOUR, 336 * HOUR,
    ]  # fmt: skip
    mine = alerting({"match": ["a=b"], "to": ["x"]}, {"to": ["mail"]})
    assert (mine.rules.summary_to, mine.fallback) == (("mail",), ("mail",))
