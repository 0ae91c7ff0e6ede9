"""What `detect serve` does, as the configuration has it at one time."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from itertools import chain
from time import monotonic
from typing import TYPE_CHECKING

from engine.cli._config import needed, usable
from engine.cli._continue import kept_for
from engine.cli._filled import filled
from engine.cli._rules import Choice, load_chosen
from engine.cli._state import now
from engine.cli._telling import Telling
from engine.cli.run import Asked, scan_of
from engine.cli.run import command as run_command
from engine.errors import UsageError

if TYPE_CHECKING:
    from engine.alerts.sender import Sender, Underway
    from engine.config import Config
    from engine.service import Done, Follower, Health, Schedule
    from engine.stores import Store

__all__ = ["Plan", "asked_by", "state_of"]

COUNTED = 60.0
"""Seconds between two counts of what correlations remember."""

Stamp = tuple[tuple[str, int, int], ...]


class Plan:
    """Configuration, rules and destinations, made ready at one time. Raises DetectError.

    schedule  when to scan
    keep      how long scans are remembered, microseconds
    underway  what plans before it may still be sending
    """

    def __init__(
        self,
        given: str | None,
        store: Store,
        health: Health,
        log: Callable[[str, dict[str, object]], None],
        underway: Underway,
    ) -> None:
        from engine.match import Detector
        from engine.service import Answers, Hours, Schedule

        self.config = config = usable(needed(given))
        self._asked = asked_by(config)
        self._stamp = _stamp(config, self._asked.choice)
        self._ruleset = load_chosen(self._asked.choice)
        if not self._ruleset.rules:
            raise UsageError("no rule is left to run", hint="detect rules lists those there are")
        if not self._asked.sources:
            raise UsageError("nothing to scan", hint="sources: [./logs] in the configuration")
        said = config.settings.schedule
        self.keep = int(config.settings.keep.scans)
        self.schedule: Schedule = Schedule(int(said.every), said.cron, said.timezone, int(said.jitter))
        self._follower: Follower | None = None
        self._telling = Telling(config, self._ruleset, store.path, False)
        self._answers = Answers(store)
        self._hours = Hours(store)
        self._asked = self._asked._replace(profile=config.settings.health.profile)
        detector: type[Detector] = Detector
        if self._asked.profile:
            from engine.match.profile import ProfilingDetector

            detector = ProfilingDetector
        self._detector = detector(self._ruleset, all_logsources=self._asked.all_logsources)
        self._count_at = 0.0
        self._store, self._health, self._log, self._underway = store, health, log, underway
        self._sender: Sender | None = None
        if self._ruleset.rejected:
            number = len(self._ruleset.rejected)
            log("rules rejected", {"number": number, "hint": "detect rules --rejected says why"})

    def changed(self) -> bool:
        """Whether files of rules or configuration are not what they were."""
        return _stamp(self.config, self._asked.choice) != self._stamp

    def scan(self) -> Done:
        """Read what is new, and raise alerts."""
        from engine.runners.continuing import LATENESS, Continuing
        from engine.runners.local import run
        from engine.service import Done, Fired
        from engine.sources import place

        fired = Fired()
        alerted = self._telling.alerted(fired, self._store, once=False)
        lateness = self._asked.lateness
        lateness = LATENESS if lateness is None else lateness
        continuing = Continuing(self._store, lateness, alerted.keep, keep=kept_for(self.config))
        targets = self._asked.sources
        resting = self._answers.resting(map(place, targets), now())
        scan = scan_of(
            self._asked, self._ruleset, alerted, continuing, patient=True, detector=self._detector,
            resting=frozenset(target for target in targets if place(target) in resting),
        )  # fmt: skip
        summary = run(scan)
        continuing.finish()
        faults = {problem.ref: problem.fault for problem in summary.problems if problem.kind == "source"}
        self._noted([place(target) for target in targets if target not in scan.resting], faults)
        if not summary.interrupted:
            self._missing([place(target) for target in targets], continuing.lateness)
        reached = {place(target): time for target in targets if (time := continuing.reached(target)) is not None}
        counts = alerted.book.counts
        return Done(
            summary, counts["raised"], counts["late"], self._answers.faults(), reached, fired.counts, self._groups()
        )

    def _groups(self) -> dict[str, int] | None:
        """Title of a correlation -> its groups; None where that was asked a short time ago, as it reads all of them."""
        from engine.service import groups

        if monotonic() < self._count_at:
            return None
        self._count_at = monotonic() + COUNTED
        found = groups(self._store)
        return {each.title: found.get(each.key, 0) for each in self._ruleset.correlations}

    def _noted(self, asked: list[str], faults: dict[str, str]) -> None:
        """Remember which sources have answered, and tell people of those that do not."""
        from engine.alerts.outbox import announce

        for alert in self._answers.note(asked, faults, now()):
            self._log("source answers again" if alert.resolved else "source does not answer", dict(alert.fields))
            announce(self._store, alert, now(), self._telling.alerting.fallback)

    def _missing(self, targets: list[str], lateness: int) -> None:
        """Tell people of accounts and regions without files, and when they have some again."""
        from engine.alerts.outbox import announce
        from engine.service import ends, note

        after, at = int(self.config.settings.gaps.after), now()
        self._hours.learn()
        self._hours.trim()
        until = ends(self._store, targets, at, lateness, self._answers.faults())
        for alert in note(self._store, self._hours.gaps(until, after) if after else [], at):
            self._log("files come again" if alert.resolved else "files are missing", dict(alert.fields))
            announce(self._store, alert, at, self._telling.alerting.fallback)

    def tell(self, now: int) -> None:
        """Put into the outbox what is due, and see that it is being sent."""
        from engine.alerts.desk import Desk

        desk = Desk(self._store, self._telling.alerting.rules)
        due = desk.next_at()
        if due is not None and due <= now:
            with self._store.transaction():
                desk.flush(now)
        sender = self._sender = self._sender or self._sending()
        failed = sender.failed
        fault = None if failed is None else "; ".join(map(str.strip, str(failed).splitlines()))
        if self._health.fault("delivery", fault):
            self._noticed(fault)
        for fault in self._telling.faults():
            self._health.add("errors", 1, "template")
            self._log("template failed", {"fault": fault})

    def _noticed(self, fault: str | None) -> None:
        """Say that messages cannot be sent, or can again."""
        if fault is None:
            self._log("delivery goes on", {})
            return
        self._health.add("errors", 1, "delivery")
        self._log("delivery stopped", {"fault": fault})

    def finish(self, now: int) -> None:
        """Tell all that would wait for more, and wait for what is being sent."""
        from engine.alerts.desk import Desk
        from engine.alerts.settings import length

        rules = self._telling.alerting.rules
        with self._store.transaction():
            Desk(self._store, rules).flush(now, once=True)
        if self._sender is not None:
            left = self._sender.wait(now + length(self._telling.alerting.settings.wait)).left
            if left:
                self._log("not delivered yet", {"messages": left, "hint": "detect deliveries list"})

    def _sending(self) -> Sender:
        from engine.alerts.sender import Sender

        fallback = self._telling.alerting.fallback
        chance = random.SystemRandom().random
        sender = Sender(self._store.another, self._telling.destinations(), now, chance, fallback, self._underway)
        sender.start()
        return sender

    def follow(self, news: Callable[[], None]) -> None:
        """Call `news` when sources may have something new, if that is wanted."""
        from engine.service import Follower
        from engine.sources import place

        if self._asked.config and self._asked.config.settings.schedule.follow:
            self._follower = Follower(self._asked.sources, news)
            self._log("following", {"sources": ", ".join(map(place, self._follower.watched))})

    def close(self) -> None:
        """Start nothing new, and let what is being sent end."""
        from engine import sources

        if self._follower is not None:
            self._follower.close()
        if self._sender is not None:
            self._sender.stop(5.0)
        for target in self._asked.sources:
            sources.give_back(target)


def asked_by(config: Config) -> Asked:
    """What `detect run` would be asked by this configuration alone."""
    ctx = run_command.make_context("run", [])
    given = {name: value for name, value in ctx.params.items() if name not in ("paths", "source", "config")}
    given = filled(ctx, given, config)
    choice = Choice(**{name: given.pop(name) for name in Choice._fields})
    return Asked(config.settings.sources, choice, config=config, **given)


def state_of(config: Config) -> str:
    """The state file that a configuration names, else the user's own."""
    if config.settings.state is not None:
        return os.path.expanduser(config.settings.state)
    from engine.runners.home import state_file

    return state_file()


def _stamp(config: Config, choice: Choice) -> Stamp:
    """What tells files that have changed: their times and sizes."""
    settings = config.settings
    named = [*choice.rules, *settings.filters, *settings.pipelines, *settings.fields, *settings.variables]
    named += [path for path in (config.path, settings.templates) if path]
    found = set(chain.from_iterable(map(_below, map(str, named))))
    return tuple(sorted(found))


def _below(path: str) -> Iterator[tuple[str, int, int]]:
    """The files of a folder and of those in it, or the file itself; none where there is nothing."""
    names = [path]
    for folder, _, files in os.walk(path):
        names += [os.path.join(folder, name) for name in files]
    for name in names:
        try:
            found = os.stat(name)
        except OSError:
            continue
        if not os.path.isdir(name):
            yield name, found.st_mtime_ns, found.st_size
