"""The page on correlations: every rule in it is one, and what it says of the types is what they say."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from jsonschema import Draft202012Validator

from engine.correlate import Limits
from engine.correlate.types import find, names
from engine.load import load
from engine.load.correlations import TOP_KEYS
from engine.load.tables import MAX_BYTES, MAX_ROWS

CHECKOUT = Path(__file__).resolve().parents[2]
PAGE = (CHECKOUT / "docs" / "correlations.md").read_text("utf-8")
SCHEMA = json.loads((CHECKOUT / "engine/schemas/correlation.schema.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
(TABLE,) = re.findall(r"^```text\n(network.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
SIGMA = ("event_count", "value_count", "temporal", "temporal_ordered", "value_sum", "value_avg", "value_percentile",
         "value_median")  # fmt: skip
NATIVE = ("absence", "first_seen", "change", "spike", "ratio", "travel", "risk")
DETECTION = "detection: {s: {x: y}, condition: s}\n"
SHARED = {"type", "rules", "group-by", "timespan", "aliases", "missing", "generate"}


def documents(text: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(text))


def correlations() -> list[dict[str, Any]]:
    return [each for text in EXAMPLES for each in documents(text) if "correlation" in each]


NATIVE_EXAMPLES = [each for each in correlations() if "language" in each]


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda text: re.findall("title: (.*)", text)[-1])
def test_an_example_loads_and_is_whole(text: str, tmp_path: Path) -> None:
    (tmp_path / "places.csv").write_text(TABLE)
    (tmp_path / "rule.yml").write_text(text)
    loaded = load([tmp_path / "rule.yml"], cache=False)
    assert loaded.rejected == ()
    assert loaded.warnings == ()
    (found,) = loaded.correlations
    assert set(found.rules) == {rule.key for rule in loaded.rules}


@pytest.mark.parametrize("example", NATIVE_EXAMPLES, ids=lambda each: each["title"])
def test_an_example_is_what_the_schema_says(example: dict[str, Any]) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(example)] == []


def test_every_type_has_its_place_and_every_native_one_an_example() -> None:
    assert set(names()) == {*SIGMA, *NATIVE}
    assert all(re.search(rf"^\|.*`{name}`.*\|", PAGE, re.MULTILINE) for name in SIGMA)
    assert {each["correlation"]["type"] for each in NATIVE_EXAMPLES} == set(NATIVE)
    assert all(f"\n### {name}\n" in PAGE for name in NATIVE)


@pytest.mark.parametrize("name", NATIVE)
def test_the_table_of_native_types_lists_their_options(name: str) -> None:
    (row,) = re.findall(rf"^\| \[`{name}`\].*$", PAGE, re.MULTILINE)
    _, _, needs, may = (cell.strip() for cell in row.strip("|").split("|"))
    kind = find(name)
    assert kind
    wanted = {field.encode_name for field in msgspec.structs.fields(kind.Options)}
    assert set(re.findall("`([^`]+)`", needs + may)) == wanted
    required = {field.encode_name for field in msgspec.structs.fields(kind.Options) if field.required}
    assert required <= set(re.findall("`([^`]+)`", needs))


@pytest.mark.parametrize("name", NATIVE)
def test_the_schema_and_the_type_know_the_same_options(name: str) -> None:
    kind = find(name)
    assert kind
    (branch,) = (
        each["then"]
        for each in SCHEMA["$defs"]["correlation"]["allOf"]
        if each["if"]["properties"]["type"].get("const") == name
    )
    assert set(branch["properties"]) == {field.encode_name for field in msgspec.structs.fields(kind.Options)}
    assert set(branch.get("required", ())) == {
        field.encode_name for field in msgspec.structs.fields(kind.Options) if field.required
    }


def test_the_schema_is_one_and_knows_all_types_and_what_they_share() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert set(SCHEMA["properties"]) == set(TOP_KEYS)
    asked = SCHEMA["$defs"]["correlation"]["properties"]
    assert set(asked["type"]["enum"]) == set(names())
    assert set(asked) == SHARED


def test_the_limits_on_the_page_are_those_of_the_engine() -> None:
    assert Limits() == (1_000_000, 1_000_000)
    assert "a million groups for each correlation and a million hits for each group" in " ".join(PAGE.split())
    assert f"at most {MAX_BYTES >> 20} MiB and {MAX_ROWS:,} rows" in " ".join(PAGE.split())


def test_the_page_says_which_types_drop_events_without_a_group() -> None:
    dropping = [name for name in names() if (found := find(name)) and found.missing == "drop"]
    said = re.search(r"The types (.*?) drop by default", PAGE, re.DOTALL)
    assert said
    assert sorted(re.findall("`([^`]+)`", said[1])) == sorted(dropping)


def native(kind: str, **more: Any) -> dict[str, Any]:
    """A correlation of two rules, `a` and `b`."""
    block = {"type": kind, "rules": ["a", "b"], "timespan": "10m", **{k.replace("_", "-"): v for k, v in more.items()}}
    return {"title": "x", "language": "detect", "correlation": block}


GOOD = [
    native("event_count", condition={"gte": 1, "lt": 5}, missing=None, group_by="x"),
    native("event_count", condition={"gte": 1}, missing="drop", aliases={"x": {"a": "y", "b": "z"}}, generate=True),
    native("value_count", condition={"gte": 1, "field": ["x", "y"]}),
    native("value_percentile", condition={"gte": 1, "field": "x", "percentile": 99.9}),
    native("temporal"),
    native("temporal_ordered", condition="a and not b"),
    native("absence"),
    native("absence", after=["a"]),
    native("absence", group_by=["x", "y"], groups=[["x", 1], ["y", True]], forget="1y"),
    native("first_seen", field="x", learning="0s", group_learning="1d"),
    native("change", field=["x", "length(items)"]),
    native("spike", history="7d", ratio=1.5, minimum=1, field="x", learning="0s"),
    native("ratio", part="a", condition={"lt": 0.1}, minimum=5),
    native("travel", latitude="x", longitude="y"),
    native("travel", address="x", table="table.csv", speed=900.5, radius=0),
    native("risk", score=1, condition={"gte": 5}),
    native("risk", scores={"a": 1, "b": 0.5}, once=True, condition={"gt": 5}),
]


def faults(document: dict[str, Any], folder: Path) -> list[str]:
    """What the loader has against it."""
    rules = [f"title: {name}\nname: {name}\nlogsource: {{product: test}}\n{DETECTION}" for name in ("a", "b")]
    (folder / "table.csv").write_text(TABLE)
    (folder / "rule.yml").write_text("---\n".join([*rules, json.dumps(document)]))
    return [str(error) for error in load([folder / "rule.yml"], cache=False).rejected]


@pytest.mark.parametrize("document", GOOD, ids=lambda each: json.dumps(each["correlation"]))
def test_what_is_good_is_good_to_the_schema_and_to_the_loader(document: dict[str, Any], tmp_path: Path) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(document)] == []
    assert faults(document, tmp_path) == []


WRONG = [
    native("absent"),
    native("event_count"),
    native("event_count", condition={"gte": 1, "field": "x"}),
    native("value_sum", condition={"gte": 1}),
    native("value_percentile", condition={"gte": 1, "field": "x", "percentile": 101}),
    native("first_seen"),
    native("first_seen", field=[]),
    native("first_seen", field="x", learning="soon"),
    native("first_seen", field="x", learning=30),
    native("first_seen", field="x", condition={"gte": 1}),
    native("change", field=5),
    native("change", field="x", learning="1d"),
    native("absence", after=[]),
    native("absence", forget="0s"),
    native("absence", groups="x"),
    native("spike", history="7d", ratio=3),
    native("spike", history="7d", ratio="3", minimum=1),
    native("spike", history="7d", ratio=3, minimum=1, field=["x"]),
    native("ratio", condition={"gte": 1}),
    native("ratio", part="a", condition={"gte": 1}, minimum=0),
    native("ratio", part="a", condition={}),
    native("travel"),
    native("travel", latitude="x"),
    native("travel", latitude="x", longitude="y", address="z"),
    native("travel", address="x"),
    native("travel", address="x", table="table.csv", database="z"),
    native("travel", address="x", table="table.csv", speed=0),
    native("risk", condition={"gte": 5}),
    native("risk", scores={"a": "1"}, condition={"gte": 5}),
    native("risk", scores={"a": -1}, condition={"gte": 5}),
    native("risk", score=1),
    native("temporal", timespan="10"),
    native("temporal", timespan="0m"),
    native("temporal", timspan="1m"),
    native("temporal", missing="keep"),
    {**native("temporal"), "language": "jmespath"},
    {**native("temporal"), "detection": {}},
    {**native("temporal"), "logsource": {"product": "aws"}},
    {key: value for key, value in native("temporal").items() if key != "title"},
]


@pytest.mark.parametrize("document", WRONG, ids=lambda each: json.dumps(each))
def test_a_mistake_is_one_to_the_schema_and_to_the_loader(document: dict[str, Any], tmp_path: Path) -> None:
    assert not VALIDATOR.is_valid(document)
    assert faults(document, tmp_path) != []
