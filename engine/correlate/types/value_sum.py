"""`value_sum`: the sum of a field over the events of a window.

    correlation:
      type: value_sum
      rules: [get_object]
      group-by: [userIdentity.arn]
      timespan: 1h
      condition: {field: additionalEventData.bytesTransferredOut, gt: 1000000000}

Numbers, and text that is a decimal number and nothing else, are added exactly, as decimals. An event without one adds
nothing, not 0: it is as if it were not there. An event that matches two of the rules is one event. The sum of no
values is not a number and fires nothing. `lt`, `lte` and `neq` alone are judged when a window closes. Of an inner
correlation each episode counts once, when it opens.

options: {"condition": {"field": [name], operator: number, ...}}
"""

from __future__ import annotations

from engine.correlate.numbers import Exact, tidy
from engine.correlate.types._amounts import Summed, Total

__all__ = ["Type"]


class _Sum(Total):
    __slots__ = ()

    def measured(self, time: int) -> Exact | None:
        return tidy(self.total) if len(self.log) else None


class Type(Summed):
    """Adds up."""

    measure = _Sum
