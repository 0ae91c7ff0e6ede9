"""The rules of contrib that look at one event, given what the site says of addresses: their hits and near misses."""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from engine.load import load
from engine.match import Detector
from engine.model import Event, Level, LogSource, Ref

sys.path.insert(0, str(Path(__file__).resolve().parent))

PARTS = [import_module(path.stem) for path in sorted(Path(__file__).parent.glob("cases_*.py"))]
CASES = {rule: case for part in PARTS for rule, case in getattr(part, "CONTRIB", {}).items()}
CHECKOUT = Path(__file__).resolve().parents[2]
ROOT = CHECKOUT / "contrib" / "rules" / "aws" / "cloudtrail"
CLOUDTRAIL = LogSource("aws", "cloudtrail")


@cache
def detector() -> Detector:
    return Detector(load([str(CHECKOUT / "rules"), str(ROOT)], cache=False))


def found(record: dict[str, Any]) -> set[str]:
    """Names of the rules of contrib that see this record; those that only correlations count are none."""
    event = Event(None, CLOUDTRAIL, record, Ref("test", 1))
    paths = [Path(hit.rule.path) for hit in detector().detect([event]) if hit.rule.level > Level.informational]
    return {path.relative_to(ROOT).with_suffix("").as_posix() for path in paths if path.is_relative_to(ROOT)}


def cases(kind: str) -> list[Any]:
    return [
        pytest.param(rule, record, id=f"{rule}: {what}")
        for rule, case in CASES.items()
        for what, record in getattr(case, kind).items()
    ]


def test_every_rule_of_one_event_has_its_cases():
    texts = {path: path.read_text(encoding="utf-8") for path in ROOT.rglob("*.yml")}
    alone = {path for path, text in texts.items() if "detection:" in text and "correlation:" not in text}
    assert CASES.keys() == {path.relative_to(ROOT).with_suffix("").as_posix() for path in alone}


@pytest.mark.parametrize(("rule", "record"), cases("hits"))
def test_a_rule_finds(rule: str, record: dict[str, Any]):
    assert found(record) == {rule}


@pytest.mark.parametrize(("rule", "record"), cases("misses"))
def test_a_rule_leaves_alone(rule: str, record: dict[str, Any]):
    assert rule not in found(record)
