"""What a service has scanned, and what people ask of it, in the state store."""

from __future__ import annotations

from typing import NamedTuple

from engine.alerts.database import Database

__all__ = [
    "Scanned",
    "begin",
    "end",
    "forget",
    "last_begun",
    "latest",
    "prove",
    "unfinished",
    "wish",
    "wished",
    "withdraw",
]


class Scanned(NamedTuple):
    """One scan; times by the clock, microseconds.

    state  "running", "finished", "incomplete" (something was left out), "failed" or "interrupted"
    fault  what went wrong, None where nothing did
    """

    number: int
    started_at: int
    ended_at: int | None
    files: int
    events: int
    detections: int
    alerts: int
    state: str
    fault: str | None


def begin(database: Database, now: int) -> int:
    """Note that a scan begins; its number."""
    database.execute("INSERT INTO scan (started_at, state) VALUES (?, 'running')", (now,))
    return int(database.execute("SELECT max(number) FROM scan").fetchone()[0])


def end(database: Database, scanned: Scanned) -> None:
    """Note what came of it."""
    database.execute(
        "UPDATE scan SET ended_at = ?, files = ?, events = ?, detections = ?, alerts = ?, state = ?, fault = ?"
        " WHERE number = ?",
        (*scanned[2:], scanned.number),
    )


def unfinished(database: Database) -> None:
    """Note of scans that no process is at any more that they were interrupted."""
    database.execute("UPDATE scan SET state = 'interrupted' WHERE state = 'running'")


def prove(database: Database) -> None:
    """Write as much as a small scan does, and take it away again. Raises StoreError where there is no room for it."""
    with database.transaction():
        database.execute("DELETE FROM mark WHERE name = 'room'")
        database.execute("INSERT INTO mark (name, value) VALUES ('room', ?)", ("0" * 1_048_576,))
    with database.transaction():
        database.execute("DELETE FROM mark WHERE name = 'room'")


def forget(database: Database, before: int) -> None:
    """Drop what was begun before a time."""
    database.execute("DELETE FROM scan WHERE started_at < ?", (before,))


def last_begun(database: Database) -> int | None:
    """When the last scan was begun."""
    found: int | None = database.execute("SELECT max(started_at) FROM scan").fetchone()[0]
    return found


def latest(database: Database, most: int) -> list[Scanned]:
    """The last scans, the newest first."""
    rows = database.execute(
        "SELECT number, started_at, ended_at, files, events, detections, alerts, state, fault FROM scan"
        " ORDER BY number DESC LIMIT ?",
        (most,),
    )
    return [Scanned(*row) for row in rows]


def wish(database: Database, name: str, now: int) -> None:
    """Ask something of the service: "pause", or "scan" at once."""
    sql = "INSERT INTO wish (name, at) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET at = excluded.at"
    database.execute(sql, (name, now))


def wished(database: Database, name: str) -> bool:
    """Whether somebody has asked that."""
    return bool(database.execute("SELECT 1 FROM wish WHERE name = ?", (name,)).fetchall())


def withdraw(database: Database, name: str) -> None:
    """It is done, or not wanted any more."""
    database.execute("DELETE FROM wish WHERE name = ?", (name,))
