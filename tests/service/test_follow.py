"""News of sources: files that come are told of at once, with watchfiles and without."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.service import Follower
from engine.sources import files


class Heard:
    """Counts what it is told."""

    def __init__(self) -> None:
        self.times = 0
        self._told = threading.Event()

    def __call__(self) -> None:
        self.times += 1
        self._told.set()

    def something(self) -> bool:
        found = self._told.wait(20)
        self._told.clear()
        return found


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def follow(heard: Heard) -> Iterator[list[Follower]]:
    followers: list[Follower] = []
    yield followers
    for each in followers:
        each.close()


def begin(follow: list[Follower], heard: Heard, *targets: Path | str) -> Follower:
    follow.append(Follower(map(str, targets), heard))
    time.sleep(0.5)  # until the system watches
    return follow[-1]


@pytest.mark.parametrize("change", ["new", "deep", "grown", "replaced"])
def test_what_comes_into_a_folder_is_told_of(tmp_path: Path, heard: Heard, follow: list[Follower], change: str):
    pytest.importorskip("watchfiles", reason="needs watchfiles")
    (tmp_path / "deep").mkdir()
    (tmp_path / "old.json").write_text("{}\n")
    begin(follow, heard, tmp_path)
    if change == "grown":
        with (tmp_path / "old.json").open("a") as stream:
            stream.write("{}\n")
    elif change == "replaced":
        (tmp_path / "next.json").write_text("{}")
        (tmp_path / "next.json").replace(tmp_path / "old.json")
    else:
        (tmp_path / ("deep" if change == "deep" else ".") / "new.json").write_text("{}")
    assert heard.something()


def test_a_glob_and_a_single_file_are_watched(tmp_path: Path, heard: Heard, follow: list[Follower]):
    pytest.importorskip("watchfiles", reason="needs watchfiles")
    (tmp_path / "a.json").write_text("{}")
    (tmp_path / "logs").mkdir()
    begin(follow, heard, tmp_path / "a.json", tmp_path / "logs" / "**" / "*.json")
    (tmp_path / "a.json").write_text("{}\n")
    assert heard.something()
    (tmp_path / "logs" / "b.json").write_text("{}")
    assert heard.something()


def test_a_folder_may_come_later(tmp_path: Path, heard: Heard, follow: list[Follower], monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("watchfiles", reason="needs watchfiles")
    monkeypatch.setattr(files, "LOOK", 0.05)
    begin(follow, heard, tmp_path / "logs")
    (tmp_path / "logs").mkdir()
    time.sleep(0.5)
    (tmp_path / "logs" / "a.json").write_text("{}")
    assert heard.something()


def test_a_state_file_among_the_logs_is_no_news(tmp_path: Path, heard: Heard, follow: list[Follower]):
    pytest.importorskip("watchfiles", reason="needs watchfiles")
    begin(follow, heard, tmp_path)
    (tmp_path / "state.db-wal").write_text("x")
    time.sleep(0.6)
    assert heard.times == 0


def test_without_watchfiles_it_looks_every_few_seconds(
    tmp_path: Path, heard: Heard, follow: list[Follower], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    monkeypatch.setattr(files, "LOOK", 0.05)
    begin(follow, heard, tmp_path)
    assert heard.something()


def test_after_its_end_nothing_is_told(tmp_path: Path, heard: Heard, follow: list[Follower]):
    pytest.importorskip("watchfiles", reason="needs watchfiles")
    begin(follow, heard, tmp_path).close()
    time.sleep(0.3)
    (tmp_path / "a.json").write_text("{}")
    time.sleep(0.5)
    assert heard.times == 0


def test_what_cannot_be_watched_is_left_to_the_schedule(heard: Heard, follow: list[Follower], tmp_path: Path):
    found = begin(follow, heard, "s3://logs", "-", tmp_path, "sqs://news?endpoint=http://127.0.0.1:9")
    assert found.watched == [str(tmp_path), "sqs://news?endpoint=http://127.0.0.1:9"]
