"""What a test of a rule says happens, and what is found to be otherwise than expected."""

from __future__ import annotations

import gzip
import json

import pytest

from engine.errors import ConfigError, DetectError
from tests.testing.house import BASES, House

PASS = {
    "an alert comes": ("stopped", "- {name: a, events: [{base: stop}], alerts: 1}"),
    "a near miss": ("stopped", "- {name: a, events: [{base: stop, change: {eventName: StartLogging}}], alerts: 0}"),
    "what is taken away": ("stopped", "- {name: a, events: [{base: stop, without: [eventSource]}], alerts: 0}"),
    "a change deep inside": (
        "stopped",
        "- {name: a, events: [{base: stop, change: {userIdentity.arn: x}}], alerts: [{fields: {userIdentity.arn: x}}]}",
    ),
    "all that an alert is like": (
        "stopped",
        """- name: a
  events: [{base: stop, at: 5m}]
  alerts:
    - rule: 5b1b6a0e-5f7c-4bb6-9d0e-2f6f3d1f8a11
      level: high
      title: Trail Stopped
      at: 5m
      count: 1
      fields: {actor: "arn:aws:iam::111122223333:user/eve", userIdentity.userName: eve}
""",
    ),
    "alerts in any order": (
        "stopped",
        "- {name: a, events: [{base: stop, at: 9s}, {base: stop, at: 1s}], alerts: [{at: 9s}, {at: 1s}]}",
    ),
    "what is said of one leaves the other its own": (
        "stopped",
        "- {name: a, events: [{base: stop}, {base: stop, at: 1s}], alerts: [{}, {at: 0s}, ]}",
    ),
    "which selections are true": (
        "stopped",
        "- {name: a, events: [{base: stop, change: {errorCode: X}}], selections: {call: true, failed: true}}",
    ),
    "enough in the window": (
        "often",
        """- name: a
  events: [{base: no, times: 3, every: 150s}]
  alerts: [{rule: denied_often, group: {userIdentity.userName: eve}, count: 3, at: 5m}]
""",
    ),
    "when it was over": (
        "often",
        "- {name: a, events: [{base: no, times: 3}, {base: no, at: 1h}], alerts: [{until: 5m}]}",
    ),
    "what is not over": ("often", "- {name: a, events: [{base: no, times: 3}], alerts: [{until: open}]}"),
    "one too few": ("often", "- {name: a, events: [{base: no, times: 2, every: 1m}], alerts: 0}"),
    "a microsecond too late": (
        "often",
        "- {name: a, events: [{base: no, times: 2, every: 1m}, {base: no, at: 300.000001s}], alerts: 0}",
    ),
    "the fields of the last event": (
        "often",
        "- {name: a, events: [{base: no, times: 2}, {base: no, at: 9s, change: {x: 1}}], alerts: [{fields: {x: 1}}]}",
    ),
    "somebody else": (
        "often",
        "- {name: a, events: [{base: no, times: 2}, {base: no, change: {userIdentity.userName: bob}}], alerts: 0}",
    ),
    "the order of events says nothing": (
        "often",
        "- {name: a, events: [{base: no, at: 5m}, {base: no}, {base: no, at: 1s}], alerts: [{at: 5m}]}",
    ),
    "several, so far apart": (
        "stopped",
        "- {name: a, events: [{base: stop, at: 5m, times: 2, every: 1m}], alerts: [{at: 5m}, {at: 6m}]}",
    ),
    "another start": (
        "stopped",
        """- name: a
  start: 2020-02-29T00:00:00Z
  events: [{base: stop, at: 1s}]
  alerts: [{at: "2020-02-29T00:00:01Z"}]
""",
    ),
}


@pytest.mark.parametrize(("rule", "test"), PASS.values(), ids=PASS)
def test_what_is_as_expected_passes(house: House, rule: str, test: str):
    assert house.wrong(rule, test) == []


def test_numbers_with_a_fraction_are_those_of_a_log(house: House):
    test = "- {name: a, events: [{base: stop, change: {n: 1.5}}], alerts: [{fields: {n: 1.5}}], variables: {x: 0.5}}"
    assert house.wrong("stopped", test) == []
    assert house.wrong("stopped", test.replace("fields: {n: 1.5}", "fields: {n: 2.5}"))[1:] == ["n: 1.5, expected 2.5"]


FAIL = {
    "no alert": (
        "stopped",
        "- {name: a, events: [{base: stop, change: {eventName: StopLoging}}], alerts: 1}",
        ["0 alerts instead of 1",
         'event 1: Trail Stopped: call: eventName is "StopLogging" or "DeleteTrail"; it is "StopLoging"'],
    ),
    "one too many": (
        "stopped",
        "- {name: a, events: [{base: stop}], alerts: 0}",
        ["1 alert instead of 0", "high  Trail Stopped  at 2024-01-01T00:00:00Z  count 1"],
    ),
    "too few in the window": (
        "often",
        "- {name: a, events: [{base: no, times: 2}], alerts: 1}",
        ["0 alerts instead of 1", "Denied: matches 2 of 2 events"],
    ),
    "over at another time": (
        "often",
        "- {name: a, events: [{base: no, times: 3}], alerts: [{until: 5m}]}",
        ["alert 1 is otherwise", "until: open, expected 2024-01-01T00:05:00Z"],
    ),
    "over, of a single event": (
        "stopped",
        "- {name: a, events: [{base: stop}], alerts: [{until: open}]}",
        ["alert 1 is otherwise", "until: it is of a single event, expected open"],
    ),
    "another level, time and field": (
        "stopped",
        "- {name: a, events: [{base: stop}], alerts: [{level: low, at: 1s, fields: {actor: bob, nothing: 1}}]}",
        ["alert 1 is otherwise", "level: high, expected low", "at: 2024-01-01T00:00:00Z, expected 2024-01-01T00:00:01Z",
         'actor: "arn:aws:iam::111122223333:user/eve", expected "bob"', "nothing: nothing, expected 1"],
    ),
    "another group and count": (
        "often",
        "- {name: a, events: [{base: no, times: 4}], alerts: [{count: 3, group: {userIdentity.userName: bob, x: 1}}]}",
        ["alert 1 is otherwise", "count: 4, expected 3", "group: userIdentity.userName is eve, expected bob",
         "group: it has no x, only userIdentity.userName"],
    ),
    "an alert more than those that are described": (
        "stopped",
        "- {name: a, events: [{base: stop, times: 2, every: 1s}], alerts: [{}]}",
        ["an alert came that is not expected", "high  Trail Stopped  at 2024-01-01T00:00:01Z  count 1"],
    ),
    "a selection": (
        "stopped",
        "- {name: a, events: [{base: stop}], selections: {call: false, cal: true}}",
        ['the selection "call" is true', "Trail Stopped: matches 1 of 1 events",
         'the rule has no selection "cal"', "it has call, failed"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("rule", "test", "said"), FAIL.values(), ids=FAIL)
def test_what_is_otherwise_is_said_with_its_reason(house: House, rule: str, test: str, said: list[str]):
    assert house.wrong(rule, test) == said


def test_events_can_come_from_a_file_as_it_was_delivered(house: House):
    record = {
        "eventSource": "cloudtrail.amazonaws.com",
        "eventName": "StopLogging",
        "eventTime": "2023-05-06T07:08:09Z",
    }
    records = [record, {**record, "eventName": "DescribeTrails"}, {**record, "eventName": "DeleteTrail"}]
    (house.rules / "real.json.gz").write_bytes(gzip.compress(json.dumps({"Records": records}).encode()))
    whole = "- {name: a, events: [{file: real.json.gz}], alerts: [{at: '2023-05-06T07:08:09Z'}, {}]}"
    assert house.wrong("stopped", whole) == []
    assert house.wrong("stopped", "- {name: a, events: [{file: real.json.gz#2}], alerts: 0}") == []
    assert house.wrong("stopped", "- {name: a, events: [{file: real.json.gz#3, at: 5s}], alerts: [{at: 5s}]}") == []


def test_files_of_events_that_are_not_there_are_mistakes_of_the_test_file_each_with_its_place(house: House):
    test = "- {name: a, events: [{file: gone.json}, {base: stop}, {file: away.json#2}], alerts: 0}"
    with pytest.raises(ConfigError) as raised:
        house.tests("stopped", test)
    lines = [line for line in str(raised.value).splitlines() if "no file of events" in line]
    line = BASES.count("\n") + 2
    assert [said.partition("stopped.test.yml:")[2] for said in lines] == [
        f'{line}:31: there is no file of events "gone.json"',
        f'{line}:64: there is no file of events "away.json#2"',
    ]


def test_a_file_of_events_that_cannot_be_read_is_no_failed_test(house: House):
    (house.rules / "cut.json.gz").write_bytes(gzip.compress(b'{"Records": [{}, {}]}')[:20])
    with pytest.raises(DetectError, match=r"cut\.json\.gz"):
        house.tests("stopped", "- {name: a, events: [{file: cut.json.gz}], alerts: 0}")


def test_placeholders_have_the_values_of_the_file_and_of_the_case(house: House):
    house.write("admins.yml", """
        title: By An Admin
        logsource: {product: aws, service: cloudtrail}
        detection: {who: {userIdentity.userName|expand: "%admins%"}, condition: who}
    """)  # fmt: skip
    tests = """
        - {name: of the file, events: [{base: no}], alerts: 1}
        - {name: of the case, events: [{base: no}], variables: {admins: [bob]}, alerts: 0}
    """
    assert [one.wrong for one in house.tests("admins", tests, f"variables: {{admins: [eve]}}\n{BASES_}")] == [(), ()]


BASES_ = "bases: {no: {userIdentity: {userName: eve}}}\n"


def test_a_correlation_finds_its_rules_in_other_files(house: House):
    first, second = (house.rules / "often.yml").read_text().split("---\n")
    house.write("parts.yml", first.replace("name: denied", "name: denied_part"))
    house.write("whole.yml", second.replace("[denied]", "[denied_part]").replace("denied_often", "whole"))
    assert house.wrong("whole", "- {name: a, events: [{base: no, times: 3}], alerts: [{rule: whole}]}") == []


def test_what_rules_of_other_files_find_is_not_counted(house: House):
    first, second = (house.rules / "often.yml").read_text().split("---\n")
    house.write("parts.yml", first.replace("name: denied", "name: denied_part"))
    told = second.replace("[denied]", "[denied_part]").replace("denied_often", "whole")
    house.write("whole.yml", told.replace("  timespan: 5m", "  timespan: 5m\n  generate: true"))
    assert house.wrong("whole", "- {name: a, events: [{base: no, times: 3}], alerts: 1}") == []


def test_other_logs_are_tested_by_their_own_time(house: House):
    house.write("okta.yml", """
        title: Signed In
        logsource: {product: okta, service: okta}
        detection: {call: {eventType: user.session.start}, condition: call}
    """)  # fmt: skip
    test = "- {name: a, events: [{event: {eventType: user.session.start}, at: 3s}], alerts: [{at: 3s}]}"
    assert house.wrong("okta", test, "") == []
