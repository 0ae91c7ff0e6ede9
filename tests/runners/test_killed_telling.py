"""`detect run -c` that is killed, and run again, tells the same: nothing lost, and once but for what was in flight."""

from __future__ import annotations

import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.alerts.server import Server, serving
from tests.conftest import FULL
from tests.runners.test_killed import SCRIPT, House, Run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs kill -9")

CONFIG = """
notifiers:
  hook: {{type: webhook, url: "http://127.0.0.1:{port}/hook", allow: [127.0.0.1]}}
routes:
  - {{to: [hook], group_by: [title, actor, userIdentity.userName], send_resolved: true}}
alerts: {{max_alert_age: 36500d}}
"""


class Telling:
    """Runs over the logs of a house that tell a real HTTP server; each state has a path of its own there."""

    def __init__(self, house: House, server: Server) -> None:
        self.house, self.server = house, server
        self.config = house.top / "detect.yml"
        self.config.write_text(CONFIG.format(port=server.port))

    def start(self, where: str, number: int, state: str) -> subprocess.Popen[bytes]:
        more = ["-c", str(self.config), "--rules", str(self.house.top / "rules.yml"), "--quiet", "-o", os.devnull]
        more += ["--format", "ndjson", "--state", str(self.house.top / state), "--final"]
        command = [sys.executable, str(SCRIPT), where, str(number), str(self.house.top / "logs"), *more]
        environ = {**os.environ, "PYTHONPATH": str(self.house.checkout)}
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ)

    def run(self, where: str, number: int, state: str) -> Run:
        process = self.start(where, number, state)
        out, said = process.communicate(timeout=120)
        return Run(out, said.decode(), process.returncode)

    def finish(self, state: str) -> Counter[str]:
        """Run once more to the end; which messages arrived since the last time this was asked, and how often each."""
        done = self.run("never", 0, state)
        assert done.status == 0, done
        database = sqlite3.connect(self.house.top / state)
        left = database.execute("SELECT count(*) FROM delivery WHERE state != 'sent'").fetchone()[0]
        database.close()
        assert left == 0
        arrived = self.server.arrived("hook")
        self.server.taken.clear()
        return arrived


@pytest.fixture
def telling(tmp_path: Path, checkout: Path) -> Iterator[Telling]:
    with serving() as server:
        yield Telling(House(tmp_path, checkout, files=4, rows=12), server)


def test_killed_at_any_commit(telling: Telling):
    commits = int(re.search(r"commits: (\d+)", telling.run("never", 0, "clean").said)[1])  # type: ignore[index]
    expected = telling.finish("clean")
    assert len(expected) > 5
    assert set(expected.values()) == {1}
    every = [(where, number) for number in range(1, commits + 1) for where in ("before", "after")]
    some = [("before", 6), ("after", commits // 2), ("before", commits - 1)]
    for where, number in every if FULL else some:
        state = f"{where}-{number}"
        assert telling.run(where, number, state).status == -signal.SIGKILL
        arrived = telling.finish(state)
        assert arrived.keys() == expected.keys(), (where, number)
        assert sum(arrived.values()) <= len(expected) + 1


def test_killed_at_any_moment(telling: Telling):
    began = time.monotonic()
    telling.run("never", 0, "clean")
    lasted = time.monotonic() - began
    expected = telling.finish("clean")
    seed = int(os.environ.get("DETECT_TEST_SEED") or (random.SystemRandom().getrandbits(32) if FULL else 5))
    print(f"DETECT_TEST_SEED={seed}")
    moments = random.Random(seed)
    wanted = int(os.environ.get("DETECT_KILLS", "20")) if FULL else 2
    killed = trial = 0
    while killed < wanted:
        process = telling.start("never", 0, str(trial))
        time.sleep(moments.uniform(0.3, 1.0) * lasted)
        process.kill()
        process.communicate(timeout=120)
        if process.returncode == -signal.SIGKILL:
            killed += 1
        else:  # the machine is quicker than it was
            lasted *= 0.8
        arrived = telling.finish(str(trial))
        assert arrived.keys() == expected.keys(), (trial, seed)
        assert sum(arrived.values()) <= len(expected) + 1
        trial += 1
