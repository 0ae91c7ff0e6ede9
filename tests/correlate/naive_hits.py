"""What the naive correlator speaks of: hits that take part, judgements, values."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from engine.hit import Hit, Measured
from engine.rules import Correlation

__all__ = ["Judge", "Judged", "Part", "Scope", "number", "text", "value_of"]


class Part(NamedTuple):
    """A hit that takes part in a window, and what of it is measured."""

    hit: Hit
    item: Any = None


class Judged(NamedTuple):
    """What is said of one group at one time.

    after   it is said by a timer, which comes after the hits of its time
    window  all that takes part; its last hit lends its values to correlations above
    fresh   those that no judgement before this one has seen
    tag     of an episode without length: what sets it apart from others of its time
    before  what is evidence too, though it does not take part
    """

    time: int
    true: bool
    value: Measured = None
    window: tuple[Part, ...] = ()
    fresh: tuple[Part, ...] = ()
    after: bool = False
    tag: str | None = None
    before: tuple[Part, ...] = ()


class Scope(NamedTuple):
    """What there is to judge of one group.

    hits   of the group, in order of (time, event, rule)
    until  the time up to which is decided
    begin  the time of the first hit that any correlation was given
    late   hits that came too late, each with the watermark that was told before
    listed the group is expected whether there are hits or not
    """

    hits: Sequence[Hit]
    until: float
    begin: int
    late: Sequence[tuple[Hit, float]] = ()
    listed: bool = False


Judge = Callable[[Correlation, Scope], Iterable[Judged]]
"""A correlation type: correlation and what is there of one group -> judgements in order."""


def value_of(correlation: Correlation, hit: Hit, name: str) -> Any:
    """What the hit has under a name, which for its rule may be an alias."""
    return hit.values.get(correlation.aliases.get(name, {}).get(hit.rule, name))


def text(value: Any) -> str | None:
    """The text by which a value is known: JSON, of a string what is between the quotes; null has none."""
    if value is None or isinstance(value, str):
        return value
    if type(value) is int:
        return str(Decimal(value))  # `str` of an integer refuses very long ones
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def number(value: Any) -> Fraction | None:
    """The exact number in a number (a float as JSON writes it) or in a string that is nothing else.

    None for anything else, and for numbers of more than 400 digits before or after the point.
    """
    if isinstance(value, str):
        pattern = r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,6})?"
        found = Decimal(value) if len(value) <= 1_000 and re.fullmatch(pattern, value) else None
    elif isinstance(value, float):
        found = Decimal(repr(value)) if math.isfinite(value) else None
    else:
        found = Decimal(value) if type(value) is int else None
    if found is None or (found and (abs(found) >= 10**400 or int(found.as_tuple().exponent) < -400)):
        return None
    return Fraction(found) if found else Fraction(0)
