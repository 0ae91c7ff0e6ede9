"""Every case, against the engine and against the oracle."""

from __future__ import annotations

from functools import lru_cache

import pytest

from engine.load import load_text
from engine.match import Detector
from engine.model import Event, Ref
from engine.rules import Ruleset
from tests.cases.read import FOLDER, Case, cases, entries
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
