"""detect run: scan logs with Sigma rules."""

from __future__ import annotations

import os
import sys
import time
from typing import Any

import click

from engine.cli._report import Progress, colored, left_out, rejected, say, terminal_width
from engine.cli._rules import Choice, choosing, load_chosen
from engine.cli._sink import sink
from engine.cli._words import FORMAT, LEVEL, LOGSOURCE, SIZE, ZONE
from engine.errors import UsageError
from engine.model import Reading, Summary
from engine.rules import Ruleset
from engine.times import parse_when

__all__ = ["command"]

_EXAMPLES = """\b
Examples:
  detect run --source ./logs
  detect run --source ./logs --since 7d --level high+ --tz Europe/Berlin
  detect run --source ./logs --rules ~/sigma/rules/cloud/aws --fail-on critical
  detect run --source ./logs --format ndjson -o hits.ndjson
  zcat *.json.gz | detect run --source -
  detect run --source okta.json --logsource product=okta,service=okta --time-field published
"""


@click.command(epilog=_EXAMPLES, short_help="Scan logs with Sigma rules.")
@click.argument("paths", nargs=-1, metavar="[SOURCE]...")
@click.option("--source", "-s", multiple=True, metavar="PATH", help="Folder, file, glob, or - for stdin; repeatable.")
@choosing
@click.option("--since", metavar="TIME", help='Events from then on: "2023-07-10", "2023-07-10T11:45:00Z", "7d".')
@click.option("--until", metavar="TIME", help="Events up to then.")
@click.option("--format", "-f", "form", type=FORMAT, default="table", show_default=True, metavar="FORMAT",
              help="table, ndjson, json, csv or ocsf.")  # fmt: skip
@click.option("--output", "-o", metavar="FILE", help="Write there, whole or not at all, instead of to stdout.")
@click.option("--fail-on", type=LEVEL, metavar="LEVEL", help="Status 1 if a rule of this level or worse fired.")
@click.option("--workers", type=click.IntRange(min=1), metavar="N", help="Processes.  [default: one a core]")
@click.option("--tz", type=ZONE, metavar="ZONE", help='Show times in this zone: "Europe/Berlin", "+02:00", "local".')
@click.option("--logsource", type=LOGSOURCE, metavar="WORDS", help="What the events are: product=okta,service=okta.")
@click.option("--all-logsources", is_flag=True, help="Let every rule see every event.")
@click.option("--time-field", metavar="FIELD", help="Where the time of an event is, with dots into objects.")
@click.option("--format-in", metavar="FORMAT", help="Read the input as this instead of finding out.")
@click.option("--max-bytes", type=SIZE, default="4G", show_default=True, metavar="SIZE",
              help="The most that one file may decompress to.")  # fmt: skip
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour the text.")
@click.option("--quiet", "-q", is_flag=True, help="No progress, no summary for people.")
@click.option("--verbose", "-v", is_flag=True, help="Name every problem, and every remark on the rules.")
@click.pass_context
def command(ctx: click.Context, /, paths: tuple[str, ...], source: tuple[str, ...], **given: Any) -> None:
    """Scan logs with Sigma rules, and show what was found.

    A source is a folder (with all below it), a file, a glob, or - for stdin; compressed or not. The kind of log is
    found by its content.
    """
    sources = source + paths
    if not sources:
        raise UsageError("nothing to scan", hint="detect run --source ./logs")
    if given["quiet"] and given["verbose"]:
        raise UsageError("--quiet and --verbose at once")
    choice = Choice(**{name: given.pop(name) for name in Choice._fields})
    ctx.exit(_scan(sources, choice, **given))


def _scan(sources: tuple[str, ...], choice: Choice, **given: Any) -> int:
    """Load, run, report; returns the exit status."""
    now = time.time_ns() // 1000
    since, until = (given[name] and parse_when(given[name], now) for name in ("since", "until"))
    if since is not None and until is not None and since > until:
        raise UsageError("--since is after --until")
    reading = _reading(given)
    aside = colored(given["color"], sys.stderr)
    ruleset = load_chosen(choice)
    rejected(ruleset.rejected, aside, quiet=given["quiet"])
    _remarks(ruleset, given)
    if not ruleset.rules:
        raise UsageError("no rule is left to run", hint="detect rules lists the rules; see --level, --rule, --exclude")
    to_file = given["output"] not in (None, "-")
    shown = None if to_file else sys.stdout
    from engine.outputs import output, summary_text

    form = output(given["form"])
    # Where both are the same terminal, a bar would cut through lines that are printed as they come.
    bar = sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb" and not given["quiet"]
    progress = Progress(bar and (form.person or to_file or not (shown and shown.isatty())))
    from engine.runners.local import Scan, run

    with sink(given["output"], progress.clear) as stream:
        out = form(
            stream,
            color=colored(given["color"], shown),
            tz=given["tz"],
            width=terminal_width(shown),
            summary=not given["quiet"],
        )
        scan = Scan(
            sources=sources, ruleset=ruleset, output=out, workers=given["workers"] or _cores(), since=since,
            until=until, reading=reading, all_logsources=given["all_logsources"], fail_on=given["fail_on"],
            progress=progress,
        )  # fmt: skip
        summary = run(scan)
        progress.clear()
    most = summary.problems_total if given["verbose"] else 10
    if not form.person and not given["quiet"]:
        say(summary_text(summary, color=aside, tz=given["tz"], width=terminal_width(sys.stderr), problems=most))
    elif given["quiet"] or to_file or not (shown and shown.isatty()):
        left_out(summary, aside)
    return _status(summary)


def _reading(given: dict[str, Any]) -> Reading:
    if given["format_in"] is not None:
        from engine.decoders import decoder

        decoder(given["format_in"])  # says which there are, when there is none of this name
    return Reading(given["format_in"], given["logsource"], given["time_field"], given["max_bytes"])


def _remarks(ruleset: Ruleset, given: dict[str, Any]) -> None:
    """What the loader remarks on rules that it could use: all with -v, else how many."""
    remarks = ruleset.warnings
    if remarks and given["verbose"]:
        say([f"note: {remark}" for remark in remarks])
    elif remarks and not given["quiet"]:
        say([f"{len(remarks)} remark{'' if len(remarks) == 1 else 's'} on the rules; -v shows them"])


def _cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _status(summary: Summary) -> int:
    if summary.interrupted:
        return 130
    if summary.rejected or summary.problems_total:
        return 3
    return 1 if summary.fail_on_met else 0
