"""`event_count`: how many events of a group there are in a window.

    correlation:
      type: event_count
      rules: [failed_login]
      group-by: [sourceIPAddress]
      timespan: 5m
      condition: {gte: 10}

An event that matches two of the rules is one event. Of an inner correlation each episode counts once, when it opens.
`lt`, `lte` and `neq` alone are judged when a window closes that a hit has opened; what only an empty window satisfies
is what the type `absence` is for.

options: {"condition": {operator: number, ...}}
"""

from __future__ import annotations

from engine.correlate.window import Measuring, Sliding
from engine.rules import Correlation

__all__ = ["Type"]


class Type(Measuring):
    """Counts events."""

    measure = Sliding

    def __init__(self, correlation: Correlation) -> None:
        super().__init__(correlation)
        if self.fields:
            raise ValueError("event_count measures no field; value_count counts the different values of one")
