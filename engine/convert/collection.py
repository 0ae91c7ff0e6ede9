"""Rules, filters and correlations of one conversion, each tried for itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sigma.collection import SigmaCollection
from sigma.correlations import SigmaCorrelationRule
from sigma.filters import SigmaFilter
from sigma.rule import SigmaRule

from engine.convert.documents import SLIPS, Read, refusal
from engine.errors import RuleError

__all__ = ["Conversion"]


class Conversion:
    """Converts one document after the other.

    converted  how many rules and correlations gave a query
    failed     why the others did not
    """

    def __init__(self, backend: Any, form: str, read: Sequence[Read | RuleError]) -> None:
        self.backend = backend
        self.form = form
        self.converted = 0
        self.failed = [one for one in read if isinstance(one, RuleError)]
        good = [one for one in read if isinstance(one, Read)]
        self.filters = [one for one in good if isinstance(one.sigma, SigmaFilter)]
        self.rules = [one for one in good if isinstance(one.sigma, SigmaRule)]
        self.correlations = [one for one in good if isinstance(one.sigma, SigmaCorrelationRule)]

    def run(self) -> list[Any]:
        """Every query: those of rules in the order of their files, then those of correlations."""
        rules = [kept for one in self.rules if (kept := self._filtered(one)) is not None]
        correlations = self._resolved(rules)
        self.backend.init_processing_pipeline(self.form)
        queries: list[Any] = []
        for one in [*rules, *correlations]:
            queries += self._converted(one)
        return queries

    def _filtered(self, one: Read) -> Read | None:
        for each in self.filters:
            try:
                one = one._replace(sigma=each.sigma.apply_on_rule(one.sigma))
            except SLIPS as error:
                self.failed.append(refusal(one, f'the filter "{each.title}" cannot be applied: {error}'))
                return None
        return one

    def _resolved(self, rules: Sequence[Read]) -> list[Read]:
        """The correlations whose rules are all here, each behind those that it refers to."""
        kept = [one.sigma for one in rules]
        waiting, sound = list(self.correlations), []
        known = SigmaCollection([*kept, *(one.sigma for one in waiting)], resolve_references=False)
        refused: set[int] = set()
        for one in waiting:
            try:
                one.sigma.resolve_rule_references(known)
            except SLIPS as error:
                refused.add(id(one.sigma))
                self.failed.append(refusal(one, error))
        waiting = [one for one in waiting if id(one.sigma) not in refused]
        placed = {id(each) for each in kept}
        while waiting:
            fit = [one for one in waiting if all(id(ref.rule) in placed for ref in one.sigma.rules)]
            if not fit:
                self.failed += [refusal(one, "a rule that it refers to is left out") for one in waiting]
                break
            placed.update(id(one.sigma) for one in fit)
            sound += fit
            waiting = [one for one in waiting if one not in fit]
        return sound

    def _converted(self, one: Read) -> list[Any]:
        try:
            if isinstance(one.sigma, SigmaRule):
                queries = self.backend.convert_rule(one.sigma, self.form)
            else:
                queries = self.backend.convert_correlation_rule(one.sigma, self.form)
        except SLIPS as error:
            self.failed.append(refusal(one, error))
            return []
        self.converted += bool(queries)
        return list(queries)
