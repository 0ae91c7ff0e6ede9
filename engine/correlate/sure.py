"""Which correlations can be told of before the watermark: those whose condition no further hit can undo."""

from __future__ import annotations

from typing import Any

from engine.rules import Ruleset

__all__ = ["sure"]

_GROWING = frozenset({"event_count", "value_count", "temporal", "temporal_ordered"})
"""What these count in a window only becomes more by further hits."""

_AT_LEAST = frozenset({"gt", "gte", "field", "expression"})


def sure(ruleset: Ruleset) -> frozenset[str]:
    """Keys of correlations that, once true at some time, stay so whatever comes late.

    Not of those over other correlations: by a late hit two episodes become one, and there is less to count.
    """
    rules = {rule.key for rule in ruleset.rules}
    return frozenset(
        each.key
        for each in ruleset.correlations
        if each.type in _GROWING and rules.issuperset(each.rules) and _grows(each.options.get("condition"))
    )


def _grows(condition: Any) -> bool:
    return isinstance(condition, dict) and condition.keys() <= _AT_LEAST and not _negates(condition.get("expression"))


def _negates(expression: Any) -> bool:
    return isinstance(expression, list) and (expression[:1] == ["not"] or any(map(_negates, expression)))
