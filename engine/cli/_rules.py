"""The options by which rules are loaded and chosen, the same for every command that needs rules."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click

from engine.cli._words import LEVELS
from engine.errors import RulesError, UsageError
from engine.rules import Correlation, Rule, Ruleset
from engine.shipped import rules_folder

__all__ = ["Choice", "choosing", "default_rules", "load_chosen"]

Command = TypeVar("Command", bound=Callable[..., Any])
_Rule = TypeVar("_Rule", Rule, Correlation)


class Choice(NamedTuple):
    """What the options said; the same words in the same order as `choosing` gives them."""

    rules: tuple[str, ...] = ()
    level: str | None = None
    status: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    rule: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    pipeline: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    strict: bool = False
    no_cache: bool = False


def choosing(command: Command) -> Command:
    """Give a command the options; it receives them under the names of Choice."""
    options = (
        click.option(
            "--rules", "-r", multiple=True, metavar="PATH",
            help="Folder or file of Sigma rules; repeatable.  [default: ./rules if there, else the shipped rules]",
        ),
        click.option("--level", type=LEVELS, metavar="LEVEL[+]", help="Only rules of this level; high+: or worse."),
        click.option("--status", multiple=True, metavar="STATUS", help="Only rules of this status; repeatable."),
        click.option("--tag", multiple=True, metavar="GLOB", help="Only rules with such a tag; repeatable."),
        click.option(
            "--rule", multiple=True, metavar="ID|TITLE|GLOB", help="Only rules with this id, title or path; repeatable."
        ),
        click.option("--exclude", "-x", multiple=True, metavar="ID|TITLE|GLOB", help="Not these rules; repeatable."),
        click.option(
            "--filters", multiple=True, metavar="PATH",
            help="Folder or file of Sigma filters, beside those that stand among the rules; repeatable.",
        ),
        click.option(
            "--pipeline", "-p", multiple=True, metavar="PATH|ID",
            help="Folder or file of processing pipelines, or an installed one; applied to all rules; repeatable.",
        ),
        click.option(
            "--variables", multiple=True, metavar="FILE",
            help="File of values for the placeholders of |expand, YAML or JSON; repeatable.",
        ),
        click.option(
            "--fields", multiple=True, metavar="PATH",
            help="Folder or file of derived fields, beside those that come with the package; repeatable.",
        ),
        click.option("--strict", is_flag=True, help="Stop when a rule cannot be used."),
        click.option("--no-cache", is_flag=True, help="Compile the rules anew."),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def load_chosen(choice: Choice) -> Ruleset:
    """Load the rules and keep the chosen ones; those that cannot be used are in `.rejected`.

    Raises UsageError for a choice that makes no sense, RulesError with --strict.
    """
    from engine.load import load, select

    select(Ruleset(()), level=choice.level, status=choice.status)  # a slip of the pen shows before the rules load
    paths = [*(choice.rules or [default_rules()]), *choice.filters]
    ruleset = load(
        paths, cache=not choice.no_cache, pipelines=choice.pipeline, fields=choice.fields, variables=choice.variables
    )
    if not choice.rules:
        ruleset = _at_home(ruleset)
    if choice.strict and ruleset.rejected:
        raise RulesError(ruleset.rejected)
    return select(
        ruleset, level=choice.level, status=choice.status, tags=choice.tag, rules=choice.rule, exclude=choice.exclude
    )


def default_rules() -> str:
    if Path("rules").is_dir():
        return "rules"
    shipped = rules_folder()
    if not shipped.is_dir():
        raise UsageError("no rules: there is no ./rules, and none came with this package", hint="--rules FOLDER")
    return str(shipped)


def _at_home(ruleset: Ruleset) -> Ruleset:
    """Shipped rules under paths that do not say where the package lies: results are the same on every machine."""
    from msgspec.structs import replace

    home = f"{rules_folder().parent.as_posix()}/"

    def moved(rule: _Rule) -> _Rule:
        return replace(rule, path=rule.path.removeprefix(home)) if rule.path.startswith(home) else rule

    rules, correlations = map(moved, ruleset.rules), map(moved, ruleset.correlations)
    return replace(ruleset, rules=tuple(rules), correlations=tuple(correlations))
