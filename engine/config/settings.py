"""The sections of `detect.yml`, as Structs that describe and check themselves."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Self

import msgspec

from engine.alerts.matchers import matcher
from engine.alerts.schedule import next_digest, zone
from engine.alerts.settings import AlertSettings, RouteSettings, time_of
from engine.alerts.silences import Silence
from engine.model import Level, LogSource
from engine.options import Duration, FilePath, Size, did_you_mean
from engine.redact import RedactSettings

__all__ = [
    "HealthSettings", "LevelRange", "LimitSettings", "ReadingSettings", "ScheduleSettings", "SelectSettings",
    "Settings", "SilenceSettings", "SourceKind",
]  # fmt: skip

Count = Annotated[int, msgspec.Meta(ge=1)]


class LevelRange(str):
    """A level, or a range of them: "high", "high+", "low-"."""

    pattern: ClassVar[str] = rf"^(?:{'|'.join(Level.__members__)}|info)[+-]?$"
    example: ClassVar[str] = "high+"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read it. Raises ValueError."""
        found = re.fullmatch(r"(.*?)([+-]?)", text.strip().lower(), re.DOTALL)
        name, sign = (found[1], found[2]) if found else (text, "")
        name = "informational" if name == "info" else name
        if name not in Level.__members__:
            raise ValueError(f'"{text[:80]}" is no level: {did_you_mean(name, Level.__members__)}')
        return cls(f"{name}{sign}")


class SelectSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which of the rules are run; all that is said must hold.

    level    of this level; "high+": or worse
    status   of one of these, as rules say it: stable, test, experimental
    tags     with one of these tags, which may have `*`
    rules    only these: id, title or path, which may have `*`
    exclude  not these: id, title or path, which may have `*`
    """

    level: LevelRange | None = None
    status: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


class SourceKind(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the events are, in Sigma's three words.

    product   aws, okta, windows, linux, ...
    service   of it: cloudtrail, sshd, ...
    category  of events: process_creation, ...
    """

    product: str | None = None
    service: str | None = None
    category: str | None = None

    def __post_init__(self) -> None:
        if not any(self.said):
            raise ValueError("say at least one of product, service and category")

    @property
    def said(self) -> LogSource:
        """The same, as events carry it."""
        return LogSource(self.product, self.service, self.category)


class ReadingSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the logs are read, where their content does not tell.

    format          read them as this, for instance csv; not said: found by content
    logsource       what the events are: {product: okta, service: okta}
    all_logsources  let every rule see every event
    time_field      where the time of an event is, with dots into objects
    year            of the first date, where a log writes none: old syslog
    """

    format: str | None = None
    logsource: SourceKind | None = None
    all_logsources: bool = False
    time_field: str | None = None
    year: Annotated[int, msgspec.Meta(ge=1970, le=9999)] | None = None


class LimitSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much a run takes.

    workers    processes; not said: one a core
    max_bytes  the most that one file may decompress to
    groups     groups that a correlation remembers
    hits       hits that one group of a correlation remembers
    in_memory  hits that wait in memory for correlations; more wait on disk
    """

    workers: Count | None = None
    max_bytes: Size = Size.parse("4G")
    groups: Count = 1_000_000
    hits: Count = 1_000_000
    in_memory: Count = 200_000


class SilenceSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Alerts that are raised but not told for a while; `detect silence add` is for what cannot wait.

    match    matchers; all must hold
    author   who wants it
    comment  why
    starts   a date or time; not said: it holds already
    ends     a date or time; a date ends with its day
    """

    match: tuple[str, ...]
    author: str
    comment: str
    ends: str
    starts: str | None = None

    def silence(self, number: int) -> Silence:
        """The same, ready to ask; `number` is that of its place in the list, from 1."""
        starts = time_of(self.starts) if self.starts else 0
        matchers = tuple(map(matcher, self.match))
        return Silence(
            f"silence {number} of the configuration", matchers, self.author, self.comment, starts, time_of(self.ends)
        )

    def __post_init__(self) -> None:
        if not self.match:
            raise ValueError("match: a silence without a matcher would silence everything")
        for text in self.match:
            try:
                matcher(text)
            except ValueError as error:
                raise ValueError(f"match: {error}") from None
        for name, text in (("author", self.author), ("comment", self.comment)):
            if not text.strip():
                raise ValueError(f"{name}: it is empty")
        times = {}
        for name, time in (("starts", self.starts), ("ends", self.ends)):
            try:
                times[name] = time_of(time) if time is not None else 0
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from None
        if self.starts is not None and times["ends"] <= times["starts"]:
            raise ValueError("ends: the silence would end before it starts")


class ScheduleSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When `detect serve` scans.

    every     so long after the last scan began
    cron      at these times instead: minute, hour, day, month, day of week
    timezone  of cron
    jitter    up to so much later, at random, so that many services do not read at once
    """

    every: Duration = Duration.parse("1m")
    cron: str | None = None
    timezone: str = "UTC"
    jitter: Duration = Duration.parse("0s")

    def __post_init__(self) -> None:
        if self.every < 1_000_000:
            raise ValueError("every: it is less than a second")
        try:
            zone(self.timezone)
        except ValueError as error:
            raise ValueError(f"timezone: {error}") from None
        if self.cron is not None:
            try:
                next_digest(self.cron, self.timezone, 1_700_000_000_000_000)
            except ValueError as error:
                raise ValueError(f"cron: {error}") from None


class HealthSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where `detect serve` says how it is.

    listen  ADDRESS:PORT of /healthz, /readyz and /metrics; "": nowhere
    """

    listen: str = "127.0.0.1:9464"

    def __post_init__(self) -> None:
        host, colon, port = self.listen.rpartition(":")
        if self.listen and not (host and colon and port.isascii() and port.isdigit() and int(port) < 65_536):
            raise ValueError(f'listen: "{self.listen[:80]}" is no ADDRESS:PORT')


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is scanned, with which rules, what is kept, and who is told.

    sources    folders, files and globs to scan; "-" is standard input
    rules      folders and files of rules; not said: the folder `rules` beside this file if it is there, else those
               that come with the package
    filters    folders and files of Sigma filters, beside those that stand among the rules
    select     which of the rules are run
    pipelines  folders and files of processing pipelines, or installed ones by name
    fields     folders and files of derived fields, beside those that come with the package
    variables  files of values for the placeholders of |expand
    reading    how the logs are read, where their content does not tell
    redact     what of a log is not shown or told
    state      file by which a run goes on where the last one ended, and that keeps alerts; not said: the user's own,
               when there are notifiers
    lateness   how long an event may be on its way
    limits     how much a run takes
    alerts     what becomes an alert, and what all routes share
    routes     who is told of which alerts
    notifiers  how somebody is told: NAME: {type: TYPE, and its options}
    templates  folder of your own templates for messages
    silences   alerts that are raised but not told for a while
    schedule   when `detect serve` scans
    health     where `detect serve` says how it is
    """

    sources: tuple[FilePath, ...] = ()
    rules: tuple[FilePath, ...] = ()
    filters: tuple[FilePath, ...] = ()
    select: SelectSettings = SelectSettings()
    pipelines: tuple[str, ...] = ()
    fields: tuple[FilePath, ...] = ()
    variables: tuple[FilePath, ...] = ()
    reading: ReadingSettings = ReadingSettings()
    redact: RedactSettings = RedactSettings()
    state: FilePath | None = None
    lateness: Duration = Duration.parse("15m")
    limits: LimitSettings = LimitSettings()
    alerts: AlertSettings = AlertSettings()
    routes: tuple[RouteSettings, ...] = ()
    notifiers: dict[str, dict[str, Any]] = {}
    templates: FilePath | None = None
    silences: tuple[SilenceSettings, ...] = ()
    schedule: ScheduleSettings = ScheduleSettings()
    health: HealthSettings = HealthSettings()
