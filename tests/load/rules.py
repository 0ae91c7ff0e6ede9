"""Small rules, written for tests."""

from __future__ import annotations

from pathlib import Path

from engine.load import load_text
from engine.rules import Expr, Rule

RULE = """\
title: {title}
id: {id}
level: {level}
status: {status}
tags: [{tags}]
logsource: {{product: test}}
detection:
  selection: {{f: {value}}}
  condition: selection
"""

ID = "00000000-0000-4000-8000-{:012d}"


def rule_text(
    number: int = 1,
    *,
    title: str | None = None,
    level: str = "medium",
    status: str = "test",
    tags: str = "",
    value: str = "x",
) -> str:
    """A whole rule; `number` makes its id and, unless given, its title."""
    return RULE.format(
        title=title or f"Rule {number}", id=ID.format(number), level=level, status=status, tags=tags, value=value
    )


def loaded(text: str) -> Rule:
    """The only rule of a text, which must load."""
    ruleset = load_text(text, "rule.yml")
    assert not ruleset.rejected, ruleset.rejected[0]
    (rule,) = ruleset.rules
    return rule


def selection(yaml: str) -> Expr:
    """What one line, `field: value`, becomes."""
    head = "title: t\nlogsource: {product: test}\ndetection:\n  selection:\n    "
    return loaded(f"{head}{yaml}\n  condition: selection\n").selections["selection"]


def write(folder: Path, **files: str) -> Path:
    """Files by name, `__` for a slash, `.yml` added; returns the folder."""
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder
