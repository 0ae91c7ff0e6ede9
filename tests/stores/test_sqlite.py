"""The state file: what belongs together is kept together, and whatever is wrong with a file is said, not repaired."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from engine.errors import StoreError
from engine.stores import Alone, Store
from engine.stores.sqlite import APPLICATION, migrations


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "detect.state")


def marks(store: Store) -> dict[str, object]:
    return dict(store.execute("SELECT name, value FROM mark").fetchall())


def mark(store: Store, name: str) -> None:
    store.execute("INSERT INTO mark VALUES (?, 1)", (name,))


def raw(path: str, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def marked_in_vain(store: Store, name: str, inner: bool = False) -> None:
    """Mark within a transaction that fails in the end."""
    with store.transaction():
        with store.transaction() if inner else nullcontext():
            mark(store, name)
        raise KeyError(name)


def test_a_transaction_is_kept_whole_or_not_at_all(path: str):
    with Store(path) as store:
        with store.transaction():
            mark(store, "a")
            mark(store, "b")
        with pytest.raises(KeyError):
            marked_in_vain(store, "c")
        assert marks(store) == {"a": 1, "b": 1}
    with Store(path) as store:
        assert marks(store) == {"a": 1, "b": 1}


def test_an_inner_transaction_is_part_of_the_outer(path: str):
    with Store(path) as store:
        with pytest.raises(KeyError):
            marked_in_vain(store, "a", inner=True)
        assert marks(store) == {}
        with store.transaction():  # and nothing of the one before hangs on
            mark(store, "b")
        assert marks(store) == {"b": 1}


def test_what_was_committed_is_there_after_the_process_was_killed(path: str, checkout: Path):
    script = """
import os, signal, sys
from engine.stores import Store
store = Store(sys.argv[1])
with store.transaction():
    store.execute("INSERT INTO mark VALUES ('kept', 1)")
store.execute("BEGIN IMMEDIATE")
store.execute("INSERT INTO mark VALUES ('lost', 1)")
os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", script, path], env={**os.environ, "PYTHONPATH": str(checkout)}, check=False)
    with Store(path) as store:
        assert marks(store) == {"kept": 1}


def test_it_is_for_its_owner_only_in_wal_mode_and_fully_synchronised(path: str):
    with Store(path) as store:
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
        assert store.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert store.execute("PRAGMA synchronous").fetchone()[0] == 2
        assert store.execute("PRAGMA application_id").fetchone()[0] == APPLICATION


def test_an_older_file_is_brought_to_the_newest_version(path: str):
    newest = max(migrations())
    Store(path).close()
    raw(path, "DROP TABLE mark", "PRAGMA user_version = 0", *[f"DROP TABLE {name}" for name in others(path)])
    with Store(path) as store:
        assert store.execute("PRAGMA user_version").fetchone()[0] == newest
        mark(store, "a")


def others(path: str) -> list[str]:
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    names = [name for (name,) in rows if name != "mark"]
    connection.close()
    return names


def test_migrations_are_numbered_without_a_gap():
    assert sorted(migrations()) == list(range(1, max(migrations()) + 1))


def test_a_file_that_is_up_to_date_opens_while_another_process_writes(path: str):
    with Store(path) as store, store.transaction():
        mark(store, "a")
        with Store(path, wait=0.1) as reader:
            assert marks(reader) == {}


def test_a_locked_file_is_said_to_be_locked(path: str):
    locked = pytest.raises(StoreError, match="is locked: another process is writing")
    with Store(path) as store, store.transaction(), Store(path, wait=0.1) as other, locked, other.transaction():
        pass


def later(path: str) -> None:
    Store(path).close()
    raw(path, "PRAGMA user_version = 900")


def foreign(path: str) -> None:
    raw(path, "CREATE TABLE theirs (a)")


def text(path: str) -> None:
    Path(path).write_text("some notes\n")


def cut_off(path: str) -> None:
    Store(path).close()
    os.truncate(path, 3_000)


def torn(path: str) -> None:
    Store(path).close()
    content = bytearray(Path(path).read_bytes())
    content[4096:40960] = b"\x5a" * 36864
    Path(path).write_bytes(content)


@pytest.mark.parametrize(
    ("made", "fault"),
    [
        (later, "was written by a later version of detect"),
        (foreign, "is an SQLite database, but no state of detect"),
        (text, "is no state file"),
        (cut_off, "is damaged"),
        (torn, "is damaged"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_and_left_as_it_is(made, fault: str, path: str):
    made(path)
    before = Path(path).read_bytes()
    with pytest.raises(StoreError, match=fault) as raised:
        Store(path)
    assert raised.value.hint
    assert str(raised.value).startswith(path)
    assert Path(path).read_bytes() == before


def test_what_cannot_be_a_file_is_refused_with_a_way_out(tmp_path: Path):
    with pytest.raises(StoreError, match="is a folder"):
        Store(str(tmp_path))
    with pytest.raises(StoreError, match=r'the folder "[^"]*none" does not exist'):
        Store(str(tmp_path / "none" / "detect.state"))
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(StoreError, match="no regular file"):
        Store(str(tmp_path / "pipe"))


def test_a_full_disk_is_said_and_costs_nothing_that_was_kept(path: str):
    with Store(path) as store:
        with store.transaction():
            mark(store, "a")
        pages = store.execute("PRAGMA page_count").fetchone()[0]
        store.execute(f"PRAGMA max_page_count = {pages}")
        full = pytest.raises(StoreError, match="cannot be written: database or disk is full")
        with full as raised, store.transaction():
            store.execute("INSERT INTO mark VALUES ('b', zeroblob(100000))")
        assert "make room" in (raised.value.hint or "")
        assert marks(store) == {"a": 1}


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write to everything")
def test_a_file_that_may_only_be_read_is_said_to_be(path: str):
    Store(path).close()
    os.chmod(path, 0o400)
    with pytest.raises(StoreError, match="cannot be written"), Store(path) as store, store.transaction():
        mark(store, "a")


def test_only_one_run_at_a_time_has_it_even_when_the_first_is_killed(path: str, checkout: Path):
    script = """
import sys
from contextlib import nullcontext
from engine.stores import Alone
with Alone(sys.argv[1]):
    print("here", flush=True)
    sys.stdin.read()
"""
    environ = {**os.environ, "PYTHONPATH": str(checkout)}
    command = [sys.executable, "-c", script, path]
    with subprocess.Popen(command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"here\n"
        with pytest.raises(StoreError, match="is in use by another run"), Alone(path):
            pass
        other.kill()
        other.wait()
    with Alone(path):
        pass


def test_a_second_connection_of_the_process_takes_no_lock_from_the_first(path: str):
    #  Locks of a file end when any handle of it in the process is closed. Without them another process, when it closes
    #  the file, takes itself for the last one and removes the log that the first connection goes on reading.
    other = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit(); c.close()"
    with Store(path) as first:
        mark(first, "first")
        with Store(path) as second:
            assert marks(second) == {"first": 1}
        for name in ("second", "third"):
            said = f"INSERT INTO mark VALUES ('{name}', 1)"
            subprocess.run([sys.executable, "-c", other, path, said], check=True)
            assert name in marks(first)
        mark(first, "fourth")
    with Store(path) as again:
        assert marks(again).keys() == {"first", "second", "third", "fourth"}


@pytest.mark.parametrize("length", [1, 15, 16, 100, 511, 512, 513, 5_000])
def test_what_is_no_sqlite_file_is_refused_however_long_it_is(path: str, length: int):
    text = b"SQLite format 3, or nearly".ljust(length, b"!")[:length]
    Path(path).write_bytes(text)
    with pytest.raises(StoreError, match="is no state file"):
        Store(path)
    assert Path(path).read_bytes() == text
