"""What a correlation of each type looks like to begin with, and its tests."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["STARTS", "Start"]


class Start(NamedTuple):
    """A correlation to begin with.

    said      what stands under `correlation:`; {inner} and {other} are the names of the rules before it
    tests     of it
    language  None for what is Sigma
    calls     the call that each of the rules before it looks for
    """

    said: str
    tests: str
    language: str | None = None
    calls: tuple[str, ...] = ("StopLogging",)


_GROUP = "    rules:\n        - {inner}\n    group-by:\n        - userIdentity.arn\n"

_MANY = """\
  - name: three in ten minutes
    events:
      - base: usual
        times: 3
        every: 5m
    alerts: 1
  - name: one too few
    events:
      - base: usual
        times: 2
        every: 5m
    alerts: 0
  - name: the third a second too late
    events:
      - base: usual
        times: 2
        every: 5m
      - base: usual
        at: 601s
    alerts: 0
  - name: the third is somebody else's
    events:
      - base: usual
        times: 2
      - base: usual
        change: {userIdentity.arn: 'arn:aws:iam::111122223333:user/bob'}
    alerts: 0
"""
_VALUES = """\
  - name: three regions in ten minutes
    events:
      - base: usual
      - base: usual
        change: {awsRegion: us-east-1}
      - base: usual
        change: {awsRegion: us-west-2}
        at: 10m
    alerts: 1
  - name: one region, three times
    events:
      - base: usual
        times: 3
    alerts: 0
  - name: the third a second too late
    events:
      - base: usual
      - base: usual
        change: {awsRegion: us-east-1}
      - base: usual
        change: {awsRegion: us-west-2}
        at: 601s
    alerts: 0
"""
_SEEN = """\
  - name: a region that is new after the time of learning
    events:
      - base: usual
      - base: usual
        change: {awsRegion: us-east-1}
        at: 15d
    alerts: 1
  - name: the same region again
    events:
      - base: usual
      - base: usual
        at: 15d
    alerts: 0
  - name: a new region while it learns
    events:
      - base: usual
      - base: usual
        change: {awsRegion: us-east-1}
        at: 1d
    alerts: 0
"""
_CHANGED = """\
  - name: another address within an hour
    events:
      - base: usual
      - base: usual
        change: {sourceIPAddress: 203.0.113.9}
        at: 1h
    alerts: 1
  - name: the same address
    events:
      - base: usual
      - base: usual
        at: 1h
    alerts: 0
  - name: a second too late
    events:
      - base: usual
      - base: usual
        change: {sourceIPAddress: 203.0.113.9}
        at: 3601s
    alerts: 0
"""
_SILENT = """\
  - name: nothing for an hour
    events:
      - base: usual
      - base: usual
        at: 3601s
    alerts: 1
  - name: heard of in time
    events:
      - base: usual
      - base: usual
        at: 1h
    alerts: 0
"""

_ORDERED = """\
  - name: one after the other
    events:
      - base: usual
      - base: usual
        change: {eventName: DeleteTrail}
        at: 10m
    alerts: 1
  - name: the other a second too late
    events:
      - base: usual
      - base: usual
        change: {eventName: DeleteTrail}
        at: 601s
    alerts: 0
  - name: the other is somebody else's
    events:
      - base: usual
      - base: usual
        change: {eventName: DeleteTrail, userIdentity.arn: 'arn:aws:iam::111122223333:user/bob'}
        at: 1m
    alerts: 0
"""
_BACKWARDS = """\
  - name: the other way round
    events:
      - base: usual
        change: {eventName: DeleteTrail}
      - base: usual
        at: 1m
    alerts: %d
"""
_AMOUNTS = """\
  - name: large ones
    events:
      - base: usual
        change: {additionalEventData.bytesTransferredOut: 600}
        times: 2
        every: 10m
    alerts: 1
  - name: small ones
    events:
      - base: usual
        change: {additionalEventData.bytesTransferredOut: 100}
        times: 2
        every: 10m
    alerts: 0
  - name: no amount
    events:
      - base: usual
        times: 2
        every: 10m
    alerts: 0
"""
_FAR_MORE = """\
  - name: far more than usual
    events:
      - base: usual
        times: 200
        every: 1h
      - base: usual
        at: 200h
        times: 20
        every: 1m
    alerts: 1
  - name: no more than usual
    events:
      - base: usual
        times: 220
        every: 1h
    alerts: 0
"""
_SHARE = """\
  - name: half of them
    events:
      - base: usual
        times: 10
        every: 30s
      - base: usual
        change: {eventName: DescribeTrails}
        times: 10
        every: 30s
    alerts: 1
  - name: one of many
    events:
      - base: usual
      - base: usual
        change: {eventName: DescribeTrails}
        times: 20
        every: 30s
    alerts: 0
"""
_PLACES = """\
  - name: Paris, and Tokyo an hour later
    events:
      - base: usual
        change: {source_latitude: 48.9, source_longitude: 2.4}
      - base: usual
        change: {source_latitude: 35.7, source_longitude: 139.7}
        at: 1h
    alerts: 1
  - name: Paris, and Versailles an hour later
    events:
      - base: usual
        change: {source_latitude: 48.9, source_longitude: 2.4}
      - base: usual
        change: {source_latitude: 48.8, source_longitude: 2.1}
        at: 1h
    alerts: 0
"""
_SCORES = """\
  - name: both within a week
    events:
      - base: usual
      - base: usual
        change: {eventName: DeleteTrail}
        at: 7d
    alerts: 1
  - name: one of them twice
    events:
      - base: usual
        times: 2
        every: 1h
    alerts: 0
"""


def _counted(kind: str, condition: str, tests: str) -> Start:
    return Start(f"    type: {kind}\n{_GROUP}    timespan: 10m\n    condition:\n{condition}", tests)


def _two(kind: str, more: str, tests: str, language: str | None = None, other: str = "DeleteTrail") -> Start:
    group = _GROUP.replace("{inner}\n", "{inner}\n        - {other}\n")
    return Start(f"    type: {kind}\n{group}{more}", tests, language, ("StopLogging", other))


def _own(kind: str, more: str, tests: str) -> Start:
    return Start(f"    type: {kind}\n{_GROUP}{more}", tests, "detect")


_AMOUNT = "        field: additionalEventData.bytesTransferredOut\n"

STARTS: dict[str, Start] = {
    "event_count": _counted("event_count", "        gte: 3\n", _MANY),
    "value_count": _counted("value_count", "        field: awsRegion\n        gte: 3\n", _VALUES),
    "temporal": _two("temporal", "    timespan: 10m\n", _ORDERED + _BACKWARDS % 1),
    "temporal_ordered": _two("temporal_ordered", "    timespan: 10m\n", _ORDERED + _BACKWARDS % 0),
    "value_sum": _counted("value_sum", f"{_AMOUNT}        gte: 1000\n", _AMOUNTS),
    "value_avg": _counted("value_avg", f"{_AMOUNT}        gte: 500\n", _AMOUNTS),
    "value_median": _counted("value_median", f"{_AMOUNT}        gte: 500\n", _AMOUNTS),
    "value_percentile": _counted("value_percentile", f"{_AMOUNT}        percentile: 95\n        gte: 500\n", _AMOUNTS),
    "first_seen": _own("first_seen", "    field: awsRegion\n    timespan: 30d\n    learning: 14d\n", _SEEN),
    "change": _own("change", "    field: sourceIPAddress\n    timespan: 1h\n", _CHANGED),
    "absence": _own("absence", "    timespan: 1h\n    forget: 30d\n", _SILENT),
    "spike": _own("spike", "    timespan: 1h\n    history: 7d\n    ratio: 10\n    minimum: 20\n", _FAR_MORE),
    "ratio": _two(
        "ratio", "    part: {inner}\n    timespan: 10m\n    minimum: 20\n    condition:\n        gte: 0.5\n", _SHARE,
        "detect", other="DescribeTrails",
    ),
    "travel": _own(
        "travel",
        "    latitude: source_latitude\n    longitude: source_longitude\n    timespan: 20h\n    speed: 1000\n"
        "    radius: 50\n",
        _PLACES,
    ),
    "risk": _two(
        "risk",
        "    timespan: 7d\n    scores:\n        {inner}: 20\n        {other}: 40\n    once: true\n    condition:\n"
        "        gte: 60\n",
        _SCORES,
        "detect",
    ),
}  # fmt: skip
"""Type of correlation -> what it looks like to begin with."""
