"""detect backfill: read a range again, and tell of what nobody was told."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import tzinfo
from typing import TYPE_CHECKING, NamedTuple

import click

from engine.cli._config import configured, needed, usable
from engine.cli._report import left_out, rejected, say
from engine.cli._sink import sink
from engine.cli._state import now
from engine.cli._words import ZONE
from engine.errors import Place, UsageError
from engine.terminal import count, moment, visible
from engine.times import format_time, parse_when

if TYPE_CHECKING:
    from engine.cli._telling import Telling
    from engine.cli.run import Asked
    from engine.model import Summary
    from engine.rules import Ruleset
    from engine.runners.backfill import Again
    from engine.stores import Store

__all__ = ["command"]

_EXAMPLES = """\b
Examples:
  detect backfill --since 2024-05-17T08:00 --until 2024-05-17T12:00
  detect backfill --since 7d --until 1d --dry-run
  detect backfill --since 2024-05-01 --until 2024-05-08 --source s3://trail-logs/AWSLogs
"""
_ONCE = ("sqs://",)


@click.command(epilog=_EXAMPLES, short_help="Read a range again, without telling anything twice.")
@click.option("--since", required=True, metavar="TIME", help='Events from then on: "2024-05-17", "7d".')
@click.option("--until", required=True, metavar="TIME", help='Events up to then: "2024-05-18", "now".')
@configured
@click.option("--source", "-s", multiple=True, metavar="PATH", help="Read these instead of those of the configuration.")
@click.option("--workers", type=click.IntRange(min=1), metavar="N", help="Processes.  [default: one a core]")
@click.option("--dry-run", is_flag=True, help="Say who would be told, and keep nothing.")
@click.option("--format", "-f", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("--tz", type=ZONE, metavar="ZONE", help="Show times in this zone.")
@click.pass_context
def command(
    ctx: click.Context, since: str, until: str, config: str | None, source: tuple[str, ...], workers: int | None,
    dry_run: bool, form: str, tz: tzinfo | None,
) -> None:  # fmt: skip
    """Read the events of a range again, with the rules as they are now, and raise alerts of what no run has reported.

    For hours whose files were missing, and for rules that are new. Nothing of what runs remember is changed: windows,
    histories, and which files were read. Status 3 when something could not be read or delivered.
    """
    from engine.cli._plan import asked_by, state_of
    from engine.cli._rules import load_chosen
    from engine.cli._telling import telling

    found = usable(needed(config))
    if not found.tells:
        raise UsageError("the configuration tells nobody", hint="notifiers and routes of detect.yml say who")
    start, end = parse_when(since, now()), parse_when(until, now())
    if start > end:
        raise UsageError("--since is after --until: no event can be between them")
    asked = asked_by(found)
    asked = asked._replace(sources=_again(source or asked.sources), workers=workers or asked.workers)
    ruleset = load_chosen(asked.choice)
    rejected(ruleset.rejected, False, quiet=False)
    if not ruleset.rules:
        raise UsageError("no rule is left to run", hint="detect rules lists those there are")
    with telling(found, ruleset, state_of(found), dry_run) as told:
        assert told is not None  # noqa: S101
        done = _read(asked, ruleset, told, start, end)
    with sink(None) as stream:
        text = _json(done) if form == "json" else "".join(f"{line}\n" for line in _table(done, tz))
        stream.write(text.encode("utf-8", "backslashreplace"))
    left_out(done.summary, False, 10)
    ctx.exit(_status(done))


class _Done(NamedTuple):
    """What came of it; `alerts` that were not there before, `all_told`: nothing is left to deliver."""

    since: int
    until: int
    summary: Summary
    again: Again
    alerts: int
    all_told: bool


def _again(sources: tuple[str, ...]) -> tuple[str, ...]:
    """The sources that have what they had. Raises UsageError where there is none."""
    kept = tuple(each for each in sources if each != "-" and not each.startswith(_ONCE))
    gone = [each for each in sources if each not in kept]
    hint = "name where the files are: --source s3://BUCKET/PREFIX, or a folder"
    if not kept:
        fault = f"{', '.join(gone)} cannot be read a second time" if gone else "nothing to read"
        raise UsageError(fault, hint=hint)
    if gone:
        say([f"note: {visible(', '.join(gone))}: cannot be read a second time; {hint}"])
    return kept


def _read(asked: Asked, ruleset: Ruleset, told: Telling, since: int, until: int) -> _Done:
    from engine.cli._continue import stored
    from engine.cli.run import scan_of
    from engine.runners.backfill import Again, with_history
    from engine.runners.local import run
    from engine.service import Fired

    with stored(told.state) as store:
        assert store is not None  # noqa: S101
        assert asked.config is not None  # noqa: S101
        again = Again(Fired(), told.alerting, store, now, asked.config.redactor(), with_history(ruleset.correlations))
        if not again.begun:
            fault = "no run has decided anything yet, so that there is nothing to add to"
            raise UsageError(fault, Place(store.path), "detect run -c FILE, or detect serve, begins it")
        before = _alerts(store)
        started = time.perf_counter()
        summary = run(scan_of(asked, ruleset, again, None, since=since, until=until, started=started))
        alerts = _alerts(store) - before
        return _Done(since, until, summary, again, alerts, told.end(again, store, quiet=False))


def _alerts(store: Store) -> int:
    return int(store.execute("SELECT count(*) FROM alert WHERE merged IS NULL").fetchone()[0])


def _numbers(done: _Done) -> dict[str, int]:
    """New are events that no run had reported and that raise an alert, and episodes that were not told."""
    counts, book = done.again.counts, done.again.book.counts
    known = counts["reported"] + book["again"]
    told = counts["told"] + counts["later"] + counts["history"]
    return {
        "detections": counts["detections"],
        "detections_known": known,
        "detections_new": counts["detections"] - known - counts["exempt"],
        "episodes": counts["episodes"],
        "episodes_told": counts["told"],
        "episodes_later": counts["later"],
        "episodes_left_out": counts["history"],
        "episodes_new": counts["episodes"] - told - counts["exempt_episodes"],
        "exempt": counts["exempt"] + counts["exempt_episodes"],
        "alerts": done.alerts,
    }


def _json(done: _Done) -> str:
    summary = done.summary
    said = {
        "version": 1,
        "kind": "backfill",
        "since": format_time(done.since),
        "until": format_time(done.until),
        "files": summary.files,
        "events": summary.events,
        "problems": summary.problems_total,
        "interrupted": summary.interrupted,
        **_numbers(done),
        "left_to_deliver": not done.all_told,
    }
    return json.dumps(said) + "\n"


def _table(done: _Done, tz: tzinfo | None) -> Iterator[str]:
    numbers = {name: count(number) for name, number in _numbers(done).items()}
    since, until = (" ".join(moment(time, tz)) for time in (done.since, done.until))
    yield f"read      {count(done.summary.files)} files for {since} to {until}"
    yield f"found     {numbers['detections']} detections, {numbers['episodes']} episodes"
    yield f"known     {numbers['detections_known']} detections, {numbers['episodes_told']} episodes"
    if done.again.counts["later"]:
        yield f"left      {numbers['episodes_later']} episodes to the runs, which have not decided them yet"
    if done.again.counts["history"]:
        yield f"left out  {numbers['episodes_left_out']} episodes of correlations that need more history than this"
    if _numbers(done)["exempt"]:
        yield f"exempt    {numbers['exempt']}"
    new = f"{numbers['detections_new']} detections, {numbers['episodes_new']} episodes"
    yield f"new       {new}; {numbers['alerts']} alerts"


def _status(done: _Done) -> int:
    summary = done.summary
    if summary.interrupted:
        return 130
    return 3 if summary.rejected or summary.problems_total or not done.all_told else 0
