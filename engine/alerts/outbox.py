"""The outbox: every message that is to reach a destination, until it has, or somebody gives up.

A row goes queued -> sending -> sent; back to queued when the destination says "not now"; to dead when it says "never",
or too much time has passed; from dead to queued (retry) or dropped by a person. What was sent is marked after it was
sent: a process that dies in between leaves "sending", and the next one sends it again under the same id.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from engine.alert import Action, Alert, Delivered, Message, Outcome, Refused
from engine.alerts.database import Database, message_body, message_of
from engine.alerts.schedule import SECOND, backoff
from engine.alerts.summaries import undelivered

__all__ = [
    "Claim", "Delivery", "Limits", "announce", "claim", "deliveries", "drop", "enqueue", "forget_sent", "mark",
    "orphaned", "release", "retry", "waits",
]  # fmt: skip

FAILURES = 3
"""So many failures in a row, and the destination itself is paused, not only the message."""


class Limits(NamedTuple):
    """What a destination takes and how long to try; microseconds.

    rates     (attempts, time): at most so many within so long, all of them; none: as fast as it goes
    give_up   age of a message after which it is dead
    """

    rates: tuple[tuple[int, int], ...] = ()
    give_up: int = 86_400 * SECOND


class Claim(NamedTuple):
    """A message that this process is about to send; `attempts` were made before."""

    number: int
    destination: str
    message: Message
    attempts: int


class Delivery(NamedTuple):
    """A row of the outbox as people see it."""

    id: str
    destination: str
    state: str
    created_at: int
    next_at: int
    tried_at: int | None
    attempts: int
    error: str | None
    message: Message


def enqueue(database: Database, destination: str, message: Message) -> None:
    """Have a message sent; the same message once more is nothing."""
    database.execute(
        "INSERT INTO delivery (id, destination, thread, state, created_at, next_at, attempts, body)"
        " VALUES (?, ?, ?, 'queued', ?, ?, 0, ?) ON CONFLICT DO NOTHING",
        (message.id, destination, message.thread, message.time, message.time, message_body(message)),
    )


def release(database: Database, but: Collection[int] = ()) -> int:
    """Queue again what a process that is gone was sending; only for who holds the right to send. Returns how many.

    but  numbers of messages that somebody of this process has in hand
    """
    with database.transaction():
        found = database.execute("SELECT number FROM delivery WHERE state = 'sending'").fetchall()
        left = [(number,) for (number,) in found if number not in but]
        database.executemany("UPDATE delivery SET state = 'queued' WHERE number = ?", left)
    return len(left)


def orphaned(database: Database, destinations: Sequence[str], before: int) -> int:
    """Put aside messages from before a time to destinations that are no longer there; returns how many."""
    known = " ".join(destinations)
    error = "there is no notifier of this name any more"
    with database.transaction():
        return database.execute(
            "UPDATE delivery SET state = 'dead', error = ? WHERE state = 'queued' AND created_at < ?"
            " AND instr(?, ' ' || destination || ' ') = 0",
            (error, before, f" {known} "),
        ).rowcount


def claim(database: Database, destination: str, limits: Limits, now: int) -> Claim | None:
    """Take the next message for a destination: the oldest that is due, none before an earlier one of its thread."""
    with database.transaction():
        if waits(database, destination, limits, now) > now:
            return None
        row = database.execute(
            "SELECT number, body, attempts, thread FROM delivery AS mine WHERE state = 'queued' AND destination = ?"
            " AND next_at <= ? AND NOT EXISTS (SELECT 1 FROM delivery WHERE thread = mine.thread"
            " AND destination = mine.destination AND number < mine.number AND state IN ('queued', 'sending'))"
            " ORDER BY number LIMIT 1",
            (destination, now),
        ).fetchone()
        if row is None:
            return None
        number, body, attempts, thread = row
        database.execute(
            "UPDATE delivery SET state = 'sending', attempts = attempts + 1, tried_at = ? WHERE number = ?",
            (now, number),
        )
        handle = database.execute(
            "SELECT handle FROM thread WHERE destination = ? AND thread = ?", (destination, thread)
        ).fetchone()
    message = message_of(body)._replace(handle=None if handle is None else handle[0])
    return Claim(number, destination, message, attempts)


def waits(database: Database, destination: str, limits: Limits, now: int) -> int:
    """Until when a destination takes nothing: it asked for a pause, it fails, or its rate is reached."""
    row = database.execute("SELECT paused_to FROM destination WHERE name = ?", (destination,)).fetchone()
    until = now if row is None else max(now, row[0])
    for most, per in limits.rates:
        tried = database.execute(
            "SELECT tried_at FROM delivery WHERE destination = ? AND tried_at > ?"
            " ORDER BY tried_at DESC LIMIT 1 OFFSET ?",
            (destination, now - per, most - 1),
        ).fetchone()
        if tried is not None:
            until = max(until, tried[0] + per)
    return until


def mark(
    database: Database, taken: Claim, outcome: Outcome, limits: Limits, now: int, share: float, fallback: Sequence[str]
) -> str:
    """Write down how a delivery went; returns the state it is in now, or "released" where it is another's by now.

    share     0 to 1, at random: how much of the back-off to wait
    fallback  destinations that are told when a message is given up
    """
    with database.transaction():
        if isinstance(outcome, Delivered):
            database.execute("UPDATE delivery SET state = 'sent', error = NULL WHERE number = ?", (taken.number,))
            if outcome.handle is not None:
                database.execute(
                    "INSERT INTO thread (destination, thread, handle) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                    (taken.destination, taken.message.thread, outcome.handle),
                )
            _doing(database, taken.destination, 0, now)
            return "sent"
        ours = "SELECT 1 FROM delivery WHERE number = ? AND state = 'sending' AND attempts = ?"
        if not database.execute(ours, (taken.number, taken.attempts + 1)).fetchone():
            return "released"  # we hung for so long that somebody else has taken it over
        if isinstance(outcome, Refused):
            return _dead(database, taken, outcome.reason, now, fallback)
        wait = max(backoff(taken.attempts + 1, share), int((outcome.after or 0) * SECOND))
        failures = _failures(database, taken.destination) + 1
        asked = now + int((outcome.after or 0) * SECOND)
        failing = now + backoff(failures - FAILURES, share) if failures > FAILURES else now
        _doing(database, taken.destination, failures, max(asked, failing))
        if now + wait >= taken.message.time + limits.give_up:
            return _dead(database, taken, f"given up: {outcome.reason}", now, fallback)
        database.execute(
            "UPDATE delivery SET state = 'queued', next_at = ?, error = ? WHERE number = ?",
            (now + wait, outcome.reason[:500], taken.number),
        )
        return "queued"


def deliveries(database: Database, states: Sequence[str] = (), destination: str | None = None) -> list[Delivery]:
    """Rows of the outbox, oldest first; those in some states, or to one destination, where that is asked."""
    rows = database.execute(
        "SELECT id, destination, state, created_at, next_at, tried_at, attempts, error, body FROM delivery"
        " WHERE (? = '' OR instr(?, ' ' || state || ' ') > 0)"
        " AND destination = coalesce(?, destination) ORDER BY number",
        (wanted := f" {' '.join(states)} " if states else "", wanted, destination),
    ).fetchall()
    return [Delivery(*row)._replace(message=message_of(row[-1])) for row in rows]


def retry(database: Database, id: str, now: int) -> bool:
    """Send a dead, dropped or waiting message again, at once and as if it were new; False where there is none."""
    with database.transaction():
        row = database.execute(
            "SELECT number, destination, body FROM delivery WHERE id = ? AND state IN ('dead', 'dropped', 'queued')",
            (id,),
        ).fetchone()
        if row is None:
            return False
        number, destination, body = row
        message = message_of(body)._replace(time=now)
        database.execute(
            "UPDATE delivery SET state = 'queued', next_at = ?, attempts = 0, error = NULL, body = ? WHERE number = ?",
            (now, message_body(message), number),
        )
        _doing(database, destination, 0, now)
    return True


def drop(database: Database, id: str) -> bool:
    """Never send a message that is dead or waits; False where there is none."""
    with database.transaction():
        return (
            database.execute(
                "UPDATE delivery SET state = 'dropped' WHERE id = ? AND state IN ('dead', 'queued')", (id,)
            ).rowcount
            > 0
        )


def forget_sent(database: Database, before: int) -> None:
    """Drop rows about messages that were sent or dropped before a time, and handles of threads that are gone."""
    database.execute("DELETE FROM delivery WHERE state IN ('sent', 'dropped') AND created_at < ?", (before,))
    database.execute(
        "DELETE FROM thread WHERE NOT EXISTS (SELECT 1 FROM notice WHERE notice.thread = thread.thread)"
        " AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.thread = thread.thread)"
    )


def announce(database: Database, alert: Alert, now: int, to: Sequence[str]) -> None:
    """Put an alert about ourselves into the outbox, or that it is over."""
    action: Action = "trigger" if alert.resolved is None else "resolve"
    sequence = 0 if alert.resolved is None else 1
    for name in to:
        thread = f"{alert.id}-{name}"
        message = Message(action, f"{thread}-{sequence}", thread, None, sequence, alert.level, now, (alert,), {})
        enqueue(database, name, message)


def _dead(database: Database, taken: Claim, reason: str, now: int, fallback: Sequence[str]) -> str:
    database.execute("UPDATE delivery SET state = 'dead', error = ? WHERE number = ?", (reason[:500], taken.number))
    count = database.execute(
        "SELECT count(*) FROM delivery WHERE destination = ? AND state = 'dead'", (taken.destination,)
    ).fetchone()[0]
    alert = undelivered(taken.destination, reason, count, now)
    if taken.message.alerts[0].rule.key == alert.rule.key:
        return "dead"  # the news that something cannot be delivered could not be delivered: that must end somewhere
    for name in fallback:
        if name != taken.destination:
            message = Message("trigger", f"{alert.id}-{name}", alert.id, None, 0, alert.level, now, (alert,), {})
            enqueue(database, name, message)
    return "dead"


def _failures(database: Database, destination: str) -> int:
    row = database.execute("SELECT failures FROM destination WHERE name = ?", (destination,)).fetchone()
    return 0 if row is None else int(row[0])


def _doing(database: Database, destination: str, failures: int, paused_to: int) -> None:
    database.execute(
        "INSERT INTO destination (name, failures, paused_to) VALUES (?, ?, ?)"
        " ON CONFLICT (name) DO UPDATE SET failures = excluded.failures, paused_to = excluded.paused_to",
        (destination, failures, paused_to),
    )
