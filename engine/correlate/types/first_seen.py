"""`first_seen`: a value that a group has not had for as long as is remembered, or ever.

    correlation:
      type: first_seen
      rules: [api_call]
      group-by: [actor]
      field: awsRegion
      timespan: 30d
      learning: 14d

Fires at an event whose value the group has in no event of the timespan before it; one exactly a timespan old is still
remembered, an older one is forgotten and the value is new again. Of several fields the combination of their values
counts. Values are told apart by their exact text; an event without one of the fields takes no part. Without `group-by`
all events are one group: `field: userIdentity.arn` alone finds new principals.

Until `learning` has passed since the first event that the correlations of the rule set saw, everything is remembered
and nothing told: what is usual is not known yet. By default that is the timespan; `learning: 0s` tells at once.
`group-learning` is the same for each group, since its first event, by default nothing: the first value of a new
group is new. A group of which nothing was seen for a timespan is a new one.

Events count in order of their own time: one that comes later, but in time, moves the first sighting. One that comes too
late to be correlated is remembered nevertheless.

Every new value is an episode of its own that has no length; its value is the text of the value, of a combination the
JSON of a list. Of an inner correlation every true hit brings its values.

options: {"field": [name, ...], "learning": µs, "group-learning": µs}
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

import msgspec

from engine.correlate.options import Duration, Fields
from engine.correlate.types._native import NEVER, Native, by_value, remembered
from engine.correlate.window import Judgement, Window
from engine.hit import Hit
from engine.rules import Correlation

__all__ = ["Type"]


class _History(Window):
    """When each value was seen last.

    The log has every sighting until a later one of the same value; what is obsolete goes when it is the most of it.

    known   value -> the time in its newest entry in the log
    begun   time of the group's first hit since it was last forgotten
    newest  time of its newest hit
    """

    __slots__ = ("begin", "begun", "known", "newest")
    kind: Type

    def __init__(self, kind: Type, begin: int) -> None:
        super().__init__(kind)
        self.begin = begin
        self.begun = self.newest = NEVER
        self.known: dict[str, int] = {}

    def take(self, time: int, hits: Sequence[Hit]) -> Iterable[Judgement]:
        values = by_value((self.kind.value_of(hit), hit) for hit in hits)
        if not values:
            return ()
        cutoff = time - self.kind.timespan
        if self.newest < cutoff:
            self.begun = time
        self.newest = max(time, self.newest)
        self.forget(time - 1)
        told = time >= self.begin + self.kind.mute and time >= self.begun + self.kind.group_mute
        new = []
        for value, those in values.items():
            if self._see(remembered(value), time) < cutoff and told:
                new.append(Judgement(True, value, len(those), tag=value, hits=those))
        return new

    def late(self, hits: Sequence[Hit]) -> None:
        for hit in hits:
            value = self.kind.value_of(hit)
            if value is not None:
                if (
                    self.newest < hit.time - self.kind.timespan
                    or hit.time < self.begun <= hit.time + self.kind.timespan
                ):
                    self.begun = hit.time
                self.newest = max(hit.time, self.newest)
                self._see(remembered(value), hit.time)

    def _see(self, value: str, time: int) -> int:
        """Remember a sighting; when the one before it was."""
        before = self.known.get(value, NEVER)
        if before < time:
            self.known[value] = time
            self.log.append(time, value)
            if len(self.log) > 2 * len(self.known) + 64:
                self._tidy()
        return before

    def _tidy(self) -> None:
        """Write the log anew, without what is obsolete."""
        while len(self.log):
            self.log.drop()
        for time, value in sorted((time, value) for value, time in self.known.items()):
            self.log.append(time, value)

    def _drop(self) -> None:
        time = self.log.times[self.log.first]
        value = self.log.drop()
        if self.known.get(value) == time:
            del self.known[value]

    def forget(self, watermark: int) -> None:
        log, cutoff = self.log, watermark - self.kind.timespan
        while len(log):
            time = log.times[log.first]
            if time > cutoff and self.known.get(log.items[log.first]) == time:
                return
            self._drop()

    def until(self) -> int | None:
        return self.newest + self.kind.timespan

    def limit(self, most: int) -> int:
        self._tidy()
        dropped = max(0, len(self.log) - most)
        for _ in range(dropped):
            self._drop()
        return dropped

    def head(self) -> object:
        return self.begun, self.newest

    def restore(self, head: tuple[int, int]) -> None:
        self.begun, self.newest = head
        log = self.log
        for index in range(log.first, len(log.times)):
            self.known[log.items[index]] = log.times[index]


class _Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    field: Fields
    learning: Duration | None = None
    group_learning: Duration = 0


class Type(Native):
    """Remembers values.

    mute        microseconds since the beginning in which nothing is told
    group_mute  the same since the beginning of a group
    """

    Options: ClassVar[type[msgspec.Struct]] = _Options
    late: ClassVar[bool] = True

    def __init__(self, correlation: Correlation) -> None:
        options = msgspec.convert(correlation.options, _Options)
        super().__init__(correlation, options.field)
        self.reach = 0  # a judgement has its evidence with it
        self.mute = correlation.timespan if options.learning is None else options.learning
        self.group_mute = options.group_learning

    def window(self, begin: int, listed: bool = False) -> Window:
        return _History(self, begin)

    def learning(self, begin: int) -> int | None:
        return begin + self.mute
