"""What records come wrapped in: one module a wrapper, found by name.

An envelope is a module in this folder with

    SIGNS: frozenset[str]
        names at the top of an object, any of which makes it worth asking
    open(value: dict[str, Any]) -> Iterable[Any] | None
        what is inside: objects, lists, `Text` that holds JSON, or a `Skip` for what is no log; None: not this wrapper

What comes out may itself be wrapped. Every object of an input is asked for on its own, so one file may mix wrappers.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

__all__ = ["Skip", "Text", "is_cloudtrail", "opened", "recordlike"]

_FEW = 4  # names beside a list of records, in a wrapper that has no module here
Opener = Callable[[dict[str, Any]], Iterable[Any] | None]


class Text(NamedTuple):
    """JSON text found inside a value; bytes may be compressed."""

    text: str | bytes


class Skip(NamedTuple):
    """Something that is known and holds no events: a word to count by, and what it is in plain words."""

    kind: str
    what: str


def opened(value: dict[str, Any]) -> Iterable[Any] | None:
    """What an object wraps; None when it wraps nothing that is known."""
    openers = _openers()
    if not openers.keys().isdisjoint(value):
        for name in value:
            for opener in openers.get(name, ()):
                if (inside := opener(value)) is not None:
                    return inside
    return _unnamed_list(value) if len(value) <= _FEW else None


def _unnamed_list(value: dict[str, Any]) -> list[Any] | None:
    """CloudTrail records in a list of any name; the name may be what is damaged."""
    for inner in value.values():
        if type(inner) is list and inner and type(inner[0]) is dict and is_cloudtrail(inner[0]):
            return inner
    return None


def is_cloudtrail(record: dict[str, Any]) -> bool:
    """Whether an object is a CloudTrail record, Insights included, told by names that no other log has together."""
    source = record.get("eventSource")
    if type(source) is str and "eventName" in record and not source.startswith("aws:"):
        return True
    return "insightDetails" in record or ("eventVersion" in record and "eventType" in record)


def recordlike(value: dict[str, Any]) -> bool:
    """Whether an object is surely a record of CloudTrail, or wraps one, wherever it is found."""
    if is_cloudtrail(value):
        return True
    inside = opened(value)
    return inside is not None and any(_recordlike_inside(item) for item in islice(inside, 10))


def _recordlike_inside(item: Any) -> bool:
    if isinstance(item, Text):
        return isinstance(item.text, bytes) or '"eventName' in item.text.replace("\\", "")
    return isinstance(item, Skip) or (isinstance(item, dict) and recordlike(item))


@lru_cache(maxsize=1)
def _openers() -> dict[str, tuple[Opener, ...]]:
    """By sign, in order of module names."""
    found: dict[str, tuple[Opener, ...]] = {}
    for info in sorted(pkgutil.iter_modules(__path__), key=lambda info: info.name):
        module = importlib.import_module(f"{__name__}.{info.name}")
        for sign in module.SIGNS:
            found[sign] = (*found.get(sign, ()), module.open)
    return found
