"""One correlation at work: its slots, which of them have hits, and when each is to be looked at next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from heapq import heapify, heappop, heappush, nsmallest
from typing import NamedTuple

from engine.correlate.groups import key_of
from engine.correlate.packed import pack, unpack
from engine.correlate.slot import Compiled
from engine.correlate.state import Memo, State
from engine.correlate.states import Change, Kept, States
from engine.correlate.step import ORDER, TIME, Said, advance, drop
from engine.correlate.window import Window
from engine.errors import StoreError
from engine.hit import Hit

__all__ = ["Plan"]


WARM = 2_000
"""Slots of one correlation that are kept ready at least; of more, those are kept as bytes that are seldom asked for."""


class _Cold(NamedTuple):
    """A slot as bytes, which take a third of the memory; a chunk of None is one or several in the store."""

    head: bytes
    chunk: bytes | None


class Plan:
    """The slots of a correlation.

    of      the correlation
    inbox   group -> hits that are to be decided
    begin   event time from which on it has missed nothing; None until a hit or the caller says
    hits, late, duplicates, nulls, groups_dropped, hits_dropped   as `Counts` has them
    """

    def __init__(self, of: Compiled, states: States | None, most: int) -> None:
        self.of = of
        self.begin: int | None = None
        self.hits = self.late = self.duplicates = self.nulls = self.groups_dropped = self.hits_dropped = 0
        self._states = states
        self._most = most
        self._drops = of.correlation.missing == "drop"
        self.inbox: defaultdict[str, list[Hit]] = defaultdict(list)
        self._history: dict[str, list[Hit]] = {}
        self._warm: dict[str, State] = {}
        self._cold: dict[str, _Cold] = {}
        self._again: set[str] = set()
        self._roomy = WARM
        self._wakes: list[tuple[int, str]] = []
        self._changed: set[str] = set()
        self._gone: dict[str, int] = {}

    def restore(self, states: States, kept: Kept) -> int | None:
        """Take over what was saved: slots as bytes, until something happens to them. How far they were decided."""
        watermark, self.begin = _unpacked(kept.body)
        for group, head, wake_at in states.slots(self.of.meaning):
            self._cold[group] = _Cold(head, None)
            if wake_at is not None:
                self._wakes.append((wake_at, group))
        heapify(self._wakes)
        return watermark

    def begins(self, time: int) -> None:
        """From this event time on nothing is missed: what counts from the beginning, begins."""
        if self.begin is None:
            self.begin = time
            for texts in self.of.kind.listed():
                group = key_of(texts)
                if group not in self:
                    state = self._warm[group] = State(self.of.kind.window(time, listed=True))
                    self._schedule(group, state)
                    if self._states is not None:
                        self._changed.add(group)

    def __contains__(self, group: str) -> bool:
        return group in self._warm or group in self._cold

    def __len__(self) -> int:
        return len(self._warm) + len(self._cold)

    def put_null(self, group: str, hit: Hit) -> None:
        """Take in a hit whose group lacks a value, if such groups count."""
        self.nulls += 1
        if not self._drops:
            self.inbox[group].append(hit)

    def put_late(self, group: str, null: bool, hit: Hit) -> None:
        """Take in a hit of a time that is decided: it is counted, and history at most."""
        self.late += 1
        if self.of.kind.late and not (null and self._drops):
            self._history.setdefault(group, []).append(hit)

    def settle(self, watermark: int, said: Said) -> None:
        """Decide everything up to the watermark."""
        inbox, self.inbox = self.inbox, defaultdict(list)
        for group in self._remember():
            inbox[group]
        wakes = self._wakes
        while wakes and wakes[0][0] <= watermark:
            group = heappop(wakes)[1]
            if group in self:
                inbox[group]  # is there from now on, whether hits came or not
        for group, hits in inbox.items():
            self.hits += len(hits)
            self._advance(group, hits, watermark, said)

    def _remember(self) -> Iterable[str]:
        """Take late hits into the history of their groups; which these are."""
        history, self._history = self._history, {}
        for group, late in history.items():
            late.sort(key=ORDER)
            self._open(group).window.late(late)
        return history

    def _advance(self, group: str, hits: list[Hit], watermark: int, said: Said) -> None:
        of = self.of
        state = self._open(group)
        if of.inner and len(hits) > 1:
            hits.sort(key=TIME)  # those of rules are in order, those of correlations came after them
        advance(of, group, state, hits, watermark, said, self._most)
        if state.gone:
            self.hits_dropped += state.gone
            state.gone = 0
        if state.idle(of, watermark):
            self._remove(group, state)
            return
        if self._states is not None:
            self._changed.add(group)
        if state.wake is not None and state.wake <= watermark:
            state.wake = None
        if of.timed or state.open is not None or state.stored:
            self._schedule(group, state)

    def _schedule(self, group: str, state: State) -> None:
        """See to it that the slot is looked at when something happens to it; once too often does no harm."""
        wake_at = state.wake_at(self.of)
        if wake_at is not None and (state.wake is None or wake_at < state.wake):
            state.wake = wake_at
            heappush(self._wakes, (wake_at, group))

    def _remove(self, group: str, state: State) -> None:
        del self._warm[group]
        if state.stored:
            self._gone[group] = state.next
            self._changed.add(group)
        else:
            self._changed.discard(group)

    def _open(self, group: str) -> State:
        """The state of a slot, made of bytes where it is cold, new where there is none."""
        state = self._warm.get(group)
        if state is not None:
            self._again.add(group)
            return state
        window = self.of.kind.window(self.begin or 0)
        held = self._cold.pop(group, None)
        if held is None:
            state = State(window, self._gone.pop(group, None) if self._gone else None)
        else:
            state = self._thawed(group, window, held)
        self._warm[group] = state
        return state

    def _thawed(self, group: str, window: Window, held: _Cold) -> State:
        chunks = [(0, held.chunk)] if held.chunk else []
        if held.chunk is None and self._states is not None:
            chunks = list(self._states.chunks(self.of.meaning, group))
        try:
            state = State.load(self.of, window, held.head, chunks)
        except (ValueError, TypeError, IndexError, KeyError) as error:
            title, hint = self.of.correlation.title, "put a copy of it in its place, or start afresh"
            raise StoreError(f'the state of "{title}" is damaged: {error}', hint=hint) from None
        state.stored = held.chunk is None
        return state

    def tidy(self, watermark: int, memo: Memo) -> None:
        """Let go of slots of which nothing matters any more, and have those as bytes that are seldom asked for."""
        if len(self._warm) <= self._roomy:
            return
        for group, state in list(self._warm.items()):
            if state.idle(self.of, watermark):
                self._remove(group, state)
            elif group in self._again or group in self._changed:
                state.pack(memo)
            else:
                self._freeze(group, state, watermark)
        self._again.clear()
        self._roomy = max(WARM, 2 * len(self._warm))

    def _freeze(self, group: str, state: State, watermark: int) -> None:
        state.forget(self.of, watermark)
        if self._states is None:
            state = state.anew()
        head, wake_at, _, chunks = state.save(self.of)
        del self._warm[group]
        self._cold[group] = _Cold(head, None if self._states is not None else chunks[0][1] if chunks else b"")
        if wake_at is not None:
            heappush(self._wakes, (wake_at, group))

    def shrink(self, most: int, watermark: int, said: Said) -> None:
        """Forget the groups beyond `most` of which nothing was heard for longest."""
        excess = len(self) - most
        if excess > 0:
            ages = [(state.at, group) for group, state in self._warm.items()]
            ages += [(int(unpack(held.head)[0]), group) for group, held in self._cold.items()]
            for _, group in nsmallest(excess, ages):
                state = self._open(group)
                if not state.idle(self.of, watermark):
                    drop(self.of, group, state, watermark, said)
                    self.groups_dropped += 1
                self._remove(group, state)

    def undecided(self) -> int:
        """Windows that are open, and what else waits for a time that has not come."""
        if not self.of.timed:
            return 0
        dues = [state.window.due() for state in self._warm.values()]
        dues += [unpack(held.head)[1] for held in self._cold.values()]
        return len(dues) - dues.count(None)

    def kept(self, watermark: int | None) -> Kept:
        """What is saved of the correlation as a whole."""
        return Kept(self.of.meaning, self.of.key, pack([watermark, self.begin]))

    def changes(self, watermark: int) -> Iterator[Change]:
        """What has become of slots since the last time; afterwards it counts as saved."""
        meaning = self.of.meaning
        self._changed.update(self._remember())
        for group in sorted(self._changed):
            state = self._warm.get(group)
            if state is not None and state.idle(self.of, watermark):
                self._remove(group, state)
                state = None
            if state is not None:
                state.forget(self.of, watermark)
                yield Change(meaning, group, *state.save(self.of))
                state.stored = True
                self._schedule(group, state)
            elif self._gone.pop(group, None) is not None:
                yield Change(meaning, group, None, None, 0, ())
        self._changed.clear()


def _unpacked(body: bytes) -> tuple[int | None, int | None]:
    try:
        watermark, begin = unpack(body)
    except (ValueError, TypeError) as error:
        raise StoreError(f"the state of correlations is damaged: {error}", hint="start afresh") from None
    return watermark, begin
