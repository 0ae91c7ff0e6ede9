"""`detect test --record`: tests made of real events, which pass and give nobody away."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.testing.house import House

WHO = {
    "type": "IAMUser", "userName": "mallory", "arn": "arn:aws:iam::123456789012:user/mallory",
    "accountId": "123456789012", "principalId": "AIDAQWERTYUIOPASDFGH",
}  # fmt: skip


def event(name: str, at: int, **more: Any) -> dict[str, Any]:
    return {
        "eventVersion": "1.08", "eventSource": "cloudtrail.amazonaws.com", "eventName": name,
        "eventTime": f"2024-05-06T07:{at // 60:02d}:{at % 60:02d}Z", "eventID": f"{at:08d}-1111-4111-8111-111111111111",
        "awsRegion": "eu-west-1", "sourceIPAddress": "185.220.101.7", "recipientAccountId": "123456789012",
        "userIdentity": WHO, "requestParameters": {"name": "payroll-trail"}, **more,
    }  # fmt: skip


EVENTS = [
    event("StopLogging", 0),
    event("DescribeTrails", 1),
    event("DeleteTrail", 2, sourceIPAddress="10.9.8.7"),
    event("StopLogging", 3, errorCode="AccessDenied"),
    *(event("ListBuckets", 60 + 10 * at, errorCode="AccessDenied") for at in range(4)),
    event("GetTrailStatus", 200, userAgent="long" * 100),
    event("GetObject", 300, eventSource="s3.amazonaws.com"),
]
PRIVATE = ["mallory", "123456789012", "AIDAQWERTYUIOPASDFGH", "185.220.101.7", "10.9.8.7", "payroll", "1111-4111-8111"]


@pytest.fixture
def house(tmp_path: Path) -> House:
    found = House(tmp_path)
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.json.gz").write_bytes(gzip.compress(json.dumps({"Records": EVENTS}).encode()))
    return found


def run(house: House, *words: str) -> subprocess.CompletedProcess[str]:
    checkout = Path(__file__).resolve().parents[2]
    environ = {**os.environ, "PYTHONPATH": str(checkout), "DETECT_CACHE_DIR": str(house.top / "cache")}
    command = [sys.executable, "-m", "engine.cli", "test", *words]
    return subprocess.run(command, cwd=house.top, env=environ, capture_output=True, text=True, check=False)


def record(house: House, rule: str, *words: str) -> subprocess.CompletedProcess[str]:
    return run(house, "--record", rule, "--source", "logs", *words)


def test_matches_and_near_misses_become_tests_that_pass(house: House):
    done = record(house, "rules/stopped.yml", "-o", "rules/stopped.test.yml")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert done.stderr == "2 tests in which it fires, 2 in which it does not, of 10 events\n"
    assert run(house).stdout == "4 passed\n"
    text = (house.rules / "stopped.test.yml").read_text()
    assert [word for word in PRIVATE if word in text] == []
    for said in ("eventName: DescribeTrails", "eventName: DeleteTrail", "errorCode: AccessDenied", "base: event"):
        assert said in text
    assert "eventID" not in text
    assert "requestParameters" not in text


def test_a_correlation_gets_a_short_timeline_that_fires_and_one_that_does_not(house: House):
    done = record(house, "rules/often.yml")
    assert done.returncode == 0, done.stderr
    (house.rules / "often.test.yml").write_text(done.stdout)
    assert run(house, "rules/often.yml").stdout == "2 passed\n"
    assert done.stdout.count("base: event") == 3 + 2
    assert "{rule: Denied Often, count: 3}" in done.stdout
    assert "one event too few" in done.stdout
    assert [word for word in PRIVATE if word in done.stdout] == []


NATIVE = """
title: From Our Network
logsource: {product: aws, service: cloudtrail}
detection:
  who: {userIdentity.userName|startswith: mal, sourceIPAddress|cidr: 10.9.0.0/16}
  condition: who
"""


def test_what_the_rule_itself_says_stays_and_networks_still_hold(house: House):
    house.write("ours.yml", NATIVE)
    done = record(house, "From Our Network", "-o", "elsewhere.test.yml")
    assert done.returncode == 0, done.stderr
    text = (house.top / "elsewhere.test.yml").read_text()
    assert "rule: rules/ours.yml" in text
    assert "10.9." in text
    assert "10.9.8.7" not in text
    assert "mallory" not in text
    assert run(house, "elsewhere.test.yml").stdout.endswith("passed\n")


def test_an_event_of_which_the_rule_reads_what_cannot_be_replaced_is_left_out_and_said(house: House):
    third = "userIdentity.userName|re: '^.{3}l'"
    house.write("hash.yml", NATIVE.replace("userIdentity.userName|startswith: mal", third))
    done = record(house, "rules/hash.yml")
    assert done.returncode in (2, 3)
    assert "is left out, as what the rule reads of it cannot be replaced" in done.stderr
    assert "mallory" not in done.stdout + done.stderr


def test_a_rule_that_reads_the_time_keeps_it(house: House):
    house.write("early.yml", NATIVE.replace("userIdentity.userName|startswith: mal", "eventTime|hour: 7"))
    done = record(house, "rules/early.yml")
    (house.rules / "early.test.yml").write_text(done.stdout)
    assert "2024-05-06T07:00:02Z" in done.stdout
    assert run(house, "rules/early.yml").stdout.endswith(" passed\n")


def test_beside_the_rule_under_another_name_it_says_of_which_rule_it_is(house: House):
    assert record(house, "rules/stopped.yml", "-o", "rules/seen.test.yml").returncode == 0
    assert "rule: stopped.yml\n" in (house.rules / "seen.test.yml").read_text()
    assert run(house).stdout == "4 passed\n"


def test_what_is_there_already_is_not_overwritten(house: House):
    house.write("stopped.test.yml", "mine")
    done = record(house, "rules/stopped.yml", "-o", "rules/stopped.test.yml")
    assert done.returncode == 2
    assert "is there already, and is not overwritten" in done.stderr
    assert (house.rules / "stopped.test.yml").read_text() == "mine"


@pytest.mark.full
@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["--record", "rules/stopped.yml"], "--record without --source"),
        (["--source", "logs"], "--source without --record"),
        (["--record", "rules/stopped.yml", "--source", "gone"], "gone"),
        (["--record", "rules/stopped.yml", "--source", "logs", "-o", "tests.yml"], "no name for a file of tests"),
        (["--record", "rules/gone.yml", "--source", "logs"], "gone.yml"),
        (["--record", "nothing at all", "--source", "logs"], "nothing at all"),
        (["--record", "rules/stopped.yml", "--source", "logs", "--format", "json"], "--record with --format json"),
        (["--record", "rules/stopped.yml", "--source", "logs", "--watch"], "--record with --watch"),
        (["--record", "rules/stopped.yml", "--source", "rules"], "no event could be read"),
    ],
)
def test_a_mistake_is_said_without_a_traceback(house: House, words: list[str], fault: str):
    done = run(house, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert fault in done.stderr
    assert "Traceback" not in done.stderr


def test_a_rule_that_nothing_matches_nor_nearly_is_said(house: House):
    house.write("never.yml", NATIVE.replace("mal", "zzz").replace("10.9.0.0", "11.9.0.0"))
    done = record(house, "rules/never.yml")
    assert done.returncode in (2, 3)
    assert "matches" in done.stderr


def test_half_a_character_in_a_log_is_said_and_the_rest_is_used(house: House):
    broken = [event("StopLogging", 0, errorCode="\ud800"), event("StopLogging", 1)]
    (house.top / "logs" / "a.json.gz").write_bytes(gzip.compress(json.dumps({"Records": broken}).encode()))
    done = record(house, "rules/stopped.yml")
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert "a.json.gz" in done.stderr
    (house.rules / "stopped.test.yml").write_text(done.stdout)
    assert run(house).stdout.endswith(" passed\n")


def test_only_a_near_miss_is_a_test_too_and_status_3_says_what_lacks(house: House):
    house.write("rare.yml", NATIVE.replace("10.9.0.0/16", "192.0.2.0/24"))
    done = record(house, "rules/rare.yml")
    assert done.returncode == 3
    assert "no event matches: write a test for that yourself" in done.stderr
    assert "alerts: 0" in done.stdout


def test_logs_that_are_cut_off_are_said_and_the_rest_is_used(house: House):
    whole = (house.top / "logs" / "a.json.gz").read_bytes()
    (house.top / "logs" / "b.json.gz").write_bytes(whole[: len(whole) // 2])
    done = record(house, "rules/stopped.yml")
    assert done.returncode == 3
    assert "b.json.gz" in done.stderr
    assert "alerts: 0" in done.stdout
