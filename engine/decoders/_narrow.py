"""Ordinary CloudTrail text as narrow structs, with the whole of any record at hand when a rule matches it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from engine.jsontext import parse
from engine.model import Batch, LogSource
from engine.projection import Shape

__all__ = ["narrow", "narrow_lines"]

SPLIT_SHARE = 0.25
"""When more than this share of the records of a file is wanted whole, splitting all of them at once is quicker."""

NEAR = 32 << 10
"""How far from where it should be, by the mean size of records, a record is looked for first; in bytes."""

_ID = "eventID"
_START = b'{"eventVersion":'
_SPLIT = msgspec.json.Decoder(msgspec.defstruct("Split", [("Records", list[msgspec.Raw])]))
_FAULTS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def narrow(text: bytes, shape: Shape, logsource: LogSource) -> Batch | None:
    """The records of {"Records": [...]} as one batch of structs, each with an eventID; None for any other text."""
    if _ID not in shape.paths:
        return None
    try:
        structs = shape.records.decode(text).Records
    except _FAULTS:
        return None
    return _batch(structs, _File(text, shape, structs), 1, shape, logsource)


def narrow_lines(text: bytes, first: int, shape: Shape, logsource: LogSource) -> Batch | None:
    """The same for one record a line; `first` is the number of the first of them."""
    if _ID not in shape.paths:
        return None
    try:
        structs = shape.line.decode_lines(text)
    except _FAULTS:
        return None
    return _batch(structs, _Lines(text), first, shape, logsource)


class _Source(Protocol):
    """Where the records of a batch stand."""

    def raw(self, index: int) -> bytes: ...


def _batch(structs: Sequence[Any], source: _Source, first: int, shape: Shape, logsource: LogSource) -> Batch | None:
    try:
        "".join(map(shape.fast(_ID), structs))  # raises where an id is missing or no text
    except TypeError:
        return None
    wholes = _Wholes(source)
    return Batch(logsource, structs, first, wholes.raw, shape, wholes.whole)


class _Wholes:
    """Whole records of a batch; the last one is kept, because it is asked for by matching and by reporting."""

    def __init__(self, source: _Source) -> None:
        self._source = source
        self._raw = (-1, b"")
        self._whole: tuple[int, dict[str, Any]] = (-1, {})

    def raw(self, index: int) -> bytes:
        """A record's JSON as it stands in the log."""
        if self._raw[0] != index:
            self._raw = index, self._source.raw(index)
        return self._raw[1]

    def whole(self, index: int) -> dict[str, Any]:
        """A record as a dict; of odd bytes what can be read of it."""
        if self._whole[0] != index:
            self._whole = index, parse(self.raw(index))
        return self._whole[1]


class _Lines:
    """Records that stand one a line."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._lines: list[bytes] | None = None

    def raw(self, index: int) -> bytes:
        if self._lines is None:
            self._lines = [line for line in self._text.split(b"\n") if line and not line.isspace()]
        return self._lines[index]


class _File:
    """Records inside the array of a file.

    A struct does not know where its record stood, and noting it for every record would cost a third of the decoding.
    So a record is searched by its eventID, from the one found last, and what is found is decoded once more and
    compared. Where that does not succeed at once, or an id comes twice in the file, the parser splits it into records.
    """

    def __init__(self, text: bytes, shape: Shape, structs: Sequence[Any]) -> None:
        self._text = text
        self._shape = shape
        self._structs = structs
        self._id = shape.fast(_ID)
        self._split: list[Any] | None = None
        self._differ: bool | None = None
        self._asked = 0
        self._last = -1
        self._position = 0

    def raw(self, index: int) -> bytes:
        found = None
        if self._split is None:
            self._asked += 1
            few = self._asked <= len(self._structs) * SPLIT_SHARE + 8
            found = self._search(index) if few and (index == 0 or self._ids_differ()) else None
            if found is None:
                self._split = _SPLIT.decode(self._text).Records  # type: ignore[attr-defined]
        return bytes(self._split[index]) if found is None else found  # type: ignore[index]

    def _ids_differ(self) -> bool:
        """Whether no id comes twice: a record found by one that does may be the other, and look alike in its struct."""
        if self._differ is None:
            self._differ = len(set(map(self._id, self._structs))) == len(self._structs)
        return self._differ

    def _search(self, index: int) -> bytes | None:
        identity = self._id(self._structs[index])
        if len(identity) < 16:
            return None
        start_from, ahead = (self._position, index - self._last - 1) if index > self._last else (0, index)
        guess = start_from + ahead * len(self._text) // len(self._structs)
        wanted = identity.encode("utf-8", "replace")
        at = self._text.find(wanted, max(start_from, guess - NEAR), guess + NEAR)
        if at < 0:
            at = self._text.find(wanted, start_from)
        start = self._text.rfind(_START, start_from, at) if at >= 0 else -1
        if start < 0:
            return None
        end = self._text.find(b"," + _START, at)
        record = self._text[start : end if end >= 0 else self._text.rfind(b"]")]
        try:
            same = self._shape.line.decode(record) == self._structs[index]
        except _FAULTS:
            return None
        self._last, self._position = index, start + len(record)
        return record if same else None
