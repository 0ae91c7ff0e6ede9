"""Sigma rules rewritten as native rules that mean the same for CloudTrail's own spelling of names.

A rule is rewritten when its detection has only selections of fields with text or null, plain or with `contains`,
`startswith` or `endswith`, without wildcards. What changes is that case counts, and that a path goes through no list.
"""

from __future__ import annotations

import json
from typing import Any

__all__ = ["native"]

Rule = dict[str, Any]

_CALLS = {"contains": "contains", "startswith": "starts_with", "endswith": "ends_with"}


def native(rule: Rule) -> Rule | None:
    """The rule in JMESPath, with its id and logsource; None where it says what has no such words."""
    detection = {name: _selection(part) for name, part in rule["detection"].items() if name != "condition"}
    if None in detection.values() or "timeframe" in detection:
        return None
    kept = {key: rule[key] for key in ("title", "id", "logsource", "level", "status", "tags") if key in rule}
    return {**kept, "language": "jmespath", "detection": {**detection, "condition": rule["detection"]["condition"]}}


def _selection(part: Any) -> str | None:
    if not isinstance(part, dict) or not part:
        return None
    terms = [_item(key, value) for key, value in part.items()]
    return None if None in terms else " && ".join(map(str, terms))


def _item(key: str, value: Any) -> str | None:
    field, *modifiers = key.split("|")
    values = value if isinstance(value, list) else [value]
    if len(modifiers) > 1 or (modifiers and modifiers[0] not in _CALLS) or not field or not values:
        return None
    terms = []
    for one in values:
        if one is None and not modifiers:
            terms.append(f"{_path(field)} == `null`")
        elif isinstance(one, str) and not set(one) & set("*?\\`'"):
            call = _CALLS[modifiers[0]] if modifiers else ""
            terms.append(f"{call}({_path(field)}, '{one}')" if call else f"{_path(field)} == '{one}'")
        else:
            return None
    return terms[0] if len(terms) == 1 else f"({' || '.join(terms)})"


def _path(field: str) -> str:
    return ".".join(name if name.isidentifier() else json.dumps(name) for name in field.split("."))
