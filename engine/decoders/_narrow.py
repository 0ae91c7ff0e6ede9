"""An ordinary CloudTrail file as narrow structs, with the whole of any record at hand when a rule matches it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import msgspec

from engine.model import Batch, LogSource
from engine.projection import Shape

__all__ = ["narrow"]

SPLIT_SHARE = 0.25
"""When more than this share of the records of a file is wanted whole, splitting all of them at once is quicker."""

NEAR = 32 << 10
"""How far from where it should be, by the mean size of records, a record is looked for first; in bytes."""

_START = b'{"eventVersion":'
_SPLIT = msgspec.json.Decoder(msgspec.defstruct("Split", [("Records", list[msgspec.Raw])]))
_DICT = msgspec.json.Decoder(dict[str, Any])


def narrow(text: bytes, shape: Shape, logsource: LogSource) -> Batch | None:
    """The records of {"Records": [...]} as one batch of structs; None for whatever a struct cannot hold exactly."""
    if "eventID" not in shape.paths:
        return None
    try:
        structs = shape.records.decode(text).Records
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    wholes = _Wholes(text, shape, structs)
    return Batch(logsource, structs, 1, wholes.raw, shape, wholes.whole)


class _Wholes:
    """Finds single records again in the text of their file.

    A struct does not know where its record stood, and noting it for every record would cost a third of the decoding.
    So a record is searched by its eventID, from the one found last, and what is found is decoded once more and
    compared. Where that does not succeed at once, or an id comes twice in the file, the parser splits it into records.
    """

    def __init__(self, text: bytes, shape: Shape, structs: Sequence[Any]) -> None:
        self.text = text
        self.shape = shape
        self.structs = structs
        self.id = shape.careful("eventID")
        self.split: list[Any] | None = None
        self.asked = 0
        self.last = (-1, b"")
        self.position = 0
        self.decoded: tuple[int, dict[str, Any]] = (-1, {})

    def whole(self, index: int) -> dict[str, Any]:
        """A record as a dict; of odd bytes what can be read of it."""
        if self.decoded[0] != index:
            raw = self.raw(index)
            try:
                self.decoded = index, _DICT.decode(raw)
            except (msgspec.DecodeError, UnicodeDecodeError):
                self.decoded = index, json.loads(raw.decode("utf-8", "replace"))
        return self.decoded[1]

    def raw(self, index: int) -> bytes:
        """A record's JSON as it stands in the file."""
        if self.last[0] == index:
            return self.last[1]
        self.asked += 1
        found = None
        if self.split is None:
            few = self.asked <= len(self.structs) * SPLIT_SHARE + 8
            found = self._search(index) if few and (self.asked > 1 or self._ids_differ()) else None
            if found is None:
                self.split = _SPLIT.decode(self.text).Records  # type: ignore[attr-defined]
        if found is None:
            found = bytes(self.split[index])  # type: ignore[index]
        self.last = index, found
        return found

    def _ids_differ(self) -> bool:
        """Whether no id comes twice: a record found by one that does may be the other, and look alike in its struct."""
        try:
            return len(set(map(self.shape.fast("eventID"), self.structs))) == len(self.structs)
        except TypeError:  # an id that is a list or an object
            return False

    def _search(self, index: int) -> bytes | None:
        identity = self.id(self.structs[index])
        if type(identity) is not str or len(identity) < 16:
            return None
        start_from, ahead = (self.position, index - self.last[0] - 1) if index > self.last[0] else (0, index)
        guess = start_from + ahead * len(self.text) // len(self.structs)
        wanted = identity.encode("utf-8", "replace")
        at = self.text.find(wanted, max(start_from, guess - NEAR), guess + NEAR)
        if at < 0:
            at = self.text.find(wanted, start_from)
        start = self.text.rfind(_START, start_from, at) if at >= 0 else -1
        if start < 0:
            return None
        end = self.text.find(b"," + _START, at)
        record = self.text[start : end if end >= 0 else self.text.rfind(b"]")]
        try:
            same = self.shape.line.decode(record) == self.structs[index]
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None
        self.position = start + len(record)
        return record if same else None
