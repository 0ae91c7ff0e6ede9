"""The desk: puts what has changed into groups, and what these say next into the outbox."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from msgspec import json

from engine.alert import Alert, Message
from engine.alerts.database import Database, alert_of, watermark_of
from engine.alerts.groups import Decision, Kind, Member, Thread, decide
from engine.alerts.keys import alert_id
from engine.alerts.labels import labels
from engine.alerts.outbox import enqueue
from engine.alerts.routes import Branch, Target, branches, targets
from engine.alerts.schedule import next_digest
from engine.alerts.silences import Inhibition, Muting, Silence
from engine.alerts.summaries import at_most, more_of_rule, old_news

__all__ = ["Desk", "Rules"]

OLD = "*old"
"""The route of what is older than `max_age`; no user's route can have the name."""


class Rules(NamedTuple):
    """What the desk goes by.

    tree            routes
    summary_to      notifiers that are told of what is old
    max_age         how old, by its last event, an alert may be when it is first told; microseconds
    most_alerts     alerts in one message
    inhibitions     which alerts mute which
    silences        those of the configuration, beside those in the database
    """

    tree: tuple[Branch, ...]
    summary_to: tuple[str, ...] = ()
    max_age: int = 86_400_000_000
    most_alerts: int = 50
    inhibitions: tuple[Inhibition, ...] = ()
    silences: tuple[Silence, ...] = ()


class Desk:
    """Tells what is in the book. Nothing is kept outside the database; every call is inside the caller's transaction.

    counts  messages, muted, old, capped
    """

    def __init__(self, database: Database, rules: Rules) -> None:
        self._database = database
        self._rules = rules
        self._targets = {branch.target.name: branch.target for branch in branches(rules.tree)}
        self._targets[OLD] = Target(OLD, rules.summary_to)
        self.counts: Counter[str] = Counter()

    def flush(self, now: int, *, once: bool = False) -> None:
        """Put into the outbox what is due by the clock of sending.

        once  do not wait for groups to fill: nobody comes back soon. Quiet hours, digests and reminders keep their time
        """
        muting = Muting(self._database, self._rules.inhibitions, now, self._rules.silences)
        self._reroute()
        self._assign(now)
        horizon = now + (max(max(one.group_wait, one.group_interval) for one in self._targets.values()) if once else 0)
        idle: set[str] = set()
        while due := [row for row in self._due(horizon) if row[0] not in idle]:
            for key, route, kind, thread in due:
                if not self._decide(key, self._targets[route], kind, thread, now, muting):
                    idle.add(key)

    def next_at(self) -> int | None:
        """When something is due next by the clock of sending."""
        row = self._database.execute("SELECT min(flush_at) FROM notice").fetchone()
        return None if row is None else row[0]

    def _assign(self, now: int) -> None:
        """Find the groups of the alerts that have changed; a route that waits for the watermark, later those of now."""
        watermark = watermark_of(self._database)
        rows = self._database.execute(
            "SELECT id, resolved, acknowledged, merged, body FROM alert WHERE changed = 1 ORDER BY first, id"
        ).fetchall()
        for id, resolved, acknowledged, merged, body in rows:
            alert = alert_of(body)._replace(resolved=resolved, acknowledged=acknowledged is not None)
            told = dict(
                self._database.execute(
                    "SELECT route, notice FROM told WHERE alert = ? ORDER BY route", (id,)
                ).fetchall()
            )
            if merged is not None:
                self._database.execute("DELETE FROM told WHERE alert = ? AND state IS NULL", (id,))
            elif not told and 0 < alert.last < now - self._rules.max_age:
                self.counts["old"] += 1
                self._join(OLD, self._targets[OLD], "old", alert, now)
            elif OLD not in told:
                undecided = alert.last > 0 and alert.first > watermark
                for target in targets(self._rules.tree, alert):
                    if target.to and target.name not in told and (target.early or not undecided):
                        self._join(*self._group(target, alert, now), alert, now)
            for route, notice in told.items():
                if route in self._targets:
                    self._wake(notice, self._targets[route], now)
        self._database.executemany("UPDATE alert SET changed = 0 WHERE id = ?", [(row[0],) for row in rows])

    def _group(self, target: Target, alert: Alert, now: int) -> tuple[str, Target, Kind]:
        if target.digest is not None:
            return f"{target.name}|digest", target, "digest"
        if target.most_per_rule and self._told_of(target, alert.rule.key, now) >= target.most_per_rule:
            self.counts["capped"] += 1
            return f"{target.name}|capped|{alert.rule.key}", target, "capped"
        if target.group_by is None:
            return f"{target.name}|alert|{alert.id}", target, "plain"
        shared = json.encode([[name, sorted(labels(alert, name))] for name in target.group_by]).decode()
        return f"{target.name}|group|{shared}", target, "plain"

    def _told_of(self, target: Target, rule: str, now: int) -> int:
        query = "SELECT count(*) FROM told WHERE route = ? AND rule = ? AND since > ? AND kind = 'plain'"
        return int(self._database.execute(query, (target.name, rule, now - target.most_window)).fetchone()[0])

    def _join(self, key: str, target: Target, kind: Kind, alert: Alert, now: int) -> None:
        self._database.execute(
            "INSERT INTO notice (key, route, kind, sequence, repeats) VALUES (?, ?, ?, 0, 0) ON CONFLICT DO NOTHING",
            (key, target.name, kind),
        )
        self._database.execute(
            "INSERT INTO told (notice, alert, route, rule, kind, since, hits, acknowledged)"
            " VALUES (?, ?, ?, ?, ?, ?, 0, 0)",
            (key, alert.id, target.name, alert.rule.key, kind, now),
        )
        self._wake(key, target, now)

    def _wake(self, key: str, target: Target, now: int) -> None:
        """Have a group looked at: a new one when it has filled, one that has spoken when its interval has passed."""
        row = self._database.execute("SELECT kind, thread, sent_at FROM notice WHERE key = ?", (key,)).fetchone()
        kind, thread, sent_at = row
        if kind == "digest" and target.digest is not None:
            at = next_digest(target.digest, target.timezone, now)
        elif thread is None:
            at = now + target.group_wait
        else:
            at = max(now, sent_at + target.group_interval)
        self._database.execute(
            "UPDATE notice SET flush_at = ? WHERE key = ? AND (flush_at IS NULL OR flush_at > ?)", (at, key, at)
        )

    def _reroute(self) -> None:
        """Alerts that wait on a route which is no longer there look for another."""
        known = set(self._targets)
        for (route,) in self._database.execute(
            "SELECT DISTINCT route FROM notice WHERE flush_at IS NOT NULL"
        ).fetchall():
            if route in known:
                continue
            waiting = "SELECT alert FROM told WHERE route = ? AND state IS NULL"
            self._database.execute(f"UPDATE alert SET changed = 1 WHERE id IN ({waiting})", (route,))  # noqa: S608
            self._database.execute("DELETE FROM told WHERE route = ? AND state IS NULL", (route,))
            self._database.execute("UPDATE notice SET flush_at = NULL WHERE route = ?", (route,))

    def _due(self, horizon: int) -> list[tuple[str, str, Kind, Thread]]:
        rows = self._database.execute(
            "SELECT key, route, kind, thread, sequence, repeats, sent_at FROM notice"
            " WHERE flush_at <= ? ORDER BY flush_at, key",
            (horizon,),
        ).fetchall()
        return [(key, route, kind, Thread(*rest)) for key, route, kind, *rest in rows]

    def _decide(self, key: str, target: Target, kind: Kind, thread: Thread, now: int, muting: Muting) -> bool:
        """Ask a group what it says, and put that into the outbox; whether it said anything."""
        decision = decide(kind, target, self._members(key), thread, now, muting, now - self._rules.max_age)
        if decision.action is not None:
            thread = self._say(key, target, kind, thread, decision, now)
        if decision.over:
            thread = Thread(None, 0, 0, thread.sent_at)
        self._database.executemany(
            "UPDATE told SET state = ?, hits = ?, acknowledged = ? WHERE notice = ? AND alert = ?",
            [(one.state, one.hits, one.acknowledged, key, one.alert.id) for one in decision.told],
        )
        self._database.execute(
            "UPDATE notice SET thread = ?, sequence = ?, repeats = ?, sent_at = ?, flush_at = ? WHERE key = ?",
            (thread.id, thread.sequence, decision.repeats, thread.sent_at, decision.wake_at, key),
        )
        return decision.action is not None

    def _members(self, key: str) -> list[Member]:
        """Of a group, the alerts that are not over, in order of time."""
        rows = self._database.execute(
            "SELECT body, resolved, alert.acknowledged, told.state, told.hits, told.acknowledged"
            " FROM told JOIN alert ON alert.id = told.alert WHERE notice = ? AND coalesce(state, '') <> 'resolved'"
            " ORDER BY alert.first, alert.id",
            (key,),
        ).fetchall()
        return [
            Member(alert_of(body)._replace(resolved=resolved, acknowledged=taken is not None), state, hits, bool(said))
            for body, resolved, taken, state, hits, said in rows
        ]

    def _say(self, key: str, target: Target, kind: Kind, thread: Thread, decision: Decision, now: int) -> Thread:
        """Put the message of a group into the outbox, once for each destination."""
        action, alerts = decision.action, decision.alerts
        assert action is not None  # noqa: S101
        id = thread.id or alert_id("thread", key, *sorted(alert.id for alert in alerts))
        shown = self._shown(kind, alerts)
        level = max(alert.level for alert in shown)
        for destination in target.to:
            message = Message(
                action, alert_id(id, destination, str(thread.sequence)), id, None, thread.sequence, level, now, shown,
                {},
            )  # fmt: skip
            enqueue(self._database, destination, message)
            self.counts["messages"] += 1
        return Thread(id, thread.sequence + 1, decision.repeats, now)

    def _shown(self, kind: Kind, alerts: Sequence[Alert]) -> tuple[Alert, ...]:
        if kind == "old":
            return (old_news(alerts, self._rules.max_age),)
        if kind == "capped":
            return (more_of_rule(alerts),)
        return at_most(alerts, self._rules.most_alerts)
