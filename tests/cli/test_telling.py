"""detect run --config: a real run tells a real server once, leaves what it cannot send, and says so with status 3."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.times import format_time
from tests.alerts.server import Server, serving

RULE = """
title: Root does something
logsource: {product: aws, service: cloudtrail}
detection: {s: {userIdentity.type: Root}, condition: s}
level: critical
"""


class Place:
    """A folder with a rule, a log of an hour ago, and a configuration whose notifier is a server of the test."""

    def __init__(self, folder: Path, server: Server, wait: str) -> None:
        self.folder = folder
        when = format_time((int(time.time()) - 3_600) * 1_000_000)
        record = {
            "eventVersion": "1.08", "eventID": "id-1", "eventTime": when, "eventName": "X", "awsRegion": "eu-west-1",
            "eventSource": "iam.amazonaws.com", "userIdentity": {"type": "Root", "arn": "arn:aws:iam::1:root"},
        }  # fmt: skip
        (folder / "rule.yml").write_text(RULE)
        (folder / "log.json").write_text(json.dumps({"Records": [record]}))
        (folder / "detect.yml").write_text(
            f"notifiers:\n  hook: {{type: webhook, url: 'http://127.0.0.1:{server.port}/hook', allow: [127.0.0.1]}}\n"
            f"alerts: {{wait: {wait}}}\nroutes:\n  - to: [hook]\n"
        )

    def run(self, *words: str, state: bool = True) -> tuple[int, str]:
        command = ["detect", "run", "-s", "log.json", "--rules", "rule.yml", "-c", "detect.yml", *words]
        command += ["--state", "detect.state"] if state else []
        env = {**os.environ, "DETECT_STATE_DIR": str(self.folder / "home")}
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False, env=env)
        assert "Traceback" not in done.stderr
        return done.returncode, done.stderr


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as made:
        yield made


def test_an_alert_is_told_once_however_often_the_run_is_repeated(tmp_path: Path, server: Server):
    place = Place(tmp_path, server, "20s")
    assert place.run()[0] == 0
    assert place.run()[0] == 0
    assert sorted(server.arrived("hook").values()) == [1]
    command = ["detect", "alerts", "list", "--format", "json", "--state", "detect.state"]
    (alert,) = json.loads(subprocess.run(command, cwd=tmp_path, capture_output=True, check=True).stdout)
    assert (alert["title"], alert["level"], alert["hits"]) == ("Root does something", "critical", 1)


def test_what_cannot_be_sent_is_left_said_and_sent_by_the_next_run(tmp_path: Path, server: Server):
    place = Place(tmp_path, server, "1s")
    server.answers["hook"] = ["500"]
    status, said = place.run()
    assert status == 3
    assert "1 message not delivered yet" in said
    server.answers["hook"] = ["ok"]
    listed = ["detect", "deliveries", "list", "--format", "json", "--state", "detect.state"]
    (left,) = json.loads(subprocess.run(listed, cwd=tmp_path, capture_output=True, check=True).stdout)
    again = ["detect", "deliveries", "retry", left["id"], "--state", "detect.state"]
    subprocess.run(again, cwd=tmp_path, capture_output=True, check=True)
    assert place.run()[0] == 0
    assert sorted(server.arrived("hook").values()) == [1]


def test_a_message_that_is_refused_is_dead_and_said(tmp_path: Path, server: Server):
    place = Place(tmp_path, server, "5s")
    server.answers["hook"] = ["404"]
    status, said = place.run()
    assert status == 3
    assert "1 message cannot be delivered" in said
    assert place.run()[0] == 0  # which is not said for ever


def test_a_dry_run_says_who_would_be_told_and_keeps_nothing(tmp_path: Path, server: Server):
    place = Place(tmp_path, server, "5s")
    for _ in range(2):
        status, said = place.run("--dry-run")
        assert status == 0
        assert "would trigger hook: [critical] Root does something" in said
    assert not server.seen
    assert not (tmp_path / "detect.state").exists()


def test_without_a_state_file_named_it_keeps_one_in_the_users_folder(tmp_path: Path, server: Server):
    place = Place(tmp_path, server, "20s")
    assert place.run(state=False)[0] == 0
    assert place.run(state=False)[0] == 0
    assert sorted(server.arrived("hook").values()) == [1]
    assert (tmp_path / "home" / "detect.state").exists()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("type: webhook", "type: webhok", 'there is no notifier of type "webhok"'),
        ("url:", "ulr:", "detect.yml:2"),
        ("routes:", "ruotes:", 'unknown key "ruotes"'),
        ("to: [hook]", "to: [hok]", 'did you mean "hook"?'),
    ],
)
def test_a_configuration_that_cannot_be_meant_stops_the_run_before_it_begins(
    tmp_path: Path, server: Server, old: str, new: str, said: str
):
    place = Place(tmp_path, server, "5s")
    config = tmp_path / "detect.yml"
    config.write_text(config.read_text().replace(old, new))
    status, text = place.run()
    assert status == 2
    assert said in text
    assert not (tmp_path / "detect.state").exists()
