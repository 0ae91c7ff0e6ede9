"""What is remembered of a slot, and how it is saved: a head that stays small, and chunks of what is only added to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from engine.correlate.episode import Open, Shown
from engine.correlate.packed import hit_of, pack, unpack
from engine.correlate.slot import Compiled
from engine.correlate.window import Window
from engine.hit import Evidence, Hit

__all__ = ["Saved", "State"]

FILLED = 64
"""Entries of log and evidence that a chunk has at least; fewer stand in the head, which is written each time."""

Memo = dict[int, tuple[tuple[Evidence, ...], bytes]]
"""Evidence that was packed already, by the identity of its tuple; two slots that hold one hit share the bytes."""


class Saved(NamedTuple):
    """A state as bytes; chunks of lower numbers than `first` are gone. Only what is new is there."""

    head: bytes
    wake_at: int | None
    first: int
    chunks: tuple[tuple[int, bytes], ...]


class _Chunk(NamedTuple):
    """How far the log and the evidence have come with a chunk, counted since the slot began."""

    number: int
    log_end: int
    shown_end: int


class State:
    """What is remembered of one slot. It belongs to whoever holds it: the step changes it.

    window   what its type remembers
    open     the episode that has not ended
    ring     time and evidence in turn, of the newest hits that took part
    last     rule and values of the last hit that took part, where episodes tell of it
    at       time of the last hit
    pending  hits that are not decided; only `step` uses it
    stored   a store knows the slot
    wake     when its holder will look at it next, for the holder to note
    gone     hits that a limit has dropped and nobody has counted yet
    """

    __slots__ = (
        "_chunks", "_next", "_shown", "at", "gone", "last", "open", "pending", "ring", "stored", "wake", "window",
    )  # fmt: skip

    def __init__(self, window: Window, number: int | None = None) -> None:
        self.window = window
        self.open: Open | None = None
        self.ring: list[Any] = []
        self.last: tuple[str, dict[str, Any]] | None = None
        self.at = -(1 << 63)
        self.pending: Sequence[Hit] = ()
        self.gone = 0
        self.wake: int | None = None
        self.stored = number is not None
        self._shown = 0
        self._next = number or 0
        self._chunks: Sequence[_Chunk] = ()

    def show(self, time: int, hits: Sequence[Hit], most: int) -> None:
        """Keep the evidence of hits that take part."""
        ring = self.ring
        if len(ring) > 4 * most + 64:  # before they are added: what was before them is evidence too
            del ring[: len(ring) - 2 * most]
        for hit in hits:
            ring += (time, hit.evidence)
            self._shown += 1

    def shown(self, since: int, last: int, most: int) -> tuple[Shown, ...]:
        """The evidence of these times, ends included; the newest."""
        ring = self.ring
        start = max(0, len(ring) - 2 * most)
        return tuple([ring[index + 1] for index in range(start, len(ring), 2) if since <= ring[index] <= last])

    def forget(self, of: Compiled, watermark: int) -> None:
        """Drop what cannot matter after the watermark."""
        self.window.forget(watermark)
        ring = self.ring
        if ring:
            opened = self.open
            since = watermark - of.reach if opened is None else min(opened.since, watermark - of.reach)
            start = max(0, len(ring) - 2 * of.shows)
            while start < len(ring) and ring[start] < since:
                start += 2
            if start:
                del ring[:start]

    def pack(self, memo: Memo) -> None:
        """Have the evidence as bytes, which take a fraction of the memory."""
        ring = self.ring
        for index in range(len(ring) - 1, 0, -2):
            evidence = ring[index]
            if isinstance(evidence, bytes):
                return
            known = memo.get(id(evidence))
            if known is None:
                known = memo[id(evidence)] = evidence, pack(evidence)
            ring[index] = known[1]

    def wake_at(self, of: Compiled) -> int | None:
        """When something happens without a hit, or nothing of it matters any more; None: never."""
        due = self.window.due() if of.timed else None
        times = [] if due is None else [due]
        times += [hit.time for hit in self.pending]
        if self.open is not None:
            if of.expires:
                times.append(self.open.last + of.timespan)
        elif not times and (until := self.window.until()) is not None:
            times.append(until)
        return min(times, default=None)

    def idle(self, of: Compiled, watermark: int) -> bool:
        """Nothing of it matters after the watermark."""
        if self.open is not None or self.pending:
            return False
        until = self.window.until()
        return until is not None and until <= watermark and not (of.timed and self.window.due() is not None)

    @property
    def next(self) -> int:
        """The number of the next chunk: of a slot that goes and comes again, numbers go on."""
        return self._next

    def save(self, of: Compiled) -> Saved:
        """All of it as bytes: what chunks do not hold yet is in the head, and in a new chunk when that becomes much."""
        log = self.window.log
        total, oldest = log.gone + len(log), self._shown - len(self.ring) // 2
        chunks = [each for each in self._chunks if each.log_end > log.gone or each.shown_end > oldest]
        log_from = max(log.gone, chunks[-1].log_end if chunks else 0)
        shown_from = max(oldest, chunks[-1].shown_end if chunks else 0)
        tail: list[Any] | None = self._entries(total - log_from, self._shown - shown_from)
        written: tuple[tuple[int, bytes], ...] = ()
        if total - log_from + self._shown - shown_from >= FILLED:
            written = ((self._next, pack(tail)),)
            tail = None
            chunks.append(_Chunk(self._next, total, self._shown))
            self._next += 1
        self._chunks = chunks
        due = self.window.due() if of.timed else None
        opened = None if self.open is None else self.open.saved()
        counts = len(log), len(self.ring) // 2
        head = pack([self.at, due, *counts, self.window.head(), opened, self.last, self.pending or None, tail])
        return Saved(head, self.wake_at(of), chunks[0].number if chunks else self._next, written)

    def anew(self) -> State:
        """The same, with nothing counted as saved."""
        self._chunks, self._next = (), 0
        return self

    def _entries(self, logged: int, shown: int) -> list[Any]:
        """The newest of the log and of the evidence, as plain data."""
        log, ring = self.window.log, self.ring
        start = len(log.times) - logged
        times, items = log.times[start:], log.items[start:]
        evidence = [pack(each) if isinstance(each, tuple) else each for each in ring[len(ring) - 2 * shown :]]
        return [times, items if any(item is not None for item in items) else None, evidence]

    @classmethod
    def load(cls, of: Compiled, window: Window, head: bytes, chunks: Sequence[tuple[int, bytes]]) -> State:
        """What was saved; `chunks` in order of their numbers. Raises ValueError for what was not saved by this."""
        at, _, live, shown, inner, opened, last, pending, tail = unpack(head)
        state = cls(window, chunks[-1][0] + 1 if chunks else 0)
        log = window.log
        loaded = []
        for number, body in chunks:
            state._extend(unpack(body))
            loaded.append(_Chunk(number, len(log.times), state._shown))
        state._chunks = loaded
        if tail is not None:
            state._extend(tail)
        log.gone = len(log.times) - live
        if log.gone < 0 or shown > state._shown:
            raise ValueError("chunks are missing")
        del log.times[: log.gone], log.items[: log.gone]
        del state.ring[: len(state.ring) - 2 * shown]
        window.restore(inner)
        state.at = at
        if opened is not None:
            state.open = Open(*opened)
        state.last = None if last is None else (last[0], last[1])
        state.pending = [hit_of(each) for each in pending] if pending else ()
        return state

    def _extend(self, entries: list[Any]) -> None:
        """Take back what `_entries` gave."""
        times, items, ring = entries
        log = self.window.log
        log.times += times
        log.items += [None] * len(times) if items is None else items
        self.ring += ring
        self._shown += len(ring) // 2
