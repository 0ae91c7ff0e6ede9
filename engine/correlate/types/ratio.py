"""`ratio`: which share of a group's events in a window some of the rules match.

    correlation:
      type: ratio
      rules: [denied, any_call]
      part: denied
      group-by: [actor]
      timespan: 10m
      minimum: 20
      condition: {gte: 0.5}

The whole are the events that any of the rules matches, each counted once; the part are those of them that `part`
matches, one of the rules or several. It makes no difference whether the other rules match the part too.

Judged at each event of the whole, over the window that ends there, whatever the operator, as for `value_avg`. A window
of fewer events than `minimum`, by default 1, satisfies no condition. What is told is the share, 0 to 1. Of an inner
correlation each episode counts once, when it opens.

options: {"condition": {operator: number, ...}, "part": [index in `rules`, ...], "minimum": number}
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated, Any, ClassVar

import msgspec

from engine.correlate.condition import Condition
from engine.correlate.numbers import Exact, tidy
from engine.correlate.options import Rules
from engine.correlate.window import Measuring, Sliding
from engine.hit import Hit
from engine.rules import Correlation

__all__ = ["Type"]


class _Share(Sliding):
    """Counts the part."""

    __slots__ = ("part",)
    kind: Type

    def __init__(self, kind: Type) -> None:
        super().__init__(kind)
        self.part = 0

    def item(self, hit: Hit) -> bool:
        return hit.rule in self.kind.part

    def parts(self, hits: Sequence[Hit]) -> Sequence[tuple[Any, Hit]]:
        part = {hit.event for hit in hits if self.item(hit)}
        return [(hit.event in part, hit) for hit in {hit.event: hit for hit in reversed(hits)}.values()][::-1]

    def add(self, time: int, item: bool) -> None:
        self.part += item

    def drop(self, item: bool) -> None:
        self.part -= item

    def measured(self, time: int) -> Exact | None:
        whole = len(self.log)
        return tidy(Fraction(self.part, whole)) if whole >= self.kind.minimum else None


class _Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    condition: Condition
    part: Rules
    minimum: Annotated[int, msgspec.Meta(ge=1)] = 1


class Type(Measuring):
    """Measures a share."""

    Options: ClassVar[type[msgspec.Struct]] = _Options
    measure = _Share

    def __init__(self, correlation: Correlation) -> None:
        super().__init__(correlation)
        options = msgspec.convert(correlation.options, _Options)
        self.part = frozenset(correlation.rules[index] for index in options.part)
        self.minimum = options.minimum
        self.closes = self.timed = False
        if self.fields:
            raise ValueError("ratio measures no field; it counts events")
        if self.part == set(correlation.rules):
            raise ValueError('"part" names all the rules; the whole has to have more of them')

    def meaning(self) -> Any:
        return sorted(map(self.correlation.rules.index, self.part))
