"""Titles of alerts: `alert_title` of a rule, with what its event says, so that who did what to what is read at once.

    "{who} made an access key[ for {requestParameters.userName}][: {errorCode}]"

Between braces stands the name of a field, or several of which the first that is there counts (`{a|b}`). What stands in
brackets is left out where one of its fields is missing; outside of them a missing field is a question mark. Signs that
are written twice (`{{`, `[[`) mean themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from engine.terminal import short, visible

__all__ = ["LONGEST", "Title", "title"]

LONGEST = 200
"""Characters of a title."""
_WIDEST = 80  # characters of one value
_MOST = 3  # values of one field
_SIGN = re.compile(r"\{\{|\}\}|\[\[|\]\]|\{[^{}]*\}|[{}\[\]]|[^{}\[\]]+")
_DOUBLE = {"{{": "{", "}}": "}", "[[": "[", "]]": "]"}

Read = Callable[[str], Sequence[str]]
"""The texts that an alert has under a name."""


class _Field(NamedTuple):
    """The first of some names that has a value."""

    names: tuple[str, ...]

    def said(self, read: Read) -> str | None:
        values = next(filter(None, map(read, self.names)), ())
        texts = list(dict.fromkeys(_cut(visible(short(value)).removesuffix("@aws"), _WIDEST) for value in values))
        more = f" and {len(texts) - _MOST} more" if len(texts) > _MOST else ""
        return ", ".join(texts[:_MOST]) + more if texts else None


class Title:
    """A title that was understood; `names` are those that it reads.

    Raises ValueError, saying why, for one that cannot be.
    """

    def __init__(self, text: str) -> None:
        self._parts = tuple(_parts(text))
        self.names = tuple(
            dict.fromkeys(
                name for _, part in self._parts for one in part if isinstance(one, _Field) for name in one.names
            )
        )

    def __call__(self, read: Read) -> str:
        """The title of one alert: one line of at most 200 characters."""
        return _cut("".join(_said(part, read, optional) for optional, part in self._parts).strip(), LONGEST)


@lru_cache(maxsize=4096)
def title(text: str) -> Title:
    """The title of a text, which is parsed once."""
    return Title(text)


def _said(part: Iterable[str | _Field], read: Read, optional: bool) -> str:
    said = [one if isinstance(one, str) else one.said(read) for one in part]
    return "" if optional and None in said else "".join("?" if one is None else one for one in said)


def _parts(text: str) -> Iterator[tuple[bool, list[str | _Field]]]:
    """What always stands there and, in turn, what is left out where a field is missing."""
    if not text.strip():
        raise ValueError("it is empty")
    optional = False
    part: list[str | _Field] = []
    for sign in _SIGN.findall(text):
        if sign in ("[", "]"):
            if optional == (sign == "["):
                raise ValueError("brackets do not stand in brackets" if optional else "a bracket that nothing opens")
            if optional and not any(isinstance(one, _Field) for one in part):
                raise ValueError("what stands in brackets has no field: write [[ for a bracket")
            yield optional, part
            optional, part = not optional, []
        elif sign in ("{", "}"):
            raise ValueError("a brace that nothing opens or closes: write it twice to mean itself")
        elif sign[0] == "{" and sign != "{{":
            part.append(_Field(_names(sign[1:-1])))
        else:
            part.append(_DOUBLE.get(sign) or visible(sign.replace("\n", " ")))
    if optional:
        raise ValueError("a bracket is not closed")
    yield False, part


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split("|"))
    if not all(names):
        raise ValueError(f'"{{{text}}}": between braces stands the name of a field')
    return names


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
