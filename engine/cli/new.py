"""detect new: a rule and its test to begin with."""

from __future__ import annotations

import datetime
import os
import re
import uuid

import click

from engine.cli._report import say
from engine.cli._sink import sink
from engine.cli._state import now
from engine.errors import UsageError
from engine.terminal import visible

__all__ = ["command"]

_EXAMPLES = """\b
Examples:
  detect new rules/trail_stopped.yml
  detect new rules/denied_often.yml --kind event_count --title 'Denied Often'
  detect test rules/denied_often.yml
"""
_KINDS = [
    "sigma", "native", "event_count", "value_count", "temporal", "temporal_ordered", "value_sum", "value_avg",
    "value_median", "value_percentile", "first_seen", "change", "absence", "spike", "ratio", "travel", "risk",
]  # fmt: skip


@click.command(epilog=_EXAMPLES, short_help="Write a rule and its test to begin with.")
@click.argument("rule", metavar="RULE")
@click.option("--kind", "-k", type=click.Choice(_KINDS), default="sigma", show_default=True,
              help="native: in JMESPath; the others are types of correlations.")  # fmt: skip
@click.option("--title", metavar="TEXT", help="What it is called; without it, the name of the file as words.")
def command(rule: str, kind: str, title: str | None) -> None:
    """Write a rule to the file RULE and its test beside it: x.yml and x.test.yml.

    Both pass detect check and detect test as they are; then change them into yours. What is there already is not
    overwritten.
    """
    from engine.testing.found import is_test_file
    from engine.testing.scaffold import Names, scaffold

    stem, suffix = os.path.splitext(rule)
    if suffix not in (".yml", ".yaml") or is_test_file(rule) or not os.path.basename(stem):
        raise UsageError(f'"{visible(rule)}" is no name for a rule', hint="name it like rules/trail_stopped.yml")
    if title is not None and (not title.strip() or not title.isprintable()):
        raise UsageError("--title is empty, or has signs that cannot be shown")
    test = f"{stem}.test{suffix}"
    there = [path for path in (rule, test) if os.path.lexists(path)]
    if there:
        raise UsageError(f"{' and '.join(map(visible, there))} is there already, and is not overwritten")
    words = re.sub(r"[\W_]+", " ", os.path.basename(stem)).strip()
    inner = f"{re.sub(r'[^a-z0-9]+', '_', words.lower()).strip('_') or 'rule'}_event"
    date = datetime.datetime.fromtimestamp(now() / 1_000_000, datetime.UTC).date().isoformat()
    id, *inner_ids = (str(uuid.uuid4()) for _ in range(3))
    names = Names(title or words.title() or "Rule", id, inner, tuple(inner_ids), date)
    made = scaffold(kind, names)
    try:
        os.makedirs(os.path.dirname(rule) or ".", exist_ok=True)
    except OSError as error:
        raise UsageError(f"{visible(os.path.dirname(rule))}: {error.strerror or error}") from None
    for path, text in ((rule, made.rule), (test, made.test)):
        with sink(path) as stream:
            stream.write(text.encode())
        with sink(None) as stream:
            stream.write(f"{visible(path)}\n".encode())
    say([f"now: detect test {visible(rule)}"])
