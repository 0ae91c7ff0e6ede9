"""What an event is to a correlation: which of its rules it hits, in which group, with which values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from engine.correlate import Correlator
from engine.correlate.groups import text
from engine.explain import Explainer, Value
from engine.explain.correlated import Part, measures, parts_of
from engine.handover import Hits
from engine.match import Detector
from engine.rules import Correlation, Rule
from engine.runners.pick import Picked

__all__ = ["Seen", "hits_of"]

_FOREVER = 1 << 62
"""A horizon: every time is believed."""


class Seen(NamedTuple):
    """What an event is to one of the rules of a correlation.

    matched   the rule matches it
    why       of an event that is matched and no hit all the same: why
    group     group-by name -> text of what the event has there; None where it has nothing
    measured  what the type reads beside the group
    """

    part: Part
    matched: bool
    why: str | None = None
    group: tuple[tuple[str, str | None], ...] = ()
    measured: tuple[Value, ...] = ()


def hits_of(correlation: Correlation, picked: Picked, detector: Detector) -> tuple[Seen, ...]:
    """What an event is to each rule that a correlation refers to; what it is to inner correlations, they say."""
    ruleset = detector.ruleset
    hits = Hits.of(ruleset, Correlator(ruleset).reads, _FOREVER)
    found = []
    for part in parts_of(correlation, ruleset):
        if not isinstance(part.of, Rule):
            continue
        explainer = Explainer(part.of, ruleset.derived, all_logsources=detector.all_logsources)
        if not explainer.of(picked.event, picked.record).matched:
            found.append(Seen(part, False))
            continue
        hit = hits.hit(ruleset.rules.index(part.of), picked.event, detector)
        if hit is None:
            found.append(Seen(part, True, "it has no time, so that it takes no part"))
        else:
            found.append(_seen(part, correlation, hit.values))
    return tuple(found)


def _seen(part: Part, correlation: Correlation, values: Mapping[str, Any]) -> Seen:
    def field(name: str) -> str:
        return correlation.aliases.get(name, {}).get(part.key, name)

    group = tuple((name, text(values.get(field(name)))) for name in correlation.group_by)
    measured = tuple(Value(name, field(name) not in values, values.get(field(name))) for name in measures(correlation))
    dropped = correlation.missing == "drop" and any(value is None for _, value in group)
    return Seen(part, True, "a field of the group is missing, which drops it" if dropped else None, group, measured)
