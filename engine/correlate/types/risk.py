"""`risk`: what rules find of somebody adds up, each with a score, and crosses a line.

    correlation:
      type: risk
      rules: [login_without_mfa, new_access_key, discovery_burst]
      group-by: [actor]
      timespan: 7d
      scores: {login_without_mfa: 10, new_access_key: 25}
      score: 40
      condition: {gte: 60}

`scores` says what a detection of each rule counts for, `score` what one of the others does. Numbers are not negative;
they are added exactly. An event that two rules find counts for both; of an inner correlation each episode counts once,
when it opens, so that a burst is one thing. With `once: true` every rule counts once in a window, however often it
finds something: so one noisy rule alone crosses no line.

The condition is on the sum over the window of one timespan that ends at each detection, both ends included; `lt`,
`lte` and `neq` alone are judged when a window closes. What is told is the sum.

options: {"condition": {operator: number, ...}, "scores": [number or null for each of `rules`], "score": number,
          "once": boolean}
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import msgspec

from engine.correlate.condition import Condition
from engine.correlate.numbers import Exact, exact, tidy
from engine.correlate.options import Number, Scores
from engine.correlate.window import Measuring, Missing, Sliding
from engine.hit import Hit
from engine.rules import Correlation

__all__ = ["Type"]


class _Score(Sliding):
    """Adds up what detections count for."""

    __slots__ = ("counts", "total")
    kind: Type

    def __init__(self, kind: Type) -> None:
        super().__init__(kind)
        self.counts = [0] * len(kind.points)
        self.total: Exact = 0

    def item(self, hit: Hit) -> int:
        return self.kind.index[hit.rule]

    def parts(self, hits: Sequence[Hit]) -> Sequence[tuple[Any, Hit]]:
        return [(self.item(hit), hit) for hit in hits]

    def add(self, time: int, item: int) -> None:
        self.counts[item] += 1
        if self.counts[item] == 1 or not self.kind.once:
            self.total += self.kind.points[item]

    def drop(self, item: int) -> None:
        self.counts[item] -= 1
        if self.counts[item] == 0 or not self.kind.once:
            self.total -= self.kind.points[item]

    def measured(self, time: int) -> Exact | None:
        return tidy(self.total) if len(self.log) else None


class _Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    condition: Condition
    scores: Scores = ()
    score: Number | None = None
    once: bool = False


class Type(Measuring):
    """Adds up scores.

    points  what a detection of each rule counts for
    """

    Options: ClassVar[type[msgspec.Struct]] = _Options
    missing: ClassVar[Missing] = "drop"
    measure = _Score

    def __init__(self, correlation: Correlation) -> None:
        super().__init__(correlation)
        options = msgspec.convert(correlation.options, _Options)
        if self.fields:
            raise ValueError("risk measures no field; it adds up scores")
        if len(set(correlation.rules)) < len(correlation.rules):
            raise ValueError("risk needs different rules; one of them is listed twice")
        self.once = options.once
        self.index = {rule: index for index, rule in enumerate(correlation.rules)}
        given = options.scores or (None,) * len(correlation.rules)
        self.points = [
            _points(name, options.score if score is None else score)
            for name, score in zip(correlation.names, given, strict=True)
        ]


def _points(name: str, given: Number | None) -> Exact:
    if given is None:
        raise ValueError(f'"{name}" has no score; "score" says what rules count for that "scores" leaves out')
    number = exact(given)
    if number is None or number < 0:
        raise ValueError(f'the score of "{name}" is no number that can be added: {given}')
    return number
