"""Whether a state file is whole, and what it holds fits together."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from engine.alerts.database import alert_of, message_of
from engine.correlate.packed import hit_of as pending_of
from engine.correlate.packed import unpack
from engine.correlate.waiting import PENDING
from engine.errors import StoreError
from engine.stores import Store
from engine.stores._bodies import episode_of, hit_of

__all__ = ["Wrong", "check"]

MOST = 20
"""Rows of one kind that are named."""


class Wrong(NamedTuple):
    """Something that is not as it should be.

    kind   a word to count by
    what   in words
    rows   of it, at least; where: some of them
    """

    kind: str
    what: str
    rows: int
    where: tuple[str, ...]


_PENDING = f"coalesce((SELECT number FROM meaning WHERE meaning = '{PENDING}'), -1)"  # noqa: S608


class _Rule(NamedTuple):
    """What must not be: a query that finds it, giving a text for each row."""

    kind: str
    what: str
    sql: str


_RULES = (
    _Rule(
        "told-without-alert",
        "something was told of alerts that are not there",
        "SELECT notice || ' ' || alert FROM told WHERE NOT EXISTS (SELECT 1 FROM alert WHERE id = told.alert)",
    ),
    _Rule(
        "told-without-notice",
        "alerts stand in groups that are not there",
        "SELECT notice || ' ' || alert FROM told WHERE NOT EXISTS (SELECT 1 FROM notice WHERE key = told.notice)",
    ),
    _Rule(
        "event-without-alert",
        "events belong to alerts that are not there",
        "SELECT rule || ' ' || event FROM alert_hit WHERE alert IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM alert WHERE id = alert_hit.alert)",
    ),
    _Rule(
        "event-without-body",
        "events wait to be decided, and nothing is known of them",
        "SELECT rule || ' ' || event FROM alert_hit WHERE alert IS NULL AND body IS NULL",
    ),
    _Rule(
        "merged-into-nothing",
        "open alerts are part of alerts that are not there",
        "SELECT id FROM alert WHERE merged IS NOT NULL AND resolved IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM alert AS kept WHERE kept.id = alert.merged)",
    ),
    _Rule(
        "window-of-nothing",
        "windows belong to correlations that are not there",
        f"SELECT meaning || ' ' || grp FROM slot WHERE meaning <> {_PENDING} AND NOT EXISTS (SELECT 1"  # noqa: S608
        " FROM meaning JOIN correlation ON correlation.meaning = meaning.meaning WHERE meaning.number = slot.meaning)",
    ),
    _Rule(
        "chunk-of-nothing",
        "parts of windows belong to windows that are not there",
        "SELECT meaning || ' ' || grp || ' ' || number FROM chunk WHERE NOT EXISTS"
        " (SELECT 1 FROM slot WHERE slot.meaning = chunk.meaning AND slot.grp = chunk.grp)",
    ),
    _Rule(
        "odd-message",
        "messages are in no state that there is",
        "SELECT id FROM delivery WHERE state NOT IN ('queued', 'sending', 'sent', 'dead', 'dropped')",
    ),
    _Rule(
        "odd-file",
        "files were read in a way that there is not",
        "SELECT target || ' ' || ref FROM file WHERE whole NOT IN (0, 1) OR position < 0 OR size < 0"
        " OR length(content) <> 20",
    ),
    _Rule(
        "odd-scan",
        "scans ended before they began",
        "SELECT number FROM scan WHERE ended_at < started_at - 86400000000",
    ),
)


class _Body(NamedTuple):
    """Bodies of a table that must be readable; `key` is the id that it must have, None where none is kept.

    pending  of what waits for correlations: True those alone, False all others, None: there is no such difference
    """

    table: str
    name: str
    column: str
    of: Callable[[bytes], Any]
    key: str | None = None
    pending: bool | None = None


def _chunk(body: bytes) -> Any:
    times, items, _ = unpack(body)
    if items is not None and len(items) != len(times):
        raise ValueError("times and items are not as many")


def _head(body: bytes) -> Any:
    if len(unpack(body)) != 9:
        raise ValueError("it has not nine parts")


def _waiting(body: bytes) -> Any:
    return [pending_of(each) for each in unpack(body)]


def _empty(head: bytes) -> Any:
    if head:
        raise ValueError("it is not empty")


def _kept(body: bytes) -> Any:
    watermark, _ = unpack(body)
    _whole(watermark)


def _whole(value: Any) -> None:
    if not isinstance(value, int | None):
        raise TypeError("it is no whole number")


_BODIES = (
    _Body("alert", "id", "body", alert_of, "id"),
    _Body("alert_hit", "rule || ' ' || event", "body", alert_of),
    _Body("delivery", "id", "body", message_of, "id"),
    _Body("waiting_hit", "number", "body", hit_of),
    _Body("unsaid_episode", "number", "body", episode_of),
    _Body("correlation", "key", "body", _kept),
    _Body("slot", "meaning || ' ' || grp", "head", _head, None, False),
    _Body("chunk", "meaning || ' ' || grp || ' ' || number", "body", _chunk, None, False),
    _Body("slot", "'pending'", "head", _empty, None, True),
    _Body("chunk", "'pending ' || number", "body", _waiting, None, True),
)


def check(store: Store) -> list[Wrong]:
    """What is wrong with a state file; nothing is changed. Of a damaged one only that."""
    try:
        if found := store.damage(MOST):
            return [Wrong("damaged", "the file is damaged", len(found), tuple(found))]
        return [*_broken_rules(store), *_unreadable(store), *_marks(store)]
    except StoreError as error:
        return [Wrong("damaged", "the file is damaged", 1, (error.fault,))]


def _broken_rules(store: Store) -> Iterator[Wrong]:
    for rule in _RULES:
        found = [str(row[0]) for row in store.execute(rule.sql)]
        if found:
            yield Wrong(rule.kind, rule.what, len(found), tuple(found[:MOST]))


def _unreadable(store: Store) -> Iterator[Wrong]:
    for each in _BODIES:
        where: list[str] = []
        sql = f"SELECT {each.name}, {each.column} FROM {each.table} WHERE {each.column} IS NOT NULL"  # noqa: S608
        if each.pending is not None:
            sql += f" AND meaning {'=' if each.pending else '<>'} {_PENDING}"
        for name, body in store.execute(sql):
            try:
                made = each.of(body)
            except (ValueError, TypeError, AttributeError) as error:  # msgspec's faults are ValueErrors
                where.append(f"{name}: {error}")
                continue
            if each.key is not None and getattr(made, each.key) != name:
                where.append(f"{name}: holds that of {getattr(made, each.key)}")
        if where:
            what = f"what is kept in {each.table} cannot be read"
            yield Wrong(f"unreadable-{each.table}", what, len(where), tuple(where[:MOST]))


def _marks(store: Store) -> Iterator[Wrong]:
    where = []
    for name, value in store.execute("SELECT name, value FROM mark ORDER BY name"):
        try:
            if name.startswith(("failing ", "gaps ")):
                json.loads(value)
            elif name.startswith("reached ") or name in ("run", "unfinished", "oldest", "newest"):
                _whole(value)
        except (ValueError, TypeError) as error:
            where.append(f"{name}: {error}")
    if where:
        yield Wrong("odd-mark", "single values cannot be read", len(where), tuple(where[:MOST]))
