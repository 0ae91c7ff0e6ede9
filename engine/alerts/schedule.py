"""Times of sending: quiet hours, digests, reminders, back-off. Pure: clock and randomness are arguments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from engine.model import Level

if TYPE_CHECKING:
    from apscheduler.triggers.cron import CronTrigger  # type: ignore[import-untyped]

__all__ = ["DAYS", "Quiet", "backoff", "cron", "next_digest", "quiet_until", "reminder_after", "zone"]

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SECOND = 1_000_000
FIRST_DELAY = 5 * SECOND
LONGEST_DELAY = 15 * 60 * SECOND


class Quiet(NamedTuple):
    """Hours of the wall clock in which alerts below a level wait.

    start, end  minutes after midnight; end at or before start is on the next day
    days        on which the hours start, 0 is Monday
    below       alerts of this level and worse are told all the same
    """

    start: int
    end: int
    days: frozenset[int]
    timezone: str
    below: Level


def quiet_until(quiet: tuple[Quiet, ...], level: Level, now: int) -> int | None:
    """Until when an alert of a level has to wait; None where it need not."""
    until = None
    for each in quiet:
        if level < each.below and (end := _end(each, until or now)) is not None:
            until = end
    return until


def _end(quiet: Quiet, now: int) -> int | None:
    local = _moment(now).astimezone(zone(quiet.timezone))
    for back in (0, 1):
        day = (local - timedelta(days=back)).date()
        midnight = datetime(day.year, day.month, day.day)
        last = quiet.end if quiet.end > quiet.start else quiet.end + 24 * 60
        start = _at(midnight + timedelta(minutes=quiet.start), zone(quiet.timezone))
        end = _at(midnight + timedelta(minutes=last), zone(quiet.timezone))
        if day.weekday() in quiet.days and start <= now < end:
            return end
    return None


def _at(wall: datetime, timezone: tzinfo) -> int:
    """The time of a wall clock; one that does not exist, when clocks go forward, is as much later."""
    return int(wall.replace(tzinfo=timezone).timestamp()) * SECOND


def next_digest(expression: str, timezone: str, now: int) -> int:
    """The next time after now at which a cron expression is due.

    A time that falls into the hour which clocks skip comes with the next one, and one in the hour they repeat once.
    """
    trigger = cron(expression, timezone)
    found = trigger.get_next_fire_time(None, _moment(now) + timedelta(microseconds=1))
    if found is None:
        raise ValueError(f'"{expression}" is never due again')
    return int(found.timestamp()) * SECOND


@lru_cache(maxsize=256)
def cron(expression: str, timezone: str) -> CronTrigger:
    """A cron expression of five fields; 0 and 7 are Sunday, as cron has it. Raises ValueError, saying why."""
    from apscheduler.triggers.cron import CronTrigger

    fields = expression.split()
    if len(fields) != 5:
        raise ValueError(f'"{expression}" is no cron expression: write minute, hour, day, month and day of week')
    minute, hour, day, month, weekday = fields
    try:
        return CronTrigger(
            minute=minute, hour=hour, day=day, month=month.lower(), day_of_week=_weekdays(weekday),
            timezone=zone(timezone),
        )  # fmt: skip
    except (ValueError, TypeError, LookupError) as error:
        raise ValueError(f'"{expression}" is no cron expression: {error}') from None


def _weekdays(field: str) -> str:
    """The day of week as APScheduler counts it, from Monday: cron counts from Sunday."""

    def one(word: str) -> list[str]:
        span, _, step = word.partition("/")
        first, dash, last = span.partition("-")
        if not first.isdigit() or (dash and not last.isdigit()):
            return [word]
        if int(first) > 7 or int(last or 0) > 7:
            raise ValueError(f'"{word}" is no day of week')
        numbers = range(int(first), int(last or (6 if step else first)) + 1, int(step or 1))
        return [DAYS[(number - 1) % 7] for number in numbers]

    return ",".join(name for word in field.lower().split(",") for name in one(word))


def reminder_after(interval: int, factor: float, limit: int, repeats: int) -> int:
    """How long after a message to remind, when there have been so many reminders: the interval, growing by a factor."""
    longest = max(interval, limit)
    grown: float = interval
    for _ in range(repeats):
        grown *= factor
        if grown >= longest or factor == 1:
            break
    return int(min(grown, longest))


def backoff(attempts: int, share: float) -> int:
    """How long to wait after so many failed attempts: a share, 0 to 1, of a time that doubles ("full jitter")."""
    longest = min(LONGEST_DELAY, FIRST_DELAY << min(max(attempts - 1, 0), 20))
    return int(longest * share)


@lru_cache(maxsize=64)
def zone(name: str) -> tzinfo:
    """A time zone by name. Raises ValueError."""
    if name.upper() in ("UTC", "Z"):
        return UTC
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        raise ValueError(f'"{name}" is no time zone; write one like "Europe/Berlin" or "UTC"') from None


def _moment(us: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)
