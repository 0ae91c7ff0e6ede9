"""The rules that come with the package: what each says about itself."""

from __future__ import annotations

import re
import uuid
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
import yaml

from engine.load import load
from engine.rules import Ruleset
from engine.testing.found import is_test_file

CHECKOUT = Path(__file__).resolve().parents[2]
ROOT = CHECKOUT / "rules" / "aws" / "cloudtrail"
FILES = {
    path.relative_to(ROOT).with_suffix("").as_posix(): path
    for path in sorted(ROOT.rglob("*.yml"))
    # correlations: test_stateful_rules.py; what rules find: test_rule_tests.py
    if not is_test_file(path.name) and "correlation:" not in path.read_text(encoding="utf-8")
}
TACTICS = {
    "collection", "credential-access", "defense-impairment", "discovery", "execution", "exfiltration", "impact",
    "initial-access", "lateral-movement", "persistence", "privilege-escalation", "stealth",
}  # fmt: skip


@cache
def ruleset() -> Ruleset:
    return load([str(path) for path in FILES.values()], cache=False)


def test_every_rule_loads_without_a_remark():
    assert ruleset().rejected == ()
    assert len(ruleset().rules) == len(FILES) >= 12


@pytest.mark.parametrize("name", FILES)
def test_a_rule_says_all_that_its_reader_needs(name: str):
    rule = yaml.safe_load(FILES[name].read_text(encoding="utf-8"))
    assert list(rule) == [
        "title", "id", "name", "status", "description", "references", "author", "date", "tags", "logsource",
        "detection", "fields", "falsepositives", "level", *["alert_title"] * (rule["level"] != "informational"),
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
