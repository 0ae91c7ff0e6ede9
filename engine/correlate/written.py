"""From what a rule writes to the options of its type: every fault at once, each with the keys that lead to it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from engine.correlate.options import MOST_ROWS
from engine.options import Fault, Steps, did_you_mean, read

__all__ = ["Rows", "duration", "options_of"]

Rows = Callable[[str], Iterable[tuple[Any, Any, Any]]]
"""Absolute path of a table -> its rows of network, latitude, longitude. Raises ValueError, in words for its author."""

_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800, "M": 2_629_746, "y": 31_556_952}
_DURATION = re.compile(r"([0-9]{1,9})([smhdwMy])", re.ASCII)
_BAD = object()


def duration(written: Any) -> int:
    """Microseconds of a length of time as rules write it: a whole number and one of s, m, h, d, w, M (month), y.

    A month is 2629746 seconds, a year 31556952. Raises ValueError.
    """
    found = _DURATION.fullmatch(written) if isinstance(written, str) else None
    if found is None:
        raise ValueError("is no length of time: a whole number and s, m, h, d, w, M or y, as in 15m")
    return int(found[1]) * _SECONDS[found[2]] * 1_000_000


def options_of(
    kind: type[msgspec.Struct], written: Mapping[str, Any], words: Sequence[str], folder: str, rows: Rows
) -> tuple[dict[str, Any], tuple[Fault, ...]]:
    """What stands in `Correlation.options` for a type, and everything that is wrong with it.

    kind     the type's `Options`
    written  what the rule says under `correlation:`, without what all types have
    words    by which it refers to its rules, in the order of `rules`
    folder   that relative paths count from

    Names that are JMESPath, and what stands in `condition`, are as written: the loader takes care of them.
    """
    reader = _Reader(words, folder, rows)
    kinds = {field.encode_name: _kind(field.type) for field in msgspec.structs.fields(kind)}
    said = {key: reader.value(kinds.get(key), _plain(value), (key,)) for key, value in written.items()}
    good = {key: value for key, value in said.items() if value is not _BAD and value is not None}
    rest = read(
        kind, {key: value for key, value in good.items() if kinds.get(key) != "table"}
    )  # that is as it should be
    faults = [*reader.faults, *(fault for fault in rest.faults if not _follows(fault, said))]
    return good, tuple(faults)


def _plain(value: Any) -> Any:
    """Without the kinds of numbers by which a loader knows how they were written."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return float(value) if isinstance(value, float) else value


def _kind(type: Any) -> str | None:
    """What `engine.correlate.options` says of a type, also of one that may be left out."""
    for each in (type, *getattr(type, "__args__", ())):
        for meta in getattr(each, "__metadata__", ()):
            if isinstance(meta, msgspec.Meta) and meta.extra:
                return str(meta.extra["is"])
    return None


def _follows(fault: Fault, said: Mapping[str, Any]) -> bool:
    """A key is missed that has a fault already."""
    return any(value is _BAD and f'there is no "{key}"' == fault.fault for key, value in said.items())


class _Reader:
    """Turns what a rule writes into what is kept, and notes faults."""

    def __init__(self, words: Sequence[str], folder: str, rows: Rows) -> None:
        self.words = list(words)
        self.folder = folder
        self.rows = rows
        self.faults: list[Fault] = []

    def bad(self, at: Steps, fault: str, hint: str | None = None) -> Any:
        self.faults.append(Fault(at, fault, hint))
        return _BAD

    def value(self, kind: str | None, written: Any, at: Steps) -> Any:
        if kind is None or written is None:
            return written
        try:
            return getattr(self, kind)(written, at)
        except ValueError as error:
            return self.bad(at, str(error))

    def duration(self, written: Any, at: Steps) -> Any:
        try:
            return duration(written)
        except ValueError as error:
            hint = f"write {written}m" if isinstance(written, int) and not isinstance(written, bool) else None
            return self.bad(at, f"{at[-1]} {error}", hint)

    def field(self, written: Any, at: Steps) -> Any:
        return written if isinstance(written, str) else self.bad(at, f"{at[-1]} is the name of one field")

    def fields(self, written: Any, at: Steps) -> Any:
        listed = [written] if isinstance(written, str) else written
        if isinstance(listed, list) and listed and all(isinstance(name, str) and name for name in listed):
            return listed
        return self.bad(at, f"{at[-1]} is the name of a field, or a list of names")

    def rules(self, written: Any, at: Steps) -> Any:
        listed = [written] if isinstance(written, str) else written
        if not isinstance(listed, list) or not listed:
            return self.bad(at, f"{at[-1]} names one of the rules, or several in a list")
        steps = [(*at, index) if listed is written else at for index in range(len(listed))]
        found = [self._rule(word, step) for word, step in zip(listed, steps, strict=True)]
        return _BAD if _BAD in found else list(dict.fromkeys(found))

    def _rule(self, word: Any, at: Steps) -> Any:
        if word in self.words:
            return self.words.index(word)
        return self.bad(at, f'"{word}" is none of the rules that the correlation refers to', self._hint(word))

    def _hint(self, word: Any) -> str:
        return did_you_mean(str(word), self.words)

    def scores(self, written: Any, at: Steps) -> Any:
        if not isinstance(written, dict) or not written:
            return self.bad(at, f"{at[-1]} gives rules their scores", "write {RULE: 10, OTHER: 25}")
        found: list[Any] = [None] * len(self.words)
        for word, score in written.items():
            index = self._rule(word, (*at, word))
            if index is not _BAD:
                found[index] = score
                if isinstance(score, bool) or not isinstance(score, int | float):
                    self.bad((*at, word), f'the score of "{word}" is no number')
        return _BAD if any(fault.steps[: len(at)] == at for fault in self.faults) else found

    def file(self, written: Any, at: Steps) -> Any:
        if not isinstance(written, str) or not written:
            return self.bad(at, f"{at[-1]} is the path of a file")
        return os.path.normpath(os.path.join(self.folder, os.path.expanduser(written)))

    def table(self, written: Any, at: Steps) -> Any:
        path = self.file(written, at)
        if path is _BAD:
            return path
        found = [list(row) for row in self.rows(path)]
        if not found:
            return self.bad(at, f'the table "{written}" has no rows')
        if len(found) > MOST_ROWS:
            return self.bad(at, f'the table "{written}" has more than {MOST_ROWS:,} rows', "keep the rows in use")
        return found
