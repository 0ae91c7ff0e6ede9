"""detect convert: rules as queries of another system."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import click

from engine.cli._report import colored, rejected, say
from engine.cli._rules import Choice, choosing, default_rules, load_chosen
from engine.cli._sink import sink
from engine.errors import UsageError
from engine.rules import Ruleset
from engine.terminal import Paint, count, fill, visible

__all__ = ["command"]

_EXAMPLES = """\b
Examples:
  detect convert --list
  detect convert -t splunk --rules ./rules
  detect convert -t lucene -p ecs_windows -p my-fields.yml --format siem_rule -o rules.json
  detect convert -t sqlite --level high+ -O table=events

\b
Exit status:
  0  finished
  2  wrong usage, or nothing could be converted
  3  finished, but a rule was left out
"""


@click.command(epilog=_EXAMPLES, short_help="Convert rules to queries of another system.")
@click.option("--target", "-t", metavar="TARGET", help="What to convert to; --list shows what there is.")
@choosing
@click.option("--format", "-f", "form", metavar="FORMAT", default="default", show_default=True,
              help="One of the target's formats; --list shows them.")  # fmt: skip
@click.option("--option", "-O", multiple=True, metavar="NAME=VALUE", help="What the target takes beside; repeatable.")
@click.option("--output", "-o", metavar="FILE", help="Write there, whole or not at all, instead of to stdout.")
@click.option("--list", "only_list", is_flag=True, help="List the targets, installed or not.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour the text.")
@click.pass_context
def command(ctx: click.Context, /, target: str | None, only_list: bool, **given: Any) -> None:
    """Convert the rules to queries of another system, to hunt there with the same rules.

    The targets are the backends of pySigma that are installed. A rule that the target cannot express is left out, and
    said; the others are converted. Pipelines are applied on the way, your own and those that come with a target.
    """
    choice = Choice(**{name: given.pop(name) for name in Choice._fields})
    output, color = given["output"], given["color"]
    paint = Paint(colored(color, sys.stdout if output in (None, "-") else None))
    if only_list:
        with sink(output) as stream:
            stream.write("".join(f"{line}\n" for line in _listed(paint)).encode("utf-8", "replace"))
        return
    if target is None:
        raise UsageError("nothing to convert to", hint="name a target with -t; --list shows what there is")
    ctx.exit(_convert(target, choice, given["form"], _options(given["option"]), output, color))


def _convert(
    name: str, choice: Choice, form: str, options: dict[str, str | int], output: str | None, color: str
) -> int:
    from engine.convert import convert, target

    to = target(name)
    # Pipelines change rules for the target, which is not the place where the loader judges them.
    ruleset = load_chosen(choice._replace(pipeline=()))
    rejected(ruleset.rejected, colored(color, sys.stderr))
    if not ruleset.rules:
        raise UsageError("no rule is left to convert", hint="detect rules lists the rules")
    if to.pipeline and not choice.pipeline:
        say([f"note: {name} has fields of its own; --pipeline says what those of the rules are called there"])
    paths = list(choice.rules) or [default_rules()]
    done = convert(name, paths, ruleset, pipelines=choice.pipeline, form=form, options=options)
    _computed(ruleset)
    rejected(done.failed, colored(color, sys.stderr), what="cannot be converted", most=len(done.failed))
    if not done.queries:
        raise UsageError(f"no rule could be converted to {name}")
    with sink(output) as stream:
        stream.write(done.text)
    rules = f"{count(done.rules)} rule{'' if done.rules == 1 else 's'}"
    queries = f"{count(done.queries)} quer{'y' if done.queries == 1 else 'ies'}"
    say([f"{rules} converted to {queries}; {count(len(done.failed) + len(ruleset.rejected))} left out"])
    return 3 if done.failed or ruleset.rejected else 0


def _computed(ruleset: Ruleset) -> None:
    """Say which rules read derived fields, which no other system has under that name."""
    from engine.derived import names_asked

    names = {one.name for one in ruleset.derived}
    read = [names.intersection(names_asked(rule)) for rule in ruleset.rules]
    number = sum(map(bool, read))
    if number:
        rules = "1 rule reads" if number == 1 else f"{count(number)} rules read"
        listed = ", ".join(sorted({name for found in read for name in found}))
        say([f"note: {rules} fields that are computed here: {listed}"])


def _options(given: tuple[str, ...]) -> dict[str, str | int]:
    options: dict[str, str | int] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not name:
            raise UsageError(f'cannot read the option "{one}"', hint="write NAME=VALUE")
        options[name] = int(value) if value.isdecimal() else value
    return options


def _listed(paint: Paint) -> Iterator[str]:
    from engine.convert import PACKAGES, installed

    known = installed()
    names = [*known, *(name for name in PACKAGES if name not in known)]
    width = max(map(len, names), default=0)
    yield paint("installed" if known else "no target is installed", "bold")
    for name, one in known.items():
        yield f"  {paint(fill(name, width), 'cyan')}  {visible(one.title)}"
        for form, said in one.formats.items():
            yield paint(f"  {fill('', width)}    --format {form}: {visible(said)}", "dim")
    missing = {name: package for name, package in PACKAGES.items() if name not in known}
    if missing:
        yield paint("known, not installed", "bold")
        for name, package in missing.items():
            yield f"  {fill(name, width)}  pip install {package}"
