"""What a test file says, as Structs that describe and check themselves."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from engine.model import Level, LogSource
from engine.options import Duration, FilePath
from engine.testing.moments import moment

__all__ = ["OPEN", "AlertWanted", "CaseSettings", "Given", "Kind", "SuiteSettings"]

OPEN = "open"
"""What is said of an episode that is not over."""

Count = Annotated[int, msgspec.Meta(ge=0)]
Times = Annotated[int, msgspec.Meta(ge=1, le=100_000)]


class Kind(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the events are, in Sigma's three words.

    product   aws, okta, windows, linux, ...
    service   of it: cloudtrail, sshd, ...
    category  of events: process_creation, ...
    """

    product: str | None = None
    service: str | None = None
    category: str | None = None

    @property
    def said(self) -> LogSource:
        """The same, as events carry it."""
        return LogSource(self.product, self.service, self.category)


class Given(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One event that happens, or several alike.

    event    the event itself
    base     the name of an event under `bases`, instead
    file     a file of events, in any shape that `detect run` reads, instead; "FILE#3" is its third event
    change   what is otherwise: dotted path -> value
    without  dotted paths of what is not there
    at       when: a time, or so long after the start (90s, 5m, 1h30m); not said: as the event says, else the start
    times    so many of them
    every    with so much time in between
    """

    event: dict[str, Any] | None = None
    base: str | None = None
    file: FilePath | None = None
    change: dict[str, Any] = {}
    without: tuple[str, ...] = ()
    at: str | None = None
    times: Times = 1
    every: Duration = Duration.parse("0s")

    def __post_init__(self) -> None:
        if sum(one is not None for one in (self.event, self.base, self.file)) != 1:
            raise ValueError("say one of event, base and file")
        if self.at is not None:
            try:
                moment(self.at, 0)
            except ValueError as error:
                raise ValueError(f"at: {error}") from None


class AlertWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An alert that must come; what is not said may be anything.

    rule      title, id or name of the rule
    at        when it begins: a time, or how long after the start
    until     of a correlation: when it was over, likewise, or "open" where it is not
    level     informational, low, medium, high or critical
    title     what it is called
    count     events that took part
    group     of a correlation: name -> value
    fields    of its last event, those that are computed too: dotted path -> value
    rendered  what people read: part (title, text, ...) -> the whole of it, or a list of what stands in it
    """

    rule: str | None = None
    at: str | None = None
    until: str | None = None
    level: Level | None = None
    title: str | None = None
    count: Count | None = None
    group: dict[str, Any] = {}
    fields: dict[str, Any] = {}
    rendered: dict[str, str | tuple[str, ...]] = {}

    def __post_init__(self) -> None:
        for name, said in (("at", self.at), ("until", None if self.until == OPEN else self.until)):
            if said is not None:
                try:
                    moment(said, 0)
                except ValueError as error:
                    raise ValueError(f"{name}: {error}") from None


class CaseSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Events, and what must come of them.

    name        what happens
    events      in any order
    alerts      how many alerts there are, 0 for a near miss; or a list that says what each is like
    selections  of a test with one event and one rule: selection -> whether it is true
    start       what `at` counts from
    final       let correlations decide what is open after the last event, as if nothing more came
    variables   values of placeholders, over those of the file
    lookups     tables of derived fields and of travel, over those of the file: name -> key -> value
    notifier    over that of the file
    """

    name: str
    events: tuple[Given, ...]
    alerts: Count | tuple[AlertWanted, ...] | None = None
    selections: dict[str, bool] = {}
    start: str | None = None
    final: bool = False
    variables: dict[str, Any] = {}
    lookups: dict[str, dict[str, Any]] = {}
    notifier: str | None = None

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise ValueError("name: it is empty")
        if not self.events:
            raise ValueError("events: there is none, so nothing can come of them")
        if self.alerts is None and not self.selections:
            raise ValueError("it expects nothing: say alerts: 0 for a near miss, alerts: 1, or what they are like")
        if self.start is not None:
            try:
                moment(self.start, None)
            except ValueError as error:
                raise ValueError(f"start: {error}") from None


class SuiteSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Tests of the rules of one file.

    rule        file of the rules that are tested; not said: the one beside this file, without ".test" in its name
    logsource   what the events are; not said: what the first rule looks at
    time_field  where the time of an event is; not said: what is usual for the log
    variables   values of placeholders: name -> value or list of values
    lookups     tables in place of those that derived fields and travel have: name of the field or of the rule -> key
                -> value; of travel network -> [latitude, longitude]
    notifier    type of notifier as which alerts are rendered: slack, email, ...; not said: title, text and html, plain
    templates   folder of one's own templates, PART.j2 or NOTIFIER/PART.j2
    bases       events to build on, by name
    tests       one after the other; none knows of another
    """

    rule: FilePath | None = None
    logsource: Kind | None = None
    time_field: str | None = None
    variables: dict[str, Any] = {}
    lookups: dict[str, dict[str, Any]] = {}
    notifier: str | None = None
    templates: FilePath | None = None
    bases: dict[str, dict[str, Any]] = {}
    tests: tuple[CaseSettings, ...]

    def __post_init__(self) -> None:
        if not self.tests:
            raise ValueError("tests: there is none")
