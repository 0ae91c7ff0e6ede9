"""detect fields: which fields the rules read, and which of them logs never have."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from engine.cli._report import Progress, colored, rejected, say, terminal_width
from engine.cli._rules import Choice, choosing, load_chosen
from engine.cli._sink import sink
from engine.cli._words import LOGSOURCE, SIZE
from engine.errors import Place, UsageError
from engine.model import Problem, Reading
from engine.rules import Ruleset
from engine.terminal import Paint, visible
from engine.terminal import count as counted

if TYPE_CHECKING:
    from engine.runners.census import Census

__all__ = ["command"]

_EXAMPLES = """\b
Examples:
  detect fields
  detect fields --rules ./rules --source ./logs
  detect fields --source ./logs --never
  detect fields --source ./logs --format csv -o fields.csv

\b
Exit status:
  0  finished
  2  wrong usage, or nothing could be read
  3  finished, but a rule could not be used, or a part of the logs not be read
"""


@click.command(epilog=_EXAMPLES, short_help="List the fields that rules read, and those that logs lack.")
@click.option("--source", "-s", multiple=True, metavar="PATH",
              help="Folder, file, glob, or - for stdin, to count the fields in; repeatable.")  # fmt: skip
@choosing
@click.option("--never", is_flag=True, help="Only fields that the logs never have; needs --source.")
@click.option("--logsource", type=LOGSOURCE, metavar="WORDS", help="What the events are: product=okta,service=okta.")
@click.option("--format-in", metavar="FORMAT", help="Read the input as this instead of finding out.")
@click.option("--max-bytes", type=SIZE, default="4G", show_default=True, metavar="SIZE",
              help="The most that one file may decompress to.")  # fmt: skip
@click.option("--format", "-f", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
@click.option("--output", "-o", metavar="FILE", help="Write there, whole or not at all, instead of to stdout.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour the text.")
@click.pass_context
def command(ctx: click.Context, /, source: tuple[str, ...], never: bool, **given: Any) -> None:
    """List the fields that the rules and correlations read, by logsource, with how many of them read each.

    With --source: in how many of the records that these rules see each field is. One that is never there is a rule
    that cannot match, or logs that lack something; it comes first, with a hint at what may have been meant.
    """
    from engine.cli._fielded import made
    from engine.runners.census import uses

    choice = Choice(**{name: given.pop(name) for name in Choice._fields})
    if never and not source:
        raise UsageError("--never needs logs to look into", hint="detect fields --never --source ./logs")
    if given["format_in"] is not None:
        from engine.decoders import decoder

        decoder(given["format_in"])
    ruleset = load_chosen(choice)
    rejected(ruleset.rejected, colored(given["color"], sys.stderr))
    if not ruleset.rules:
        raise UsageError("no rule is left to look at", hint="detect rules lists the rules")
    census = _counted(source, ruleset, Reading(given["format_in"], given["logsource"], None, given["max_bytes"]))
    listed = [use for use in uses(ruleset, census) if not never or (use.records and not use.present)]
    screen = sys.stdout if given["output"] in (None, "-") else None
    with sink(given["output"]) as stream:
        paint = Paint(colored(given["color"], screen))
        stream.write(made(listed, census, given["form"], paint, max(60, terminal_width(screen))))
    problems = [problem for problem in census.problems if problem.lost] if census else []
    _complain(problems, census)
    ctx.exit(3 if ruleset.rejected or problems else 0)


def _counted(source: Sequence[str], ruleset: Ruleset, reading: Reading) -> Census | None:
    """What the logs hold; None where none were named. Raises UsageError where they hold no record."""
    from engine.runners.census import Census, count

    if not source:
        return None
    on = sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
    progress, census = Progress(on), Census()
    for files, census in enumerate(count(source, ruleset, reading), 1):
        progress(files, files, census.records.total())
    progress.clear()
    if not census.records:
        fault = f": {census.problems[0].ref}: {census.problems[0].fault}" if census.problems else ""
        raise UsageError(f"no record could be read{fault}", hint="name logs with --source")
    return census


def _complain(problems: Sequence[Problem], census: Census | None) -> None:
    say([f"{visible(str(Place(one.ref, offset=one.offset)))}: {visible(one.fault)}" for one in problems[:10]])
    if len(problems) > 10:
        say([f"… and {counted(len(problems) - 10)} more"])
    if census is not None:
        kinds = ", ".join(
            f"{counted(number)} of {visible(str(kind))}" for kind, number in census.records.most_common(5)
        )
        say([f"{counted(census.records.total())} records: {kinds}{', …' if len(census.records) > 5 else ''}"])
