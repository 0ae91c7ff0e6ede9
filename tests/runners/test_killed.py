"""A run that is killed, and run again, tells what one that was not tells: nothing lost, nothing under two ids."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.conftest import FULL
from tests.runners.correlating import deliver, hit, lines, told

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs kill -9")

SCRIPT = Path(__file__).with_name("killed.py")
USERS = "abcdefgh"

RULES = """
title: stopped
name: stopped
logsource: {product: aws}
detection: {selection: {eventName: StopLogging}, condition: selection}
---
title: listed
name: listed
logsource: {product: aws}
detection: {selection: {eventName: ListBuckets}, condition: selection}
---
title: any call
logsource: {product: aws}
detection: {selection: {eventName: GetObject}, condition: selection}
---
title: many
name: many
correlation:
    {type: event_count, rules: [stopped], group-by: [userIdentity.userName], timespan: 1m, condition: {gte: 3}}
---
title: ordered
correlation: {type: temporal_ordered, rules: [listed, stopped], group-by: [userIdentity.userName], timespan: 2m}
---
title: few
correlation:
    {type: event_count, rules: [stopped], group-by: [userIdentity.userName], timespan: 5m, condition: {lte: 2}}
---
title: regions
correlation:
    type: value_count
    rules: [listed]
    group-by: [userIdentity.userName]
    timespan: 10m
    condition: {gte: 2, field: awsRegion}
    generate: true
---
title: outer
correlation: {type: event_count, rules: [many], timespan: 1h, condition: {gte: 2}}
"""


class Run(NamedTuple):
    """One process: what it printed on either stream, and how it ended."""

    out: bytes
    said: str
    status: int


class House:
    """A folder of logs, and runs over it with one state file."""

    def __init__(self, top: Path, checkout: Path, files: int, rows: int) -> None:
        self.top, self.checkout = top, checkout
        self.first = [self._file(number, rows) for number in range(files)]
        self.then = [self._file(number, rows) for number in range(files, files + 3)]
        for seconds, records, name in self.first:
            deliver(top / "logs", seconds, records, name)
        (top / "rules.yml").write_text(RULES)

    def _file(self, number: int, rows: int) -> tuple[int, list[Any], str]:
        made = random.Random(number)
        records = [
            hit(
                number * 300 + made.randrange(300),
                made.choice(USERS),
                made.choice(["StopLogging", "ListBuckets", "GetObject"]),
                awsRegion=made.choice(["eu-west-1", "us-east-1"]),
                eventID=f"{number}-{row}",
            )
            for row in range(rows)
        ]
        return number * 300 + 320, records, f"{number:03}"

    def start(self, *words: str, state: str = "state") -> subprocess.Popen[bytes]:
        more = ["--rules", str(self.top / "rules.yml"), "--format", "ndjson", "--quiet"]
        more += ["--state", str(self.top / state), "--lateness", "10m"]
        environ = {**os.environ, "PYTHONPATH": str(self.checkout)}
        command = [sys.executable, str(SCRIPT), *words[:2], str(self.top / "logs"), *more, *words[2:]]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ)

    def run(self, *words: str, state: str = "state") -> Run:
        process = self.start(*words, state=state)
        out, said = process.communicate(timeout=120)
        return Run(out, said.decode(), process.returncode)

    def rest(self, *words: str, state: str = "state") -> list[bytes]:
        """What comes after the first run: it again, then more files, then the end."""
        found = [self.run("never", "0", *words, state=state)]
        for seconds, records, name in self.then:
            deliver(self.top / "logs", seconds, records, name)
        found.append(self.run("never", "0", "--final", *words, state=state))
        for seconds, _, name in self.then:
            deliver(self.top / "logs", seconds, [], name).unlink()
        assert {each.status for each in found} == {0}, found
        return [each.out for each in found]


def everything(outputs: Sequence[bytes]) -> tuple[Any, Any]:
    """Detections by rule and event, and the last that was told of every episode; a line cut in two is none."""
    whole = [out[: out.rfind(b"\n") + 1] for out in outputs]
    rows = [row for out in whole for row in lines(out).detections]
    return {(row["rule"]["title"], row["events"][0]["id"]) for row in rows}, told(whole)


@pytest.fixture
def house(tmp_path: Path, checkout: Path) -> House:
    return House(tmp_path, checkout, files=5, rows=12)


def test_killed_at_any_commit(house: House):
    clean = house.run("never", "0", state="clean")
    commits = int(re.search(r"commits: (\d+)", clean.said)[1])  # type: ignore[index]
    assert commits >= 10
    expected = everything([clean.out, *house.rest(state="clean")])
    assert all(len(part) > 5 for part in expected)
    every = [(where, number) for number in range(1, commits + 1) for where in ("before", "after")]
    for where, number in every if FULL else [("before", 5), ("after", 6), ("before", commits)]:
        state = f"{where}-{number}"
        killed = house.run(where, str(number), state=state)
        assert killed.status == -signal.SIGKILL, killed
        assert everything([killed.out, *house.rest(state=state)]) == expected, (where, number)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_killed_at_any_moment(tmp_path: Path, checkout: Path, workers: str):
    house = House(tmp_path, checkout, files=12 if FULL else 6, rows=60)
    words = ("--workers", workers)
    began = time.monotonic()
    clean = house.run("never", "0", *words, state="clean")
    lasted = time.monotonic() - began
    expected = everything([clean.out, *house.rest(*words, state="clean")])
    seed = int(os.environ.get("DETECT_TEST_SEED") or (random.SystemRandom().getrandbits(32) if FULL else 5))
    print(f"DETECT_TEST_SEED={seed}")
    moments = random.Random(seed)
    killed = 0
    for trial in range(50 if FULL else 1):
        outputs = []
        while True:  # a run may be killed, and the one after it too
            process = house.start("never", "0", *words, state=f"{trial}")
            time.sleep(moments.uniform(0.3, 1.05) * lasted)
            process.kill()
            out, said = process.communicate(timeout=120)
            outputs.append(out)
            killed += process.returncode == -signal.SIGKILL
            if process.returncode == 0 or len(outputs) == 3:
                break
            assert process.returncode == -signal.SIGKILL, said
        assert everything([*outputs, *house.rest(*words, state=f"{trial}")]) == expected, (trial, seed)
    assert killed
