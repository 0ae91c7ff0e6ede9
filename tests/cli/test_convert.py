"""detect convert hands rules to the backends of pySigma; these tests use the real ones that are installed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator

import pytest

from tests.cli.conftest import BROKEN, STOPPED, House

pytest.importorskip("sigma.backends.sqlite", reason="pysigma-backend-sqlite is not installed")

NATIVE = """\
title: Native
id: 00000000-0000-4000-8000-000000000030
language: jmespath
logsource: {product: aws, service: cloudtrail}
detection:
    selection: eventName == 'x'
    condition: selection
"""
FILTER = """\
title: Not the robot
logsource: {product: aws, service: cloudtrail}
filter:
    rules: [00000000-0000-4000-8000-000000000001]
    selection: {userAgent: robot}
    condition: not selection
"""
PIPELINE = """\
name: ours
priority: 10
transformations:
  - {id: name, type: field_name_mapping, mapping: {eventName: event_name}}
"""


def queries(house: House, *words: str) -> Iterator[str]:
    done = house.detect("convert", "-t", "sqlite", *words)
    assert done.status == 0, done.err
    yield from done.out.splitlines()


def test_a_query_finds_what_the_rule_finds(house: House):
    table = sqlite3.connect(":memory:")
    table.execute("CREATE TABLE events (eventName TEXT)")
    table.executemany("INSERT INTO events VALUES (?)", [("StopLogging",), ("stoplogging",), ("Other",)])
    (query,) = queries(house, "--level", "high", "-O", "table=events")
    assert len(table.execute(query).fetchall()) >= 1
    assert ("Other",) not in table.execute(query).fetchall()


def test_pipelines_are_applied_on_the_way(house: House):
    (house.folder / "names.yml").write_text(PIPELINE)
    (query,) = queries(house, "-p", "names.yml", "--level", "high")
    assert "event_name='StopLogging'" in query


def test_filters_are_applied_on_the_way(house: House):
    (house.rules / "filter.yml").write_text(FILTER)
    high, low = next(queries(house, "--level", "high")), next(queries(house, "--level", "low"))
    assert "robot" in high
    assert "robot" not in low


def test_another_format_of_the_target(house: House):
    done = house.detect("convert", "-t", "sqlite", "--format", "zircolite", "-o", "rules.json")
    assert (done.status, done.out) == (0, "")
    assert {rule["title"] for rule in json.loads((house.folder / "rules.json").read_text())} == {
        "Trail stopped", "Buckets listed",
    }  # fmt: skip


def test_what_cannot_be_converted_is_left_out_and_said_and_the_status_is_3(house: House):
    (house.rules / "native.yml").write_text(NATIVE)
    (house.rules / "broken.yml").write_text(BROKEN)
    done = house.detect("convert", "-t", "sqlite")
    assert done.status == 3
    assert len(done.out.splitlines()) == 2
    assert "rules/broken.yml:8" in done.err
    assert "rules/native.yml:1: the rule is written in a language of its own" in done.err
    assert done.err.endswith("2 rules converted to 2 queries; 2 left out\n")


def test_a_correlation_comes_after_its_rules_and_one_without_them_is_left_out(house: House):
    body = "correlation: {{type: event_count, rules: [{}], group-by: [a], timespan: 5m, condition: {{gte: 3}}}}\n"
    (house.rules / "a-often.yml").write_text("title: Often\nid: 00000000-0000-4000-8000-000000000031\n"
                                             + body.format("00000000-0000-4000-8000-000000000001"))  # fmt: skip
    (house.rules / "b-lost.yml").write_text("title: Lost\nid: 00000000-0000-4000-8000-000000000032\n"
                                            + body.format("00000000-0000-4000-8000-000000000099"))  # fmt: skip
    done = house.detect("convert", "-t", "sqlite")
    assert done.status == 3
    assert "COUNT(*)" in done.out
    assert "b-lost.yml:3:42: " in done.err
    assert "a-often.yml" not in done.err


def test_only_chosen_rules_are_converted(house: House):
    assert [("ListBuckets" in query) for query in queries(house, "--rule", "Buckets*")] == [True]


def test_a_rule_that_reads_what_is_computed_here_is_told(house: House):
    (house.rules / "actor.yml").write_text(STOPPED.replace("0001", "0040").replace("eventName:", "actor:"))
    done = house.detect("convert", "-t", "sqlite")
    assert done.status == 0
    assert "1 rule reads fields that are computed here: actor" in done.err


def test_the_list_says_what_is_installed_and_what_to_install(house: House):
    done = house.detect("convert", "--list")
    assert done.status == 0
    installed, missing = done.out.split("known, not installed")
    assert "SQLite backend" in installed
    assert "--format zircolite" in installed
    assert "pip install pysigma-backend-loki" in missing
    assert "sqlite" not in missing


WRONG = [
    ([], "name a target with -t"),
    (["-t", "sqllite"], 'did you mean "sqlite"'),
    (["-t", "loki"], "pip install pysigma-backend-loki"),
    (["-t", "sqlite", "--format", "xml"], "one of default, zircolite"),
    (["-t", "sqlite", "-O", "table"], "NAME=VALUE"),
    (["-t", "sqlite", "-p", "no-such-pipeline"], 'installed pipeline "no-such-pipeline"'),
    (["-t", "sqlite", "-p", "odd.yml"], "odd.yml"),
]


@pytest.mark.parametrize(("words", "fault"), WRONG)
def test_a_wrong_call_is_said(house: House, words: list[str], fault: str):
    (house.folder / "odd.yml").write_text("transformations: [{type: nothing}]\n")
    done = house.detect("convert", *words)
    assert (done.status, done.out) == (2, "")
    assert fault in done.err


def test_splunk_takes_its_own_pipeline(house: House):
    pytest.importorskip("sigma.backends.splunk", reason="pysigma-backend-splunk is not installed")
    done = house.detect("convert", "-t", "splunk", "-p", "splunk_windows", "--level", "high")
    assert (done.status, done.out) == (0, 'eventName="StopLogging"\n')
    assert "fields of its own" in house.detect("convert", "-t", "splunk").err
