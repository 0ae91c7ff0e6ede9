"""What detect check writes: text, JSON, SARIF or JUnit's XML."""

from __future__ import annotations

from collections.abc import Iterator

from engine.check import Finding, Report, Severity, every
from engine.cli._junit import Case, junit
from engine.cli._sarif import Kind, Level, Result, sarif
from engine.terminal import Paint, count, visible

__all__ = ["listed", "made", "total"]

_LEVELS: dict[Severity, Level] = {Severity.error: "error", Severity.warning: "warning", Severity.note: "note"}
_COLORS = {Severity.error: ("bold", "red"), Severity.warning: ("bold", "yellow"), Severity.note: ("cyan",)}


def made(report: Report, form: str, fail_on: Severity | None, paint: Paint) -> bytes:
    """The report in a form; `fail_on` is what makes a case of JUnit's fail, None stands for errors."""
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


def listed(paint: Paint) -> Iterator[str]:
    """Every check with its help."""
    from engine.catalogue.attack import attack

    for name, one in every().items():
        yield f"{paint(name, 'bold')} {paint(f'({one.severity.name})', *_COLORS[one.severity])}"
        for line in one.help.splitlines():
            yield f"  {line}".rstrip()
        yield ""
    yield f"Tags are held to MITRE ATT&CK {attack().version}."


def total(report: Report) -> str:
    """How much was found, in one line."""
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
