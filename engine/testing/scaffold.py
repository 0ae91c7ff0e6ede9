"""A rule and its test to begin with: both are right, and what is to be changed stands out by its words."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from engine.testing.starts import STARTS, Start

__all__ = ["KINDS", "Names", "Scaffold", "scaffold"]


class Names(NamedTuple):
    """What a rule is called: title and id, the name and the ids of rules that it refers to, and when it was made."""

    title: str
    id: str
    inner: str
    inner_ids: tuple[str, ...]
    date: str


class Scaffold(NamedTuple):
    """The text of a rule's file, and that of its test."""

    rule: str
    test: str


_CALL = "eventSource: cloudtrail.amazonaws.com\n        eventName: StopLogging"
_LOGSOURCE = "logsource:\n    product: aws\n    service: cloudtrail\n"
_BASES = """\
bases:
  usual:
    eventVersion: '1.08'
    eventSource: cloudtrail.amazonaws.com
    eventName: StopLogging
    awsRegion: eu-west-1
    sourceIPAddress: 198.51.100.7
    userIdentity: {type: IAMUser, arn: 'arn:aws:iam::111122223333:user/ana', userName: ana}

tests:
"""


def _head(title: str, id: str, date: str, language: str | None = None) -> str:
    said = f"language: {language}\n" if language else ""
    return (
        f"title: {_quoted(title)}\nid: {id}\n{said}status: experimental\n"
        "description: Say what is done, and why it matters\n"
        f"author: Say who wrote it\ndate: {date}\ntags:\n    - attack.defense-impairment\n    - attack.t1685.002\n"
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


_TAIL = (
    "falsepositives:\n    - Say who does this rightly\nlevel: medium\n"
    "alert_title: '{who} did what I looked for[, on {requestParameters.name}]'\n"
)


def _sigma(names: Names) -> Scaffold:
    body = f"{_LOGSOURCE}detection:\n    selection:\n        {_CALL}\n    condition: selection\n"
    return Scaffold(_head(names.title, names.id, names.date) + body + _TAIL, _BASES + _ONE)


def _native(names: Names) -> Scaffold:
    body = f"{_LOGSOURCE}match: |\n    eventSource == 'cloudtrail.amazonaws.com' && eventName == 'StopLogging'\n"
    return Scaffold(_head(names.title, names.id, names.date, "jmespath") + body + _TAIL, _BASES + _ONE)


_ONE = """\
  - name: it happens
    events:
      - base: usual
    alerts: 1
  - name: another call
    events:
      - base: usual
        change: {eventName: DescribeTrails}
    alerts: 0
  - name: a call of that name of another service
    events:
      - base: usual
        change: {eventSource: example.amazonaws.com}
    alerts: 0
"""


def _correlated(names: Names, start: Start) -> Scaffold:
    """A correlation, before it the rules that it refers to."""
    inner = "".join(_inner(names, number, call) for number, call in enumerate(start.calls))
    said = start.said.format(inner=names.inner, other=f"{names.inner}_2")
    head = _head(names.title, names.id, names.date, start.language)
    return Scaffold(f"{inner}{head}correlation:\n{said}{_TAIL}", _BASES + start.tests)


def _inner(names: Names, number: int, call: str) -> str:
    title, name = f"{names.title}: One Event", names.inner
    if number:
        title, name = f"{names.title}: Another Event", f"{names.inner}_{number + 1}"
    selected = f"eventSource: cloudtrail.amazonaws.com\n        eventName: {call}"
    return (
        f"title: {_quoted(title)}\nid: {names.inner_ids[number]}\nname: {name}\n"
        "status: experimental\ndescription: Say what one event is\n"
        f"author: Say who wrote it\ndate: {names.date}\n"
        f"tags:\n    - attack.defense-impairment\n    - attack.t1685.002\n{_LOGSOURCE}"
        f"detection:\n    selection:\n        {selected}\n    condition: selection\n"
        "falsepositives:\n    - Say who does this rightly\nlevel: informational\n---\n"
    )


KINDS: dict[str, Callable[[Names], Scaffold]] = {
    "sigma": _sigma,
    "native": _native,
    **{kind: partial(_correlated, start=start) for kind, start in STARTS.items()},
}
"""Kind of rule -> what makes it."""


def scaffold(kind: str, names: Names) -> Scaffold:
    """A rule of a kind and its test; both are right as they are."""
    return KINDS[kind](names)
