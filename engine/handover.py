"""From matching to correlating: what correlations want to know of an event, read while its record is at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET

from engine import logsources
from engine.derived.fields import Fields
from engine.derived.ways import compute
from engine.fields import getter
from engine.hit import Evidence, Hit
from engine.match import Detector
from engine.model import Event, LogSource
from engine.rules import Query, Ruleset

__all__ = ["Hits", "Wanted"]

LONGEST = 2_000
"""Characters of a value that is shown; of a longer text or object the beginning."""

Read = Callable[[dict[str, Any]], Any]


class Wanted(NamedTuple):
    """What correlations ask of the hits of one rule.

    key      of the rule
    names    what to read: fields, derived fields, JMESPath expressions
    queries  those of them that are JMESPath -> tree as `engine.jmes` takes it
    shown    the fields that people want to see of an event
    silent   it is not reported on its own
    """

    key: str
    names: tuple[str, ...]
    queries: dict[str, str]
    shown: tuple[str, ...]
    silent: bool


class Hits:
    """Makes hits of events. A pickled one is what is wanted; it is compiled on the other side.

    wanted   number of a rule in the ruleset -> what correlations ask of it
    horizon  microseconds; no event of a later time is believed
    """

    def __init__(self, wanted: Mapping[int, Wanted], horizon: int) -> None:
        self.wanted = dict(wanted)
        self.horizon = horizon
        self.silent = frozenset(number for number, each in wanted.items() if each.silent)
        self._readers: dict[tuple[int, LogSource | None], tuple[_Readers, _Readers, _Seen]] = {}
        self._last: tuple[Any, dict[str, Any]] = (None, {})

    @classmethod
    def of(cls, ruleset: Ruleset, reads: Callable[[str], Iterable[str]], horizon: int) -> Hits:
        """What the correlations of a ruleset want of its rules; `reads` gives the names for the key of a rule."""
        queries = {name: tree for each in ruleset.correlations for name, tree in each.queries.items()}
        return cls(
            {
                number: Wanted(
                    rule.key,
                    names := tuple(reads(rule.key)),
                    {name: queries[name] for name in names if name in queries},
                    rule.fields,
                    rule.key in ruleset.silent,
                )
                for number, rule in enumerate(ruleset.rules)
                if rule.key in ruleset.correlated
            },
            horizon,
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return Hits, (self.wanted, self.horizon)

    def hit(self, number: int, event: Event, detector: Detector) -> Hit | None:
        """What a rule's hit on an event says to correlations; None where none asks, or no time can be believed.

        An event without an id is known by where it stands, so that two of them are never taken for one.
        """
        if event.time is None or event.time > self.horizon or number not in self.wanted:
            return None
        key = number, event.logsource
        found = self._readers.get(key)
        if found is None:
            found = self._readers[key] = self._prepared(number, event.logsource, detector)
        names, shown, recognised = found
        record, ref = event.fields, event.ref
        if self._last[0] is not record:  # several rules may match one event
            self._last = record, _recognised(record, recognised)
        told = self._last[1]
        if shown:
            told = {name: _short(value) for name, read in shown if (value := read(record)) is not UNSET} | told
        rule = self.wanted[number].key
        return Hit(
            rule,
            event.time,
            event.id or f"{ref.file}#{ref.position:09d}",
            {name: value for name, read in names if (value := read(record)) is not UNSET},
            (Evidence(rule, event.time, ref, event.id, told),),
        )

    def _prepared(
        self, number: int, logsource: LogSource | None, detector: Detector
    ) -> tuple[_Readers, _Readers, _Seen]:
        wanted = self.wanted[number]
        fields = detector.compiled(logsource)[0].fields
        names = tuple(
            (name, _query(name, wanted.queries[name], fields) if name in wanted.queries else fields.reader(name))
            for name in wanted.names
        )
        known = logsources.known(logsource or LogSource())
        shown = tuple((name, fields.reader(name)) for name in wanted.shown)
        seen = tuple(tuple((path, getter(path)) for path in paths) for paths in (known.who, known.origin, known.action))
        return names, shown, seen


_Readers = tuple[tuple[str, Read], ...]
_Seen = tuple[_Readers, ...]


def _recognised(record: dict[str, Any], seen: _Seen) -> dict[str, Any]:
    """By what people know an event: who, from where and what, each the first that is there."""
    found = {}
    for readers in seen:
        for path, read in readers:
            value = read(record)
            if value is not UNSET and value is not None and value != "" and value != []:
                found[path] = _short(value)
                break
    return found


def _query(name: str, tree: str, fields: Fields) -> Read:
    """A JMESPath expression over the record and its derived fields; null is as if it were missing."""
    evaluate = compute(Query(name, tree), fields)

    def queried(record: dict[str, Any]) -> Any:
        value = evaluate(record, {})
        return UNSET if value is None else value

    return queried


def _short(value: Any) -> Any:
    """The value, or where it is long the beginning of its text."""
    kind = type(value)
    if kind is str:
        return value if len(value) <= LONGEST else f"{value[:LONGEST]}…"
    if kind is not dict and kind is not list:
        return value
    try:
        text = msgspec.json.encode(value)
    except (ValueError, TypeError, OverflowError, RecursionError):
        text = repr(value).encode("utf-8", "backslashreplace")
    return value if len(text) <= LONGEST else f"{text[:LONGEST].decode('utf-8', 'ignore')}…"
