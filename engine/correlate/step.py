"""The step: what hits and the passing of event time do to one slot. It has no clock, no store, and knows one slot only.

Everything happens in order of event time: all hits of one instant together, then whatever is due at that time. So the
answer does not hang on the order in which hits came, nor on how they were parted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import NamedTuple

from engine.correlate.episode import Fired, Open, What, hit_above, identity
from engine.correlate.slot import Compiled, Slot
from engine.correlate.state import State
from engine.correlate.window import Judgement
from engine.hit import Hit

__all__ = ["FOREVER", "ORDER", "TIME", "Said", "Stepped", "advance", "drop", "step"]

TIME, ORDER = itemgetter(1), itemgetter(1, 2, 0)
"""Of a hit: its time; and (time, event, rule), the order in which hits are taken."""

FOREVER = 1 << 62
"""A watermark after every time that an event can have, microseconds."""


class Said(NamedTuple):
    """What slots have said: episodes, and hits for the correlations above; both are added to."""

    fired: list[Fired]
    hits: list[Hit]


class Stepped(NamedTuple):
    """What a step gives.

    state    what to remember; None: nothing, the slot need not be kept
    fired    in the order in which it happened
    hits     for the correlations above
    wake_at  step again, without hits, when the watermark gets there; None: never
    """

    state: State | None
    fired: list[Fired]
    hits: list[Hit]
    wake_at: int | None


def step(
    slot: Slot, state: State | None, hits: Iterable[Hit], watermark: int, begin: int = 0, most: int = FOREVER
) -> Stepped:
    """Decide what can be decided of a slot: everything that is not later than the watermark.

    slot       hits are of its group
    state      as the last step gave it, None at first; it is changed, and must not be used again
    hits       in any order; those after the watermark wait in the state. A second copy of a hit counts for nothing
    begin      event time from which on nothing was missed
    most       hits that a window may hold; beyond that the oldest go
    """
    if state is None:
        state = State(slot.of.kind.window(begin))
    known = {(hit.rule, hit.event): hit for hit in reversed([*state.pending, *hits])}
    state.pending = [hit for hit in known.values() if hit.time > watermark]
    due = sorted((hit for hit in known.values() if hit.time <= watermark), key=TIME)
    said = Said([], [])
    advance(slot.of, slot.group, state, due, watermark, said, most)
    state.forget(slot.of, watermark)
    idle = state.idle(slot.of, watermark)
    return Stepped(None if idle else state, said.fired, said.hits, None if idle else state.wake_at(slot.of))


def advance(of: Compiled, group: str, state: State, hits: Sequence[Hit], watermark: int, said: Said, most: int) -> None:
    """Take hits, which are in order of time and not after the watermark, and let everything happen up to it."""
    window = state.window
    if of.inner and not of.presence:
        hits = [hit for hit in hits if hit.opens]
    log, told, timed = window.log, of.told, of.timed
    index, count = 0, len(hits)
    while index < count:
        time = hits[index].time
        end = index + 1
        while end < count and hits[end].time == time:
            end += 1
        instant = hits[index:end]
        if end - index > 1:
            instant = sorted(instant, key=ORDER)
        index = end
        if timed or state.open is not None:
            _wake(of, group, state, time - 1, said)
        judgements = window.take(time, instant)
        if seen := window.seen:
            state.show(time, seen, of.shows)
            if told:
                last = seen[0] if len(seen) == 1 else max(seen, key=ORDER)
                state.last = last.rule, last.values
        if len(log.times) > most:
            state.gone += window.limit(most)
        for judgement in judgements:
            if judgement.true or state.open is not None:
                _judge(of, group, state, time, judgement, said, seen)
    if timed or state.open is not None:
        _wake(of, group, state, watermark, said)
    if count:
        state.at = hits[-1].time
        window.seen = ()  # hits are large
    opened = state.open
    if opened is not None and opened.extended:
        opened.extended = False
        said.fired.append(_fired(of, group, state, opened, "extended", None))


def drop(of: Compiled, group: str, state: State, watermark: int, said: Said) -> None:
    """Forget a slot that there is no room for: an episode of it ends now, as nothing will be known of it."""
    if state.open is not None:
        _end(of, group, state, state.open, watermark, said)


def _wake(of: Compiled, group: str, state: State, until: int, said: Said) -> None:
    """Let happen what is due up to a time without a hit: what the window waits for, and episodes that end."""
    window = state.window
    while True:
        due, opened = window.due() if of.timed else None, state.open
        if opened is not None and of.expires:
            expiry = opened.last + of.timespan
            if expiry <= until and (due is None or expiry < due):
                _end(of, group, state, opened, expiry, said)
                continue
        if due is None or due > until:
            return
        for judgement in window.fire(due):
            _judge(of, group, state, due, judgement, said, ())


def _judge(
    of: Compiled, group: str, state: State, time: int, judgement: Judgement, said: Said, seen: Sequence[Hit]
) -> None:
    """What a judgement does to the episode of the slot. `seen`: the hits of this instant that took part."""
    opened = state.open
    true, value = judgement.true, judgement.value
    if judgement.tag is not None:
        _happen(of, group, state, time, judgement, said, seen)
    elif true and opened is None:
        state.open = _open(of, group, state, time, judgement, said)
    elif true and opened is not None:
        opened.last, opened.value, opened.extended = time, value, True
        opened.hits += judgement.new
        if of.outer:
            shown = [hit.evidence for hit in seen] or state.shown(time - of.reach, time, of.shows)
            said.hits.append(hit_above(of.key, opened, time, of.values(group, state.last), shown))
    elif opened is not None:
        _end(of, group, state, opened, time, said, len(seen))
    if true and not seen and state.open is not None:
        state.open.shown = state.shown(state.open.since, time, of.shows)


def _open(of: Compiled, group: str, state: State, time: int, judgement: Judgement, said: Said) -> Open:
    """Tell of an episode that opens."""
    since = time - of.reach if judgement.since is None else judgement.since
    values = of.values(group, state.last)
    known_as = identity(of.key, group, time, None)
    opened = Open(known_as, time, time, judgement.value, judgement.size, since, values)
    said.fired.append(_fired(of, group, state, opened, "opened", None))
    if of.outer:
        shown = state.shown(since, time, of.shows)
        said.hits.append(hit_above(of.key, opened, time, values, shown))
    return opened


def _happen(
    of: Compiled, group: str, state: State, time: int, judgement: Judgement, said: Said, seen: Sequence[Hit]
) -> None:
    """Tell of an episode without length: that it opens, and that it ends."""
    hits, since = judgement.hits, judgement.since
    before = () if since is None else state.shown(since, time - 1, of.shows + len(seen))
    shown = (*before, *[hit.evidence for hit in hits])
    values = of.values(group, (hits[-1].rule, hits[-1].values))
    known_as = identity(of.key, group, time, judgement.tag)
    opened = Open(known_as, time, time, judgement.value, judgement.size, time, values)
    fired = _fired(of, group, state, opened, "opened", None)._replace(evidence=shown)
    said.fired.extend((fired, fired._replace(state="ended", end=time)))
    if of.outer:
        said.hits.append(hit_above(of.key, opened, time, values, shown))


def _end(of: Compiled, group: str, state: State, opened: Open, end: int, said: Said, later: int = 0) -> None:
    """Tell that an episode has ended. `later`: hits of the end itself, which took no part."""
    said.fired.append(_fired(of, group, state, opened, "ended", end, later))
    state.open = None


def _fired(of: Compiled, group: str, state: State, opened: Open, what: What, end: int | None, later: int = 0) -> Fired:
    shown = state.shown(opened.since, opened.last, of.shows + later) if opened.shown is None else tuple(opened.shown)
    start, last = opened.start, opened.last
    return Fired(opened.id, group, what, start, last, end, opened.value, opened.hits, shown, opened.values)
