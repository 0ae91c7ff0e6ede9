"""The JSON Schema says what the reader takes: what it accepts is accepted, and every option is described."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from engine.config import load
from engine.config.schema import schema
from engine.config.start import begin
from engine.errors import ConfigError
from engine.notifiers import names
from tests.config.test_load import SECTIONS, WRONG
from tests.config.test_show import FULL
from tests.options.test_read import DATA

SCHEMA = schema()
CHECK = jsonschema.Draft202012Validator(SCHEMA)


def test_it_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


def test_what_is_right_is_right_to_the_schema(tmp_path: Path):
    begin(str(tmp_path), 1_700_000_000_000_000)
    for text in ((tmp_path / "detect.yml").read_text(), FULL, "notifiers:\nroutes:\n"):
        assert list(CHECK.iter_errors(yaml.safe_load(text))) == []


@pytest.mark.parametrize(
    "text",
    [
        "surces: [a]", "sources: a", "limits: {workers: 0}", "lateness: 15", "select: {level: hgih}", "schedules: []",
        "notifiers: {a: {type: emial}}", "notifiers: {a: {type: file}}", 
        "notifiers: {a: {type: file, path: x, url: y}}", "notifiers: {a: {type: webhook, url: x, bearer: hunter2}}",
        "routes: [{to: x}]", "routes: [{rotues: []}]",
        "silences: [{match: [a=b]}]", "redact: {key: {value: x}}",
    ],
)  # fmt: skip
def test_what_is_wrong_is_wrong_to_the_schema(text: str):
    assert list(CHECK.iter_errors(yaml.safe_load(text)))


def test_it_sees_many_faults_at_once():
    assert len(list(CHECK.iter_errors(yaml.safe_load(WRONG)))) > 6


def test_every_type_of_notifier_is_in_it():
    said = SCHEMA["properties"]["notifiers"]["additionalProperties"]
    assert said["properties"]["type"]["enum"] == list(names())
    assert len(said["allOf"]) == len(names())


@given(st.dictionaries(st.sampled_from(SECTIONS), DATA))
def test_what_the_reader_takes_the_schema_takes(tmp_path_factory: pytest.TempPathFactory, data: dict[str, Any]):
    file = tmp_path_factory.getbasetemp() / "schema.yml"
    file.write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8", "surrogatepass")
    try:
        load(str(file), {})
    except ConfigError:
        return
    assert list(CHECK.iter_errors(data)) == []
