"""The JSON Schema for editors and the loader agree on what a file of derived fields may say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from engine.load.documents import documents
from engine.load.ways import FIELD_KEYS, MATCHES, TOP_KEYS, WAY_KEYS
from tests.load.test_derived import WAYS, WRONG, faults

SCHEMA = json.loads((Path(__file__).resolve().parents[2] / "engine/schemas/fields.schema.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

BEYOND = (
    "stands", "RE2", "character", "no function", "no named group", "no group", '"group" is missing', "cannot be read",
    "no address", "two values", "is defined at", "made from", "broken YAML",
)  # fmt: skip
"""Faults that a schema cannot see: they are inside an expression, in another file or between two fields."""


def value_of(text: str) -> Any:
    (document,) = documents(text.encode())
    return document.value


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_both_know_the_same_keys() -> None:
    defined = SCHEMA["$defs"]
    assert set(SCHEMA["properties"]) == set(TOP_KEYS)
    assert set(defined["way"]["properties"]) == set(WAY_KEYS)
    assert {*defined["field"]["properties"], *defined["way"]["properties"]} == set(FIELD_KEYS)
    assert tuple(defined["way"]["properties"]["match"]["enum"]) == MATCHES


@pytest.mark.parametrize("way", list(dict.fromkeys(way for way, _, _ in WAYS)))
def test_what_the_loader_takes_the_schema_takes(way: str) -> None:
    said = way[1:-1] if way.startswith("{") else way
    assert list(VALIDATOR.iter_errors(value_of(f"fields: [{{name: team, {said}}}]"))) == []


@pytest.mark.parametrize(
    "text", [text for text, said in WRONG if not any(word in one for one in said for word in BEYOND)]
)
def test_what_the_schema_can_see_it_refuses_as_the_loader_does(text: str) -> None:
    assert not VALIDATOR.is_valid(value_of(text))
    assert faults(text)


def test_what_ships_is_valid(checkout: Path) -> None:
    for path in sorted((checkout / "engine/derived").glob("*.yml")):
        jsonschema.validate(value_of(path.read_text("utf-8")), SCHEMA)
