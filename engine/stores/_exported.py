"""A state file as NDJSON, and back: every row of every table, so that what comes out again is the same to the byte.

The first line says what it is, `{"kind": "detect-state", "version": 1, "format": N, ...}`; N is the number of the
newest migration. Then there is a line a row, `{"table": NAME, "row": {COLUMN: VALUE, ...}}`, tables by name and rows by
their keys; bytes are `{"base64": TEXT}`. The last line, `{"kind": "end", "rows": N, "digest": HEX}`, tells a whole
export from one that was cut off; the digest is the BLAKE2b, 20 bytes, of all lines before it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.errors import Place, StoreError, UsageError
from engine.stores.sqlite import APPLICATION, TABLES, Store, _statements, fault_of, migrations
from engine.version import __version__

if TYPE_CHECKING:
    from engine.stores._postgres import PostgresStore

__all__ = ["KIND", "VERSION", "empty", "export", "refill", "restore", "tables"]

KIND, VERSION = "detect-state", 1

_TOGETHER = 1_000


class _Table(NamedTuple):
    """A table: its columns, and those by which its rows are told apart."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]


def tables(store: Store) -> dict[str, int]:
    """Table -> rows, by name."""
    return {name: store.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in store.tables()}  # noqa: S608


def empty(store: Store) -> bool:
    """Whether nothing is kept in it."""
    return not any(store.execute(f'SELECT 1 FROM "{name}" LIMIT 1').fetchone() for name in store.tables())  # noqa: S608


def export(store: Store) -> Iterator[bytes]:
    """The lines of an export, as the file is when the first is asked for, whoever writes to it meanwhile."""
    store.snapshot()
    try:
        written = hashlib.blake2b(digest_size=20)
        rows = 0
        for line in _lines(store):
            rows += 1
            written.update(line)
            yield line
        yield _line({"kind": "end", "rows": rows - 1, "digest": written.hexdigest()})
    finally:
        store.execute("COMMIT")


def _lines(store: Store) -> Iterator[bytes]:
    number = store.format()
    yield _line({"kind": KIND, "version": VERSION, "format": number, "engine": __version__})
    for table in (_Table(name, *found) for name, found in store.tables().items()):
        columns, key = (", ".join(f'"{name}"' for name in names) for names in (table.columns, table.key))
        for row in store.execute(f'SELECT {columns} FROM "{table.name}" ORDER BY {key}'):  # noqa: S608
            said = {name: _said(value) for name, value in zip(table.columns, row, strict=True)}
            yield _line({"table": table.name, "row": said})


def restore(lines: Iterable[bytes], name: str, path: str) -> int:
    """Make a state file of an export, in place of what is there; returns how many rows it has.

    name  of the export, for faults

    The file is made beside its place and put there when it is whole. Whoever calls has made sure that nobody uses it.
    Raises UsageError for what is no export, or not all of one; StoreError for one of a later version.
    """
    part = f"{path}.{secrets.token_hex(4)}.part"
    try:
        rows = _made(lines, name, part)
        with Store(part):
            pass  # brings it up to date, where it is of an earlier version
        _settle(path)
        os.replace(part, path)
    except OSError as error:
        fault = f"cannot be written: {error.strerror or error}"
        raise StoreError(fault, Place(path), "name a file in a folder that can be written to") from None
    finally:
        for end in ("", "-wal", "-shm", "-journal"):
            with suppress(OSError):
                os.unlink(part + end)
    return rows


def refill(lines: Iterable[bytes], name: str, store: PostgresStore) -> int:
    """Have a server hold what an export says, in place of what it holds; returns how many rows.

    The export becomes a file first, so that what is wrong with it changes nothing. Raises what `restore` does.
    """
    with tempfile.TemporaryDirectory(prefix="detect-") as folder:
        path = os.path.join(folder, "state")
        restore(lines, name, path)
        with Store(path) as read:
            return store.fill(read)


def _made(lines: Iterable[bytes], name: str, part: str) -> int:
    os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(sqlite3.connect(part, isolation_level=None)) as connection:
        try:
            return _Reading(connection, name).take(lines)
        except sqlite3.Error as error:
            raise fault_of(part, error) from error


class _Reading:
    """An export that is read into an empty file."""

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        self._run = connection.execute
        self._many = connection.executemany
        self._name = name
        self._columns: dict[str, tuple[str, ...]] = {}
        self._held: list[tuple[Any, ...]] = []
        self._table = ""

    def take(self, lines: Iterable[bytes]) -> int:
        """Take in all lines; returns the number of rows."""
        digest = hashlib.blake2b(digest_size=20)
        number = 0
        for number, line in enumerate(lines, 1):
            found = self._read(line, number)
            if number == 1:
                self._begin(found)
            elif found.get("kind") == "end":
                if (found.get("rows"), found.get("digest")) != (number - 2, digest.hexdigest()):
                    raise self._fault("was changed after it was written, or lines are missing", number)
                self._write()
                self._run("COMMIT")
                return number - 2
            else:
                self._row(found, number)
            digest.update(line)
        raise self._fault("is cut off: its last line is not there", number or None)

    def _read(self, line: bytes, number: int) -> dict[str, Any]:
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise self._fault("is no export of a state file", number)
        return found

    def _begin(self, found: dict[str, Any]) -> None:
        """Make the tables as they were in the version that has written it."""
        if found.get("kind") != KIND:
            raise self._fault("is no export of a state file", 1)
        known, newest = found.get("format"), max(migrations())
        if found.get("version") != VERSION or not isinstance(known, int) or not 0 < known <= newest:
            fault = f"was written by a later version of detect (its format is {known}, this one knows {newest})"
            raise StoreError(fault, Place(self._name, 1), "use that version")
        self._run("BEGIN")
        for number, script in sorted(migrations().items()):
            for statement in _statements(script) if number <= known else ():
                self._run(statement)
        self._run(f"PRAGMA application_id = {APPLICATION}")
        self._run(f"PRAGMA user_version = {known}")
        for (name,) in self._run(TABLES).fetchall():
            self._columns[name] = tuple(row[1] for row in self._run(f'PRAGMA table_info("{name}")'))

    def _row(self, found: dict[str, Any], number: int) -> None:
        name, row = found.get("table"), found.get("row")
        columns = self._columns.get(name) if isinstance(name, str) else None
        if columns is None or not isinstance(row, dict) or set(row) != set(columns):
            raise self._fault("holds a row that no state file has", number)
        if name != self._table or len(self._held) >= _TOGETHER:
            self._write()
            self._table = str(name)
        try:
            self._held.append(tuple(_meant(row[each]) for each in columns))
        except (ValueError, TypeError):
            raise self._fault("holds a value that no state file has", number) from None

    def _write(self) -> None:
        if self._held:
            marks = ", ".join("?" * len(self._held[0]))
            try:
                self._many(f'INSERT INTO "{self._table}" VALUES ({marks})', self._held)  # noqa: S608
            except (sqlite3.IntegrityError, OverflowError) as error:
                raise self._fault(f"does not fit together: {error}", None) from None
        self._held = []

    def _fault(self, fault: str, line: int | None) -> UsageError:
        return UsageError(fault, Place(self._name, line), "detect state export writes one; nothing was changed")


def _line(said: dict[str, Any]) -> bytes:
    return json.dumps(said, ensure_ascii=False, separators=(", ", ": ")).encode("utf-8") + b"\n"


def _said(value: Any) -> Any:
    return {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def _meant(value: Any) -> Any:
    """The value that was written. Raises ValueError or TypeError for what `_said` does not give."""
    if isinstance(value, dict) and set(value) == {"base64"} and isinstance(value["base64"], str):
        return base64.b64decode(value["base64"], validate=True)
    if isinstance(value, bool | dict | list):
        raise TypeError
    return value


def _settle(path: str) -> None:
    """Take away what SQLite keeps beside a file that is to be replaced: it would be taken for the new one's."""
    if os.path.exists(path):
        with suppress(StoreError), Store(path) as store:
            store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for end in ("-wal", "-shm", "-journal"):
        with suppress(FileNotFoundError):
            os.unlink(path + end)
