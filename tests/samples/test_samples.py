"""The samples: made again they are the same, the story is found in them, and the rest is quiet."""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from engine.load import load
from engine.match import Detector
from engine.model import Detection, Event, Level, LogSource, Ref

sys.path.insert(0, str(Path(__file__).resolve().parent))

import make_samples

CHECKOUT = Path(__file__).resolve().parents[2]
SAMPLES = CHECKOUT / "samples" / "cloudtrail"
RULES = CHECKOUT / "rules"


def texts(folder: Path) -> dict[str, bytes]:
    found = sorted(folder.rglob("*.json.gz"))
    return {path.relative_to(folder).as_posix(): gzip.decompress(path.read_bytes()) for path in found}


def records(folder: Path) -> list[dict[str, Any]]:
    return [record for text in texts(folder).values() for record in json.loads(text)["Records"]]


def detections(every: list[dict[str, Any]]) -> list[Detection]:
    """What rules find that are reported on their own."""
    ruleset = load([str(RULES)], cache=False)
    source = LogSource("aws", "cloudtrail")
    events = (Event(None, source, record, Ref("samples", n)) for n, record in enumerate(every, 1))
    return [one for one in Detector(ruleset).detect(events) if one.rule.key not in ruleset.silent]


@cache
def found() -> list[Detection]:
    return detections(records(SAMPLES))


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("quiet")
    make_samples.make(folder, quiet=True)
    return folder


def test_made_again_the_samples_are_the_same(tmp_path: Path):
    make_samples.make(tmp_path)
    assert texts(tmp_path) == texts(SAMPLES)


def test_the_samples_are_small_and_lie_as_in_s3():
    files = list(SAMPLES.rglob("*.json.gz"))
    assert sum(path.stat().st_size for path in files) < 600_000
    name = re.compile(r"(\d{12})_CloudTrail_([a-z0-9-]+)_(\d{4})(\d\d)(\d\d)T\d{4}Z_[A-Za-z0-9]{16}\.json\.gz")
    for path in files:
        parts = name.fullmatch(path.name)
        assert parts, path.name
        account, region, *date = parts.groups()
        folder = f"AWSLogs/o-exampleorgid/{account}/CloudTrail/{region}/{'/'.join(date)}"
        assert path.parent.relative_to(SAMPLES).as_posix() == folder


def test_ids_are_unique_and_no_slot_is_left():
    every = records(SAMPLES)
    assert len({record["eventID"] for record in every}) == len(every) > 1500
    assert not re.search(rb"<[@#a-z][^>]{0,30}>", b"".join(texts(SAMPLES).values()))


def test_the_readme_says_how_many_events_and_files():
    every, files = records(SAMPLES), len(texts(SAMPLES))
    assert f"{len(every):,} events in {files} files" in (SAMPLES / "README.md").read_text(encoding="utf-8")


def test_the_readme_lists_what_the_rules_find():
    hits: dict[str, list[Detection]] = defaultdict(list)
    for detection in found():
        hits[Path(detection.rule.path).relative_to(RULES).as_posix()].append(detection)
    expected = {
        (min(d.events[0].fields["eventTime"] for d in ds)[5:19].replace("T", " "), ds[0].rule.level.name, len(ds), rule)
        for rule, ds in hits.items()
    }
    readme = (SAMPLES / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\S+ \S+) \| (\w+) \| (\d+) \| \[.+?\]\(\.\./\.\./rules/(\S+)\) \|$", readme, re.MULTILINE)
    assert [(when, level, int(count), rule) for when, level, count, rule in rows] == sorted(expected)


def test_every_phase_of_the_attack_is_found():
    tags = {tag.removeprefix("attack.") for d in found() if d.rule.level >= Level.medium for tag in d.rule.tags}
    phases = {
        "initial-access", "persistence", "privilege-escalation", "defense-impairment", "credential-access",
        "collection", "exfiltration", "impact",
    }  # fmt: skip
    assert phases <= tags
    assert len({d.rule.key for d in found()}) >= 12


def test_what_is_found_at_medium_or_above_is_the_thief():
    where = {d.events[0].fields["sourceIPAddress"] for d in found() if d.rule.level >= Level.medium}
    assert where == {"203.0.113.77", "198.51.100.23"}


def test_without_the_attack_nothing_is_found_at_medium_or_above(quiet: Path):
    every = records(quiet)
    assert len(every) > 1500
    assert [d.rule.title for d in detections(every) if d.rule.level >= Level.medium] == []
    assert len(detections(every)) <= 3


def test_without_the_attack_the_rest_is_the_same(quiet: Path):
    with_attack = {record["eventID"]: record for record in records(SAMPLES)}
    assert all(with_attack[record["eventID"]] == record for record in records(quiet))
