"""What correlations mean, said in the plainest way: sort all hits, and look at every window anew for every judgement.

It shares no code with `engine/correlate`, remembers nothing between two judgements and is as slow as that sounds.
Hypothesis holds the engine to it. Three steps for each correlation and each group of it:

    judge   at which times is something said, is the condition true then, and which hits take part
    tell    turn judgements into episodes
    raise   give every true judgement, as a hit, to the correlations above
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from engine.hit import Evidence, Hit, Measured
from engine.model import Ref
from engine.rules import Correlation, Ruleset

__all__ = ["Judged", "Part", "Told", "correlate", "number", "once", "part_of", "register", "text", "value_of"]

Group = tuple[tuple[str, str | None], ...]

SHOWN = 100
"""Events that an episode shows, at most."""


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
    """

    time: int
    true: bool
    value: Measured = None
    window: tuple[Part, ...] = ()
    fresh: tuple[Part, ...] = ()
    after: bool = False
    tag: str | None = None


class Told(NamedTuple):
    """An episode as it stands in the end; `shown` are (rule, time, ref) of its evidence."""

    id: str
    correlation: str
    group: tuple[tuple[str, str | None], ...]
    start: int
    last: int
    end: int | None
    value: Measured
    hits: int
    shown: tuple[tuple[str, int, Ref], ...] = ()


Judge = Callable[[Correlation, Sequence[Hit], float], Iterable[Judged]]
"""A correlation type: correlation, the hits of one group, the time up to which is decided -> judgements in order."""


def correlate(ruleset: Ruleset, hits: Iterable[Hit], until: float = math.inf) -> list[Told]:
    """The episodes of all correlations, with what is decided up to a time (microseconds; infinity: all)."""
    pool = once(hits)
    told: list[Told] = []
    for correlation in ruleset.correlations:
        for texts, members in grouped(correlation, pool).items():
            group = tuple(zip(correlation.group_by, texts, strict=True))
            found, above = tell(correlation, group, list(JUDGES[correlation.type](correlation, members, until)), until)
            told += found
            pool += above
    return ordered(told, ruleset)


def ordered(told: Iterable[Told], ruleset: Ruleset) -> list[Told]:
    """By start, then by correlation in the order of the rule set, then by the texts of the group, null first."""
    order = {correlation.key: number for number, correlation in enumerate(ruleset.correlations)}

    def place(one: Told) -> tuple[Any, ...]:
        return one.start, order[one.correlation], [(text is not None, text or "") for _, text in one.group], one.id

    return sorted(told, key=place)


def once(hits: Iterable[Hit]) -> list[Hit]:
    """Of copies of an event the one whose place in the logs sorts first."""
    chosen: dict[tuple[str, str], Hit] = {}
    for hit in sorted(hits, key=lambda hit: (hit.evidence[0].ref, hit.time)):
        chosen.setdefault((hit.rule, hit.event), hit)
    return list(chosen.values())


# Groups


def grouped(correlation: Correlation, pool: Iterable[Hit]) -> dict[tuple[str | None, ...], list[Hit]]:
    """The hits of the rules it refers to, by the texts of their group, each in order of (time, event, rule)."""
    groups: dict[tuple[str | None, ...], list[Hit]] = {}
    for hit in sorted(pool, key=lambda hit: (hit.time, hit.event, hit.rule)):
        if hit.rule in correlation.rules:
            texts = tuple(text(value_of(correlation, hit, name)) for name in correlation.group_by)
            if correlation.missing == "null" or None not in texts:
                groups.setdefault(texts, []).append(hit)
    return groups


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


# Episodes


def tell(
    correlation: Correlation, group: Group, judged: Iterable[Judged], until: float
) -> tuple[list[Told], list[Hit]]:
    """Judgements in order -> episodes, and the hits of correlations above."""
    told: list[Told] = []
    above: list[Hit] = []
    opened: list[Judged] = []
    for each in judged:
        if opened and lapse(correlation, opened) < each.time:
            told.append(episode(correlation, group, opened, lapse(correlation, opened)))
            opened = []
        if each.tag is not None:
            told.append(episode(correlation, group, [each], each.time))
            above.append(raised(correlation, group, [each]))
        elif each.true:
            opened.append(each)
            above.append(raised(correlation, group, opened))
        elif opened:
            told.append(episode(correlation, group, opened, each.time))
            opened = []
    if opened:
        end = lapse(correlation, opened)
        told.append(episode(correlation, group, opened, end if end <= until else None))
    return told, above


def lapse(correlation: Correlation, opened: Sequence[Judged]) -> float:
    """When an episode ends of itself: one timespan after its condition was true last; never where truth lasts."""
    return math.inf if correlation.type in LASTING else opened[-1].time + correlation.timespan


def episode(correlation: Correlation, group: Group, opened: Sequence[Judged], end: float | None) -> Told:
    """The episode of these judgements, all of them true."""
    first, last = opened[0], opened[-1]
    hits = len(first.window) + sum(len(each.fresh) for each in opened[1:])
    shown = evidence([*first.window, *(part for each in opened[1:] for part in each.fresh)])
    stands = tuple((one.rule, one.time, one.ref) for one in shown)
    ends = None if end is None or end == math.inf else int(end)
    known_as = identity(correlation, group, first)
    return Told(known_as, correlation.key, group, first.time, last.time, ends, last.value, hits, stands)


def identity(correlation: Correlation, group: Group, first: Judged) -> str:
    """By what an episode is known in every run, to the stores of earlier versions too: correlation, group and start."""
    texts = json.dumps([one for _, one in group], separators=(",", ":"))
    said = f"{len(correlation.key)}:{correlation.key}{len(texts)}:{texts}{first.time}"
    said += "" if first.tag is None else f":{first.tag}"
    return hashlib.blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def evidence(parts: Iterable[Part]) -> tuple[Evidence, ...]:
    """The newest events of these hits, each once for each rule that it matched."""
    found = {(one.time, one.ref, one.rule): one for part in parts for one in part.hit.evidence}
    return tuple(found[key] for key in sorted(found))[-SHOWN:]


def raised(correlation: Correlation, group: Group, opened: Sequence[Judged]) -> Hit:
    """The hit that a true judgement is to correlations above.

    Its values are those of the group by their names, all others those of the last hit that took part.
    """
    now = opened[-1]
    values: dict[str, Any] = {}
    if now.window:
        last = now.window[-1].hit
        values = last.values | {name: value_of(correlation, last, name) for name in correlation.aliases}
    values |= dict(group)
    shown = evidence(now.window if len(opened) == 1 else now.fresh)
    known_as = f"{identity(correlation, group, opened[0])}@{now.time}"
    return Hit(correlation.key, now.time, known_as, values, shown, len(opened) == 1)


LASTING: set[str] = set()
"""Types whose episodes end only when something ends them."""


# Judging: Sigma's types


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


def sliding(correlation: Correlation, hits: Sequence[Hit], until: float) -> Iterator[Judged]:
    """At each instant over the closed window that ends there; or, what can be undone, when a window closes."""
    parts = part_of(correlation, hits)
    span = correlation.timespan
    if closes(correlation):
        yield from closing(correlation, parts, until)
        return
    for time in sorted({part.hit.time for part in parts}):
        if time <= until:
            window = tuple(part for part in parts if time - span <= part.hit.time <= time)
            true, value = judge(correlation, window)
            yield Judged(time, true, value, window, tuple(part for part in window if part.hit.time == time))


def closes(correlation: Correlation) -> bool:
    """Further hits can undo the condition: it is judged when the window closes. Means are judged at each hit."""
    operators = set(correlation.options.get("condition", {})) - {"field", "percentile", "expression"}
    means = ("value_avg", "value_percentile", "value_median")
    return bool(operators) and operators <= {"lt", "lte", "neq"} and correlation.type not in means


def closing(correlation: Correlation, parts: Sequence[Part], until: float) -> Iterator[Judged]:
    """A hit opens a window when none is open; it closes one timespan later, and hits at that time are inside."""
    closed: float = -math.inf
    for time in sorted({part.hit.time for part in parts}):
        if time > closed:
            closed = time + correlation.timespan
            if closed <= until:
                window = tuple(part for part in parts if time <= part.hit.time <= closed)
                true, value = judge(correlation, window)
                yield Judged(int(closed), true, value, window, window, after=True)


def judge(correlation: Correlation, window: Sequence[Part]) -> tuple[bool, Measured]:
    """Whether the condition holds of a window, and what was measured."""
    condition = dict(correlation.options.get("condition", {}))
    if "expression" in condition:
        present = {part.item for part in window}
        chosen = subsets(present) if correlation.type == "temporal_ordered" else [present]
        there = (one for one in chosen if correlation.type == "temporal" or in_order(sorted(one), window))
        return any(holds(condition["expression"], one, present) for one in there), len(present)
    measured = MEASURES[correlation.type](correlation, window)
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


MEASURES: dict[str, Callable[[Correlation, Sequence[Part]], Any]] = {
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


def register(name: str, judge: Judge) -> None:
    JUDGES[name] = judge
