"""The book of alerts: what was raised, joined, decided at the watermark, and kept in the state store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Protocol

from engine.alert import Alert
from engine.alerts.database import Database, alert_body, alert_of, watermark_of
from engine.alerts.keys import slot_of
from engine.alerts.lifecycle import joined, near, of_episode, updated
from engine.alerts.raised import Raised, provisional
from engine.hit import Episode
from engine.model import RuleHead

__all__ = ["Book", "Judge", "Policy"]

CHUNK = 20_000
"""Events decided with one query."""

UNDATED = -1
"""What stands for the time of an event that has none, in the column that says which events the watermark has passed."""


class Policy(NamedTuple):
    """How long a rule's detections are one alert, and how long after its end an alert is resolved; microseconds."""

    window: int
    resolve_after: int


class Judge(Protocol):
    """What the settings say of a single alert; pure."""

    def policy(self, rule: str) -> Policy: ...
    def level(self, alert: Alert) -> Alert: ...
    def exempt(self, alert: Alert, now: int) -> str | None: ...
    def early(self, alert: Alert) -> bool: ...


class Book:
    """Alerts of one state store. Everything happens inside the caller's transaction, and nothing is kept outside it.

    heads   what alerts carry of a rule or correlation, by key
    counts  raised, again (an event known already), late, exempt, early
    """

    def __init__(self, database: Database, judge: Judge, heads: Callable[[str], RuleHead]) -> None:
        self._database = database
        self._judge = judge
        self._heads = heads
        self.counts: Counter[str] = Counter()
        self._slots: dict[bytes, list[_Kept]] = {}
        self._merged: list[_Kept] = []
        self._decided: list[tuple[str, str, str]] = []

    @property
    def watermark(self) -> int:
        """Up to where events are decided; before all time at first."""
        return watermark_of(self._database)

    def take(self, raised: Iterable[Raised], now: int) -> None:
        """Take detections in, in any order. They wait for the watermark; late, undated and early ones do not."""
        self._clear()
        watermark = self.watermark
        waiting: list[tuple[Any, ...]] = []
        at_once: list[tuple[Alert, Raised]] = []
        for each in raised:
            alert = self._judge.level(provisional(each, self._heads(each.rule)))
            self.counts["raised"] += 1
            if self._judge.exempt(alert, now) is not None:
                self.counts["exempt"] += 1
                continue
            late = each.time is not None and each.time <= watermark
            if late or each.time is None or self._judge.early(alert):
                at_once.append((alert, each))
                self.counts["late"] += late
            else:
                waiting.append(_row(alert, each))
        insert = "INSERT INTO alert_hit (rule, event, time, slot, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
        self.counts["again"] += len(waiting) - max(0, self._database.executemany(insert, waiting).rowcount)
        for alert, each in sorted(at_once, key=lambda one: (one[0].first, one[1].rule, one[1].event)):
            if self._database.execute(insert, _row(alert, each)).rowcount == 1:
                self._decide(each.rule, each.event, slot_of(each.rule, each.key), alert, now)
            else:
                self.counts["again"] += 1
        self._write()

    def episodes(self, episodes: Iterable[Episode], now: int) -> None:
        """Take over what correlations say; the same again changes nothing."""
        for episode in episodes:
            policy = self._judge.policy(episode.correlation)
            alert = self._judge.level(of_episode(episode, self._heads(episode.correlation)))
            kept = self._known(alert)
            if kept is None:
                if self._judge.exempt(alert, now) is not None:
                    self.counts["exempt"] += 1
                    continue
                kept = _Kept(alert, None, now, new=True)
                self.counts["raised"] += 1
            else:
                kept.put(updated(kept.alert, alert))
            if episode.end is not None and kept.ended != episode.end:
                kept.ended, kept.due, kept.dirty = episode.end, episode.end + policy.resolve_after, True
            self._save([kept])

    def foreseen(self, episodes: Iterable[Episode], now: int) -> None:
        """Tell at once of episodes that are not decided, where a route does not wait, and late hits can undo none.

        By such hits one may come to begin earlier, and have another id: then it goes on under the one that was told.
        """
        for episode in episodes:
            alert = self._judge.level(of_episode(episode, self._heads(episode.correlation)))
            kept = self._known(alert)
            if kept is not None:
                if kept.slot is not None:
                    kept.put(updated(kept.alert, alert))
                    self._save([kept])
            elif episode.state == "opened" and self._judge.early(alert) and self._judge.exempt(alert, now) is None:
                self.counts["raised"] += 1
                self._save([_Kept(alert, slot_of(alert.rule.key, alert.key), now, new=True)])

    def _known(self, alert: Alert) -> _Kept | None:
        """The alert of an episode; where it was told as several before it was decided, they are one from now on."""
        rows = self._database.execute(
            "SELECT slot, opened_at, ended, due, body FROM alert"
            " WHERE slot = ? AND last >= ? AND first BETWEEN ? AND ? AND merged IS NULL ORDER BY opened_at, first",
            (slot_of(alert.rule.key, alert.key), alert.first, alert.first, alert.last),
        ).fetchall()
        told = [_kept(row) for row in rows]
        kept = self._by_id(alert.id) or next(iter(told), None)
        for other in told:
            if kept is not None and other.alert.id != kept.alert.id:
                other.merge(kept)
        self._save(told)
        return kept

    def settle(self, watermark: int, now: int) -> None:
        """Decide everything up to the watermark, in order of event time; then resolve what has ended by it."""
        if watermark < self.watermark:
            return
        self._clear()
        query = (
            "SELECT rule, event, slot, body FROM alert_hit WHERE alert IS NULL AND time <= ?"
            " ORDER BY time, rule, event LIMIT ?"
        )
        while rows := self._database.execute(query, (watermark, CHUNK)).fetchall():
            for rule, event, slot, body in rows:
                self._decide(rule, event, slot, alert_of(body), now)
            self._write()
        self._database.execute(
            "UPDATE alert SET resolved = ended, changed = 1 WHERE resolved IS NULL AND due <= ?", (watermark,)
        )
        with_the_other = (
            "UPDATE alert SET changed = 1, resolved = (SELECT resolved FROM alert AS kept WHERE kept.id = alert.merged)"
            " WHERE resolved IS NULL AND merged IS NOT NULL"
            " AND EXISTS (SELECT 1 FROM alert AS kept WHERE kept.id = alert.merged AND kept.resolved IS NOT NULL)"
        )
        while self._database.execute(with_the_other).rowcount > 0:
            pass  # one that is part of one that is part of another
        self._database.execute(  # what was told early is told now on routes that wait
            "UPDATE alert SET changed = 1 WHERE last > ? AND first > ? AND first <= ?",
            (self.watermark, self.watermark, watermark),
        )
        self._database.execute(
            'INSERT INTO alert_clock ("only", watermark) VALUES (1, ?)'
            ' ON CONFLICT ("only") DO UPDATE SET watermark = excluded.watermark',
            (watermark,),
        )

    def waiting(self) -> int:
        """How many events wait for the watermark."""
        return int(self._database.execute("SELECT count(*) FROM alert_hit WHERE alert IS NULL").fetchone()[0])

    def forget(self, before: int) -> None:
        """Drop alerts that are over and were raised before a time, what was told of them, and their events.

        By the clock of the runs, not of the events: those of last year's logs are as new as any.
        """
        gone = "SELECT id FROM alert WHERE opened_at < ? AND resolved IS NOT NULL"
        self._database.execute(f"DELETE FROM told WHERE alert IN ({gone})", (before,))  # noqa: S608
        dropped = self._database.execute("DELETE FROM alert WHERE opened_at < ? AND resolved IS NOT NULL", (before,))
        if dropped.rowcount > 0:
            self._database.execute(
                "DELETE FROM alert_hit WHERE alert IS NOT NULL"
                " AND NOT EXISTS (SELECT 1 FROM alert WHERE id = alert_hit.alert)"
            )
            self._database.execute(
                "DELETE FROM notice WHERE flush_at IS NULL"
                " AND NOT EXISTS (SELECT 1 FROM told WHERE notice = notice.key)"
            )

    def _decide(self, rule: str, event: str, slot: bytes, alert: Alert, now: int) -> None:
        """Join one event to the alerts near it, or open one."""
        window = self._judge.policy(rule).window
        known = self._slot(slot, alert.first - window)
        touching = [kept for kept in known if near(kept.alert, alert, window)]
        if not touching:
            kept = _Kept(alert, slot, now, new=True)
            known.append(kept)
        else:
            kept, *others = sorted(touching, key=lambda one: (one.opened_at, one.alert.first, one.alert.id))
            kept.put(joined(kept.alert, alert))
            for other in others:  # what was told early as two turns out to be one
                kept.put(joined(kept.alert, other.alert))
                other.merge(kept)
                known.remove(other)
                self._merged.append(other)
        if kept.alert.last:
            kept.ended = kept.alert.last + window
            kept.due = kept.ended + self._judge.policy(rule).resolve_after
        self._decided.append((kept.alert.id, rule, event))

    def _slot(self, slot: bytes, floor: int) -> list[_Kept]:
        """The alerts of a slot that end at the floor or later; read once, as events come in order of time."""
        known = self._slots.get(slot)
        if known is None:
            rows = self._database.execute(
                "SELECT slot, opened_at, ended, due, body FROM alert"
                " WHERE slot = ? AND (last >= ? OR last = 0) AND merged IS NULL",
                (slot, floor),
            )
            known = self._slots[slot] = [_kept(row) for row in rows]
        return known

    def _by_id(self, id: str) -> _Kept | None:
        row = self._database.execute(
            "SELECT slot, opened_at, ended, due, body FROM alert WHERE id = ?", (id,)
        ).fetchone()
        return None if row is None else _kept(row)

    def _write(self) -> None:
        """Write what was decided, and forget what was read for it."""
        self._save(kept for known in (*self._slots.values(), self._merged) for kept in known)
        self._database.executemany(
            "UPDATE alert_hit SET alert = ?, body = NULL WHERE rule = ? AND event = ?", self._decided
        )
        self._clear()

    def _clear(self) -> None:
        """Nothing is known beside what the database says; what a step that failed has left is gone."""
        self._slots, self._merged, self._decided = {}, [], []

    def _save(self, kept: Iterable[_Kept]) -> None:
        rows = [each.row() for each in kept if each.dirty]
        self._database.executemany(
            "INSERT INTO alert (id, rule, slot, first, last, ended, due, level, merged, opened_at, body, changed)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1) ON CONFLICT (id) DO UPDATE SET first = excluded.first,"
            " last = excluded.last, ended = excluded.ended, due = excluded.due, level = excluded.level,"
            " merged = excluded.merged, body = excluded.body, changed = 1",
            rows,
        )


class _Kept:
    """An alert with its bookkeeping, while it is worked on."""

    __slots__ = ("alert", "dirty", "due", "ended", "merged", "opened_at", "slot")

    def __init__(self, alert: Alert, slot: bytes | None, opened_at: int, *, new: bool) -> None:
        self.alert = alert
        self.slot = slot
        self.opened_at = opened_at
        self.ended: int | None = None
        self.due: int | None = None
        self.merged: str | None = None
        self.dirty = new

    def put(self, alert: Alert) -> None:
        if alert != self.alert:
            self.alert, self.dirty = alert, True

    def merge(self, kept: _Kept) -> None:
        """Be a part of another alert from now on, and end with it."""
        self.merged, self.due, self.dirty = kept.alert.id, None, True

    def row(self) -> tuple[Any, ...]:
        alert = self.alert
        body = alert_body(alert)
        return (
            alert.id, alert.rule.key, self.slot, alert.first, alert.last, self.ended, self.due, int(alert.level),
            self.merged, self.opened_at, body,
        )  # fmt: skip


def _kept(row: Any) -> _Kept:
    slot, opened_at, ended, due, body = row
    kept = _Kept(alert_of(body), slot, opened_at, new=False)
    kept.ended, kept.due = ended, due
    return kept


def _row(alert: Alert, raised: Raised) -> tuple[Any, ...]:
    time = UNDATED if raised.time is None else raised.time
    return raised.rule, raised.event, time, slot_of(raised.rule, raised.key), alert_body(alert)
