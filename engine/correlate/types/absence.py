"""`absence`: something that should happen does not.

    correlation:                                   nothing from a group for so long
      type: absence
      rules: [any_call]
      group-by: [recipientAccountId, awsRegion]
      timespan: 6h
      groups: [['111122223333', us-east-1], ['111122223333', eu-west-1]]

    correlation:                                   one thing, and then not the other
      type: absence
      rules: [logging_stopped, logging_started]
      after: logging_stopped
      group-by: [requestParameters.name]
      timespan: 15m

*Silence.* Without `after`, a group has to be heard of: any event of the rules will do. A timespan after the last one
the condition becomes true; an event at exactly that time is still in time. The episode lasts until the group is heard
of again. It starts when the time was up; its evidence is the last event before the silence, which is not counted.

Which groups: those in `groups`, each a list of texts in the order of `group-by` (of one field the text alone), from the
first event that the correlations of the rule set saw; others are then ignored. Without `groups`, each from its own
first event. Without `group-by` there is one group, and it is there from the beginning. `forget: 30d`: a group that is
not listed, and was silent for so long, is no longer expected; its episode ends, and its next event begins it anew.

*Unanswered.* With `after`, one rule or several, the clock starts at an event of these, and an event of any other of the
rules stops it, for all that went before. At the same time they count as in order: the other was in time. An event that
is not answered within the timespan, its end included, makes the condition true then. The episode goes on with every
further such event, ends when one of the others comes at last, and else a timespan after it was true last. What is
counted and shown are the events that wait for an answer.

Of an inner correlation every true hit is an event.

options: {"after": [index in `rules`, ...], "groups": [text or [text, ...], ...], "forget": µs}
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import msgspec

from engine.correlate.groups import text
from engine.correlate.options import Length, Rules
from engine.correlate.types._native import NEVER, Native
from engine.correlate.window import FALSE, Judgement, Window
from engine.hit import Hit
from engine.rules import Correlation

__all__ = ["Type"]

_Text = str | bool | int | float


class _Silence(Window):
    """When the group was heard of last.

    silent  the time was up since
    ends    the group is not, or no longer, expected
    """

    __slots__ = ("ends", "last", "listed", "silent")
    kind: Type

    def __init__(self, kind: Type, begin: int, listed: bool) -> None:
        super().__init__(kind)
        self.last = begin if listed else NEVER
        self.listed = listed
        self.silent = False
        self.ends = not listed

    def take(self, time: int, hits: Sequence[Hit]) -> Iterable[Judgement]:
        if self.kind.groups and not self.listed:
            return ()
        self.last = time
        self.silent = self.ends = False
        self.seen = hits[-1:]
        return FALSE

    def due(self) -> int | None:
        if self.ends:
            return None
        if not self.silent:
            return self.last + self.kind.timespan
        return None if self.listed or self.kind.forget is None else self.last + self.kind.forget

    def fire(self, time: int) -> Iterable[Judgement]:
        if self.silent:
            self.ends = True
            return FALSE
        self.silent = True
        return (Judgement(True, since=self.last),)

    def until(self) -> int | None:
        return NEVER if self.ends else None

    def head(self) -> object:
        return self.last, self.listed, self.silent, self.ends

    def restore(self, head: tuple[int, bool, bool, bool]) -> None:
        self.last, self.listed, self.silent, self.ends = head


class _Unanswered(Window):
    """The events that wait for an answer.

    counted  how many of them, from the oldest on, were told of
    """

    __slots__ = ("counted",)
    kind: Type

    def __init__(self, kind: Type) -> None:
        super().__init__(kind)
        self.counted = 0

    def take(self, time: int, hits: Sequence[Hit]) -> Iterable[Judgement]:
        after = self.kind.after
        log = self.log
        if any(hit.rule not in after for hit in hits):
            while len(log):
                log.drop()
            self.counted, self.seen = 0, ()
            return FALSE
        self.seen = list({hit.event: hit for hit in reversed(hits)}.values())[::-1]
        for _ in self.seen:
            log.append(time, None)
        return ()

    def due(self) -> int | None:
        log = self.log
        return log.times[log.first] + self.kind.timespan if len(log) else None

    def fire(self, time: int) -> Iterable[Judgement]:
        log = self.log
        size, since = len(log), time - self.kind.timespan
        judgement = Judgement(True, None, size, size - self.counted, since=since)
        while len(log) and log.times[log.first] == since:
            log.drop()
        self.counted = len(log)
        return (judgement,)

    def until(self) -> int | None:
        return NEVER

    def limit(self, most: int) -> int:
        dropped = max(0, len(self.log) - most)
        for _ in range(dropped):
            self.log.drop()
        self.counted = max(0, self.counted - dropped)
        return dropped

    def head(self) -> object:
        return self.counted

    def restore(self, head: int) -> None:
        self.counted = head


class _Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    after: Rules | None = None
    groups: tuple[_Text | tuple[_Text, ...], ...] = ()
    forget: Length | None = None


class Type(Native):
    """Waits.

    after   rules that start the clock; empty: silence alone
    groups  those that are expected, by their texts; empty: every one that was heard of
    forget  microseconds of silence after which a group is not expected any more
    """

    Options: ClassVar[type[msgspec.Struct]] = _Options
    timed = True

    def __init__(self, correlation: Correlation) -> None:
        super().__init__(correlation)
        options = msgspec.convert(correlation.options, _Options)
        self.after = frozenset(correlation.rules[index] for index in options.after or ())
        self.expires = bool(self.after)
        self.groups = tuple(dict.fromkeys(self._group(each) for each in options.groups))
        self.forget = options.forget
        self._check(set(correlation.rules))

    def _group(self, given: _Text | tuple[_Text, ...]) -> tuple[str | None, ...]:
        texts = tuple(map(text, given if isinstance(given, tuple) else (given,)))
        names = self.correlation.group_by
        if len(texts) != len(names):
            raise ValueError(f"a group of {len(texts)} where group-by has {len(names)}: {', '.join(map(str, texts))}")
        return texts

    def _check(self, rules: set[str]) -> None:
        if self.after and self.groups:
            raise ValueError('"groups" are watched for silence; with "after" any group may have to answer')
        if self.after and self.forget is not None:
            raise ValueError('"forget" is for silence; with "after" nothing is expected of a group before')
        if self.after == rules:
            raise ValueError('"after" names all the rules; one of them has to be the one that is missed')
        if self.forget is not None and self.forget <= self.timespan:
            raise ValueError('"forget" is no longer than the timespan, so that nothing would ever be missed')

    def window(self, begin: int, listed: bool = False) -> Window:
        return _Unanswered(self) if self.after else _Silence(self, begin, listed)

    def meaning(self) -> Any:
        return [sorted(map(self.correlation.rules.index, self.after)), list(self.groups)]

    def listed(self) -> Iterable[tuple[str | None, ...]]:
        if self.after:
            return ()
        return self.groups if self.correlation.group_by else ((),)
