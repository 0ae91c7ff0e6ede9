"""Silences and inhibition: which alerts nobody is told of, and until when."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from msgspec import json

from engine.alert import Alert
from engine.alerts.database import Database, alert_of
from engine.alerts.keys import alert_id
from engine.alerts.labels import labels
from engine.alerts.matchers import Matcher, all_hold, matcher
from engine.errors import UsageError

__all__ = ["Inhibition", "Mute", "Muting", "Silence", "add_silence", "expire_silence", "silences"]


class Silence(NamedTuple):
    """Alerts that satisfy every matcher are not told from `starts` until before `ends`, by the clock of sending."""

    id: str
    matchers: tuple[Matcher, ...]
    author: str
    comment: str
    starts: int
    ends: int

    def holds(self, alert: Alert, now: int) -> bool:
        """Whether an alert is silenced now."""
        return self.starts <= now < self.ends and all_hold(self.matchers, alert)


class Inhibition(NamedTuple):
    """While an alert of `source` lasts, by event time, those of `target` with equal labels are not told.

    A label that neither has is equal. An alert that is both source and target is not inhibited by another such.
    """

    source: tuple[Matcher, ...]
    target: tuple[Matcher, ...]
    equal: tuple[str, ...] = ()

    def inhibits(self, source: Alert, target: Alert) -> bool:
        """Whether one alert mutes another."""
        return (
            source.id != target.id
            and all_hold(self.source, source)
            and all_hold(self.target, target)
            and not (all_hold(self.target, source) and all_hold(self.source, target))
            and source.first <= target.last
            and (source.resolved is None or target.first <= source.resolved)
            and all(labels(source, name) == labels(target, name) for name in self.equal)
        )


class Mute(NamedTuple):
    """Why an alert is not told; `until` is the clock of sending, None where that is not known beforehand."""

    reason: str
    until: int | None


class Muting:
    """Silences and inhibitions as they are at one time; the alerts that inhibit are looked up once.

    configured  silences of the configuration, which may be taken out of it at any time: so nobody knows until when
    """

    def __init__(
        self, database: Database, inhibitions: Sequence[Inhibition], now: int, configured: Sequence[Silence] = ()
    ) -> None:
        self._database = database
        self._inhibitions = inhibitions
        self._now = now
        self._silences = [each for each in silences(database) if each.starts <= now < each.ends]
        self._configured = configured

    def __call__(self, alert: Alert) -> Mute | None:
        """What keeps an alert from being told, None where nothing does."""
        for silence in self._silences:
            if silence.holds(alert, self._now):
                return Mute(f"silence {silence.id} of {silence.author}: {silence.comment}", silence.ends)
        for silence in self._configured:
            if silence.holds(alert, self._now):
                return Mute(f"{silence.id} of {silence.author}: {silence.comment}", None)
        for inhibition in self._inhibitions:
            if not all_hold(inhibition.target, alert):
                continue
            for source in self._sources:
                if inhibition.inhibits(source, alert):
                    return Mute(f'inhibited by alert {source.id} "{source.title}"', None)
        return None

    @cached_property
    def _sources(self) -> list[Alert]:
        """Alerts that may inhibit others."""
        rows = self._database.execute("SELECT body, resolved FROM alert WHERE merged IS NULL ORDER BY first, id")
        found = (alert_of(body)._replace(resolved=resolved) for body, resolved in rows)
        return [alert for alert in found if any(all_hold(each.source, alert) for each in self._inhibitions)]


def silences(database: Database) -> list[Silence]:
    """Every silence, the one that ends last first."""
    rows = database.execute(
        "SELECT id, matchers, author, comment, starts, ends FROM silence ORDER BY ends DESC, id"
    ).fetchall()
    return [Silence(id, _read(said), author, comment, starts, ends) for id, said, author, comment, starts, ends in rows]


def add_silence(
    database: Database, matchers: Sequence[Matcher], author: str, comment: str, starts: int, ends: int
) -> Silence:
    """Keep a silence; the same once more is the same silence. Raises UsageError for one that would silence nothing."""
    if not matchers:
        raise UsageError("a silence without a matcher would silence everything", hint="level=low- or rule=NAME")
    if ends <= starts:
        raise UsageError("the silence would end before it starts")
    said = json.encode([str(each) for each in matchers]).decode()
    made = Silence(
        alert_id("silence", said, author, comment, str(starts), str(ends))[:8],
        tuple(matchers), author, comment, starts, ends,
    )  # fmt: skip
    with database.transaction():
        database.execute(
            "INSERT INTO silence (id, matchers, author, comment, starts, ends) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET starts = excluded.starts, ends = excluded.ends",
            (made.id, said, author, comment, starts, ends),
        )
    return made


def expire_silence(database: Database, id: str, now: int) -> Silence:
    """End a silence now; its alerts that are still open are told with the next run. Raises UsageError."""
    with database.transaction():
        found = next((each for each in silences(database) if each.id == id), None)
        if found is None:
            raise UsageError(f'there is no silence "{id}"', hint="detect silence list shows them")
        if found.ends > now:
            database.execute("UPDATE silence SET ends = ? WHERE id = ?", (now, id))
            database.execute("UPDATE silence SET starts = ? WHERE id = ? AND starts > ?", (now, id, now))
            # Who was muted by it may be due: look again at all that waits.
            database.execute("UPDATE notice SET flush_at = ? WHERE flush_at > ?", (now, now))
    return found._replace(ends=min(found.ends, now))


def _read(said: str) -> tuple[Matcher, ...]:
    return tuple(matcher(each) for each in json.decode(said))
