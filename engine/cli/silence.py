"""detect silence: keep alerts from being told for a while."""

from __future__ import annotations

import sys
from datetime import tzinfo
from typing import TYPE_CHECKING

import click

from engine.cli._report import say, terminal_width
from engine.cli._sink import sink
from engine.cli._state import MATCHER, kept, now, stateful, user
from engine.cli._words import ZONE
from engine.errors import UsageError
from engine.terminal import cut, moment, visible

if TYPE_CHECKING:
    from engine.alerts.matchers import Matcher

__all__ = ["command"]

_EXAMPLES = """\b
Examples:
  detect silence add 'rule=~.*S3.*' account=111122223333 --for 2h --comment "bucket migration"
  detect silence list
  detect silence expire 5d41402a
"""


@click.group(epilog=_EXAMPLES, short_help="Keep alerts from being told for a while.")
def command() -> None:
    """Keep alerts from being told for a while. They are raised all the same, and `detect alerts` lists them.

    An alert that is still open when the silence ends is told then.
    """


@command.command("add")
@click.argument("matchers", nargs=-1, required=True, type=MATCHER, metavar="MATCHER...")
@click.option("--for", "length", metavar="TIME", help="How long: 30m, 2h, 7d.")
@click.option("--from", "start", metavar="TIME", help="From when on.  [default: now]")
@click.option("--until", metavar="TIME", help="Until when, instead of --for.")
@click.option("--comment", required=True, metavar="TEXT", help="Why.")
@click.option("--author", metavar="NAME", help="Who.  [default: you]")
@stateful
def _add(
    matchers: tuple[Matcher, ...],
    length: str | None,
    start: str | None,
    until: str | None,
    comment: str,
    author: str | None,
    state: str | None,
) -> None:
    """Silence alerts that satisfy every MATCHER: NAME=VALUE, with =, !=, =~ or !~."""
    from engine.alerts.silences import add_silence
    from engine.times import parse_when

    if (length is None) == (until is None):
        raise UsageError("say how long: --for or --until, one of them", hint="--for 2h")
    at = now()
    starts = at if start is None else parse_when(start, at)
    # How long ago "2h" was tells how long it takes.
    ends = starts + (at - parse_when(length, at)) if length is not None else parse_when(until or "", at)
    with kept(state, new=True) as store:
        made = add_silence(store, matchers, author or user(), comment, starts, ends)
    with sink(None) as stream:
        stream.write(f"{made.id}\n".encode())
    say([f"silenced until {' '.join(moment(made.ends, None))} UTC"])


@command.command("list")
@click.option("--all", "everything", is_flag=True, help="Those that have ended too.")
@click.option("--tz", type=ZONE, metavar="ZONE", help="Show times in this zone.")
@stateful
def _list(everything: bool, tz: tzinfo | None, state: str | None) -> None:
    """List silences, the one that ends last first."""
    from engine.alerts.silences import silences

    at = now()
    with kept(state) as store:
        found = [each for each in silences(store) if everything or each.ends > at]
    width = max(60, terminal_width(sys.stdout))
    with sink(None) as stream:
        for each in found:
            word = "ended" if each.ends <= at else "active" if each.starts <= at else "to come"
            times = f"{' '.join(moment(each.starts, tz))} to {' '.join(moment(each.ends, tz))}"
            said = cut(f"{each.author}: {each.comment}", width - 10)
            asked = visible(" ".join(map(str, each.matchers)))
            stream.write(f"{each.id}  {word:7}  {times}\n          {asked}\n          {said}\n".encode())
    if not found:
        say(["no silence"])


@command.command("expire")
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@stateful
def _expire(ids: tuple[str, ...], state: str | None) -> None:
    """End silences now."""
    from engine.alerts.silences import expire_silence

    with kept(state) as store, store.transaction():
        for id in ids:
            made = expire_silence(store, id, now())
            say([f"{made.id}  ended  {visible(made.comment)}"])
