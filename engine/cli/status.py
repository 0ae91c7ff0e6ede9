"""detect status: what the service has scanned, and what is open."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import tzinfo
from typing import TYPE_CHECKING

import click

from engine.cli._report import terminal_width
from engine.cli._sink import sink
from engine.cli._state import kept, stateful
from engine.cli._words import ZONE
from engine.terminal import count, cut, moment, visible
from engine.times import format_time

if TYPE_CHECKING:
    from engine.service import Scanned
    from engine.service.answers import Outage
    from engine.stores import Aside, Store

__all__ = ["command"]

NAMED = 3
"""Files set aside that are named unless all are asked for."""

_EXAMPLES = """\b
Examples:
  detect status
  detect status --most 50 --format json
  detect status --aside
"""


@click.command(epilog=_EXAMPLES, short_help="Say what the service has scanned.")
@click.option("--most", type=click.IntRange(min=1), default=10, show_default=True, metavar="N", help="Scans to show.")
@click.option("--aside", is_flag=True, help="Every file of which something could not be decoded, not the newest alone.")
@click.option("--format", "-f", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("--tz", type=ZONE, metavar="ZONE", help="Show times in this zone.")
@stateful
def command(most: int, aside: bool, form: str, tz: tzinfo | None, state: str | None) -> None:
    """Show the last scans of `detect serve`, what is open, and what waits to be delivered; sources that do not answer,
    and files of which something could not be decoded.

    Status 3 where the last scan failed or left something out, or a message cannot be delivered.
    """
    from engine.service import Answers, latest, wished
    from engine.stores import Ledger

    with kept(state) as store:
        scans, paused = latest(store, most), wished(store, "pause")
        numbers = _numbers(store)
        failing, left = Answers(store).outages(), Ledger(store).aside()
    if form == "json":
        text = _json(scans, paused, numbers, failing, left if aside else left[:NAMED])
    else:
        width = max(60, terminal_width(sys.stdout))
        lines = [*_table(scans, paused, numbers, tz, width), *_silent(failing, tz), *_left(left, aside, tz)]
        text = "".join(f"{line}\n" for line in lines)
    with sink(None) as stream:
        stream.write(text.encode("utf-8", "backslashreplace"))
    bad = numbers["dead"] > 0 or (bool(scans) and scans[0].state in ("failed", "incomplete"))
    click.get_current_context().exit(3 if bad else 0)


def _numbers(store: Store) -> dict[str, int]:
    by_state = dict(store.execute("SELECT state, count(*) FROM delivery GROUP BY state").fetchall())
    open_ = store.execute("SELECT count(*) FROM alert WHERE resolved IS NULL AND merged IS NULL").fetchone()[0]
    waiting = by_state.get("queued", 0) + by_state.get("sending", 0)
    return {"open": int(open_), "waiting": int(waiting), "dead": int(by_state.get("dead", 0))}


def _json(
    scans: list[Scanned], paused: bool, numbers: dict[str, int], failing: dict[str, Outage], aside: list[Aside]
) -> str:
    def shown(one: Scanned) -> dict[str, object]:
        ended = None if one.ended_at is None else format_time(one.ended_at)
        return {**one._asdict(), "started_at": format_time(one.started_at), "ended_at": ended}

    silent = [
        {"source": source, "since": format_time(one.since), "failures": one.failures, "fault": one.fault}
        for source, one in sorted(failing.items())
    ]
    left = [{"source": one.target, "file": one.ref, "fault": one.fault, "at": format_time(one.at)} for one in aside]
    more = {"scans": [shown(one) for one in scans], "failing": silent, "aside": left}
    return json.dumps({"version": 1, "kind": "status", "paused": paused, **numbers, **more}, ensure_ascii=False) + "\n"


def _table(scans: list[Scanned], paused: bool, numbers: dict[str, int], tz: tzinfo | None, width: int) -> Iterator[str]:
    alerts, waiting, dead = (count(numbers[name]) for name in ("open", "waiting", "dead"))
    yield f"{alerts} alerts open, {waiting} messages wait, {dead} dead"
    if paused:
        yield "paused: detect schedule resume goes on"
    for one in scans:
        took = "" if one.ended_at is None else f"{(one.ended_at - one.started_at) / 1e6:,.1f} s"
        what = f"{count(one.files)} files  {count(one.events)} events  {count(one.alerts)} alerts"
        yield cut(f"{one.number:>6}  {' '.join(moment(one.started_at, tz))}  {one.state:11} {took:>9}  {what}", width)
        if one.fault:
            yield f"        {visible(one.fault)}"
    if not scans:
        yield "no scan yet; detect serve scans"


def _silent(failing: dict[str, Outage], tz: tzinfo | None) -> Iterator[str]:
    for source, one in sorted(failing.items()):
        since = " ".join(moment(one.since, tz))
        yield f"does not answer since {since}: {visible(source)}: {visible(one.fault)}"


def _left(aside: list[Aside], every: bool, tz: tzinfo | None) -> Iterator[str]:
    for one in aside if every else aside[:NAMED]:
        yield f"set aside {' '.join(moment(one.at, tz))}: {visible(one.ref)}: {visible(one.fault)}"
    if len(aside) > NAMED and not every:
        yield f"set aside: {count(len(aside) - NAMED)} more, which --aside shows"
