"""What every kind of store promises: a state file and a server keep the same, and lose nothing that was kept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import InUse, StoreError, TakenOver
from engine.service.history import prove
from engine.stores import Ledger, Store, alone, empty, export, open_store, owned, refill, restore
from engine.stores.sqlite import migrations
from tests.postgres import restart
from tests.runners.correlating import ALL_KINDS, go_on, hit
from tests.runners.made import write

LONG = 1 << 62
NAMES = ("StopLogging", "ListBuckets")

posix = pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")


def marks(store: Store) -> dict[str, object]:
    return dict(store.execute("SELECT name, value FROM mark").fetchall())


def mark(store: Store, name: str) -> None:
    Ledger(store).set_mark(name, 1)


def marked_in_vain(store: Store, inner: bool) -> None:
    """Mark within a transaction that fails in the end."""
    with store.transaction():
        mark(store, "outer")
        if inner:
            with store.transaction():
                mark(store, "inner")
        raise KeyError


@pytest.mark.parametrize("inner", [False, True])
def test_a_transaction_is_kept_whole_or_not_at_all(where: str, inner: bool):
    with open_store(where) as store:
        with store.transaction():
            mark(store, "a")
        with pytest.raises(KeyError):
            marked_in_vain(store, inner)
        with store.transaction():  # and nothing of the one before hangs on
            mark(store, "b")
    with open_store(where) as store:
        assert marks(store) == {"a": 1, "b": 1}


def test_a_transaction_is_not_seen_before_it_is_kept(where: str):
    with open_store(where) as one, open_store(where) as other:
        with one.transaction():
            mark(one, "a")
            assert marks(other) == {}
        assert marks(other) == {"a": 1}


def test_two_never_both_write(where: str):
    with open_store(where) as one, open_store(where, 0.2) as other:
        locked = pytest.raises(StoreError, match="is locked: another process is writing")
        with one.transaction(), locked, other.transaction():
            pass
        with other.transaction():  # and it is well again
            mark(other, "a")


KILLED = """
import os, signal, sys
from engine.stores import Ledger, open_store
store = open_store(sys.argv[1])
ledger = Ledger(store)
for number in range(10):
    with store.transaction():
        for name in "abc":
            if (number, name) == (int(sys.argv[2]), sys.argv[3]):
                os.kill(os.getpid(), signal.SIGKILL)
            ledger.set_mark(name, number)
"""


@posix
@pytest.mark.parametrize(("number", "name"), [(1, "a"), (2, "b"), (3, "c")])
def test_a_process_that_is_killed_between_statements_leaves_what_was_kept(
    where: str, number: int, name: str, checkout: Path
):
    environ = {**os.environ, "PYTHONPATH": str(checkout)}
    command = [sys.executable, "-c", KILLED, where, str(number), name]
    assert subprocess.run(command, env=environ, check=False).returncode == -signal.SIGKILL
    with open_store(where) as store:
        assert marks(store) == dict.fromkeys("abc", number - 1)


HELD = """
import sys
from engine.stores import alone
with alone(sys.argv[1]):
    print("here", flush=True)
    sys.stdin.read()
"""


@posix
def test_only_one_run_at_a_time_has_it_even_when_the_first_is_killed(where: str, checkout: Path):
    environ = {**os.environ, "PYTHONPATH": str(checkout)}
    command = [sys.executable, "-c", HELD, where]
    with subprocess.Popen(command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"here\n"
        with pytest.raises(StoreError, match="is in use by another run"), alone(where):
            pass
        other.kill()
        other.wait()
    for _ in range(50):  # a server notices a moment later that it is gone
        try:
            with alone(where):
                return
        except StoreError:
            time.sleep(0.1)
    pytest.fail("nobody can have it any more")


values = st.none() | st.integers(-LONG, LONG) | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
texts = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\0\x1a01"), max_size=6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(texts, values | texts, max_size=4), st.lists(st.binary(max_size=9), unique=True, max_size=4))
def test_every_value_comes_back_as_it_was(where: str, said: dict[str, object], identities: list[bytes]):
    with open_store(where) as store, store.transaction():
        store.execute("DELETE FROM mark")
        store.execute("DELETE FROM seen")
        ledger = Ledger(store)
        for name, value in said.items():
            ledger.set_mark(name, value)  # type: ignore[arg-type]
        ledger.saw(identities, LONG, -LONG)
        ledger.saw(identities, 1, 1)
        assert marks(store) == said
        assert ledger.seen([*identities, b"never"]) == set(identities)
        assert set(store.execute("SELECT at, run FROM seen")) <= {(LONG, -LONG)}
        order = [name for (name,) in store.execute("SELECT name FROM mark ORDER BY name")]
        assert order == sorted(said, key=lambda name: (escaped(name) if "://" in where else name).encode())


def escaped(name: str) -> str:
    """As a server has it, which takes no NUL."""
    return name.replace("\x1a", "\x1a1").replace("\0", "\x1a0")


def test_a_later_version_is_refused_and_left_as_it_is(where: str):
    with open_store(where) as store:
        if "://" in where:
            store.execute("UPDATE detect_format SET format = 900")
        else:
            store.execute("PRAGMA user_version = 900")
    with pytest.raises(StoreError, match="was written by a later version of detect") as raised:
        open_store(where)
    assert raised.value.hint


def test_runs_leave_the_same_in_a_file_and_on_a_server(tmp_path: Path, postgres: str):
    address = f"{postgres}{'&' if '?' in postgres else '?'}schema=same"
    found = []
    for state in (str(tmp_path / "state"), address):
        logs = tmp_path / "logs"
        for part in range(1, 4):
            hits = [
                [hit(20 * n, f"u{n % 3}", NAMES[n % 2]) for n in range(20 * one, 20 * one + 20)] for one in range(part)
            ]
            go_on(state, write(logs, *hits), ruleset=ALL_KINDS)
        with open_store(state) as store:
            found.append([line for line in export(store) if b'"table": "file"' not in line][1:-1])
        for each in logs.iterdir():
            each.unlink()
    assert found[0] == found[1]
    assert len(found[0]) > 20


def test_an_export_of_either_kind_makes_the_same_of_the_other(tmp_path: Path, postgres: str):
    address = f"{postgres}{'&' if '?' in postgres else '?'}schema=moved"
    with open_store(str(tmp_path / "state")) as store:
        ledger = Ledger(store)
        for name, value in {"a": 1, "b": "\0x\x1a", "c": None, "d": "1"}.items():
            ledger.set_mark(name, value)
        store.executemany("INSERT INTO unsaid_episode (body) VALUES (?)", [(b"\0\xff",), (b"",)])
        lines = list(export(store))
    from engine.stores._postgres import PostgresStore

    with PostgresStore(address) as server:
        assert refill(lines, "export", server) == 6
        assert list(export(server)) == lines
        assert not empty(server)
        server.execute("INSERT INTO unsaid_episode (body) VALUES (?)", (b"new",))  # its numbers go on
        assert [row[0] for row in server.execute("SELECT number FROM unsaid_episode ORDER BY number")] == [1, 2, 3]
        assert refill(lines, "export", server) == 6
        lines = list(export(server))
    restore(lines, "export", str(tmp_path / "back"))
    with open_store(str(tmp_path / "back")) as store:
        assert list(export(store)) == lines


def test_a_server_that_is_not_there_is_said_with_a_way_out():
    with pytest.raises(StoreError, match="cannot be reached") as raised:
        open_store("postgresql://nobody@127.0.0.1:1/none")
    assert "pg_hba.conf" in (raised.value.hint or "")


@pytest.mark.parametrize(
    "address", ["postgresql://me:hunter2@localhost/db", "postgresql://me@localhost/db?password=hunter2"]
)
def test_a_password_in_an_address_is_refused_and_not_repeated(address: str):
    with pytest.raises(StoreError, match="holds a password") as raised:
        open_store(address)
    assert "hunter2" not in f"{raised.value} {raised.value.hint} {raised.value!r}"


def test_a_name_that_is_none_of_a_schema_is_refused():
    with pytest.raises(StoreError, match="is no name of a schema"):
        open_store("postgresql://localhost/db?schema=x;drop")


def test_a_new_schema_has_every_migration(postgres: str):
    with open_store(f"{postgres}{'&' if '?' in postgres else '?'}schema=fresh") as store:
        assert store.format() == max(migrations())


def test_room_for_a_scan_is_proved_and_given_back(where: str):
    with open_store(where) as store:
        prove(store)
        assert marks(store) == {}


def test_who_has_lost_a_state_can_write_nothing_more(where: str):
    with open_store(where) as one, open_store(where) as other:
        one.claim()
        with one.another() as thread:
            mark(thread, "a")
            other.claim()
            for store in (one, thread):
                with pytest.raises(TakenOver), store.transaction():
                    pass
                with pytest.raises(TakenOver):
                    mark(store, "b")
                with pytest.raises(TakenOver):
                    Ledger(store).saw([b"b"], 1, 1)
        mark(other, "c")
        assert marks(other).keys() == {"a", "c", "claim"}
        assert other.execute("SELECT 1 FROM seen").fetchone() is None


@pytest.mark.full
def test_a_server_that_starts_anew_is_found_again(lone_server: str):
    with owned(lone_server) as store:
        mark(store, "before")
        restart(lone_server)
        assert marks(store).keys() == {"before", "claim"}  # reading alone finds it, too
        restart(lone_server)
        with store.transaction():
            mark(store, "after")
        with pytest.raises(InUse), alone(lone_server):  # and its lock is held as before
            pass
        assert marks(store).keys() == {"before", "after", "claim"}


@pytest.mark.full
def test_one_that_lost_its_lock_to_another_writes_nothing_more(lone_server: str):
    with ExitStack() as stack:
        old = stack.enter_context(owned(lone_server))
        restart(lone_server)
        new = stack.enter_context(owned(lone_server))
        with pytest.raises(TakenOver), old.transaction():
            mark(old, "old")
        with new.transaction():
            mark(new, "new")
        assert marks(new).keys() == {"new", "claim"}


@posix
def test_one_that_stands_by_takes_over_when_the_first_is_killed(where: str, checkout: Path):
    environ = {**os.environ, "PYTHONPATH": str(checkout)}
    command = [sys.executable, "-c", HELD, where]
    with subprocess.Popen(command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"here\n"
        with owned(where, standing_by=other.kill) as store:
            mark(store, "mine")
            assert marks(store).keys() == {"mine", "claim"}
        assert other.wait() == -signal.SIGKILL
