"""The stateless half of the engine: events in, detections out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from engine import logsources
from engine.aliases import Aliases
from engine.derived import applying, derived_in
from engine.match.classes import CACHE_LIMIT, Tests
from engine.match.graph import NODE_LIMIT
from engine.match.matcher import Matcher
from engine.match.record import Record
from engine.model import Batch, Detection, Event, LogSource, RuleHead
from engine.projection import Shape
from engine.rules import Ruleset

__all__ = ["Detector"]


class Detector:
    """Finds the rules that match each event.

    ruleset         what to look for
    all_logsources  every rule sees every event, whatever its logsource says
    cache_limit     values remembered a field, at most
    node_limit      nodes of a decision graph kept, at most

    The answer depends on rule and event alone, never on what was seen before. A pickled detector is its ruleset: the
    other side compiles it again.
    """

    def __init__(
        self,
        ruleset: Ruleset,
        *,
        all_logsources: bool = False,
        cache_limit: int = CACHE_LIMIT,
        node_limit: int = NODE_LIMIT,
    ) -> None:
        self.ruleset = ruleset
        self.all_logsources = all_logsources
        self.cache_limit = cache_limit
        self.node_limit = node_limit
        self._matchers: dict[tuple[tuple[int, ...], Aliases | None, tuple[int, ...]], Matcher] = {}
        self._logsources = list(dict.fromkeys(rule.logsource for rule in ruleset.rules))
        places = {each: place for place, each in enumerate(self._logsources)}
        self._logsource_of = [places[rule.logsource] for rule in ruleset.rules]
        self._tests: dict[tuple[int, ...], Tests] | None = {}
        self._shown: dict[int, tuple[str, ...]] = {}
        self._heads: dict[int, RuleHead] = {}
        self._routes: dict[LogSource | None, tuple[Matcher, tuple[int, ...]]] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(
            Detector, all_logsources=self.all_logsources, cache_limit=self.cache_limit, node_limit=self.node_limit
        ), (self.ruleset,)

    def detect(self, events: Iterable[Event]) -> Iterator[Detection]:
        """Every detection of every event, in order of events and then of rules."""
        for event in events:
            matcher, numbers = self._route(event.logsource)
            for number in matcher.matched(event.fields):
                yield self.detection(numbers[number], event)

    def match(self, batch: Batch) -> list[tuple[int, tuple[int, ...]]]:
        """(index of record, numbers of rules in the ruleset) for every record of a batch that some rule matches."""
        if batch.parts is not None:
            found = [(of[index], numbers) for of, part in batch.parts for index, numbers in self.match(part)]
            return sorted(found)
        matcher, numbers = self._route(batch.logsource)
        if len(numbers) == len(self.ruleset.rules):
            return matcher.hits(batch)
        return [(index, tuple(numbers[number] for number in found)) for index, found in matcher.hits(batch)]

    def detection(self, number: int, event: Event, record: Record | None = None) -> Detection:
        """What rule `number` says of an event that it matches."""
        rule = self.ruleset.rules[number]
        head = self._heads.get(number)
        if head is None:
            head = self._heads[number] = rule.head
            self._shown[number] = derived_in(rule, self.ruleset.derived)
        matcher = self._route(event.logsource)[0]
        selections, matched = matcher.evidence.of(rule, record or Record(lambda: event.fields, None))
        if self._shown[number]:
            event = event._replace(derived=tuple(matcher.fields.values(self._shown[number], event.fields).items()))
        return Detection(head, event.time, event.logsource, (), selections, matched, (event,))

    def undecided(self) -> Iterator[str]:
        """What to say of rules that were not decided for some records since this was last asked; almost always nothing.

        They count as not matched there, because an expression in them would have taken too long.
        """
        for (numbers, *_), matcher in self._matchers.items():
            for number, count in matcher.given_up().items():
                records = f"{count:,} record{'' if count == 1 else 's'}"
                title = self.ruleset.rules[numbers[number]].title
                yield f'the rule "{title}" was not decided for {records}: an expression takes too many steps there'

    def shape(self, logsource: LogSource) -> Shape:
        """The fields to decode for events of a logsource: those that the rules have been reading most."""
        return self._route(logsource)[0].shape

    def sees(self, logsource: LogSource | None) -> int:
        """How many rules look at events of a logsource."""
        return len(self._route(logsource)[1])

    def compiled(self, logsource: LogSource | None) -> tuple[Matcher, tuple[int, ...]]:
        """The rules that see a logsource, compiled, and their numbers in the ruleset."""
        return self._route(logsource)

    def _route(self, logsource: LogSource | None) -> tuple[Matcher, tuple[int, ...]]:
        """The rules that see a logsource, compiled, and their numbers in the ruleset."""
        found = self._routes.get(logsource)
        if found is None:
            rules = self.ruleset.rules
            seen = [self._sees(each, logsource) for each in self._logsources]
            numbers = tuple(number for number, each in enumerate(self._logsource_of) if seen[each])
            aliases = (logsources.known(logsource).aliases or None) if logsource else None
            derived = applying(self.ruleset.derived, None if self.all_logsources else logsource)
            key = numbers, aliases, tuple(map(id, derived))
            matcher = self._matchers.get(key)
            if matcher is None:
                matcher = self._matchers[key] = Matcher(
                    [rules[number] for number in numbers],
                    *_always(logsource),
                    aliases,
                    derived,
                    cache_limit=self.cache_limit,
                    node_limit=self.node_limit,
                    shared=self._tests,
                )
            found = self._routes[logsource] = matcher, numbers
        return found

    def _sees(self, rule: LogSource, logsource: LogSource | None) -> bool:
        return self.all_logsources or (logsource is not None and logsources.routed(rule, logsource))


def _always(logsource: LogSource | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The fields that every event is read for, whatever the rules are: its time, and its id, which is text."""
    if logsource is None:
        return (), ()
    known = logsources.known(logsource)
    return known.time[:1], tuple(path for path in known.ids if isinstance(path, str) and "." not in path)
