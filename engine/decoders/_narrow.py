"""Ordinary CloudTrail text, every record with an eventID: as narrow structs, or whole where a struct will not do.

Whether text is ordinary in this sense, `identified` tells from the text alone. `narrow` refuses some of it, depending
on the shape; `plain` then gives the same records as dicts. Either way each record's own JSON is at hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from operator import itemgetter
from typing import Any, Protocol

import msgspec

from engine.jsontext import parse
from engine.model import Batch, LogSource
from engine.projection import Shape

__all__ = ["identified", "identified_lines", "narrow", "narrow_lines", "one_a_line", "plain"]

SPLIT_SHARE = 0.25
"""When more than this share of the records of a file is wanted whole, splitting all of them at once is quicker."""

NEAR = 16_000
"""How far from where it should be, by the mean size of records, a record is looked for first; in bytes."""

BATCH = 1_000
KEPT = 256
"""Whole records of a batch that are kept, at most."""

_ID = "eventID"
_START = b'{"eventVersion":'
_IDENTIFIED = msgspec.defstruct("Identified", [(_ID, str)])
_IN_FILE = msgspec.json.Decoder(msgspec.defstruct("File", [("Records", list[_IDENTIFIED])]))  # type: ignore[valid-type]
_IN_LIST = msgspec.json.Decoder(list[_IDENTIFIED])  # type: ignore[valid-type]
_IN_LINE = msgspec.json.Decoder(_IDENTIFIED)
_SPLIT = msgspec.json.Decoder(msgspec.defstruct("Split", [("Records", list[msgspec.Raw])]))
_encode = msgspec.json.Encoder().encode
_ENDS = itemgetter(0, -1)
_BRACES = b"{"[0], b"}"[0]
_FAULTS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def narrow(text: bytes, shape: Shape, logsource: LogSource) -> Batch | None:
    """The records of {"Records": [...]} as one batch of structs, each with an eventID; None for any other text."""
    if _ID not in shape.texts:
        return None
    try:
        structs = shape.records.decode(text).Records
    except _FAULTS:
        return None
    file = _File(text, shape, structs)
    return _batch(structs, file, 1, shape, logsource)._replace(expect=file.expect)


def narrow_lines(text: bytes, first: int, shape: Shape, logsource: LogSource) -> Batch | None:
    """The same for one record a line; `first` is the number of the first of them."""
    if _ID not in shape.texts:
        return None
    raws = one_a_line(text)
    try:
        structs = shape.line.decode_lines(text)
    except _FAULTS:
        return None
    return _batch(structs, _Lines(raws), first, shape, logsource) if raws and len(raws) == len(structs) else None


def identified(text: bytes) -> bool:
    """Whether text is {"Records": [...]} or a list, and every record has text as eventID."""
    try:
        (_IN_LIST if text.lstrip()[:1] == b"[" else _IN_FILE).decode(text)
    except _FAULTS:
        return False
    return True


def identified_lines(text: bytes) -> list[bytes] | None:
    """The lines, where every line is a record with text as eventID; None for any other text."""
    raws = one_a_line(text)
    try:
        return raws if raws and len(_IN_LINE.decode_lines(text)) == len(raws) else None
    except _FAULTS:
        return None


def one_a_line(text: bytes) -> list[bytes] | None:
    """The lines that hold anything; None unless each of them begins and ends as an object does.

    Inside an object no "}" stands before a "{", so none goes over such a line's end; where there are as many objects
    as lines, each line is one. The parser alone would not tell: it takes several in a line, and one over several.
    """
    raws = text.split(b"\n")
    if not raws[-1]:
        raws.pop()
    try:
        if set(map(_ENDS, raws)) == {_BRACES}:  # of nearly all text, in half the time
            return raws
    except IndexError:  # a line is empty
        pass
    raws = [line for line in raws if line and not line.isspace()]
    return raws if all(line.startswith(b"{") and line.endswith((b"}", b"}\r")) for line in raws) else None


def plain(raws: Sequence[bytes | msgspec.Raw], first: int, logsource: LogSource) -> Iterator[Batch]:
    """Records as dicts, a thousand at a time; what `identified` accepts, `parse` can read."""
    for start in range(0, len(raws), BATCH):
        some = raws[start : start + BATCH]
        yield Batch(logsource, [parse(raw) for raw in some], first + start, partial(_text_of, some))


def _text_of(raws: Sequence[bytes | msgspec.Raw], index: int) -> bytes:
    return bytes(raws[index])


class _Source(Protocol):
    """Where the records of a batch stand."""

    def raw(self, index: int) -> bytes: ...


def _batch(structs: Sequence[Any], source: _Source, first: int, shape: Shape, logsource: LogSource) -> Batch:
    wholes = _Wholes(source)
    return Batch(logsource, structs, first, wholes.raw, shape, wholes.whole)


class _Wholes:
    """Whole records of a batch; some are kept, because matching and reporting ask for the same ones."""

    def __init__(self, source: _Source) -> None:
        self._source = source
        self._raws: dict[int, bytes] = {}
        self._dicts: dict[int, dict[str, Any]] = {}

    def raw(self, index: int) -> bytes:
        """A record's JSON as it stands in the log."""
        raw = self._raws.get(index)
        if raw is None:
            if len(self._raws) >= KEPT:
                self._raws.clear()
            raw = self._raws[index] = self._source.raw(index)
        return raw

    def whole(self, index: int) -> dict[str, Any]:
        """A record as a dict; of odd bytes what can be read of it."""
        whole = self._dicts.get(index)
        if whole is None:
            if len(self._dicts) >= KEPT:
                self._dicts.clear()
            whole = self._dicts[index] = parse(self.raw(index))
        return whole


class _Lines:
    """Records that stand one a line."""

    def __init__(self, lines: list[bytes]) -> None:
        self._lines = lines

    def raw(self, index: int) -> bytes:
        return self._lines[index]


class _File:
    """Records inside the array of a file.

    A struct does not know where its record stood, and noting it for every record would cost a third of the decoding.
    So a record is searched by its eventID, from the one found last, and what is found is decoded once more and
    compared. Where that does not succeed at once, or an id comes twice, the parser splits the file into records.
    """

    def __init__(self, text: bytes, shape: Shape, structs: Sequence[Any]) -> None:
        self._text = text
        self._shape = shape
        self._structs = structs
        self._id = shape.fast(_ID)
        self._split: list[Any] | None = None
        self._expected: Sequence[int] = range(len(structs))
        self._differ: bool | None = None
        self._asked = 0
        self._last = -1
        self._position = 0

    def raw(self, index: int) -> bytes:
        found = None
        if self._split is None:
            self._asked += 1
            few = self._asked <= len(self._structs) * SPLIT_SHARE + 8
            found = self._search(index) if few and (index == 0 or self._alone(index)) else None
            if found is None:
                self._split = _SPLIT.decode(self._text).Records  # type: ignore[attr-defined]
        return bytes(self._split[index]) if found is None else found  # type: ignore[index]

    def expect(self, indexes: Sequence[int]) -> None:
        """See `Batch.expect`."""
        if self._differ is None:
            self._expected = indexes

    def _alone(self, index: int) -> bool:
        """Whether no id comes twice: a record found by one that does may be the other, and look alike in its struct."""
        expected = self._expected
        if self._differ is None:
            structs = self._structs if len(expected) == len(self._structs) else [self._structs[at] for at in expected]
            self._differ = len(self._shape.distinct(_ID)(structs)) == len(structs)
        return self._differ and index in expected

    def _find(self, wanted: bytes, start: int, guess: int) -> int:
        """Where the text is, looked for near the guess first; -1 where it is not."""
        at = self._text.find(wanted, max(start, guess - NEAR), guess + NEAR)
        return at if at >= 0 else self._text.find(wanted, start)

    def _search(self, index: int) -> bytes | None:
        identity = self._id(self._structs[index])
        if len(identity) < 16:
            return None
        start_from, ahead = (self._position, index - self._last - 1) if index > self._last else (0, index)
        guess = start_from + ahead * len(self._text) // len(self._structs)
        wanted = identity.encode("utf-8", "replace")
        at = self._find(wanted, start_from, guess)
        start = self._text.rfind(_START, start_from, at) if at >= 0 else -1
        if start < 0:
            return None
        end = self._text.find(b"," + _START, at)
        record = self._text[start : end if end >= 0 else self._text.rfind(b"]")]
        try:
            # As JSON: true, 1 and 1.0 are equal, and rules may tell them apart.
            same = _encode(self._shape.line.decode(record)) == _encode(self._structs[index])
        except _FAULTS:
            return None
        self._last, self._position = index, start + len(record)
        return record if same else None
