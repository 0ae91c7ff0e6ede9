"""Names that rules use for fields which the log itself has elsewhere: found when asked for, never put into the record.

A table is data (`fields:` in logsources/): the name in rules -> where the value is looked for, in order. The field of
that very name comes first, unless it is in the list itself; the first that is not missing wins.

    eventName: [events.name]                          another path
    "data.*": ["*"]                                   for every name that begins so, the rest of it
    "*": [records.*]                                  for every name
    setting: ["events.parameters[name=SETTING].value"]   of a list of objects those that say so, in any case
    eventService: [{text: "{id.app}.googleapis.com"}]    text with fields in it; missing where one of them is
    Status: [{path: status.code, values: {"0": Success}, else: Failure}]   another word for a value, in any case
    kind: [{path: "@odata.type", after: "#microsoft.graph."}]   of a text what comes behind another, or all of it
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import UNSET

from engine.fields import flatten, getter, resolve

__all__ = ["Aliases"]

Read = Callable[[dict[str, Any]], Any]
_CHOICE = re.compile(r"\[([^\[\]=]+)=([^\[\]]*)\]\.?")
_FIELD = re.compile(r"\{([^{}]+)\}")


class Aliases:
    """The table of one kind of log."""

    def __init__(self, table: Mapping[str, Sequence[Any]]) -> None:
        self._exact = {name: targets for name, targets in table.items() if not name.endswith("*")}
        self._begins = [(name[:-1], targets) for name, targets in table.items() if name.endswith("*")]

    def __bool__(self) -> bool:
        return bool(self._exact or self._begins)

    def has(self, name: str) -> bool:
        """Whether a field of this name is looked for in other places too."""
        return name in self._exact or any(name.startswith(start) for start, _ in self._begins)

    def names(self) -> list[str]:
        """The names in the table; of those that stand for every name that begins so, the beginning and "x"."""
        return [*self._exact, *(f"{start}x" for start, _ in self._begins)]

    def targets(self, name: str) -> list[Any]:
        """Where a field is looked for, in order: paths, and mappings as above."""
        found = list(self._exact.get(name, ()))
        for start, targets in self._begins:
            if name.startswith(start):
                found += [_spread(target, name[len(start) :]) for target in targets]
        return found if name in found else [name, *found]

    def getter(self, name: str) -> Read:
        """Read a field: one value, a list of several where the path runs through lists, or UNSET."""
        if not self.has(name):
            return getter(name)
        return _first([_reader(target) for target in self.targets(name)])


def _spread(target: Any, rest: str) -> Any:
    return target[:-1] + rest if isinstance(target, str) and target.endswith("*") else target


def _first(reads: Sequence[Read]) -> Read:
    def read(record: dict[str, Any]) -> Any:
        for one in reads:
            value = one(record)
            if value is not UNSET:
                return value
        return UNSET

    return read


def _reader(target: Any) -> Read:
    if isinstance(target, str):
        return _chosen(target) if "[" in target else getter(target)
    if "text" in target:
        return _text(target["text"])
    read = _reader(target["path"])
    if "after" in target:
        return lambda record: _behind(read(record), target["after"])
    words = {str(key).lower(): value for key, value in target["values"].items()}
    return lambda record: _translated(read(record), words, target.get("else"))


def _chosen(path: str) -> Read:
    """A path that goes on only through those members of a list that have a certain value."""
    choice = _CHOICE.search(path)
    if choice is None:
        raise ValueError(f'"{path}" has a bracket that is no [name=value]')
    outer = getter(path[: choice.start()])
    name, wanted = getter(choice[1]), choice[2].lower()
    inner = _reader(path[choice.end() :]) if path[choice.end() :] else None

    def read(record: dict[str, Any]) -> Any:
        members = (member for member in flatten(outer(record)) if type(member) is dict)
        those = [member for member in members if _word(name(member)) == wanted]
        found = those if inner is None else [value for member in those if (value := inner(member)) is not UNSET]
        return UNSET if not found else found[0] if len(found) == 1 else found

    return read


def _text(template: str) -> Read:
    names = [tuple(name.split(".")) for name in _FIELD.findall(template)]

    def read(record: dict[str, Any]) -> Any:
        values = [_word(resolve(record, name), fold=False) for name in names]
        if None in values:
            return UNSET
        left = iter(values)
        return _FIELD.sub(lambda _: str(next(left)), template)

    return read


def _behind(value: Any, mark: str) -> Any:
    if type(value) is list:
        return [_behind(member, mark) for member in flatten(value)]
    return value.rpartition(mark)[2] if type(value) is str else value


def _translated(value: Any, words: Mapping[str, Any], default: Any) -> Any:
    if value is UNSET:
        return UNSET
    if type(value) is list:
        return [_translated(member, words, default) for member in flatten(value)]
    word = _word(value)
    return value if word is None else words.get(word, value if default is None else default)


def _word(value: Any, fold: bool = True) -> str | None:
    """The text of a scalar; None for anything else."""
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) not in (str, int, float):
        return None
    return str(value).lower() if fold else str(value)
