"""`temporal_ordered`: how many of the rules have hits in a window one after the other, in the order listed.

    correlation:
      type: temporal_ordered
      rules: [failed_logins, login, create_access_key]
      group-by: [sourceIPAddress]
      timespan: 1h

Without a condition all of the rules. Hits of the same time count as in order, and what comes between, or again, does no
harm. `condition: {gte: 2}` asks for any two in order. Of an expression (`a and b and not c`) the rules that must be
there are to be in order, and those that must not be there are nowhere in the window.

What is remembered is, for each rule and each length, the latest start of a chain of so many rules that ends with this
one: a chain is in the window if its start is. So a hit costs the same however many there are.

options: {"condition": {operator: number, ...} or {"expression": ["and", ["rule", 0], ["not", ["rule", 1]]]}}
"""

from __future__ import annotations

from engine.correlate.numbers import Exact
from engine.correlate.types._present import Present, Temporal
from engine.rules import Correlation

__all__ = ["Type"]

_NEVER = -(1 << 80)


class _Chains(Present):
    __slots__ = ("chains", "starts")
    kind: Type

    def __init__(self, kind: Type) -> None:
        super().__init__(kind)
        rules = len(self.counts)
        self.chains = [[_NEVER] * len(chain) for chain, _ in kind.chains]
        self.starts = [[_NEVER] * rules for _ in range(rules if kind.counted else 0)]

    def add(self, time: int, item: int) -> None:
        """Rules of one time come in the order listed, so that each can go on from those before it."""
        self.counts[item] += 1
        for (chain, _), starts in zip(self.kind.chains, self.chains, strict=True):
            if item in chain:
                place = chain.index(item)
                starts[place] = max(starts[place], starts[place - 1] if place else time)
        if self.starts:
            own = self.starts[item]
            own[0] = time
            for before in self.starts[:item]:
                for length in range(item):
                    own[length + 1] = max(own[length + 1], before[length])

    def holds(self, time: int) -> Exact | None:
        cutoff = time - self.kind.timespan
        if self.kind.counted:
            length = self._longest(cutoff)
            return length if self.kind.test(length) else None
        counts = self.counts
        for (chain, absent), starts in zip(self.kind.chains, self.chains, strict=True):
            if (not chain or starts[-1] >= cutoff) and not any(counts[one] for one in absent):
                return len(counts) - counts.count(0)
        return None

    def _longest(self, cutoff: int) -> int:
        """How many rules are in order in the window."""
        for length in range(len(self.starts), 0, -1):
            if any(own[length - 1] >= cutoff for own in self.starts):
                return length
        return 0


class Type(Temporal):
    """Looks for rules that fire one after the other.

    counted  the condition is about how many rules there are in order
    chains   of an expression: rules to be in order, and rules that must not be there
    """

    measure = _Chains

    def __init__(self, correlation: Correlation) -> None:
        super().__init__(correlation)
        self.counted = self.ways is None
        self.chains = [(tuple(sorted(there)), tuple(sorted(absent))) for there, absent in self.ways or ()]
