"""How many alerts a rule may raise on some logs: a file in YAML that is kept beside the rules.

version: 1
default: 0                                   # rules that are not named; none: they are not held to anything
rules:
  5c1c7f3e-1d0e-4a57-9a54-6a8a3f4b2c11: 12   # an id, or a title
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from engine.errors import Place, UsageError
from engine.runners.compared import Difference

__all__ = ["Budget", "Over", "read", "written"]


class Over(NamedTuple):
    """A rule that fired more often than it may."""

    name: str
    title: str
    fired: int
    allowed: int


class Budget(NamedTuple):
    """What rules may do, by id or title; default: what those may that are not named, None: as they like."""

    rules: dict[str, int]
    default: int | None

    def over(self, found: Sequence[Difference]) -> list[Over]:
        """The rules that have fired too often."""
        held = [(each, self.rules.get(each.name, self.rules.get(each.title, self.default))) for each in found]
        return [
            Over(each.name, each.title, each.after, allowed)
            for each, allowed in held
            if allowed is not None and each.after > allowed
        ]


def read(path: str) -> Budget:
    """The budget in a file. Raises UsageError."""
    from engine.load.documents import Unreadable, documents

    hint = "detect backtest --write-budget FILE writes one"
    try:
        with open(path, "rb") as file:
            found = list(documents(file.read()))
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror or error}", Place(path), hint) from None
    except Unreadable as error:
        raise UsageError(error.fault, Place(path, error.line, error.column), error.hint or hint) from None
    said: Any = found[0].value if len(found) == 1 else None
    if not isinstance(said, dict) or set(said) - {"version", "default", "rules"} or said.get("version") != 1:
        raise UsageError("is no budget of version 1", Place(path), hint)
    rules, default = said.get("rules") or {}, said.get("default")
    if not isinstance(rules, dict) or not all(_whole(each) for each in (*rules.values(), default or 0)):
        raise UsageError("rules: ids or titles, each with a whole number from 0", Place(path), hint)
    return Budget({str(name): number for name, number in rules.items()}, default)


def written(found: Sequence[Difference]) -> bytes:
    """A budget of what was found, with which it would be kept to."""
    lines = ["version: 1\n", "default: 0\n", "rules:\n" if found else "rules: {}\n"]
    for each in sorted(found, key=lambda each: (each.title, each.name)):
        name = json.dumps(each.name, ensure_ascii=False)  # which is YAML, too
        title = "" if each.name == each.title else f"  # {' '.join(each.title.split())}"
        lines.append(f"  {name}: {each.after}{title}\n")
    return "".join(lines).encode("utf-8", "replace")


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
