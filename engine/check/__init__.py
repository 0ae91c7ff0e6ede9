"""Lint for authors of rules: what works but is probably not what was meant, and what does not work at all.

The rules are loaded as for a scan, and their documents are looked at once more as they are written. Nothing here uses
the network.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from engine.check.finding import Check, Finding, Found, Severity
from engine.check.registry import chosen, every
from engine.check.subject import Subject, subjects
from engine.check.suppress import Comment, comments
from engine.errors import Place
from engine.load import load
from engine.load.files import File, files, is_test
from engine.rules import Ruleset

__all__ = ["Check", "Finding", "Report", "Severity", "check", "chosen", "every"]

_PLACED = re.compile(r"(.*?):(\d+)(?::(\d+))?: (.*)", re.DOTALL).fullmatch
"""A remark of the loader."""


class Report(NamedTuple):
    """What was found, in order of file and line.

    rules   how many rules were looked at, with correlations and filters
    titles  path -> titles of its rules
    quiet   how many findings comments kept quiet
    """

    findings: tuple[Finding, ...]
    rules: int
    titles: Mapping[str, tuple[str, ...]]
    quiet: int

    def count(self, severity: Severity) -> int:
        """How many findings are of this severity."""
        return sum(one.severity is severity for one in self.findings)

    def worst(self) -> Severity | None:
        """The severity of the worst finding."""
        return max((one.severity for one in self.findings), default=None)


def check(
    paths: Sequence[str | Path],
    *,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    pipelines: Sequence[str | Path] = (),
    fields: Sequence[str | Path] = (),
    variables: Sequence[str | Path] = (),
    cache: bool = True,
) -> Report:
    """Check the rules of files and folders.

    select, ignore  names of checks, with commas between them; may be globs: "missing-*"
    pipelines       are applied before a rule's condition is judged; fields and values are judged as they are written
    fields          files of derived fields, beside those that come with the package
    variables       files of variables, which stand for placeholders
    cache           take from the cache how the loader understood the rules

    Raises UsageError for a path that is not there and for a name that no check has.
    """
    checks = chosen(select, ignore)
    found = [file for file in files(paths) if not (file.named and is_test(file.path))]
    ruleset = load(paths, cache=cache, pipelines=pipelines, fields=fields, variables=variables)
    rules = {(rule.path, rule.line): rule for rule in ruleset.rules}
    derived = frozenset(one.name for one in ruleset.derived)
    every_subject = [subject for file in found if file.fault is None for subject in subjects(file, rules, derived)]
    told = [*_loaders(ruleset, checks), *_run(checks, every_subject)]
    findings = _quietened(told, found, every_subject, checks)
    quiet = len(told) - sum(one.check != "suppression" for one in findings)
    order = {file.path: at for at, file in enumerate(found)}
    findings.sort(
        key=lambda one: (order.get(one.place.path, -1), one.place.line or 0, one.place.column or 0, one.check)
    )
    titles: dict[str, tuple[str, ...]] = {}
    for subject in every_subject:
        titles[subject.path] = (*titles.get(subject.path, ()), subject.title or subject.path)
    return Report(tuple(findings), len(every_subject), titles, quiet)


def _loaders(ruleset: Ruleset, checks: Mapping[str, Check]) -> Iterable[Finding]:
    """What the loader rejected and remarked."""
    if "unusable" in checks:
        for error in ruleset.rejected:
            place = error.place or Place("rules")
            yield Finding(place, Severity.error, "unusable", error.fault, error.hint, error.rule)
    if "remark" in checks:
        for remark in ruleset.warnings:
            said = _PLACED(remark)
            if said is not None:
                place = Place(said[1], int(said[2]), int(said[3]) if said[3] else None)
                yield Finding(place, Severity.warning, "remark", said[4])


def _run(checks: Mapping[str, Check], every_subject: Sequence[Subject]) -> Iterable[Finding]:
    for one in checks.values():
        if one.each is not None:
            for subject in every_subject:
                for found in one.each(subject):
                    yield _finding(one, subject, found)
        elif one.all is not None:
            for found in one.all(every_subject):
                if found.subject is not None:
                    yield _finding(one, found.subject, found)


def _finding(one: Check, subject: Subject, found: Found) -> Finding:
    place = Place(subject.path, *subject.place(found.steps, found.key))
    severity = one.severity if found.severity is None else found.severity
    return Finding(place, severity, one.name, found.fault, found.hint, subject.title)


def _quietened(
    findings: Iterable[Finding], found: Sequence[File], every_subject: Sequence[Subject], checks: Mapping[str, Check]
) -> list[Finding]:
    """The findings that no comment keeps quiet, with what is wrong with the comments."""
    by_path: dict[str, list[Comment]] = {}
    for file in found:
        if b"detect:" in file.data:
            text = file.data.decode("utf-8", "replace")
            by_path[file.path] = comments(text, _starts(file, every_subject, text))
    kept: list[Finding] = []
    used: set[tuple[str, int]] = set()
    for one in findings:
        line = one.place.line or 1
        about = [each for each in by_path.get(one.place.path, ()) if each.first <= line <= each.last]
        quiet = [each for each in about if any(fnmatchcase(one.check, name) for name in each.checks)]
        used.update((one.place.path, each.line) for each in quiet)
        if not quiet:
            kept.append(one)
    if "suppression" in checks:
        kept += [
            _of_comment(path, each, fault, hint)
            for path, listed in by_path.items()
            for each in listed
            for fault, hint in _faults(each, (path, each.line) in used, checks)
        ]
    return kept


def _starts(file: File, every_subject: Sequence[Subject], text: str) -> dict[int, int]:
    """The first line of each rule of a file -> its last line."""
    lines = [subject.document.line for subject in every_subject if subject.path == file.path]
    ends = [*(line - 1 for line in lines[1:]), text.count("\n") + 1]
    return dict(zip(lines, ends, strict=True)) if lines else {}


def _faults(comment: Comment, used: bool, checks: Mapping[str, Check]) -> Iterable[tuple[str, str | None]]:
    known = every()
    strange = [name for name in comment.checks if not any(fnmatchcase(one, name) for one in known)]
    if strange or not comment.checks:
        yield (
            f'no check is called "{strange[0]}"' if strange else "the comment names no check",
            "see detect check --list",
        )
    elif not used and all(any(fnmatchcase(one, name) for one in checks) for name in comment.checks):
        yield "the comment keeps nothing quiet", "remove it"
    elif not comment.reason:
        yield "the comment gives no reason", "write why behind the names"


def _of_comment(path: str, comment: Comment, fault: str, hint: str | None) -> Finding:
    return Finding(Place(path, comment.line, comment.column), Severity.warning, "suppression", fault, hint)
