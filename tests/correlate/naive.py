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
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from engine.hit import Evidence, Hit, Measured
from engine.model import Ref
from engine.rules import Correlation, Ruleset
from tests.correlate import naive_native, naive_sigma
from tests.correlate.naive_hits import Judge, Judged, Part, Scope, text, value_of

__all__ = ["Told", "correlate", "grouped", "once", "ordered"]

Group = tuple[tuple[str, str | None], ...]

SHOWN = 100
"""Events that an episode shows, at most."""


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


JUDGES: dict[str, Judge] = naive_sigma.JUDGES | naive_native.JUDGES


def correlate(
    ruleset: Ruleset, hits: Iterable[Hit], until: float = math.inf, late: Iterable[tuple[Hit, float]] = ()
) -> list[Told]:
    """The episodes of all correlations, with what is decided up to a time (microseconds; infinity: all)."""
    pool = once(hits)
    wanted = {rule for correlation in ruleset.correlations for rule in correlation.rules}
    begin = min((hit.time for hit in pool if hit.rule in wanted and hit.time <= until), default=None)
    told: list[Told] = []
    for correlation in ruleset.correlations:
        missed = list(late)
        expected = listed(correlation) if begin is not None else []
        groups = {key: [] for key in expected} | grouped(correlation, pool)
        for texts, members in groups.items():
            group = tuple(zip(correlation.group_by, texts, strict=True))
            mine = [
                each for each in missed if texts_of(correlation, each[0]) == texts and each[0].rule in correlation.rules
            ]
            judged = JUDGES[correlation.type](correlation, Scope(members, until, begin or 0, mine, texts in expected))
            found, above = tell(correlation, group, list(judged), until)
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


def listed(correlation: Correlation) -> list[tuple[str | None, ...]]:
    """Groups that are expected before any hit of theirs; the one there is without `group-by` is one."""
    if correlation.type != "absence" or correlation.options.get("after"):
        return []
    groups = correlation.options.get("groups", ()) if correlation.group_by else [()]
    return [tuple(map(text, each)) if isinstance(each, (list, tuple)) else (text(each),) for each in groups]


def grouped(correlation: Correlation, pool: Iterable[Hit]) -> dict[tuple[str | None, ...], list[Hit]]:
    """The hits of the rules it refers to, by the texts of their group, each in order of (time, event, rule)."""
    groups: dict[tuple[str | None, ...], list[Hit]] = {}
    for hit in sorted(pool, key=lambda hit: (hit.time, hit.event, hit.rule)):
        if hit.rule in correlation.rules:
            texts = texts_of(correlation, hit)
            if correlation.missing == "null" or None not in texts:
                groups.setdefault(texts, []).append(hit)
    return groups


def texts_of(correlation: Correlation, hit: Hit) -> tuple[str | None, ...]:
    """The group of a hit."""
    return tuple(text(value_of(correlation, hit, name)) for name in correlation.group_by)


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
    return math.inf if naive_native.lasts(correlation) else opened[-1].time + correlation.timespan


def episode(correlation: Correlation, group: Group, opened: Sequence[Judged], end: float | None) -> Told:
    """The episode of these judgements, all of them true."""
    first, last = opened[0], opened[-1]
    hits = len(first.window) + sum(len(each.fresh) for each in opened[1:])
    shown = evidence([*first.before, *first.window, *(part for each in opened[1:] for part in each.fresh)])
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
    found = {(one.time, one.id or "", one.ref, one.rule): one for part in parts for one in part.hit.evidence}
    return tuple(found[key] for key in sorted(found))[-SHOWN:]


def raised(correlation: Correlation, group: Group, opened: Sequence[Judged]) -> Hit:
    """The hit that a true judgement is to correlations above.

    Its values are those of the group by their names, all others those of the last hit that took part.
    """
    now = opened[-1]
    values: dict[str, Any] = {}
    if now.window or now.before:
        last = (*now.before, *now.window)[-1].hit
        values = last.values | {name: value_of(correlation, last, name) for name in correlation.aliases}
    values |= dict(group)
    shown = evidence([*now.before, *now.window] if len(opened) == 1 or now.after else now.fresh)
    known_as = f"{identity(correlation, group, opened[0])}@{now.time}"
    return Hit(correlation.key, now.time, known_as, values, shown, len(opened) == 1)
