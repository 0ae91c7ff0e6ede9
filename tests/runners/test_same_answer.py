"""The same answer however the work is cut: into processes, into files, into sources."""

from __future__ import annotations

import errno
import json
import pickle
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.match import Detector
from engine.model import Blob, Reading
from engine.outputs.ndjson import Output
from engine.runners import pool
from engine.runners.worker import Worker
from engine.sources import files
from tests.runners.made import RULES, Done, Record, log, one_file_a_task, record, scan, write

records = st.builds(
    record,
    st.sampled_from(["StopLogging", "ListBuckets", "GetObject"]),
    st.sampled_from([None, "a", "b", "c", "d", "e"]),
    st.sampled_from(["alice", "mallory"]),
    awsRegion=st.sampled_from(["eu-west-1", "us-east-1"]),
    eventTime=st.sampled_from(["2023-07-10T12:00:00Z", "2023-07-10T13:00:00+01:00", "soon", None]),
)
"""Few ids, so that one comes again, with the same record or another."""

trails = st.lists(st.lists(records, max_size=6), min_size=1, max_size=6)


def unplaced(done: Done) -> list[Any]:
    """The detections, without the files they are from."""
    hits = done.hits
    for hit in hits:
        hit["events"][0].pop("ref")
    return hits


def counts(done: Done) -> dict[str, Any]:
    """The summary, without what is about files."""
    figures = done.summary._asdict()
    for name in ("sources", "files", "bytes", "problems", "problems_total", "seconds", "start_seconds"):
        figures.pop(name)
    return figures


def test_any_number_of_processes_writes_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    one_file_a_task(monkeypatch)
    names = ["StopLogging", "GetObject", "ListBuckets"]
    files = [
        [record(names[(file + at) % 3], f"{file * at % 40}", ["alice", "mallory"][at % 2]) for at in range(40)]
        for file in range(30)
    ]
    write(tmp_path, *files, b"{", b"", log([])[:20], b"not a log")
    one = scan(tmp_path)
    assert len(one.hits) > 40
    assert one.summary.duplicates > 100
    assert one.summary.problems_total == 3
    assert one.summary.skipped == (("no-log", 1),)  # the empty one
    for workers in (2, 3, 4):
        many = scan(tmp_path, workers=workers)
        assert many.written == one.written
        assert counts(many) == counts(one)


@settings(max_examples=8)
@given(trails)
def test_any_trail_is_read_alike_by_one_process_and_by_two(files: list[list[Record]]):
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        one_file_a_task(patch)
        write(Path(folder), *files)
        assert scan(folder, workers=2).written == scan(folder).written


@settings(max_examples=30)
@given(st.lists(records, min_size=1, max_size=20), st.data())
def test_records_may_be_cut_into_files_anywhere(flat: list[Record], data: st.DataObject):
    cuts = sorted(data.draw(st.sets(st.integers(1, len(flat)), max_size=5)) | {len(flat)})
    pieces = [flat[start:end] for start, end in zip([0, *cuts], cuts, strict=False)]
    with tempfile.TemporaryDirectory() as folder:
        whole = scan(write(Path(folder, "whole"), flat))
        cut = scan(write(Path(folder, "cut"), *pieces))
    assert unplaced(cut) == unplaced(whole)
    assert counts(cut) == counts(whole)


@settings(max_examples=20)
@given(trails, st.randoms(use_true_random=False))
def test_the_order_of_sources_changes_no_detection(files: list[list[Record]], drawn: Any):
    """Which of two records with one id stands does depend on it; that a rule fired on that id does not."""

    def found(done: Done) -> list[tuple[str, str]]:
        events = [(hit["rule"]["title"], hit["events"][0]) for hit in done.hits]
        return sorted((title, event["id"] or json.dumps(event["record"], sort_keys=True)) for title, event in events)

    with tempfile.TemporaryDirectory() as folder:
        sources = [write(Path(folder, str(number)), file) for number, file in enumerate(files)]
        forwards = scan(*sources)
        drawn.shuffle(sources)
        shuffled = scan(*sources)
    assert found(shuffled) == found(forwards)
    assert shuffled.summary.duplicates == forwards.summary.duplicates
    assert shuffled.summary.levels == forwards.summary.levels


def test_what_is_found_comes_in_order_of_sources_then_files_then_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    one_file_a_task(monkeypatch)
    stop, other = record("StopLogging"), record("GetObject")
    late, early = write(tmp_path / "z", [stop, other, stop], [stop]), write(tmp_path / "a", [other, stop])
    places = ["0000.json.gz#1", "0000.json.gz#3", "0001.json.gz#1", "0000.json.gz#2"]
    for workers in (1, 2):
        assert [place for _, place in scan(late, early, workers=workers).short] == places


@pytest.mark.parametrize("keep", [1, 7, 1_000])
def test_results_that_go_through_files_are_whole_and_the_files_gone_afterwards(
    keep: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Everything matches, and is written down a few detections at a time."""
    monkeypatch.setattr(pool, "TASK_BLOBS", 3)
    folder, between = write(tmp_path / "logs", *[[record("StopLogging")] * 50] * 9), tmp_path / "between"
    between.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(between))
    one = scan(folder)
    monkeypatch.setattr(pool, "KEEP", keep)
    assert scan(folder, workers=2).written == one.written
    assert list(between.iterdir()) == []


def test_where_there_is_no_room_for_files_one_process_does_it_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(**_: str) -> tuple[int, str]:
        raise OSError(errno.ENOSPC, "No space left on device")

    one_file_a_task(monkeypatch)
    folder = write(tmp_path, *[[record("StopLogging"), record("x")]] * 9)
    one = scan(folder)
    monkeypatch.setattr("engine.runners.pool.tempfile.mkstemp", full)
    assert scan(folder, workers=2).written == one.written


def test_a_process_gives_back_so_little_that_it_cannot_be_half_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A pipe takes 512 bytes at once everywhere; some 150 of them are put around what a process returns."""
    write(tmp_path, [record("StopLogging")] * 2_000)
    (blob,) = files.find(str(tmp_path))
    assert isinstance(blob, Blob)
    monkeypatch.setitem(pool._here, "worker", Worker(Detector(RULES), Output.row, Reading()))
    monkeypatch.setitem(pool._here, "folder", str(tmp_path))
    given = pool._scan(pool._Task(0, [blob]))
    assert len(pickle.dumps(given)) < 350
    pieces = list(pool._read(given))
    assert sum(len(found) for _, _, found in pieces) == 2_000
    assert not Path(given).exists()


def placed(files: Sequence[Sequence[Record]], folder: Path) -> list[tuple[str, str]]:
    return scan(write(folder, *files)).short


def test_a_batch_of_which_very_much_matches_comes_in_pieces(tmp_path: Path):
    many = [record("StopLogging", f"id-{number}") for number in range(4_100)]
    assert placed([many], tmp_path) == [("stopped", f"0000.json.gz#{number}") for number in range(1, 4_101)]
