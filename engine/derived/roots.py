"""Which fields of the record something is made from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from engine.rules import Derived, Query

__all__ = ["names_read", "roots"]


def roots(tree: str) -> frozenset[str]:
    """The names that a JMESPath tree (as `engine.jmes` takes it) looks up in the record itself, not further inside."""
    return frozenset(_roots(json.loads(tree)))


def names_read(definition: Derived) -> frozenset[str]:
    """The first part of every path that a derived field is made from."""
    names: set[str] = set()
    for way in definition.ways:
        if isinstance(way, Query):
            names |= roots(way.tree)
        else:
            names.add(way.field.partition(".")[0])
    return frozenset(names)


def _roots(node: list[Any]) -> Iterator[str]:
    kind, *rest = node
    if kind == "field":
        yield rest[0]
    elif kind == "seq":  # each part sees what the one before gave: the record itself as long as that is "@"
        for part in rest:
            yield from _roots(part)
            if part != ["@"]:
                return
    elif kind == "dict":
        for _, part in rest:
            yield from _roots(part)
    elif kind == "compare" or kind == "call":
        for part in rest[1:]:
            yield from _roots(part)
    elif kind in ("each", "values", "filter", "flat"):  # what follows the first sees members
        yield from _roots(rest[0])
    elif kind in ("list", "and", "or", "not"):
        for part in rest:
            yield from _roots(part)
