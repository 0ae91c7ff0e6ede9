"""What the types mean that Sigma does not have, said in the plainest way."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import partial
from itertools import pairwise
from typing import Any

from engine.hit import Hit
from engine.rules import Correlation
from tests.correlate.naive_hits import Judge, Judged, Part, Scope, number, text, value_of
from tests.correlate.naive_sigma import plain, sliding

__all__ = ["JUDGES", "lasts"]


def lasts(correlation: Correlation) -> bool:
    """An episode of it ends only when something ends it."""
    return correlation.type == "absence" and not correlation.options.get("after")


def values_of(correlation: Correlation, hits: Sequence[Hit]) -> list[Part]:
    """The hits that have a value, and its text: of several fields JSON of all, of which none is missing.

    An event that has it for several of the rules is one.
    """
    found: dict[tuple[int, str, Any], Part] = {}
    for hit in hits:
        texts = [text(value_of(correlation, hit, name)) for name in correlation.options["field"]]
        if None not in texts:
            value = texts[0] if len(texts) == 1 else json.dumps(texts, separators=(",", ":"))
            found.setdefault((hit.time, hit.event, value), Part(hit, value))
    return list(found.values())


def by_value(parts: Sequence[Part], time: int) -> dict[Any, tuple[Part, ...]]:
    """The hits of one instant by their values."""
    now = [part for part in parts if part.hit.time == time]
    return {value: tuple(part for part in now if part.item == value) for value in sorted({part.item for part in now})}


def times_of(parts: Sequence[Part], until: float) -> list[int]:
    """The times of hits that are decided."""
    return sorted({part.hit.time for part in parts if part.hit.time <= until})


def first_seen(correlation: Correlation, scope: Scope) -> Iterator[Judged]:
    """A value that the group had in no hit of the timespan before; after a time in which nothing is told."""
    span = correlation.timespan
    parts = values_of(correlation, scope.hits)
    late = [(part, told) for hit, told in scope.late for part in values_of(correlation, [hit])]
    mute = correlation.options.get("learning")
    group_mute = correlation.options.get("group-learning", 0)
    begun = -math.inf
    before = -math.inf
    for time in times_of(parts, scope.until):
        if before < time - span:
            begun = time
        before = time
        ready = time >= scope.begin + (span if mute is None else mute) and time >= begun + group_mute
        seen = {part.item for part in parts if time - span <= part.hit.time < time}
        seen |= {part.item for part, told in late if told < time and time - span <= part.hit.time}
        for value, those in by_value(parts, time).items():
            if ready and value not in seen:
                yield Judged(time, True, value, those, those, tag=value)


def change(correlation: Correlation, scope: Scope) -> Iterator[Judged]:
    """Another value than at the last time before, if that is at most one timespan ago."""
    parts = sorted(values_of(correlation, scope.hits), key=lambda part: (part.hit.time, part.item))
    for last, time in pairwise(times_of(parts, scope.until)):
        before = [part for part in parts if part.hit.time == last]
        if time - last <= correlation.timespan:
            for value, those in by_value(parts, time).items():
                if value not in {part.item for part in before}:
                    yield Judged(time, True, value, those, those, tag=value, before=tuple(before[-4:]))


# Travel


def travel(correlation: Correlation, scope: Scope) -> Iterator[Judged]:
    """A place too far from any of the last time before, or from one of the same time that comes first.

    First come those that were near a place before, then those that come first as text.
    """
    found = located(correlation, scope.hits)
    options, span = correlation.options, correlation.timespan
    radius, speed = options.get("radius", 50), options.get("speed", 1000)
    last, there = -math.inf, list[Part]()
    for time in times_of(found, scope.until):
        here = [part for part in found if part.hit.time == time and part.item in places_at(found, time)]
        before = there if time - last <= span else []
        near = {one for one in places_at(found, time) if any(distance(part.item, one) <= radius for part in before)}
        order = sorted(places_at(found, time), key=lambda place: (place not in near, place_text(place)))
        for number_of, place in enumerate(order):
            ways = [(distance(part.item, place), time - last) for part in before]
            ways += [(distance(one, place), 0) for one in order[:number_of]]
            far = [way for way, passed in ways if way > radius and way > speed * passed / 3_600_000_000]
            those = tuple(part for part in here if part.item == place)
            if far:
                yield Judged(
                    time, True, round(max(far)), those, those, tag=place_text(place), before=tuple(before[-4:])
                )
        last, there = time, here


def located(correlation: Correlation, hits: Sequence[Hit]) -> list[Part]:
    """The hits with a place, in order of time and of the places as text; each event once for a place."""
    found: dict[tuple[int, str, Any], Part] = {}
    for hit in hits:
        given = [number(value_of(correlation, hit, correlation.options[name])) for name in ("latitude", "longitude")]
        if None not in given and abs(given[0]) <= 90 and abs(given[1]) <= 180:  # type: ignore[arg-type]
            place = tuple(round(float(one), 4) + 0.0 for one in given)  # type: ignore[arg-type]
            found.setdefault((hit.time, hit.event, place), Part(hit, place))
    return sorted(found.values(), key=lambda part: (part.hit.time, place_text(part.item)))


def places_at(found: Sequence[Part], time: int) -> list[tuple[float, float]]:
    """The places of one time, a hundred at most, in order of their text."""
    return sorted({part.item for part in found if part.hit.time == time}, key=place_text)[:100]


def place_text(place: tuple[float, float]) -> str:
    return f"{place[0]:.4f},{place[1]:.4f}"


def distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Along the great circle, km: by the angle between two vectors."""
    vectors = []
    for north, east in (one, other):
        up, round_ = math.radians(north), math.radians(east)
        vectors.append((math.cos(up) * math.cos(round_), math.cos(up) * math.sin(round_), math.sin(up)))
    (x, y, z), (u, v, w) = vectors
    across = math.hypot(y * w - z * v, z * u - x * w, x * v - y * u)
    return 6371.0088 * math.atan2(across, x * u + y * v + z * w)


# Absence


def absence(correlation: Correlation, scope: Scope) -> Iterator[Judged]:
    if correlation.options.get("after"):
        return unanswered(correlation, scope)
    return silence(correlation, scope)


def silence(correlation: Correlation, scope: Scope) -> Iterator[Judged]:
    """A timespan after the group was heard of last, or after the beginning where it is listed, it is silent."""
    if correlation.options.get("groups") and not scope.listed:
        return
    heard = sorted(
        {hit.time for hit in scope.hits if hit.time <= scope.until} | ({scope.begin} if scope.listed else set())
    )
    forget = math.inf if scope.listed else correlation.options.get("forget", math.inf)
    for time, following in pairwise([*heard, math.inf]):
        last = tuple(Part(hit) for hit in scope.hits if hit.time == time)[-1:]
        if last:
            yield Judged(int(time), False)
        deadline = time + correlation.timespan
        if deadline < following and deadline <= scope.until:
            yield Judged(int(deadline), True, before=last, after=True)
            if time + forget < following and time + forget <= scope.until:
                yield Judged(int(time + forget), False, after=True)


def unanswered(correlation: Correlation, scope: Scope) -> Iterator[Judged]:
    """An event that starts the clock, and none of another rule at its time or within a timespan after it."""
    asking = {correlation.rules[index] for index in correlation.options["after"]}
    answers = sorted({hit.time for hit in scope.hits if hit.rule not in asking})
    parts = once([Part(hit) for hit in scope.hits if hit.rule in asking and hit.time not in answers])
    said: list[Judged] = [Judged(time, False) for time in answers if time <= scope.until]
    for asked in times_of(parts, scope.until - correlation.timespan):
        time = asked + correlation.timespan
        if not any(asked <= answer <= time for answer in answers):
            window = tuple(part for part in parts if asked <= part.hit.time <= time)
            told = max((each.time for each in said if each.true and each.time < time), default=-math.inf)
            fresh = tuple(part for part in window if part.hit.time > told)
            said.append(Judged(time, True, None, window, fresh, after=True))
    yield from sorted(said, key=lambda each: (each.time, each.after))


def once(parts: Sequence[Part]) -> list[Part]:
    """Each event once."""
    found: dict[tuple[int, str], Part] = {}
    for part in parts:
        found.setdefault((part.hit.time, part.hit.event), part)
    return list(found.values())


# Rates


def spike(correlation: Correlation, scope: Scope) -> Iterator[Judged]:
    """The window of a timespan against the mean of the history before it."""
    options, span = correlation.options, correlation.timespan
    field = options.get("field")
    opening = [hit for hit in scope.hits if hit.opens]
    amounts = [Part(hit, number(value_of(correlation, hit, field)) if field else 1) for hit in opening]
    parts = once([part for part in amounts if part.item is not None])
    history = options["history"]
    mute = options.get("learning", history + span)
    for time in times_of(parts, scope.until):
        window = tuple(part for part in parts if time - span <= part.hit.time <= time)
        earlier = [part.item for part in parts if time - span - history <= part.hit.time < time - span]
        now, mean = sum(part.item for part in window), Fraction(sum(earlier) * span) / history
        true = now >= number(options["minimum"]) and now >= number(options["ratio"]) * mean
        if time >= scope.begin + mute:
            yield Judged(time, true, plain(now), window, tuple(part for part in window if part.hit.time == time))


def ratio(correlation: Correlation, window: Sequence[Part]) -> Fraction | None:
    """The share of events that the rules of `part` match."""
    if len(window) < correlation.options.get("minimum", 1):
        return None
    return Fraction(sum(part.item for part in window), len(window))


def shares(correlation: Correlation, hits: Sequence[Hit]) -> list[Part]:
    """Each event once, and whether one of the rules of `part` matches it."""
    wanted = {correlation.rules[index] for index in correlation.options["part"]}
    matched = {(hit.time, hit.event) for hit in hits if hit.rule in wanted}
    return once([Part(hit, (hit.time, hit.event) in matched) for hit in hits if hit.opens])


def risk(correlation: Correlation, window: Sequence[Part]) -> Fraction | None:
    """The sum of the scores of all hits, or of all rules that have one."""
    if not window:
        return None
    rules = [part.hit.rule for part in window]
    scores = correlation.options.get("scores") or [None] * len(correlation.rules)
    points = {
        rule: number(correlation.options["score"] if score is None else score)
        for rule, score in zip(correlation.rules, scores, strict=True)
    }
    return Fraction(sum(points[rule] for rule in (set(rules) if correlation.options.get("once") else rules)))


def opening(correlation: Correlation, hits: Sequence[Hit]) -> list[Part]:
    return [Part(hit) for hit in hits if hit.opens]


JUDGES: dict[str, Judge] = {
    "absence": absence,
    "change": change,
    "first_seen": first_seen,
    "ratio": partial(sliding, parts_of=shares, measure=ratio),
    "risk": partial(sliding, parts_of=opening, measure=risk),
    "spike": spike,
    "travel": travel,
}
