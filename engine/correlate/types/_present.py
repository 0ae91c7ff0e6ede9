"""What the two temporal types share: which rules have hits in the window."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.correlate.condition import Condition, Term, Test, terms, tester
from engine.correlate.numbers import Exact
from engine.correlate.window import Measuring, Sliding
from engine.hit import Hit
from engine.rules import Correlation

__all__ = ["Present", "Temporal"]


class Present(Sliding):
    """Counts the hits of every rule in the window."""

    __slots__ = ("counts",)
    kind: Temporal

    def __init__(self, kind: Temporal) -> None:
        super().__init__(kind)
        self.counts = [0] * len(kind.correlation.rules)

    def item(self, hit: Hit) -> Any:
        return self.kind.index[hit.rule]

    def parts(self, hits: Sequence[Hit]) -> Sequence[tuple[Any, Hit]]:
        index = self.kind.index
        return sorted([(index[hit.rule], hit) for hit in hits], key=lambda part: part[0])

    def add(self, time: int, item: int) -> None:
        self.counts[item] += 1

    def drop(self, item: int) -> None:
        self.counts[item] -= 1

    def measured(self, time: int) -> Exact | None:
        return len(self.counts) - self.counts.count(0)


class Temporal(Measuring):
    """A type about which of its rules are there.

    ways  of an expression: the rules that must be there, and those that must not; None with operators
    """

    presence = True

    def __init__(self, correlation: Correlation) -> None:
        self.ways: tuple[Term, ...] | None = None
        super().__init__(correlation)
        if self.fields:
            raise ValueError(f"{correlation.type} measures no field")
        if len(set(correlation.rules)) < len(correlation.rules):
            raise ValueError(f"{correlation.type} needs different rules; one of them is listed twice")
        self.index = {rule: index for index, rule in enumerate(correlation.rules)}

    def tester(self) -> Test:
        rules, condition = self.correlation.rules, self.condition
        if condition.expression is None:
            return tester(condition if condition.operators else Condition(gte=len(rules)))
        if condition.operators:
            raise ValueError("a condition has operators or an expression over rules, not both")
        self.ways = terms(condition.expression, len(rules))
        return bool

    def meaning(self) -> Any:
        return [self.closes, self.ways is not None]
