"""`spike`: far more in this window than the group has on average.

    correlation:
      type: spike
      rules: [get_object]
      group-by: [userIdentity.arn]
      timespan: 1h
      history: 7d
      ratio: 5
      minimum: 100

Judged at each event, over the window of one timespan that ends there, both ends included. The time of the length of
`history` before that window is what it is compared with: fires if the window has at least `minimum` events, and at
least `ratio` times as many as the history has on average in a timespan. A group of which the history knows nothing has
an average of 0, so that `minimum` alone decides.

With `field` numbers are added instead of events counted, as for `value_sum`, and `minimum` is of their sum; an event
without a number takes no part.

Until `learning` has passed since the first event that the correlations of the rule set saw, nothing is told: by default
until there is a whole history, and one timespan to compare with it. `learning: 0s` tells at once.

Each event counts once, however many of the rules it matches; of an inner correlation each episode, when it opens.
What is told is the number of the window.

options: {"history": µs, "ratio": number, "minimum": number, "field": name, "learning": µs}
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import msgspec

from engine.correlate.numbers import Exact, exact, plain
from engine.correlate.options import Duration, Field, Length, Number
from engine.correlate.types._native import NEVER, Native
from engine.correlate.window import FALSE, Judgement, Missing, Window
from engine.hit import Hit
from engine.rules import Correlation

__all__ = ["Type"]


class _Rate(Window):
    """Amounts, the older part of which is history.

    earlier  sum of the history; before: how many entries of the log it has
    now      sum of the rest
    """

    __slots__ = ("before", "begin", "earlier", "now")
    kind: Type

    def __init__(self, kind: Type, begin: int) -> None:
        super().__init__(kind)
        self.begin = begin
        self.before = 0
        self.earlier: Exact = 0
        self.now: Exact = 0

    def take(self, time: int, hits: Sequence[Hit]) -> Iterable[Judgement]:
        kind, log = self.kind, self.log
        found: dict[str, Hit] = {}
        for hit in hits:
            if hit.event not in found and (amount := kind.amount(hit)) is not None:
                found[hit.event] = hit
                self.now += amount
                log.append(time, amount)
        self.seen = list(found.values())
        if not found:
            return ()
        recent = time - kind.timespan
        while log.times[log.first + self.before] < recent:
            amount = log.items[log.first + self.before]
            self.before += 1
            self.earlier += amount
            self.now -= amount
        while self.before and log.times[log.first] < recent - kind.history:
            self._drop()
        if time < self.begin + kind.mute:
            return ()
        if self.now >= kind.minimum and self.now * kind.history >= kind.ratio * self.earlier * kind.timespan:
            return (Judgement(True, plain(self.now), len(log) - self.before, len(found)),)
        return FALSE

    def _drop(self) -> None:
        amount = self.log.drop()
        if self.before:
            self.before -= 1
            self.earlier -= amount
        else:
            self.now -= amount

    def forget(self, watermark: int) -> None:
        log, cutoff = self.log, watermark - self.kind.timespan - self.kind.history
        while len(log) and log.times[log.first] <= cutoff:
            self._drop()

    def until(self) -> int | None:
        return self.log.times[-1] + self.kind.timespan + self.kind.history if len(self.log) else NEVER

    def limit(self, most: int) -> int:
        dropped = max(0, len(self.log) - most)
        for _ in range(dropped):
            self._drop()
        return dropped

    def restore(self, head: object) -> None:
        """The next hit parts the log anew."""
        for amount in self.log.items[self.log.first :]:
            self.now += amount


class _Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    history: Length
    ratio: Number
    minimum: Number
    field: Field | None = None
    learning: Duration | None = None


class Type(Native):
    """Compares a window with those before it.

    history  microseconds
    mute     microseconds since the beginning in which nothing is told
    """

    Options: ClassVar[type[msgspec.Struct]] = _Options
    presence: ClassVar[bool] = False
    missing: ClassVar[Missing] = "null"

    def __init__(self, correlation: Correlation) -> None:
        options = msgspec.convert(correlation.options, _Options)
        super().__init__(correlation, (options.field,) if options.field else ())
        self.history = options.history
        self.ratio = _positive("ratio", options.ratio)
        self.minimum = _positive("minimum", options.minimum)
        self.mute = self.history + self.timespan if options.learning is None else options.learning
        if self.history < self.timespan:
            raise ValueError("the history is shorter than the timespan")

    def amount(self, hit: Hit) -> Exact | None:
        """What a hit adds; None where it takes no part."""
        return exact(self.values(hit)[0]) if self.fields else 1

    def window(self, begin: int, listed: bool = False) -> Window:
        return _Rate(self, begin)

    def meaning(self) -> Any:
        return [list(self.fields), self.history]

    def learning(self, begin: int) -> int | None:
        return begin + self.mute


def _positive(name: str, given: Number) -> Exact:
    number = exact(given)
    if number is None or number <= 0:
        raise ValueError(f"{name} is a number above 0, not {given}")
    return number
