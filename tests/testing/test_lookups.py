"""Tables of a test in place of those that rules have."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import Place, UsageError
from engine.rules import Derived, Lookup, Ruleset
from engine.testing.lookups import looked_up
from engine.testing.read import load_suite
from engine.testing.run import Bench
from tests.testing.house import House

RULE = """
title: Of A Team
logsource: {product: aws, service: cloudtrail}
detection: {who: {team: payments}, condition: who}
"""
FIELDS = """
fields:
  - name: team
    first_of:
      - {from: sourceIPAddress, match: cidr, table: {192.0.2.0/24: nobody}}
      - {from: recipientAccountId, table: {"1": nobody}}
"""
TRAVEL = """
title: Call
name: call
logsource: {product: aws, service: cloudtrail}
detection: {call: {eventName: x}, condition: call}
---
title: Far
name: far
language: detect
correlation: {type: travel, rules: [call], group-by: [who], address: sourceIPAddress, table: places.json, timespan: 24h}
"""


def outcomes(house: House, tests: str) -> list[object]:
    house.write("team.yml", RULE)
    fields = house.top / "fields.yml"
    fields.write_text(FIELDS)
    path = house.write("team.test.yml", tests)
    return [one.wrong for one in Bench(fields=[str(fields)]).run(load_suite(str(path)))]


def test_a_test_has_its_own_tables_over_those_of_its_file(house: House):
    tests = """
        lookups: {team: {"10.0.0.0/8": payments}}
        tests:
          - {name: in the network, events: [{event: {sourceIPAddress: 10.1.2.3}}], alerts: [{fields: {team: payments}}]}
          - {name: outside, events: [{event: {sourceIPAddress: 192.0.2.1}}], alerts: 0}
          - name: its own
            lookups: {team: {192.0.2.1/32: payments}}
            events: [{event: {sourceIPAddress: 192.0.2.1}}]
            alerts: 1
    """
    assert outcomes(house, tests) == [(), (), ()]


def test_travel_looks_up_places_in_the_table_of_the_test(house: House):
    (house.rules / "places.json").write_text(json.dumps([{"network": "0.0.0.0/0", "latitude": 0, "longitude": 0}]))
    house.write("travel.yml", TRAVEL)
    events = "[{event: {eventName: x, who: eve, sourceIPAddress: 10.0.0.1}},"
    events += " {event: {eventName: x, who: eve, sourceIPAddress: 192.0.2.1}, at: 1h}]"
    there = "{10.0.0.0/8: [52.5, 13.4], 192.0.2.0/24: [-33.9, 151.2]}"
    tests = f"- {{name: far, events: {events}, lookups: {{far: {there}}}, alerts: [{{rule: Far}}]}}\n"
    tests += f"- {{name: its own table, events: {events}, alerts: 0}}\n"
    assert [one.wrong for one in house.tests("travel", tests)] == [(), ()]


@pytest.mark.parametrize(
    ("lookups", "fault", "hint"),
    [
        ("{tem: {}}", 'lookups: there is no table of "tem"', 'did you mean "team"?'),
        ("{x: {}}", 'lookups: there is no table of "x"', "one of actor_type, team"),
        ("{team: {inside: payments}}", 'lookups: team: "inside" is no address or network', "10.0.0.0/8"),
        ("{team: {10.0.0.0/8: [1]}}", "lookups: team: a value is no text", ""),
    ],
)
def test_a_table_of_nothing_is_a_mistake_at_its_test(house: House, lookups: str, fault: str, hint: str):
    with pytest.raises(UsageError) as raised:
        outcomes(house, f"tests:\n  - {{name: a, lookups: {lookups}, events: [{{event: {{}}}}], alerts: 0}}\n")
    assert raised.value.fault.startswith(fault)
    assert hint in (raised.value.hint or "")
    assert str(raised.value.place).endswith("team.test.yml:2")


@given(st.dictionaries(st.text(min_size=1), st.text(min_size=1)))
def test_the_table_of_a_test_is_all_there_is(table: dict[str, str]):
    way = Lookup("a", "exact", {"before": "x"})
    ruleset = Ruleset((), derived=(Derived(name="f", path="", line=1, ways=(way,)),))
    (made,) = looked_up(ruleset, {"f": table}, Place("x")).derived
    assert made.ways == (Lookup("a", "exact", table),)
