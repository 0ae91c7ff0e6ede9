"""What is wrong with a document, before anybody knows where in the file that is."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["Fault", "Key", "Steps", "did_you_mean"]

Key = str | int
Steps = tuple[Key, ...]
"""Keys and list indexes from the root of a document to a value in it."""


class Fault(Exception):
    """Something a rule's author has to change.

    steps  where in the document, from the place the raiser knows; callers put their own key before it with `under`
    key    point at the key of the last step, not at its value
    """

    def __init__(self, fault: str, hint: str | None = None, steps: Steps = (), *, key: bool = False) -> None:
        super().__init__(fault)
        self.fault = fault
        self.hint = hint
        self.steps = steps
        self.key = key

    def under(self, *steps: Key) -> Fault:
        """The same fault, seen from further up."""
        self.steps = (*steps, *self.steps)
        return self


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """A hint that names the known word nearest to `word`, or None if none is near."""
    by_lower = {name.lower(): name for name in known}
    near = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return f'did you mean "{by_lower[near[0]]}"?' if near else None
