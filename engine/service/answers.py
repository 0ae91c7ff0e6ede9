"""Which sources answer: one that does not is asked less and less often, and people are told once, and when it ends."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from engine.alert import Alert
from engine.alerts.database import Database
from engine.alerts.summaries import unanswered

__all__ = ["Answers", "Outage"]

FIRST = 30_000_000
"""How long a source is left alone after it failed once, microseconds; twice as long each time."""

LONGEST = 15 * 60_000_000

TOLD_AFTER = 3
"""Failures in a row after which people are told: a line may be bad for a moment."""

_NAME = "failing "


class Outage(NamedTuple):
    """A source that does not answer; times by the clock, microseconds."""

    since: int
    failures: int
    next_at: int
    fault: str


class Answers:
    """What is remembered of sources that fail, in the state store, so that it outlives the process."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def faults(self) -> dict[str, str]:
        """Source -> what was wrong last."""
        return {source: outage.fault for source, outage in self.outages().items()}

    def resting(self, sources: Iterable[str], now: int) -> frozenset[str]:
        """Those of the sources that are to be left alone for now."""
        outages = self.outages()
        due = {each: outages[each].next_at for each in sources if each in outages}
        return frozenset(each for each, at in due.items() if now < at <= now + LONGEST)  # else the clock was set back

    def note(self, asked: Iterable[str], faults: Mapping[str, str], now: int) -> list[Alert]:
        """Note which of the sources that were asked have answered; alerts of those that people should know of."""
        told: list[Alert] = []
        outages = self.outages()
        with self._database.transaction():
            for source in asked:
                before = outages.get(source)
                if source in faults:
                    outage = _failed(before, faults[source], now)
                    self._keep(source, outage)
                    if outage.failures == TOLD_AFTER:
                        told.append(unanswered(source, outage.fault, outage.since, None))
                elif before is not None:
                    self._database.execute("DELETE FROM mark WHERE name = ?", (_NAME + source,))
                    if before.failures >= TOLD_AFTER:
                        told.append(unanswered(source, before.fault, before.since, now))
        return told

    def outages(self) -> dict[str, Outage]:
        """Source -> since when and why it does not answer."""
        rows = self._database.execute("SELECT name, value FROM mark WHERE name >= ? AND name < ?", (_NAME, "failing!"))
        return {name[len(_NAME) :]: Outage(*json.loads(value)) for name, value in rows}

    def _keep(self, source: str, outage: Outage) -> None:
        said: tuple[Any, ...] = (_NAME + source, json.dumps(outage))
        self._database.execute("DELETE FROM mark WHERE name = ?", said[:1])
        self._database.execute("INSERT INTO mark VALUES (?, ?)", said)


def _failed(before: Outage | None, fault: str, now: int) -> Outage:
    since, failures = (before.since, before.failures + 1) if before else (now, 1)
    return Outage(since, failures, now + min(FIRST << min(failures - 1, 20), LONGEST), fault)
