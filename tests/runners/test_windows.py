"""A scan of Windows events: what is found, shown, counted and known again."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.door import load_rules
from engine.model import LogSource
from tests.runners.made import Done, one_file_a_task, write
from tests.runners.made import scan as scan_with
from tests.windows import made

RULES = load_rules("""
title: program
logsource: {product: windows, category: process_creation}
detection: {any: {Image|endswith: [notepad.exe, vssadmin.exe]}, condition: any}
---
title: cleared
logsource: {product: windows, service: security}
detection: {any: {EventID: 1102}, condition: any}
""")

FOUND = [("program", 2), ("program", 3), ("program", 14), ("cleared", 18)]
LOGS = {**{name: made.lines(shape) for name, shape in made.SHAPES.items()}, "evtx": made.evtx()}


def scan(*sources: Path, **given: Any) -> Done:
    return scan_with(*sources, ruleset=RULES, **given)


def found(done: Done) -> list[tuple[str, int]]:
    return [(hit["rule"]["title"], hit["events"][0]["ref"]["position"]) for hit in done.hits]


@pytest.mark.parametrize("name", LOGS)
def test_what_is_found_is_shown_as_the_log_has_it(name: str, tmp_path: Path) -> None:
    done = scan(write(tmp_path, LOGS[name]))
    assert found(done) == FOUND
    assert done.hits[0]["logsource"] == {"product": "windows", "service": "sysmon", "category": "process_creation"}
    assert done.hits[0]["time"][:22] == "2024-05-14T09:00:02.12"  # Velociraptor's is a number with a fraction
    assert done.hits[2]["matched"][0]["field"] == "Image"
    if name in made.SHAPES:
        records = [hit["events"][0]["record"] for hit in done.hits]
        assert records == [made.SHAPES[name](made.EVENTS[number - 1]) for _, number in FOUND]


def test_events_are_counted_by_kind(tmp_path: Path) -> None:
    for text in (LOGS["flat"], LOGS["winlogbeat"]):
        counted = dict(scan(write(tmp_path, text)).summary.logsources)
        assert sum(counted.values()) == len(made.EVENTS)
        assert counted[LogSource("windows", "sysmon", "process_creation")] == 3
        assert counted[LogSource("windows", "security")] == 4


@pytest.mark.parametrize("workers", [1, 2])
def test_the_same_event_from_two_files_counts_once(
    workers: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_file_a_task(monkeypatch)
    done = scan(write(tmp_path, LOGS["winlogbeat"], LOGS["flat"], LOGS["nxlog"]), workers=workers)
    assert found(done) == FOUND
    assert done.summary.duplicates == 2 * len(FOUND)


def test_a_record_number_that_begins_anew_is_another_event(tmp_path: Path) -> None:
    """As after a log was cleared: the time differs."""
    later = LOGS["flat"].replace(b"2024-05-14T", b"2024-05-15T")
    assert scan(write(tmp_path, LOGS["flat"], later)).summary.duplicates == 0


@pytest.mark.parametrize("lost", ["EventRecordID", "Computer", "@timestamp"])
def test_an_event_that_lacks_part_of_its_id_is_never_a_copy(lost: str, tmp_path: Path) -> None:
    events = [made.SHAPES["flat"](event) for event in made.EVENTS]
    text = b"".join(json.dumps({k: v for k, v in event.items() if k != lost}).encode() + b"\n" for event in events)
    done = scan(write(tmp_path, text, text))
    assert (len(done.hits), done.summary.duplicates) == (2 * len(FOUND), 0)
    assert done.hits[0]["events"][0]["id"] is None


def test_a_time_outside_the_range_is_outside(tmp_path: Path) -> None:
    since = 1_715_677_203_000_000  # 09:00:03
    for name in ("flat", "evtx", "velociraptor"):
        assert found(scan(write(tmp_path, LOGS[name]), since=since)) == FOUND[1:]


def test_event_logs_without_their_library_are_reported_as_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "evtx", None)
    done = scan(write(tmp_path, LOGS["evtx"], LOGS["flat"]))
    assert found(done) == FOUND
    assert done.kinds == [("0000.json.gz", "no-library")]


def test_events_that_no_rule_with_a_service_sees_are_told_of(tmp_path: Path) -> None:
    done = scan(
        write(tmp_path, LOGS["flat"], b'{"EventID": 1, "Provider_Name": "Own", "@timestamp": "2024-05-14T09:00:00Z"}')
    )
    (warning,) = done.summary.warnings
    assert warning.startswith("1 event of Windows names no channel that is known")
    assert scan(write(tmp_path / "all", LOGS["flat"])).summary.warnings == ()
