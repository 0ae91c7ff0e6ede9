"""detect explain shows a correlation as it was understood, then its rules, and what an event is to them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import STOPPED, House

STOP, LIST = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
BOTH = f"""\
title: Stopped and listed
id: 00000000-0000-4000-8000-00000000000a
name: both
language: detect
level: critical
generate: true
correlation:
  type: temporal_ordered
  rules: [{STOP}, {LIST}]
  group-by: [who, userIdentity.userName]
  missing: drop
  aliases:
    who: {{{STOP}: userIdentity.arn, {LIST}: sourceIPAddress}}
  timespan: 2h
"""
VALUES = """\
title: Many addresses
correlation:
  type: value_count
  rules: [both, 00000000-0000-4000-8000-000000000001]
  timespan: 1d
  condition: {lt: 3, field: sourceIPAddress}
"""


@pytest.fixture
def both(house: House) -> House:
    (house.rules / "both.yml").write_text(f"{BOTH}---\n{VALUES}")
    return house


def told(house: House, *args: str) -> dict[str, Any]:
    done = house.detect("explain", *args, "--format", "json")
    assert done.status == 0, done.err
    document: dict[str, Any] = json.loads(done.out)
    return document


def test_a_correlation_is_shown_as_it_was_understood_and_then_its_rules(both: House):
    out = both.detect("explain", "Stopped and listed").out
    assert out.startswith(
        "Stopped and listed  critical\n"
        "  file       rules/both.yml:1\n"
        "  id         00000000-0000-4000-8000-00000000000a\n"
        "  name       both\n"
        "  type       temporal_ordered (language: detect)\n"
        "  true when  all 2 rules, in this order\n"
        "  judged     at each hit\n"
        "  timespan   2h\n"
        "  group by   who, userIdentity.userName; an event without one takes no part\n"
        f"  alias      who is userIdentity.arn of {STOP}, sourceIPAddress of {LIST}\n"
        "  reported   also the rules it refers to\n"
        "\n"
        "rules\n"
        f"  Trail stopped  ({STOP})\n"
        f"  Buckets listed  ({LIST})\n"
        "\n"
    )
    assert "\n\nBuckets listed  low\n" in out
    assert "\n\nTrail stopped  high\n" in out


@pytest.mark.parametrize("name", ["both", "BOTH", "00000000-0000-4000-8000-00000000000a", "Stopped and*"])
def test_a_correlation_is_found_by_name_id_and_glob_and_nothing_else_with_it(both: House, name: str):
    document = told(both, name)
    assert [one["title"] for one in document["correlations"]] == ["Stopped and listed"]
    assert sorted(one["title"] for one in document["rules"]) == ["Buckets listed", "Trail stopped"]


def test_a_correlation_of_correlations_comes_before_what_it_refers_to(both: House):
    document = told(both, "Many addresses")
    assert [one["title"] for one in document["correlations"]] == ["Many addresses", "Stopped and listed"]
    (outer, _) = document["correlations"]
    assert [(part["word"], part["kind"]) for part in outer["rules"]] == [("both", "correlation"), (STOP, "rule")]
    assert outer["condition"] == "less than 3 different values of sourceIPAddress"
    assert outer["judged"].startswith("when a window closes, 1d after")
    assert (outer["reads"], outer["hits"]) == (["sourceIPAddress"], None)


def test_of_an_event_it_says_which_rules_it_hits_in_which_group_with_which_values(both: House):
    shown = both.detect("explain", "Many addresses", "--event", "logs/1.json.gz#2").out
    assert (
        "  event      1.json.gz#2 (product=aws,service=cloudtrail)\n"
        "  a hit  Trail stopped\n"
        '    measured  sourceIPAddress is "198.51.100.7"\n'
        "  see below  Stopped and listed\n"
    ) in shown
    assert (
        "  no hit: a field of the group is missing, which drops it  Trail stopped\n"
        '    group     who is "arn:aws:iam::111122223333:user/mallory"\n'
        "    group     userIdentity.userName is missing: the group null\n"
        "  no hit  Buckets listed\n"
    ) in shown


def test_json_has_what_an_event_is_to_each_rule(both: House):
    (one,) = told(both, "both", "--event", "logs/1.json.gz#3")["correlations"]
    stopped, listed = one["hits"]
    assert stopped == {"rule": STOP, "matched": False, "hit": False, "why": None, "group": [], "measured": []}
    assert (listed["matched"], listed["hit"]) == (True, False)
    assert listed["group"] == [
        {"field": "who", "value": "198.51.100.7"},
        {"field": "userIdentity.userName", "value": None},
    ]


def test_an_event_without_a_time_is_no_hit(both: House):
    event = {"eventVersion": "1.08", "eventSource": "x", "eventName": "StopLogging", "sourceIPAddress": "::1"}
    Path("event.json").write_text(json.dumps(event))
    (outer, _) = told(both, "Many addresses", "--event", "event.json")["correlations"]
    assert (outer["hits"][0]["matched"], outer["hits"][0]["hit"]) == (True, False)
    assert outer["hits"][0]["why"] == "it has no time, so that it takes no part"


def test_a_file_may_hold_only_correlations_of_rules_elsewhere(house: House):
    Path("alone.yml").write_text(BOTH)
    document = told(house, "alone.yml")
    assert [one["title"] for one in document["correlations"]] == ["Stopped and listed"]
    assert len(document["rules"]) == 2
    Path("alone.yml").write_text(BOTH.replace("0002", "0009"))
    done = house.detect("explain", "alone.yml")
    assert (done.status, done.out) == (2, "")
    assert 'alone.yml:9:49: no rule is called "00000000-0000-4000-8000-000000000009"' in done.err


def test_a_rule_alone_has_no_correlations(both: House):
    assert told(both, "Trail stopped")["correlations"] == []
    Path("stopped.yml").write_text(STOPPED)
    assert [one["title"] for one in told(both, "stopped.yml")["rules"]] == ["Trail stopped"]
