"""`temporal`: how many of the rules have a hit in a window, in whichever order.

    correlation:
      type: temporal
      rules: [disable_logging, create_user]
      group-by: [userIdentity.arn]
      timespan: 10m

Without a condition all of the rules. `condition: {gte: 2}` asks for any two; `condition: a and not b` says which,
judged at each hit by what is in the window so far: a later `b` ends the episode. One event that matches two rules is
present for both. Of an inner correlation every true hit is there.

options: {"condition": {operator: number, ...} or {"expression": ["and", ["rule", 0], ["not", ["rule", 1]]]}}
"""

from __future__ import annotations

from engine.correlate.numbers import Exact
from engine.correlate.types._present import Present, Temporal

__all__ = ["Type"]


class _Together(Present):
    __slots__ = ()

    def holds(self, time: int) -> Exact | None:
        ways, counts = self.kind.ways, self.counts
        present = len(counts) - counts.count(0)
        if ways is None:
            return present if self.kind.test(present) else None
        found = any(all(counts[one] for one in there) and not any(counts[one] for one in no) for there, no in ways)
        return present if found else None


class Type(Temporal):
    """Looks for rules that fire together."""

    measure = _Together
