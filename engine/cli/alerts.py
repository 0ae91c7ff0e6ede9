"""detect alerts: list what was raised, show one, take it, close it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

import click

from engine.cli._report import colored, say, terminal_width
from engine.cli._sink import sink
from engine.cli._state import MATCHER, kept, stateful, user
from engine.cli._words import ZONE
from engine.terminal import Paint, count, cut, fill, moment, visible

if TYPE_CHECKING:
    from engine.alerts.matchers import Matcher
    from engine.alerts.records import Record
    from engine.stores import Store

__all__ = ["command"]

_EXAMPLES = """\b
Examples:
  detect alerts list
  detect alerts list --state-of open 'level=high+' 'account=111122223333'
  detect alerts show 3f0c
  detect alerts ack 3f0c
"""
_STATES = click.Choice(["open", "acknowledged", "resolved"])


@click.group(epilog=_EXAMPLES, short_help="List, show, acknowledge and resolve alerts.")
def command() -> None:
    """List, show, acknowledge and resolve the alerts that runs have kept."""


@command.command("list")
@click.argument("matchers", nargs=-1, type=MATCHER, metavar="[MATCHER]...")
@click.option("--state-of", "states", multiple=True, type=_STATES, help="Only those in this state; repeatable.")
@click.option("--most", type=click.IntRange(min=1), default=50, show_default=True, metavar="N", help="At most so many.")
@click.option("--format", "-f", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("--tz", type=ZONE, metavar="ZONE", help="Show times in this zone.")
@stateful
def _list(
    matchers: tuple[Matcher, ...], states: Any, most: int, form: str, tz: tzinfo | None, state: str | None
) -> None:
    """List alerts, the one with the newest event first; of those that satisfy every MATCHER."""
    from engine.alerts.records import records

    with kept(state) as store:
        found = list(records(store, states, matchers, most + 1))
    more = len(found) > most
    with sink(None) as stream:
        if form == "json":
            stream.write(_json(found[:most]))
        else:
            width = max(60, terminal_width(sys.stdout))
            for line in _table(found[:most], Paint(colored("auto", sys.stdout)), width, tz):
                stream.write(f"{line}\n".encode())
    if more:
        say([f"there are more than {count(most)}; --most shows them"])
    elif not found:
        say(["no alert"])


@command.command("show")
@click.argument("id")
@click.option("--format", "-f", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--tz", type=ZONE, metavar="ZONE", help="Show times in this zone.")
@stateful
def _show(id: str, form: str, tz: tzinfo | None, state: str | None) -> None:
    """Show one alert: its events, who was told of it, and how that went. The beginning of an ID is enough."""
    from engine.alerts.records import find

    with kept(state) as store:
        record = find(store, id)
        shown = (
            _json([record]) if form == "json" else "".join(f"{line}\n" for line in _lines(record, store, tz)).encode()
        )
    with sink(None) as stream:
        stream.write(shown)


@command.command("ack")
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.option("--by", metavar="NAME", help="Who takes it.  [default: you]")
@stateful
def _ack(ids: Sequence[str], by: str | None, state: str | None) -> None:
    """Take alerts: nobody is reminded of them any more, until they are resolved."""
    from engine.alerts.records import acknowledge

    with kept(state) as store, store.transaction():
        for id in ids:
            record = acknowledge(store, id, by or user())
            words = f"acknowledged by {record.acknowledged_by}  {record.alert.title}"
            say([f"{record.alert.id}  {visible(words)}"])


@command.command("resolve")
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@stateful
def _resolve(ids: Sequence[str], state: str | None) -> None:
    """Close alerts: what comes under the same key later is another alert."""
    from engine.alerts.records import resolve

    with kept(state) as store, store.transaction():
        for id in ids:
            record = resolve(store, id)
            say([f"{record.alert.id}  resolved  {visible(record.alert.title)}"])


def _table(found: Sequence[Record], paint: Paint, width: int, tz: tzinfo | None) -> Iterator[str]:
    """Two lines an alert: what, how bad and since when; about whom, and its id."""
    for record in found:
        alert = record.alert
        times = " ".join(moment(alert.last, tz)) if alert.last else "no time"
        hits = "" if alert.hits == 1 else f"  × {count(alert.hits)}"
        yield f"{paint.level(alert.level, 8)}  {fill(record.state, 12)}  {times}  {cut(alert.title + hits, width - 45)}"
        yield f"          {paint(fill(alert.id[:10], 12), 'dim')}  {paint(cut(alert.key, width - 24), 'cyan')}"


def _lines(record: Record, store: Store, tz: tzinfo | None) -> Iterator[str]:
    from engine.alerts.records import of_threads, told_of

    alert = record.alert
    yield f"{visible(alert.title)}"
    yield f"  id        {alert.id}"
    yield f"  rule      {visible(alert.rule.id or alert.rule.key)}  {visible(alert.rule.path)}"
    yield f"  level     {alert.level.name}"
    by = f" by {visible(record.acknowledged_by)}" if record.acknowledged_by and record.state == "acknowledged" else ""
    yield f"  state     {record.state}{by}{f', part of {record.merged}' if record.merged else ''}"
    yield f"  key       {visible(alert.key)}"
    yield f"  first     {_time(alert.first, tz)}"
    yield f"  last      {_time(alert.last, tz)}"
    if alert.resolved is not None:
        yield f"  resolved  {_time(alert.resolved, tz)}"
    yield f"  events    {count(alert.hits)}{'' if alert.value is None else f', measured {visible(str(alert.value))}'}"
    for name, value in alert.fields.items():
        yield f"  {visible(name)} = {visible(str(value))}"
    for each in alert.evidence:
        yield f"  {_time(each.time, tz)}  {visible(str(each.ref))}  {visible(each.id or '')}".rstrip()
    for told in told_of(store, alert.id):
        said = {"": "nothing told yet", "firing": "told", "resolved": "told, over"}[told.state]
        yield f"  route {visible(told.route)}: {said}{'' if told.kind == 'plain' else f', {told.kind}'}"
    for sent in of_threads(store, alert.id):
        error = f": {sent.error}" if sent.error else ""
        words = f"{sent.message.action} to {sent.destination}: {sent.state}{error}"
        yield f"  {_time(sent.created_at, tz)}  {visible(words)}"


def _time(us: int, tz: tzinfo | None) -> str:
    return " ".join(moment(us, tz)) if us else "no time"


def _json(found: Sequence[Record]) -> bytes:
    import msgspec

    from engine.times import format_time

    def time(us: int | None) -> str | None:
        return format_time(us) if us else None

    shown = [
        {
            "id": alert.id, "state": record.state, "level": alert.level.name, "title": alert.title,
            "rule": alert.rule.id or alert.rule.key, "key": alert.key, "group": dict(alert.group),
            "first": time(alert.first), "last": time(alert.last), "resolved": time(alert.resolved),
            "hits": alert.hits, "value": alert.value, "fields": alert.fields,
            "acknowledged_by": record.acknowledged_by, "opened_at": time(record.opened_at), "merged": record.merged,
            "events": [
                {"rule": each.rule, "time": time(each.time), "file": each.ref.file, "position": each.ref.position,
                 "id": each.id}
                for each in alert.evidence
            ],
        }
        for record in found
        for alert in (record.alert,)
    ]  # fmt: skip
    return msgspec.json.format(msgspec.json.encode(shown), indent=2) + b"\n"
