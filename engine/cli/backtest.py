"""detect backtest: what a change of rules would have alerted, on logs that are there."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from engine.cli._report import colored, left_out, rejected
from engine.cli._revision import at_hand
from engine.cli._rules import Choice, choosing, load_chosen
from engine.cli._sink import sink
from engine.errors import UsageError
from engine.terminal import Paint, count, visible

if TYPE_CHECKING:
    from engine.cli._budget import Over
    from engine.cli.run import Asked
    from engine.model import Summary
    from engine.runners.compared import Difference, Fired

__all__ = ["command"]

_EXAMPLES = """\b
Examples:
  detect backtest --rules rules --against git:main:rules --source logs
  detect backtest -r rules -a git:HEAD~1:rules -s logs --fail-on new --format markdown
  detect backtest -r rules -s logs --write-budget budget.yml
  detect backtest -r rules -s logs --budget budget.yml
"""
NAMED = 3
"""Principals that are named of each rule."""

_FAILS = ("new", "gone", "changed")


@click.command(epilog=_EXAMPLES, short_help="Say what a change of rules would have alerted.")
@click.argument("paths", nargs=-1, metavar="[SOURCE]...")
@click.option(
    "--source", "-s", multiple=True, metavar="PATH", help="Logs to scan, as `detect run` takes them; repeatable."
)
@choosing
@click.option("--against", "-a", multiple=True, metavar="PATH",
              help="Folder or file of the rules as they were; git:REVISION:PATH; repeatable.")  # fmt: skip
@click.option("--since", metavar="TIME", help="Only events from then on.")
@click.option("--until", metavar="TIME", help="Only events up to then.")
@click.option("--workers", type=click.IntRange(min=1), metavar="N", help="Processes.  [default: one a core]")
@click.option("--fail-on", type=click.Choice(_FAILS), multiple=True, help="Status 1 where there is such; repeatable.")
@click.option("--budget", metavar="FILE", help="How often rules may fire: status 1 where one does more often.")
@click.option("--write-budget", metavar="FILE", help="Write such a file, of how often they fire now.")
@click.option("--format", "-f", "form", type=click.Choice(["table", "json", "markdown"]), default="table",
              show_default=True)  # fmt: skip
@click.option("--output", "-o", metavar="FILE", help="Write there, whole or not at all, instead of to stdout.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour the table.")
@click.pass_context
def command(
    ctx: click.Context, /, paths: tuple[str, ...], source: tuple[str, ...], against: tuple[str, ...],
    since: str | None, until: str | None, workers: int | None, fail_on: tuple[str, ...], budget: str | None,
    write_budget: str | None, form: str, output: str | None, color: str, **given: Any,
) -> None:  # fmt: skip
    """Scan the same logs with two sets of rules, and say what the one finds that the other does not: by rule, and by
    whose it is. Without --against, how often each rule fires.

    Rules are the same in both sets by id, else by title. Status 3 where something could not be read or used.
    """
    from engine.cli._budget import read, written
    from engine.runners.compared import compared

    if not source + paths:
        raise UsageError("no logs to scan", hint="--source FOLDER")
    if fail_on and not against:
        raise UsageError("--fail-on without --against", hint="--against git:main:rules says what to compare with")
    known = read(budget) if budget else None
    choice = Choice(**given)
    with at_hand(choice.rules) as rules, at_hand(against) as others:
        asked = _asked(source + paths, choice._replace(rules=rules), since, until, workers)
        after = _scanned(asked)
        before = _scanned(asked._replace(choice=choice._replace(rules=others))) if against else None
    found = compared(before.rules if before else after.rules, after.rules)
    over = known.over(found) if known else []
    if write_budget:
        with sink(write_budget) as stream:
            stream.write(written([each for each in found if each.after]))
    with sink(output) as stream:
        paint = Paint(colored(color, sys.stdout if output in (None, "-") else None))
        text = _text(form, found, over, after, before, paint)
        stream.write(text.encode("utf-8", "backslashreplace"))
    left_out(after.summary, False, 10)
    ctx.exit(_status(found, over, fail_on, after, before))


class _Scanned(NamedTuple):
    """What one set has found; bad: rules that could not be used."""

    rules: dict[str, Fired]
    summary: Summary
    bad: int


def _asked(
    sources: tuple[str, ...], choice: Choice, since: str | None, until: str | None, workers: int | None
) -> Asked:
    """What `detect run` would be asked."""
    from engine.cli.run import Asked
    from engine.cli.run import command as run

    known = run.make_context("run", []).params
    given = {name: known[name] for name in Asked._fields if name in known and name not in ("sources", "config")}
    return Asked(
        sources=sources, choice=choice, config=None,
        **{**given, "since": since, "until": until, "workers": workers, "final": True},
    )  # fmt: skip


def _scanned(asked: Asked) -> _Scanned:
    from engine.cli.run import bounds, scan_of
    from engine.runners.compared import Seen
    from engine.runners.local import run

    ruleset = load_chosen(asked.choice)
    rejected(ruleset.rejected, False, quiet=False)
    if not ruleset.rules:
        raise UsageError(
            f"no rule to run in {', '.join(map(visible, asked.choice.rules)) or 'the rules'}",
            hint="detect rules lists those there are",
        )
    seen = Seen()
    since, until = bounds(asked)
    summary = run(scan_of(asked, ruleset, seen, None, since=since, until=until))
    return _Scanned(seen.rules, summary, len(ruleset.rejected))


def _status(
    found: Sequence[Difference], over: Sequence[Over], fail_on: Sequence[str], after: _Scanned, before: _Scanned | None
) -> int:
    both = [each for each in (after, before) if each is not None]
    if any(each.summary.interrupted for each in both):
        return 130
    if any(each.bad or each.summary.problems_total for each in both):
        return 3
    return 1 if over or any(getattr(each, what) for each in found for what in fail_on) else 0


def _text(
    form: str, found: Sequence[Difference], over: Sequence[Over], after: _Scanned, before: _Scanned | None, paint: Paint
) -> str:
    if form == "json":
        return _json(found, over, after, before is not None)
    lines = _markdown(found, over, before is not None) if form == "markdown" else _table(found, over, before, paint)
    return "".join(f"{line}\n" for line in lines)


def _json(found: Sequence[Difference], over: Sequence[Over], after: _Scanned, both: bool) -> str:
    def shown(each: Difference) -> dict[str, Any]:
        said: dict[str, Any] = {"rule": each.name, "title": each.title, "fired": each.after}
        if both:
            said |= {"before": each.before, "new": each.new, "gone": each.gone, "changed": each.changed}
            said |= {"who_new": dict(each.who_new.most_common()), "who_gone": dict(each.who_gone.most_common())}
        return said

    said = {
        "version": 1,
        "kind": "backtest",
        "events": after.summary.events,
        "problems": after.summary.problems_total,
        "rules": [shown(each) for each in found],
        "over_budget": [
            {"rule": each.name, "title": each.title, "fired": each.fired, "allowed": each.allowed} for each in over
        ],
    }
    return json.dumps(said, ensure_ascii=False) + "\n"


def _table(found: Sequence[Difference], over: Sequence[Over], before: _Scanned | None, paint: Paint) -> Iterator[str]:
    if before is None:
        for each in found:
            yield f"{count(each.after):>9}  {visible(each.title)}"
    else:
        shown = [each for each in found if each.new or each.gone or each.changed]
        if not shown:
            yield f"no difference; {count(sum(each.after for each in found))} detections with either"
        for each in shown:
            yield paint(visible(each.title), "bold")
            yield f"    fired {count(each.before)} before, {count(each.after)} now{_changes(each)}"
            yield from (f"    new   {line}" for line in _names(each.who_new))
            yield from (f"    gone  {line}" for line in _names(each.who_gone))
    for one in over:
        said = f"fired {count(one.fired)} times, and may {count(one.allowed)}"
        yield f"{paint('over budget', 'bold', 'red')}: {visible(one.title)}: {said}"


def _changes(each: Difference) -> str:
    said = [(each.new, "new"), (each.gone, "gone"), (each.changed, "changed")]
    return "".join(f", {count(number)} {what}" for number, what in said if number)


def _names(found: Counter[str]) -> Iterator[str]:
    for name, number in found.most_common(NAMED):
        yield f"{count(number):>7}  {visible(name) or '–'}"
    if len(found) > NAMED:
        yield f"{count(sum(found.values()) - sum(number for _, number in found.most_common(NAMED))):>7}  others"


def _markdown(found: Sequence[Difference], over: Sequence[Over], both: bool) -> Iterator[str]:
    from engine.dialects import DIALECTS

    escape = DIALECTS["markdown"].escape
    shown = [each for each in found if not both or each.new or each.gone or each.changed]
    if not shown:
        yield "No difference."
    elif both:
        yield "| rule | before | now | new | gone | changed | whose |"
        yield "| --- | ---: | ---: | ---: | ---: | ---: | --- |"
        for each in shown:
            whose = (each.who_new + each.who_gone).most_common(NAMED)
            names = ", ".join(f"{escape(name) or '–'} {number}" for name, number in whose)
            numbers = f"{each.before} | {each.after} | {each.new} | {each.gone} | {each.changed}"
            yield f"| {escape(each.title)} | {numbers} | {names} |"
    else:
        yield "| rule | fired |"
        yield "| --- | ---: |"
        yield from (f"| {escape(each.title)} | {each.after} |" for each in shown)
    for number, one in enumerate(over):
        yield from ("",) if number == 0 else ()
        yield f"- **over budget**: {escape(one.title)} fired {one.fired} times, and may {one.allowed}"
