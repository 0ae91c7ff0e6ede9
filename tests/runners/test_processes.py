"""A process dies, a file is gone, the engine has a defect: the scan goes on, and what is lost is said."""

from __future__ import annotations

import gc
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from engine.model import Detection
from engine.outputs.ndjson import Output
from engine.runners import pool
from tests.runners.made import Record, log, one_file_a_task, record, scan, write

HERE = os.getpid()
"""The process of the tests, which must not die with those it starts."""


class Deadly(Output):
    """An output that kills its process at a marked event: once, where `once` names a file that is not there yet."""

    @staticmethod
    def row(detection: Detection) -> bytes:
        fields = detection.events[0].fields
        once = Path(fields.get("once", ""))
        if os.getpid() != HERE and (fields.get("always") or ("once" in fields and not once.exists())):
            if "once" in fields:
                once.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return Output.row(detection)


class Faulty(Output):
    """An output with a defect that shows at one event."""

    @staticmethod
    def row(detection: Detection) -> bytes:
        if detection.events[0].fields["userIdentity"]["userName"] == "faulty":
            raise ZeroDivisionError("so it is")
        return Output.row(detection)


@pytest.fixture(autouse=True)
def small_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    one_file_a_task(monkeypatch)


@pytest.fixture(autouse=True)
def spilling(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go."""
    folder = tmp_path / "spilled"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def trail(count: int, *odd: tuple[int, Record]) -> list[list[Record]]:
    """Files of three records, of which two match; odd ones in the middle of the files named."""
    files = [[record("StopLogging", f"{n}-a"), record("x"), record("ListBuckets", f"{n}-b")] for n in range(count)]
    for number, extra in odd:
        files[number].insert(1, extra)
    return files


@pytest.mark.parametrize("place", [0, 7, 19])
@pytest.mark.parametrize("workers", [2, 3])
def test_a_process_that_is_killed_once_costs_nothing(place: int, workers: int, tmp_path: Path, spilling: Path):
    odd = place, record("StopLogging", "odd", once=str(tmp_path / "marker"))
    folder = write(tmp_path / "logs", *trail(20, odd))
    done = scan(folder, output=Deadly, workers=workers)
    assert (tmp_path / "marker").exists()
    assert done.written == scan(folder).written
    assert len(done.hits) == 41
    assert list(spilling.iterdir()) == []
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("place", [0, 7, 19])
def test_a_file_that_always_kills_its_process_is_reported_as_lost(place: int, tmp_path: Path):
    folder = write(tmp_path / "logs", *trail(20, (place, record("StopLogging", "odd", always=True))))
    done = scan(folder, output=Deadly, workers=2)
    assert done.kinds == [(f"{place:04}.json.gz", "unreadable")]
    assert "killed" in done.summary.problems[0].fault
    assert done.short == [hit for hit in scan(folder).short if not hit[1].startswith(f"{place:04}")]
    assert done.summary.events == 19 * 3


def test_several_files_that_kill_their_processes_are_each_reported(tmp_path: Path):
    odd = [(place, record("StopLogging", f"odd-{place}", always=True)) for place in (2, 3, 11)]
    done = scan(write(tmp_path / "logs", *trail(12, *odd)), output=Deadly, workers=3)
    assert [file for file, _ in done.kinds] == ["0002.json.gz", "0003.json.gz", "0011.json.gz"]
    assert len(done.hits) == 9 * 2


def test_a_process_that_dies_while_results_are_written_costs_nothing(tmp_path: Path):
    """The death is noticed when more work is handed over, not when a result is waited for."""
    folder = write(tmp_path / "logs", *trail(40))
    killed: list[int] = []

    def kill_one(*_: int) -> None:
        if not killed:
            killed.append(multiprocessing.active_children()[0].pid or 0)
            os.kill(killed[0], signal.SIGKILL)
            end = time.monotonic() + 30
            while multiprocessing.active_children():  # the pool puts an end to the others, too
                assert time.monotonic() < end
                time.sleep(0.01)

    done = scan(folder, workers=2, progress=kill_one)
    assert killed
    assert done.written == scan(folder).written


@pytest.mark.parametrize("workers", [1, 2])
def test_a_defect_of_ours_costs_one_file_and_is_said(workers: int, tmp_path: Path):
    folder = write(tmp_path / "logs", *trail(4, (1, record("StopLogging", "odd", "faulty"))))
    done = scan(folder, output=Faulty, workers=workers)
    assert done.kinds == [("0001.json.gz", "internal")]
    assert "ZeroDivisionError: so it is" in done.summary.problems[0].fault
    assert [place for _, place in done.short if not place.startswith("0001")] == [
        f"{file:04}.json.gz#{position}" for file in (0, 2, 3) for position in (1, 3)
    ]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_file_that_vanishes_after_it_was_found_is_reported(
    workers: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = write(tmp_path / "logs", *trail(6))
    begin = Output.start

    def vanish(output: Output) -> None:
        (folder / "0002.json.gz").unlink()
        begin(output)

    monkeypatch.setattr(Output, "start", vanish)
    done = scan(folder, workers=workers)
    assert done.kinds == [("0002.json.gz", "gone")]
    assert "No such file" in done.summary.problems[0].fault
    assert len(done.hits) == 5 * 2


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("ending", ["done", "failed"])
def test_the_garbage_collector_is_left_as_it_was(workers: int, ending: str, tmp_path: Path):
    def fail(*_: int) -> None:
        if ending == "failed":
            raise ZeroDivisionError

    before = gc.get_threshold()
    gc.set_threshold(701, 11, 12)
    try:
        scan(write(tmp_path / "logs", *trail(4)), workers=workers, progress=fail)
    except ZeroDivisionError:
        assert ending == "failed"
    finally:
        after = gc.get_threshold()
        gc.set_threshold(*before)
    assert after == (701, 11, 12)
    assert gc.get_freeze_count() == 0
    assert multiprocessing.active_children() == []


SPAWN = """
import multiprocessing, sys
from types import SimpleNamespace
from engine.cli import main
from engine.runners import pool

if __name__ == "__main__":
    pool.multiprocessing = SimpleNamespace(get_context=lambda _: multiprocessing.get_context("spawn"))
    pool.TASK_BLOBS = 2
    sys.exit(main(sys.argv[1:]))
"""


RULE = """
title: stopped
logsource: {product: aws}
detection: {selection: {eventName: StopLogging}, condition: selection}
"""


def test_processes_that_are_not_forked_give_the_same_bytes(tmp_path: Path, checkout: Path):
    """As on macOS and Windows: nothing is handed over but what can be pickled."""
    write(tmp_path / "logs", *trail(6), log([])[:20])
    (tmp_path / "spawn.py").write_text(SPAWN)
    (tmp_path / "rule.yml").write_text(RULE)

    def written(*command: str) -> tuple[int, bytes]:
        words = ["run", "logs", "--rules", "rule.yml", "--quiet", "--format", "ndjson", "--workers", "2"]
        environment = {**os.environ, "PYTHONPATH": str(checkout)}
        done = subprocess.run(
            [sys.executable, *command, *words], cwd=tmp_path, env=environment, capture_output=True, check=False
        )
        return done.returncode, done.stdout

    forked = written("-m", "engine.cli")
    assert forked[0] == 3  # of the broken file
    assert forked[1].count(b"StopLogging") == 6 * 2  # the value that matched, and the record
    assert written("spawn.py") == forked


def test_a_file_that_kills_its_process_does_not_take_those_beside_it_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Files are handed over by the dozen."""
    monkeypatch.setattr(pool, "TASK_BLOBS", 4)
    odd = [(place, record("StopLogging", f"odd-{place}", always=True)) for place in (0, 6)]
    done = scan(write(tmp_path / "logs", *trail(12, *odd)), output=Deadly, workers=2)
    assert [file for file, _ in done.kinds] == ["0000.json.gz", "0006.json.gz"]
    assert len(done.hits) == 10 * 2


@pytest.mark.parametrize("workers", ["1", "3"])
def test_standard_input_is_read_beside_files(workers: str, tmp_path: Path, checkout: Path):
    """Other processes do not have it."""
    write(tmp_path / "before", *trail(3))
    write(tmp_path / "after", [record("StopLogging", "after")])
    (tmp_path / "rule.yml").write_text(RULE)
    words = ["run", "before", "-", "after", "--rules", "rule.yml", "--quiet", "--format", "ndjson"]
    done = subprocess.run(
        [sys.executable, "-m", "engine.cli", *words, "--workers", workers],
        input=log([record("StopLogging", "piped")]),
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(checkout)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0
    hits = [json.loads(line) for line in done.stdout.splitlines()[:-1]]
    assert [hit["events"][0]["id"] for hit in hits] == ["0-a", "1-a", "2-a", "piped", "after"]
