"""Value classes: for one field, which of its predicates a value satisfies.

A class is a set of predicates, kept as the bits of an integer; equal sets are one small number, so that the decision
graph can use it as an edge. Classes of text are remembered, because logs repeat themselves, in a bounded cache.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from functools import cached_property, partial
from itertools import repeat
from typing import Any

from ahocorasick_rs import AhoCorasick, Implementation
from msgspec import UNSET

from engine.fields import flatten
from engine.match.exact import Exacts, Split
from engine.match.numbers import COMPARE, address_of, network_of, number_of, time_part
from engine.match.required import required
from engine.match.text import fold, json_text, pattern_test, regex_test, text_of
from engine.rules import (
    ANY,
    Bool,
    Cidr,
    Compare,
    Exact,
    Exists,
    FieldRef,
    Null,
    Number,
    Predicate,
    Regex,
    Text,
    TimePart,
)

__all__ = ["CACHE_LIMIT", "Classes", "PairClasses", "Tests"]

CACHE_LIMIT = 1 << 16
"""Texts remembered a field, at most."""

FEW = 12
"""Up to so many substring predicates a field it is quicker to try each than to run an automaton."""

MUCH = 1 << 20
COMPACT = 1_000
"""Characters after which an automaton of at most so many words is made anew as a DFA: twice as fast, dear to make."""

TextBits = Callable[[str], int]
Source = Callable[[], list[str] | None]


class Tests:
    """The predicates of one field, compiled: a value in, the bits of the predicates it satisfies out."""

    def __init__(self, predicates: Sequence[Predicate]) -> None:
        self.missing = 0
        self.null = 0
        self.present = 0
        self.numbers: list[tuple[int, str, Decimal]] = []
        self.folded: dict[str, int] = {}
        self.exact: dict[str, int] = {}
        self.searches: list[tuple[int, str | None, Callable[[str], bool]]] = []
        self.cidrs: list[tuple[int, tuple[int, int, int]]] = []
        self.parts: list[tuple[int, str, str, Decimal]] = []
        loose: dict[bool, list[tuple[int, Text]]] = {False: [], True: []}
        exacts: list[tuple[int, Exact]] = []
        for position, predicate in enumerate(predicates):
            if isinstance(predicate, Exact):
                exacts.append((1 << position, predicate))
            else:
                self._add(1 << position, predicate, loose)
        self.exacts = Exacts(exacts, partial(_patterns, cased=True)) if exacts else None
        self.loose = _patterns(loose[False], cased=False)
        self.cased = _patterns(loose[True], cased=True)
        self.on_objects = bool(self.loose or self.cased or self.searches)

    def _add(self, bit: int, predicate: Predicate, loose: dict[bool, list[tuple[int, Text]]]) -> None:
        if isinstance(predicate, Text):
            if len(predicate.pattern) == 0 or (len(predicate.pattern) == 1 and isinstance(predicate.pattern[0], str)):
                literal = str(predicate.pattern[0]) if predicate.pattern else ""
                table, key = (self.exact, literal) if predicate.cased else (self.folded, fold(literal))
                table[key] = table.get(key, 0) | bit
            else:
                loose[predicate.cased].append((bit, predicate))
        elif isinstance(predicate, Number):
            self.numbers.append((bit, "eq", Decimal(predicate.number)))
            self.exact[predicate.number] = self.exact.get(predicate.number, 0) | bit
        elif isinstance(predicate, Bool):
            key = "true" if predicate.value else "false"
            self.folded[key] = self.folded.get(key, 0) | bit
        elif isinstance(predicate, Null):
            self.missing |= bit
            self.null |= bit
        elif isinstance(predicate, Exists):
            if predicate.value:
                self.present |= bit
            else:
                self.missing |= bit
        elif isinstance(predicate, Regex):
            needed = required(predicate.pattern)
            test = regex_test(predicate.pattern, predicate.flags)
            self.searches.append((bit, None if needed is None else fold(needed), test))
        elif isinstance(predicate, Cidr):
            self.cidrs.append((bit, network_of(predicate.network)))
        elif isinstance(predicate, Compare):
            self.numbers.append((bit, predicate.op, Decimal(predicate.number)))
        elif isinstance(predicate, TimePart):
            self.parts.append((bit, predicate.part, predicate.op, Decimal(predicate.number)))
        else:
            raise TypeError(f"not a predicate on one field: {predicate!r}")

    def bits(self, value: Any, source: Source | None = None) -> int:
        """The predicates that a value satisfies: for Sigma a list by any of its members, for JMESPath as it is.

        source  gives the JSON of each member of the value as the log has it; where that is not at hand, compact JSON
                stands in for an object's text
        """
        if self.exacts is None:
            return self._any_member(value, source)
        seen, exact = value if type(value) is Split else (value, value)
        return self._any_member(seen, source) | self.exacts.bits(exact)

    def _any_member(self, value: Any, source: Source | None) -> int:
        """The predicates of Sigma that a value satisfies."""
        if value is UNSET:
            return self.missing
        kind = type(value)
        if kind is str:
            return self.present | self.text(value)
        found = self.present
        if kind is list or kind is dict:
            members = list(flatten(value))
            texts = source() if self.on_objects and source and dict in map(type, members) else None
            for member, text in zip(members, texts or repeat(None), strict=False):
                found |= self._member(member, text)
            return found
        return found | self._member(value, None)

    def _member(self, value: Any, source: str | None) -> int:
        if value is None:
            return self.null
        kind = type(value)
        if kind is str:
            return self.text(value)
        if kind is dict:
            return self._wildcards(source or json_text(value)) if self.on_objects else 0
        text = text_of(value)
        if text is None:
            return 0
        found = self._strings(text)
        if kind is bool:
            return found
        # A number is compared as a number; its text must not count as "text that equals the number's text" again.
        number = number_of(value)
        if number is not None:
            for bit, op, wanted in self.numbers:
                found = found | bit if COMPARE[op](number, wanted) else found & ~bit
        return found

    def text(self, text: str) -> int:
        """The predicates that a text satisfies, `exists` left aside."""
        found = self._strings(text)
        if self.numbers:
            number = None
            for bit, op, wanted in self.numbers:
                if op == "eq":  # by its exact text, in `exact`
                    continue
                number = number if number is not None else number_of(text)
                if number is None:
                    break
                if COMPARE[op](number, wanted):
                    found |= bit
        if self.cidrs and (address := address_of(text)) is not None:
            version, integer = address
            for bit, (wanted_version, prefix, shift) in self.cidrs:
                if version == wanted_version and integer >> shift == prefix:
                    found |= bit
        for bit, part, op, wanted in self.parts:
            value = time_part(text, part)
            if value is not None and COMPARE[op](value, wanted):
                found |= bit
        return found

    def _strings(self, text: str) -> int:
        """Equality, wildcards and expressions."""
        found = self.exact.get(text, 0) | self.folded.get(fold(text), 0) if self.exact or self.folded else 0
        return found | self._wildcards(text)

    def _wildcards(self, text: str) -> int:
        found = self.loose(fold(text)) if self.loose else 0
        if self.cased:
            found |= self.cased(text)
        if self.searches:
            plain = fold(text) if text.isascii() else None  # other letters may be one with those of ASCII
            for bit, literal, test in self.searches:
                if (literal is None or plain is None or literal in plain) and test(text):
                    found |= bit
        return found


def _patterns(wanted: list[tuple[int, Text]], *, cased: bool) -> TextBits | None:
    """One function for all wildcard patterns of a field: many of them share one pass over the text."""
    if not wanted:
        return None
    if len(wanted) > FEW:
        return _automaton(wanted, cased=cased)
    tests = [(bit, pattern_test(predicate.pattern, cased=cased)) for bit, predicate in wanted]

    def each(text: str) -> int:
        found = 0
        for bit, test in tests:
            if test(text):
                found |= bit
        return found

    return each


def _automaton(wanted: list[tuple[int, Text]], *, cased: bool) -> TextBits:
    """Find the longest literal of every pattern in one pass, then try only the patterns whose literal is there."""
    always: list[tuple[int, Callable[[str], bool]]] = []
    plain: dict[str, int] = {}
    others: dict[str, list[tuple[int, Callable[[str], bool]]]] = {}
    for bit, predicate in wanted:
        pattern = predicate.pattern
        literals = [part if cased else fold(part) for part in pattern if isinstance(part, str)]
        if not literals:
            always.append((bit, pattern_test(pattern, cased=cased)))
        elif len(pattern) == 3 and pattern[0] == pattern[2] == ANY:
            plain[literals[0]] = plain.get(literals[0], 0) | bit  # contains: found is matched
        else:
            others.setdefault(max(literals, key=len), []).append((bit, pattern_test(pattern, cased=cased)))
    words = sorted(plain.keys() | others.keys())
    gains = [plain.get(word, 0) for word in words]
    to_try = [others.get(word, ()) for word in words]
    automaton = AhoCorasick(words)
    left = MUCH if len(words) <= COMPACT else sys.maxsize

    def bits(text: str) -> int:
        nonlocal automaton, left
        found = 0
        left -= len(text)
        if left < 0:
            automaton, left = AhoCorasick(words, implementation=Implementation.DFA), sys.maxsize
        try:
            hits = automaton.find_matches_as_indexes(text, overlapping=True)
        except UnicodeEncodeError:  # a lone surrogate
            hits = [(index, 0, 0) for index, word in enumerate(words) if word in text]
        for index in {hit[0] for hit in hits}:
            found |= gains[index]
            for bit, test in to_try[index]:
                if test(text):
                    found |= bit
        for bit, test in always:
            if test(text):
                found |= bit
        return found

    return bits


class Classes(dict[Any, int]):
    """Values of one field -> the number of their class; looking a value up computes and remembers it.

    Only text, null and UNSET are remembered here: as dictionary keys True, 1 and 1.0 are one, as log values they are
    not. So integers have a dictionary of their own.
    """

    def __init__(
        self,
        predicates: Sequence[Predicate],
        limit: int = CACHE_LIMIT,
        shared: dict[tuple[int, ...], Tests] | None = None,
    ) -> None:
        super().__init__()
        self.predicates = tuple(predicates)
        self._shared = {} if shared is None else shared
        self.masks: list[int] = []
        self.limit = limit
        self._integers: dict[int, int] = {}
        self._numbers: dict[int, int] = {}

    @cached_property
    def tests(self) -> Tests:
        """Compiled when the first value comes: many fields of a large rule set are never asked.

        Kinds of events that the same rules see ask for the same predicates; they live as long as the rules do.
        """
        key = tuple(map(id, self.predicates))
        found = self._shared.get(key)
        if found is None:
            found = self._shared[key] = Tests(self.predicates)
        return found

    def __missing__(self, value: Any) -> int:
        if type(value) is int:
            return self._integer(value)
        found = self.number(self.tests.bits(value))
        if type(value) is str or value is None or value is UNSET:
            if len(self) >= self.limit:
                self.clear()
            self[value] = found
        return found

    def of(self, value: Any, source: Source | None = None) -> int:
        """The class of any value, hashable or not; `source` as for `Tests.bits`."""
        if type(value) is str or value is None or value is UNSET:
            return self[value]
        if type(value) is int:
            return self._integer(value)
        return self.number(self.tests.bits(value, source))

    def _integer(self, value: int) -> int:
        found = self._integers.get(value)
        if found is None:
            found = self.number(self.tests.bits(value))
            if len(self._integers) >= self.limit:
                self._integers.clear()
            if value.bit_length() <= 64:
                self._integers[value] = found
        return found

    def number(self, mask: int) -> int:
        """The small number that stands for a set of predicates."""
        found = self._numbers.get(mask)
        if found is None:
            found = self._numbers[mask] = len(self.masks)
            self.masks.append(mask)
        return found


class PairClasses:
    """Classes of two fields that predicates compare with each other; never remembered, pairs seldom repeat."""

    def __init__(self, predicates: Iterable[Predicate]) -> None:
        self.predicates = tuple(predicate for predicate in predicates if isinstance(predicate, FieldRef))
        self.masks = list(range(1 << len(self.predicates)))

    def of(self, value: Any, other: Any) -> int:
        """The class of a value and of the content of the field it is compared with."""
        lefts = [text for member in flatten(value) if (text := text_of(member)) is not None]
        rights = [text for member in flatten(other) if (text := text_of(member)) is not None]
        found = 0
        for position, predicate in enumerate(self.predicates):
            relate = _RELATE[predicate.mode]
            change = str if predicate.cased else fold
            if any(relate(change(left), change(right)) for left in lefts for right in rights):
                found |= 1 << position
        return found


_RELATE: dict[str, Callable[[str, str], bool]] = {
    "equals": str.__eq__,
    "contains": str.__contains__,
    "startswith": str.startswith,
    "endswith": str.endswith,
}
