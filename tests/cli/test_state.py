"""detect run --state: runs that go on from one another, and files that cannot be gone on from."""

from __future__ import annotations

import gzip
import json
import resource
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import House, record

MANY = """\
title: Many stops
id: 00000000-0000-4000-8000-000000000009
level: critical
correlation:
    type: event_count
    rules: [00000000-0000-4000-8000-000000000001]
    group-by: [userIdentity.arn]
    timespan: 1m
    condition: {gte: 3}
"""


def deliver(house: House, clock: str, *seconds: int) -> None:
    """A file of CloudTrail's with a StopLogging at each of these seconds after midnight."""
    path = house.folder / "trail" / f"111122223333_CloudTrail_eu-west-1_20230710T{clock}Z_{clock}.json.gz"
    path.parent.mkdir(exist_ok=True)
    rows = [record("StopLogging", second) for second in seconds] or [record("GetObject", 1)]
    path.write_bytes(gzip.compress(json.dumps({"Records": rows}).encode()))


@pytest.fixture
def stopping(house: House) -> House:
    """A house whose rules count stops, and with a first file of two."""
    (house.folder / "rules" / "many.yml").write_text(MANY)
    deliver(house, "0001", 0, 10)
    return house


GO_ON = ("run", "trail", "--state", "detect.state", "--format", "ndjson")


def told(lines: list[dict[str, object]]) -> list[object]:
    return [line["episode"]["state"] for line in lines if line["kind"] == "episode"]  # type: ignore[index]


def test_three_runs_find_together_what_each_alone_does_not(stopping: House):
    first = stopping.detect(*GO_ON)
    assert (told(first.lines), first.status) == ([], 0)
    assert "2 hits pending" in first.err
    deliver(stopping, "0002", 20)
    assert told(stopping.detect(*GO_ON).lines) == []
    deliver(stopping, "0040")
    third = stopping.detect(*GO_ON)
    assert told(third.lines) == ["ended"]
    assert "decided     up to 2023-07-10 00:25:00 UTC" in third.err
    again = stopping.detect(*GO_ON)
    assert (told(again.lines), again.status, again.lines[-1]["known"]) == ([], 0, 3)
    assert "3 read before" in again.err


def test_a_folder_at_once_says_the_same_in_every_format(stopping: House):
    deliver(stopping, "0002", 20)
    for form in ("table", "ndjson", "json", "csv", "ocsf"):
        done = stopping.detect("run", "trail", "--format", form, "--fail-on", "critical", "-q")
        assert "Many stops" in done.out
        assert done.status == 1


def test_final_decides_what_is_open(stopping: House):
    deliver(stopping, "0002", 20)
    assert told(stopping.detect("run", "trail", "-f", "ndjson").lines) == ["opened"]
    assert told(stopping.detect("run", "trail", "-f", "ndjson", "--final").lines) == ["ended"]
    assert told(stopping.detect(*GO_ON, "--final").lines) == ["ended"]


def test_lateness_says_how_long_to_wait(stopping: House):
    deliver(stopping, "0002", 20)
    deliver(stopping, "0010")
    assert told(stopping.detect(*GO_ON, "--lateness", "10m").lines) == []
    assert told(stopping.detect(*GO_ON, "--lateness", "5m").lines) == ["ended"]


def test_verbose_says_what_every_correlation_was_given(stopping: House):
    deliver(stopping, "0002", 20)
    assert "    Many stops:\n      1 episode, 3 hits\n" in stopping.detect("run", "trail", "-v").out


def test_a_file_as_output_gets_what_is_new_when_all_of_it_is_there(stopping: House):
    deliver(stopping, "0002", 20)
    deliver(stopping, "0040")
    assert stopping.detect(*GO_ON, "-o", "found.ndjson").status == 0
    assert '"Many stops"' in (stopping.folder / "found.ndjson").read_text()
    assert stopping.detect(*GO_ON, "-o", "found.ndjson").status == 0
    assert '"Many stops"' not in (stopping.folder / "found.ndjson").read_text().partition('"kind":"summary"')[0]


def test_groups_beyond_the_limit_are_forgotten_and_that_is_said(stopping: House):
    path = stopping.folder / "trail" / "users.json"
    rows = [record("StopLogging", at) | {"userIdentity": {"arn": f"arn:{at}"}} for at in range(9)]
    path.write_text("\n".join(map(json.dumps, rows)))
    done = stopping.detect("run", "trail", "-f", "ndjson", "--max-groups", "2", "--in-memory", "3")
    assert done.lines[-1]["correlations"][0]["dropped_groups"] > 5  # type: ignore[index]
    assert "forgot for the limit on memory" in done.err


def damaged(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE others (a)")
    connection.close()
    path.write_bytes(path.read_bytes()[:4000])


@pytest.mark.parametrize(
    ("made", "fault"),
    [
        (lambda path: path.mkdir(), "is a folder, not a state file"),
        (lambda path: path.write_text("notes"), "is no state file"),
        (damaged, "is damaged"),
    ],
)
def test_a_state_that_cannot_be_used_ends_the_run_before_anything_is_read(made, fault: str, stopping: House):
    path = stopping.folder / "detect.state"
    made(path)
    before = path.read_bytes() if path.is_file() else None
    done = stopping.detect(*GO_ON, "-o", "found.ndjson")
    assert done.status == 2
    assert f"error: detect.state: {fault}" in done.err
    assert "\n  hint: " in done.err
    assert not (stopping.folder / "found.ndjson").exists()
    assert before is None or path.read_bytes() == before


def test_lateness_without_a_state_is_refused(stopping: House):
    done = stopping.detect("run", "trail", "--lateness", "5m")
    assert done.status == 2
    assert "--lateness without --state" in done.err
    assert "no duration; write 90s, 15m, 24h or 7d" in stopping.detect(*GO_ON, "--lateness", "soon").err


@pytest.mark.skipif(sys.platform == "win32", reason="needs rlimits")
def test_a_full_disk_ends_the_run_and_costs_nothing_that_was_kept(stopping: House):
    stopping.detect(*GO_ON)
    for minute in range(2, 40):
        deliver(stopping, f"00{minute:02}", *range(minute * 60, minute * 60 + 60))
    limit = (stopping.folder / "detect.state").stat().st_size + 20_000
    done = subprocess.run(
        [sys.executable, "-m", "engine.cli", *GO_ON, "-q", "--rules", "rules"],
        cwd=stopping.folder,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert done.returncode == 2, done.stderr
    assert "error: detect.state: cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
    again = stopping.detect(*GO_ON, "--final")
    assert again.status == 0
    assert len(told(again.lines)) == 1
