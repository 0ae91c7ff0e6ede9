"""Real rules over real logs, where there are some: fast equals naive there too."""

from __future__ import annotations

import gzip
import json
import os
import random
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from engine.decoders import decode
from engine.load import load
from engine.match import Detector
from engine.model import Batch, Blob, LogSource, Problem, Reading
from engine.rules import Ruleset
from tests import oracle

FULL = os.environ.get("DETECT_TEST_TIER") == "full"
CLOUDTRAIL = LogSource("aws", "cloudtrail")
WINDOWS = LogSource("windows")

Load = Callable[[str, str], Ruleset]


@pytest.fixture(scope="module")
def rules_of(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Load:
    """Loads a folder of one of the rule archives."""

    def rules(archive: str, folder: str) -> Ruleset:
        place = tmp_path_factory.mktemp("rules")
        with tarfile.open(shared_data / "rules" / archive) as packed:
            members = [member for member in packed if member.name.startswith(f"{folder}/")]
            packed.extractall(place, members, filter="data")
        return load([place], cache=False)

    return rules


@pytest.fixture(scope="module")
def aws(rules_of: Load) -> Ruleset:
    """Some 850 rules for CloudTrail."""
    found = [
        *rules_of("sigmahq.tar.gz", "rules/cloud/aws").rules,
        *rules_of("suzaku-rules.tar.gz", "suzaku/aws").rules,
    ]
    assert len(found) > 700
    return Ruleset(tuple(found))


def naive(ruleset: Ruleset, record: dict[str, Any]) -> tuple[int, ...]:
    return tuple(number for number, rule in enumerate(ruleset.rules) if oracle.matches(rule, record))


def assert_agree(ruleset: Ruleset, logsource: LogSource, records: Sequence[dict[str, Any]]) -> None:
    """Fast and naive name the same rules for every record, and some rule matches at all."""
    detector = Detector(ruleset, all_logsources=True)
    found = dict(detector.match(Batch(logsource, list(records), 1)))
    for index, record in enumerate(records):
        assert found.get(index, ()) == naive(ruleset, record), f"record {index}"
    assert found


def trail(shared_data: Path) -> list[Path]:
    return sorted((shared_data / "cloudtrail" / "invictus" / "CloudTrail").glob("*.json"))


def sample(records: Sequence[Any], count: int) -> list[Any]:
    return random.Random(7).sample(list(records), min(count, len(records)))


def test_aws_rules_over_cloudtrail(shared_data: Path, aws: Ruleset) -> None:
    records = [record for path in trail(shared_data) for record in json.loads(path.read_bytes())["Records"]]
    assert_agree(aws, CLOUDTRAIL, sample(records, len(records) if FULL else 120))


def test_aws_rules_over_the_files_themselves(shared_data: Path, aws: Ruleset) -> None:
    """Every file through the decoder, narrowly; of each file a few records are checked, matched or not."""
    detector = Detector(aws)
    for path in trail(shared_data):
        blob = Blob("files", path.name, str(path), False, None)
        records = json.loads(path.read_bytes())["Records"]
        with path.open("rb") as stream:
            found: dict[int, tuple[int, ...]] = {}
            for batch in decode(blob, stream, Reading(shapes=detector.shape)):
                assert not isinstance(batch, Problem)
                found |= {batch.first - 1 + index: numbers for index, numbers in detector.match(batch)}
        for index in sample(range(len(records)), len(records) if FULL else 2):
            assert found.get(index, ()) == naive(aws, records[index]), f"{path.name} record {index}"


def windows_events(shared_data: Path, having: str, count: int) -> list[dict[str, Any]]:
    with gzip.open(shared_data / "windows" / "otrf-windows.ndjson.gz") as lines:
        return [
            msgspec.json.decode(line) for line in sample([line for line in lines if having.encode() in line], count)
        ]


def test_windows_rules_over_processes_that_started(shared_data: Path, rules_of: Load) -> None:
    rules = rules_of("sigmahq.tar.gz", "rules/windows/process_creation").rules
    assert_agree(Ruleset(tuple(sample(rules, 400))), WINDOWS, windows_events(shared_data, '"ParentCommandLine"', 60))


@pytest.fixture(scope="module")
def all_windows(rules_of: Load) -> Ruleset:
    return rules_of("sigmahq.tar.gz", "rules/windows")


@pytest.mark.full
@pytest.mark.parametrize("block", range(8))
def test_all_windows_rules_over_two_thousand_events(shared_data: Path, all_windows: Ruleset, block: int) -> None:
    """In blocks, because the oracle takes a minute for each."""
    assert_agree(all_windows, WINDOWS, windows_events(shared_data, "{", 2_000)[block::8])
