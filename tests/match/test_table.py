"""The engine answers every case of the table written by hand, one predicate at a time and all of them at once."""

from __future__ import annotations

from typing import Any

import pytest

from engine.match import Detector
from engine.model import Batch, LogSource
from engine.rules import FieldRef, Not, Null, Number, Predicate, Rule, Ruleset, Selection
from tests.match.table import CROWD, KEYWORDS, MISSING, PATHS, REFERENCES, SHARED, TOGETHER, VALUES, event
from tests.oracle import holds

LOGSOURCE = LogSource("aws", "cloudtrail")


def ruleset(*predicates: Predicate) -> Ruleset:
    """For each predicate a rule that it holds, and a rule that it does not."""
    conditions = [condition for one in predicates for condition in (Selection("s"), Not(Selection("s")))]
    return Ruleset(
        tuple(
            Rule(
                key=str(number),
                title="",
                path="",
                line=1,
                logsource=LOGSOURCE,
                selections={"s": predicates[number // 2]},
                condition=condition,
            )
            for number, condition in enumerate(conditions)
        )
    )


def answers(predicates: list[Predicate], records: list[dict[str, Any]]) -> list[list[bool]]:
    """For each record, what the engine says of each predicate; it must never say both yes and no, or neither."""
    found = Detector(ruleset(*predicates)).match(Batch(LOGSOURCE, records, 1))
    assert [index for index, _ in found] == list(range(len(records)))
    assert all([number // 2 for number in numbers] == list(range(len(predicates))) for _, numbers in found)
    return [[number % 2 == 0 for number in numbers] for _, numbers in found]


@pytest.mark.parametrize(("predicate", "yes", "no"), VALUES)
def test_a_predicate_is_true_of_exactly_these_values(predicate: Predicate, yes: list[Any], no: list[Any]) -> None:
    found = answers([predicate], [event(value) for value in yes + no])
    assert [value for value, (true,) in zip(yes, found[: len(yes)], strict=True) if not true] == []
    assert [value for value, (true,) in zip(no, found[len(yes) :], strict=True) if true] == []


@pytest.mark.parametrize(("path", "record", "values"), PATHS)
def test_a_path_leads_to_these_values(path: str, record: dict[str, Any], values: list[Any] | None) -> None:
    asked = [Null(path), *[Number(path, str(number)) for number in range(5)]]
    true = [values is None or None in values, *[values is not None and number in values for number in range(5)]]
    assert answers(list(asked), [record]) == [true]


@pytest.mark.parametrize(("predicate", "record", "true"), KEYWORDS)
def test_a_keyword_is_looked_for_in_every_scalar(predicate: Predicate, record: dict[str, Any], true: bool) -> None:
    assert answers([predicate], [record]) == [[true]]


@pytest.mark.parametrize(("predicate", "left", "right", "true"), REFERENCES)
def test_a_field_reference_compares_two_contents(predicate: FieldRef, left: Any, right: Any, true: bool) -> None:
    assert answers([predicate], [event(left) | ({} if right is MISSING else {"g": right})]) == [[true]]


def test_all_of_the_table_at_once() -> None:
    """Every predicate against every value: many patterns on one field share one pass over the text."""
    asked = list(dict.fromkeys(predicate for predicate, _, _ in VALUES))
    records = [event(value) for _, yes, no in VALUES for value in yes + no]
    for record, found in zip(records, answers(asked, records), strict=True):
        wrong = [one for one, true in zip(asked, found, strict=True) if holds(one, record) is not true]
        assert wrong == [], record


@pytest.mark.parametrize("predicates", TOGETHER)
@pytest.mark.parametrize("crowd", [[], CROWD], ids=["alone", "in a crowd"])
def test_predicates_that_look_alike_stay_apart(predicates: list[Predicate], crowd: list[Predicate]) -> None:
    records = [event(value) | {"g": "A"} for value in SHARED]
    for asked in ([*crowd, *predicates], [*reversed(predicates), *crowd]):
        wanted = [[holds(one, record) for one in asked] for record in records]
        assert answers(asked, records) == wanted
