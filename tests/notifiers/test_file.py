"""file: whole lines, once each, in files that do not grow without end."""

from __future__ import annotations

import json
import multiprocessing
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from engine.alert import Delivered, Retry
from tests.notifiers.contract import NotifierContract, Played
from tests.notifiers.made import destination, message, options


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for pair in value.items() for one in pair for text in texts(one)]
    return [text for one in value for text in texts(one)] if isinstance(value, list) else []


class TestFile(NotifierContract):
    kind = "file"
    wrong = (
        ({"path": ""}, "path: a file"),
        ({"keep": 0}, "keep is to be at least 1"),
        ({"max_size": "much"}, 'max_size: "much" is no size'),
    )

    @contextmanager
    def played(self) -> Iterator[Played]:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "deep" / "alerts.ndjson"

            def busy() -> bool:  # a folder where the file should be, until it is gone
                path.mkdir(parents=True)
                return False

            yield Played({"path": str(path)}, lambda: lines(path), busy, None, None, texts, lambda one: one["id"])

    def test_what_is_not_now_is_retried_and_what_is_never_is_not(self):
        with self.played() as played:
            send = destination(self.kind, options(self.kind, **played.options)).send
            played.busy()
            assert isinstance(send(message()), Retry)
            Path(played.options["path"]).rmdir()
            assert isinstance(send(message()), Delivered)


def test_a_line_is_the_whole_message(tmp_path: Path):
    path = tmp_path / "alerts.ndjson"
    made = options("file", path=str(path))
    assert made.send(message()) == Delivered()
    assert made.send(message(id="m2", action="resolve", sequence=1)) == Delivered()
    assert [(one["kind"], one["action"]) for one in lines(path)] == [
        ("notification", "trigger"),
        ("notification", "resolve"),
    ]
    assert path.stat().st_mode & 0o077 == 0, "it is nobody else's to read"


def test_a_message_that_comes_again_is_there_once(tmp_path: Path):
    made = options("file", path=str(tmp_path / "a"))
    for id in ("m1", "m2", "m1", "m1"):
        assert made.send(message(id=id)) == Delivered()
    assert [one["id"] for one in lines(tmp_path / "a")] == ["m1", "m2"]


def test_a_full_file_gets_a_number_and_the_oldest_goes(tmp_path: Path):
    path = tmp_path / "a"
    size = len(json.dumps(0)) and options("file", path=str(path)).send(message(id="m0")) and path.stat().st_size
    made = options("file", path=str(path), max_size=str(2 * size), keep=2)
    for number in range(1, 8):
        made.send(message(id=f"m{number}"))
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a", "a.1", "a.2"]
    found = [[one["id"] for one in lines(tmp_path / name)] for name in ("a.2", "a.1", "a")]
    assert found == [["m2", "m3"], ["m4", "m5"], ["m6", "m7"]]


def test_what_a_full_disk_left_of_a_line_does_not_spoil_the_next(tmp_path: Path):
    path = tmp_path / "a"
    path.write_bytes(b'{"half": ')
    assert options("file", path=str(path)).send(message()) == Delivered()
    half, whole = path.read_bytes().splitlines()
    assert half == b'{"half": '
    assert json.loads(whole)["id"] == "message-1"


def test_a_line_that_does_not_fit_leaves_nothing_of_it(tmp_path: Path):
    resource = pytest.importorskip("resource")
    path = tmp_path / "a"
    made = options("file", path=str(path))
    made.send(message(id="m1"))
    before = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 100, hard))
    try:
        outcome = made.send(message(id="m2"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert isinstance(outcome, Retry)
    assert "File too large" in outcome.reason
    assert path.read_bytes() == before


def test_a_writer_waits_for_another_and_follows_it_when_it_rotates(tmp_path: Path):
    fcntl = pytest.importorskip("fcntl")
    path = tmp_path / "a"
    made = options("file", path=str(path))
    made.send(message(id="m1"))
    with path.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        writer = threading.Thread(target=made.send, args=(message(id="m2"),))
        writer.start()
        writer.join(0.3)  # it stands at the lock by now, with the file open
        assert [one["id"] for one in lines(path)] == ["m1"]
        path.rename(tmp_path / "a.1")
    writer.join()
    assert [[one["id"] for one in lines(tmp_path / name)] for name in ("a.1", "a")] == [["m1"], ["m2"]]


def write(path: str, writer: int, size: str | None) -> None:
    made = options("file", path=path, max_size=size, keep=50)
    for number in range(25):
        assert made.send(message(id=f"{writer}-{number}", thread="x" * 5_000)) == Delivered()


@pytest.mark.parametrize("size", [None, "60000"], ids=["one file", "rotated"])
def test_several_writers_at_once_write_whole_lines_and_lose_none(tmp_path: Path, size: str | None):
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=write, args=(str(tmp_path / "a"), number, size)) for number in range(3)]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    assert [one.exitcode for one in writers] == [0, 0, 0]
    found = [line["id"] for path in tmp_path.iterdir() for line in lines(path)]
    assert sorted(found) == sorted(f"{writer}-{number}" for writer in range(3) for number in range(25))


def test_a_dash_is_standard_output():
    script = (
        "from tests.notifiers.made import *; m = options('file', path='-'); "
        "print([type(m.send(message(id=i))).__name__ for i in 'ab'])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    first, second, said = done.stdout.splitlines()
    assert [json.loads(one)["id"] for one in (first, second)] == ["a", "b"]
    assert said == "['Delivered', 'Delivered']"


def test_a_template_of_several_lines_is_one_line_in_the_file(tmp_path: Path):
    made = options("file", path=str(tmp_path / "a"), templates={"line": '{"a":\n  {{ alert.title | tojson }}\n}'})
    assert destination("file", made).send(message()) == Delivered()
    assert (tmp_path / "a").read_bytes() == b'{"a":"Access key made for another user"}\n'
