"""What a correlation type is: how it remembers the hits of one group, and when it says that something is true.

A type is one module in `types/`. Its class `Type` is made once for a correlation; `window()` makes the memory of one
group. The step gives a window its hits, instant by instant in order of time, calls it at the times that it asks for,
and turns its judgements into episodes. A window knows no clock and no store: everything it remembers is plain data, in
its log and in its head.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Literal, NamedTuple, Protocol

import msgspec

from engine.correlate.condition import Condition, Test, tester
from engine.correlate.numbers import Exact, plain
from engine.hit import Hit, Measured
from engine.rules import Correlation

__all__ = ["FALSE", "SKIP", "Asked", "Judgement", "Log", "Measuring", "Missing", "Sliding", "Type", "Window"]


class Judgement(NamedTuple):
    """What a window says at one time.

    true   the condition holds; false ends the episode that is open
    value  what was measured
    size   hits that take part in all: an episode that opens begins with so many
    new    those of them that no earlier judgement has counted: an episode that goes on has so many more
    tag    text that tells one thing from another that happens at the same time: the episode has no length, it opens
           and ends here, and this is part of its id. None for all that last
    since  the evidence is of hits from this time on; None: from one `reach` of the type before, with a tag: none
    hits   with a tag: those of this time that it is about, in order; they are evidence too, the last lends its values
    """

    true: bool
    value: Measured = None
    size: int = 0
    new: int = 0
    tag: str | None = None
    since: int | None = None
    hits: tuple[Hit, ...] = ()


Missing = Literal["null", "drop"]
"""What becomes of an event that lacks a group-by field: it is in the group null, or in none."""

SKIP = object()
"""In place of what to keep of a hit: it takes no part."""

FALSE = (Judgement(False),)
"""The condition does not hold."""


class Log:
    """What a window remembers in order of time: added at the end, dropped at the beginning.

    times  microseconds, ascending
    items  plain data of the same index: None, bool, int, Fraction, float, str, tuples and lists of these
    first  index of the oldest that counts; what is before is dropped and waits to be cleared away
    gone   how many were ever dropped
    """

    __slots__ = ("first", "gone", "items", "times")

    def __init__(self) -> None:
        self.times: list[int] = []
        self.items: list[Any] = []
        self.first = 0
        self.gone = 0

    def __len__(self) -> int:
        return len(self.times) - self.first

    def append(self, time: int, item: Any) -> None:
        self.times.append(time)
        self.items.append(item)

    def drop(self) -> Any:
        """Take the oldest away; what it held."""
        first = self.first
        item = self.items[first]
        first += 1
        self.gone += 1
        if first > 32 and first * 2 > len(self.times):  # so that each is moved once on average
            del self.times[:first], self.items[:first]
            first = 0
        self.first = first
        return item


class Window:
    """What one slot remembers.

    kind  the type it was made by, with the correlation's options
    log   what it remembers in order of time, which is saved in chunks; what `head` gives is saved whole each time
    seen  the hits of this instant that take part, for the evidence; the step reads it after `take`
    """

    __slots__ = ("kind", "log", "seen")

    def __init__(self, kind: Type) -> None:
        self.kind = kind
        self.log = Log()
        self.seen: Sequence[Hit] = ()

    def take(self, time: int, hits: Sequence[Hit]) -> Iterable[Judgement]:
        """Take all hits of one instant, in order of (event, rule), and judge once, after them."""
        raise NotImplementedError

    def due(self) -> int | None:
        """When `fire` is to be called, if no hit changes that: always after the hits of that time."""
        return None

    def fire(self, time: int) -> Iterable[Judgement]:
        """The time that `due` gave has come."""
        return ()

    def late(self, hits: Sequence[Hit]) -> None:
        """Hits of times that are decided. Only what no judgement hangs on may change: history, for `first_seen`."""

    def forget(self, watermark: int) -> None:
        """Drop what cannot matter to any time after the watermark; called before it is saved."""

    def until(self) -> int | None:
        """The watermark from which on nothing here matters, so that it need not be kept; None: it is always kept."""
        raise NotImplementedError

    def limit(self, most: int) -> int:
        """Drop the oldest of the log beyond `most`; how many."""
        return 0

    def head(self) -> Any:
        """Plain data that is small beside the log; `restore` takes it, after the log was filled."""
        return None

    def restore(self, head: Any) -> None:
        """Become again what `head` was taken of; `log` is already as it was."""


class Type(Protocol):
    """One correlation type with one correlation's options.

    Options      a msgspec.Struct: what stands in `Correlation.options`; the loader checks by it
    version      of what its windows save; another one makes state start anew
    late         its windows want hits that come late
    timed        its windows say when something is due; of others `due` is never asked
    presence     takes every true hit of an inner correlation; otherwise only those that open an episode
    expires      an episode ends one timespan after its condition was true last, if nothing ends it before
    reach        microseconds before a judgement from which on hits are evidence
    shows        how many hits the step keeps as evidence for each group, at most
    missing      `Correlation.missing` where a rule does not say
    """

    Options: ClassVar[type[msgspec.Struct]]
    version: ClassVar[int]
    late: ClassVar[bool]
    presence: ClassVar[bool]
    expires: bool
    missing: ClassVar[Missing]
    timed: bool
    reach: int
    shows: int

    def __init__(self, correlation: Correlation) -> None:
        """Compile. Raises ValueError, in words for the rule's author, when options do not go together."""

    def window(self, begin: int, listed: bool = False) -> Window:
        """A new group's memory.

        begin   the event time from which on this correlation has missed nothing
        listed  the group is one of `listed`, and there from `begin` on; otherwise its first hit comes next
        """

    def reads(self) -> Iterable[str]:
        """Names of hits' values that it reads, beside the group."""

    def meaning(self) -> Any:
        """Plain data of the options that saved windows depend on: not thresholds."""

    def listed(self) -> Iterable[tuple[str | None, ...]]:
        """Groups that exist before any hit, by their texts."""

    def learning(self, begin: int) -> int | None:
        """Until when the correlation learns what is usual, if it does; event time."""


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The options of Sigma's types."""

    condition: Condition


class Measuring:
    """A `Type` with Sigma's condition: what the eight types of Sigma share. They say how their windows measure.

    closes  the condition is judged when a window closes, not at each hit
    """

    Options: ClassVar[type[msgspec.Struct]] = Asked
    version: ClassVar[int] = 1
    late: ClassVar[bool] = False
    presence: ClassVar[bool] = False
    expires: bool = True
    missing: ClassVar[Missing] = "null"
    shows = 100
    measure: ClassVar[type[Sliding]]

    def __init__(self, correlation: Correlation) -> None:
        self.correlation = correlation
        options: Any = msgspec.convert(correlation.options, self.Options)
        self.condition: Condition = options.condition
        self.timespan = self.reach = correlation.timespan
        self.fields: tuple[str, ...] = self.condition.field
        self._names = {
            rule: tuple(correlation.aliases.get(name, {}).get(rule, name) for name in self.fields)
            for rule in correlation.rules
        }
        self.closes = self.condition.undone
        if self.condition.percentile is not None and correlation.type not in ("value_percentile", "value_median"):
            raise ValueError(f"{correlation.type} takes no percentile")
        self.timed = self.closes
        self.test: Test = self.tester()

    def tester(self) -> Test:
        """What judges that which is measured."""
        if self.condition.expression is not None:
            raise ValueError(f"{self.correlation.type} takes no expression over its rules")
        return tester(self.condition)

    def needs_field(self, most: int = 1) -> None:
        """Raise ValueError unless the condition names between one and `most` fields."""
        if not self.fields:
            raise ValueError(f"{self.correlation.type} needs the field that it measures")
        if len(self.fields) > most:
            raise ValueError(f"{self.correlation.type} measures one field, not {len(self.fields)}")

    def window(self, begin: int, listed: bool = False) -> Window:
        return self.measure(self)

    def reads(self) -> Iterable[str]:
        return self.fields

    def value(self, hit: Hit) -> Any:
        """What a hit has in the only field; None where it has nothing."""
        return hit.values.get(self._names[hit.rule][0])

    def values(self, hit: Hit) -> list[Any]:
        """What a hit has in the fields; None where it has nothing."""
        return [hit.values.get(name) for name in self._names[hit.rule]]

    def meaning(self) -> Any:
        return [self.closes, list(self.fields)]

    def listed(self) -> Iterable[tuple[str | None, ...]]:
        return ()

    def learning(self, begin: int) -> int | None:
        return None


class Sliding(Window):
    """A window of one timespan that ends at each hit, closed at both ends: a hit exactly one timespan old counts.

    Where further hits can undo the condition (`closes`), a hit opens a window when none is open, it is judged when it
    closes one timespan later, and then begins anew. A subclass says what it keeps of a hit (`item`), counts it in and
    out (`add`, `drop`), and what it all comes to (`measured`). A hit of which it keeps nothing is as if it were not
    there: it begins nothing and ends nothing.
    """

    __slots__ = ("closing",)
    kind: Measuring

    def __init__(self, kind: Any) -> None:
        super().__init__(kind)
        self.closing: int | None = None

    def item(self, hit: Hit) -> Any:
        """What to keep of a hit, as plain data; SKIP where it takes no part."""

    def parts(self, hits: Sequence[Hit]) -> Sequence[tuple[Any, Hit]]:
        """What to keep of several hits of one instant, and of which: here of each event once."""
        found: dict[str, tuple[Any, Hit]] = {}
        for hit in hits:
            if hit.event not in found and (item := self.item(hit)) is not SKIP:
                found[hit.event] = item, hit
        return list(found.values())

    def add(self, time: int, item: Any) -> None:
        """Count it in."""

    def drop(self, item: Any) -> None:
        """Count it out."""

    def measured(self, time: int) -> Exact | None:
        """What is compared with the condition; None where there is nothing to measure."""
        log = self.log
        return len(log.times) - log.first

    def holds(self, time: int) -> Exact | None:
        """What is measured of the window that ends at this time, if the condition holds; else None."""
        number = self.measured(time)
        return number if number is not None and self.kind.test(number) else None

    def take(self, time: int, hits: Sequence[Hit]) -> Iterable[Judgement]:
        log = self.log
        if len(hits) == 1:
            item = self.item(hits[0])
            self.seen = hits = () if item is SKIP else hits
            if item is not SKIP:
                log.times.append(time)
                log.items.append(item)
                self.add(time, item)
        else:
            parts = self.parts(hits)
            self.seen = hits = [hit for _, hit in parts]
            for item, _ in parts:
                log.append(time, item)
                self.add(time, item)
        if not hits:
            return ()
        if self.kind.closes:
            if self.closing is None:
                self.closing = time + self.kind.timespan
            return ()
        cutoff = time - self.kind.timespan
        while log.times[log.first] < cutoff:
            self.drop(log.drop())
        number = self.holds(time)
        return FALSE if number is None else (Judgement(True, plain(number), len(log), len(hits)),)

    def due(self) -> int | None:
        return self.closing

    def fire(self, time: int) -> Iterable[Judgement]:
        self.closing = None
        number = self.holds(time)
        size = len(self.log)
        while len(self.log):
            self.drop(self.log.drop())
        return FALSE if number is None else (Judgement(True, plain(number), size, size),)

    def forget(self, watermark: int) -> None:
        log, cutoff = self.log, watermark - self.kind.timespan
        if self.closing is None:
            while log.first < len(log.times) and log.times[log.first] <= cutoff:
                self.drop(log.drop())

    def until(self) -> int | None:
        return self.log.times[-1] + self.kind.timespan if len(self.log) else -(1 << 63)

    def limit(self, most: int) -> int:
        dropped = max(0, len(self.log) - most)
        for _ in range(dropped):
            self.drop(self.log.drop())
        return dropped

    def head(self) -> Any:
        return self.closing

    def restore(self, head: Any) -> None:
        self.closing = head
        log = self.log
        for index in range(log.first, len(log.times)):
            self.add(log.times[index], log.items[index])
