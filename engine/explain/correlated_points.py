"""Which correlations rely on what the Sigma specification leaves open; our decisions are in docs/semantics.md."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.correlate.condition import Condition
from engine.explain.correlated import Part, condition_of, judged, parts_of
from engine.explain.points import Point
from engine.rules import Correlation, Ruleset

__all__ = ["POINTS", "points_of"]

_Relies = Callable[[Correlation, Condition, tuple[Part, ...]], bool]

_AMOUNTS = ("value_sum", "value_avg", "value_percentile", "value_median")
_ORDERLESS = ("event_count", "value_count", *_AMOUNTS)


def _titled(part: Part) -> bool:
    """Whether it is referred to by its title; ids are the same in any case."""
    return part.word != part.of.name and part.word.lower() != str(part.of.id).lower()


def _negates(expression: Any) -> bool:
    return isinstance(expression, list) and (expression[:1] == ["not"] or any(map(_negates, expression)))


_TABLE: tuple[tuple[Point, _Relies], ...] = (
    (
        Point("10.2", "A title that only one rule has refers to it."),
        lambda one, condition, parts: any(map(_titled, parts)),
    ),
    (
        Point("10.4", "Events without a group-by field are the group null."),
        lambda one, condition, parts: bool(one.group_by) and one.missing == "null",
    ),
    (
        Point("10.5", "Groups and distinct values are told apart by exact text."),
        lambda one, condition, parts: bool(one.group_by) or one.type == "value_count",
    ),
    (
        Point("10.8", "A hit exactly one timespan old counts."),
        lambda one, condition, parts: True,
    ),
    (
        Point("10.11", "A correlation fires once per episode."),
        lambda one, condition, parts: True,
    ),
    (
        Point("10.14", "One event that matches two of the rules counts once."),
        lambda one, condition, parts: one.type in _ORDERLESS and len(parts) > 1,
    ),
    (
        Point("10.16", "Several fields are counted as combinations; an event without a value has none."),
        lambda one, condition, parts: one.type == "value_count",
    ),
    (
        Point("10.18", "One event that matches two rules is present for both."),
        lambda one, condition, parts: one.type in ("temporal", "temporal_ordered") and len(parts) > 1,
    ),
    (
        Point("10.20", "Hits of one time count as in order."),
        lambda one, condition, parts: one.type == "temporal_ordered",
    ),
    (
        Point("10.22", "What is measured of no values is no number."),
        lambda one, condition, parts: one.type in _AMOUNTS,
    ),
    (
        Point("10.23", "The operator compares the value at a rank; percentiles are interpolated linearly."),
        lambda one, condition, parts: one.type in ("value_percentile", "value_median"),
    ),
    (
        Point("10.26", "What more hits can undo is judged when the window closes, all else at each hit."),
        lambda one, condition, parts: judged(one) != "at each hit" or "eq" in condition.operators,
    ),
    (
        Point("10.29", "Not x means that x has no hit in the window so far."),
        lambda one, condition, parts: _negates(condition.expression),
    ),
    (
        Point("10.31", "An inner correlation is there at each of its hits, and counts once."),
        lambda one, condition, parts: any(part.kind == "correlation" for part in parts),
    ),
)

_NAMELESS = "1.4"

POINTS = tuple(point for point, _ in _TABLE)
"""In the order of docs/semantics.md."""


def points_of(correlation: Correlation, ruleset: Ruleset) -> tuple[str, ...]:
    """The ids of the open points that a correlation relies on: 1.4, and of Sigma's own types those of POINTS.

    What is written in our own language means what docs/correlations.md says.
    """
    found = () if correlation.id else (_NAMELESS,)
    if correlation.language is not None:
        return found
    condition, parts = condition_of(correlation), parts_of(correlation, ruleset)
    return (*found, *(point.id for point, relies in _TABLE if relies(correlation, condition, parts)))
