"""Correlations, as they are written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from engine.check.finding import Found, Severity, across
from engine.check.subject import Subject
from engine.load.collections import Kind

_OFTEN_LACKING = ("sometimes", "rarely")


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
