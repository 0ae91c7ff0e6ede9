"""Explanations of correlations as text for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from engine.cli._hit import Seen, hits_of
from engine.explain.correlated import Part, asked, judged, length, measures, parts_of, settings
from engine.explain.phrases import seen
from engine.match import Detector
from engine.rules import Correlation
from engine.runners.pick import Picked
from engine.terminal import Paint, visible

__all__ = ["Understood", "correlation_lines", "plain", "understand"]


class Understood(NamedTuple):
    """All that is said of one correlation.

    hits  what an event is to each of its rules; None without one
    """

    correlation: Correlation
    parts: tuple[Part, ...]
    hits: tuple[Seen, ...] | None


def understand(correlation: Correlation, detector: Detector, picked: Picked | None) -> Understood:
    """Explain one of the correlations of a detector's rule set."""
    hits = None if picked is None else hits_of(correlation, picked, detector)
    return Understood(correlation, parts_of(correlation, detector.ruleset), hits)


def correlation_lines(told: Understood, picked: Picked | None, paint: Paint) -> Iterator[str]:
    """Lines for people."""
    one = told.correlation
    yield f"{paint(visible(one.title), 'bold')}  {paint.level(one.level, 0)}".rstrip()
    yield _fact("file", f"{one.path}:{one.line}")
    if one.id:
        yield _fact("id", one.id)
    if one.name:
        yield _fact("name", one.name)
    for each in one.filters:
        yield _fact("filter", f"{each.title} ({each.path}:{each.line})")
    yield from _meaning(one)
    yield _fact(
        "reported", "also the rules it refers to" if one.generate else "this alone, not each event of its rules"
    )
    yield ""
    yield paint("rules", "cyan")
    for part in told.parts:
        named = "" if part.word in (part.key, part.of.title) else f"{part.word}: "
        what = f"{part.of.type}, " if isinstance(part.of, Correlation) else ""
        yield f"  {visible(named + part.of.title)}  {paint(visible(f'({what}{part.key})'), 'dim')}"
    if picked and told.hits is not None:
        yield ""
        yield from _event(told, told.hits, picked, paint)


def _meaning(one: Correlation) -> Iterator[str]:
    """What it asks for, of which groups, over which time."""
    yield _fact("type", f"{one.type} (language: {one.language})" if one.language else one.type)
    yield _fact("true when", asked(one))
    yield _fact("judged", judged(one))
    yield _fact("timespan", length(one.timespan))
    if one.group_by:
        lacking = "takes no part" if one.missing == "drop" else "is in the group null"
        yield _fact("group by", f"{', '.join(one.group_by)}; an event without one {lacking}")
    else:
        yield _fact("group by", "nothing: all events are one group")
    for alias, fields in one.aliases.items():
        words = dict(zip(one.rules, one.names, strict=True))
        pairs = ", ".join(f"{field} of {words.get(rule, rule)}" for rule, field in fields.items())
        yield _fact("alias", f"{alias} is {pairs}")
    if measured := [name for name in measures(one) if name not in one.group_by]:
        yield _fact("reads", ", ".join(measured))
    for name, value in settings(one):
        yield _fact(name, value)


def _event(told: Understood, hits: tuple[Seen, ...], picked: Picked, paint: Paint) -> Iterator[str]:
    """What the event is to each rule."""
    yield _fact("event", f"{picked.event.ref} ({picked.event.logsource})")
    for one in hits:
        if not one.matched:
            said = paint("no hit", "red")
        elif one.why:
            said = f"{paint('no hit', 'red')}: {one.why}"
        else:
            said = paint("a hit", "green")
        yield f"  {said}  {visible(one.part.of.title)}"
        for name, value in one.group:
            yield f"    group     {visible(f'{name} {_text(value)}')}"
        for read in one.measured:
            yield f"    measured  {visible(f'{read.field} {seen((read,))}')}"
    if inner := [part for part in told.parts if part.kind == "correlation"]:
        yield f"  {paint('see below', 'dim')}  {visible(', '.join(part.of.title for part in inner))}"


def _text(value: str | None) -> str:
    return "is missing: the group null" if value is None else f'is "{value}"'


def _fact(label: str, value: str) -> str:
    return f"  {label:<11}{visible(value)}"


# JSON


def plain(told: Understood) -> dict[str, Any]:
    """Plain data; its shape is in docs/explain.md."""
    one = told.correlation
    return {
        "id": one.id, "name": one.name, "title": one.title, "level": one.level.name, "path": one.path,
        "line": one.line, "logsource": one.logsource._asdict(), "type": one.type, "language": one.language,
        "condition": asked(one), "judged": judged(one), "timespan": length(one.timespan),
        "group_by": one.group_by, "missing": one.missing, "aliases": one.aliases, "reads": measures(one),
        "options": dict(settings(one)), "generate": one.generate,
        "filters": [each._asdict() for each in one.filters],
        "rules": [
            {"key": part.key, "word": part.word, "title": part.of.title, "kind": part.kind} for part in told.parts
        ],
        "hits": None if told.hits is None else [_hit(hit) for hit in told.hits],
    }  # fmt: skip


def _hit(hit: Seen) -> dict[str, Any]:
    return {
        "rule": hit.part.key, "matched": hit.matched, "hit": hit.matched and hit.why is None, "why": hit.why,
        "group": [{"field": name, "value": value} for name, value in hit.group],
        "measured": [value._asdict() for value in hit.measured],
    }  # fmt: skip
