"""The derived fields that events of one kind have, compiled."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from msgspec import UNSET

from engine.derived.ways import Compute, Memo, compute
from engine.fields import getter, resolve
from engine.rules import Derived

__all__ = ["Fields", "Memo"]

Read = Callable[[dict[str, Any]], Any]


class Fields:
    """Reads fields of a record, those of the log and derived ones alike.

    A field of the log wins over a derived one of its name, whatever it holds. Every definition is compiled when it is
    first asked for, so that those nobody asks for cost nothing.

    derived  as `applying` gives them: of several definitions of one name the first that gives a value counts
    plain    what reads a field of the log: `Aliases.getter` where the log has fields in other places too
    """

    def __init__(self, derived: Iterable[Derived] = (), plain: Callable[[str], Read] = getter) -> None:
        self._plain = plain
        self._definitions: dict[str, list[Derived]] = {}
        for definition in derived:
            self._definitions.setdefault(definition.name, []).append(definition)
        self._ways: dict[str, list[Compute]] = {}
        self._readers: dict[str, Read] = {}

    def __contains__(self, path: str) -> bool:
        """Whether a path is, or leads into, a derived field."""
        return path.partition(".")[0] in self._definitions

    def read(self, path: str, record: dict[str, Any], memo: Memo) -> Any:
        """The value at a path as `engine.fields.resolve` gives it, or UNSET; what is computed goes into the memo."""
        reader = self._readers.get(path)
        if reader is None:
            reader = self._readers[path] = self._plain(path)
        value = reader(record)
        if value is not UNSET:
            return value
        name, _, rest = path.partition(".")
        if name in record or name not in self._definitions:
            return UNSET
        value = self._computed(name, record, memo)
        return resolve(value, tuple(rest.split("."))) if rest else value

    def reader(self, path: str) -> Read:
        """`read` for one path, with a memo that lives as long as the call; paths of the log cost nothing more."""
        if path not in self:
            return self._plain(path)
        return lambda record: self.read(path, record, {})

    def values(self, names: Iterable[str], record: dict[str, Any], memo: Memo | None = None) -> dict[str, Any]:
        """Those of the derived fields `names` that the record does not have itself and that have a value, in order."""
        memo = {} if memo is None else memo
        found = {name: self._computed(name, record, memo) for name in names if name in self and name not in record}
        return {name: value for name, value in found.items() if value is not UNSET}

    def _computed(self, name: str, record: dict[str, Any], memo: Memo) -> Any:
        if name in memo:
            return memo[name]
        memo[name] = UNSET  # a field that is built on itself gives nothing
        ways = self._ways.get(name)
        if ways is None:
            made = self._definitions[name]
            ways = self._ways[name] = [compute(way, self) for definition in made for way in definition.ways]
        for way in ways:
            value = way(record, memo)
            if not _empty(value):
                memo[name] = value
                break
        return memo[name]


def _empty(value: Any) -> bool:
    """Whether a way has given nothing, so that the next is tried; `false` and 0 are something."""
    return value is UNSET or value is None or (type(value) in (str, list, dict) and not value)
