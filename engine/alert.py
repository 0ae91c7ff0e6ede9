"""What is worth telling, and what goes to somebody: `Alert`, `Message`, and how its delivery went."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from engine.hit import Evidence, Measured
from engine.model import Level, RuleHead

__all__ = ["Action", "Alert", "Delivered", "Link", "Message", "Outcome", "Refused", "Retry"]

Action = Literal["trigger", "update", "acknowledge", "resolve"]


class Alert(NamedTuple):
    """One thing to tell somebody: an episode of a correlation, or what one rule found under one dedup key.

    id            the same in every run that sees the same logs, and after any crash
    key           dedup key: further detections of it extend the alert
    title, level  after templates and severity overrides
    first, last   event times, microseconds; last grows while it is open. 0 where no event has a time that can be read
    resolved      event time of its end; None while it is open
    hits          how many events, or hits of a correlation
    value         what a correlation measured
    group         group-by names and values, empty for a rule that looks at single events
    fields        of the event that opened it: what the rule lists, derived fields, and what people recognise it by
    evidence      its newest events
    """

    id: str
    rule: RuleHead
    key: str
    title: str
    level: Level
    first: int
    last: int
    resolved: int | None
    hits: int
    value: Measured
    group: tuple[tuple[str, str | None], ...]
    fields: dict[str, Any]
    evidence: tuple[Evidence, ...]
    acknowledged: bool = False


class Link(NamedTuple):
    """Where to read on: a runbook, a technique of ATT&CK, the event in its console."""

    text: str
    href: str


class Message(NamedTuple):
    """What one notifier is to send once.

    action     what has become of the thread. A trigger is to be noticed by people: the first message of a thread, and
               with a sequence above 0 alerts that joined it, or a reminder. An update changes silently what they see
               already. A summary is a trigger that is not resolved
    id         idempotency key: the same when the same message is sent again
    thread     the same for all messages about the same alerts at this destination: its dedup key, alias, Message-ID
    handle     what the destination called the thread's first message (`Delivered.handle`); None before
    sequence   number of this message in its thread, from 0
    level      the worst of its alerts
    time       when it was made, microseconds, by the clock of sending
    alerts     one, or those of a group, or of a digest
    parts      what the notifier's templates gave, by the name of the template (title, text, html, body, ...): text
               that is safe for its destination
    links      for all of its alerts, without repetition; made when it is sent, none before
    """

    action: Action
    id: str
    thread: str
    handle: str | None
    sequence: int
    level: Level
    time: int
    alerts: tuple[Alert, ...]
    parts: dict[str, str]
    links: tuple[Link, ...] = ()


class Delivered(NamedTuple):
    """The destination took it. `handle` is what it calls the message, given back with the next one of the thread."""

    handle: str | None = None


class Retry(NamedTuple):
    """Not now: the network, a 429, a 5xx. `after` is in seconds, as the destination asked; None where it did not."""

    reason: str
    after: float | None = None


class Refused(NamedTuple):
    """Never: wrong address, wrong credentials, a message that the destination does not take."""

    reason: str


Outcome = Delivered | Retry | Refused
