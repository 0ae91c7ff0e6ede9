"""The rules that come with the package: what each says about itself, finds and leaves alone."""

from __future__ import annotations

import re
import sys
import uuid
from collections import Counter
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.load import load
from engine.match import Detector
from engine.model import Event, LogSource, Ref
from engine.rules import Ruleset

sys.path.insert(0, str(Path(__file__).resolve().parent))

import shipped_cases

PARTS = [import_module(path.stem) for path in sorted(Path(__file__).parent.glob("cases_*.py"))]
CASES = shipped_cases.CASES | {rule: case for part in PARTS for rule, case in part.SINGLE.items()}
CHECKOUT = Path(__file__).resolve().parents[2]
ROOT = CHECKOUT / "rules" / "aws" / "cloudtrail"
FILES = {
    path.relative_to(ROOT).with_suffix("").as_posix(): path
    for path in sorted(ROOT.rglob("*.yml"))
    if "correlation:" not in path.read_text(encoding="utf-8")  # those: test_stateful_rules.py
}
CLOUDTRAIL = LogSource("aws", "cloudtrail")
TACTICS = {
    "collection", "credential-access", "defense-impairment", "discovery", "execution", "exfiltration", "impact",
    "initial-access", "lateral-movement", "persistence", "privilege-escalation", "stealth",
}  # fmt: skip


@cache
def ruleset() -> Ruleset:
    return load([str(path) for path in FILES.values()], cache=False)


@cache
def detector() -> Detector:
    return Detector(ruleset())


def found(record: dict[str, Any]) -> set[str]:
    """Names of the rules that see this record, each as its path under rules/aws/cloudtrail."""
    event = Event(None, CLOUDTRAIL, record, Ref("test", 1))
    return {Path(hit.rule.path).relative_to(ROOT).with_suffix("").as_posix() for hit in detector().detect([event])}


def cases(kind: str) -> list[Any]:
    return [
        pytest.param(rule, record, id=f"{rule}: {what}")
        for rule, case in CASES.items()
        for what, record in getattr(case, kind).items()
    ]


def test_every_rule_loads_without_a_remark():
    assert ruleset().rejected == ()
    assert len(ruleset().rules) == len(FILES) >= 12


def test_every_rule_has_events_to_find_and_near_misses():
    assert set(CASES) == set(FILES)
    assert all(case.hits and case.misses for case in CASES.values())


@pytest.mark.parametrize(("rule", "record"), cases("hits"))
def test_a_rule_finds(rule: str, record: dict[str, Any]):
    assert rule in found(record)


@pytest.mark.parametrize(("rule", "record"), cases("misses"))
def test_a_rule_leaves_alone(rule: str, record: dict[str, Any]):
    assert rule not in found(record)


@pytest.mark.parametrize("name", FILES)
def test_a_rule_says_all_that_its_reader_needs(name: str):
    rule = yaml.safe_load(FILES[name].read_text(encoding="utf-8"))
    assert list(rule) == [
        "title", "id", "name", "status", "description", "references", "author", "date", "tags", "logsource",
        "detection", "fields", "falsepositives", "level",
    ]  # fmt: skip
    assert uuid.UUID(rule["id"]).version == 4
    assert rule["name"] == "aws_" + name.replace("/", "_")
    assert 10 < len(rule["title"]) <= 80
    assert len(rule["description"]) > 60
    assert all(url.startswith("https://") for url in rule["references"])
    assert rule["author"] == "detect contributors"
    assert rule["logsource"] == {"product": "aws", "service": "cloudtrail"}
    assert rule["level"] in {"low", "medium", "high", "critical"}
    assert rule["status"] in {"test", "stable"}
    assert rule["falsepositives"]
    assert {"userIdentity.arn", "sourceIPAddress"} <= set(rule["fields"])


@pytest.mark.parametrize("name", FILES)
def test_a_rule_is_tagged_with_attack_tactics_and_a_technique(name: str):
    rule = yaml.safe_load(FILES[name].read_text(encoding="utf-8"))
    tags = [tag.removeprefix("attack.") for tag in rule["tags"]]
    techniques = [tag for tag in tags if re.fullmatch(r"t\d{4}(\.\d{3})?", tag)]
    assert techniques
    assert set(tags) - set(techniques) <= TACTICS
    assert set(tags) & TACTICS
    links = {f"https://attack.mitre.org/techniques/{t.upper().replace('.', '/')}/" for t in techniques}
    assert links <= set(rule["references"])


def test_no_two_rules_share_an_id_or_a_title():
    rules = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in FILES.values()]
    assert max(Counter(rule["id"] for rule in rules).values()) == 1
    assert max(Counter(rule["title"] for rule in rules).values()) == 1
