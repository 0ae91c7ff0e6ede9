"""detect explain: what a rule says, why it matches an event or does not, and how the engine finds it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

import click

from engine.cli._report import colored, complain, say, terminal_width
from engine.cli._rules import Choice, choosing, default_rules, load_chosen
from engine.cli._sink import sink
from engine.cli._words import LOGSOURCE
from engine.errors import RuleError, RulesError, UsageError
from engine.model import LogSource, Reading
from engine.rules import Correlation, Rule, Ruleset
from engine.terminal import Paint, visible

__all__ = ["command"]

_EXAMPLES = """\b
Examples:
  detect explain 'CloudTrail Logging Stopped'
  detect explain rules/aws/cloudtrail/x.yml --event 'logs/1.json.gz#17'
  detect explain 5b3f1e1c-… --source ./logs --event 'eu-west-1/1.json.gz#17' --format json
  echo '{"eventName": "StopLogging"}' | detect explain x.yml --event - --all-logsources
"""


@click.command(epilog=_EXAMPLES, short_help="Say why a rule matches an event, or does not.")
@click.argument("rule_name", metavar="RULE")
@click.option("--event", "-e", metavar="FILE#N", help="Explain this event: record N of a file, as outputs name it; - "
              "for stdin.")  # fmt: skip
@click.option("--source", "-s", metavar="PATH", help="What FILE is relative to, as it was given to detect run.")
@choosing
@click.option("--format", "-f", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--logsource", type=LOGSOURCE, metavar="WORDS", help="What the event is: product=okta,service=okta.")
@click.option("--all-logsources", is_flag=True, help="Let every rule see every event.")
@click.option("--format-in", metavar="FORMAT", help="Read the input as this instead of finding out.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour the text.")
@click.pass_context
def command(ctx: click.Context, /, rule_name: str, **given: Any) -> None:
    """Show a rule as it was understood, what it makes of an event, and how the engine finds it.

    Of a correlation it shows what it asks for and of which rules, then these rules.

    RULE is an id, a name, a title, a glob over them, or the file of a rule. With an event every test of the rule is
    shown true or false, with the value that was seen, and the first thing that failed: of the fewest tests that
    would have to come out otherwise for the rule to match, the first.
    """
    choice = Choice(**{name: given.pop(name) for name in Choice._fields})
    ctx.exit(_explain(rule_name, choice, Asked(**given)))


class Asked(NamedTuple):
    """What the options said, under their names."""

    event: str | None
    source: str | None
    form: str
    logsource: LogSource | None
    all_logsources: bool
    format_in: str | None
    color: str


class Chosen(NamedTuple):
    """The rules and correlations that are meant, and all that are loaded beside them."""

    rules: list[Rule]
    correlations: list[Correlation]
    beside: Ruleset


def _explain(name: str, choice: Choice, asked: Asked) -> int:
    if asked.source is not None and asked.event is None:
        raise UsageError("--source without --event", hint='name an event of it: --event "FILE#1"')
    chosen = _chosen(name, choice)
    from engine.cli._explained import json_of, lines_of, tell
    from engine.cli._explained_correlations import understand
    from engine.match import Detector
    from engine.runners.pick import Picked, pick

    picked: Picked | None = None
    if asked.event is not None:
        picked = pick(asked.event, Reading(asked.format_in, asked.logsource), asked.source)
    detector = Detector(chosen.beside, all_logsources=asked.all_logsources)
    correlations = [understand(each, detector, picked) for each in chosen.correlations]
    told = [tell(rule, detector, picked) for rule in chosen.rules]
    with sink(None) as stream:
        if asked.form == "json":
            stream.write(json_of(told, correlations, picked))
        else:
            paint, width = Paint(colored(asked.color, sys.stdout)), max(60, terminal_width(sys.stdout))
            lines = lines_of(told, correlations, picked, paint, width)
            stream.write("".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace"))
    problems = picked.problems if picked else ()
    say([f"{visible(problem.ref)}: {visible(problem.fault)}" for problem in problems if problem.lost])
    return 3 if any(problem.lost for problem in problems) else 0


def _chosen(name: str, choice: Choice) -> Chosen:
    """What is meant; raises UsageError when there is nothing, RulesError when it cannot be used."""
    from engine.load import called

    if os.path.isfile(name):
        return _of_file(name, choice)
    ruleset = load_chosen(choice)
    broken = [error for error in ruleset.rejected if (error.rule or "").lower() == name.lower()]
    if broken:
        raise RulesError(tuple(broken))
    return _with_parts(called(ruleset, name), ruleset)


def _of_file(name: str, choice: Choice) -> Chosen:
    """What stands in a file, as it is beside all that is loaded; of two versions of a rule it is the one meant."""
    from engine.load import load

    given = {"pipelines": choice.pipeline, "fields": choice.fields, "variables": choice.variables}
    alone = load([name], cache=not choice.no_cache, **given)
    ruleset = load_chosen(choice._replace(rules=(name, *(choice.rules or (default_rules(),)))))
    correlations = [
        each for each in ruleset.correlations if os.path.exists(each.path) and os.path.samefile(each.path, name)
    ]
    resolved = {each.title for each in correlations}  # what they refer to may stand in other files
    errors = tuple(error for error in alone.rejected if error.rule not in resolved)
    if errors and not alone.rules and not correlations:
        raise RulesError(errors)
    _complain(errors)
    keys = {rule.key for rule in alone.rules}
    if len(keys.intersection(rule.key for rule in ruleset.rules)) < len(keys):
        ruleset, correlations = alone, list(alone.correlations)
    return _with_parts(keys | {each.key for each in correlations}, ruleset)


def _with_parts(keys: AbstractSet[str], ruleset: Ruleset) -> Chosen:
    """What has these keys, outer correlations first, and all that it refers to."""
    wanted, correlations = set(keys), []
    for each in reversed(ruleset.correlations):
        if each.key in wanted:
            correlations.append(each)
            wanted.update(each.rules)
    return Chosen([rule for rule in ruleset.rules if rule.key in wanted], correlations, ruleset)


def _complain(errors: Sequence[RuleError]) -> None:
    for error in errors:
        complain(error)
