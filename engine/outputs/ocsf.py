"""ocsf: OCSF 1.5 Detection Findings (class 2004), one JSON object a line.

The event is in `evidences`: actor, source endpoint and call where the logsource says which fields those are, the whole
record in `data`. What OCSF has no attribute for (selections, matched fields, false positives, the rule's file) is in
`unmapped.sigma`. A finding's uid is the rule and the event, so a replay gives the same uid. A detection whose event
has no time has time 0 and says so in `status_detail`. An episode of a correlation is a finding whose uid is the
episode's id: created, updated or closed, with `count`, and its group and value in `unmapped.sigma`.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import Any, BinaryIO

import msgspec

from engine.glance import Glance, glance
from engine.hit import Episode
from engine.model import Detection, Event, Level, LogSource, RuleHead, Summary
from engine.outputs._episodes import detection_of
from engine.outputs._json import encode
from engine.version import __version__

__all__ = ["Output"]

_SEVERITY = {
    Level.informational: (1, "Informational"), Level.low: (2, "Low"), Level.medium: (3, "Medium"),
    Level.high: (4, "High"), Level.critical: (5, "Critical"),
}  # fmt: skip
_TECHNIQUE = re.compile(r"attack\.(t\d{4})(\.\d{3})?", re.IGNORECASE | re.ASCII)
_TACTICS = {
    "reconnaissance": "TA0043", "resource-development": "TA0042", "initial-access": "TA0001", "execution": "TA0002",
    "persistence": "TA0003", "privilege-escalation": "TA0004", "defense-evasion": "TA0005",
    "credential-access": "TA0006", "discovery": "TA0007", "lateral-movement": "TA0008", "collection": "TA0009",
    "command-and-control": "TA0011", "exfiltration": "TA0010", "impact": "TA0040",
}  # fmt: skip
_METADATA = {
    "version": "1.5.0",
    "product": {"name": "detect", "vendor_name": "detect-engine", "version": __version__, "lang": "en"},
}
_ADDRESS, _USER_NAME = 2, 4


class Output:
    """Write each finding as it comes; there is no summary, since OCSF has no class for one."""

    extension = "ocsf.ndjson"
    person = False
    lines = True

    def __init__(self, stream: BinaryIO, **_: Any) -> None:
        self._stream = stream

    @staticmethod
    def row(detection: Detection) -> bytes:
        """The finished line."""
        return encode(_finding(detection)) + b"\n"

    def start(self) -> None:
        """Nothing comes before the first line."""

    def write(self, row: bytes) -> None:
        """Put a line out."""
        self._stream.write(row)

    def tell(self, correlation: RuleHead, episode: Episode, new: bool) -> None:
        """Put a line out for what a correlation says."""
        self._stream.write(encode(_episode(correlation, episode, new)) + b"\n")

    def close(self, summary: Summary) -> None:
        """Nothing."""


def _finding(detection: Detection) -> dict[str, Any]:
    rule, when, logsource, group, selections, matched, events = detection
    time = 0 if when is None else when // 1000
    severity_id, severity = _SEVERITY[rule.level]
    seen = [event.time // 1000 for event in events if event.time is not None]
    finding: dict[str, Any] = {
        "activity_id": 1, "activity_name": "Create",
        "category_uid": 2, "category_name": "Findings",
        "class_uid": 2004, "class_name": "Detection Finding",
        "type_uid": 200401, "type_name": "Detection Finding: Create",
        "time": time, "severity_id": severity_id, "severity": severity, "status_id": 1, "status": "New",
        "message": rule.title, "metadata": _METADATA,
        "finding_info": {
            "uid": _uid(rule, events), "title": rule.title, "analytic": _analytic(rule), "attacks": _attacks(rule.tags),
            "data_sources": [str(logsource or LogSource())],
        },
        "evidences": [_evidence(event, at) for event, at in _seen(detection)],
        "observables": _observables(detection),
        "unmapped": {
            "sigma": {
                "path": rule.path, "tags": rule.tags, "selections": selections, "group": dict(group),
                "matched": [{"selection": part, "field": field, "value": value} for part, field, value in matched],
                "references": rule.references, "falsepositives": rule.falsepositives,
            }
        },
    }  # fmt: skip
    if rule.description:
        finding["finding_info"]["desc"] = rule.description
    if seen:
        finding["finding_info"] |= {"first_seen_time": min(seen), "last_seen_time": max(seen)}
    if when is None:
        finding["status_detail"] = "the event has no readable time"
    return finding


def _episode(correlation: RuleHead, episode: Episode, new: bool) -> dict[str, Any]:
    finding = _finding(detection_of(correlation, episode))
    if not new:
        activity, name = (3, "Close") if episode.state == "ended" else (2, "Update")
        finding |= {"activity_id": activity, "activity_name": name, "type_uid": 200400 + activity}
        finding["type_name"] = f"Detection Finding: {name}"
    finding["count"] = episode.hits
    finding["finding_info"] |= {
        "uid": episode.id,
        "first_seen_time": episode.start // 1000,
        "last_seen_time": episode.last // 1000,
    }
    finding["unmapped"]["sigma"] |= {
        "episode": {"id": episode.id, "state": episode.state, "ended": episode.end is not None},
        "value": episode.value,
    }
    return finding


def _uid(rule: RuleHead, events: tuple[Event, ...]) -> str:
    """The rule and its events: the id where there is one, else file and position."""
    return "|".join([rule.key, *(event.id or str(event.ref) for event in events)])


@lru_cache(maxsize=4096)
def _analytic(rule: RuleHead) -> msgspec.Raw:
    return msgspec.Raw(encode({"name": rule.title, "uid": rule.key, "type_id": 1, "type": "Rule"}))


@lru_cache(maxsize=4096)
def _attacks(tags: tuple[str, ...]) -> msgspec.Raw:
    """One entry a tactic and one a technique: a rule's tags do not say which technique serves which tactic."""
    attacks: list[dict[str, Any]] = []
    for tag in tags:
        word = tag.lower().removeprefix("attack.").replace("_", "-")
        if found := _TECHNIQUE.fullmatch(tag):
            uid = found[1].upper()
            attack: dict[str, Any] = {"technique": {"uid": uid, "name": uid}}
            if found[2]:
                attack["sub_technique"] = {"uid": uid + found[2], "name": uid + found[2]}
            attacks.append(attack)
        elif tag.lower().startswith("attack.") and word in _TACTICS:
            attacks.append({"tactic": {"uid": _TACTICS[word], "name": word.replace("-", " ").title()}})
    return msgspec.Raw(encode(attacks))


def _seen(detection: Detection) -> list[tuple[Event, Glance]]:
    return [(event, glance(detection._replace(events=(event,)))) for event in detection.events]


def _evidence(event: Event, at: Glance) -> dict[str, Any]:
    evidence: dict[str, Any] = {"data": {"ref": str(event.ref), "id": event.id, "record": event.record}}
    if event.derived:
        evidence["data"]["derived"] = dict(event.derived)
    if at.who:
        evidence["actor"] = {"user": {"name": at.who}}
    if at.origin:
        evidence["src_endpoint"] = {"ip" if _is_address(at.origin) else "name": at.origin}
    if at.action:
        evidence["api"] = {"operation": at.action}
    return evidence


def _observables(detection: Detection) -> list[dict[str, Any]]:
    found: dict[tuple[int, str], dict[str, Any]] = {}
    for index, (_, at) in enumerate(_seen(detection)):
        if at.who:
            name = f"evidences[{index}].actor.user.name"
            found.setdefault((_USER_NAME, at.who), {"name": name, "type_id": _USER_NAME, "value": at.who})
        if _is_address(at.origin):
            name = f"evidences[{index}].src_endpoint.ip"
            found.setdefault((_ADDRESS, at.origin), {"name": name, "type_id": _ADDRESS, "value": at.origin})
    return list(found.values())


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
