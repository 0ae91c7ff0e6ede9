"""Hits that are not decided yet: they wait for the watermark, each once, whatever order they come in."""

from __future__ import annotations

from collections.abc import Iterable

from engine.correlate.packed import hit_of, pack, unpack
from engine.correlate.states import Change, States
from engine.hit import Hit

__all__ = ["PENDING", "Waiting"]

PENDING = "pending"
"""In a store, the meaning under which hits wait; no correlation has it. Its only group is the empty text."""


class Waiting:
    """Hits by rule and event. They are saved in chunks as they come, and all anew when most of those have been taken.

    states     where they are saved
    watermark  what is saved of hits up to it was decided

    hits  (rule, event) -> a hit that waits
    new   those that came since the last time that they were saved
    """

    def __init__(self, states: States | None, watermark: int | None) -> None:
        self.hits: dict[tuple[str, str], Hit] = {}
        self.new: list[Hit] = []
        self._states = states
        self._saved = 0
        self._next = 0
        for number, body in states.chunks(PENDING, "") if states else ():
            for hit in map(hit_of, unpack(body)):
                self._saved += 1
                self.hits[hit.rule, hit.event] = hit
            self._next = number + 1
        if watermark is not None:  # not before: a later one may have taken the place of its copy
            self.hits = {key: hit for key, hit in self.hits.items() if hit.time > watermark}

    def copy(self, hit: Hit) -> None:
        """Take a copy of one that waits. Of two the one that sorts first by (file, position) stands."""
        key = hit.rule, hit.event
        if _place(hit) < _place(self.hits[key]):
            self.hits[key] = hit
            self.new.append(hit)

    def until(self, watermark: int) -> list[Hit]:
        """Take out those that are not later."""
        due = [hit for hit in self.hits.values() if hit.time <= watermark]
        if len(due) == len(self.hits):
            self.hits.clear()
            if self._states is None or not self._saved:
                self.new.clear()
        else:
            for hit in due:
                del self.hits[hit.rule, hit.event]
        return due

    def changes(self) -> Iterable[Change]:
        """What is to be saved since the last time; afterwards it is."""
        new = {(hit.rule, hit.event): None for hit in self.new}
        self.new.clear()
        if not self.hits:
            if not self._saved:
                return []
            self._saved = 0
            return [Change(PENDING, "", None, None, self._next, ())]
        first = 0
        fresh = [hit for key in new if (hit := self.hits.get(key)) is not None]
        if self._saved + len(fresh) > 2 * len(self.hits) + 64:
            first, fresh, self._saved = self._next, list(self.hits.values()), 0
        elif not fresh:
            return []
        self._saved += len(fresh)
        self._next += 1
        return [Change(PENDING, "", b"", None, first, ((self._next - 1, pack(fresh)),))]


def _place(hit: Hit) -> tuple[object, ...]:
    return tuple([(each.ref, each.rule) for each in hit.evidence]), hit.time
