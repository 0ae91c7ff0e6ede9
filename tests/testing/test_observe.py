"""What is kept of logs: little, and a match whatever came before it."""

from __future__ import annotations

from typing import Any

import pytest

from engine.load import load_text
from engine.model import LogSource
from engine.testing import observe, run
from engine.testing.observe import Seen, Watch

CLOUDTRAIL = LogSource("aws", service="cloudtrail")
RULE = """
title: x
logsource: {product: aws, service: cloudtrail}
detection:
  a: {eventName: Bad, who|startswith: u}
  condition: a
"""


def watch(rules: str = RULE) -> Watch:
    ruleset = load_text(rules)
    every = (*ruleset.rules, *ruleset.correlations)
    return Watch(run.Tested(ruleset, frozenset(each.key for each in every), CLOUDTRAIL))


def take(watch: Watch, **record: Any) -> None:
    watch.take(Seen(record, 0, CLOUDTRAIL), record)


def test_a_match_is_kept_however_many_events_did_not_match_before(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(observe, "EXPLAINED", 50)
    found = watch()
    for number in range(200):
        take(found, eventName="Good", who=f"u{number}")
    take(found, eventName="Bad", who="u")
    (rule,) = found.seen.matches
    assert [seen.record["eventName"] for seen in found.seen.matches[rule].values()] == ["Bad"]
    assert len(found.seen.near[rule]) == 1


def test_of_a_sort_the_smallest_is_kept_and_of_all_only_so_much():
    found = watch()
    for number in range(100):
        take(found, eventName=f"Good{number}", who="u" * (100 - number))
        take(found, eventName="Bad", who="u" * (100 - number), more="x" * number)
    (rule,) = found.seen.near
    assert [seen.record["who"] for seen in found.seen.near[rule].values()] == ["u"]
    assert len(found.seen.matches[rule]) == 1


def test_an_event_that_misses_by_two_tests_is_not_near():
    found = watch()
    take(found, eventName="Good", who="v")
    (rule,) = found.seen.near
    assert found.seen.near[rule] == {}


def test_of_events_for_correlations_so_many_are_kept_and_the_others_counted(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(observe, "HELD", 3)
    found = watch(
        RULE.replace("title: x", "title: x\nname: x")
        + "---\ntitle: y\ncorrelation: {type: event_count, rules: [x], group-by: [who], timespan: 1h,"
        " condition: {gte: 2}}\n"
    )
    for _ in range(5):
        take(found, eventName="Bad", who="u", more="not read")
    assert [seen.record for seen in found.seen.hits] == [{"eventName": "Bad", "who": "u"}] * 3
    assert found.seen.missed == 2
    assert found.seen.matches == {}
