"""`value_avg`: the mean of a field over the events of a window.

    correlation:
      type: value_avg
      rules: [get_object]
      group-by: [sourceIPAddress]
      timespan: 1h
      condition: {field: additionalEventData.bytesTransferredOut, gt: 1000000}

Which values take part is as for `value_sum`. Whatever the operator, the condition is judged at each hit, over the
window that ends there: any hit can move a mean either way, so waiting for more would make none of them safer.

options: {"condition": {"field": [name], operator: number, ...}}
"""

from __future__ import annotations

from fractions import Fraction

from engine.correlate.numbers import Exact, tidy
from engine.correlate.types._amounts import Summed, Total
from engine.rules import Correlation

__all__ = ["Type"]


class _Mean(Total):
    __slots__ = ()

    def measured(self, time: int) -> Exact | None:
        count = len(self.log)
        if not count:
            return None
        whole, rest = divmod(self.total, count)
        return tidy(Fraction(self.total, count)) if rest else whole


class Type(Summed):
    """Takes the mean."""

    measure = _Mean

    def __init__(self, correlation: Correlation) -> None:
        super().__init__(correlation)
        self.closes = self.timed = False
