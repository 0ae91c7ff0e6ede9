"""What a user says of alerts: the structs of `alerts:`, `routes:` in detect.yml, as plain data that checks itself.

Times are text as people write it ("90s", "15m", "24h", "7d"), matchers are text too. A struct that cannot be meant
raises ValueError when it is made, naming the key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from engine.alerts.keys import template
from engine.alerts.matchers import matcher
from engine.alerts.schedule import DAYS, next_digest, zone
from engine.model import Level
from engine.options import Length, LevelName
from engine.times import parse_time

__all__ = [
    "AlertSettings", "ExceptionSettings", "InhibitionSettings", "LevelSettings", "QuietSettings", "RouteSettings",
    "RuleSettings", "length", "minutes",
]  # fmt: skip

_LENGTH = re.compile(r"([0-9]{1,9})\s*(s|m|h|d|w)", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_CLOCK = re.compile(r"([01]?[0-9]|2[0-4]):([0-5][0-9])", re.ASCII)
_LEVELS = tuple(level.name for level in Level)


class RuleSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the detections of some rules become alerts; the first entry that a rule matches counts.

    match          matchers on the rule: rule, title, level, tag, product, service, category, path
    alert          no: they are found and shown, but raise no alerts
    dedup_key      what makes two detections the same thing: text with fields in braces, "{actor} {sourceIPAddress}"
    dedup_window   detections of one key with no longer gap are one alert
    resolve_after  how long after its end an alert is resolved
    """

    match: tuple[str, ...] = ()
    alert: bool = True
    dedup_key: str | None = None
    dedup_window: Length | None = None
    resolve_after: Length | None = None

    def __post_init__(self) -> None:
        _each("match", matcher, self.match)
        _said("dedup_key", template, self.dedup_key)
        _said("dedup_window", length, self.dedup_window)
        _said("resolve_after", length, self.resolve_after)


class LevelSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A level for alerts that satisfy the matchers, in place of their rule's; the first entry that matches counts.

    match  matchers; all must hold
    level  informational, low, medium, high or critical
    """

    match: tuple[str, ...]
    level: LevelName

    def __post_init__(self) -> None:
        _some("match", self.match)
        _each("match", matcher, self.match)
        _said("level", level_of, self.level)


class ExceptionSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Events that raise no alert, because somebody answers for them.

    match    matchers; all must hold
    owner    who answers for it
    reason   why
    expires  a date or time, until which it holds
    """

    match: tuple[str, ...]
    owner: str
    expires: str
    reason: str = ""

    def __post_init__(self) -> None:
        _some("match", self.match)
        _each("match", matcher, self.match)
        _said("expires", time_of, self.expires)
        if not self.owner.strip():
            raise ValueError("owner: somebody has to answer for an exception")


class InhibitionSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """While an alert of `source` lasts, alerts of `target` that have equal labels are not told.

    source  matchers of alerts that make others unnecessary
    target  matchers of those others
    equal   labels that the two must have in common
    """

    source: tuple[str, ...]
    target: tuple[str, ...]
    equal: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _some("source", self.source)
        _some("target", self.target)
        _each("source", matcher, self.source)
        _each("target", matcher, self.target)


class QuietSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"start": "from"}):
    """Hours of the wall clock in which alerts below a level wait until they are over.

    from, to  "22:00", "07:00"; what does not end after it starts ends on the next day
    days      on which the hours start: mon, tue, wed, thu, fri, sat, sun
    timezone  of the hours: "Europe/Berlin"
    below     alerts of this level and worse are told all the same
    """

    start: str
    to: str
    days: tuple[str, ...] = DAYS
    timezone: str = "UTC"
    below: LevelName = "critical"

    def __post_init__(self) -> None:
        _said("from", minutes, self.start)
        _said("to", minutes, self.to)
        _said("timezone", zone, self.timezone)
        _said("below", level_of, self.below)
        _some("days", self.days)
        for day in self.days:
            if day not in DAYS:
                raise ValueError(f'days: "{day}" is no day; one of {", ".join(DAYS)}')


class RouteSettings(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"goes_on": "continue"}
):
    """Where alerts go. What a route does not say, it has from the one above it.

    name             by which the state file knows it: a new name tells open alerts anew
    match            matchers; all must hold. None: every alert
    to               names of notifiers; [] for nobody
    continue         look at the routes after this one too
    routes           looked at first, among those that match this one
    group_by         labels that alerts of one notification share; [] for all in one. Not said: each alert alone
    group_wait       how long a new notification waits for more alerts
    group_interval   the least time between two messages about one group
    repeat_interval  remind of what is still open
    repeat_factor    each reminder comes so many times as late as the one before
    repeat_limit     the longest time between two reminders
    digest           cron expression: tell everything together at these times, by `timezone`
    timezone         of `digest`: "Europe/Berlin"
    quiet            hours in which people are left alone
    early            tell at once, without waiting for events that may come late
    send_resolved, send_acknowledged, send_extended  tell of these too
    most_per_rule    alerts of one rule that are told one by one in most_window, the others as one summary; 0: all
    most_window      see most_per_rule
    """

    name: str | None = None
    match: tuple[str, ...] = ()
    to: tuple[str, ...] | None = None
    goes_on: bool = False
    routes: tuple[RouteSettings, ...] = ()
    group_by: tuple[str, ...] | None = None
    group_wait: Length | None = None
    group_interval: Length | None = None
    repeat_interval: Length | None = None
    repeat_factor: float | None = None
    repeat_limit: Length | None = None
    digest: str | None = None
    timezone: str | None = None
    quiet: tuple[QuietSettings, ...] | None = None
    early: bool | None = None
    send_resolved: bool | None = None
    send_acknowledged: bool | None = None
    send_extended: bool | None = None
    most_per_rule: int | None = None
    most_window: Length | None = None

    def __post_init__(self) -> None:
        _each("match", matcher, self.match)
        for name in ("group_wait", "group_interval", "repeat_interval", "repeat_limit", "most_window"):
            _said(name, length, getattr(self, name))
        _said("timezone", zone, self.timezone)
        _said("digest", lambda text: next_digest(text, "UTC", 1_700_000_000_000_000), self.digest)
        if self.name is not None and (not self.name.strip() or self.name.startswith("*") or "|" in self.name):
            raise ValueError('name: a route has a name without "|" that does not begin with "*"')
        if self.repeat_factor is not None and not 1 <= self.repeat_factor <= 100:
            raise ValueError("repeat_factor: a number from 1 to 100")
        if self.most_per_rule is not None and self.most_per_rule < 0:
            raise ValueError("most_per_rule: a number from 0")
        if self.repeat_interval is not None and length(self.repeat_interval) < 60_000_000:
            raise ValueError("repeat_interval: at least a minute")


class AlertSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What becomes an alert, and what all routes share.

    dedup_window   detections of a rule with one key are one alert as long as no gap is longer
    resolve_after  how long after its end an alert is resolved
    max_alert_age  what is older when it is found goes into one summary, and pages nobody
    summary_to     notifiers that get this summary; not said: those of the default route
    fallback       notifiers that are told when a message cannot be delivered; not said: those of the default route
    give_up        age of a message after which it is no longer tried
    wait           how long a run waits at its end for messages to be delivered
    keep           how long alerts are kept after they were raised
    most_alerts    alerts in one message
    rules          how the detections of some rules become alerts
    levels         levels for some alerts, in place of their rule's
    exceptions     events that raise no alert, because somebody answers for them
    inhibit        alerts that are not told while others last
    """

    dedup_window: Length = "1h"
    resolve_after: Length = "0s"
    max_alert_age: Length = "24h"
    summary_to: tuple[str, ...] | None = None
    fallback: tuple[str, ...] | None = None
    give_up: Length = "24h"
    wait: Length = "30s"
    keep: Length = "90d"
    most_alerts: int = 50
    rules: tuple[RuleSettings, ...] = ()
    levels: tuple[LevelSettings, ...] = ()
    exceptions: tuple[ExceptionSettings, ...] = ()
    inhibit: tuple[InhibitionSettings, ...] = ()

    def __post_init__(self) -> None:
        for name in ("dedup_window", "resolve_after", "max_alert_age", "give_up", "wait", "keep"):
            _said(name, length, getattr(self, name))
        if not 2 <= self.most_alerts <= 1_000:
            raise ValueError("most_alerts: a number from 2 to 1000")


def length(text: str) -> int:
    """Microseconds of "90s", "15m", "24h", "7d". Raises ValueError."""
    found = _LENGTH.fullmatch(text.strip())
    if found is None:
        raise ValueError(f'"{text}" is no length of time: write 90s, 15m, 24h or 7d')
    return int(found[1]) * _SECONDS[found[2]] * 1_000_000


def minutes(text: str) -> int:
    """Minutes after midnight of "22:00". Raises ValueError."""
    found = _CLOCK.fullmatch(text.strip())
    if found is None or (found[1] == "24" and found[2] != "00"):
        raise ValueError(f'"{text}" is no time of day: write "22:00"')
    return int(found[1]) * 60 + int(found[2])


def level_of(text: str) -> Level:
    """A level by name. Raises ValueError."""
    if text not in _LEVELS:
        raise ValueError(f'"{text}" is no level; one of {", ".join(_LEVELS)}')
    return Level[text]


def time_of(text: str) -> int:
    """Microseconds of a date, which ends with its day, or of a time. Raises ValueError."""
    time = parse_time(text)
    if time is None:
        raise ValueError(f'"{text}" is no date or time: write "2030-01-31" or "2030-01-31T18:00:00Z"')
    return time + 86_400_000_000 if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text.strip()) else time


def _said(name: str, read: Callable[[str], Any], text: str | None) -> None:
    if text is not None:
        try:
            read(text)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None


def _each(name: str, read: Callable[[str], Any], texts: Iterable[str]) -> None:
    for text in texts:
        _said(name, read, text)


def _some(name: str, values: tuple[str, ...]) -> None:
    if not values:
        raise ValueError(f"{name}: at least one is needed")
