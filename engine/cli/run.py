"""detect run: scan logs with Sigma rules."""

from __future__ import annotations

import os
import sys
import time
from datetime import tzinfo
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

import click

from engine.cli._config import configuration, usable
from engine.cli._continue import going_on, stored
from engine.cli._filled import filled
from engine.cli._report import MOST, Progress, colored, left_out, rejected, say, terminal_width
from engine.cli._rules import Choice, choosing, load_chosen
from engine.cli._sink import sink
from engine.cli._telling import Telling, telling
from engine.cli._words import DURATION, FORMAT, LEVEL, LOGSOURCE, SIZE, ZONE
from engine.errors import UsageError
from engine.model import Level, LogSource, Reading, Summary
from engine.rules import Ruleset
from engine.terminal import Paint, count, visible
from engine.times import parse_when

if TYPE_CHECKING:
    from engine.config import Config
    from engine.correlate import Limits
    from engine.runners.continuing import Continuing
    from engine.runners.scan import Scan

__all__ = ["Asked", "bounds", "command", "scan_of"]

_ALOUD = (': the filter "',)
"""What the loader's remarks hold that tell of filters which do not run as their authors believe."""

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
@click.option("--year", type=click.IntRange(1970, 9999), metavar="YEAR",
              help="Of the first date, where a log writes none: old syslog.")  # fmt: skip
@click.option("--format-in", metavar="FORMAT", help="Read the input as this instead of finding out.")
@click.option("--max-bytes", type=SIZE, default="4G", show_default=True, metavar="SIZE",
              help="The most that one file may decompress to.")  # fmt: skip
@click.option("--state", metavar="FILE", help="Go on where the last run with this file ended: read what is new.")
@click.option("--config", "-c", metavar="FILE",
              help="Configuration.  [default: that of DETECT_CONFIG; without a SOURCE ./detect.yml]")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="With --config: say who would be told, and keep nothing.")
@click.option("--lateness", type=DURATION, metavar="TIME",
              help="With --state: how long an event may be on its way.  [default: 15m]")  # fmt: skip
@click.option("--final", is_flag=True, help="Let correlations decide what is open, as if nothing more came.")
@click.option("--max-groups", type=click.IntRange(min=1), metavar="N",
              help="Groups that a correlation remembers.  [default: 1000000]")  # fmt: skip
@click.option("--max-hits", type=click.IntRange(min=1), metavar="N",
              help="Hits that one group of a correlation remembers.  [default: 1000000]")  # fmt: skip
@click.option("--in-memory", type=click.IntRange(min=1), metavar="N", default=200_000, show_default=True,
              help="Hits that wait in memory for correlations; more wait on disk.")  # fmt: skip
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour the text.")
@click.option("--profile", is_flag=True, help="Say what each rule costs; slower.")
@click.option("--quiet", "-q", is_flag=True, help="No progress, no summary for people.")
@click.option("--verbose", "-v", is_flag=True, help="Name every problem, and every remark on the rules.")
@click.pass_context
def command(ctx: click.Context, /, paths: tuple[str, ...], source: tuple[str, ...], **given: Any) -> None:
    """Scan logs with Sigma rules, and show what was found.

    A source is a folder (with all below it), a file, a glob, or - for stdin; compressed or not. The kind of log is
    found by its content.
    """
    started = time.perf_counter()
    sources = source + paths
    config = configuration(given.pop("config"), look=not sources)
    if config is not None:
        given = filled(ctx, given, usable(config))
        sources = sources or config.settings.sources
    choice = Choice(**{name: given.pop(name) for name in Choice._fields})
    ctx.exit(_run(Asked(sources, choice, config=config, **given), started))


class Asked(NamedTuple):
    """What the options said, under their names."""

    sources: tuple[str, ...]
    choice: Choice
    since: str | None
    until: str | None
    form: str
    output: str | None
    fail_on: Level | None
    workers: int | None
    tz: tzinfo | None
    logsource: LogSource | None
    all_logsources: bool
    time_field: str | None
    year: int | None
    format_in: str | None
    max_bytes: int
    state: str | None
    config: Config | None
    dry_run: bool
    lateness: int | None
    final: bool
    max_groups: int | None
    max_hits: int | None
    in_memory: int
    color: str
    profile: bool
    quiet: bool
    verbose: bool

    @property
    def problems(self) -> int:
        """How many problems to name."""
        return sys.maxsize if self.verbose else 10

    @property
    def screen(self) -> TextIO | None:
        """Stdout, where the output goes there."""
        return sys.stdout if self.output in (None, "-") else None


def _run(asked: Asked, started: float) -> int:
    """Check, load, scan, report; returns the exit status."""
    since, until = bounds(asked)
    _reading(asked)  # what is wrong with it is said before anything is loaded
    if not asked.sources:
        written = "" if asked.config is None else f", or sources: [./logs] in {asked.config.path or 'a configuration'}"
        raise UsageError("nothing to scan", hint=f"detect run --source ./logs{written}")
    if asked.quiet and asked.verbose:
        raise UsageError("--quiet and --verbose at once")
    if asked.lateness is not None and asked.state is None and asked.config is None:
        raise UsageError("--lateness without --state", hint="a scan that stands alone decides when all of it is read")
    ruleset = load_chosen(asked.choice)
    rejected(
        ruleset.rejected,
        colored(asked.color, sys.stderr),
        quiet=asked.quiet,
        most=len(ruleset.rejected) if asked.verbose else MOST,
    )
    _remarks(ruleset, asked)
    if not ruleset.rules:
        raise UsageError("no rule is left to run", hint=_why_none(ruleset, asked.choice))
    summary, person, all_told = _scanned(asked, ruleset, since, until, started)
    _report(summary, asked, person)
    if asked.verbose:
        say([f"passed over: {visible(f'{each.ref}: {each.fault}')}" for each in summary.passed])
    if summary.profile is not None:
        from engine.cli._profile import profile_lines

        say(profile_lines(summary.profile, colored(asked.color, sys.stderr), terminal_width(sys.stderr)))
    status = _status(summary)
    return 3 if status in (0, 1) and not all_told else status


def _scanned(
    asked: Asked, ruleset: Ruleset, since: int | None, until: int | None, started: float
) -> tuple[Summary, bool, bool]:
    """Scan, write what is found, keep what the next run needs, tell people.

    What was seen, whether people read the output, and whether everything that was to be sent was.
    """
    with telling(asked.config, ruleset, asked.state, asked.dry_run) as told:
        return _written(asked, ruleset, since, until, started, told)


def _written(
    asked: Asked,
    ruleset: Ruleset,
    since: int | None,
    until: int | None,
    started: float,
    told: Telling | None,
) -> tuple[Summary, bool, bool]:
    from engine.outputs import output
    from engine.runners.local import run

    form = output(asked.form)
    progress = Progress(_bar(asked, form.person))
    with stored(told.state if told else asked.state) as store:
        with sink(asked.output, progress.clear) as stream:
            made = form(
                stream,
                color=colored(asked.color, asked.screen),
                tz=asked.tz,
                width=terminal_width(asked.screen),
                summary=not asked.quiet,
                problems=asked.problems,
            )
            alerted = told.alerted(made, store) if told and store else None
            shown = alerted or _redacted(made, asked.config)
            keep = alerted.keep if alerted else lambda: None
            continuing = going_on(store, asked.lateness, form, stream, keep, asked.config)
            scan = scan_of(
                asked, ruleset, shown, continuing, since=since, until=until, progress=progress, started=started
            )
            summary = run(scan)
            progress.clear()
        if continuing is not None:
            continuing.finish()
        all_told = told.end(alerted, store, asked.quiet) if told and alerted and store else True
    return summary, form.person, all_told


def scan_of(asked: Asked, ruleset: Ruleset, shown: Any, continuing: Continuing | None, **more: Any) -> Scan:
    """The scan that the options describe; `more` is what else a scan takes."""
    from engine.runners.scan import Scan

    return Scan(
        sources=asked.sources, ruleset=ruleset, output=shown, workers=asked.workers or _cores(),
        reading=_reading(asked), all_logsources=asked.all_logsources, fail_on=asked.fail_on, profile=asked.profile,
        final=asked.final, in_memory=asked.in_memory, limits=_limits(asked), continuing=continuing, **more,
    )  # fmt: skip


def _redacted(made: Any, config: Config | None) -> Any:
    """The output, given what may be shown alone."""
    redactor = config.redactor() if config else None
    if redactor is None:
        return made
    from engine.runners.redacted import Redacted

    return Redacted(made, redactor)


def _limits(asked: Asked) -> Limits | None:
    """How much correlations remember, where the user has a say in it."""
    given = {name: value for name, value in (("groups", asked.max_groups), ("hits", asked.max_hits)) if value}
    if not given:
        return None
    from engine.correlate import Limits

    return Limits(**given)


def bounds(asked: Asked) -> tuple[int | None, int | None]:
    """From when to when events are asked for, microseconds. Raises UsageError."""
    now = time.time_ns() // 1000
    since = None if asked.since is None else parse_when(asked.since, now)
    until = None if asked.until is None else parse_when(asked.until, now)
    if since is not None and until is not None and since > until:
        raise UsageError("--since is after --until: no event can be between them")
    return since, until


def _reading(asked: Asked) -> Reading:
    if asked.format_in is not None:
        from engine.decoders import decoder

        decoder(asked.format_in)  # says which there are, when there is none of this name
    return Reading(asked.format_in, asked.logsource, asked.time_field, asked.max_bytes, year=asked.year)


def _remarks(ruleset: Ruleset, asked: Asked) -> None:
    """What the loader remarks on rules that it could use: all with -v, else what is not run at all, and how many."""
    if number := _overlooked(ruleset, asked):
        more = "1 rule names" if number == 1 else f"{count(number)} rules name"
        paint = Paint(colored(asked.color, sys.stderr))
        hint = "write it too, or use --all-logsources"
        say([f"{paint('WARNING', 'bold', 'yellow')}  {more} more than --logsource {asked.logsource}: {hint}"])
    remarks = ruleset.warnings
    if asked.verbose:
        say([f"note: {visible(remark)}" for remark in remarks])
    elif not asked.quiet:
        idle = [remark for remark in remarks if any(words in remark for words in _ALOUD)]
        say([f"note: {visible(remark)}" for remark in idle])
        if rest := len(remarks) - len(idle):
            say([f"{rest} {'more ' if idle else ''}remark{'' if rest == 1 else 's'} on the rules; -v shows them"])


def _why_none(ruleset: Ruleset, choice: Choice) -> str:
    if choice.level or choice.status or choice.tag or choice.rule or choice.exclude:
        return "detect rules lists the rules; see --level, --status, --tag, --rule, --exclude"
    if ruleset.rejected:
        return "none of them can be used; the faults are named above, or by detect rules --rejected"
    place = " or ".join(f'"{path}"' for path in choice.rules) or "./rules"
    return f"there is no Sigma detection rule in {place}"


def _overlooked(ruleset: Ruleset, asked: Asked) -> int:
    """How many rules would see the events if --logsource named the one word more that they name."""
    given = asked.logsource
    if given is None or asked.all_logsources:
        return 0
    from engine.logsources import routed

    words = [(index, word.lower()) for index, word in enumerate(given) if word]
    return sum(
        not routed(rule.logsource, given)
        and all((rule.logsource[index] or "").lower() == word for index, word in words)
        for rule in ruleset.rules
    )


def _bar(asked: Asked, person: bool) -> bool:
    """Whether to draw a bar: where lines come as they are found on the same terminal, it would cut through them."""
    if asked.quiet or sys.stderr is None or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        return False
    return person or asked.screen is None or not asked.screen.isatty()


def _report(summary: Summary, asked: Asked, person: bool) -> None:
    """Say on stderr what the output itself does not: the summary, or at least what nobody may miss."""
    color = colored(asked.color, sys.stderr)
    if not person and not asked.quiet:
        from engine.outputs import summary_text

        width = terminal_width(sys.stderr)
        say(summary_text(summary, color=color, tz=asked.tz, width=width, problems=asked.problems))
    elif asked.quiet or asked.screen is None or not asked.screen.isatty():
        left_out(summary, color, asked.problems if asked.quiet else 0)


def _cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _status(summary: Summary) -> int:
    if summary.interrupted:
        return 130
    if summary.nothing:
        return 2
    if summary.rejected or summary.problems_total:
        return 3
    return 1 if summary.fail_on_met else 0
