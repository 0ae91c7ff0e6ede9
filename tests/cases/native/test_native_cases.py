"""Every case of a native rule: against the engine, against the jmespath library, and against the schema for editors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from jsonschema import Draft202012Validator

from engine.load import load_text
from engine.load.native import KEYS, LOGSOURCE_KEYS
from engine.load.pysigma import LEVELS, STATUSES
from engine.match import Detector
from engine.model import Event, Ref
from tests import oracle
from tests.cases.read import entries, plain

FOLDER = Path(__file__).parent
HEAD = {"title": "A case", "language": "jmespath", "logsource": {"category": "test"}}


class Case(NamedTuple):
    says: str
    rule: dict[str, Any]
    event: dict[str, Any]
    expected: bool

    def __str__(self) -> str:
        return f"{self.says}: {self.event} {'matches' if self.expected else 'misses'}"


def rule_of(entry: dict[str, Any]) -> dict[str, Any]:
    """The whole rule: what the entry says of it over what all have; null takes a key away."""
    said = entry.get("rule") or {key: entry[key] for key in ("match", "detection") if key in entry}
    return {key: value for key, value in {**HEAD, **said}.items() if value is not None or key == "language"}


def text_of(rule: dict[str, Any]) -> str:
    """YAML with one key a line."""
    return "".join(f"{key}: {json.dumps(value)}\n" for key, value in rule.items())


def cases() -> Iterator[Case]:
    for file, entry in entries(FOLDER):
        if file != "rejected":
            for key in ("matches", "misses"):
                for event in entry.get(key, ()):
                    yield Case(f"{file}: {entry['says']}", plain(rule_of(entry)), plain(event), key == "matches")


CASES = list(cases())
REJECTED = [entry for file, entry in entries(FOLDER) if file == "rejected"]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_engine_agrees_with_the_case(case: Case) -> None:
    ruleset = load_text(text_of(case.rule), "case.yml")
    assert not ruleset.rejected, ruleset.rejected[0]
    found = list(Detector(ruleset, all_logsources=True).detect([Event(None, None, case.event, Ref("case", 1))]))
    assert bool(found) is case.expected
    assert oracle.matches(ruleset.rules[0], case.event) is case.expected


@pytest.mark.parametrize("case", [case for case in CASES if "match" in case.rule], ids=str)
def test_the_library_agrees_with_the_case(case: Case) -> None:
    assert oracle.native(case.rule["match"], case.event) is case.expected


@pytest.mark.parametrize("entry", REJECTED, ids=lambda entry: entry["says"])
def test_what_cannot_be_used_is_said_with_a_caret_below_it(entry: dict[str, Any]) -> None:
    text = text_of(plain(rule_of(entry)))
    ruleset = load_text(text, "case.yml")
    assert not ruleset.rules
    error = ruleset.rejected[0]
    assert entry["fault"] in error.fault
    assert entry.get("hint", "") in (error.hint or "")
    assert error.place is not None
    if "at" in entry:
        assert [error.place.line, error.place.column] == entry["at"]
    line, caret = str(error.shown).split("\n")
    assert line.strip() == text.splitlines()[(error.place.line or 0) - 1]
    assert caret.index("^") == (error.place.column or 0) - 1 + len("    ")


# The schema


@pytest.fixture(scope="module")
def schema(checkout: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((checkout / "engine" / "schemas" / "rule.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(found)
    return found


def test_the_schema_takes_the_rules_of_all_cases(schema: dict[str, Any]) -> None:
    validator = Draft202012Validator(schema)
    for case in CASES:
        assert not list(validator.iter_errors(case.rule)), case.says


def test_the_schema_refuses_what_is_rejected_for_more_than_its_expressions(schema: dict[str, Any]) -> None:
    validator = Draft202012Validator(schema)
    for entry in REJECTED:
        expected = "rule" not in entry or entry.get("schema") == "valid"
        rule = plain(rule_of(entry))
        assert validator.is_valid(rule) is (expected and rule.get("match") != ""), entry["says"]


def test_the_schema_has_the_keys_and_words_of_the_loader(schema: dict[str, Any]) -> None:
    assert list(schema["properties"]) == list(KEYS)
    assert list(schema["properties"]["logsource"]["properties"]) == list(LOGSOURCE_KEYS)
    assert schema["properties"]["level"]["enum"] == list(LEVELS)
    assert schema["properties"]["status"]["enum"] == list(STATUSES)


def test_a_rule_with_every_key_loads_and_is_taken_by_the_schema(schema: dict[str, Any]) -> None:
    text = (FOLDER / "whole.rule").read_text("utf-8")
    rule = yaml.load(text, yaml.BaseLoader)
    assert set(rule) == set(KEYS) - {"detection"}
    ruleset = load_text(text)
    assert (ruleset.rejected, ruleset.warnings) == ((), ())
    assert not list(Draft202012Validator(schema).iter_errors(rule))
