"""detect deliveries: what is in the outbox, and what became of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

import click

from engine.cli._report import say, terminal_width
from engine.cli._sink import sink
from engine.cli._state import kept, now, stateful
from engine.cli._words import ZONE
from engine.errors import UsageError
from engine.terminal import count, cut, moment, visible

if TYPE_CHECKING:
    from engine.alerts.outbox import Delivery
    from engine.stores import Store

__all__ = ["command"]

_EXAMPLES = """\b
Examples:
  detect deliveries list
  detect deliveries list --state-of dead
  detect deliveries retry 3f0c5e8a71 --state detect.state
  detect deliveries drop --all-dead
"""
_STATES = ("queued", "sending", "sent", "dead", "dropped")


@click.group(epilog=_EXAMPLES, short_help="List, retry and drop messages to notifiers.")
def command() -> None:
    """List, retry and drop the messages that runs have for notifiers.

    A message is dead when its destination refuses it, or could not be reached for too long.
    """


@command.command("list")
@click.option("--state-of", "states", multiple=True, type=click.Choice(_STATES),
              help="Only those in this state; repeatable.  [default: all but sent]")  # fmt: skip
@click.option("--to", metavar="NAME", help="Only those to this notifier.")
@click.option("--format", "-f", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("--tz", type=ZONE, metavar="ZONE", help="Show times in this zone.")
@stateful
def _list(states: tuple[str, ...], to: str | None, form: str, tz: tzinfo | None, state: str | None) -> None:
    """List messages, oldest first."""
    from engine.alerts.outbox import deliveries

    with kept(state) as store:
        found = deliveries(store, states or tuple(each for each in _STATES if each != "sent"), to)
    width = max(60, terminal_width(sys.stdout))
    with sink(None) as stream:
        if form == "json":
            stream.write(_json(found))
            return
        for each in found:
            when = " ".join(moment(each.created_at, tz))
            title = each.message.alerts[0].title if each.message.alerts else ""
            stream.write(cut(f"{each.id}  {each.state:8} {when}  {each.destination}  {title}", width).encode() + b"\n")
            if each.error:
                next_at = f", next at {' '.join(moment(each.next_at, tz))}" if each.state == "queued" else ""
                tries = f"{count(each.attempts)} attempt{'' if each.attempts == 1 else 's'}"
                stream.write(f"          {visible(each.error)} ({tries}{next_at})\n".encode())
    if not found:
        say(["no message"])


@command.command("retry")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--all-dead", is_flag=True, help="Everything that was given up.")
@stateful
def _retry(ids: tuple[str, ...], all_dead: bool, state: str | None) -> None:
    """Queue messages again, as if they were new; the next run that notifies sends them."""
    from engine.alerts.outbox import retry

    _each(ids, all_dead, state, "queued", lambda store, id: retry(store, id, now()))


@command.command("drop")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--all-dead", is_flag=True, help="Everything that was given up.")
@stateful
def _drop(ids: tuple[str, ...], all_dead: bool, state: str | None) -> None:
    """Never send messages that are dead or wait."""
    from engine.alerts.outbox import drop

    _each(ids, all_dead, state, "dropped", drop)


def _each(
    ids: Sequence[str], all_dead: bool, state: str | None, word: str, change: Callable[[Store, str], bool]
) -> None:
    from engine.alerts.outbox import deliveries

    if bool(ids) == all_dead:
        raise UsageError("say which: the ids, or --all-dead", hint="detect deliveries list shows them")
    with kept(state) as store, store.transaction():
        wanted = [each.id for each in deliveries(store, ["dead"])] if all_dead else list(ids)
        for id in wanted:
            if not change(store, id):
                hint = "detect deliveries list shows which there are"
                raise UsageError(f'there is no message "{id}" that could be {word}', hint=hint)
    say([f"{count(len(wanted))} message{'' if len(wanted) == 1 else 's'} {word}"])


def _json(found: Sequence[Delivery]) -> bytes:
    import msgspec

    from engine.times import format_time

    shown: list[dict[str, Any]] = [
        {
            "id": each.id, "to": each.destination, "state": each.state, "action": each.message.action,
            "thread": each.message.thread, "sequence": each.message.sequence,
            "created_at": format_time(each.created_at), "next_at": format_time(each.next_at),
            "tried_at": None if each.tried_at is None else format_time(each.tried_at), "attempts": each.attempts,
            "error": each.error, "alerts": [{"id": one.id, "title": one.title} for one in each.message.alerts],
        }
        for each in found
    ]  # fmt: skip
    return msgspec.json.format(msgspec.json.encode(shown), indent=2) + b"\n"
