"""Groups: by which text a value is known, and how the texts of several fields become one key."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

from engine.values import text_of

__all__ = ["Keys", "key_of", "lacking", "text", "texts_of"]

CACHED = 10_000
"""Groups of which the key is remembered for each list of fields; then all are forgotten."""

Key = Callable[[dict[str, Any]], str]


def text(value: Any) -> str | None:
    """What a value is known by: a scalar as JSON writes it, a list or an object as compact JSON, as a whole."""
    kind = type(value)
    if kind is str or value is None:
        return value  # type: ignore[no-any-return]
    if kind is dict or kind is list or kind is tuple:
        try:
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
        except (ValueError, RecursionError):  # nested deeper than anything that means something
            return ""
    return text_of(value)


def key_of(texts: Sequence[str | None]) -> str:
    """One text for a list of them: JSON, so that no two lists share one; ASCII, so that any store can hold it."""
    return f"[{','.join(['null' if text is None else quoted(text) for text in texts])}]"


def texts_of(key: str) -> tuple[str | None, ...]:
    """The texts that a key was made of."""
    return tuple(json.loads(key))


def lacking(key: str) -> bool:
    """Whether one of the texts of a key is null."""
    return "null" in key and None in texts_of(key)


class Keys:
    """The key of the group that a hit is in, by the names under which its values stand.

    names  of the hit's values, in the order of `group-by`
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self._known: dict[Any, str] = {}
        self.of: Key = self._of_one if len(names) == 1 else self._of_many if names else self._of_none
        self._name = names[0] if names else ""

    def _of_none(self, values: dict[str, Any]) -> str:
        return "[]"

    def _of_one(self, values: dict[str, Any]) -> str:
        value = values.get(self._name)
        if type(value) is not str:  # as keys of a dictionary True, 1 and 1.0 are one
            return key_of([text(value)])
        found = self._known.get(value)
        return self._noted(value, [value]) if found is None else found

    def _of_many(self, values: dict[str, Any]) -> str:
        texts = tuple(
            [value if type(value := values.get(name)) is str or value is None else text(value) for name in self.names]
        )
        found = self._known.get(texts)
        return self._noted(texts, texts) if found is None else found

    def _noted(self, known_as: Any, texts: Sequence[str | None]) -> str:
        if len(self._known) >= CACHED:
            self._known.clear()
        key = self._known[known_as] = key_of(texts)
        return key
