"""One correlation at work: its slots, which of them have hits, and when each is to be looked at next."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heapify, heappop, heappush, nsmallest

from engine.correlate.groups import key_of, texts_of
from engine.correlate.packed import pack, unpack
from engine.correlate.slot import Compiled, Slot
from engine.correlate.state import Memo, State
from engine.correlate.states import Change, Kept, States
from engine.correlate.step import ORDER, Said, advance, drop
from engine.errors import StoreError
from engine.hit import Hit

__all__ = ["Plan"]


class Plan:
    """The slots of a correlation.

    of      the correlation
    begin   event time from which on it has missed nothing; None until a hit or the caller says
    counts  what happened that episodes do not show
    """

    def __init__(self, of: Compiled, states: States | None, most: int) -> None:
        self.of = of
        self.begin: int | None = None
        self.hits = self.late = self.duplicates = self.nulls = self.groups_dropped = self.hits_dropped = 0
        self._states = states
        self._most = most
        self._inbox: dict[str, list[Hit]] = {}
        self._history: dict[str, list[Hit]] = {}
        self._slots: dict[str, State | bytes] = {}
        self._wakes: list[tuple[int, str]] = []
        self._changed: set[str] = set()
        self._gone: dict[str, int] = {}

    def restore(self, states: States, kept: Kept) -> int | None:
        """Take over what was saved: slots as bytes, until something happens to them. How far they were decided."""
        watermark, self.begin = _unpacked(kept.body)
        for group, head, wake_at in states.slots(self.of.meaning):
            self._slots[group] = head
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
                if group not in self._slots:
                    state = self._slots[group] = State(self.of.kind.window(time, listed=True))
                    self._schedule(group, state)
                    self._changed.add(group)

    def put(self, hit: Hit) -> None:
        """Take in a hit that is to be decided."""
        group = self._group(hit)
        if group is not None:
            self.hits += 1
            held = self._inbox.get(group)
            if held is None:
                self._inbox[group] = [hit]
            else:
                held.append(hit)

    def put_late(self, hit: Hit) -> None:
        """Take in a hit of a time that is decided: it is counted, and history at most."""
        self.late += 1
        if self.of.kind.late and (group := self._group(hit)) is not None:
            self._history.setdefault(group, []).append(hit)

    def _group(self, hit: Hit) -> str | None:
        """The group of a hit; None where it lacks a field and is dropped for that."""
        group = self.of.keys[hit.rule].of(hit.values)
        if "null" in group and None in texts_of(group):
            self.nulls += 1
            if self.of.correlation.missing == "drop":
                return None
        return group

    def settle(self, watermark: int, said: Said, memo: Memo) -> None:
        """Decide everything up to the watermark."""
        inbox, self._inbox = self._inbox, {}
        history, self._history = self._history, {}
        for group, late in history.items():
            late.sort(key=ORDER)
            self._open(group).window.late(late)
            inbox.setdefault(group, [])
        wakes = self._wakes
        while wakes and wakes[0][0] <= watermark:
            group = heappop(wakes)[1]
            if group in self._slots:
                inbox.setdefault(group, [])
        for group, hits in inbox.items():
            self._advance(group, hits, watermark, said, memo)

    def _advance(self, group: str, hits: list[Hit], watermark: int, said: Said, memo: Memo) -> None:
        state = self._open(group)
        if self.of.inner and len(hits) > 1:
            hits.sort(key=ORDER)  # those of rules are in order, those of correlations came after them
        advance(Slot(self.of, group), state, hits, watermark, said, self._most)
        self.hits_dropped += state.gone
        state.gone = 0
        if state.idle(watermark):
            self._remove(group, state)
            return
        state.pack(memo)
        self._changed.add(group)
        if state.wake is not None and state.wake <= watermark:
            state.wake = None
        self._schedule(group, state)

    def _schedule(self, group: str, state: State) -> None:
        """See to it that the slot is looked at when something happens to it; once too often does no harm."""
        wake_at = state.wake_at(self.of)
        if wake_at is not None and (state.wake is None or wake_at < state.wake):
            state.wake = wake_at
            heappush(self._wakes, (wake_at, group))

    def _remove(self, group: str, state: State) -> None:
        del self._slots[group]
        if state.stored:
            self._gone[group] = state.next
            self._changed.add(group)
        else:
            self._changed.discard(group)

    def _open(self, group: str) -> State:
        """The state of a slot, read from the store where that has not been done."""
        held = self._slots.get(group)
        if isinstance(held, State):
            return held
        window = self.of.kind.window(self.begin or 0)
        if held is None:
            state = State(window, self._gone.pop(group, None))
        else:
            chunks = [] if self._states is None else list(self._states.chunks(self.of.meaning, group))
            try:
                state = State.load(self.of, window, held, chunks)
            except (ValueError, TypeError, IndexError, KeyError) as error:
                title, hint = self.of.correlation.title, "put a copy of it in its place, or start afresh"
                raise StoreError(f'the state of "{title}" is damaged: {error}', hint=hint) from None
        self._slots[group] = state
        return state

    def shrink(self, most: int, watermark: int, said: Said) -> None:
        """Forget the groups beyond `most` of which nothing was heard for longest."""
        excess = len(self._slots) - most
        if excess > 0:
            for _, group in nsmallest(excess, [(self._last(group), group) for group in self._slots]):
                state = self._open(group)
                drop(Slot(self.of, group), state, watermark, said)
                self._remove(group, state)
                self.groups_dropped += 1

    def _last(self, group: str) -> int:
        held = self._slots[group]
        return held.at if isinstance(held, State) else int(unpack(held)[0])

    def undecided(self) -> int:
        """Windows that are open, and what else waits for a time that has not come."""
        dues = [held.window.due() if isinstance(held, State) else unpack(held)[1] for held in self._slots.values()]
        return len(dues) - dues.count(None)

    def kept(self, watermark: int | None) -> Kept:
        """What is saved of the correlation as a whole."""
        return Kept(self.of.meaning, self.of.key, pack([watermark, self.begin]))

    def changes(self) -> Iterator[Change]:
        """What has become of slots since the last time; afterwards it counts as saved."""
        meaning = self.of.meaning
        for group in sorted(self._changed):
            state = self._slots.get(group)
            if isinstance(state, State):
                yield Change(meaning, group, *state.save(self.of))
            elif self._gone.pop(group, None) is not None:
                yield Change(meaning, group, None, None, 0, ())
        self._changed.clear()


def _unpacked(body: bytes) -> tuple[int | None, int | None]:
    try:
        watermark, begin = unpack(body)
    except (ValueError, TypeError) as error:
        raise StoreError(f"the state of correlations is damaged: {error}", hint="start afresh") from None
    return watermark, begin
