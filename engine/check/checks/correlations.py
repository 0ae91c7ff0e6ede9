"""Correlations, as they are written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from engine.check.finding import Found, Severity, across, check
from engine.check.subject import Subject
from engine.load.collections import Kind
from engine.load.durations import duration

_OFTEN_LACKING = ("sometimes", "rarely")
_COUNTS = ("event_count", "value_count", "temporal", "temporal_ordered")
_FIELDS = ("field", "latitude", "longitude", "address")
_LONG = 31 * 86_400 * 1_000_000
"""Microseconds; a window of counts or sums that is longer holds more than anybody looks at."""
_REMEMBERING = ("first_seen", "absence", "change", "travel")
"""Types whose state does not grow with the hits of a timespan."""


@across(Severity.warning)
def group_by(subjects: Sequence[Subject]) -> Iterator[Found]:
    """A correlation grouped by a field that events of its rules' logsource often lack.

    All events without the field are counted as one group, which nobody meant. A rule that itself asks for the field
    is not meant.
    """
    by_name = {str(name): one for one in subjects for key in ("title", "name", "id") if (name := one.value.get(key))}
    for subject in subjects:
        if subject.kind is not Kind.correlation or not isinstance(subject.value["correlation"], dict):
            continue
        body: dict[str, Any] = subject.value["correlation"]
        rules = [rule for name in _listed(body.get("rules")) if (rule := by_name.get(str(name))) is not None]
        aliases = body.get("aliases") if isinstance(body.get("aliases"), dict) else {}
        for at, field in enumerate(_listed(body.get("group-by"))):
            if not isinstance(field, str) or (aliases and field in aliases):
                continue
            lacking = next((rule for rule in rules if _lacks(rule, field)), None)
            if lacking is not None and body.get("missing") != "drop":
                steps = (
                    ("correlation", "group-by", at)
                    if isinstance(body["group-by"], list)
                    else ("correlation", "group-by")
                )
                fault = f'events of {lacking.logsource} often lack "{field}", and then count as one group'
                yield Found(fault, 'group by what is always there, or write "missing: drop"', steps, subject=subject)


def _lacks(rule: Subject, field: str) -> bool:
    if rule.catalogue is None or any(item.field == field for item in rule.items):
        return False
    return rule.catalogue.presence(field) in _OFTEN_LACKING


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


@check(Severity.warning)
def unused_alias(subject: Subject) -> Iterator[Found]:
    """An alias that neither the group nor what is measured names: it changes nothing."""
    body = _body(subject)
    aliases = body.get("aliases")
    if not isinstance(aliases, dict):
        return
    condition = body.get("condition")
    measured = _listed(condition.get("field")) if isinstance(condition, dict) else []
    used = {str(name) for name in (*_listed(body.get("group-by")), *measured)}
    used |= {str(name) for key in _FIELDS for name in _listed(body.get(key))}
    for alias in aliases:
        if str(alias) not in used and not any(str(alias) in name for name in used if not name.isidentifier()):
            hint = "name it in group-by, or remove it"
            yield Found(f'nothing uses the alias "{alias}"', hint, ("correlation", "aliases", alias), key=True)


@check(Severity.warning)
def always_met(subject: Subject) -> Iterator[Found]:
    """A threshold that every first hit meets, such as `gte: 1`: the correlation says no more than its rules do.

    Nothing is judged before there is a hit.
    """
    body = _body(subject)
    condition = body.get("condition")
    if not isinstance(condition, dict) or body.get("type") not in _COUNTS:
        return
    limits = {name: value for name, value in condition.items() if name in ("gt", "gte", "lt", "lte", "eq", "neq")}
    if not limits or not all(_met(name, value) for name, value in limits.items()):
        return
    name, value = next(iter(limits.items()))
    hint = "ask for more, or use the rules alone with generate"
    yield Found(f"{name}: {value} is true of every first hit", hint, ("correlation", "condition", name))


@check(Severity.note)
def long_timespan(subject: Subject) -> Iterator[Found]:
    """A window of more than 31 days, of a type that keeps every hit in it: it is dear."""
    body = _body(subject)
    timespan = duration(body.get("timespan"))
    if timespan is None or timespan <= _LONG or body.get("type") in _REMEMBERING:
        return
    hint = "m is minutes and M months" if str(body["timespan"]).endswith("M") else "write what an attack takes"
    yield Found(f"the window is {body['timespan']} long", hint, ("correlation", "timespan"))


def _body(subject: Subject) -> dict[str, Any]:
    """What stands under `correlation:`; nothing where that is no mapping."""
    body = subject.value.get("correlation") if subject.kind is Kind.correlation else None
    return body if isinstance(body, dict) else {}


def _met(name: str, value: Any) -> bool:
    """Whether every count from 1 on meets a limit."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return bool(number and ((name == "gte" and value <= 1) or (name in ("gt", "neq") and value < 1)))
