"""Short pieces of keywords, in every spelling of upper and lower case: where none of them stands, no keyword does.

Text that is searched for these as it is need not be folded first, which costs twice what the search does. What is
found may be no keyword, and has to be looked at; where nothing is found, there is none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import product

__all__ = ["MOST", "fragments"]

MOST = 60
"""Pieces, at most: with the four of `keywords` they are 64, up to which the automaton looks at many bytes at once."""

LIKELY = 200
"""Words from which on there are too many pieces for certain."""

ENOUGH = 18
"""Bits that a piece should say: so that it stands by chance in one of some hundred records."""

_WIDTHS = (3, 4, 5)
_COMMON = frozenset("etaoinsrdlcum")
"""Letters of which logs are full."""

_USUAL = "microsoft windows system32 .dll .exe mscorlib.dll program files users local http https www. .com .net .log"
"""What logs are full of."""


def fragments(words: Collection[str], spared: Collection[str] = ()) -> list[bytes] | None:
    """Pieces of which at least one stands in each text that holds one of the words; None where they would be too many.

    words   of ASCII, small letters
    spared  characters that no piece may have, as they may be written otherwise
    """
    if len(words) > LIKELY:
        return None
    holders: dict[str, set[str]] = {}
    for word in words:
        pieces = list(_pieces(word, spared))
        enough = [piece for piece in pieces if _bits(piece) >= ENOUGH]
        for piece in enough or sorted(pieces, key=_bits)[-1:]:
            holders.setdefault(piece, set()).add(word)
    found: list[bytes] = []
    left = set(words)
    while left and holders and len(found) <= MOST:
        best = min(holders, key=lambda piece: (len(_spellings(piece)) / len(holders[piece]) ** 2, piece))
        found += _spellings(best)
        left -= holders[best]
        holders = {piece: still for piece, its in holders.items() if (still := its & left)}
    return None if left or len(found) > MOST else sorted(found)


def _pieces(word: str, spared: Collection[str]) -> Iterator[str]:
    for width in _WIDTHS:
        for start in range(len(word) - width + 1):
            piece = word[start : start + width]
            if not any(sign in spared for sign in piece):
                yield piece


def _bits(piece: str) -> float:
    """How much a piece says: how seldom it stands in a log, about."""
    bits = -12.0 if piece in _USUAL else 0.0
    for before, sign in zip(f"\0{piece}", piece, strict=False):
        if sign.isalpha():
            bits += 4.5 if sign in _COMMON else 6.5
        else:
            bits += 4 if sign == " " else 9 if sign == before else 5
    return bits


def _spellings(piece: str) -> list[bytes]:
    return ["".join(signs).encode() for signs in product(*({sign, sign.upper()} for sign in piece))]
