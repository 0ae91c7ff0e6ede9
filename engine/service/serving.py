"""The service: scans when it is time, tells what is due in between, and stops when it is asked to."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import NamedTuple, Protocol

from engine.alerts.database import Database
from engine.errors import DetectError
from engine.model import Summary
from engine.service import history
from engine.service.health import Health
from engine.service.history import Scanned
from engine.service.schedule import Schedule

__all__ = ["Done", "Plan", "Service"]

LOOK = 1.0
"""Seconds between two looks at whether something is due."""

KEPT = 30 * 86_400_000_000
"""How long a scan is remembered, microseconds."""


class Done(NamedTuple):
    """What came of a scan: what it saw, and how many alerts it raised and detections came too late."""

    summary: Summary
    alerts: int
    late: int


class Plan(Protocol):
    """What a service does, as it is configured now."""

    schedule: Schedule

    def scan(self) -> Done:
        """Read what is new, and raise alerts. Raises DetectError."""

    def tell(self, now: int) -> None:
        """Put into the outbox what is due by now, and have it sent."""

    def finish(self, now: int) -> None:
        """Tell all that would wait for more, as nobody comes back soon, and wait for what is being sent."""

    def close(self) -> None:
        """Start nothing new."""


class Service:
    """Scans again and again.

    database  the state store, for this thread
    plan      what to do; asked again when files have changed, and may then be another
    changed   whether files of the plan have changed since it was made
    clock     now, in microseconds
    chance    0 to 1, at random
    log       takes one line of what happened: (what, numbers and words)
    """

    def __init__(
        self,
        database: Database,
        plan: Callable[[], Plan],
        changed: Callable[[], bool],
        health: Health,
        clock: Callable[[], int],
        chance: Callable[[], float],
        log: Callable[[str, dict[str, object]], None],
    ) -> None:
        self._database = database
        self._make = plan
        self._plan = plan()
        self._changed = changed
        self._health = health
        self._clock = clock
        self._chance = chance
        self._log = log
        self._stopping = False
        self._reload = False
        self._woken = threading.Event()

    def stop(self) -> None:
        """Ask it to end: after what is being done, which a Ctrl-C may cut short."""
        self._stopping = True
        self._woken.set()

    def reload(self) -> None:
        """Ask it to read rules and configuration anew."""
        self._reload = True
        self._woken.set()

    def serve(self, most: int | None = None) -> None:
        """Run until it is asked to stop, or has scanned so often."""
        with self._database.transaction():
            history.unfinished(self._database)
        due = self._next()
        scans = 0
        try:
            while not self._stopping and (most is None or scans < most):
                self._health.alive()
                now = self._clock()
                if self._wanted(due, now):
                    self._refresh()
                    self._scan(now)
                    scans += 1
                    due = self._next()
                elif self._reload:
                    self._refresh()
                    due = self._next()
                self._tell()
                if not self._stopping and scans != most:
                    self._woken.wait(LOOK)
                    self._woken.clear()
            if not self._stopping:
                self._plan.finish(self._clock())
        except KeyboardInterrupt:
            self._stopping = True
        finally:
            self._plan.close()
        self._log("stopped", {"scans": scans})

    def _next(self) -> int:
        return self._plan.schedule.due(history.last_begun(self._database), self._clock(), self._chance())

    def _wanted(self, due: int, now: int) -> bool:
        """Whether to scan: it is time and nobody wants a pause, or somebody wants it at once."""
        if history.wished(self._database, "scan"):
            with self._database.transaction():
                history.withdraw(self._database, "scan")
            return True
        return now >= due and not history.wished(self._database, "pause")

    def _refresh(self) -> None:
        """Take another plan where its files have changed; one that has faults is refused, and the old one stays."""
        if not (self._reload or self._changed()):
            return
        self._reload = False
        try:
            made = self._make()
        except DetectError as error:
            self._health.fault("reload", _line(error))
            self._health.add("reloads", label="refused")
            self._log("reload refused", {"fault": _line(error)})
            return
        self._plan.close()
        self._plan = made
        self._health.fault("reload", None)
        self._health.add("reloads", label="done")
        self._log("reloaded", {})

    def _scan(self, now: int) -> None:
        with self._database.transaction():
            number = history.begin(self._database, now)
        self._health.alive(scanning=True)
        try:
            done = self._plan.scan()
        except (DetectError, OSError) as error:
            self._failed(number, now, _line(error))
            return
        summary, (state, fault) = done.summary, _state(done.summary)
        ended = self._clock()
        scanned = Scanned(
            number, now, ended, summary.files, summary.events, summary.detections, done.alerts, state, fault
        )
        with self._database.transaction():
            history.end(self._database, scanned)
            history.forget(self._database, now - KEPT)
        self._count(done, state, ended, ended - now)
        self._health.fault("scan", fault if state == "incomplete" else None)
        numbers = {"number": number, "files": summary.files, "events": summary.events, "alerts": done.alerts}
        more = {"seconds": round(summary.seconds, 3), **({"fault": fault} if fault else {})}
        self._log(f"scan {state}", {**numbers, **more})
        if summary.interrupted:
            self._stopping = True

    def _failed(self, number: int, started: int, fault: str) -> None:
        """A scan that came to nothing is tried again at its next time."""
        with self._database.transaction():
            history.end(self._database, Scanned(number, started, self._clock(), 0, 0, 0, 0, "failed", fault))
        self._health.add("scans", label="failed")
        self._health.fault("scan", fault)
        self._log("scan failed", {"number": number, "fault": fault})

    def _count(self, done: Done, state: str, ended: int, took: int) -> None:
        summary, health = done.summary, self._health
        health.add("scans", label=state)
        for name, number in (
            ("events", summary.events), ("bytes", summary.bytes), ("files", summary.files), ("late", done.late),
            ("detections", summary.detections), ("alerts", done.alerts), ("problems", summary.problems_total),
        ):  # fmt: skip
            health.add(name, number)
        health.gauge(scan_seconds=took / 1e6)
        if state in ("finished", "incomplete"):
            health.gauge(last_scan_timestamp_seconds=ended / 1e6)
        if summary.last is not None:
            health.gauge(lag_seconds=max(0, ended - summary.last) / 1e6)

    def _tell(self) -> None:
        now = self._clock()
        self._plan.tell(now)
        waits, oldest = self._database.execute(
            "SELECT count(*), min(created_at) FROM delivery WHERE state IN ('queued', 'sending')"
        ).fetchone()
        dead = self._database.execute("SELECT count(*) FROM delivery WHERE state = 'dead'").fetchone()[0]
        open_ = self._database.execute("SELECT count(*) FROM alert WHERE resolved IS NULL AND merged IS NULL")
        self._health.gauge(
            outbox_messages=waits,
            outbox_age_seconds=0 if oldest is None else max(0, now - oldest) / 1e6,
            dead_letters=dead,
            open_alerts=open_.fetchone()[0],
        )


def _state(summary: Summary) -> tuple[str, str | None]:
    """How a scan went, and what of it people should know."""
    if summary.interrupted:
        return "interrupted", None
    if summary.problems:
        first = summary.problems[0]
        more = f" and {summary.problems_total - 1:,} more" if summary.problems_total > 1 else ""
        return "incomplete", f"{first.ref}: {first.fault}{more}"
    if summary.rejected:
        return "incomplete", f"{summary.rejected:,} rules cannot be used; detect rules --rejected says why"
    return "finished", None


def _line(error: Exception) -> str:
    """An error with its hint, in one line."""
    return "; ".join(line.strip() for line in str(error).splitlines())
