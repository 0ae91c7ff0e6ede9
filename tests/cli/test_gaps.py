"""detect gaps, and a service that tells of them: real files, a real process, a real server that is told."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import House, trail
from tests.cli.test_serve import House as Service
from tests.cli.test_serve import house as service  # noqa: F401

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


def deliver(folder: Path, *ago: int, region: str = "eu-west-1") -> None:
    """A file of CloudTrail's for each of these hours before this one, or after it."""
    folder.mkdir(exist_ok=True)
    for hours in ago:
        clock = (NOW - timedelta(hours=hours) + timedelta(minutes=5)).strftime("%Y%m%dT%H%MZ")
        path = folder / f"111122223333_CloudTrail_{region}_{clock}_abc.json.gz"
        path.write_bytes(trail(f"{region}{clock}"))


@pytest.fixture
def gone(house: House) -> House:
    """Files came every hour, then none for six, and again; of another region they have stopped."""
    deliver(house.folder / "trail", *range(60, 30, -1), *range(24, 0, -1))
    deliver(house.folder / "trail", *range(40, 10, -1), region="us-east-1")
    deliver(house.folder / "trail", 50, 20, region="us-west-2")
    assert house.detect("run", "trail", "--state", "detect.state", "--quiet", "--format", "ndjson").status == 0
    return house


def hour(ago: int) -> str:
    return (NOW - timedelta(hours=ago)).strftime("%Y-%m-%dT%H:00:00Z")


def test_gaps_are_listed(gone: House):
    [said] = gone.detect("gaps", "--state", "detect.state", "--format", "json").lines
    assert (said["version"], said["kind"], said["known"], said["regular"]) == (1, "gaps", 3, 2)
    assert said["gaps"] == [
        {"account": "111122223333", "region": "eu-west-1", "from": hour(30), "to": hour(24)},
        {"account": "111122223333", "region": "us-east-1", "from": hour(10), "to": None},
    ]
    shown = gone.detect("gaps", "--state", "detect.state")
    assert shown.out.count("111122223333") == 2
    assert "3 accounts and regions, of which 2 have files in nearly every hour" in shown.err


@pytest.mark.parametrize(
    ("words", "regions"),
    [
        (["--since", "20h"], ["us-east-1"]),
        (["--until", "20h"], ["eu-west-1"]),
        (["--since", "28h", "--until", "26h"], ["eu-west-1"]),
        (["--after", "8h"], ["us-east-1"]),
    ],
    ids=lambda words: " ".join(words),
)
def test_those_of_a_time_or_of_a_length_can_be_asked_for(gone: House, words: list[str], regions: list[str]):
    [said] = gone.detect("gaps", "--state", "detect.state", "--format", "json", *words).lines
    assert [gap["region"] for gap in said["gaps"]] == regions


@pytest.mark.parametrize(
    "words", [["--since", "1h", "--until", "2h"], ["--since", "soon"], ["--after", "1"]], ids=" ".join
)
def test_what_cannot_be_meant_is_said(gone: House, words: list[str]):
    assert gone.detect("gaps", "--state", "detect.state", *words).status == 2


def test_the_service_tells_of_a_gap_once_and_when_files_come_again(service: Service):  # noqa: F811
    before = (service.top / "detect.yml").read_text()
    service.config(
        before.replace("notifiers:\n", "notifiers:\n  kept: {type: file, path: told.ndjson}\n").replace(
            "[hook]", "[kept]"
        )
    )
    deliver(service.top / "logs", *range(30, 4, -1))
    service.start()
    service.until(lambda: service.says("files are missing"))
    service.until(lambda: titles(service) == ["No CloudTrail files from 111122223333 in eu-west-1"])
    service.end()
    deliver(service.top / "logs", *range(4, -1, -1))
    service.start()
    service.until(lambda: service.says("files come again"))
    service.until(lambda: len(titles(service)) == 2)
    time.sleep(2)
    assert actions(service) == ["trigger", "resolve"]
    service.end()


def test_it_can_be_switched_off(service: Service):  # noqa: F811
    service.config((service.top / "detect.yml").read_text() + "gaps: {after: 0s}\n")
    deliver(service.top / "logs", *range(30, 4, -1))
    done = service.ask("serve", "-c", "detect.yml", "--scans", "1")
    assert (done.returncode, "files are missing" in done.stderr) == (0, False)


def bodies(service: Service) -> list[dict[str, object]]:  # noqa: F811
    told = service.top / "told.ndjson"
    every = told.read_text().splitlines() if told.exists() else []
    return [json.loads(line) for line in every if "No CloudTrail files" in line and line.endswith("}")]


def titles(service: Service) -> list[str]:  # noqa: F811
    return [str(one["alerts"][0]["title"]) for one in bodies(service)]  # type: ignore[index]


def actions(service: Service) -> list[object]:  # noqa: F811
    return [one["action"] for one in bodies(service)]
