"""What Sigma's correlation types mean, said in the plainest way: every window is looked at anew."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any

from engine.hit import Hit, Measured
from engine.rules import Correlation
from tests.correlate.naive_hits import Judge, Judged, Part, Scope, number, text, value_of

__all__ = ["JUDGES", "OPERATORS", "holds", "plain", "sliding", "subsets"]

Measure = Callable[[Correlation, Sequence[Part]], Any]
"""What is measured of a window; None where there is nothing to measure."""

PartsOf = Callable[[Correlation, Sequence[Hit]], list[Part]]
"""Which hits take part, and what of each is measured."""


def part_of(correlation: Correlation, hits: Sequence[Hit]) -> list[Part]:
    """The hits that take part, with what is measured of each. Any other is as if it were not there.

    An event is one event however many of the rules it matches, but where it is a matter of which rules those are.
    """
    kind = correlation.type
    if kind in ("temporal", "temporal_ordered"):
        return [Part(hit, correlation.rules.index(hit.rule)) for hit in hits]
    fields = correlation.options["condition"].get("field", ())
    if kind == "value_count":
        tuples = [(hit, tuple(text(value_of(correlation, hit, name)) for name in fields)) for hit in hits]
        found = {(hit.time, hit.event, texts): Part(hit, texts) for hit, texts in reversed(tuples) if None not in texts}
        return list(found.values())[::-1]
    parts = [Part(hit) for hit in hits if hit.opens]
    if kind != "event_count":
        parts = [Part(hit, number(value_of(correlation, hit, fields[0]))) for hit, _ in parts]
        parts = [part for part in parts if part.item is not None]
    return list({(part.hit.time, part.hit.event): part for part in reversed(parts)}.values())[::-1]


def sliding(
    correlation: Correlation, scope: Scope, parts_of: PartsOf | None = None, measure: Measure | None = None
) -> Iterator[Judged]:
    """At each instant over the closed window that ends there; or, what can be undone, when a window closes."""
    parts = (parts_of or part_of)(correlation, scope.hits)
    measure = measure or MEASURES[correlation.type]
    span = correlation.timespan
    if closes(correlation):
        yield from closing(correlation, parts, measure, scope.until)
        return
    for time in sorted({part.hit.time for part in parts}):
        if time <= scope.until:
            window = tuple(part for part in parts if time - span <= part.hit.time <= time)
            true, value = judge(correlation, window, measure)
            yield Judged(time, true, value, window, tuple(part for part in window if part.hit.time == time))


def closes(correlation: Correlation) -> bool:
    """Further hits can undo the condition: it is judged when the window closes. Means are judged at each hit."""
    operators = set(correlation.options.get("condition", {})) - {"field", "percentile", "expression"}
    means = ("value_avg", "value_percentile", "value_median", "ratio")
    return bool(operators) and operators <= {"lt", "lte", "neq"} and correlation.type not in means


def closing(correlation: Correlation, parts: Sequence[Part], measure: Measure, until: float) -> Iterator[Judged]:
    """A hit opens a window when none is open; it closes one timespan later, and hits at that time are inside."""
    closed: float = -math.inf
    for time in sorted({part.hit.time for part in parts}):
        if time > closed:
            closed = time + correlation.timespan
            if closed <= until:
                window = tuple(part for part in parts if time <= part.hit.time <= closed)
                true, value = judge(correlation, window, measure)
                yield Judged(int(closed), true, value, window, window, after=True)


def judge(correlation: Correlation, window: Sequence[Part], measure: Measure) -> tuple[bool, Measured]:
    """Whether the condition holds of a window, and what was measured."""
    condition = dict(correlation.options.get("condition", {}))
    if "expression" in condition:
        present = {part.item for part in window}
        chosen = subsets(present) if correlation.type == "temporal_ordered" else [present]
        there = (one for one in chosen if correlation.type == "temporal" or in_order(sorted(one), window))
        return any(holds(condition["expression"], one, present) for one in there), len(present)
    measured = measure(correlation, window)
    if measured is None:
        return False, None
    asked = {name: condition[name] for name in OPERATORS if name in condition} or {"gte": len(correlation.rules)}
    return all(OPERATORS[name](measured, number(limit)) for name, limit in asked.items()), plain(measured)


def holds(expression: Any, there: set[int], present: set[int]) -> bool:
    """An expression over rules. `there`: those that count as there; `present`: those that do not count as absent."""
    match expression:
        case ["rule", index]:
            return index in there
        case ["not", ["rule", index]]:
            return index not in present
        case ["not", ["not", inner]]:
            return holds(inner, there, present)
        case ["not", [word, *inner]]:
            return holds(["or" if word == "and" else "and", *(["not", one] for one in inner)], there, present)
        case ["and", *inner]:
            return all(holds(one, there, present) for one in inner)
        case ["or", *inner]:
            return any(holds(one, there, present) for one in inner)
    raise AssertionError(f"no expression: {expression!r}")


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "gt": lambda left, right: left > right,
    "gte": lambda left, right: left >= right,
    "lt": lambda left, right: left < right,
    "lte": lambda left, right: left <= right,
    "eq": lambda left, right: left == right,
    "neq": lambda left, right: left != right,
}


def plain(measured: Fraction | int) -> int | float:
    """A whole number as it is, another one as the nearest float; one that no float comes near, without its fraction."""
    try:
        return int(measured) if measured == int(measured) else float(measured)
    except OverflowError:
        return int(measured)


# What each type measures


def subsets(rules: Iterable[int]) -> list[set[int]]:
    found: list[set[int]] = [set()]
    for rule in rules:
        found += [one | {rule} for one in found]
    return found


def in_order(chain: Sequence[int], window: Sequence[Part]) -> bool:
    """Hits of these rules come one after the other; those of one time count as in order."""
    reached: float = -math.inf
    for rule in chain:
        times = [part.hit.time for part in window if part.item == rule and part.hit.time >= reached]
        if not times:
            return False
        reached = min(times)
    return True


def longest(correlation: Correlation, window: Sequence[Part]) -> int:
    """How many of the rules come one after the other, in the order listed."""
    present = {part.item for part in window}
    return max((len(one) for one in subsets(present) if in_order(sorted(one), window)), default=0)


def percentile(correlation: Correlation, window: Sequence[Part]) -> Fraction | None:
    """Linear between the two values next to the rank."""
    if not window:
        return None
    values = sorted(part.item for part in window)
    wanted = 50 if correlation.type == "value_median" else correlation.options["condition"].get("percentile", 50)
    asked = number(wanted)
    assert asked is not None
    rank = asked / 100 * (len(values) - 1)
    below = math.floor(rank)
    above = min(below + 1, len(values) - 1)
    return Fraction(values[below] + (values[above] - values[below]) * (rank - below))


def mean(correlation: Correlation, window: Sequence[Part]) -> Fraction | None:
    return Fraction(sum(part.item for part in window), len(window)) if window else None


MEASURES: dict[str, Measure] = {
    "event_count": lambda correlation, window: len(window),
    "value_count": lambda correlation, window: len({part.item for part in window}),
    "temporal": lambda correlation, window: len({part.item for part in window}),
    "temporal_ordered": longest,
    "value_sum": lambda correlation, window: sum(part.item for part in window) if window else None,
    "value_avg": mean,
    "value_median": percentile,
    "value_percentile": percentile,
}

JUDGES: dict[str, Judge] = dict.fromkeys(MEASURES, sliding)
