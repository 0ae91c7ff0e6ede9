"""A percentile of values that come and go in the same order, at O(log n) each."""

from __future__ import annotations

from fractions import Fraction
from heapq import heapify, heappop, heappush

from engine.correlate.numbers import Exact

__all__ = ["Ranked"]


class Ranked:
    """Values of which one percentile is asked for; the oldest go first.

    Two heaps part them at the rank that is asked for: `low` has its greatest on top, `high` its least. An entry is
    (value, number), numbers counting up, so that no two are equal; one that has gone stays in its heap until it comes
    up, or until most of the heap has gone.

    fraction  which percentile: 0 is the least value, 1 the greatest
    """

    def __init__(self, fraction: Fraction) -> None:
        self.fraction = fraction
        self._up, self._down = fraction.as_integer_ratio()
        self._low: list[tuple[Exact, int]] = []
        self._high: list[tuple[Exact, int]] = []
        self._next = 0
        self._oldest = 0
        self._lower = 0

    def __len__(self) -> int:
        return self._next - self._oldest

    def add(self, value: Exact) -> None:
        """Take in a value."""
        number = self._next
        self._next += 1
        top = self._top_low()
        if top is not None and (value, number) < top:
            heappush(self._low, (-value, -number))
            self._lower += 1
        else:
            heappush(self._high, (value, number))
        self._balance()

    def drop(self, value: Exact) -> None:
        """Let the oldest go, which has this value."""
        top = self._top_low()
        if top is not None and (value, self._oldest) <= top:
            self._lower -= 1
        self._oldest += 1
        self._balance()
        self._clear()

    def value(self) -> Exact | None:
        """The percentile, exactly; None of no values."""
        top = self._top_low()
        if top is None:
            return None
        part = self._up * (len(self) - 1) % self._down
        above = self._top_high() if part else None
        if above is None or above[0] == top[0]:
            return top[0]
        below, more = top[0], above[0] - top[0]
        if isinstance(below, int) and isinstance(more, int):
            return Fraction(below * self._down + more * part, self._down)
        return below + more * Fraction(part, self._down)

    def _balance(self) -> None:
        """Have as many in `low` as reach up to the rank."""
        count = len(self)
        wanted = count and self._up * (count - 1) // self._down + 1
        while self._lower < wanted and (above := self._top_high()) is not None:
            heappop(self._high)
            heappush(self._low, (-above[0], -above[1]))
            self._lower += 1
        while self._lower > wanted and (top := self._top_low()) is not None:
            heappop(self._low)
            heappush(self._high, top)
            self._lower -= 1

    def _top_low(self) -> tuple[Exact, int] | None:
        low = self._low
        while low and -low[0][1] < self._oldest:
            heappop(low)
        return (-low[0][0], -low[0][1]) if low else None

    def _top_high(self) -> tuple[Exact, int] | None:
        high = self._high
        while high and high[0][1] < self._oldest:
            heappop(high)
        return high[0] if high else None

    def _clear(self) -> None:
        """Throw away those that have gone, when they are more than half."""
        if len(self._low) + len(self._high) > 2 * len(self) + 64:
            oldest = self._oldest
            self._low = [entry for entry in self._low if -entry[1] >= oldest]
            self._high = [entry for entry in self._high if entry[1] >= oldest]
            heapify(self._low)
            heapify(self._high)
