"""Variables of correlations: what a rule says by itself, and what a site says instead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.load.ruleset import load_text
from engine.rules import Ruleset

RULES = """\
title: Stopped
name: stopped
logsource: {product: aws, service: cloudtrail}
detection: {call: {eventName: StopLogging}, condition: call}
---
title: Often stopped
language: detect
variables: {often: 3, within: 10m}
correlation:
  type: event_count
  rules: stopped
  group-by: "%often%"
  timespan: "%within%"
  condition: {gte: "%often%"}
"""


def loaded(text: str = RULES, **variables: object) -> Ruleset:
    return load_text(text, variables=variables)


def said(ruleset: Ruleset) -> tuple[object, int]:
    assert [error.fault for error in ruleset.rejected] == []
    [one] = ruleset.correlations
    return one.options["condition"]["gte"], one.timespan // 60_000_000


def test_what_the_rule_says_holds_where_nobody_says_otherwise():
    assert said(loaded()) == (3, 10)
    assert loaded().correlations[0].group_by == ("%often%",)  # the name of a field is text


def test_what_a_site_says_wins():
    assert said(loaded(often=7)) == (7, 10)
    assert said(loaded(often="2.50", within="1h", unknown="x")) == (2.5, 60)


@given(st.integers(1, 1_000_000), st.integers(1, 9_999))
def test_it_is_the_rule_with_other_numbers(often: int, within: int):
    written = RULES.replace('"%often%"}', f"{often}}}").replace('"%within%"', f"{within}s")
    written = written.replace("variables: {often: 3, within: 10m}\n", "")
    asked, plain = (each.correlations[0] for each in (loaded(often=often, within=f"{within}s"), loaded(written)))
    assert (asked.options, asked.timespan, asked.group_by) == (plain.options, plain.timespan, plain.group_by)


@pytest.mark.parametrize(
    ("old", "new", "fault", "line"),
    [
        ("variables: {often: 3, within: 10m}\n", "", "nothing says what the placeholder %within% stands for", 12),
        ("often: 3,", "often: [3, 4],", "2 values say what the placeholder %often% stands for", 14),
        ("often: 3,", "often: 3, more: 1,", 'no placeholder asks for the variable "more"', 8),
        ("{often: 3, within: 10m}", "[3]", "variables are a mapping of names to values", 8),
        ("often: 3,", "often: true,", 'the variable "often" has a value that is neither text nor number', 8),
        ("within: 10m", "within: soon", "", 13),
        ("often: 3,", "often: many,", "", 14),
        ("language: detect\n", "", "variables of a correlation are not Sigma's", 7),
    ],
    ids=range(8),
)
def test_what_is_wrong_is_said_with_its_place(old: str, new: str, fault: str, line: int):
    assert old in RULES
    errors = loaded(RULES.replace(old, new)).rejected
    assert any(fault in error.fault for error in errors)
    lines = {error.place.line for error in errors if error.place}
    assert line in lines or line - (old.count("\n") - new.count("\n")) in lines


def test_a_value_of_a_site_that_does_not_fit_rejects_the_rule():
    [error] = loaded(often="a few").rejected
    assert error.rule == "Often stopped"


def test_without_the_language_percent_signs_are_text():
    text = RULES.replace("language: detect\n", "").replace("variables: {often: 3, within: 10m}\n", "")
    assert loaded(text, often=3, within="10m").rejected != ()
