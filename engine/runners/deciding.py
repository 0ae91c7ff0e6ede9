"""The stateful half of a run: hits in, in any order; episodes out, each once, in order of time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter

from engine.correlate import Correlator, Limits, States
from engine.hit import Episode, Hit
from engine.rules import Ruleset
from engine.runners.spill import Spill

__all__ = ["Deciding"]

TOGETHER = 50_000
"""Hits that are given to the correlator at a time, about: so many are beside its windows in memory."""

Keep = Callable[[list[Episode], int | None], None]
"""Called after every part with what was decided, and up to which time all hits have been taken (None: all of them)."""


class Deciding:
    """Keeps hits until they can be decided in order of time, on disk what is too much for memory.

    in_memory  hits, and episodes, that may wait in memory
    """

    def __init__(self, ruleset: Ruleset, states: States | None, limits: Limits, in_memory: int) -> None:
        self.correlator = Correlator(ruleset, states, limits)
        self._waiting: Spill[Hit] = Spill(attrgetter("time"), in_memory)
        self._order = {each.key: number for number, each in enumerate(ruleset.correlations)}
        self._told: Spill[Episode] = Spill(self._place, max(1, in_memory // 10))  # an episode shows up to 100 events

    def take(self, hits: Iterable[Hit]) -> None:
        """Take hits in, in any order."""
        self._waiting.add(hits)

    def waiting(self) -> Iterator[Hit]:
        """The hits that wait, which are given away."""
        return self._waiting.drain()

    def recall(self, episodes: Iterable[Episode]) -> None:
        """Take in what an earlier run has decided, but not told."""
        self._told.add(each for each in episodes if each.correlation in self._order)

    def decide(self, until: int | None, keep: Keep) -> None:
        """Decide all that is not later than `until`; None: nothing, all goes on waiting in the correlator's state."""
        for hits, upto in _portions(self._waiting.drain()):
            self.correlator.take(hits)
            if until is not None and upto <= until:
                self._tell(self.correlator.settle(upto), upto, keep)
        self._tell(() if until is None else self.correlator.settle(until), None, keep)

    def close(self, end: int, final: bool, keep: Keep) -> None:
        """End of all: windows that are still open are counted, or with `final` decided."""
        self._tell(self.correlator.close(end, final), None, keep)

    def _tell(self, said: Iterable[Episode], upto: int | None, keep: Keep) -> None:
        episodes = list(said)
        self._told.add(episodes)
        keep(episodes, upto)

    def episodes(self) -> Iterator[tuple[Episode, bool]]:
        """What is to be told: each episode as it was last, and whether it began here; in order of time."""
        held: Episode | None = None
        new = False
        for each in self._told.drain():
            if held is not None and held.id != each.id:
                yield held, new
                new = False
            held, new = each, new or each.state == "opened"
        if held is not None:
            yield held, new

    def _place(self, episode: Episode) -> tuple[object, ...]:
        group = tuple((text is not None, text or "") for _, text in episode.group)
        return episode.start, self._order[episode.correlation], group, episode.id


def _portions(hits: Iterator[Hit]) -> Iterator[tuple[list[Hit], int]]:
    """Parts of hits that come in order of time, and the time of the last; those of one instant are never parted."""
    held: list[Hit] = []
    for hit in hits:
        if len(held) >= TOGETHER and held[-1].time != hit.time:
            yield held, held[-1].time
            held = []
        held.append(hit)
    if held:
        yield held, held[-1].time
