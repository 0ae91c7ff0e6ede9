"""One SQLite file: it grows by numbered migrations, and every fault of it is said with a way out.

The file is in WAL mode with full synchronisation: a commit that has returned survives a crash of the machine. It holds
parts of logs, so only its owner may read it.
"""

from __future__ import annotations

import os
import re
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.resources import files
from typing import Any, Protocol, Self, TypeVar

from engine.errors import Place, StoreError, TakenOver

__all__ = ["APPLICATION", "Rows", "Store", "migrations"]

APPLICATION = 0x64746374
"""By which our files are told from SQLite files of others ("dtct")."""

SMALLEST = 512
"""Bytes of the smallest SQLite file; what is shorter SQLite would take for one that is empty."""

TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"

CHECKED = 64 << 20
"""A file up to this size is checked as a whole when it is opened, which takes less than a second."""

T = TypeVar("T")


class Rows(Protocol):
    """The answer to one statement."""

    @property
    def rowcount(self) -> int: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...
    def __iter__(self) -> Iterator[Any]: ...


class _Rows(sqlite3.Cursor):
    """The answer to one statement; a fault that shows only while it is read is said like any other."""

    path = ""

    def fetchone(self) -> Any:
        return _said(self.path, super().fetchone)

    def fetchall(self) -> list[Any]:
        return _said(self.path, super().fetchall)

    def __next__(self) -> Any:
        return _said(self.path, super().__next__)


class Store:
    """A state file, opened to read and write; it is made where there is none.

    path  of the file
    wait  seconds to wait for another process that is writing to it

    Raises StoreError for a file that is no state file, is of a later version, damaged, locked or not writable; such a
    file is not changed.
    """

    def __init__(self, path: str, wait: float = 10.0) -> None:
        self.path = path
        _prepare(path)
        self._depth = 0
        self._claimed: str | None = None
        self._connection = _said(path, lambda: sqlite3.connect(path, timeout=wait, isolation_level=None))
        try:
            self._begin(wait)
        except BaseException:
            self._connection.close()
            raise

    def _begin(self, wait: float) -> None:
        self.execute(f"PRAGMA busy_timeout = {int(wait * 1000)}")
        self._recognise()
        if os.path.getsize(self.path) <= CHECKED:
            found = [row[0] for row in self.execute("PRAGMA quick_check(1)")]
            if found != ["ok"]:
                raise _damaged(self.path, str(found[0]))
        self.execute("PRAGMA journal_mode = WAL")
        self.execute("PRAGMA synchronous = FULL")
        self.execute("PRAGMA foreign_keys = ON")
        if self._recognise() < max(migrations()):
            with self.transaction():
                self._migrate()

    def _recognise(self) -> int:
        """The version of the file. Refuses what is not ours, before anything is written."""
        application = self.execute("PRAGMA application_id").fetchone()[0]
        version = self.execute("PRAGMA user_version").fetchone()[0]
        if application != APPLICATION and (application or self.execute("SELECT 1 FROM sqlite_master").fetchone()):
            raise StoreError(
                "is an SQLite database, but no state of detect",
                Place(self.path),
                "name another file; it is not changed",
            )
        newest = max(migrations())
        if version > newest:
            fault = f"was written by a later version of detect (its format is {version}, this one knows {newest})"
            raise StoreError(fault, Place(self.path), "use that version, or name another file; it is not changed")
        return int(version)

    def _migrate(self) -> None:
        """Bring the file to the newest version, one step after the other, in one transaction."""
        version = self.execute("PRAGMA user_version").fetchone()[0]
        if not version:
            self.execute(f"PRAGMA application_id = {APPLICATION}")
        for number, script in sorted(migrations().items()):
            if number > version:
                for statement in _statements(script):
                    self.execute(statement)
                self.execute(f"PRAGMA user_version = {number}")

    @contextmanager
    def transaction(self) -> Iterator[Store]:
        """All that is written inside is kept together when the block ends well, and nothing of it when it does not.

        Inside another one it joins that. The lock for writing is taken at once, so that it never fails half-way for
        another process.
        """
        if self._depth:
            self._depth += 1
            try:
                yield self
            finally:
                self._depth -= 1
            return
        self._start()
        self._depth = 1
        try:
            self._heed()
            yield self
            self.execute("COMMIT")
        except BaseException:
            self._undo()
            raise
        finally:
            self._depth = 0

    def claim(self) -> None:
        """Be the one who writes from now on: who has claimed it before can write nothing more.

        Only for who holds the lock of the state. Each transaction looks whether the claim still stands, as a lock can
        be lost by one who does not notice: a connection that broke, a process that was frozen.
        """
        self._claimed = None
        made = secrets.token_hex(8)
        with self.transaction():
            self.execute("DELETE FROM mark WHERE name = 'claim'")
            self.execute("INSERT INTO mark (name, value) VALUES ('claim', ?)", (made,))
        self._claimed = made

    def hold(self, held: Any) -> None:
        """Hold a lock again when a connection has to be made anew: that of a file is not lost."""

    def _heed(self) -> None:
        if self._claimed is None:
            return
        found = self.execute("SELECT value FROM mark WHERE name = 'claim'").fetchone()
        if found is None or found[0] != self._claimed:
            hint = "this one must end, so that nothing is told twice; the other goes on"
            raise TakenOver("was taken over by another process", Place(self.path), hint)

    def _start(self) -> None:
        self.execute("BEGIN IMMEDIATE")

    def _undo(self) -> None:
        with suppress(sqlite3.Error):
            self._connection.rollback()

    def format(self) -> int:
        """The number of the newest migration that it has."""
        return int(self.execute("PRAGMA user_version").fetchone()[0])

    def size(self) -> tuple[int, int]:
        """Bytes that it takes, with what is kept beside it, and what of them a vacuum gives back."""
        free, page = (int(self.execute(f"PRAGMA {of}").fetchone()[0]) for of in ("freelist_count", "page_size"))
        files = (self.path, f"{self.path}-wal")
        return sum(os.path.getsize(each) for each in files if os.path.exists(each)), free * page

    def vacuum(self) -> None:
        """Give back what is not needed any more."""
        self.execute("VACUUM")
        self.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def damage(self, most: int) -> list[str]:
        """What is damaged, so many faults of it at most."""
        found = [str(row[0]) for row in self.execute(f"PRAGMA integrity_check({int(most)})")]
        return [] if found == ["ok"] else found

    def snapshot(self) -> None:
        """Begin to read it as it is at this moment, whoever writes to it; COMMIT ends that."""
        self.execute("BEGIN")

    def tables(self) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
        """Table, by name -> its columns, and those by which its rows are told apart."""
        names = [row[0] for row in self.execute(TABLES)]
        return {name: self._columns(name) for name in names}

    def _columns(self, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        columns = self.execute(f'PRAGMA table_info("{name}")').fetchall()
        key = [column[1] for column in sorted((each for each in columns if each[5]), key=lambda each: each[5])]
        for _, index, unique, *_ in self.execute(f'PRAGMA index_list("{name}")').fetchall() if not key else ():
            if unique:
                key = [row[2] for row in self.execute(f'PRAGMA index_info("{index}")')]
        names = tuple(column[1] for column in columns)
        return names, tuple(key) or names

    def another(self) -> Store:
        """A connection of its own to the same state, for another thread."""
        made = Store(self.path)
        made._claimed = self._claimed
        return made

    def _alone(self, sql: str) -> bool:
        """Whether a statement writes by itself, so that the claim must be heeded before it."""
        return self._claimed is not None and not self._depth and sql.startswith(("INSERT", "UPDATE", "DELETE"))

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Rows:
        """Run one statement."""
        if self._alone(sql):
            with self.transaction():
                return self.execute(sql, parameters)
        cursor = self._cursor()
        _said(self.path, lambda: cursor.execute(sql, parameters))
        return cursor

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]]) -> Rows:
        """Run one statement for each of many rows."""
        if self._alone(sql):
            with self.transaction():
                return self.executemany(sql, parameters)
        cursor = self._cursor()
        _said(self.path, lambda: cursor.executemany(sql, parameters))
        return cursor

    def _cursor(self) -> _Rows:
        cursor = self._connection.cursor(_Rows)
        cursor.path = self.path
        return cursor

    def close(self) -> None:
        """Let go of the file; what was not committed is gone."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def migrations() -> dict[int, str]:
    """Number -> SQL of every step from an empty file to the newest version."""
    found = {}
    for each in files("engine.stores").joinpath("migrations").iterdir():
        if name := re.fullmatch(r"([0-9]{3})_[a-z_]+\.sql", each.name):
            found[int(name[1])] = each.read_text("utf-8")
    return found


def _statements(script: str) -> Iterator[str]:
    held = ""
    for line in script.splitlines(keepends=True):
        held += line
        if sqlite3.complete_statement(held):
            yield held
            held = ""


def _prepare(path: str) -> None:
    """Make the file where there is none, readable by its owner alone; say what SQLite would only hint at."""
    if os.path.isdir(path):
        hint = f"name a file in it: {os.path.join(path, 'detect.state')}"
        raise StoreError("is a folder, not a state file", Place(path), hint)
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        if not os.path.isfile(path):
            raise StoreError("is no regular file, so it cannot hold state", Place(path), "name another file") from None
        # By its size alone: opening and closing it here would drop the locks that SQLite holds in this process, and
        # another process would take itself for the only one. Of a longer file SQLite says itself what it is.
        with suppress(OSError):
            if 0 < os.path.getsize(path) < SMALLEST:
                raise _foreign(path) from None
    except FileNotFoundError:
        folder = os.path.dirname(path)
        raise StoreError(f'the folder "{folder}" does not exist', Place(path), f'mkdir -p "{folder}"') from None
    except OSError as error:
        fault = f"cannot be made: {error.strerror or error}"
        raise StoreError(fault, Place(path), "name a file in a folder that can be written to") from None


def _said(path: str, step: Callable[[], T]) -> T:
    """Do it; a fault of SQLite becomes one that people can act on."""
    try:
        return step()
    except sqlite3.Error as error:
        raise fault_of(path, error) from error


def fault_of(path: str, error: sqlite3.Error) -> StoreError:
    """What a fault of SQLite means for whoever runs us."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    place = Place(path)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreError("is locked: another process is writing to it", place, "wait until that has ended, then again")
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        hint = "make room on the disk and run again; what the file held before is still there"
        return StoreError(f"cannot be written: {error}", place, hint)
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH):
        hint = "the file and its folder must be writable, since SQLite keeps two files beside it"
        return StoreError(f"cannot be written: {error}", place, hint)
    if code == sqlite3.SQLITE_NOTADB:
        return _foreign(path)
    if code == sqlite3.SQLITE_CORRUPT:
        return _damaged(path, str(error))
    return StoreError(f"cannot be used: {error}", place, "please report this")


def _foreign(path: str) -> StoreError:
    return StoreError("is no state file", Place(path), "name another file; this one is not changed")


def _damaged(path: str, what: str) -> StoreError:
    hint = "put a copy of it in its place, or start afresh with another file; this one is not changed"
    return StoreError(f"is damaged: {what}", Place(path), hint)
