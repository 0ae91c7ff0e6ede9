"""Killed with -9 at every commit and at random moments: the same alerts, and nothing twice but what was in flight."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.stores import Store
from tests.alerts.made import kept, states
from tests.alerts.server import Server, serving

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")


def start(path: Path, server: Server, kill_at: int = 0) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.alerts.worker", str(path), str(server.port), str(kill_at)]
    return subprocess.Popen(command, cwd=Path(__file__).parents[2])


def finish(path: Path, server: Server) -> None:
    assert start(path, server).wait() == 0


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory):
    """What one run that is not killed raises and sends."""
    path = tmp_path_factory.mktemp("clean") / "state"
    with serving() as server:
        finish(path, server)
        with Store(str(path)) as store:
            assert set(states(store)) == {"sent"}
            return kept(store), set(server.taken)


def same(path: Path, server: Server, clean, kills: int) -> None:
    """The same alerts; every message arrived, and at most one a destination and kill more than once."""
    with Store(str(path)) as store:
        assert kept(store) == clean[0]
        assert set(states(store)) == {"sent"}
    assert set(server.taken) == clean[1]
    twice = sum(count - 1 for count in server.taken.values())
    assert twice <= 2 * kills, server.taken


@pytest.mark.parametrize("side", [1, -1], ids=["after", "before"])
@pytest.mark.parametrize("commit", [7, 9])
def test_killed_at_a_commit(tmp_path: Path, clean, commit: int, side: int):
    with serving() as server:
        assert start(tmp_path / "state", server, commit * side).wait() == -signal.SIGKILL
        finish(tmp_path / "state", server)
        same(tmp_path / "state", server, clean, 1)


@pytest.mark.full
def test_killed_at_every_commit(tmp_path: Path, clean):
    for commit in range(1, 1_000):
        path = tmp_path / f"state-{commit}"
        with serving() as server:
            died = [start(path, server, number).wait() for number in (-commit, commit)]
            finish(path, server)
            same(path, server, clean, 2)
        if died == [0, 0]:
            assert commit > 20
            return
    pytest.fail("it has no end")


def killed_at_random(tmp_path: Path, clean, times: int, seed: int) -> None:
    """Kill so often, up to five times a state; `print` shows the seed when it fails."""
    print(f"seed {seed}")
    chance = random.Random(seed)
    kills = 0
    while kills < times:
        path = tmp_path / f"state-{kills}"
        with serving() as server:
            mine = 0
            for _ in range(min(5, times - kills)):
                process = start(path, server)
                time.sleep(chance.uniform(0.1, 0.9))
                process.kill()
                mine += process.wait() == -signal.SIGKILL
            finish(path, server)
            same(path, server, clean, mine)
        kills += max(mine, 1)


def test_killed_at_random_moments(tmp_path: Path, clean):
    killed_at_random(tmp_path, clean, 2, random.randrange(1 << 32))


@pytest.mark.full
def test_killed_at_many_random_moments(tmp_path: Path, clean):
    killed_at_random(tmp_path, clean, int(os.environ.get("DETECT_KILLS", "20")), random.randrange(1 << 32))
