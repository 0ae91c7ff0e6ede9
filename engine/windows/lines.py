"""Flat Windows records, one JSON object a line, decoded narrowly: the fast way for what NXLog and Logstash write.

Two passes. The first reads of every line only what its kind and its time are told by; the second decodes the lines of
each kind into the fields that the rules of this kind read. Both refuse what they could not tell exactly as `view`
does, and these lines are read the plain way: which way, depends on the text alone where it could change the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

import msgspec

from engine.jsontext import parse, parse_strict
from engine.logsources import known
from engine.model import Batch, LogSource
from engine.projection import Shape
from engine.windows.kinds import WINDOWS, kind, names_of, spaced
from engine.windows.view import NESTED, nested, view

__all__ = ["flat"]

HEAD = 32
"""Lines that are looked at to guess which names a log uses."""

KEPT = 256
"""Records of a batch that are kept whole, at most."""

_FAULTS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_BY = ("Channel", "Provider_Name", "EventID")
_DOTTED = ("winlog.event_id", "winlog.channel")


def flat(lines: list[bytes], first: int, shapes: Callable[[LogSource], Shape], told: LogSource) -> Batch | None:
    """The records of some lines as one batch in parts; None where they are not all flat events with a channel.

    lines   at least one; each begins and ends as an object does
    first   number of the first of them
    shapes  kind -> the fields that its rules read
    told    what the user calls the log
    """
    shape = _router().told(names_of(WINDOWS), b"".join(lines[:HEAD]))
    source = _Lines(lines, told)
    structs, odd = _decoded(shape, lines)
    try:
        for index in odd:
            parse_strict(lines[index])  # what is read leniently has to be told of, and is not here
            structs[index] = _alike(shape, source.read(index))
    except (ValueError, RecursionError):
        return None
    kinds = _by_kind(list(map(shape.fast(*_BY), structs)), told)
    if kinds is None:
        return None
    parts = [part for its, indexes in kinds.items() for part in _parts(source, indexes, its, first, shapes(its))]
    return Batch(told, structs, first, source.raw, shape, source.whole, source.original, tuple(parts))


def _decoded(shape: Shape, lines: list[bytes]) -> tuple[list[Any], list[int]]:
    """The structs of all lines, and the indexes of those that a struct cannot hold, where None stands instead."""
    structs: list[Any] = []
    odd: list[int] = []
    while len(structs) < len(lines):
        try:
            structs.extend(map(shape.line.decode, islice(lines, len(structs), None)))
        except _FAULTS:  # what came before it is there
            odd.append(len(structs))
            structs.append(None)
    return structs, odd


def _alike(shape: Shape, fields: dict[str, Any]) -> Any:
    """A struct with what is in a record as rules read it."""
    return shape.line.decode(msgspec.json.encode({k: fields[path] for path, k in shape.keys.items() if path in fields}))


@lru_cache(maxsize=1)
def _router() -> Shape:
    """What an event is routed and timed by; a time that stands elsewhere is looked for in the whole record."""
    return Shape([*_BY, *known(WINDOWS).time[:2]], refused=_DOTTED, plain=NESTED)


def _by_kind(found: Sequence[tuple[Any, Any, Any]], told: LogSource) -> dict[LogSource, list[int]] | None:
    """The indexes of the records of each kind, in order of first appearance; None where one is no flat event."""
    kinds: dict[tuple[Any, Any, Any], list[int]] = {}
    try:
        for index, key in enumerate(found):
            if key in kinds:
                kinds[key].append(index)
            else:
                kinds[key] = [index]
    except TypeError:  # a list or an object where a name should be
        return None
    together: dict[LogSource, list[int]] = {}
    for (channel, provider, event), indexes in kinds.items():
        if not channel or not isinstance(channel, str) or not isinstance(event, str | int):
            return None
        its = told if told.category else kind(channel, provider, event, told.service)
        together.setdefault(its, []).extend(indexes)
    return {its: sorted(indexes) for its, indexes in together.items()}


def _parts(
    source: _Lines, indexes: list[int], its: LogSource, first: int, shape: Shape
) -> Iterator[tuple[list[int], Batch]]:
    """The records of one kind: those that a struct can hold narrowly, the others as dicts."""
    if spaced(its):
        yield _whole_part(source, indexes, its, first)
        return
    lines = [source.lines[index] for index in indexes]
    narrow = shape.told(names_of(its), lines[0])
    structs, odd = _decoded(narrow, lines)
    if odd:
        yield _whole_part(source, [indexes[number] for number in odd], its, first)
        gone = set(odd)
        indexes = [index for number, index in enumerate(indexes) if number not in gone]
        structs = [struct for struct in structs if struct is not None]

    def raw(number: int) -> bytes:
        return source.raw(indexes[number])

    def whole(number: int) -> dict[str, Any]:
        return source.whole(indexes[number])

    if indexes:
        yield indexes, Batch(its, structs, first, raw, narrow, whole)


def _whole_part(source: _Lines, indexes: list[int], its: LogSource, first: int) -> tuple[list[int], Batch]:
    def raw(number: int) -> bytes:
        return source.raw(indexes[number])

    return indexes, Batch(its, [source.read(index) for index in indexes], first, raw)


class _Lines:
    """Records that stand one a line; some are kept whole, because matching and reporting ask for the same ones."""

    def __init__(self, lines: list[bytes], told: LogSource) -> None:
        self.lines = lines
        self._told = told
        self._wholes: dict[int, dict[str, Any]] = {}

    def raw(self, index: int) -> bytes:
        """A record's JSON as it stands in the log."""
        return self.lines[index]

    def original(self, index: int) -> dict[str, Any]:
        """A record as the log has it."""
        record: dict[str, Any] = parse(self.lines[index])
        return record

    def read(self, index: int) -> dict[str, Any]:
        """A record as rules read it. Raises ValueError where it is no JSON or no flat event."""
        record = self.original(index)
        if nested(record):
            raise ValueError("is no flat event")
        return view(record, self._told)[0]

    def whole(self, index: int) -> dict[str, Any]:
        """The same, kept for a while."""
        whole = self._wholes.get(index)
        if whole is None:
            if len(self._wholes) >= KEPT:
                self._wholes.clear()
            whole = self._wholes[index] = self.read(index)
        return whole
