"""One record as rules read it: whole, and with the text of its objects as the log has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

__all__ = ["Record"]

_KEYS = msgspec.json.Decoder(dict[str, msgspec.Raw])


class Record:
    """A record that is decoded in full only when somebody asks for it."""

    __slots__ = ("_raw", "_whole", "fields_read")

    def __init__(self, whole: Callable[[], dict[str, Any]], raw: Callable[[], bytes] | None) -> None:
        self._whole = whole
        self._raw = raw
        self.fields_read: dict[str, Any] | None = None

    @property
    def fields(self) -> dict[str, Any]:
        """All of the record."""
        if self.fields_read is None:
            self.fields_read = self._whole()
        return self.fields_read

    def text(self, path: str) -> str | None:
        """The JSON of the object at a path as the log has it; None when that is not at hand."""
        if self._raw is None:
            return None
        try:
            return _find(bytes(self._raw()), tuple(path.split(".")))
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None


def _find(text: bytes | msgspec.Raw, segments: tuple[str, ...]) -> str | None:
    """As `engine.fields.resolve`, over text that is decoded one level at a time; lists are not walked."""
    if not segments:
        return bytes(text).decode()
    if bytes(memoryview(text)[:1]) != b"{":
        return None
    members = _KEYS.decode(text)
    for length in range(len(segments), 0, -1):
        inner = members.get(".".join(segments[:length]))
        if inner is not None:
            found = _find(inner, segments[length:])
            if found is not None:
                return found
    return None
