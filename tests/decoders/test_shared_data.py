"""Real logs, where they are at hand: every record is read, and what is broken in them is said."""

from __future__ import annotations

from pathlib import Path

from engine import decoders
from engine.model import Blob, LogSource, Problem, Reading
from engine.sources import files


def scan(folder: Path) -> tuple[dict[LogSource, int], list[Problem], int]:
    counts: dict[LogSource, int] = {}
    problems: list[Problem] = []
    logs = 0
    for blob in files.find(str(folder)):
        assert isinstance(blob, Blob)
        before = sum(counts.values())
        with files.open(blob) as stream:
            for item in decoders.decode(blob, stream, Reading()):
                if isinstance(item, Problem):
                    problems.append(item)
                else:
                    counts[item.logsource] = counts.get(item.logsource, 0) + len(item.records)
        logs += sum(counts.values()) > before
    return counts, problems, logs


def test_files_as_delivered(shared_data: Path) -> None:
    counts, problems, logs = scan(shared_data / "cloudtrail" / "invictus")
    assert (counts, logs) == ({LogSource("aws", "cloudtrail"): 2_900}, 55)
    assert {(problem.ref, problem.kind) for problem in problems} == {("LICENSE", "no-log"), ("README.md", "no-log")}


def test_files_that_people_put_together_by_hand(shared_data: Path) -> None:
    counts, problems, _ = scan(shared_data / "cloudtrail" / "opensearch-catalog")
    assert counts == {LogSource("aws", "cloudtrail"): 891}
    assert {problem.kind for problem in problems if problem.lost} == {"broken-json"}


def test_windows_events_one_a_line(shared_data: Path) -> None:
    counts, problems, _ = scan(shared_data / "windows")
    assert counts == {LogSource("windows"): 40_648}
    assert not any(problem.lost for problem in problems)
