"""Every case, against the engine and against the oracle."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import pytest

from engine.match import Detector
from engine.model import Event, Ref
from engine.rules import Ruleset
from tests.cases.read import FOLDER, Case, Given, cases, entries, given
from tests.oracle import matches

CASES = list(cases())
KEYS = ("says", "rule", "detection", "text", "filters", "pipeline", "variables")


@lru_cache(maxsize=1)
def loaded(given: Given) -> Ruleset:
    ruleset = given.load()
    assert not ruleset.rejected, ruleset.rejected[0]
    return ruleset


@lru_cache(maxsize=1)
def detector(given: Given) -> Detector:
    return Detector(loaded(given), all_logsources=True)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_engine_agrees_with_the_case(case: Case) -> None:
    event = Event(None, None, case.event, Ref("case", 1))
    assert bool(list(detector(case.given).detect([event]))) is case.expected


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_oracle_agrees_with_the_case(case: Case) -> None:
    assert any(matches(rule, case.event) for rule in loaded(case.given).rules) is case.expected


def test_every_entry_says_who_decided_and_has_events() -> None:
    for file, entry in entries(FOLDER):
        assert entry["by"] in ("MUST", "OPEN"), (file, entry["says"])
        assert entry.get("matches") or entry.get("misses"), (file, entry["says"])
        assert set(entry) <= {*KEYS, "by", "matches", "misses"}, (file, entry["says"])


REJECTED = [(f"{file}: {entry['says']}", entry) for file, entry in entries(FOLDER / "rejected")]


@pytest.mark.parametrize(("says", "entry"), REJECTED, ids=[says for says, _ in REJECTED])
def test_what_cannot_be_used_is_said(says: str, entry: dict[str, Any]) -> None:
    assert set(entry) <= {*KEYS, "fault", "hint", "at", "faults"}
    ruleset = given(entry).load()
    assert len(ruleset.rejected) == entry.get("faults", 1), says
    error = ruleset.rejected[0]
    assert entry["fault"] in error.fault
    assert entry.get("hint", "") in (error.hint or "")
    assert error.place is not None
    assert error.place.path == "case.yml"
    assert error.place.line is not None
    if "at" in entry:
        assert [error.place.line, error.place.column] == entry["at"]
