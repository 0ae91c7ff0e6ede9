"""What a state file holds, in numbers."""

from __future__ import annotations

from typing import Any, NamedTuple

from engine.correlate.packed import unpack
from engine.correlate.waiting import Waiting
from engine.runners.states import Stored
from engine.service.answers import Answers, Outage
from engine.stores import Store, tables

__all__ = ["Contents", "Windows", "contents", "reached"]

_REACHED = "reached "


class Windows(NamedTuple):
    """What is remembered of one correlation.

    key      of the correlation that wrote it last; meaning: digest of what its state depends on
    groups   that it remembers; chunks and bytes: what they take
    decided  up to which event time, microseconds; None: to none
    """

    key: str
    meaning: str
    groups: int
    chunks: int
    bytes: int
    decided: int | None


class Contents(NamedTuple):
    """Times are microseconds.

    bytes      of the file, with what SQLite keeps beside it; free: of that what a vacuum gives back
    files      "whole", "partly" -> files that were read so
    oldest     and newest: event times of all that was read
    reported   detections that are known again; waiting: hits that wait for the watermark; unsaid: episodes
    alerts     "open", "acknowledged", "resolved", "merged" -> how many; undecided: events that wait for the watermark
    watermark  up to which event time it is decided what is an alert
    messages   state -> messages of the outbox
    scans      state -> scans of a service
    aside      files of which something could not be decoded
    reached    source -> up to when it has said that it delivered
    failing    source -> its outage
    rows       table -> rows
    """

    path: str
    format: int
    bytes: int
    free: int
    files: dict[str, int]
    oldest: int | None
    newest: int | None
    reported: int
    waiting: int
    unsaid: int
    windows: tuple[Windows, ...]
    alerts: dict[str, int]
    undecided: int
    watermark: int | None
    silences: int
    messages: dict[str, int]
    scans: dict[str, int]
    aside: int
    reached: dict[str, int]
    failing: dict[str, Outage]
    rows: dict[str, int]


def contents(store: Store) -> Contents:
    """What a state file holds now."""
    rows = tables(store)
    size, free = store.size()
    windows = _windows(store)
    read = dict(store.execute("SELECT whole, count(*) FROM file GROUP BY whole").fetchall())
    return Contents(
        path=store.path,
        format=store.format(),
        bytes=size,
        free=free,
        files={"whole": read.get(1, 0), "partly": read.get(0, 0)},
        oldest=_mark(store, "oldest"),
        newest=_mark(store, "newest"),
        reported=rows["seen"],
        waiting=rows["waiting_hit"] + _waiting(store, windows),
        unsaid=rows["unsaid_episode"],
        windows=windows,
        alerts=_alerts(store),
        undecided=_one(store, "SELECT count(*) FROM alert_hit WHERE alert IS NULL"),
        watermark=_one(store, "SELECT max(watermark) FROM alert_clock"),
        silences=rows["silence"],
        messages=_by_state(store, "delivery"),
        scans=_by_state(store, "scan"),
        aside=rows["aside"],
        reached=reached(store),
        failing=Answers(store).outages(),
        rows=rows,
    )


def reached(store: Store) -> dict[str, int]:
    """Source -> up to when it has said that it delivered, microseconds."""
    sql = "SELECT name, value FROM mark WHERE name >= ? AND name < 'reached!' ORDER BY name"
    return {name[len(_REACHED) :]: value for name, value in store.execute(sql, (_REACHED,)) if value is not None}


def _windows(store: Store) -> tuple[Windows, ...]:
    sql = (
        "SELECT key, correlation.meaning,"
        " (SELECT count(*) FROM slot WHERE slot.meaning = meaning.number),"
        " (SELECT count(*) FROM chunk WHERE chunk.meaning = meaning.number),"
        " (SELECT coalesce(sum(length(head)), 0) FROM slot WHERE slot.meaning = meaning.number)"
        " + (SELECT coalesce(sum(length(body)), 0) FROM chunk WHERE chunk.meaning = meaning.number), body"
        " FROM correlation LEFT JOIN meaning ON meaning.meaning = correlation.meaning ORDER BY key, correlation.meaning"
    )
    return tuple(
        Windows(key, meaning, groups, chunks, size, _decided(body))
        for key, meaning, groups, chunks, size, body in store.execute(sql)
    )


def _waiting(store: Store, windows: tuple[Windows, ...]) -> int:
    """Hits that correlations hold until the watermark has passed them; 0 where they cannot be read."""
    decided = max((each.decided for each in windows if each.decided is not None), default=None)
    try:
        return len(Waiting(Stored(store), decided).hits)
    except (ValueError, TypeError):
        return 0


def _decided(body: bytes) -> int | None:
    """How far a correlation was decided, of its body; None where that cannot be read, which a check says."""
    try:
        said: Any = unpack(body)
        return int(said[0]) if said[0] is not None else None
    except (ValueError, TypeError, IndexError):
        return None


def _alerts(store: Store) -> dict[str, int]:
    state = (
        "CASE WHEN merged IS NOT NULL THEN 'merged' WHEN resolved IS NOT NULL THEN 'resolved'"
        " WHEN acknowledged IS NOT NULL THEN 'acknowledged' ELSE 'open' END"
    )
    found = dict(store.execute(f"SELECT {state}, count(*) FROM alert GROUP BY 1").fetchall())  # noqa: S608
    return {name: found.get(name, 0) for name in ("open", "acknowledged", "resolved", "merged")}


def _by_state(store: Store, table: str) -> dict[str, int]:
    return dict(store.execute(f"SELECT state, count(*) FROM {table} GROUP BY state ORDER BY state").fetchall())  # noqa: S608


def _mark(store: Store, name: str) -> int | None:
    row = store.execute("SELECT value FROM mark WHERE name = ?", (name,)).fetchone()
    return None if row is None else row[0]


def _one(store: Store, sql: str) -> Any:
    return store.execute(sql).fetchone()[0]
