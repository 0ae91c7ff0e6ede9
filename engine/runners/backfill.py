"""A range that is read again: what it finds that nobody was told of becomes an alert, and nothing else changes."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from engine.alerts.compiled import Alerting
from engine.alerts.database import alert_of
from engine.alerts.lifecycle import of_episode
from engine.alerts.raised import Raised
from engine.hit import Episode
from engine.model import RuleHead
from engine.outputs import Output
from engine.redact import Redactor
from engine.rules import Correlation
from engine.runners.alerting import Alerted
from engine.stores import Ledger, Store

__all__ = ["Again", "with_history"]

_HISTORIES = ("first_seen", "spike")
"""Types that compare with what was long before: of a range alone they would take the usual for new."""


class Again(Alerted):
    """An output for a scan that stands alone, beside a state file in which runs have kept what they told.

    It decides nothing: what the runs have not decided yet waits for them, and correlations run over the range alone,
    from nothing. `counts`:

    detections  that were found; reported: by earlier runs, known by rule and event
    episodes    that were found; told: under their id, or one of the same group at the same time
    later       episodes that go beyond what is decided: the runs tell them themselves
    history     episodes of correlations that a range says too little of
    exempt      detections that a list of exceptions leaves out; exempt_episodes: likewise
    """

    def __init__(
        self,
        output: Output,
        alerting: Alerting,
        store: Store,
        clock: Callable[[], int],
        redactor: Redactor | None,
        left_out: Iterable[str] = (),
    ) -> None:
        super().__init__(output, alerting, store, lambda summary: None, clock, redactor)
        self.foresees = False
        self.counts: Counter[str] = Counter()
        self._ledger = Ledger(store)
        self._left_out = frozenset(left_out)
        self._told: dict[str, dict[Any, list[tuple[int, int]]]] = {}
        self._decided = self.book.watermark

    @property
    def begun(self) -> bool:
        """Whether any run has decided anything yet; before that there is nothing to add to."""
        return self._store.execute("SELECT 1 FROM alert_clock").fetchone() is not None

    def tell(self, correlation: RuleHead, episode: Episode, new: bool) -> None:
        """One episode; of one that has not ended the end is not known, so that it ends with its last event."""
        self.counts["episodes"] += 1
        if correlation.key in self._left_out:
            self.counts["history"] += 1
        elif episode.last > self._decided:
            self.counts["later"] += 1
        elif self._was_told(correlation, episode):
            self.counts["told"] += 1
        else:
            end = episode.last if episode.end is None else episode.end
            super().tell(correlation, episode._replace(state="ended", end=end), new)

    def keep(self) -> None:
        """Put into the book what no run has reported."""
        self.counts["detections"] += len(self._raised)
        fresh = self._fresh(self._raised)
        self.counts["reported"] += len(self._raised) - len(fresh)
        self._raised = []
        with self._store.transaction():
            before = self.book.counts["exempt"]
            self.book.take(fresh, self._clock())
            both = self.book.counts["exempt"]
            super().keep()
            self.counts["exempt"] += both - before
            self.counts["exempt_episodes"] += self.book.counts["exempt"] - both

    def _fresh(self, raised: list[Raised]) -> list[Raised]:
        named = [(each, _identity(each)) for each in raised]
        known = self._ledger.seen([identity for _, identity in named if identity is not None])
        return [each for each, identity in named if identity not in known]

    def _was_told(self, correlation: RuleHead, episode: Episode) -> bool:
        """Whether there is an alert of this id, or of this group at a time that the episode has too."""
        if self._store.execute("SELECT 1 FROM alert WHERE id = ?", (episode.id,)).fetchone():
            return True
        if correlation.key not in self._told:
            known: dict[Any, list[tuple[int, int]]] = {}
            for (body,) in self._store.execute("SELECT body FROM alert WHERE rule = ?", (correlation.key,)):
                alert = alert_of(body)
                known.setdefault(alert.group, []).append((alert.first, alert.last))
            self._told[correlation.key] = known
        if self._redactor:
            episode = self._redactor.episode(episode)
        spans = self._told[correlation.key].get(of_episode(episode, correlation).group, ())
        return any(first <= episode.last and episode.start <= last for first, last in spans)


def with_history(correlations: Iterable[Correlation]) -> frozenset[str]:
    """The keys of correlations that need more history than a range has, and of those above them; inner come first."""
    found: set[str] = set()
    for each in correlations:
        if each.type in _HISTORIES or not found.isdisjoint(each.rules):
            found.add(each.key)
    return frozenset(found)


def _identity(raised: Raised) -> bytes | None:
    """By what a run knows a detection that it has reported; None of an event without an id."""
    id = raised.evidence.id
    if id is None:
        return None
    return hashlib.blake2b(f"{len(raised.rule)}:{raised.rule}{id}".encode(), digest_size=16).digest()
