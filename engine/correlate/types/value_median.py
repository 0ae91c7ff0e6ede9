"""`value_median`: the median of a field over the events of a window, which is its 50th percentile.

    correlation:
      type: value_median
      rules: [query]
      group-by: [userIdentity.arn]
      timespan: 1d
      condition: {field: duration, gt: 30}

Of an even number of values it is the mean of the two in the middle. All else is as for `value_percentile`.

options: {"condition": {"field": [name], operator: number, ...}}
"""

from __future__ import annotations

from engine.correlate.types import value_percentile
from engine.rules import Correlation

__all__ = ["Type"]


class Type(value_percentile.Type):
    """Takes the median."""

    def __init__(self, correlation: Correlation) -> None:
        super().__init__(correlation)
        if self.condition.percentile is not None:
            raise ValueError("value_median is percentile 50; value_percentile takes another one")
