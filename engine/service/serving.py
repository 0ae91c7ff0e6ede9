"""The service: scans when it is time, tells what is due in between, and stops when it is asked to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from engine.alerts.database import Database
from engine.errors import DetectError, StoreError, TakenOver
from engine.model import Summary
from engine.service import history
from engine.service.clock import Stepped, shift
from engine.service.counted import count, fired
from engine.service.health import Health
from engine.service.history import Scanned
from engine.service.measured import outbox
from engine.service.schedule import Schedule

__all__ = ["Done", "Plan", "Service"]

LOOK = 1.0
"""Seconds between two looks at whether something is due."""


class Done(NamedTuple):
    """What came of a scan.

    alerts   that it raised; late: detections that came too late for one
    failing  source -> why it does not answer
    reached  source -> up to when it has delivered, microseconds
    fired    (title, level) -> how often that rule fired, or an episode of that correlation began
    groups   title of a correlation -> groups that it remembers; None where nobody has counted them
    """

    summary: Summary
    alerts: int
    late: int
    failing: Mapping[str, str] = {}
    reached: Mapping[str, int] = {}
    fired: Mapping[tuple[str, str], int] = {}
    groups: Mapping[str, int] | None = None


class Plan(Protocol):
    """What a service does, as it is configured now. keep: microseconds that scans are remembered."""

    schedule: Schedule
    keep: int

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
    steady    microseconds that nobody sets; None: the clock is never set either
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
        steady: Callable[[], int] | None = None,
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
        self._news = False
        self._woken = threading.Event()
        self._stepped = Stepped(clock, steady or clock)
        self._due = 0
        self._sound = False
        self._scans = 0

    def stop(self) -> None:
        """Ask it to end: after what is being done, which a Ctrl-C may cut short."""
        self._stopping = True
        self._woken.set()

    def reload(self) -> None:
        """Ask it to read rules and configuration anew."""
        self._reload = True
        self._woken.set()

    def news(self) -> None:
        """Say that there may be something new to read."""
        self._news = True
        self._woken.set()

    def serve(self, most: int | None = None) -> None:
        """Run until it is asked to stop, or has scanned so often.

        A state file that cannot be used for now (locked, no room) is waited for, unless the scans are counted.
        """
        try:
            while not self._stopping and (most is None or self._scans < most):
                self._health.alive()
                try:
                    self._turn()
                except StoreError as error:
                    if most is not None or isinstance(error, TakenOver):
                        raise
                    self._unkept(_line(error))
                if not self._stopping and self._scans != most:
                    self._woken.wait(LOOK)
                    self._woken.clear()
            if not self._stopping:
                self._plan.finish(self._clock())
        except KeyboardInterrupt:
            self._stopping = True
        finally:
            self._plan.close()
        self._log("stopped", {"scans": self._scans})

    def _turn(self) -> None:
        """Look around once: do what is due."""
        now = self._clock()
        self._recover(now)
        self._heed(self._stepped.by(), now)
        if self._wanted(self._due, now):
            self._refresh()
            self._scan(now)
            self._scans += 1
            self._due = self._next()
        elif self._reload:
            self._refresh()
            self._due = self._next()
        self._tell()

    def _recover(self, now: int) -> None:
        """At the start, and after a fault of the state file once there is room in it again."""
        if self._sound:
            return
        failed = "state" in self._health.faults
        if failed:
            history.prove(self._database)
        with self._database.transaction():
            history.unfinished(self._database)
        self._due = self._next()
        self._sound = True
        if failed:
            self._health.fault("state", None)
            self._log("state can be used again", {})

    def _unkept(self, fault: str) -> None:
        """The state file cannot be used: nothing is read or told until it can, so nothing is lost."""
        self._sound = False
        self._health.add("errors", 1, "state")
        if self._health.fault("state", fault):
            self._log("state cannot be used", {"fault": fault})

    def _heed(self, by: int, now: int) -> None:
        """The clock was set by so much: what waits for a time goes on waiting for as long as it would have."""
        if not by:
            return
        said = f"was set {'back' if by < 0 else 'forward'} by {abs(by) // 1_000_000} s"
        self._log("clock was set", {"seconds": by // 1_000_000})
        self._health.fault("clock", said)
        if by < 0:
            with self._database.transaction():
                shift(self._database, by, now)
        self._due = min(self._due, self._next())

    def _next(self) -> int:
        return self._plan.schedule.due(history.last_begun(self._database), self._clock(), self._chance())

    def _wanted(self, due: int, now: int) -> bool:
        """Whether to scan: it is time and nobody wants a pause, or somebody wants it at once."""
        if history.wished(self._database, "scan"):
            with self._database.transaction():
                history.withdraw(self._database, "scan")
            return True
        return (now >= due or self._news) and not history.wished(self._database, "pause")

    def _refresh(self) -> None:
        """Take another plan where its files have changed; one that has faults is refused, and the old one stays."""
        if not (self._reload or self._changed()):
            return
        self._reload = False
        try:
            made = self._make()
        except DetectError as error:
            self._health.fault("reload", _line(error))
            self._health.add("reloads", 1, "refused")
            self._log("reload refused", {"fault": _line(error)})
            return
        self._plan.close()
        self._plan = made
        self._health.fault("reload", None)
        self._health.add("reloads", 1, "done")
        self._log("reloaded", {})

    def _scan(self, now: int) -> None:
        with self._database.transaction():
            number = history.begin(self._database, now)
        self._health.alive(scanning=True)
        self._news = False
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
            history.forget(self._database, now - self._plan.keep)
        self._sources(done)
        count(self._health, summary, state, ended, ended - now)
        fired(self._health, done.fired, done.groups, alerts=done.alerts, late=done.late)
        self._health.scanned(well=state == "finished")
        self._health.fault("clock", None)
        self._health.fault("scan", fault if state == "incomplete" else None)
        numbers = {"number": number, "files": summary.files, "events": summary.events, "alerts": done.alerts}
        more = {"seconds": round(summary.seconds, 3), **({"fault": fault} if fault else {})}
        self._log(f"scan {state}", {**numbers, **more})
        if summary.interrupted:
            self._stopping = True

    def _failed(self, number: int, started: int, fault: str) -> None:
        """A scan that came to nothing is tried again at its next time."""
        self._health.add("scans", 1, "failed")
        self._health.add("errors", 1, "scan")
        self._health.scanned(well=False)
        self._health.fault("scan", fault)
        self._log("scan failed", {"number": number, "fault": fault})
        with self._database.transaction():
            history.end(self._database, Scanned(number, started, self._clock(), 0, 0, 0, 0, "failed", fault))

    def _sources(self, done: Done) -> None:
        """Which sources answer, and how far they have delivered."""
        said = "; ".join(f"{source}: {why}" for source, why in sorted(done.failing.items()))
        self._health.fault("sources", said or None)
        self._health.reached = {self._health.hide(source): time for source, time in done.reached.items()}
        answers = dict.fromkeys(done.reached, 1) | dict.fromkeys(done.failing, 0)
        self._health.gauges("source_up", answers)

    def _tell(self) -> None:
        now = self._clock()
        self._plan.tell(now)
        open_ = self._database.execute("SELECT count(*) FROM alert WHERE resolved IS NULL AND merged IS NULL")
        self._health.gauge(open_alerts=open_.fetchone()[0])
        for name, numbers in outbox(self._database, now).items():
            self._health.gauges(name, numbers)


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
