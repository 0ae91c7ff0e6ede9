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
from typing import Any, NamedTuple

__all__ = ["Skip", "Text", "is_cloudtrail", "opened", "recordlike"]

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
    if openers.keys().isdisjoint(value):
        return None
    for name in value:
        for opener in openers.get(name, ()):
            if (inside := opener(value)) is not None:
                return inside
    return None


def is_cloudtrail(record: dict[str, Any]) -> bool:
    """Whether an object is a CloudTrail record, Insights included, told by names that no other log has together."""
    source = record.get("eventSource")
    if type(source) is str and "eventName" in record and not source.startswith("aws:"):
        return True
    return "insightDetails" in record or ("eventVersion" in record and "eventType" in record)


def recordlike(value: dict[str, Any]) -> bool:
    """Whether an object is surely a record or wraps some, wherever it is found."""
    return is_cloudtrail(value) or opened(value) is not None


@lru_cache(maxsize=1)
def _openers() -> dict[str, tuple[Opener, ...]]:
    """By sign, in order of module names."""
    found: dict[str, tuple[Opener, ...]] = {}
    for info in sorted(pkgutil.iter_modules(__path__), key=lambda info: info.name):
        module = importlib.import_module(f"{__name__}.{info.name}")
        for sign in module.SIGNS:
            found[sign] = (*found.get(sign, ()), module.open)
    return found
