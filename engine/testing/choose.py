"""Which tests are meant: words joined by and, or and not, as pytest's -k has them."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable

from engine.errors import UsageError

__all__ = ["Chosen", "chosen"]

Chosen = Callable[[str], bool]
"""Whether a text, "FILE::NAME", is meant."""

_TOKEN = re.compile(r"""\s*(?:(?P<sign>[()])|(?P<quoted>"[^"]*"|'[^']*')|(?P<word>[^\s()"']+(?:["'][^\s()]*)?))""")
_JOINING = ("and", "or", "not")
_DEEPEST = 100


def chosen(expression: str) -> Chosen:
    """What an expression says of a text.

    Words without one of `and`, `or`, `not` between them are one phrase, as are words in quotes; a phrase holds of what
    it stands in, whatever the case, and may have * and ?. Raises UsageError.
    """
    return _Reader(expression).whole()


class _Reader:
    """Goes through the tokens of an expression: (text, where it begins, from 1, whether it joins phrases)."""

    def __init__(self, expression: str) -> None:
        self._tokens = list(_tokens(expression))
        self._at = 0
        self._depth = 0

    def whole(self) -> Chosen:
        found = self._or()
        if self._at < len(self._tokens):
            raise self._fault("nothing is open that it could close")
        return found

    def _or(self) -> Chosen:
        parts = [self._and()]
        while self._takes("or"):
            parts.append(self._and())
        return parts[0] if len(parts) == 1 else lambda text: any(part(text) for part in parts)

    def _and(self) -> Chosen:
        parts = [self._not()]
        while self._takes("and"):
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else lambda text: all(part(text) for part in parts)

    def _not(self) -> Chosen:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise UsageError(f"-k: more than {_DEEPEST} within each other")
        try:
            if self._takes("not"):
                inner = self._not()
                return lambda text: not inner(text)
            if self._takes("("):
                inside = self._or()
                if not self._takes(")"):
                    raise self._fault('a ")" is missing')
                return inside
            return self._phrase()
        finally:
            self._depth -= 1

    def _phrase(self) -> Chosen:
        words = []
        while self._at < len(self._tokens) and not self._tokens[self._at][2]:
            words.append(self._tokens[self._at][0])
            self._at += 1
        if not words:
            raise self._fault("a word is missing")
        phrase = " ".join(words).lower()
        if any(sign in phrase for sign in "*?"):
            return lambda text: fnmatch.fnmatchcase(text.lower(), f"*{phrase.replace('[', '[[]')}*")
        return lambda text: phrase in text.lower()

    def _takes(self, text: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at][2] and self._tokens[self._at][0] == text:
            self._at += 1
            return True
        return False

    def _fault(self, fault: str) -> UsageError:
        at = self._tokens[self._at] if self._at < len(self._tokens) else None
        where = f'before "{at[0]}", at character {at[1]}' if at else "at the end"
        return UsageError(
            f"-k: {fault} {where}", hint="like: -k 'brute and not (slow or draft)'; quote what is no word"
        )


def _tokens(expression: str) -> list[tuple[str, int, bool]]:
    found, at = [], 0
    while expression[at:].strip():
        token = _TOKEN.match(expression, at)
        if token is None:
            start = at + len(expression[at:]) - len(expression[at:].lstrip()) + 1
            raise UsageError(f"-k: a quote is not closed, at character {start}")
        at = token.end()
        name = str(token.lastgroup)
        text = token[name]
        joins = name == "sign" or (name == "word" and text.lower() in _JOINING)
        said = text[1:-1] if name == "quoted" else text.lower() if joins else text
        found.append((said, token.start(name) + 1, joins))
    return found
