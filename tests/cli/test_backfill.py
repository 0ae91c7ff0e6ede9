"""detect backfill: what was missing is told of once, and what runs remember stays as it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import House
from tests.runners.correlating import at, deliver, hit

CONFIG = """
sources: [logs]
rules: [rules]
state: state.db
alerts: {max_alert_age: 36500d}
notifiers:
  kept: {type: file, path: told.ndjson}
routes:
  - {to: [kept], early: true, group_wait: 0s, group_interval: 0s}
"""
STOPPED = """
title: Trail stopped
name: stopped
logsource: {product: aws, service: cloudtrail}
detection:
  call: {eventName: StopLogging}
  condition: call
level: high
---
title: Many trails stopped
correlation:
  type: event_count
  rules: [stopped]
  group-by: [userIdentity.userName]
  timespan: 10m
  condition: {gte: 3}
  generate: true
level: critical
"""
FIRST = """
---
title: Somebody new
language: detect
correlation:
  type: first_seen
  rules: [stopped]
  field: userIdentity.userName
  timespan: 30d
  learning: 0s
level: medium
"""
HOUR = 3_600
ALL = ("--since", at(-HOUR), "--until", at(2 * HOUR))


@pytest.fixture
def begun(house: House) -> House:
    """A state in which runs have decided an hour of logs, but not what is missing of them."""
    for each in (*house.logs.iterdir(), *house.rules.iterdir()):
        each.unlink()
    (house.folder / "detect.yml").write_text(CONFIG)
    (house.rules / "stopped.yml").write_text(STOPPED)
    deliver(house.logs, 60, [hit(0), hit(30)], "A")
    deliver(house.logs, HOUR, [hit(HOUR, "bob", "GetObject"), hit(2 * HOUR, "bob", "GetObject")], "Z")
    assert run(house) == {"Trail stopped": 1}
    return house


def run(house: House) -> dict[str, int]:
    """A run as any; what is told by then, by title."""
    done = house.detect("run", "-c", "detect.yml", "--quiet", "--format", "ndjson")
    assert done.status == 0, done.err
    return told(house)


def told(house: House) -> dict[str, int]:
    lines = (house.folder / "told.ndjson").read_text().splitlines()
    alerts = {(alert["id"], alert["rule"]["title"]) for line in lines for alert in json.loads(line)["alerts"]}
    titles = [title for _, title in alerts]
    return {title: titles.count(title) for title in sorted(titles)}


def filled(house: House, *words: str) -> dict[str, Any]:
    done = house.detect("backfill", "--format", "json", "--workers", "1", *(words or ALL))
    assert done.status == 0, done.err
    [said] = done.lines
    assert (said["version"], said["kind"], said["left_to_deliver"]) == (1, "backfill", False)
    return dict(said)


def kept(house: House) -> dict[str, Any]:
    """What the state holds of windows, files and what is decided."""
    [said] = house.detect("state", "info", "--state", "state.db", "--format", "json").lines
    return {name: said[name] for name in ("files", "reported", "windows", "waiting")}


def test_what_was_missing_is_told_of_once(begun: House):
    before = kept(begun)
    deliver(begun.logs, 200, [hit(100, "eve")], "B")
    first = filled(begun)
    assert (first["detections"], first["detections_known"], first["detections_new"]) == (3, 2, 1)
    assert (first["alerts"], told(begun)) == (1, {"Trail stopped": 2})
    again = filled(begun)
    assert (again["detections_new"], again["alerts"], told(begun)) == (0, 0, {"Trail stopped": 2})
    assert kept(begun) == before
    assert run(begun) == {"Trail stopped": 2}


def test_an_episode_that_runs_could_not_see_is_told_of_once(begun: House):
    deliver(begun.logs, 200, [hit(100)], "B")
    first = filled(begun)
    assert (first["episodes"], first["episodes_new"]) == (1, 1)
    assert told(begun)["Many trails stopped"] == 1
    again = filled(begun)
    assert (again["episodes"], again["episodes_told"], again["episodes_new"], again["alerts"]) == (1, 1, 0, 0)


def test_a_part_of_an_episode_is_not_another_one(begun: House):
    deliver(begun.logs, 200, [hit(100), hit(130), hit(160)], "B")
    filled(begun)
    said = filled(begun, "--since", at(20), "--until", at(2 * HOUR))
    assert (said["episodes"], said["episodes_told"], said["alerts"]) == (1, 1, 0)


def test_what_runs_have_not_decided_yet_is_left_to_them(begun: House):
    deliver(begun.logs, 3 * HOUR, [hit(3 * HOUR + n, "eve") for n in range(3)], "C")
    said = filled(begun, "--since", at(-HOUR), "--until", at(4 * HOUR))
    assert (said["episodes"], said["episodes_later"], said["episodes_new"]) == (1, 1, 0)
    assert "Many trails stopped" not in told(begun)


def test_events_outside_the_range_are_none(begun: House):
    deliver(begun.logs, 200, [hit(100, "eve"), hit(400, "eve")], "B")
    said = filled(begun, "--since", at(90), "--until", at(110))
    assert (said["detections"], said["detections_new"]) == (1, 1)


def test_types_that_look_far_back_are_left_out_and_that_is_said(begun: House):
    (begun.rules / "stopped.yml").write_text(STOPPED + FIRST)
    deliver(begun.logs, 200, [hit(100, "eve")], "B")
    said = filled(begun)
    assert said["episodes_left_out"] >= 1
    assert "Somebody new" not in told(begun)
    assert "need more history" in begun.detect("backfill", *ALL, "--workers", "1").out


def test_a_rule_that_is_new_looks_at_what_was_read(begun: House):
    (begun.rules / "bob.yml").write_text(
        STOPPED.split("---")[0].replace("stopped", "read").replace("StopLogging", "GetObject")
    )
    assert filled(begun)["detections_new"] == 2
    assert run(begun)["Trail read"] >= 1


def test_a_dry_run_says_who_would_be_told_and_keeps_nothing(begun: House):
    deliver(begun.logs, 200, [hit(100, "eve")], "B")
    done = begun.detect("backfill", *ALL, "--dry-run", "--workers", "1")
    assert (done.status, "would trigger kept: [high] Trail stopped" in done.err) == (0, True)
    assert told(begun) == {"Trail stopped": 1}
    assert filled(begun)["alerts"] == 1


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["--since", at(60), "--until", at(0)], "--since is after --until"),
        (["--since", "some day", "--until", "now"], "some day"),
        ([*ALL, "--source", "sqs://news"], "cannot be read a second time"),
        ([*ALL, "--source", "-"], "cannot be read a second time"),
    ],
    ids=range(4),
)
def test_what_cannot_be_done_is_said(begun: House, words: list[str], fault: str):
    done = begun.detect("backfill", *words)
    assert (done.status, done.out, fault in done.err) == (2, "", True), done.err


def test_before_any_run_there_is_nothing_to_add_to(begun: House, tmp_path: Path):
    (tmp_path / "detect.yml").write_text(CONFIG.replace("state.db", "other.db"))
    done = begun.detect("backfill", *ALL, "--workers", "1")
    assert (done.status, "no run has decided anything yet" in done.err) == (2, True)


def test_a_file_that_cannot_be_read_is_no_success(begun: House):
    (begun.logs / "torn.json").write_text('{"Records": [{"eventName": ')
    done = begun.detect("backfill", *ALL, "--workers", "1")
    assert (done.status, "torn.json" in done.err) == (3, True)


def test_what_a_run_without_alerts_has_shown_somebody_is_known_too(begun: House):
    deliver(begun.logs, 200, [hit(100, "eve")], "B")
    shown = begun.detect("run", "logs", "--rules", "rules", "--state", "state.db", "--quiet", "--format", "ndjson")
    assert [row["kind"] for row in shown.lines] == ["detection", "summary"]
    said = filled(begun)
    assert (said["detections_new"], told(begun)) == (0, {"Trail stopped": 1})
