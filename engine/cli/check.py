"""detect check: lint for authors of rules."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import click

from engine.check import Finding, Report, Severity, check, every
from engine.cli._junit import Case, junit
from engine.cli._report import colored, say
from engine.cli._rules import default_rules
from engine.cli._sarif import Kind, Level, Result, sarif
from engine.cli._sink import sink
from engine.errors import UsageError
from engine.terminal import Paint, count, visible

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
_LEVELS: dict[Severity, Level] = {Severity.error: "error", Severity.warning: "warning", Severity.note: "note"}
_COLORS = {Severity.error: ("bold", "red"), Severity.warning: ("bold", "yellow"), Severity.note: ("cyan",)}


@click.command(epilog=_EXAMPLES, short_help="Look for mistakes in rules.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--select", multiple=True, metavar="CHECK", help="Only these checks; names or globs, with commas.")
@click.option("--ignore", multiple=True, metavar="CHECK", help="Not these checks; names or globs, with commas.")
@click.option("--fail-on", type=click.Choice(["error", "warning", "note", "never"]), default="error", show_default=True,
              help="Status 1 if there is a finding of this severity or worse.")  # fmt: skip
@click.option("--pipeline", multiple=True, metavar="PATH", help="Processing pipelines, as detect run takes them.")
@click.option("--fields", multiple=True, metavar="PATH", help="Derived fields, as detect run takes them.")
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
    output, color = given["output"], given["color"]
    paint = Paint(colored(color, sys.stdout if output in (None, "-") else None))
    if only_list:
        with sink(output) as stream:
            stream.write("".join(f"{line}\n" for line in _listed(paint)).encode())
        return
    report = check(
        list(paths) or [default_rules()], select=given["select"], ignore=given["ignore"],
        pipelines=given["pipeline"], fields=given["fields"], cache=not given["no_cache"],
    )  # fmt: skip
    if not report.rules and not report.findings:
        raise UsageError(f"there is no Sigma rule in {', '.join(paths) or './rules'}")
    fail_on = None if given["fail_on"] == "never" else Severity[given["fail_on"]]
    with sink(output) as stream:
        stream.write(_made(report, given["form"], fail_on, paint))
    if not given["quiet"]:
        say([_total(report)])
    worst = report.worst()
    ctx.exit(1 if fail_on is not None and worst is not None and worst >= fail_on else 0)


def _made(report: Report, form: str, fail_on: Severity | None, paint: Paint) -> bytes:
    if form == "json":
        return _json(report)
    if form == "sarif":
        kinds = [Kind(name, one.summary, _LEVELS[one.severity], one.help) for name, one in every().items()]
        return sarif(kinds, [_result(one) for one in report.findings])
    if form == "junit":
        return junit("detect check", list(_cases(report, Severity.error if fail_on is None else fail_on)))
    return "".join(f"{line}\n" for one in report.findings for line in _lines(one, paint)).encode("utf-8", "replace")


def _lines(one: Finding, paint: Paint) -> Iterator[str]:
    """file:line:column, as editors and CI servers make links of it."""
    severity = paint(f"{one.severity.name}:", *_COLORS[one.severity])
    yield f"{visible(str(one.place))}: {severity} {visible(one.fault)} {paint(f'[{one.check}]', 'dim')}"
    if one.hint:
        yield paint(f"  hint: {visible(one.hint)}", "dim")


def _listed(paint: Paint) -> Iterator[str]:
    from engine.catalogue.attack import attack

    for name, one in every().items():
        yield f"{paint(name, 'bold')} {paint(f'({one.severity.name})', *_COLORS[one.severity])}"
        for line in one.help.splitlines():
            yield f"  {line}".rstrip()
        yield ""
    yield f"Tags are held to MITRE ATT&CK {attack().version}."


def _total(report: Report) -> str:
    parts = [_counted(report.count(severity), severity.name) for severity in reversed(Severity)]
    quiet = f"; {_counted(report.quiet, 'finding')} kept quiet by comments" if report.quiet else ""
    return f"{_counted(report.rules, 'rule')}: {', '.join(parts)}{quiet}"


def _counted(number: int, noun: str) -> str:
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"


def _json(report: Report) -> bytes:
    import msgspec

    findings = [
        {
            "check": one.check,
            "severity": one.severity.name,
            "path": one.place.path,
            "line": one.place.line,
            "column": one.place.column,
            "rule": one.rule,
            "fault": one.fault,
            "hint": one.hint,
        }
        for one in report.findings
    ]
    counts = {severity.name: report.count(severity) for severity in reversed(Severity)}
    document = {"version": 1, "rules": report.rules, "counts": counts, "quiet": report.quiet, "findings": findings}
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def _result(one: Finding) -> Result:
    text = f"{one.fault}. Hint: {one.hint}" if one.hint else one.fault
    level = _LEVELS[one.severity]
    return Result(one.check, level, text, one.place.path, one.place.line, one.place.column, one.rule or "")


def _cases(report: Report, fail_on: Severity) -> Iterator[Case]:
    """A case a rule, and one a file for what is about no rule that could be read."""
    left = list(report.findings)
    for path, titles in report.titles.items():
        for title in dict.fromkeys(titles):
            mine = [one for one in left if one.place.path == path and one.rule == title]
            left = [one for one in left if one not in mine]
            yield _case(title, path, mine, fail_on)
    for path in dict.fromkeys(one.place.path for one in left):
        yield _case(path, path, [one for one in left if one.place.path == path], fail_on)


def _case(name: str, path: str, findings: list[Finding], fail_on: Severity) -> Case:
    plain = Paint(False)
    texts = [("\n".join(_lines(one, plain)), one) for one in findings]
    failures = tuple((one.check, text) for text, one in texts if one.severity >= fail_on)
    return Case(name, path, failures, tuple(text for text, one in texts if one.severity < fail_on))
