"""Hostile logs through the real command: every record that can be read is found, and all else is told of."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hostile.command import RULE, Ended, detect
from tests.hostile.logs import HUGE, SMALL, Log

NOTHING = {"gzip-four-times", "a-million-columns"}
"""Where no record can be read."""


def scanned(folder: Path, logs: dict[str, Log], *words: str, mebibytes: int) -> Ended:
    """Scan the logs; the good record of each has the log's name as its id."""
    (folder / "logs").mkdir()
    (folder / "rule.yml").write_text(RULE)
    for name, log in logs.items():
        made = log.make(name)
        data = made.encode("utf-8") if isinstance(made, str) else made
        (folder / "logs" / f"{name}.{log.suffix}").write_bytes(data)
    options = ("--rules", "rule.yml", "-f", "ndjson", "-q", "--all-logsources", *words)
    return detect(folder, "run", "logs", *options, mebibytes=mebibytes)


def holds(ended: Ended, name: str, log: Log) -> None:
    """What can be read of one log was found, and what cannot was told."""
    file = f"{name}.{log.suffix}"
    expected = set() if name in NOTHING else {name, f"{name}-odd"} if log.also else {name}
    assert {
        event["id"] for row in ended.rows[:-1] for event in row["events"] if event["ref"]["file"] == file
    } == expected
    assert ended.problems.get(file, set()) == set(log.problems)


@pytest.fixture(scope="module", params=["1", "2"], ids=["one process", "two processes"])
def all_small(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    return scanned(tmp_path_factory.mktemp("hostile"), SMALL, "--workers", request.param, mebibytes=1_500)


@pytest.mark.parametrize("name", SMALL)
def test_what_is_whole_is_found_and_what_is_not_is_told(name: str, all_small: Ended):
    holds(all_small, name, SMALL[name])


def test_what_is_told_changes_the_status(all_small: Ended):
    assert all_small.status == 3


@pytest.mark.full
@pytest.mark.parametrize("name", HUGE)
def test_what_is_huge_takes_no_more_memory_than_there_is(name: str, tmp_path: Path):
    ended = scanned(tmp_path, {name: HUGE[name]}, "--workers", "1", "--max-bytes", "1G", mebibytes=1_500)
    holds(ended, name, HUGE[name])
    assert ended.status == (3 if HUGE[name].problems else 0)
