"""detect gaps: hours in which an account and region of CloudTrail had no files, though it had some before."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING

import click

from engine.cli._config import configuration
from engine.cli._report import say
from engine.cli._sink import sink
from engine.cli._state import kept, now, stateful
from engine.cli._words import DURATION, ZONE
from engine.errors import UsageError
from engine.terminal import count, moment
from engine.times import format_time, parse_when

if TYPE_CHECKING:
    from engine.service import Gap

__all__ = ["command"]

_EXAMPLES = """\b
Examples:
  detect gaps
  detect gaps --since 30d --format json
  detect gaps --after 6h --tz Europe/Berlin
"""
HOUR = 3_600_000_000


@click.command(epilog=_EXAMPLES, short_help="List hours without files.")
@click.option("--since", metavar="TIME", help='Gaps that lasted until then or longer: "2024-05-17", "7d".')
@click.option("--until", metavar="TIME", help="Gaps that began before then.")
@click.option("--after", type=DURATION, metavar="TIME",
              help="Gaps of at least so long.  [default: that of the configuration, else 2h]")  # fmt: skip
@click.option("--format", "-f", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("--tz", type=ZONE, metavar="ZONE", help="Show times in this zone.")
@stateful
def command(
    since: str | None, until: str | None, after: int | None, form: str, tz: tzinfo | None, state: str | None
) -> None:
    """List hours in which an account and region of CloudTrail had no files, though it had some in nearly every hour
    before: at least in 20 of 24.

    What should be there is learned from the names of the files that runs with a state file have read.
    """
    from engine.service import Hours, ends

    config = configuration(None)
    least = after or int(config.settings.gaps.after if config else 0) or 2 * HOUR
    lateness = int(config.settings.lateness) if config else 15 * 60_000_000
    start, end = (None if text is None else parse_when(text, now()) for text in (since, until))
    if start is not None and end is not None and start > end:
        raise UsageError("--since is after --until: no gap can be between them")
    with kept(state) as store:
        hours = Hours(store)
        hours.learn()
        found = hours.gaps(ends(store, hours.targets, now(), lateness), least)
    found = [
        gap
        for gap in found
        if (end is None or gap.start < end) and (start is None or gap.end is None or gap.end > start)
    ]
    regular = len(hours.regular(least))
    with sink(None) as stream:
        if form == "json":
            stream.write(_json(found, len(hours), regular, least))
        else:
            stream.write("".join(f"{line}\n" for line in _table(found, tz)).encode())
    if form == "table":
        if not found:
            say(["no gap"])
        say([f"{count(len(hours))} accounts and regions, of which {count(regular)} have files in nearly every hour"])


def _json(found: Sequence[Gap], known: int, regular: int, least: int) -> bytes:
    said = {
        "version": 1,
        "kind": "gaps",
        "after_seconds": least // 1_000_000,
        "known": known,
        "regular": regular,
        "gaps": [
            {
                "account": gap.account,
                "region": gap.region,
                "from": format_time(gap.start),
                "to": None if gap.end is None else format_time(gap.end),
            }
            for gap in found
        ],
    }
    return json.dumps(said).encode() + b"\n"


def _table(found: Sequence[Gap], tz: tzinfo | None) -> Iterator[str]:
    for gap in found:
        start = " ".join(moment(gap.start, tz))
        end = "now" if gap.end is None else " ".join(moment(gap.end, tz))
        yield f"{gap.account}  {gap.region:<16}  {start}  {end}"
