"""Telling from a record's JSON text alone that no keyword is in it, which is so of nearly every record.

A keyword may be in any value, and to look into all of them costs more than all other fields together. In the text of
the record every value stands as JSON writes it, so where the text does not hold a literal, no value does.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate

from ahocorasick_rs import BytesAhoCorasick, MatchKind

from engine.rules import Predicate, Text
from engine.values import fold

__all__ = ["Gate"]

_NUMBER = re.compile(r"[0-9.eE+-]*")
"""A literal that may be in a number: numbers are not always written as their text is."""

_ESCAPES = [b"\\/", *(b"\\u" + digit.encode() for digit in "0123456789abcdef")]
"""How characters stand that JSON need not escape: then a literal that is there may not be seen."""


_NEARLY_ASCII = [odd.encode() for odd in "\u0130\u212a"]
"""Dotted capital I and the sign of Kelvin, the only characters outside ASCII that have a letter of it as small one."""


class Gate:
    """The literals of the keywords of all rules, one of which a record must hold to satisfy any of them."""

    def __init__(self, predicates: Iterable[Predicate]) -> None:
        literals = [_literal(predicate) for predicate in predicates]
        self._words = None
        self._plain = False
        # Which kind finds a few words quickest, and which many beginnings that are all alike, was measured.
        self._escapes = BytesAhoCorasick(_ESCAPES)
        if literals and None not in literals:
            words = {fold(word) for word in literals if word}
            # Quotes stand bare in what is nested too deeply to be read and is kept as its text.
            written = {json.dumps(word, ensure_ascii=False)[1:-1] for word in words}
            texts = [word.encode("utf-8", "replace") for word in sorted(words | written)]
            self._words = BytesAhoCorasick(texts, matchkind=MatchKind.LeftmostFirst)
            self._plain = all(map(bytes.isascii, texts))

    def shut(self, raw: bytes) -> bool:
        """Whether a record of this text satisfies no keyword for certain; False is "look"."""
        return self.all_shut([raw])[0]

    def all_shut(self, raws: Sequence[bytes]) -> list[bool]:
        """The same for several at once, which is quicker than each alone."""
        if self._words is None:
            return [False] * len(raws)
        folded = list(map(_lowered if self._plain else _folded, raws))
        ends = list(accumulate(len(raw) + 1 for raw in folded))
        text = b"\n".join(folded)
        shut = [True] * len(raws)
        starts = [start for _, start, _ in self._words.find_matches_as_indexes(text)]
        starts += [start for _, start, _ in self._escapes.find_matches_as_indexes(text) if _unpaired(text, start)]
        for start in starts:
            shut[bisect_right(ends, start)] = False
        return shut


def _unpaired(text: bytes, start: int) -> bool:
    """Whether a backslash is not itself escaped: before it stands an even number of them."""
    before = start
    while before and text[before - 1] == 0x5C:
        before -= 1
    return (start - before) % 2 == 0


def _lowered(raw: bytes) -> bytes:
    """Text in which ASCII words are found as in what `_folded` gives, and which is had sooner."""
    return raw.lower() if raw.isascii() or not any(odd in raw for odd in _NEARLY_ASCII) else _folded(raw)


def _folded(raw: bytes) -> bytes:
    return raw.lower() if raw.isascii() else fold(raw.decode("utf-8", "replace")).encode("utf-8", "replace")


def _literal(predicate: Predicate) -> str | None:
    """The longest literal of a keyword; None where it has none that would be written as it is in any JSON."""
    if not isinstance(predicate, Text):
        return None
    word = max((part for part in predicate.pattern if isinstance(part, str)), key=len, default="")
    if _NUMBER.fullmatch(word) or not word.isprintable():
        return None
    return word
