"""Hits that are not decided yet: they wait for the watermark, each once, whatever order they come in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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
    """

    def __init__(self, states: States | None, watermark: int | None) -> None:
        self._hits: dict[tuple[str, str], Hit] = {}
        self._new: list[tuple[str, str]] = []
        self._saved = 0
        self._next = 0
        for number, body in states.chunks(PENDING, "") if states else ():
            for hit in map(hit_of, unpack(body)):
                self._saved += 1
                if watermark is None or hit.time > watermark:
                    self._hits[hit.rule, hit.event] = hit
            self._next = number + 1

    def __len__(self) -> int:
        return len(self._hits)

    def __iter__(self) -> Iterator[Hit]:
        return iter(self._hits.values())

    def add(self, hit: Hit) -> bool:
        """Whether it is no copy of one that waits. Of two the one that sorts first by (file, position) stands."""
        key = hit.rule, hit.event
        known = self._hits.setdefault(key, hit)
        if known is hit:
            self._new.append(key)
            return True
        if _place(hit) < _place(known):
            self._hits[key] = hit
            self._new.append(key)
        return False

    def until(self, watermark: int) -> list[Hit]:
        """Take out those that are not later."""
        due = [hit for hit in self._hits.values() if hit.time <= watermark]
        if len(due) == len(self._hits):
            self._hits.clear()
        else:
            for hit in due:
                del self._hits[hit.rule, hit.event]
        return due

    def changes(self) -> Iterable[Change]:
        """What is to be saved since the last time; afterwards it is."""
        new, self._new = dict.fromkeys(self._new), []
        if not self._hits:
            if not self._saved:
                return []
            self._saved = 0
            return [Change(PENDING, "", None, None, self._next, ())]
        first = 0
        fresh = [hit for key in new if (hit := self._hits.get(key)) is not None]
        if self._saved + len(fresh) > 2 * len(self._hits) + 64:
            first, fresh, self._saved = self._next, list(self._hits.values()), 0
        elif not fresh:
            return []
        self._saved += len(fresh)
        self._next += 1
        return [Change(PENDING, "", b"", None, first, ((self._next - 1, pack(fresh)),))]


def _place(hit: Hit) -> tuple[object, ...]:
    return tuple([(each.ref, each.rule) for each in hit.evidence]), hit.time
