"""From a detection to what alerts need of it: small, plain, and made where the event still is."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from msgspec import UNSET, json

from engine.alert import Alert
from engine.alerts.keys import Key, alert_id, template
from engine.alerts.labels import labels
from engine.alerts.titled import fields_of_title, titled
from engine.derived import fields_for
from engine.derived.fields import Fields
from engine.glance import glance
from engine.hit import Evidence
from engine.model import Detection, Event, Level, LogSource, Ref, RuleHead
from engine.rules import Derived, Rule

__all__ = ["Raised", "Raising", "provisional"]

LONGEST = 1_000
"""Characters kept of a text, members kept of a list or object are 20, levels 4: people read an alert on a phone."""


class Raised(NamedTuple):
    """One rule that matched one event.

    rule      its key
    time      event time, microseconds; None where it cannot be read
    event     by what its event is known: its id, or where it stands and what it says
    key       dedup key
    evidence  the event; `shown` holds what the alert will have as fields
    """

    rule: str
    time: int | None
    event: str
    key: str
    evidence: Evidence


class Raising:
    """Makes a `Raised` of a detection of a single-event rule.

    rules      those that raise alerts -> the template of their dedup key, "" for the usual one
    derived    the fields that are computed
    names      fields that settings ask for beside those that a rule lists

    Plain data and pickled as such: another process compiles its own.
    """

    def __init__(
        self, rules: Iterable[tuple[Rule, str]], derived: Iterable[Derived] = (), names: Iterable[str] = ()
    ) -> None:
        self._rules = tuple(rules)
        self._derived = tuple(derived)
        self._names = tuple(dict.fromkeys(("actor", "awsRegion", *names)))
        self._keys: dict[str, Key] = {rule.key: template(text) if text else _usual(rule) for rule, text in self._rules}
        self._shown = {
            rule.key: tuple(dict.fromkeys((*rule.fields, *fields_of_title(rule), *self._names)))
            for rule, _ in self._rules
        }
        self._readers: dict[LogSource | None, Fields] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return Raising, (self._rules, self._derived, self._names)

    def __contains__(self, rule: str) -> bool:
        return rule in self._keys

    def __call__(self, detection: Detection) -> Raised | None:
        """What to raise; None where the rule raises no alerts."""
        rule = detection.rule
        make = self._keys.get(rule.key)
        if make is None:
            return None
        event = detection.events[-1]
        seen = glance(detection)
        fields = self._fields(self._shown[rule.key], event.logsource, event.fields)
        for name, text in zip(("who", "origin", "action"), seen, strict=True):
            if text:
                fields.setdefault(name, _kept(text))
        id = None if event.id is None else _sound(event.id)
        identity = id or _place(event)
        shown = Evidence(rule.key, event.time or 0, Ref(_sound(event.ref.file), event.ref.position), id, fields)
        raised = Raised(rule.key, event.time, identity, "", shown)
        alert = provisional(raised, rule)
        return raised._replace(key=make(lambda name: labels(alert, name)))

    def _fields(self, names: Iterable[str], logsource: LogSource | None, record: dict[str, Any]) -> dict[str, Any]:
        reader = self._readers.get(logsource)
        if reader is None:
            reader = self._readers[logsource] = fields_for(self._derived, logsource)
        memo: dict[str, Any] = {}
        found = {name: reader.read(name, record, memo) for name in names}
        return {name: _kept(value) for name, value in found.items() if value is not UNSET and value is not None}


def provisional(raised: Raised, rule: RuleHead) -> Alert:
    """The alert of a single event, before it is joined with others under its key."""
    time = raised.time or 0
    alert = Alert(
        id=alert_id("event", raised.rule, raised.key, raised.event),
        rule=rule,
        key=raised.key,
        title=rule.title,
        level=Level(rule.level),
        first=time,
        last=time,
        resolved=None,
        hits=1,
        value=None,
        group=(),
        fields=raised.evidence.shown,
        evidence=(raised.evidence,),
    )
    return titled(alert)


def _usual(rule: Rule) -> Key:
    """The actor; else what the rule lists; else who it was, as far as the log says."""
    listed = tuple(rule.fields)

    def key(read: Callable[[str], Iterable[str]]) -> str:
        actor = ",".join(read("actor"))
        own = [] if actor else [",".join(sorted(read(name))) for name in listed]
        return actor or (json.encode(own).decode() if any(own) else "")

    return key


def _place(event: Event) -> str:
    """By what an event without an id is known: where it stands, and what it says, as files are rotated."""
    try:
        said = json.encode(event.record)
    except (ValueError, TypeError, OverflowError, RecursionError):
        said = repr(event.record).encode("utf-8", "backslashreplace")
    return f"{_sound(str(event.ref))} {hashlib.blake2b(said, digest_size=8).hexdigest()}"


def _kept(value: Any, depth: int = 0) -> Any:
    """A value of a log as an alert keeps it: valid text, and not too much of it."""
    if isinstance(value, str):
        text = value if len(value) <= LONGEST else f"{value[: LONGEST - 1]}…"
        return _sound(text)
    if value is None or isinstance(value, (bool, float)):
        return value
    if isinstance(value, int):
        return value if -(1 << 63) <= value < 1 << 63 else _sound(hex(value)[:LONGEST])
    if depth == 4:
        return "…"
    if isinstance(value, dict):
        return {_sound(str(name)[:200]): _kept(each, depth + 1) for name, each in list(value.items())[:20]}
    if isinstance(value, (list, tuple)):
        return [_kept(each, depth + 1) for each in value[:20]]
    return _sound(str(value)[:LONGEST])


def _sound(text: str) -> str:
    """Without lone surrogates, which neither JSON nor a database takes."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")
