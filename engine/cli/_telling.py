"""--config: a run that raises alerts, and tells people of them."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from engine.cli._report import say
from engine.cli._state import now
from engine.errors import UsageError
from engine.rules import Ruleset
from engine.terminal import count, visible

if TYPE_CHECKING:
    from engine.alerts.sender import Destination
    from engine.config import Config
    from engine.runners.alerting import Alerted
    from engine.stores import Store

__all__ = ["Telling", "telling"]


class Telling:
    """How a run raises alerts and sends them.

    state  file in which it keeps them; of a dry run a copy that is gone afterwards
    """

    def __init__(self, config: Config, ruleset: Ruleset, state: str, dry: bool) -> None:
        from engine.alerts.compiled import Alerting

        self.state = state
        settings = config.settings
        silences = [one.silence(number) for number, one in enumerate(settings.silences, 1)]
        self.alerting = Alerting(settings.alerts, settings.routes, ruleset, silences)
        self._wanted = config.notifiers
        self._templates = config.templates
        self._redactor = config.redactor()
        self._dry = dry
        self._failed: set[str] = set()

    def alerted(self, output: Any, store: Store, *, once: bool = True) -> Alerted:
        """The output, with what it is given put into the book too; `once` as `Alerted` has it."""
        from engine.runners.alerting import Alerted

        watermark = attrgetter("watermark")
        return Alerted(output, self.alerting, store, watermark, now, self._redactor, once=once)

    def destinations(self) -> dict[str, Destination]:
        """Somebody to send to, for each notifier."""
        from engine.runners.destinations import destinations

        return destinations(self._wanted, self._templates, lambda name, fault: self._failed.add(f"{name}: {fault}"))

    def faults(self) -> list[str]:
        """What was wrong with templates since this was last asked; another one took their place."""
        found, self._failed = sorted(self._failed), set()
        return found

    def end(self, made: Alerted, store: Store, quiet: bool) -> bool:
        """Send what is due, or say what would be; whether nothing is left undone."""
        if made.waiting and not quiet:
            what = "1 detection waits" if made.waiting == 1 else f"{count(made.waiting)} detections wait"
            say([f"{what} until nothing earlier can come"])
        return self._would(store) if self._dry else self._sent(store)

    def _would(self, store: Store) -> bool:
        from engine.alerts.outbox import deliveries

        found = deliveries(store, ["queued", "sending"])
        for each in found:
            titles = ", ".join(dict.fromkeys(alert.title for alert in each.message.alerts))
            say([visible(f"would {each.message.action} {each.destination}: [{each.message.level.name}] {titles}")])
        if not found:
            say(["nobody would be told"])
        return True

    def _sent(self, store: Store) -> bool:
        from engine.runners.alerting import deliver

        dead = _dead(store)
        done = deliver(self.state, self.destinations(), self.alerting, now, random.SystemRandom().random)
        say([f"note: {visible(fault)}" for fault in self.faults()])
        if done.left:
            say([f"{_messages(done.left)} not delivered yet; the next run tries again: detect deliveries list"])
        if (more := done.dead - dead) > 0:
            say([f"{_messages(more)} cannot be delivered: detect deliveries list --state-of dead"])
        return not done.left and more <= 0


@contextmanager
def telling(config: Config | None, ruleset: Ruleset, state: str | None, dry: bool) -> Iterator[Telling | None]:
    """What a configuration asks for, None where it tells nobody. Raises ConfigError for a key that cannot be read."""
    if config is None or not config.tells:
        if dry:
            fault = "--dry-run without --config" if config is None else "--dry-run, and the configuration tells nobody"
            raise UsageError(fault, hint="it shows who would be told: routes and notifiers of detect.yml say who")
        yield None
        return
    if state is None:
        from engine.runners.home import state_file

        state = state_file()
    state = os.path.expanduser(state)
    if not dry:
        yield Telling(config, ruleset, state, dry)
        return
    folder = tempfile.mkdtemp(prefix="detect-")
    try:
        copy = os.path.join(folder, "state")
        from engine.stores import is_server

        if is_server(state) or os.path.exists(state):
            from engine.runners.alerting import copied

            copied(state, copy)
        yield Telling(config, ruleset, copy, dry)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _dead(store: Store) -> int:
    return int(store.execute("SELECT count(*) FROM delivery WHERE state = 'dead'").fetchone()[0])


def _messages(number: int) -> str:
    return "1 message" if number == 1 else f"{count(number)} messages"
