"""A list of records under a name that exports use: {"Records": [...]}, {"Events": [...]}, {"value": [...]} and others.

An object that has a time of its own beside the list is a record with a list in it, and stays whole; only "Records" is
a wrapper in any case.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.jsontext import LISTS
from engine.logsources import known, lookup
from engine.model import LogSource

__all__ = ["SIGNS", "open"]

SIGNS = LISTS - {"hits"}


def open(value: dict[str, Any]) -> Iterable[Any] | None:
    lists = [name for name in value if name in SIGNS and _of_objects(value[name])]
    if not lists or ("Records" not in lists and _timed(value)):
        return None
    return [item for name in lists for item in value[name]]


def _of_objects(items: Any) -> bool:
    return isinstance(items, list) and all(isinstance(item, dict) for item in items[:10])


def _timed(value: dict[str, Any]) -> bool:
    return any(lookup(value, path) is not None for path in known(LogSource()).time)
