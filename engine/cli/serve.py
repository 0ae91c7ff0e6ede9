"""detect serve: scan again and again, and tell people."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import click

from engine.cli._config import configured, needed
from engine.cli._hidden import Hidden
from engine.cli._report import say
from engine.cli._state import now
from engine.errors import UsageError
from engine.terminal import visible
from engine.times import format_time

if TYPE_CHECKING:
    from engine.cli._plan import Plan
    from engine.config.settings import HeartbeatSettings
    from engine.service import Health, Heartbeat, Service

__all__ = ["command"]

PATIENCE = 2.0
"""Seconds to wait for another process that writes to the state file; after that the service says so, and goes on."""

_EXAMPLES = """\b
Examples:
  detect serve -c detect.yml
  detect serve -c detect.yml --log-format json
  detect serve -c detect.yml --standby
  curl http://127.0.0.1:9464/readyz
"""


@click.command(epilog=_EXAMPLES, short_help="Scan again and again, and tell people.")
@configured
@click.option("--log-format", type=click.Choice(["text", "json"]), default="text", show_default=True,
              help="How to say on stderr what happens.")  # fmt: skip
@click.option("--scans", type=click.IntRange(min=1), metavar="N", help="End after so many scans.")
@click.option(
    "--standby", is_flag=True, help="Where another process serves from the state, wait and take over from it."
)
def command(config: str | None, log_format: str, scans: int | None, standby: bool) -> None:
    """Scan the sources of the configuration on its schedule, and send what is due in between.

    Each scan goes on where the last one ended, whatever ended it. Rules and configuration are read anew when their
    files change, or on SIGHUP; a set with faults is refused, and the old one stays. SIGTERM and Ctrl-C end it.
    """

    hidden = Hidden()

    def log(what: str, more: dict[str, object]) -> None:
        say([_line(log_format, what, hidden.values(more))])

    from engine.sources import place

    with _ready(config, log, hidden, standby) as (service, plan):
        log("serving", {"sources": ", ".join(map(place, plan.config.settings.sources)), "pid": os.getpid()})
        with _signals(service):
            service.serve(scans)


@contextmanager
def _ready(given: str | None, log: Any, hidden: Hidden, standby: bool) -> Iterator[tuple[Service, Plan]]:
    """The service with all that it holds while it runs: its state file, the right to send, an address."""
    from engine.alerts.sender import Underway
    from engine.cli._plan import Plan, state_of
    from engine.runners.alerting import sending
    from engine.service import Health, HealthServer, Service
    from engine.stores import owned

    found = needed(given)
    if not found.tells:
        raise UsageError("the configuration tells nobody", hint="notifiers and routes of detect.yml say who")
    path = state_of(found)
    hidden.learn(found)
    health = Health(now, steady, hidden.text)
    health.state = path

    def stand_by() -> None:
        log("standing by", {"hint": "another process serves from this state; this one takes over when it ends"})

    with ExitStack() as stack:
        store = stack.enter_context(owned(path, PATIENCE, stand_by if standby else None))
        if not stack.enter_context(sending(path, 30.0)):
            raise UsageError(f"another process sends from {path}", hint="wait until it has ended")
        plans: list[Plan] = []
        underway = Underway()

        def plan() -> Plan:
            made = Plan(given, store, health, log, underway)
            if state_of(made.config) != path:
                raise UsageError("the configuration names another state file", hint="a new one is heeded at a start")
            hidden.learn(made.config)
            made.follow(lambda: service.news())
            plans[:] = [made]
            return made

        chance = random.SystemRandom().random
        service = Service(store, plan, lambda: plans[0].changed(), health, now, chance, log, steady)
        listen = found.settings.health.listen
        stack.enter_context(_listening(health, listen, log, HealthServer) if listen else nullcontext())
        if found.settings.heartbeat.url is not None:
            stack.enter_context(_beating(found.settings.heartbeat, health, log))
        yield service, plans[0]


@contextmanager
def _listening(health: Health, listen: str, log: Any, server: Any) -> Iterator[None]:
    with server(health, listen) as heard:
        log("listening", {"address": f"{heard.address[0]}:{heard.address[1]}"})
        yield


def _beating(said: HeartbeatSettings, health: Health, log: Any) -> Heartbeat:
    from engine.service import Heartbeat, beat_of

    every, longest, oldest = int(said.every), int(said.scan), int(said.message)
    return Heartbeat(beat_of(said).send, every, health, log, longest=longest, oldest=oldest)


@contextmanager
def _signals(service: Service) -> Iterator[None]:
    """SIGTERM ends it as Ctrl-C does, SIGHUP has it read anew what it goes by."""

    def end(*_: object) -> None:
        service.stop()
        signal.raise_signal(signal.SIGINT)

    wanted: list[tuple[int, Any]] = [(signal.SIGTERM, end)]
    if hasattr(signal, "SIGHUP"):
        wanted.append((signal.SIGHUP, lambda *_: service.reload()))
    before = [(number, signal.signal(number, handler)) for number, handler in wanted]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def steady() -> int:
    """Microseconds of a clock that nobody sets."""
    return time.monotonic_ns() // 1_000


def _line(form: str, what: str, more: dict[str, object]) -> str:
    at = format_time(now() // 1_000_000 * 1_000_000)
    if form == "json":
        return json.dumps({"time": at, "event": what, **more})
    words = ", ".join(f"{name} {value}" for name, value in more.items())
    return visible(f"{at} {what}{f': {words}' if words else ''}")
