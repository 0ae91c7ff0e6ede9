"""When the next scan is due. Pure: clock and randomness are arguments."""

from __future__ import annotations

from typing import NamedTuple

from engine.alerts.schedule import next_digest

__all__ = ["Schedule"]


class Schedule(NamedTuple):
    """Scans a fixed time apart, or at the times of a cron expression; microseconds.

    every     from the start of one scan to that of the next; not heeded with cron
    cron      minute, hour, day, month, day of week; None: every
    timezone  of cron
    jitter    up to so much later
    """

    every: int
    cron: str | None = None
    timezone: str = "UTC"
    jitter: int = 0

    def due(self, last: int | None, now: int, chance: float = 0.0) -> int:
        """When to scan next, after one that was begun at `last`; a time that has passed: at once.

        However many times have passed meanwhile, one scan makes up for all of them, as it reads all that is new. With
        a cron expression the first scan ever waits for its time.

        chance  0 to 1, at random: how much of the jitter
        """
        last = None if last is None else min(last, now)  # the clock was set back meanwhile
        if self.cron is None:
            due = now if last is None else last + self.every
            late = 0 if last is None else int(self.jitter * chance)
        else:
            due = next_digest(self.cron, self.timezone, now if last is None else last)
            late = int(self.jitter * chance)
        return due + late
