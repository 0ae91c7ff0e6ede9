# ruff: noqa: E501
"""Bugs in what compares two sets of rules."""

from __future__ import annotations

from tests.bugs.bug import Bug

__all__ = ["BUGS"]

COMPARED = "engine/runners/compared.py"
BACKTEST = "engine/cli/backtest.py"
BUDGET = "engine/cli/_budget.py"
REVISION = "engine/cli/_revision.py"

BUGS = [
    Bug("what is gone is new", COMPARED, "now.keys() - was.keys(), was.keys() - now.keys()", "now.keys() - was.keys(), now.keys() - was.keys()"),
    Bug("another level is the same", COMPARED, "Mark(who(event), rule.level.name)", 'Mark(who(event), "")'),
    Bug("another end of an episode is the same", COMPARED, "{correlation.level.name} {episode.end}", "{correlation.level.name} {0}"),
    Bug("groups of an episode are one", COMPARED, '_digest(f"{episode.start} {episode.group!r}")', '_digest(f"{episode.start}")'),
    Bug("a rule that is gone is not compared", COMPARED, "sorted(before.keys() | after.keys())", "sorted(after.keys())"),
    Bug("a build never fails", BACKTEST, "for each in found for what in fail_on)", "for each in found for what in ())"),
    Bug("a budget is never over", BACKTEST, "return 1 if over or any(", "return 1 if any("),
    Bug("what could not be read is a success", BACKTEST, "if any(each.bad or each.summary.problems_total for each in both):", "if False:"),
    Bug("a table in Markdown holds markup", BACKTEST, 'names = ", ".join(f"{escape(name) or', 'names = ", ".join(f"{name or'),
    Bug("a rule that is not named may fire", BUDGET, "self.rules.get(each.title, self.default)", "self.rules.get(each.title)"),
    Bug("any number is a budget", BUDGET, "return isinstance(value, int) and not isinstance(value, bool) and value >= 0", "return isinstance(value, int)"),
    Bug("a revision may be an option of git", REVISION, ' or revision.startswith("-")', ""),
]  # fmt: skip
