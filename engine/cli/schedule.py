"""detect schedule: when the service scans, and asking it for a scan or a pause."""

from __future__ import annotations

import click

from engine.cli._config import configured, needed
from engine.cli._report import say
from engine.cli._sink import sink
from engine.cli._state import kept, now, stateful
from engine.terminal import moment

__all__ = ["command"]

_EXAMPLES = """\b
Examples:
  detect schedule list -c detect.yml
  detect schedule run
  detect schedule pause
  detect schedule resume
"""


@click.group(epilog=_EXAMPLES, short_help="Say when the service scans; scan now, pause, resume.")
def command() -> None:
    """Say when `detect serve` scans, and ask it to scan at once, to pause and to go on."""


@command.command("list")
@click.option("--next", "number", type=click.IntRange(1, 1_000), default=5, show_default=True, metavar="N",
              help="Times to show.")  # fmt: skip
@configured
def _list(number: int, config: str | None) -> None:
    """Show the next times of the configuration's schedule, in UTC and without jitter."""
    from engine.service import Schedule

    said = needed(config).settings.schedule
    schedule = Schedule(int(said.every), said.cron, said.timezone)
    at = now()
    with sink(None) as stream:
        for _ in range(number):
            at = schedule.due(at, at)
            stream.write(f"{' '.join(moment(at, None))}\n".encode())


@command.command("run")
@stateful
def _run(state: str | None) -> None:
    """Scan once, as soon as the service looks, even while it is paused."""
    _wish(state, "scan", "the service scans within a second or two, when it runs")


@command.command("pause")
@stateful
def _pause(state: str | None) -> None:
    """Scan no more until resumed; what is due is still sent. Nothing is missed: the next scan reads all of it."""
    _wish(state, "pause", "paused; detect schedule resume goes on")


@command.command("resume")
@stateful
def _resume(state: str | None) -> None:
    """Go on, at once where a time has passed."""
    from engine.service import withdraw

    with kept(state) as store, store.transaction():
        withdraw(store, "pause")
    say(["scans go on"])


def _wish(state: str | None, what: str, then: str) -> None:
    from engine.service import wish

    with kept(state) as store, store.transaction():
        wish(store, what, now())
    say([then])
