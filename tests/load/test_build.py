"""A rule keeps what its file says of it, and what is odd about it is said."""

from __future__ import annotations

import pytest

from engine.load import load_text
from engine.model import Level, LogSource
from tests.load.rules import loaded

HEAD = "title: t\nlogsource: {product: p}\ndetection:\n  a: {f: 1}\n"


def test_everything_a_rule_says_of_itself_is_kept() -> None:
    rule = loaded(
        """\
# a comment
title: Stopped
id: AAAAAAAA-0000-4000-8000-000000000001
name: stopped
status: test
level: HIGH
description: |
  One.
  Two.
author: A, B
date: 2024/01/02
modified: 2024-02-03
tags: [attack.t1562.008]
references: [https://example.com]
falsepositives: [Maintenance, 5]
fields: [a, b]
logsource: {product: aws, service: cloudtrail, category: c, definition: words}
detection: {a: {f: 1}, condition: a}
"""
    )
    assert rule.id == rule.key == "aaaaaaaa-0000-4000-8000-000000000001"
    assert (rule.title, rule.name, rule.path, rule.line) == ("Stopped", "stopped", "rule.yml", 2)
    assert (rule.status, rule.level) == ("test", Level.high)
    assert (rule.description, rule.author) == ("One.\nTwo.\n", "A, B")
    assert (rule.date, rule.modified) == ("2024-01-02", "2024-02-03")
    assert (rule.tags, rule.references) == (("attack.t1562.008",), ("https://example.com",))
    assert (rule.falsepositives, rule.fields) == (("Maintenance", "5"), ("a", "b"))
    assert rule.logsource == LogSource("aws", "cloudtrail", "c")


def test_a_rule_that_says_little_has_defaults() -> None:
    rule = loaded(HEAD + "  condition: a\n")
    assert (rule.id, rule.level, rule.status, rule.tags) == (None, Level.medium, None, ())
    assert rule.logsource == LogSource("p", None, None)


def test_selections_keep_the_order_of_the_file() -> None:
    names = [f"s{number}" for number in (3, 1, 2)]
    rows = "".join(f"  {name}: {{f: 1}}\n" for name in names)
    rule = loaded(f"title: t\nlogsource: {{product: p}}\ndetection:\n  condition: all of them\n{rows}")
    assert list(rule.selections) == names


def test_a_pattern_that_nothing_has_is_warned_of() -> None:
    ruleset = load_text(HEAD + "  condition: a and not 1 of filter_*\n", "r.yml")
    assert ruleset.warnings == ('r.yml:5:14: no selection is called "filter_*"',)


def test_a_timeframe_is_no_selection_and_warned_of() -> None:
    ruleset = load_text(HEAD + "  timeframe: 5m\n  condition: all of them\n", "r.yml")
    assert list(ruleset.rules[0].selections) == ["a"]
    assert ruleset.warnings == ("r.yml:5:14: a timeframe means nothing without a count",)


@pytest.mark.parametrize("language", ["", "language: detect\n"])
def test_the_title_of_alerts_is_kept_of_rules_and_correlations(language: str) -> None:
    said = "alert_title: '{who} did it[ to {f}]'\n"
    correlation = (
        f"---\ntitle: many\n{language}{said}"
        "correlation: {type: event_count, rules: [one], timespan: 1m, condition: {gte: 2}}\n"
    )
    ruleset = load_text(f"{HEAD}  condition: a\nname: one\n{said}{correlation}", "r.yml")
    assert (ruleset.rejected, ruleset.warnings) == ((), ())
    assert ruleset.rules[0].alert_title == ruleset.correlations[0].alert_title == "{who} did it[ to {f}]"
    assert ruleset.rules[0].head.alert_title == ruleset.correlations[0].head.alert_title == "{who} did it[ to {f}]"


@pytest.mark.parametrize(("said", "why"), [("'{who'", "a brace that nothing"), ("[x]", "is not text")])
def test_a_title_of_alerts_that_cannot_be_meant_is_warned_of(said: str, why: str) -> None:
    ruleset = load_text(f"{HEAD}  condition: a\nalert_title: {said}\n", "r.yml")
    (warning,) = ruleset.warnings
    assert warning.startswith("r.yml:6:14: alert_title")
    assert why in warning
    assert ruleset.rules[0].alert_title is None


def test_an_action_is_no_part_of_a_rules_content() -> None:
    shared = "action: global\ntitle: t\nlogsource: {product: p}\n---\ndetection: {a: {f: 1}, condition: a}\n"
    (rule,) = load_text(shared).rules
    assert rule.key == loaded(HEAD + "  condition: a\n").key
