"""What becomes of a service when somebody sets the clock."""

from __future__ import annotations

from collections.abc import Callable

from engine.alerts.database import Database

__all__ = ["Stepped", "shift"]

LEAST = 30_000_000
"""Microseconds; by less a clock is set all the time, and nobody has to heed it."""

_TIMES = {
    "delivery": ("created_at", "next_at", "tried_at"),
    "destination": ("paused_to",),
    "notice": ("flush_at", "sent_at"),
}
"""Times by the clock that something waits for, by table."""


class Stepped:
    """Compares the clock with one that nobody sets."""

    def __init__(self, clock: Callable[[], int], steady: Callable[[], int]) -> None:
        self._clock, self._steady = clock, steady
        self._apart = clock() - steady()

    def by(self) -> int:
        """Microseconds that the clock was set by since this was last asked, back is less than 0; 0: not, or hardly."""
        apart = self._clock() - self._steady()
        moved = apart - self._apart
        if abs(moved) < LEAST:
            return 0
        self._apart = apart
        return moved


def shift(database: Database, by: int, now: int) -> None:
    """Move by so much what outbox and groups of alerts wait for, so that nothing waits longer than it would have."""
    for table, columns in _TIMES.items():
        said = ", ".join(f"{column} = {column} + ?" for column in columns)
        sql = f"UPDATE {table} SET {said}"  # noqa: S608
        if table == "delivery":  # of what was sent when it was only what counts for a rate
            sql += f" WHERE state IN ('queued', 'sending') OR tried_at > {int(now)}"
        database.execute(sql, (by,) * len(columns))
