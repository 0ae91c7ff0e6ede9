"""What tests about alerts are made of: a database with the tables, rules, events under a key."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine.alert import Alert
from engine.alerts.book import Book, Policy
from engine.alerts.raised import Raised
from engine.hit import Evidence
from engine.model import Level, LogSource, Ref, RuleHead

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
START = 1_700_000_000 * SECOND
TABLES = Path(__file__).resolve().parents[2] / "engine" / "stores" / "migrations" / "002_alerts.sql"


class Plain:
    """The tables of alerts in a file or in memory, without the rest of the state."""

    def __init__(self, path: Path | str = ":memory:") -> None:
        self.path = str(path)
        self.connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=30)
        if self.path != ":memory:":
            self.connection.execute("PRAGMA journal_mode = WAL")
        if not self.connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alert'").fetchone():
            self.connection.executescript(f"BEGIN IMMEDIATE; {TABLES.read_text('utf-8')} COMMIT;")
        self._depth = 0

    @contextmanager
    def transaction(self) -> Iterator[None]:
        if self._depth:
            yield
            return
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def execute(self, sql: str, parameters: Any = ()) -> Any:
        return self.connection.execute(sql, parameters)

    def executemany(self, sql: str, parameters: Any) -> Any:
        return self.connection.executemany(sql, parameters)

    def close(self) -> None:
        self.connection.close()


def head(key: str = "rule", level: Level = Level.high, tags: tuple[str, ...] = (), **more: Any) -> RuleHead:
    return RuleHead(key, key, f"Title of {key}", level, tags, "rules/x.yml", LogSource("aws", "cloudtrail"), **more)


def raised(time: int | None, event: str = "", rule: str = "rule", key: str = "k", **shown: Any) -> Raised:
    event = event or f"e{time}"
    return Raised(rule, time, event, key, Evidence(rule, time or 0, Ref("log", 1), event, shown))


def alert(id: str = "a1", rule: str = "rule", level: Level = Level.high, at: int = START, **more: Any) -> Alert:
    tags, group = more.pop("tags", ()), more.pop("group", ())
    fields = more.pop("fields", {})
    made = Alert(id, head(rule, level, tags), "k", f"Title of {rule}", level, at, at, None, 1, None, group, fields, ())
    return made._replace(**more)


class Even:
    """A judge with one policy for all."""

    def __init__(self, window: int = 10, resolve_after: int = 0, early: bool = False) -> None:
        self._policy = Policy(window, resolve_after)
        self._early = early

    def policy(self, rule: str) -> Policy:
        return self._policy

    def level(self, alert: Alert) -> Alert:
        return alert._replace(level=Level.critical) if alert.fields.get("worst") else alert

    def exempt(self, alert: Alert, now: int) -> str | None:
        return "known" if alert.fields.get("exempt") else None

    def early(self, alert: Alert) -> bool:
        return self._early


def book(database: Plain | None = None, **judge: Any) -> Book:
    return Book(database or Plain(), Even(**judge), head)


def kept(database: Any) -> list[tuple[Any, ...]]:
    """Every alert that is no part of another: (rule, first, last, hits, resolved)."""
    from engine.alerts.database import alert_of

    rows = database.execute("SELECT id, resolved, body FROM alert WHERE merged IS NULL").fetchall()
    found = [(alert_of(body), resolved) for _, resolved, body in rows]
    return sorted(
        (one.rule.key, one.key, one.first, one.last, one.hits, resolved or 0, one.id) for one, resolved in found
    )


def spans(database: Any) -> list[tuple[Any, ...]]:
    """First, last and hits of every alert."""
    return [(first, last, hits) for _, _, first, last, hits, _, _ in kept(database)]


def states(database: Any) -> Counter[str]:
    """How many deliveries are in which state."""
    return Counter(state for (state,) in database.execute("SELECT state FROM delivery").fetchall())
