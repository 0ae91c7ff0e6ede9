"""`detect serve`, `detect status` and `detect schedule`: real processes, and a real server that is told."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from tests.alerts.server import Server, serving
from tests.runners.correlating import deliver, hit

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs SIGTERM, SIGHUP and kill -9")

CONFIG = """
sources: [logs]
rules: [rules]
state: state.db
alerts: {{max_alert_age: 36500d}}
schedule: {{every: 1s}}
health: {{listen: "127.0.0.1:0"}}
notifiers:
  hook: {{type: webhook, url: "http://127.0.0.1:{port}/hook", allow: [127.0.0.1]}}
routes:
  - {{to: [hook], early: true, group_wait: 0s, group_interval: 0s}}
"""
RULE = """
title: {name}
logsource: {{product: aws, service: cloudtrail}}
detection:
  call: {{eventName: {name}}}
  condition: call
"""


class House:
    """A folder with logs, rules and a configuration, in which a service can run."""

    def __init__(self, top: Path, checkout: Path, server: Server) -> None:
        self.top, self.server = top, server
        self.environ = {**os.environ, "PYTHONPATH": str(checkout), "PYTHONUNBUFFERED": "1"}
        (top / "rules").mkdir()
        self.rule("StopLogging")
        self.logs(hit(1))
        self.config(CONFIG.format(port=server.port))
        self.said: list[str] = []
        self.process: subprocess.Popen[str] | None = None

    def rule(self, name: str, text: str = RULE) -> None:
        (self.top / "rules" / f"{name}.yml").write_text(text.format(name=name))

    def config(self, text: str) -> None:
        (self.top / "detect.yml").write_text(text)

    def logs(self, *records: Any) -> None:
        deliver(self.top / "logs", 60, records, f"{records[0]['eventID']}")

    def start(self, *more: str) -> None:
        command = [sys.executable, "-m", "engine.cli", "serve", "-c", "detect.yml", *more]
        self.process = process = subprocess.Popen(
            command, cwd=self.top, env=self.environ, stderr=subprocess.PIPE, text=True
        )
        assert process.stderr is not None
        lines = process.stderr
        threading.Thread(target=lambda: self.said.extend(lines), daemon=True).start()

    def ask(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "engine.cli", *words]
        return subprocess.run(command, cwd=self.top, env=self.environ, capture_output=True, text=True, check=False)

    def until(self, holds: Callable[[], object]) -> None:
        end = time.monotonic() + 60
        while not holds():
            assert time.monotonic() < end, self.said
            time.sleep(0.02)

    def says(self, words: str) -> bool:
        return any(words in line for line in self.said)

    def end(self, number: int = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        status = self.process.wait(30)
        self.process = None
        return status

    def told(self) -> int:
        return len(self.server.arrived("hook"))


@pytest.fixture
def house(tmp_path: Path, checkout: Path) -> Iterator[House]:
    with serving() as server:
        found = House(tmp_path, checkout, server)
        yield found
        if found.process is not None:
            found.process.kill()
            found.process.wait()


def test_it_tells_of_what_comes_and_ends_when_asked(house: House):
    house.start()
    house.until(lambda: house.told() == 1)
    house.logs(hit(2, "bob"))
    house.until(lambda: house.told() == 2)
    assert house.end() == 0
    assert house.says("stopped")


def test_killed_it_goes_on_and_tells_nothing_twice(house: House):
    house.start()
    house.until(lambda: house.told() == 1)
    house.until(lambda: house.says("scan finished: number 2"))
    house.end(signal.SIGKILL)
    house.logs(hit(2, "bob"))
    house.said.clear()
    house.start()
    house.until(lambda: house.told() == 2)
    assert house.end(signal.SIGINT) == 0
    assert set(house.server.arrived("hook").values()) == {1}


def test_a_new_rule_is_heeded_and_a_broken_configuration_refused(house: House):
    house.start()
    house.until(lambda: house.told() == 1)
    house.rule("ListBuckets")
    house.logs(hit(3, "eve", "ListBuckets"))
    house.until(lambda: house.told() == 2)
    house.config("routs: []\n")
    house.until(lambda: house.says("reload refused"))
    house.logs(hit(4, "mallory"))
    house.until(lambda: house.told() == 3)
    assert house.end() == 0


def test_it_says_how_it_is(house: House):
    house.start("--log-format", "json")
    house.until(lambda: house.says("scan finished"))
    first = next(json.loads(line) for line in house.said if "listening" in line)
    host, _, port = first["address"].partition(":")
    for path, status in (("/healthz", 200), ("/readyz", 200), ("/metrics", 200), ("/", 404)):
        connection = HTTPConnection(host, int(port), timeout=10)
        connection.request("GET", path)
        assert connection.getresponse().status == status
    assert house.end() == 0


def test_it_waits_while_it_is_paused_and_scans_when_asked(house: House):
    house.start()
    house.until(lambda: house.told() == 1)
    assert house.ask("schedule", "pause", "--state", "state.db").returncode == 0
    assert "paused" in house.ask("status", "--state", "state.db").stdout
    house.logs(hit(2, "bob"))
    house.ask("schedule", "run", "--state", "state.db")
    house.until(lambda: house.told() == 2)
    resumed = house.ask("schedule", "resume", "--state", "state.db")
    assert resumed.returncode == 0, resumed
    house.logs(hit(3, "eve"))
    house.until(lambda: house.told() == 3)
    assert house.end() == 0


def test_status_shows_the_scans_and_what_failed(house: House):
    house.start("--scans", "1")
    assert house.process is not None
    assert house.process.wait(60) == 0
    shown = json.loads(house.ask("status", "--state", "state.db", "--format", "json").stdout)
    assert [(one["number"], one["state"], one["events"]) for one in shown["scans"]] == [(1, "finished", 1)]
    for path in (house.top / "logs").iterdir():
        path.unlink()
    (house.top / "logs").rmdir()
    house.start("--scans", "1")
    assert house.process.wait(60) == 0
    asked = house.ask("status", "--state", "state.db")
    assert asked.returncode == 3
    assert "does not exist; hint: check the path" in asked.stdout


def test_two_services_do_not_share_a_state_file(house: House):
    house.start()
    house.until(lambda: house.says("scan finished"))
    second = house.ask("serve", "-c", "detect.yml")
    assert second.returncode == 2
    assert "is in use by another run" in second.stderr
    assert house.end() == 0


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("schedule: {every: 0s}", "every: it is less than a second"),
        ("schedule: {cron: every minute}", "is no cron expression"),
        ("schedule: {timezone: Berlin}", "timezone: "),
        ("health: {listen: here}", '"here" is no ADDRESS:PORT'),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(house: House, text: str, fault: str):
    house.config(text)
    asked = house.ask("serve", "-c", "detect.yml")
    assert asked.returncode == 2
    assert re.search(r"detect\.yml:1:\d+: ", asked.stderr)
    assert fault in asked.stderr


def test_without_anybody_to_tell_it_does_not_start(house: House):
    house.config("sources: [logs]\n")
    asked = house.ask("serve", "-c", "detect.yml")
    assert asked.returncode == 2
    assert "tells nobody" in asked.stderr


def test_the_schedule_can_be_seen(house: House):
    house.config("schedule: {cron: '30 2 * * *', timezone: Europe/Berlin}\n")
    shown = house.ask("schedule", "list", "-c", "detect.yml", "--next", "3").stdout.splitlines()
    assert len(shown) == 3
    assert all(line.endswith(("00:30:00", "01:30:00")) for line in shown)
