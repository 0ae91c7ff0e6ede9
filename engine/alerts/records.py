"""The alerts that are kept, as people ask for them, and what people decide about them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from engine.alert import Alert
from engine.alerts.database import Database, alert_of
from engine.alerts.matchers import Matcher, all_hold
from engine.alerts.outbox import Delivery, deliveries
from engine.errors import UsageError

__all__ = ["Record", "State", "Told", "acknowledge", "find", "of_threads", "records", "resolve", "told_of"]

State = Literal["open", "acknowledged", "resolved"]

_COLUMNS = "id, resolved, acknowledged, opened_at, merged, body"


class Record(NamedTuple):
    """An alert with what people did about it; `opened_at` is the clock of the run that raised it, microseconds.

    merged  the alert that it turned out to be a part of
    """

    alert: Alert
    acknowledged_by: str | None
    opened_at: int
    merged: str | None

    @property
    def state(self) -> State:
        """Where it is in its life."""
        if self.alert.resolved is not None:
            return "resolved"
        return "acknowledged" if self.alert.acknowledged else "open"


class Told(NamedTuple):
    """What was told of an alert on one route: "" nothing yet, "firing" or "resolved"; `thread` is the group's."""

    route: str
    kind: str
    state: str
    thread: str | None


def records(
    database: Database, states: Sequence[State] = (), matchers: Iterable[Matcher] = (), most: int | None = None
) -> Iterator[Record]:
    """Alerts, the one with the newest event first; those in some states and that satisfy every matcher."""
    asked = tuple(matchers)
    rows = database.execute(f"SELECT {_COLUMNS} FROM alert WHERE merged IS NULL ORDER BY last DESC, id")  # noqa: S608
    number = 0
    for row in rows:
        record = _record(row)
        if (not states or record.state in states) and all_hold(asked, record.alert):
            if number == most:
                return
            number += 1
            yield record


def find(database: Database, id: str) -> Record:
    """The alert of an id, or of the beginning of one. Raises UsageError."""
    end = id[:-1] + chr(ord(id[-1]) + 1) if id else ""
    rows = database.execute(
        f"SELECT {_COLUMNS} FROM alert WHERE id >= ? AND id < ? LIMIT 2",  # noqa: S608
        (id, end),
    ).fetchall()
    if not rows:
        raise UsageError(f'there is no alert "{id}"', hint="detect alerts list shows them")
    if len(rows) > 1 and rows[0][0] != id:
        raise UsageError(f'more than one alert begins with "{id}"', hint="write more of the id")
    return _record(rows[0])


def acknowledge(database: Database, id: str, by: str) -> Record:
    """Somebody has taken it: nobody is reminded of it any more. Raises UsageError."""
    with database.transaction():
        record = find(database, id)
        if record.state != "open":
            raise UsageError(f"alert {record.alert.id} is {record.state} already")
        database.execute("UPDATE alert SET acknowledged = ?, changed = 1 WHERE id = ?", (by, record.alert.id))
        return find(database, record.alert.id)


def resolve(database: Database, id: str) -> Record:
    """It is over: what comes under its key later is another alert. Raises UsageError."""
    with database.transaction():
        record = find(database, id)
        if record.state == "resolved":
            raise UsageError(f"alert {record.alert.id} is resolved already")
        # Without its slot it is not found by what comes later.
        database.execute("UPDATE alert SET resolved = last, slot = NULL, changed = 1 WHERE id = ?", (record.alert.id,))
        return find(database, record.alert.id)


def told_of(database: Database, id: str) -> list[Told]:
    """What was told of an alert, route by route."""
    rows = database.execute(
        "SELECT told.route, told.kind, coalesce(told.state, ''), notice.thread FROM told"
        " LEFT JOIN notice ON notice.key = told.notice WHERE told.alert = ? ORDER BY told.route",
        (id,),
    ).fetchall()
    return [Told(*row) for row in rows]


def of_threads(database: Database, alert: str) -> list[Delivery]:
    """The messages that named an alert, oldest first; of a summary that only counts it there is no trace."""
    return [each for each in deliveries(database) if any(one.id == alert for one in each.message.alerts)]


def _record(row: tuple[str, int | None, str | None, int, str | None, bytes]) -> Record:
    _, resolved, by, opened_at, merged, body = row
    alert = alert_of(body)._replace(resolved=resolved, acknowledged=by is not None)
    return Record(alert, by, opened_at, merged)
