"""Ctrl-C in the middle: what was found is there, and nothing is left running."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.runners.made import Done, record, scan, write

RULE = """
title: stopped
logsource: {product: aws}
detection: {selection: {eventName: StopLogging}, condition: selection}
"""


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """Far more is found than a pipe holds, so that the scan waits for its reader."""
    write(tmp_path / "logs", *[[record("StopLogging", f"{f}-{n}") for n in range(40)] for f in range(200)])
    (tmp_path / "rule.yml").write_text(RULE)
    return tmp_path


def start(house: Path, checkout: Path, *words: str) -> subprocess.Popen[bytes]:
    """`detect run` in a process group of its own, as a shell would start it."""
    return subprocess.Popen(
        [sys.executable, "-m", "engine.cli", "run", "logs", "--rules", "rule.yml", "--format", "ndjson", *words],
        cwd=house,
        env={**os.environ, "PYTHONPATH": str(checkout)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        bufsize=0,
    )


def children(process: subprocess.Popen[bytes]) -> list[int]:
    return [int(text) for text in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def running(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def leaves_ctrl_c_to_its_parent(number: int) -> bool:
    ignored = Path(f"/proc/{number}/status").read_text().partition("SigIgn:")[2].split()[0]
    return bool(int(ignored, 16) >> (signal.SIGINT - 1) & 1)


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
@pytest.mark.parametrize("to", ["the process", "the whole group, as a terminal does"])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_what_was_found_is_written_and_no_process_is_left(house: Path, checkout: Path, workers: str, to: str):
    process = start(house, checkout, "--workers", workers)
    assert process.stdout is not None
    first = process.stdout.readline()
    started = children(process)
    assert len(started) == (2 if workers == "2" else 0)
    time.sleep(0.2)  # until the pipe is full, and the process in the middle of writing
    assert all(map(leaves_ctrl_c_to_its_parent, started))
    if to == "the process":
        process.send_signal(signal.SIGINT)
    else:
        os.killpg(process.pid, signal.SIGINT)
    time.sleep(0.1)
    rest, said = process.communicate(timeout=60)
    assert process.returncode == 130
    lines = [json.loads(line) for line in (first + rest).splitlines()]
    assert lines[-1]["kind"] == "summary"
    assert lines[-1]["interrupted"] is True
    found = [line["events"][0]["id"] for line in lines[:-1]]
    assert 0 < lines[-1]["detections"] == len(found) < 200 * 40
    assert found == [f"{number // 40}-{number % 40}" for number in range(len(found))]
    assert b"Traceback" not in said
    assert [number for number in started if running(number)] == []


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_processes_end_with_the_one_that_started_them_even_when_it_is_killed(house: Path, checkout: Path):
    process = start(house, checkout, "--workers", "2")
    assert process.stdout is not None
    process.stdout.readline()
    started = children(process)
    assert len(started) == 2
    process.kill()
    process.communicate(timeout=60)  # which waits for all who have the other end
    deadline = time.monotonic() + 30
    while any(map(running, started)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [number for number in started if running(number)] == []


def interrupted_at(files: int) -> Any:
    def progress(done: int, *_: int) -> None:
        if done == files:
            raise KeyboardInterrupt

    return progress


@pytest.mark.parametrize("workers", [1, 2])
def test_the_summary_is_of_what_was_read_until_then(workers: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("engine.runners.pool.TASK_BLOBS", 1)
    done: Done = scan(write(tmp_path, *[[record("StopLogging")]] * 9), workers=workers, progress=interrupted_at(4))
    assert done.summary.interrupted
    assert done.summary.events == 4
    assert len(done.hits) == done.summary.detections == 4
    assert done.summary.warnings == ()


@pytest.mark.skipif(sys.platform != "linux", reason="needs signals")
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_row_longer_than_a_pipe_is_whole_or_not_there(workers: str, tmp_path: Path, checkout: Path):
    """Each row is written in many pieces; Ctrl-C comes while a slow reader is at one of them."""
    long = "a" * 400_000
    write(tmp_path / "logs", *[[record("StopLogging", f"{number}", more=long)] for number in range(30)])
    (tmp_path / "rule.yml").write_text(RULE)
    process = start(tmp_path, checkout, "--workers", workers)
    assert process.stdout is not None
    text = process.stdout.read(1_000_000)
    time.sleep(0.1)  # until the pipe is full again, in the middle of a row
    process.send_signal(signal.SIGINT)
    time.sleep(0.1)
    rest, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    lines = [json.loads(line) for line in (text + rest).splitlines()]
    assert lines[-1]["interrupted"] is True
    assert 0 < lines[-1]["detections"] == len(lines) - 1 < 30
