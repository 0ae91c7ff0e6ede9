"""One rule and its filters, as one.

A filter is joined to a rule before pipelines are applied, so that they change it as they change the rule. Its
selections get names that the rule does not have and are looked up by the filter's own condition alone, so neither's
`them` or patterns see the other's.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from sigma.rule import SigmaRule

from engine.load.conditions import renamed, without
from engine.load.expressions import expressions
from engine.load.faults import Fault
from engine.load.filters import Filter
from engine.load.pysigma import detection
from engine.rules import Expr

__all__ = ["Joint", "Misfit", "misfit"]


class Misfit(Exception):
    """A filter that cannot be joined to one rule, as pipelines and variables leave it."""

    def __init__(self, filter: Filter, fault: Fault) -> None:
        super().__init__(fault.fault)
        self.filter, self.fault = filter, fault


class Joint:
    """Filters inside one pySigma rule, from before pipelines until its expressions are taken."""

    def __init__(self, sigma: SigmaRule, filters: Iterable[Filter], named: Iterable[str] = ()) -> None:
        """Put the selections of the filters beside the rule's own; `named` are those that pySigma does not know."""
        taken = {*sigma.detection.detections, *named}
        number = 0
        self.parts: list[tuple[Filter, dict[str, str]]] = []
        for each in filters:
            number += 1
            while any(name.startswith(f"_filter_{number}_") for name in taken):
                number += 1
            names = {name: f"_filter_{number}_{name}" for name in each.selections}
            for name, new in names.items():
                sigma.detection.detections[new] = detection(each.selections[name], (_Of(each), "filter", name))
            self.parts.append((each, names))
        self.names = {new for _, names in self.parts for new in names.values()}

    def taken(self, sigma: SigmaRule, gone: set[str]) -> tuple[dict[str, Expr], list[Expr]]:
        """The filters' selections and conditions, as pipelines left them. Raises Misfit."""
        selections: dict[str, Expr] = {}
        conditions = []
        for each, names in self.parts:
            condition = without(renamed(each.parsed(), names), gone)
            if condition is None:
                hint = "drop less, or leave the filter out"
                raise Misfit(each, Fault("pipelines leave nothing of the filter", hint, ("filter",)))
            conditions.append(condition)
            kept = {new: sigma.detection.detections[new] for new in names.values() if new not in gone}
            try:
                selections |= expressions(kept)
            except Fault as fault:
                raise misfit(fault) from None
        return selections, conditions


class _Of(str):
    """The first step to a place that is not in the rule's document but in a filter's."""

    filter: Filter

    def __new__(cls, filter: Filter) -> Self:
        made = super().__new__(cls, "filter")
        made.filter = filter
        return made


def misfit(fault: Fault) -> Misfit | Fault:
    """The fault as it was, or if it is in a filter that was joined to the rule, as that filter's."""
    if fault.steps and isinstance(fault.steps[0], _Of):
        filter = fault.steps[0].filter
        fault.steps = fault.steps[1:]
        return Misfit(filter, fault)
    return fault
