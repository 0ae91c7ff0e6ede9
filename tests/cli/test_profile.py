"""A profiled scan writes what any other writes, and says of every rule what it cost, from all processes together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import House, trail


def scanned(house: House, *args: str) -> tuple[list[Any], dict[str, Any]]:
    """Detections and the summary."""
    done = house.shell(f"detect run --source logs --format ndjson {' '.join(args)}")
    assert done.status == 0, done.err
    *detections, summary = done.lines
    return detections, summary


@pytest.fixture
def many(house: House) -> House:
    """So many files that several processes get some."""
    for number in range(200):
        (house.logs / f"more{number}.json.gz").write_bytes(trail("StopLogging", "GetObject", "ListBuckets"))
    return house


def test_any_number_of_workers_finds_the_same_and_counts_the_same(many: House):
    plain, summary = scanned(many)
    assert "profile" not in summary
    for workers in ("1", "3"):
        found, profiled = scanned(many, "--profile", "--workers", workers)
        assert found == plain
        counts = {one["title"]: (one["seen"], one["matched"]) for one in profiled["profile"]}
        assert counts == {"Trail stopped": (605, 201), "Buckets listed": (605, 201)}


def test_the_dearest_rules_are_named_on_stderr(house: House, tmp_path: Path):
    done = house.detect("run", "--source", "logs", "--profile", "--quiet", "--output", str(tmp_path / "o"))
    assert done.status == 0
    assert "Profile" in done.err
    rows = [line.split() for line in done.err.splitlines() if line.endswith(("Trail stopped", "Buckets listed"))]
    assert {tuple(row[2:-2]) for row in rows} == {("5", "0", "5", "1")}


def test_a_summary_without_a_profile_is_as_before(house: House):
    done = house.detect("run", "--source", "logs", "--format", "json", "--quiet")
    assert "profile" not in json.loads(done.out)["summary"]
    assert "Profile" not in done.err
