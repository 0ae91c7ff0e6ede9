"""Types are found by name, say what they are, and refuse in words what does not go together."""

from __future__ import annotations

import importlib
from typing import Any

import msgspec
import pytest

from engine.correlate.types import find, names
from engine.errors import RuleError
from tests.correlate.lines import correlator
from tests.correlate.worlds import SIGMA, correlation


def test_the_eight_types_of_sigma_are_there():
    assert set(SIGMA) <= set(names())
    assert not [name for name in names() if name.startswith("_")]


@pytest.mark.parametrize("name", names())
def test_a_type_is_its_own_document(name: str):
    module = importlib.import_module(f"engine.correlate.types.{name}")
    said = module.__doc__ or ""
    assert said.startswith(f"`{name}`: ")
    assert f"type: {name}" in said
    assert "options: {" in said
    found = find(name)
    assert found is not None
    assert issubclass(found.Options, msgspec.Struct)


def test_a_name_that_is_no_type_is_refused_with_those_there_are():
    with pytest.raises(RuleError, match=r'rules.yml:1: unknown correlation type "sum"\n  hint: .*value_sum'):
        correlator(correlation("c", "sum", "a"))


@pytest.mark.parametrize(
    ("kind", "rules", "condition", "fault"),
    [
        ("event_count", "a", {}, "the condition needs one of"),
        ("event_count", "a", {"gte": 1, "field": ["v"]}, "event_count measures no field; value_count counts"),
        ("event_count", "a", {"gte": 1, "percentile": 5}, "event_count takes no percentile"),
        ("event_count", "a", {"expression": ["rule", 0]}, "event_count takes no expression"),
        ("event_count", "a", {"gte": "many"}, "Expected `int | float | null`"),
        ("event_count", "a", {"atleast": 1}, "unknown field `atleast`"),
        ("event_count", "a", {"gte": float("inf")}, "gte: inf is no number to compare with"),
        ("value_count", "a", {"gte": 1}, "value_count needs the field that it measures"),
        ("value_sum", "a", {"gte": 1, "field": ["v", "w"]}, "value_sum measures one field, not 2"),
        ("value_percentile", "a", {"gte": 1, "field": ["v"], "percentile": 101}, "a percentile is 0 to 100, not 101"),
        ("value_median", "a", {"gte": 1, "field": ["v"], "percentile": 90}, "value_median is percentile 50"),
        ("temporal", "a a", {}, "temporal needs different rules"),
        ("temporal", "a b", {"field": ["v"]}, "temporal measures no field"),
        ("temporal", "a b", {"gte": 1, "expression": ["rule", 0]}, "operators or an expression over rules, not both"),
        ("temporal", "a b", {"expression": ["rule", 2]}, "no expression over 2 rules"),
        ("temporal_ordered", "a b", {"expression": ["nand", ["rule", 0]]}, "no expression over 2 rules"),
    ],
)
def test_what_does_not_go_together_is_refused_in_words(kind: str, rules: str, condition: dict[str, Any], fault: str):
    with pytest.raises(RuleError) as raised:
        correlator(correlation("c", kind, rules, options={"condition": condition}))
    assert fault in str(raised.value)
    assert str(raised.value).startswith("rules.yml:1: ")
