"""The oracle itself, against the table of cases written by hand."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.model import LogSource, Matched
from engine.rules import (
    ANY,
    And,
    Const,
    Exists,
    Expr,
    FieldRef,
    Not,
    Null,
    Number,
    Or,
    Predicate,
    Rule,
    Selection,
    Text,
)
from tests.match.table import KEYWORDS, MISSING, PATHS, REFERENCES, VALUES, event
from tests.oracle import Source, holds, matched, matches, selections


@pytest.mark.parametrize(("predicate", "yes", "no"), VALUES)
def test_a_predicate_is_true_of_exactly_these_values(predicate: Predicate, yes: list[Any], no: list[Any]) -> None:
    assert [value for value in yes if not holds(predicate, event(value))] == []
    assert [value for value in no if holds(predicate, event(value))] == []
    assert not any(holds(Not(predicate), event(value)) for value in yes)
    assert all(holds(Not(predicate), event(value)) for value in no)


@pytest.mark.parametrize(("path", "record", "values"), PATHS)
def test_a_path_leads_to_these_values(path: str, record: dict[str, Any], values: list[Any] | None) -> None:
    assert holds(Exists(path, True), record) is (values is not None)
    for number in range(5):
        assert holds(Number(path, str(number)), record) is (values is not None and number in values)
    assert holds(Null(path), record) is (values is None or None in values)


@pytest.mark.parametrize(("predicate", "record", "true"), KEYWORDS)
def test_a_keyword_is_looked_for_in_every_scalar_and_no_key(
    predicate: Predicate, record: dict[str, Any], true: bool
) -> None:
    assert holds(predicate, record) is true


@pytest.mark.parametrize(("predicate", "left", "right", "true"), REFERENCES)
def test_a_field_reference_compares_two_contents(predicate: FieldRef, left: Any, right: Any, true: bool) -> None:
    record = event(left) | ({} if right is MISSING else {"g": right})
    assert holds(predicate, record) is true


A, B, C = Text("f", ("a",)), Text("g", ("b",)), Null("h")


def rule(condition: Expr, **selected: Expr) -> Rule:
    return Rule(key="k", title="t", path="p", line=1, logsource=LogSource(), selections=selected, condition=condition)


def test_a_condition_joins_selections() -> None:
    one = rule(And((Selection("x"), Not(Selection("y")))), x=Or((A, B)), y=And((A, B)))
    assert [matches(one, {"f": f, "g": g}) for f in "ax" for g in "bx"] == [False, True, True, False]
    assert selections(one, {"f": "a", "g": "b"}) == {"x": True, "y": True}
    assert matches(rule(Or((Const(False), Not(Const(False))))), {})


def test_evidence_names_what_made_each_selection_true() -> None:
    one = rule(Selection("x"), x=And((Or((A, B)), Not(Null("f")))), y=B, z=C)
    assert matched(one, {"f": ["q", "A"], "g": "x"}) == [Matched("x", "f", "A"), Matched("z", "h", None)]


def test_an_object_is_seen_as_the_log_wrote_it_where_that_is_known() -> None:
    spaced = '{"a": 1}'
    record = {"f": Source(json.loads(spaced), spaced)}
    assert holds(Text("f", (ANY, '"a": 1', ANY)), record)
    assert not holds(Text("f", (ANY, '"a":1', ANY)), record)
    assert holds(Number("f.a", "1"), record)
