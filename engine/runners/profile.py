"""A scan that is watched: what each rule costs, summed over all processes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from engine.match.profile import Cost, Profile, ProfilingDetector, summed
from engine.model import Blob, RuleCost, Summary
from engine.runners.report import Report
from engine.runners.worker import Found, Piece, Tally, Worker

__all__ = ["ProfilingReport", "ProfilingWorker"]


@dataclass
class _Tally(Tally):
    """Counts, and what the rules cost meanwhile."""

    profile: Profile = field(default_factory=dict)


class ProfilingWorker(Worker):
    """A worker that has a profiling detector; it reads records whole, and tells what rules cost after its blobs."""

    detector: ProfilingDetector

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.reading = self.reading._replace(shapes=None)

    def __reduce__(self) -> tuple[Any, ...]:
        return ProfilingWorker, super().__reduce__()[1]

    def scan(self, blobs: Iterable[Blob]) -> Iterator[Piece]:
        last = 0
        for piece in super().scan(blobs):
            last = piece[0]
            yield piece
        yield last, _Tally(profile=self.detector.take()), []


class ProfilingReport(Report):
    """A report that sums what the workers tell of the rules."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._profile: Profile = {}

    def add(self, tally: Tally, found: Iterable[Found], blob: int) -> None:
        if isinstance(tally, _Tally):
            self._profile = summed([self._profile, tally.profile])
        super().add(tally, found, blob)

    def summary(self) -> Summary:
        """What the run saw, with the rules' costs, the dearest first."""
        rules = self.scan.ruleset.rules
        costs = [(self._profile.get(number, Cost()), rule) for number, rule in enumerate(rules)]
        ranked = sorted(enumerate(costs), key=lambda item: (-item[1][0].total, item[0]))
        return super().summary()._replace(profile=tuple(_told(cost, rule) for _, (cost, rule) in ranked))


def _told(cost: Cost, rule: Any) -> RuleCost:
    spent = (round(took / 1_000) for took in (cost.testing, cost.walking, cost.telling))
    return RuleCost(rule.id, rule.title, rule.path, cost.seen, cost.open, cost.reads, cost.matched, *spent)
