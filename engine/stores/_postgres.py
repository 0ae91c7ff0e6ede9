"""A schema of a PostgreSQL server: the same tables and statements as in a state file, by the same migrations.

Whoever writes holds one lock of the server while a transaction lasts, as SQLite has it. A connection that was lost is
made anew when the next transaction begins; what was under way is lost with it, and nothing of it was kept.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import psycopg
from psycopg import errors
from psycopg.abc import Buffer
from psycopg.adapt import Dumper, Loader
from psycopg.types.json import Jsonb
from psycopg.types.numeric import Int8Dumper

from engine.errors import InUse, Place, StoreError, TakenOver
from engine.stores._translated import statements, translated
from engine.stores.sqlite import Rows, Store, migrations

__all__ = ["Held", "PostgresStore"]

SCHEMA = "detect"
"""Where the tables are, unless the address says `schema=`."""

PATIENCE = 30.0
"""Seconds for which a lost connection is tried again when a transaction begins: a server takes less to restart."""

_SINGLE = re.compile(r"INSERT INTO mark\b")

_TABLES = """
SELECT t.relname::text,
  (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a
    WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped),
  (SELECT array_agg(a.attname::text ORDER BY k.place) FROM pg_index i,
    unnest(i.indkey::int2[]) WITH ORDINALITY AS k (number, place), pg_attribute a
    WHERE i.indexrelid = (SELECT min(j.indexrelid::bigint) FROM pg_index j WHERE j.indrelid = t.oid AND j.indisunique
      AND j.indisprimary = EXISTS (SELECT 1 FROM pg_index p WHERE p.indrelid = t.oid AND p.indisprimary))
    AND a.attrelid = t.oid AND a.attnum = k.number)
FROM pg_class t
WHERE t.relkind = 'r' AND t.relnamespace = $1::regnamespace AND t.relname <> 'detect_format' ORDER BY t.relname
"""
"""Our tables, their columns, and those of the primary key; else of what is unique."""

_NUMBERED = "SELECT 1 FROM information_schema.columns WHERE table_name = ? AND table_schema = ? AND is_identity = 'YES'"

T = TypeVar("T")


class _Text(Dumper):
    """Text of any characters: PostgreSQL takes no NUL, so that is written otherwise."""

    def dump(self, obj: str) -> Buffer:
        if "\x00" in obj or "\x1a" in obj:
            obj = obj.replace("\x1a", "\x1a1").replace("\x00", "\x1a0")
        return obj.encode()


class _Texted(Loader):
    def load(self, data: Buffer) -> str:
        return _text(bytes(data).decode())


def _text(text: str) -> str:
    return text.replace("\x1a0", "\x00").replace("\x1a1", "\x1a") if "\x1a" in text else text


class _Truth(Int8Dumper):
    def dump(self, obj: bool) -> Buffer:
        return b"1" if obj else b"0"


class _Number(Loader):
    """Sums, which the server gives without an end; ours are whole."""

    def load(self, data: Buffer) -> int | float:
        text = bytes(data).decode()
        return float(text) if "." in text else int(text)


class PostgresStore(Store):
    """A state that a server keeps, opened to read and write; its schema is made where there is none.

    path  its address: postgresql://USER@HOST:PORT/DATABASE?schema=NAME, and the options of libpq
    wait  seconds to wait for another process that is writing to it

    Raises StoreError for a server that cannot be reached, or does not let us in, and a state of a later version.
    """

    def __init__(self, path: str, wait: float = 10.0) -> None:
        self._address, self._schema = _read(path)
        self.path = path
        self._wait = wait
        self._depth = 0
        self._claimed: str | None = None
        self._held: Held | None = None
        self._server = _connected(path)
        try:
            self._settle()
            if self._recognise() < max(migrations()):
                with self.transaction():
                    self._migrate()
        except BaseException:
            self._server.close()
            raise

    def _settle(self) -> None:
        """Say to a new connection what every statement of ours goes by."""
        self._plain(f"SET search_path TO {self._schema}; SET lock_timeout = {int(self._wait * 1000)}")
        with self._server.transaction():  # two that begin at once must not both make it
            self._plain(f"SELECT pg_advisory_xact_lock({_key(self._schema, 'schema')})")
            if not self._server.execute("SELECT to_regnamespace($1)", (self._schema,)).fetchall()[0][0]:
                self._plain(f"CREATE SCHEMA {self._schema}")
            if not self._server.execute("SELECT to_regclass('detect_format')").fetchall()[0][0]:
                self._plain("CREATE TABLE detect_format (format BIGINT NOT NULL)")
                self._plain("INSERT INTO detect_format VALUES (0)")

    def _plain(self, sql: str) -> None:
        _said(self.path, lambda: self._server.execute(sql.encode()))

    def _recognise(self) -> int:
        version, newest = self.format(), max(migrations())
        if version > newest:
            fault = f"was written by a later version of detect (its format is {version}, this one knows {newest})"
            raise StoreError(fault, Place(self.path), "use that version, or name another schema; it is not changed")
        return version

    def _migrate(self) -> None:
        version = self.format()
        for number, script in sorted(migrations().items()):
            if number > version:
                for statement in statements(script):
                    self._plain(statement)
                self._plain(f"UPDATE detect_format SET format = {int(number)}")  # noqa: S608

    def format(self) -> int:
        """The number of the newest migration that it has."""
        return int(self.execute("SELECT format FROM detect_format").fetchone()[0])

    def _start(self) -> None:
        begin = f"BEGIN; SELECT pg_advisory_xact_lock({_key(self._schema, 'write')})"
        try:
            self._plain(begin)
        except StoreError:
            if not self._server.closed and not self._server.broken:
                self._undo()
                raise
            self._again()
            self._plain(begin)

    def _again(self) -> None:
        """Make a connection that was lost anew; a server that restarts is waited for."""
        until, wait = time.monotonic() + PATIENCE, 0.1
        while True:
            try:
                self._server.close()
                self._server = _connected(self.path)
                self._settle()
                break
            except StoreError:
                if time.monotonic() + wait > until:
                    raise
            time.sleep(wait)
            wait = min(wait * 2, 5.0)
        if self._held is not None and not self._held.stands():
            hint = "this one must end, so that nothing is told twice; the other goes on"
            raise TakenOver("was taken over by another process", Place(self.path), hint)

    def hold(self, held: Any) -> None:
        self._held = held

    def _undo(self) -> None:
        with suppress(psycopg.Error):
            self._server.rollback()

    def size(self) -> tuple[int, int]:
        sql = "SELECT coalesce(sum(pg_total_relation_size(oid)), 0) FROM pg_class WHERE relnamespace = $1::regnamespace"
        return int(self._server.execute(f"{sql} AND relkind = 'r'".encode(), (self._schema,)).fetchall()[0][0]), 0

    def vacuum(self) -> None:
        for name in self.tables():
            self._plain(f'VACUUM FULL "{name}"')

    def damage(self, most: int) -> list[str]:
        return []  # a server sees to its own pages

    def snapshot(self) -> None:
        self._ready()
        self._plain("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def tables(self) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
        found: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
        for name, columns, key in self.execute(_TABLES, (self._schema,)):
            found[name] = tuple(columns), tuple(key)
        return found

    def fill(self, other: Store) -> int:
        """Hold what another store holds, and nothing else; returns the number of rows."""
        rows = 0
        with self.transaction():
            for name, (columns, _) in other.tables().items():
                said = ", ".join(f'"{each}"' for each in columns)
                self._plain(f'DELETE FROM "{name}"')  # noqa: S608
                marks = ", ".join("?" * len(columns))
                found = other.execute(f'SELECT {said} FROM "{name}"').fetchall()  # noqa: S608
                self.executemany(f"INSERT INTO {name} ({said}) VALUES ({marks})", found)  # noqa: S608
                rows += len(found)
                if self.execute(_NUMBERED, (name, self._schema)).fetchone():
                    most = f"(SELECT coalesce(max(number), 0) + 1 FROM {name})"  # noqa: S608
                    self._plain(f"SELECT setval(pg_get_serial_sequence('{name}', 'number'), {most}, false)")
        return rows

    def another(self) -> Store:
        made = PostgresStore(self.path, self._wait)
        made._claimed = self._claimed
        return made

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Rows:
        if self._alone(sql):
            with self.transaction():
                return self.execute(sql, parameters)
        self._ready()
        if parameters and _SINGLE.match(sql):
            parameters = _single(parameters)
        said = translated(sql).encode()
        try:
            return _said(self.path, lambda: self._server.execute(said, parameters))
        except StoreError:
            if self._depth or not (self._server.closed or self._server.broken) or not sql.startswith("SELECT"):
                raise
        self._again()
        return _said(self.path, lambda: self._server.execute(said, parameters))

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]]) -> Rows:
        if self._alone(sql):
            with self.transaction():
                return self.executemany(sql, parameters)
        self._ready()
        cursor = self._server.cursor()
        said = translated(sql).encode()
        given = map(_single, parameters) if _SINGLE.match(sql) else parameters
        _said(self.path, lambda: cursor.executemany(said, given))
        return cursor

    def _ready(self) -> None:
        """Between transactions a connection that is known to be lost is made anew; within one there is none to make."""
        if not self._depth and (self._server.closed or self._server.broken):
            self._again()

    def close(self) -> None:
        self._server.close()


class Held:
    """A lock of the server, held on a connection of its own until it is left, or the process ends however it does.

    wait  seconds to wait for another process that has it
    """

    def __init__(self, path: str, name: str, wait: float = 0.0) -> None:
        self._path, self._name, self._wait = path, name, wait
        self._server: psycopg.Connection[Any] | None = None

    def __enter__(self) -> Self:
        if not self.take():
            hint = "wait until it has ended, or give this one a schema of its own: ?schema=NAME"
            raise InUse("is in use by another run", Place(self._path), hint)
        return self

    def take(self) -> bool:
        """Take it; false where another process has it for all of the time to wait."""
        until = time.monotonic() + self._wait
        server = self._server = _connected(self._path)
        sql = f"SELECT pg_try_advisory_lock({_key(_read(self._path)[1], self._name)})".encode()
        while True:
            if _said(self._path, lambda: server.execute(sql).fetchall())[0][0]:
                return True
            if time.monotonic() >= until:
                self.close()
                return False
            time.sleep(0.1)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def stands(self) -> bool:
        """Whether it is still held; where its connection was lost it is taken again, unless another has it now."""
        try:
            if self._server is not None and self._server.execute(b"SELECT 1").fetchall():
                return True
        except psycopg.Error:
            self.close()
        return self.take()

    def close(self) -> None:
        """Give it back."""
        if self._server is not None:
            self._server.close()
            self._server = None


def _single(row: Sequence[Any]) -> tuple[Any, ...]:
    """A row of `mark`, whose value comes last and is of any kind."""
    return *row[:-1], Jsonb(row[-1], _json)


def _json(value: Any) -> str:
    import json

    return json.dumps(value.replace("\x1a", "\x1a1").replace("\x00", "\x1a0") if isinstance(value, str) else value)


def _unjson(text: str | bytes) -> Any:
    import json

    value = json.loads(text)
    return _text(value) if isinstance(value, str) else value


def _read(path: str) -> tuple[str, str]:
    """The address for libpq, and the schema. Raises StoreError for one with a password, which it does not repeat."""
    parts = urlsplit(path)
    place = Place(f"{parts.scheme}://{parts.hostname or ''}{parts.path}")
    options = parse_qsl(parts.query)
    if parts.password or any(name == "password" for name, _ in options):
        hint = "PGPASSWORD, PGPASSFILE, ~/.pgpass or a service of pg_service.conf give it"
        raise StoreError("holds a password, which anybody can read", place, hint)
    schema = dict(options).get("schema", SCHEMA)
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", schema):
        raise StoreError(f'"{schema}" is no name of a schema', place, "small letters, digits and _")
    rest = urlencode([(name, value) for name, value in options if name != "schema"])
    return urlunsplit((parts.scheme, parts.netloc, parts.path, rest, "")), schema


def _connected(path: str) -> psycopg.Connection[Any]:
    """A connection that takes every value of ours, and notices when the other side is gone."""
    address, _ = _read(path)
    alive = {"connect_timeout": "10", "keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "3"}
    said = dict(parse_qsl(urlsplit(address).query))
    more: dict[str, Any] = {name: value for name, value in alive.items() if name not in said}
    made = _said(
        path,
        lambda: psycopg.connect(
            address, autocommit=True, cursor_factory=psycopg.RawCursor, application_name="detect", **more
        ),
    )
    for kind, dumper in ((str, _Text), (int, Int8Dumper), (bool, _Truth)):
        made.adapters.register_dumper(kind, dumper)
    for name in ("text", "varchar", "name"):
        made.adapters.register_loader(name, _Texted)
    made.adapters.register_loader("numeric", _Number)
    psycopg.types.json.set_json_loads(_unjson, made)
    made.execute("SET client_encoding = 'UTF8'")
    return made


def _key(schema: str, name: str) -> str:
    """The number of a lock, in SQL: one of a schema alone, whichever database it is in."""
    return f"hashtextextended('detect {schema} {name}', 0)"


def _said(path: str, step: Callable[[], T]) -> T:
    """Do it; a fault of the server becomes one that people can act on."""
    try:
        return step()
    except psycopg.Error as error:
        raise _fault(path, error) from error


def _fault(path: str, error: psycopg.Error) -> StoreError:
    place, what = Place(path), str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    if isinstance(error, errors.LockNotAvailable):
        return StoreError("is locked: another process is writing to it", place, "wait until that has ended, then again")
    if isinstance(error, errors.InsufficientPrivilege):
        hint = "the role needs CREATE on the database, or a schema of its own that is there: ?schema=NAME"
        return StoreError(f"cannot be written: {what}", place, hint)
    if isinstance(error, errors.DiskFull | errors.ReadOnlySqlTransaction):
        return StoreError(f"cannot be written: {what}", place, "what was kept before is still there")
    if isinstance(error, psycopg.OperationalError):
        hint = "is it running, and does pg_hba.conf let you in? PGPASSWORD or ~/.pgpass give the password"
        return StoreError(f"cannot be reached: {what}", place, hint)
    return StoreError(f"cannot be used: {what}", place, "please report this")
