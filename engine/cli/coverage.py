"""detect coverage: which techniques of ATT&CK the rules look for, and which they do not."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from engine.cli._report import colored, rejected
from engine.cli._rules import Choice, choosing, load_chosen
from engine.cli._sink import sink
from engine.errors import UsageError
from engine.terminal import Paint

__all__ = ["command"]

_EXAMPLES = """\b
Examples:
  detect coverage --product aws
  detect coverage --rules ~/sigma/rules --level high+
  detect coverage --format navigator -o layer.json
  detect coverage --format html -o coverage.html
"""


@click.command(epilog=_EXAMPLES, short_help="Say which techniques of ATT&CK the rules look for.")
@choosing
@click.option("--product", metavar="PRODUCT", help="Only rules whose logsource is of this product: aws, windows.")
@click.option("--format", "-f", "form", type=click.Choice(["table", "navigator", "html", "json"]), default="table",
              show_default=True, help="navigator: a layer for the ATT&CK Navigator.")  # fmt: skip
@click.option("--output", "-o", metavar="FILE", help="Write there, whole or not at all, instead of to stdout.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour the table.")
@click.pass_context
def command(
    ctx: click.Context, /, product: str | None, form: str, output: str | None, color: str, **given: Any
) -> None:
    """Say which techniques of ATT&CK the tags of the rules name, by which rules, and which of those that the logs can
    show no rule names.

    A tag says what a rule is meant for, not that it finds all of it. The status is 3 when there are rules that cannot
    be used.
    """
    from engine.cli._coverage import covered, layer, plain
    from engine.cli._coverage_shown import lines, page

    ruleset = load_chosen(Choice(**given))
    if not ruleset.rules and not ruleset.correlations and not ruleset.rejected:
        raise UsageError("there is no rule to look at", hint="detect rules, with the same options, lists them")
    coverage = covered(ruleset, product.lower() if product else None)
    if not coverage.rules and not ruleset.rejected:
        raise UsageError(f'there is no rule of product "{product}"', hint="detect rules shows the logsource of each")
    if form == "html":
        text = page(coverage)
    elif form == "table":
        paint = Paint(colored(color, sys.stdout if output in (None, "-") else None))
        text = "".join(f"{line}\n" for line in lines(coverage, paint))
    else:
        text = json.dumps((layer if form == "navigator" else plain)(coverage), indent=2, ensure_ascii=False) + "\n"
    with sink(output) as stream:
        stream.write(text.encode("utf-8", "backslashreplace"))
    rejected(ruleset.rejected, colored(color, sys.stderr))
    ctx.exit(3 if ruleset.rejected else 0)
