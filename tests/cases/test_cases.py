"""Every case, against the engine and against the oracle."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import pytest

from engine.load import load_text
from engine.match import Detector
from engine.model import Event, Ref
from engine.rules import Ruleset
from tests.cases.read import FOLDER, Case, cases, entries, rule_text
from tests.oracle import matches

CASES = list(cases())


@lru_cache(maxsize=1)
def loaded(rule: str) -> Ruleset:
    ruleset = load_text(rule, "case.yml")
    assert not ruleset.rejected, ruleset.rejected[0]
    return ruleset


@lru_cache(maxsize=1)
def detector(rule: str) -> Detector:
    return Detector(loaded(rule), all_logsources=True)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_engine_agrees_with_the_case(case: Case) -> None:
    event = Event(None, None, case.event, Ref("case", 1))
    assert bool(list(detector(case.rule).detect([event]))) is case.expected


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_oracle_agrees_with_the_case(case: Case) -> None:
    assert matches(loaded(case.rule).rules[0], case.event) is case.expected


def test_every_entry_says_who_decided_and_has_events() -> None:
    for file, entry in entries(FOLDER):
        assert entry["by"] in ("MUST", "OPEN"), (file, entry["says"])
        assert entry.get("matches") or entry.get("misses"), (file, entry["says"])
        assert set(entry) <= {"says", "by", "rule", "detection", "matches", "misses"}, (file, entry["says"])


REJECTED = [(f"{file}: {entry['says']}", entry) for file, entry in entries(FOLDER / "rejected")]


@pytest.mark.parametrize(("says", "entry"), REJECTED, ids=[says for says, _ in REJECTED])
def test_what_cannot_be_used_is_said(says: str, entry: dict[str, Any]) -> None:
    ruleset = load_text(entry.get("text") or rule_text(entry), "case.yml")
    assert len(ruleset.rejected) == entry.get("faults", 1), says
    error = ruleset.rejected[0]
    assert entry["fault"] in error.fault
    assert entry.get("hint", "") in (error.hint or "")
    assert error.place is not None
    assert error.place.path == "case.yml"
    assert error.place.line is not None
    if "at" in entry:
        assert [error.place.line, error.place.column] == entry["at"]
