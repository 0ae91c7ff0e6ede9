"""One record as rules read it: whole, and with the text of its objects as the log has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

__all__ = ["Record"]

_KEYS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_MEMBERS = msgspec.json.Decoder(list[msgspec.Raw])


class Record:
    """A record that is decoded in full only when somebody asks for it."""

    __slots__ = ("_fields", "_raw", "_whole")

    def __init__(self, whole: Callable[[], dict[str, Any]], raw: Callable[[], bytes] | None) -> None:
        self._whole = whole
        self._raw = raw
        self._fields: dict[str, Any] | None = None

    @property
    def fields(self) -> dict[str, Any]:
        """All of the record."""
        if self._fields is None:
            self._fields = self._whole()
        return self._fields

    def raw(self) -> bytes | None:
        """The record's JSON as the log has it; None when it is not at hand."""
        return self._raw() if self._raw is not None else None

    def texts(self, path: str) -> list[str] | None:
        """The JSON of each value at a path as the log has it, in the order of `flatten(resolve(...))`.

        None when it is not at hand.
        """
        if self._raw is None:
            return None
        try:
            found = _find(msgspec.Raw(self._raw()), tuple(path.split(".")))
            return None if found is None else [bytes(raw).decode() for raw in found]
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None


def _find(raw: msgspec.Raw, segments: tuple[str, ...]) -> list[msgspec.Raw] | None:
    """As `engine.fields.resolve`, over text that is decoded one level at a time."""
    if not segments:
        return list(_flattened(raw))
    kind = _first(raw)
    if kind == b"{":
        members = _KEYS.decode(raw)
        for length in range(len(segments), 0, -1):
            inner = members.get(".".join(segments[:length]))
            if inner is not None and (found := _find(inner, segments[length:])) is not None:
                return found
    elif kind == b"[":
        each = [found for member in _flattened(raw) if (found := _find(member, segments)) is not None]
        return [one for found in each for one in found] if each else None
    return None


def _flattened(raw: msgspec.Raw) -> Iterator[msgspec.Raw]:
    if _first(raw) != b"[":
        yield raw
        return
    for member in _MEMBERS.decode(raw):
        yield from _flattened(member)


def _first(raw: msgspec.Raw) -> bytes:
    return bytes(memoryview(raw)[:1])
