"""What is wrong with options, first by the keys that lead to it, then by its place in a file."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import NamedTuple, Protocol

from engine.errors import ConfigError, Place, UsageError

__all__ = ["Fault", "Key", "Placing", "Steps", "did_you_mean", "placed"]

Key = str | int
Steps = tuple[Key, ...]
"""Keys and list indexes from the root of a document to a value in it."""


class Fault(NamedTuple):
    """Something that its author has to change.

    steps  where, from the root
    key    it is about the last key, not about its value
    """

    steps: Steps
    fault: str
    hint: str | None = None
    key: bool = False

    def under(self, *steps: Key) -> Fault:
        """The same fault, seen from further up."""
        return self._replace(steps=(*steps, *self.steps))


class Placing(Protocol):
    """Knows where a value, or its key, was written."""

    def place(self, steps: Steps, *, key: bool = False) -> Place: ...


def placed(faults: Iterable[Fault], placing: Placing) -> ConfigError:
    """All faults as one error, in the order of the file."""
    found = [
        UsageError(each.fault, placing.place(each.steps, key=each.key), each.hint) for each in dict.fromkeys(faults)
    ]
    return ConfigError(tuple(sorted(found, key=_order)))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint for a word that is none of the known: the nearest one, else all of them if they are few."""
    names = list(known)
    by_lower = {name.lower(): name for name in names}
    near = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    if near:
        return f'did you mean "{by_lower[near[0]]}"?'
    shown = ", ".join(names[:30]) + (", …" if len(names) > 30 else "")
    return f"one of {shown}" if names else "there is none"


def _order(error: UsageError) -> tuple[str, int, int]:
    place = error.place or Place("")
    return place.path, place.line or 0, place.column or 0
