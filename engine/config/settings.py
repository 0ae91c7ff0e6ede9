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
from engine.secret import Secret

__all__ = [
    "GapSettings", "HealthSettings", "HeartbeatSettings", "KeepSettings", "LevelRange", "LimitSettings",
    "ReadingSettings", "ScheduleSettings", "SelectSettings", "Settings", "SilenceSettings", "SourceKind",
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

    follow    scan as soon as there is something new, where a source can tell: files, and queues. At the times below too
    every     so long after the last scan began
    cron      at these times instead: minute, hour, day, month, day of week
    timezone  of cron
    jitter    up to so much later, at random, so that many services do not read at once
    """

    follow: bool = False
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


class GapSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `detect serve` makes of accounts and regions of CloudTrail that have no files for hours, but had before.

    after  tell people of it after so long without any, in whole hours; 0s: never
    """

    after: Duration = Duration.parse("2h")

    def __post_init__(self) -> None:
        if 0 < self.after < 3_600_000_000:
            raise ValueError("after: it is less than an hour; files come every few minutes, but not to the minute")


class KeepSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long `detect serve` remembers what it has done; for alerts `keep` of `alerts` says it.

    files     that were read, once their source has them no more
    reported  detections, so that a copy of an event is known
    aside     files of which something could not be decoded
    scans     when they were, and what came of them
    """

    files: Duration = Duration.parse("90d")
    reported: Duration = Duration.parse("30d")
    aside: Duration = Duration.parse("30d")
    scans: Duration = Duration.parse("30d")

    def __post_init__(self) -> None:
        for name in ("files", "reported", "aside", "scans"):
            if getattr(self, name) < 86_400_000_000:
                raise ValueError(f"{name}: it is less than a day; what comes again within one must be known")


class HealthSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where `detect serve` says how it is.

    listen   ADDRESS:PORT of /healthz, /readyz and /metrics; "": nowhere
    profile  measure what each rule costs; scans take several times as long
    """

    listen: str = "127.0.0.1:9464"
    profile: bool = False

    def __post_init__(self) -> None:
        host, colon, port = self.listen.rpartition(":")
        if self.listen and not (host and colon and port.isascii() and port.isdigit() and int(port) < 65_536):
            raise ValueError(f'listen: "{self.listen[:80]}" is no ADDRESS:PORT')


class HeartbeatSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sign of life that `detect serve` sends by POST while it does its work, for somebody elsewhere who notices when
    none comes any more.

    url      where to; not said: nowhere
    every    how often
    scan     none is sent when a scan takes longer
    message  none is sent when a message waits longer to be delivered
    timeout  how long to wait for a connection, and for an answer
    allow    hosts, addresses and networks that it may go to though they are loopback or private
    proxy    "http://host:port"; none is taken from the environment
    ca       file of the certificates to trust, instead of the system's
    """

    url: Secret | None = None
    every: Duration = Duration.parse("1m")
    scan: Duration = Duration.parse("1h")
    message: Duration = Duration.parse("15m")
    timeout: Duration = Duration.parse("10s")
    allow: tuple[str, ...] = ()
    proxy: str | None = None
    ca: FilePath | None = None

    def __post_init__(self) -> None:
        for name in ("every", "scan", "message"):
            if getattr(self, name) < 1_000_000:
                raise ValueError(f"{name}: it is less than a second")
        if not 0 < self.timeout <= 300_000_000:
            raise ValueError("timeout: more than 0 seconds and at most 5 minutes")


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
    heartbeat  who is told that it lives
    gaps       when hours without files are told of
    keep       how long `detect serve` remembers what it has done
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
    heartbeat: HeartbeatSettings = HeartbeatSettings()
    gaps: GapSettings = GapSettings()
    keep: KeepSettings = KeepSettings()
