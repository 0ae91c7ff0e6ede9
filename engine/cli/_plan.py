"""What `detect serve` does, as the configuration has it at one time."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

from engine.cli._config import needed, usable
from engine.cli._filled import filled
from engine.cli._rules import Choice, load_chosen
from engine.cli._state import now
from engine.cli._telling import Telling
from engine.cli.run import Asked, scan_of
from engine.cli.run import command as run_command
from engine.errors import UsageError

if TYPE_CHECKING:
    from engine.alerts.sender import Sender
    from engine.config import Config
    from engine.model import Detection, Summary
    from engine.service import Done, Health, Schedule
    from engine.stores import Store

__all__ = ["Plan", "asked_by", "state_of"]

Stamp = tuple[tuple[str, int, int], ...]


class Plan:
    """Configuration, rules and destinations, made ready at one time. Raises DetectError.

    schedule  when to scan
    """

    def __init__(
        self, given: str | None, store: Store, health: Health, log: Callable[[str, dict[str, object]], None]
    ) -> None:
        from engine.service import Schedule

        self.config = config = usable(needed(given))
        self._asked = asked_by(config)
        self._stamp = _stamp(config, self._asked.choice)
        self._ruleset = load_chosen(self._asked.choice)
        if not self._ruleset.rules:
            raise UsageError("no rule is left to run", hint="detect rules lists those there are")
        if not self._asked.sources:
            raise UsageError("nothing to scan", hint="sources: [./logs] in the configuration")
        said = config.settings.schedule
        self.schedule: Schedule = Schedule(int(said.every), said.cron, said.timezone, int(said.jitter))
        self._telling = Telling(config, self._ruleset, store.path, False)
        self._store, self._health, self._log = store, health, log
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
        from engine.service import Done

        alerted = self._telling.alerted(_Nowhere(), self._store, once=False)
        lateness = self._asked.lateness
        continuing = Continuing(self._store, LATENESS if lateness is None else lateness, alerted.keep)
        summary = run(scan_of(self._asked, self._ruleset, alerted, continuing))
        continuing.finish()
        return Done(summary, alerted.book.counts["raised"], alerted.book.counts["late"])

    def tell(self, now: int) -> None:
        """Put into the outbox what is due, and see that it is being sent."""
        from engine.alerts.desk import Desk

        desk = Desk(self._store, self._telling.alerting.rules)
        due = desk.next_at()
        if due is not None and due <= now:
            with self._store.transaction():
                desk.flush(now)
        if self._sender is not None and (failed := self._sender.failed) is not None:
            self._health.fault("delivery", str(failed))
            self._log("delivery stopped", {"fault": str(failed)})
            self.close()
        elif self._sender is not None:
            self._health.fault("delivery", None)
        if self._sender is None:
            self._send()
        for fault in self._telling.faults():
            self._log("template failed", {"fault": fault})

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

    def _send(self) -> None:
        from engine.alerts.sender import Sender
        from engine.stores import Store

        path, fallback = self._store.path, self._telling.alerting.fallback
        chance = random.SystemRandom().random
        self._sender = Sender(lambda: Store(path), self._telling.destinations(), now, chance, fallback)
        self._sender.start()

    def close(self) -> None:
        """Start nothing new, and let what is being sent end."""
        if self._sender is not None:
            self._sender.stop(5.0)
            self._sender = None


class _Nowhere:
    """An output that writes nothing: of what a service finds, the alerts are kept and told."""

    extension = ""
    person = False
    lines = True

    @staticmethod
    def row(detection: Detection) -> None:
        """Nothing is needed of it."""

    def start(self) -> None:
        """There is nothing to begin."""

    def write(self, row: None) -> None:
        """There is nothing to write."""

    def tell(self, *_: Any) -> None:
        """Nor anything to tell."""

    def close(self, summary: Summary) -> None:
        """Nor to end."""


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
