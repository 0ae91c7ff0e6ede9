"""What a run says of itself: every figure, every problem, every warning."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import RuleError, UsageError
from engine.model import Level, LogSource, Problem, Reading
from engine.rules import Ruleset, Text
from engine.runners import report
from engine.runners.worker import Tally
from engine.version import __version__
from tests.runners.made import CLOUDTRAIL, RULES, WINDOWS, log, one_file_a_task, record, rule, scan, write

NOON = 1_688_990_400_000_000
MALLORY = {"userIdentity": {"arn": "arn:aws:iam::111122223333:user/mallory", "userName": "mallory"}}


def figures(folder: Path, **given: Any) -> dict[str, Any]:
    return scan(folder, **given).summary._asdict()


@pytest.mark.parametrize("workers", [1, 2])
def test_every_figure(workers: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    one_file_a_task(monkeypatch)
    first = [
        record("StopLogging", "1", eventTime="2023-07-10T12:00:02Z"),
        record("StopLogging", "2", eventTime="2023-07-10T12:00:00Z", **MALLORY),  # two rules
        record("GetObject", "3", eventTime="2023-07-10T12:00:01Z"),
        record("GetObject", "4", eventTime="no time"),
    ]
    second = [record("ListBuckets", "5", eventTime="2023-07-10T12:00:05Z"), first[0], record("x"), record("y")]
    write(tmp_path, first, second)
    (tmp_path / "notes.txt").write_text("no log")
    size = sum(path.stat().st_size for path in tmp_path.iterdir())
    ruleset = Ruleset(RULES.rules, (RuleError("unusable"),))
    found = figures(tmp_path, ruleset=ruleset, workers=workers, fail_on=Level.high)
    assert 0 < found.pop("start_seconds") <= found.pop("seconds")
    assert found == {
        "version": __version__,
        "sources": (str(tmp_path),),
        "files": 3,
        "bytes": size,
        "events": 8,
        "events_with_hits": 3,
        "detections": 4,
        "duplicates": 1,
        "untimed": 1,
        "out_of_range": 0,
        "first": NOON,
        "last": NOON + 5_000_000,
        "levels": ((Level.high, 2, 1), (Level.medium, 1, 1), (Level.low, 1, 1)),
        "top_rules": (("stopped", Level.high, 2), ("listed", Level.low, 1), ("mallory", Level.medium, 1)),
        "top_principals": (("alice", 2), ("arn:aws:iam::111122223333:user/mallory", 2)),
        "logsources": ((CLOUDTRAIL, 8),),
        "rules": 4,
        "rules_used": 3,
        "rejected": 1,
        "skipped": (("no-log", 1),),
        "problems": (),
        "problems_total": 0,
        "warnings": (),
        "reduction": 1 - 3 / 8,
        "interrupted": False,
        "fail_on": Level.high,
        "fail_on_met": True,
        "passed": (Problem("notes.txt", None, "is no log: its text is in no format that is known", False, "no-log"),),
        "nothing": False,
        "profile": None,
        "episodes": 0,
        "correlations": (),
        "ahead": 0,
        "known": None,
        "replaced": None,
        "watermark": None,
    }


@pytest.mark.parametrize(("level", "met"), [(Level.low, True), (Level.medium, False), (None, False)])
def test_failing_on_a_level_is_met_by_that_level_or_a_worse_one(level: Level | None, met: bool, tmp_path: Path):
    assert figures(write(tmp_path, [record("ListBuckets")]), fail_on=level)["fail_on_met"] is met


def test_the_ten_most_frequent_are_named_most_first_and_then_in_order(tmp_path: Path):
    ruleset = Ruleset(tuple(rule(f"r{n}", Text("eventName", (f"E{n % 12}",))) for n in range(12)))
    records = [record(f"E{n}", user=f"user-{n:02}") for n in range(12) for _ in range(2 if n in (5, 11) else 1)]
    found = figures(write(tmp_path, records), ruleset=ruleset)
    numbers = [5, 11, 0, 1, 2, 3, 4, 6, 7, 8]
    assert [title for title, *_ in found["top_rules"]] == [f"r{n}" for n in numbers]
    assert [who for who, _ in found["top_principals"]] == [f"user-{n:02}" for n in numbers]


def test_rules_are_used_when_they_look_at_a_kind_of_log_that_was_met(tmp_path: Path):
    folder = write(tmp_path, [record("x")])
    assert figures(folder)["rules_used"] == 3
    assert figures(folder, all_logsources=True)["rules_used"] == 4
    assert figures(folder, reading=Reading(logsource=LogSource("windows")))["rules_used"] == 1
    assert figures(write(tmp_path / "empty", []), all_logsources=True)["rules_used"] == 0


def test_several_kinds_of_log_are_counted_most_first(tmp_path: Path):
    write(tmp_path, [record("x")])
    (tmp_path / "other.ndjson").write_text('{"time": 1688990400}\n' * 3)
    assert figures(tmp_path)["logsources"] == ((LogSource(), 3), (CLOUDTRAIL, 1))


def test_of_many_problems_the_first_are_kept_and_all_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(report, "PROBLEMS", 3)
    done = scan(write(tmp_path, *[log([record("x")] * 9)[:-20]] * 5))
    assert done.kinds == [(f"{number:04}.json.gz", "truncated") for number in range(3)]
    assert done.summary.problems_total == 5


def test_what_is_no_log_is_counted_by_kind_and_is_no_problem(tmp_path: Path):
    write(tmp_path, [record("x")], b'{"digestStartTime": "x", "digestS3Object": "y", "logFiles": []}')
    for name in ("README.md", "rule.yml", "picture.png"):
        (tmp_path / name).write_bytes(b"\x89PNG no log at all")
    dated = tmp_path / "AWSLogs/111122223333/CloudTrail/eu-west-1/2020/01/01"
    write(dated, [record("StopLogging")])
    found = figures(tmp_path, since=NOON - 1)
    assert found["skipped"] == (("digest", 1), ("no-log", 3), ("out-of-range", 1))
    assert (found["problems_total"], found["detections"], found["files"]) == (0, 0, 5)


UNKNOWN = b'{"time": "2023-07-10T12:00:00Z", "eventName": "StopLogging"}\n'


@pytest.mark.parametrize(
    ("files", "given", "warnings"),
    [
        ([[record("x")]], {}, []),
        ([], {}, ["nothing was scanned: there was no file to read"]),
        ([b"no log"], {}, ["nothing was scanned: no file held a log, or none with an event in it"]),
        ([[]], {}, ["nothing was scanned: no file held a log, or none with an event in it"]),
        ([[record("x", eventTime=None)] * 2], {}, ["no event has a time that can be read"]),
        ([[record("x", eventTime=None), record("x")]], {}, []),
        ([[record("x")]], {"ruleset": Ruleset((WINDOWS,))}, ["no rule looks at these events (product=aws,service"]),
        ([[record("x")]], {"ruleset": Ruleset((WINDOWS,)), "all_logsources": True}, []),
        ([[record("x")]], {"ruleset": Ruleset(())}, []),
        ([UNKNOWN], {}, ["no rule looks at these events (of an unknown kind): name their kind with --logsource"]),
        ([UNKNOWN, [record("x")]], {}, ["no rule looks at 1 events of an unknown kind"]),
        ([UNKNOWN], {"all_logsources": True}, []),
        ([UNKNOWN], {"reading": Reading(time_field="when", logsource=CLOUDTRAIL)}, ["no event has a time"]),
    ],
)
def test_what_makes_a_result_mean_less_is_said(
    files: list[Any], given: dict[str, Any], warnings: list[str], tmp_path: Path
):
    said = figures(write(tmp_path, *files), **given)["warnings"]
    assert len(said) == len(warnings)
    for line, start in zip(said, warnings, strict=True):
        assert line.startswith(start)


def test_a_scan_of_another_time_says_so(tmp_path: Path):
    write(tmp_path / "AWSLogs/111122223333/CloudTrail/eu-west-1/2020/01/01", [record("StopLogging")])
    said = figures(tmp_path, since=NOON - 1)["warnings"]
    assert said == ("nothing was scanned: by their dates, 1 files are not of the time asked for",)


def test_progress_counts_files_and_events(tmp_path: Path):
    seen: list[tuple[int, int, int]] = []
    scan(write(tmp_path, [record("x")] * 2, [record("x")]), progress=lambda *numbers: seen.append(numbers))
    assert seen == sorted(seen)
    assert seen[-1] == (2, 2, 3)


def test_a_source_that_is_not_there_is_an_error_before_anything_is_written(tmp_path: Path):
    with pytest.raises(UsageError, match="does not exist"):
        scan(write(tmp_path, [record("StopLogging")]), tmp_path / "nowhere")


times = st.none() | st.integers(-5, 5)
tallies = st.builds(
    Tally, st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), times, times,
    problems=st.lists(st.builds(Problem, st.text(max_size=1), st.none(), st.just(""), st.booleans(), st.just("k"))),
)  # fmt: skip


@given(st.lists(tallies))
def test_counts_add_up_in_any_order(several: list[Tally]):
    total = Tally()
    for each in several:
        total.add(each)
    assert total.events == sum(each.events for each in several)
    assert total.outside == sum(each.outside for each in several)
    assert total.first == min((each.first for each in several if each.first is not None), default=None)
    assert total.last == max((each.last for each in several if each.last is not None), default=None)
    assert total.problems == [problem for each in several for problem in each.problems]
