"""`value_percentile`: a percentile of a field over the events of a window.

    correlation:
      type: value_percentile
      rules: [query]
      group-by: [userIdentity.arn]
      timespan: 1d
      condition: {field: duration, percentile: 95, gt: 30}

`percentile` says which, 0 to 100, by default 50; between two values it is interpolated linearly. Which values take part
is as for `value_sum`, and the condition is judged at each hit whatever the operator, as for `value_avg`.

options: {"condition": {"field": [name], "percentile": number, operator: number, ...}}
"""

from __future__ import annotations

from fractions import Fraction

from engine.correlate.numbers import Exact, exact, tidy
from engine.correlate.ranked import Ranked
from engine.correlate.types._amounts import Amounts, Summed
from engine.rules import Correlation

__all__ = ["Type"]


class _Ranks(Amounts):
    __slots__ = ("ranked",)
    kind: Type

    def __init__(self, kind: Type) -> None:
        super().__init__(kind)
        self.ranked = Ranked(kind.fraction)

    def add(self, time: int, item: Exact) -> None:
        self.ranked.add(item)

    def drop(self, item: Exact) -> None:
        self.ranked.drop(item)

    def measured(self, time: int) -> Exact | None:
        found = self.ranked.value()
        return None if found is None else tidy(found)


class Type(Summed):
    """Takes a percentile.

    fraction  which: 0 is the least value, 1 the greatest
    """

    measure = _Ranks

    def __init__(self, correlation: Correlation) -> None:
        super().__init__(correlation)
        percentile = exact(50 if self.condition.percentile is None else self.condition.percentile)
        if percentile is None or not 0 <= percentile <= 100:
            raise ValueError(f"a percentile is 0 to 100, not {self.condition.percentile}")
        self.fraction = Fraction(percentile, 100)
        self.closes = self.timed = False
