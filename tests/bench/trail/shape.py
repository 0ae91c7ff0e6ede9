"""A record's text with holes in it: the fast way to write a million different records.

A shape is written as a plain dict whose strings may hold slots: "<uuid>", "<hex17>", "<bucket>". A slot stands for one
value per record, so "<bucket>" in the request and in the ARN is the same bucket; "<uuid:2>" is another uuid. A string
that is nothing but "<#5000>" becomes a number from 0 to 4999, one that is nothing but "<@identity>" the JSON text of
that name, as it stands.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any

__all__ = ["ALNUM", "KEY", "Dice", "Shape", "dumps"]

_SLOT = re.compile(r'"<(#\d+(?::\w+)?|@\w+)>"|<([a-z][a-z0-9_-]*(?::\w+)?)>')
_POOL = 1 << 16
KEY = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_UPPER = b"ABCDEFGHJKMNPQRSTVWXYZ0123456789"
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
ALNUM = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789ab"
_DIGITS = b"0123456789"


def dumps(value: Any) -> str:
    """JSON as CloudTrail writes it: compact, keys in the order given, text as UTF-8."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


class Dice:
    """Random text in bulk: one throw fills a pool, a value is a slice of it.

    words  name of a slot -> the values it may take
    here   name of a slot -> its value in the record at hand, for what is in neither words nor the built-in kinds
    """

    def __init__(self, seed: str, words: Mapping[str, list[str]]) -> None:
        self.random = random.Random(seed)
        self.words = words
        self.here: dict[str, str] = {}
        self._pools: dict[bytes, tuple[str, int]] = {}
        self._tables = {a: bytes(a[i % len(a)] for i in range(256)) for a in (KEY, _UPPER, _BASE64, ALNUM, _DIGITS)}
        self._hex, self._at = "", 0

    def reseed(self, seed: str) -> None:
        """Start again as a new pair of dice would; functions made on these go on working."""
        self.random.seed(seed)
        self._pools.clear()
        self._hex, self._at = "", 0

    def hex(self, n: int) -> str:
        at = self._at
        if at + n > len(self._hex):
            self._hex, at = self.random.randbytes(_POOL).hex(), 0
        self._at = at + n
        return self._hex[at : at + n]

    def letters(self, alphabet: bytes, n: int) -> str:
        text, at = self._pools.get(alphabet, ("", 0))
        if at + n > len(text):
            table = self._tables.setdefault(alphabet, bytes(alphabet[i % len(alphabet)] for i in range(256)))
            text, at = self.random.randbytes(_POOL).translate(table).decode(), 0
        self._pools[alphabet] = (text, at + n)
        return text[at : at + n]

    def uuid(self) -> str:
        h = self.hex(32)
        return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-{'89ab'[int(h[16], 16) & 3]}{h[17:20]}-{h[20:]}"

    def below(self, n: int) -> int:
        return int(self.random.random() * n)

    def slot(self, name: str) -> Callable[[], str]:
        """How to draw the value of a slot; the text after a colon only tells slots apart."""
        plain = name.partition(":")[0]
        kind, width = re.fullmatch(r"(.*?)(\d*)", plain).groups()  # type: ignore[union-attr]
        n = int(width or 0)
        letters = {"key": KEY, "upper": _UPPER, "b64-": _BASE64, "alnum": ALNUM, "digits": _DIGITS}.get(kind)
        if plain == "uuid":
            return self.uuid
        if kind == "#":
            return lambda: str(int(self.random.random() * n))
        if kind == "hex" and n:
            return lambda: self.hex(n)
        if letters is not None and n:
            return lambda: self.letters(letters, n)
        if plain in self.words:
            values, count, draw = self.words[plain], len(self.words[plain]), self.random.random
            return lambda: values[int(draw() * count)]
        return lambda: self.here[plain.removeprefix("@")]


class Shape:
    """A text with slots, made once and filled often; slots of one name are filled alike within a record."""

    def __init__(self, content: Any) -> None:
        text = content if isinstance(content, str) else dumps(content)
        self.names: list[str] = []
        order: list[int] = []

        def hole(match: re.Match[str]) -> str:
            name = match[1] or match[2]
            if name not in self.names:
                self.names.append(name)
            order.append(self.names.index(name))
            return "%s"

        pieces, end = [], 0
        for match in _SLOT.finditer(text):
            pieces += [text[end : match.start()].replace("%", "%%"), hole(match)]
            end = match.end()
        self.text = "".join(pieces) + text[end:].replace("%", "%%")
        self._order = order
        self._pick = itemgetter(*order) if len(order) > 1 else None

    def on(self, dice: Dice) -> Callable[[], str]:
        """A function that writes one more record, drawn with these dice."""
        draws = [dice.slot(name) for name in self.names]
        text, pick = self.text, self._pick
        if not draws:
            return lambda: text % ()
        if pick is None:
            (draw,) = draws
            return lambda: text % draw()
        return lambda: text % pick([draw() for draw in draws])
