"""JUnit's XML, which CI servers show as tests: one suite, a case a rule, and its findings as failures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

__all__ = ["Case", "junit"]

_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to write."""


class Case(NamedTuple):
    """One test case.

    name, place  the rule's title, and the file it is in
    failures     what makes it fail: (kind, text)
    said         what is shown without making it fail
    """

    name: str
    place: str
    failures: tuple[tuple[str, str], ...] = ()
    said: tuple[str, ...] = ()


def junit(suite: str, cases: Sequence[Case]) -> bytes:
    """One document, with a line break at its end."""
    failed = sum(bool(case.failures) for case in cases)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name={_attribute(suite)} tests="{len(cases)}" failures="{failed}" errors="0">',
        f'  <testsuite name={_attribute(suite)} tests="{len(cases)}" failures="{failed}" errors="0" skipped="0">',
    ]
    for case in cases:
        lines += _case(case)
    lines += ["  </testsuite>", "</testsuites>", ""]
    return "\n".join(lines).encode("utf-8", "backslashreplace")


def _case(case: Case) -> list[str]:
    head = (
        f"    <testcase classname={_attribute(case.place)} name={_attribute(case.name)} file={_attribute(case.place)}"
    )
    if not case.failures and not case.said:
        return [f"{head}/>"]
    lines = [f"{head}>"]
    if case.failures:  # readers of JUnit's XML expect one a case
        kinds = ", ".join(dict.fromkeys(kind for kind, _ in case.failures))
        first = case.failures[0][1].split("\n")[0]
        text = _text("\n".join(text for _, text in case.failures))
        lines.append(f"      <failure type={_attribute(kinds)} message={_attribute(first)}>{text}</failure>")
    if case.said:
        said = _text("\n".join(case.said))
        lines.append(f"      <system-out>{said}</system-out>")
    return [*lines, "    </testcase>"]


def _text(text: str) -> str:
    return escape(_UNFIT.sub("�", text))


def _attribute(text: str) -> str:
    return quoteattr(_UNFIT.sub("�", text))
