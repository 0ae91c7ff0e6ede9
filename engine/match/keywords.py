"""Telling from a record's JSON text alone that no keyword is in it, which is so of nearly every record.

A keyword may be in any value, and to look into all of them costs more than all other fields together. In the text of
the record every value stands as JSON writes it, so where the text does not hold a literal, no value does.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from ahocorasick_rs import BytesAhoCorasick, MatchKind

from engine.match.fragments import fragments
from engine.rules import Predicate, Text
from engine.values import fold

__all__ = ["Gate"]

_NUMBER = re.compile(r"[0-9.eE+-]*")
"""A literal that may be in a number: numbers are not always written as their text is."""

_ESCAPES = [b"\\u" + digit.encode() for digit in "0123456789abcdef"]
"""How characters stand that JSON need not escape: then a literal that is there may not be seen. A backslash that is
itself escaped is taken for one too: that costs a look, and nothing else."""

_DOTTED_I, _KELVIN = _NEARLY_ASCII = [odd.encode() for odd in "\u0130\u212a"]
"""Dotted capital I and the sign of Kelvin, the only characters outside ASCII that have a letter of it as small one."""

_ASCII_ESCAPES = [b"\\u00", b"\\u0130", b"\\u212a"]
"""How those stand that may be, or become, a letter of ASCII, if escaped."""

_NEARLY = [_KELVIN, b"\\u00", b"\\u01", b"\\u21"]
"""The same and how they may be escaped: a text with one of them may hold a keyword in yet another spelling. The dotted
capital I is looked for alone: with a word of two bytes the automaton would be four times as slow."""

_ESCAPED = '"\\/'
"""Characters that stand with a backslash before them, or may."""


class _Automata(NamedTuple):
    """What finds words in folded text, and their pieces in any; `plain` where all words are of ASCII."""

    words: BytesAhoCorasick
    pieces: BytesAhoCorasick | None
    plain: bool


@lru_cache(maxsize=64)
def _automata(words: frozenset[str]) -> _Automata:
    """The automata for some words, which most kinds of a log have in common."""
    # Quotes stand bare in what is nested too deeply to be read and is kept as its text.
    written = {json.dumps(word, ensure_ascii=False)[1:-1] for word in words}
    texts = [word.encode("utf-8", "replace") for word in sorted(words | written)]
    plain = all(map(bytes.isascii, texts))
    texts += _ASCII_ESCAPES if plain else _ESCAPES
    texts += [b"\\/"] if any("/" in word for word in words) else []
    pieces = fragments(words, _ESCAPED) if plain else None
    # The kind that looks at many bytes at once, as long as there are few beginnings.
    return _Automata(
        BytesAhoCorasick(texts, matchkind=MatchKind.LeftmostFirst),
        None if pieces is None else BytesAhoCorasick([*pieces, *_NEARLY], matchkind=MatchKind.LeftmostFirst),
        plain,
    )


class Gate:
    """The literals of the keywords of all rules, one of which a record must hold to satisfy any of them."""

    def __init__(self, predicates: Iterable[Predicate]) -> None:
        literals = [_literal(predicate) for predicate in predicates]
        known = bool(literals) and None not in literals
        self._automata = _automata(frozenset(fold(word) for word in literals if word)) if known else None

    def shut(self, raw: bytes) -> bool:
        """Whether a record of this text satisfies no keyword for certain; False is "look"."""
        return self.all_shut([raw])[0]

    def all_shut(self, raws: Sequence[bytes]) -> list[bool]:
        """The same for several at once, which is quicker than each alone."""
        automata = self._automata
        if automata is None:
            return [False] * len(raws)
        text = b"\n".join(raws)
        if automata.pieces is None or (not text.isascii() and _DOTTED_I in text):
            return _none_in(automata, raws)
        shut = [True] * len(raws)
        likely = _where(automata.pieces, text, raws)
        none_in = _none_in(automata, [raws[index] for index in likely])
        for index, holds_none in zip(likely, none_in, strict=True):
            shut[index] = holds_none
        return shut


def _none_in(automata: _Automata, raws: Sequence[bytes]) -> list[bool]:
    """For each of some texts whether it holds none of the words."""
    beyond = b"\n".join(raw for raw in raws if not raw.isascii())
    ordinary = not beyond or (automata.plain and not any(odd in beyond for odd in _NEARLY_ASCII))
    shut = [True] * len(raws)
    folded = list(map(bytes.lower if ordinary else _folded, raws))
    for index in _where(automata.words, b"\n".join(folded), folded):
        shut[index] = False
    return shut


def _where(automaton: BytesAhoCorasick, text: bytes, raws: Sequence[bytes]) -> list[int]:
    """The texts in which an automaton finds anything, looked through joined, which is quicker than each alone."""
    found = automaton.find_matches_as_indexes(text)
    if not found:
        return []
    ends = list(accumulate(len(raw) + 1 for raw in raws))
    return sorted({bisect_right(ends, start) for _, start, _ in found})


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
