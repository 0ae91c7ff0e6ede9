"""The correlations that come with the package: what each finds over time, and what it leaves alone."""

from __future__ import annotations

import random
import re
import sys
import uuid
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

import engine
from engine.load import load
from engine.model import LogSource
from engine.rules import Ruleset
from engine.times import format_time

sys.path.insert(0, str(Path(__file__).resolve().parent))

import stateful_cases
from stateful_cases import Timed

PARTS = [import_module(path.stem) for path in sorted(Path(__file__).parent.glob("cases_*.py"))]
CASES = stateful_cases.CASES | {name: case for part in PARTS for name, case in part.STATEFUL.items()}
CHECKOUT = Path(__file__).resolve().parents[2]
ROOTS = [CHECKOUT / "rules" / "aws" / "cloudtrail", CHECKOUT / "contrib" / "rules" / "aws" / "cloudtrail"]
DOCUMENTS = [
    document
    for root in ROOTS
    for path in sorted(root.rglob("*.yml"))
    for document in yaml.safe_load_all(path.read_text(encoding="utf-8"))
    if "correlation" in document
]
BEGIN = 1_717_200_000_000_000
HALVES = {  # the parts of others, each too little to tell
    "aws_signin_many_users_fail", "aws_signin_many_failures", "aws_signin_some_failures", "aws_any_denied_often",
    "aws_any_denied_in_services",
}.union(*(part.HALVES for part in PARTS))  # fmt: skip


@cache
def ruleset() -> Ruleset:
    return load(ROOTS, cache=False)


def found(events: Sequence[Timed]) -> set[str]:
    """Names of the correlations that find something in the events, which come in another order than they happened."""
    records: list[dict[str, Any]] = [
        {**event, "eventTime": format_time(BEGIN + int(seconds * 1_000_000)), "eventID": str(uuid.UUID(int=number))}
        for number, (seconds, event) in enumerate(events)
    ]
    random.Random(1).shuffle(records)
    names = {each.key: each.name for each in ruleset().correlations}
    findings = engine.scan(records, ruleset(), logsource=LogSource("aws", "cloudtrail"))
    return {str(names[one.rule.key]) for one in findings if one.episode is not None}


def cases(kind: str) -> list[Any]:
    return [
        pytest.param(name, events, id=f"{name}: {what}")
        for name, case in CASES.items()
        for what, events in getattr(case, kind).items()
    ]


def test_every_correlation_loads_and_has_its_cases() -> None:
    assert ruleset().rejected == ()
    assert {each.name for each in ruleset().correlations} == {document["name"] for document in DOCUMENTS}
    assert CASES.keys() == {each.name for each in ruleset().correlations} - HALVES
    assert len(CASES) >= 15


@pytest.mark.parametrize(("name", "events"), cases("hits"))
def test_it_is_found(name: str, events: list[Timed]) -> None:
    assert name in found(events)


@pytest.mark.parametrize(("name", "events"), cases("misses"))
def test_it_is_left_alone(name: str, events: list[Timed]) -> None:
    assert name not in found(events)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document["name"])
def test_a_correlation_says_all_that_its_reader_needs(document: dict[str, Any]) -> None:
    keys = [key for key in document if key != "language"]
    assert keys == [
        "title", "id", "name", "status", "description", "references", "author", "date", "tags", "correlation",
        "fields", "falsepositives", "level",
    ]  # fmt: skip
    assert uuid.UUID(document["id"]).version == 4
    assert len(document["description"]) > 40
    assert {"sourceIPAddress", "userIdentity.arn"} <= set(document["fields"])
    tags = [tag.removeprefix("attack.") for tag in document["tags"]]
    techniques = [tag for tag in tags if re.fullmatch(r"t\d{4}(\.\d{3})?", tag)]
    assert techniques
    links = {f"https://attack.mitre.org/techniques/{each.upper().replace('.', '/')}/" for each in techniques}
    assert links <= set(document["references"])
