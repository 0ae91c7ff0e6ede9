"""The public functions: load rules, and scan plain dicts with them."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from os import PathLike, fspath
from typing import Any, NamedTuple

from engine import logsources
from engine.correlate import Correlator
from engine.errors import RulesError, UsageError
from engine.handover import Hits
from engine.hit import Episode
from engine.load import load
from engine.logsources import lookup
from engine.match import Detector
from engine.model import Detection, Event, LogSource, Ref, RuleHead
from engine.rules import Ruleset
from engine.times import parse_time
from engine.windows.grouping import is_windows
from engine.windows.view import nested, view

__all__ = ["Finding", "load_rules", "scan"]

RuleSource = str | PathLike[str]
"""A file or folder of rules; or text with a line break in it, which is the YAML of rules itself."""

VariableSource = str | PathLike[str] | Mapping[str, Any]
"""A file of variables, or a mapping of names to a value or a list of values."""


class Finding(NamedTuple):
    """A rule that fired on plain dicts.

    time       microseconds since 1970-01-01 UTC; None where the event has none. Of a correlation: when it began
    group      group-by names and values; empty for a rule that looks at single events
    positions  of its events in the input, from 0; of a correlation the newest 100 that took part
    episode    what a correlation says, with its end, its value and its count; None for a rule
    """

    rule: RuleHead
    time: int | None
    group: tuple[tuple[str, Any], ...]
    positions: tuple[int, ...]
    episode: Episode | None = None


def load_rules(
    paths_or_yaml: RuleSource | Iterable[RuleSource],
    pipelines: Sequence[RuleSource] = (),
    strict: bool = True,
    fields: Sequence[RuleSource] = (),
    variables: VariableSource | Iterable[VariableSource] = (),
) -> Ruleset:
    """Load Sigma rules, with the filters that stand among them, from files, folders, or YAML text.

    pipelines  processing pipelines of pySigma: files, folders, YAML text or ids of installed ones; applied to every
               rule, lowest priority first and else in this order
    strict     raise RulesError, which lists every rule that cannot be used; False keeps them in `.rejected` instead
    fields     derived fields: files, folders or YAML text; beside those that come with the package
    variables  what stands for placeholders under `|expand`: a mapping of names to a value or a list of values, or
               files of such; the last that gives a name wins

    Raises RulesError; UsageError for a path that is not there, and for a pipeline that cannot be used.
    """
    given = [paths_or_yaml] if isinstance(paths_or_yaml, str | PathLike) else list(paths_or_yaml)
    texts = [item for item in given if isinstance(item, str) and "\n" in item]
    paths = [fspath(item) for item in given if not (isinstance(item, str) and "\n" in item)]
    ruleset = load(
        paths, texts=texts, pipelines=_listed(pipelines), fields=_listed(fields), variables=_given(variables)
    )
    if strict and ruleset.rejected:
        raise RulesError(ruleset.rejected)
    return ruleset


def _given(variables: VariableSource | Iterable[VariableSource]) -> list[str | Mapping[str, Any]]:
    listed = [variables] if isinstance(variables, str | PathLike | Mapping) else variables
    return [item if isinstance(item, Mapping) else fspath(item) for item in listed]


def _listed(given: RuleSource | Iterable[RuleSource]) -> list[str]:
    return [fspath(item) for item in ([given] if isinstance(given, str | PathLike) else given)]


def scan(
    events: Iterable[Mapping[str, Any]],
    rules: Ruleset | RuleSource | Iterable[RuleSource],
    *,
    pipelines: Sequence[RuleSource] = (),
    fields: Sequence[RuleSource] = (),
    variables: VariableSource | Iterable[VariableSource] = (),
    time_field: str | None = None,
    logsource: LogSource | None = None,
    final: bool = False,
) -> list[Finding]:
    """Every rule that fires on some dicts, in order of events and then of rules; then what correlations find.

    Correlations see all events at once, whatever their order: each of their episodes is one finding, in order of time.
    A rule that correlations refer to gives findings of its own where one of them says `generate`.

    events      read one at a time; a mapping of any kind stands for a JSON object, a list or tuple for a list
    rules       a ruleset, or what `load_rules` takes
    pipelines   what `load_rules` takes; not with a ruleset, which is loaded already
    fields, variables  likewise
    time_field  dotted path of the event time; None: what is usual for the logsource
    logsource   what kind of log the events are; None: every rule sees every event
    final       let correlations decide what is open after the last event, as if nothing more came

    Raises what `load_rules` raises, and UsageError for an event that is no mapping. Warns (RuntimeWarning) of events
    for which the expression of a native rule takes too long to be decided.
    """
    for what, given in (("pipelines", pipelines), ("fields", fields), ("variables", variables)):
        if isinstance(rules, Ruleset) and given:
            raise UsageError(f"{what} for rules that are loaded already", hint="give them to load_rules")
    ruleset = rules if isinstance(rules, Ruleset) else load_rules(rules, pipelines, fields=fields, variables=variables)
    detector = Detector(ruleset, all_logsources=logsource is None)
    paths = (time_field,) if time_field else logsources.known(logsource or LogSource()).time
    listed = (_event(event, position, paths, logsource) for position, event in enumerate(events))
    found = detector.detect(listed) if not ruleset.correlations else None
    findings = _correlated(ruleset, detector, listed, final) if found is None else [_finding(each) for each in found]
    for said in detector.undecided():
        warnings.warn(said, RuntimeWarning, stacklevel=2)
    return findings


def _finding(found: Detection) -> Finding:
    return Finding(found.rule, found.time, found.group, tuple(event.ref.position for event in found.events))


def _correlated(ruleset: Ruleset, detector: Detector, events: Iterable[Event], final: bool) -> list[Finding]:
    correlator = Correlator(ruleset)
    hits = Hits.of(ruleset, correlator.reads, sys.maxsize)
    findings, times = [], []
    for event in events:
        if event.time is not None:
            times.append(event.time)
        matcher, numbers = detector.compiled(event.logsource)
        for number in matcher.matched(event.fields):
            if hit := hits.hit(numbers[number], event, detector):
                correlator.take([hit])
            if numbers[number] not in hits.silent:
                findings.append(_finding(detector.detection(numbers[number], event)))
    if times:
        correlator.begins(min(times))
        episodes = [*correlator.settle(max(times)), *correlator.close(max(times), final)]
        findings += _told(ruleset, episodes)
    return findings


def _told(ruleset: Ruleset, episodes: Iterable[Episode]) -> Iterator[Finding]:
    """Each episode once, as it was told last, in the order in which they were told first."""
    heads = {each.key: each.head for each in ruleset.correlations if each.key not in ruleset.silent}
    last = {each.id: each for each in episodes if each.correlation in heads}
    for each in last.values():
        positions = tuple(evidence.ref.position for evidence in each.evidence)
        yield Finding(heads[each.correlation], each.start, each.group, positions, each)


def _event(event: Mapping[str, Any], position: int, paths: Sequence[str], logsource: LogSource | None) -> Event:
    if not isinstance(event, Mapping):
        hint = "an event is a dict, as JSON has objects; put one alone into a list"
        raise UsageError(f"event {position} is no mapping: {type(event).__name__}", hint=hint)
    try:
        fields = _plain(event)
    except RecursionError:  # no parser of JSON makes what is as deep as this and not plain
        fields = dict(event)
    if logsource is None:
        if nested(fields):  # an event of Windows under the names of its collector
            fields = view(fields)[0]
    elif is_windows(logsource):
        fields, logsource = view(fields, logsource)
    time = next((time for path in paths if (time := parse_time(lookup(fields, path))) is not None), None)
    return Event(time, logsource, fields, Ref("events", position))


def _plain(value: Any) -> Any:
    """The value in the types that JSON is read into; matching looks at no others."""
    if isinstance(value, Mapping):
        return {key: _plain(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(member) for member in value]
    if value is None or type(value) in (str, int, float, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)  # of an enumeration its value, not its name
    if isinstance(value, int):
        return int(value)
    return float(value) if isinstance(value, float) else value
