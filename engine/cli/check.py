"""detect check: lint for authors of rules."""

from __future__ import annotations

import sys
from typing import Any

import click

from engine.cli._report import colored, say
from engine.cli._rules import default_rules
from engine.cli._sink import sink
from engine.errors import UsageError
from engine.terminal import Paint

__all__ = ["command"]

_EXAMPLES = """\b
Examples:
  detect check rules/
  detect check rules/ --fail-on warning --ignore 'missing-*'
  detect check rules/ --select attack-tag,field-name
  detect check rules/ --format sarif -o check.sarif
  detect check --list

\b
Exit status:
  0  nothing as bad as --fail-on was found
  1  something was
  2  wrong usage
"""


@click.command(epilog=_EXAMPLES, short_help="Look for mistakes in rules.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--select", multiple=True, metavar="CHECK", help="Only these checks; names or globs, with commas.")
@click.option("--ignore", multiple=True, metavar="CHECK", help="Not these checks; names or globs, with commas.")
@click.option("--fail-on", type=click.Choice(["error", "warning", "note", "never"]), default="error", show_default=True,
              help="Status 1 if there is a finding of this severity or worse.")  # fmt: skip
@click.option("--pipeline", multiple=True, metavar="PATH", help="Processing pipelines, as detect run takes them.")
@click.option("--fields", multiple=True, metavar="PATH", help="Derived fields, as detect run takes them.")
@click.option("--variables", multiple=True, metavar="FILE", help="Values of placeholders, as detect run takes them.")
@click.option("--format", "-f", "form", type=click.Choice(["text", "json", "sarif", "junit"]), default="text",
              show_default=True)  # fmt: skip
@click.option("--output", "-o", metavar="FILE", help="Write there, whole or not at all, instead of to stdout.")
@click.option("--list", "only_list", is_flag=True, help="List the checks, with what each finds.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour the text.")
@click.option("--quiet", "-q", is_flag=True, help="No count at the end.")
@click.option("--no-cache", is_flag=True, help="Compile the rules anew.")
@click.pass_context
def command(ctx: click.Context, /, paths: tuple[str, ...], only_list: bool, **given: Any) -> None:
    """Look for mistakes in the rules of files and folders, by default those in ./rules.

    An error does not work, a warning is probably not what was meant, a note could be better. A comment in a rule keeps
    a check quiet: `# detect: ignore=CHECK the reason`. Nothing is sent or fetched.
    """
    from engine.check import Severity, check
    from engine.cli._checked import listed, made, total

    output, color = given["output"], given["color"]
    paint = Paint(colored(color, sys.stdout if output in (None, "-") else None))
    if only_list:
        with sink(output) as stream:
            stream.write("".join(f"{line}\n" for line in listed(paint)).encode())
        return
    report = check(
        list(paths) or [default_rules()], select=given["select"], ignore=given["ignore"],
        pipelines=given["pipeline"],
        variables=given["variables"], fields=given["fields"], cache=not given["no_cache"],
    )  # fmt: skip
    if not report.rules and not report.findings:
        raise UsageError(f"there is no Sigma rule in {', '.join(paths) or './rules'}")
    fail_on = None if given["fail_on"] == "never" else Severity[given["fail_on"]]
    with sink(output) as stream:
        stream.write(made(report, given["form"], fail_on, paint))
    if not given["quiet"]:
        say([total(report)])
    worst = report.worst()
    ctx.exit(1 if fail_on is not None and worst is not None and worst >= fail_on else 0)
