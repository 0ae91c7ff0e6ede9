"""Folders with what is no file in them: nothing is waited for, nothing is read for ever, all is told."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from engine import sources
from engine.decoders import decode
from engine.model import Batch, Blob, Problem, Reading
from tests.hostile.command import RULE, detect, record, records

posix = pytest.mark.skipif(os.name == "nt", reason="needs a POSIX system")
OPTIONS = ("--rules", "rule.yml", "-f", "ndjson", "-q")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one good log in a folder that is named like a file."""
    (tmp_path / "rule.yml").write_text(RULE)
    inner = tmp_path / "logs" / "folder.json"
    inner.mkdir(parents=True)
    (inner / "good.json").write_text(records(record("good")))
    return tmp_path


@posix
def test_pipes_sockets_devices_and_links_are_passed_over_and_counted(folder: Path, monkeypatch: pytest.MonkeyPatch):
    logs = folder / "logs"
    monkeypatch.chdir(logs)  # a socket's path has room for 108 characters
    os.mkfifo("pipe.json")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.json")
    for link, target in {"pipe-link": "pipe.json", "zero": "/dev/zero", "loop": ".", "up": ".."}.items():
        (logs / f"{link}.json").symlink_to(target)
    ended = detect(folder, "run", "logs", *OPTIONS)
    assert ended.status == 0
    assert ended.found == {"good"}
    assert ended.summary["skipped"] == {"no-log": 5}  # the rule, which "up" leads to, is no log either


@posix
def test_links_that_lead_nowhere_are_logs_that_cannot_be_read(folder: Path):
    (folder / "logs" / "gone.json").symlink_to("nowhere")
    (folder / "logs" / "itself.json").symlink_to("itself.json")
    ended = detect(folder, "run", "logs", *OPTIONS)
    assert ended.status == 3
    assert ended.found == {"good"}
    assert ended.problems == {"gone.json": {"unreadable"}, "itself.json": {"unreadable"}}


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_told(folder: Path):
    (folder / "logs" / "shut.json").write_text(records(record("x")))
    (folder / "logs" / "shut.json").chmod(0)
    (folder / "logs" / "closed").mkdir(mode=0)
    ended = detect(folder, "run", "logs", *OPTIONS)
    assert ended.status == 3
    assert ended.found == {"good"}
    assert ended.problems == {"shut.json": {"unreadable"}, "closed": {"unreadable"}}


@posix
def test_a_pipe_or_device_that_is_named_is_told_and_never_opened(folder: Path):
    os.mkfifo(folder / "pipe")
    for target in ("pipe", "/dev/zero"):
        ended = detect(folder, "run", target, *OPTIONS)
        assert "not a file" in ended.err


@posix
def test_names_that_are_no_text_are_shown_and_their_files_read(folder: Path):
    for name in (b"\xff\xfe.json", b"new\nline.json", b"-rf.json", "ünï😀.json".encode(), b"\x1b[31m.json"):
        Path(os.fsdecode(bytes(folder / "logs") + b"/" + name)).write_text(records(record(name.hex())))
    ended = detect(folder, "run", "logs", *OPTIONS)
    assert ended.status == 0
    assert len(ended.found) == 6
    shown = detect(folder, "run", "logs", "--rules", "rule.yml", "-v", "--workers", "1")
    assert "\x1b" not in shown.err


@pytest.mark.full
def test_a_log_that_shrinks_while_it_is_read_is_told(tmp_path: Path):
    """More than is read before the first record is handed out; the cut goes through a record that was not read yet."""
    path = tmp_path / "x.json"
    line = record("x", f'"f":"{"a" * 1_000_000}"').encode() + b"\n"
    path.write_bytes(line * 120)
    blob = Blob("files", "x.json", str(path), True, path.stat().st_size)
    seen = 0
    with sources.source("files").open(blob) as stream:
        items = decode(blob, stream, Reading())
        first = next(items)
        os.truncate(path, len(line) * 110 + 500)
        rest = list(items)
    for item in (first, *rest):
        seen += len(item.records) if isinstance(item, Batch) else 0
    assert seen == 110
    assert [item.kind for item in rest if isinstance(item, Problem)] == ["truncated"]


@pytest.mark.full
def test_a_hundred_thousand_files(folder: Path):
    for number in range(100_000):
        (folder / "logs" / f"{number}.json").write_text(record(f"x{number}", "", "GetObject"))
    ended = detect(folder, "run", "logs", *OPTIONS, "--workers", "2")
    assert ended.status == 0
    assert ended.found == {"good"}
    assert ended.summary["events"] == 100_001


@pytest.mark.full
def test_folders_five_hundred_deep(folder: Path):
    deep = folder / "logs"
    for _ in range(500):
        deep /= "d"
        deep.mkdir()
    (deep / "x.json").write_text(record("deep"))
    assert detect(folder, "run", "logs", *OPTIONS).found == {"good", "deep"}
    assert detect(folder, "run", "logs/**/*.json", *OPTIONS).found == {"good", "deep"}
