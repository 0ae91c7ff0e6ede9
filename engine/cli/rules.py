"""detect rules: list the rules and correlations, with what each needs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from engine.cli._report import colored, rejected, say, terminal_width
from engine.cli._rules import Choice, choosing, load_chosen
from engine.cli._sink import sink
from engine.errors import RuleError, UsageError, rules_of
from engine.load import requirements
from engine.model import LogSource
from engine.rules import Rule, Ruleset
from engine.terminal import Paint, columns, count, cut, fill, visible

if TYPE_CHECKING:
    from engine.cli._support import Wanted

__all__ = ["command"]

_OF_SUPPORT = ("support", "compare", "fail_on_change")

_EXAMPLES = """\b
Examples:
  detect rules
  detect rules --rules ~/sigma/rules --level high+ --tag 'attack.t1078*'
  detect rules --rules ~/sigma/rules --rejected
  detect rules --format json
"""
_WIDE = 116


@click.command(epilog=_EXAMPLES, short_help="List the rules, with what each needs.")
@choosing
@click.option("--rejected", "only_rejected", is_flag=True, help="List the rules that cannot be used, and why.")
@click.option("--support", is_flag=True, help="Say which rules can do their work here, and which not, and why.")
@click.option("--compare", metavar="OLD.json", help="With --support: say what changed since that report.")
@click.option("--fail-on-change", is_flag=True, help="With --compare: status 1 when anything changed.")
@click.option("--format", "-f", "form", type=click.Choice(["table", "json", "sarif"]), default="table",
              show_default=True, help="sarif: with --support.")  # fmt: skip
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour the text.")
@click.pass_context
def command(ctx: click.Context, /, only_rejected: bool, form: str, color: str, **given: Any) -> None:
    """List the rules that `detect run` would use with the same options, with the logsource and fields of each.

    Correlations come after them, with what each makes of which rules.

    The status is 3 when there are rules that cannot be used; with --fail-on-change it is 1 when the report differs from
    the older one, else 0.
    """
    support = _support(form, color, only_rejected, **{name: given.pop(name) for name in _OF_SUPPORT})
    ruleset = load_chosen(Choice(**given))
    if support is not None:
        from engine.cli._support import report

        ctx.exit(report(ruleset, support))
    with sink(None) as stream:
        if form == "json":
            stream.write(_json(ruleset, only_rejected))
        else:
            paint, width = Paint(colored(color, sys.stdout)), max(60, terminal_width(sys.stdout))
            lines = _faults(ruleset.rejected, paint) if only_rejected else _table(ruleset, paint, width)
            for line in lines:
                stream.write(f"{line}\n".encode())
    if not only_rejected and form == "table":
        rejected(ruleset.rejected, colored(color, sys.stderr))
        say([f"note: {visible(remark)}" for remark in ruleset.warnings])
    ctx.exit(3 if ruleset.rejected else 0)


def _support(
    form: str, color: str, only_rejected: bool, *, support: bool, compare: str | None, fail_on_change: bool
) -> Wanted | None:
    """What --support was asked to do, None without it. Raises UsageError for options that do not fit each other."""
    if not support:
        if compare is not None or fail_on_change or form == "sarif":
            raise UsageError("--compare, --fail-on-change and --format sarif are about --support", hint="add --support")
        return None
    if only_rejected:
        raise UsageError("--support and --rejected at once", hint="the report has the rejected rules too")
    if fail_on_change and compare is None:
        raise UsageError("--fail-on-change without --compare", hint="--compare OLD.json names the older report")
    from engine.cli._support import Wanted

    return Wanted(form, color, compare, fail_on_change)


def _table(ruleset: Ruleset, paint: Paint, width: int) -> Iterator[str]:
    """One line a rule where there is room, else two; rules in the order of their files, and then correlations."""
    rows = [(rule, visible(_needs(rule, ruleset)), _words(rule.logsource)) for rule in ruleset.rules]
    source = min(max((columns(words) for _, _, words in rows), default=0), 30)
    title = min(max((columns(visible(rule.title)) for rule, _, _ in rows), default=0), (width - source - 14) * 3 // 5)
    for rule, needs, words in rows:
        level = paint.level(rule.level, 8)
        if width >= _WIDE:
            start = f"{level}  {fill(rule.title, title)}  {paint(fill(words, source), 'cyan')}"
            yield f"{start}  {cut(needs, width - 14 - source - title)}".rstrip()
        else:
            yield f"{level}  {cut(rule.title, width - 10)}"
            yield f"          {paint(words, 'cyan')}{paint(cut(f' · {needs}', width - 10 - columns(words)), 'dim')}"
        for each in rule.filters:
            told = visible(f"filter: {each.title} ({each.path}:{each.line})")
            yield f"          {paint(cut(told, width - 10), 'dim')}"
    total = f"{count(len(rows))} rule{'' if len(rows) == 1 else 's'}"
    if ruleset.correlations:
        from engine.cli._correlations import lines  # and with it all of matching

        yield from lines(ruleset, paint, width)
        number = len(ruleset.correlations)
        total += f", {count(number)} correlation{'' if number == 1 else 's'}"
    yield paint(f"{total}, {count(rules_of(ruleset.rejected))} rejected" if ruleset.rejected else total, "bold")


def _needs(rule: Rule, ruleset: Ruleset) -> str:
    """The fields it reads, which of them are derived, and whether it looks for words anywhere."""
    needs, derived = requirements(rule), _derived(rule, ruleset)
    shown = [f"{path} (derived)" if path.partition(".")[0] in derived else path for path in needs.fields]
    return ", ".join([*shown, *(["(keywords)"] if needs.keywords else [])])


def _derived(rule: Rule, ruleset: Ruleset) -> frozenset[str]:
    """The derived fields that it reads."""
    from engine.derived import derived_in, names_asked

    return frozenset(derived_in(rule, ruleset.derived)).intersection(names_asked(rule))


def _words(logsource: LogSource) -> str:
    return visible("/".join(word for word in logsource if word) or "any")


def _faults(errors: tuple[RuleError, ...], paint: Paint) -> Iterator[str]:
    for error in errors:
        first, *rest = str(error).split("\n")
        yield visible(first)
        for line in rest:
            yield paint(visible(line), "dim")
    number = rules_of(errors)
    yield paint(f"{count(number)} rule{'' if number == 1 else 's'} rejected", "bold")


def _json(ruleset: Ruleset, only_rejected: bool) -> bytes:
    import msgspec

    faults = [
        {
            "path": error.place.path if error.place else None,
            "line": error.place.line if error.place else None,
            "column": error.place.column if error.place else None,
            "rule": error.rule,
            "fault": error.fault,
            "hint": error.hint,
        }
        for error in ruleset.rejected
    ]
    rules = [] if only_rejected else [_rule(rule, ruleset) for rule in ruleset.rules]
    document = {
        "version": 1,
        "rules": rules,
        "correlations": [] if only_rejected else _correlations(ruleset),
        "rejected": faults,
        "warnings": ruleset.warnings,
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def _correlations(ruleset: Ruleset) -> list[dict[str, Any]]:
    if not ruleset.correlations:
        return []
    from engine.cli._correlations import plain

    return [plain(each, ruleset) for each in ruleset.correlations]


def _rule(rule: Rule, ruleset: Ruleset) -> dict[str, Any]:
    needs = requirements(rule)
    return {
        "id": rule.id,
        "title": rule.title,
        "level": rule.level.name,
        "status": rule.status,
        "tags": rule.tags,
        "path": rule.path,
        "line": rule.line,
        "logsource": rule.logsource._asdict(),
        "fields": needs.fields,
        "derived": sorted(_derived(rule, ruleset)),
        "keywords": needs.keywords,
        "filters": [each._asdict() for each in rule.filters],
    }
