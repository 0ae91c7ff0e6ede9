"""Plain data -> a frozen Struct, or every fault that keeps it from being one.

No fault shows what stands where a secret may stand.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Hashable, Iterable, Iterator
from functools import lru_cache
from typing import Any, Generic, NamedTuple, TypeVar, cast

from msgspec import inspect

from engine.model import Level
from engine.options.faults import Fault, Key, Steps, did_you_mean
from engine.options.kinds import alternatives, beyond, fits, is_secret, shown, wanted, way_out, word
from engine.options.words import is_path, word_of
from engine.secret import Secret

__all__ = ["Read", "info", "read"]

T = TypeVar("T")

_OPTION = re.compile(r"([A-Za-z_][A-Za-z0-9_]*): (.*)", re.DOTALL)
_BAD = object()
"""Instead of a value that has a fault."""

ELSEWHERE = "a secret stands elsewhere: {env: NAME} or {file: PATH}"


class Read(NamedTuple, Generic[T]):
    """What was made; None where there are faults."""

    value: T | None
    faults: tuple[Fault, ...]


def read(kind: type[T], said: Any, *, folder: str = "", at: Steps = ()) -> Read[T]:
    """Make a `kind`, a Struct or what its fields may be, of plain data; null is as if nothing were said.

    folder  that relative paths count from; "" leaves them as they are
    at      the keys that lead to `said`, put before those of every fault
    """
    reader = _Reader(folder)
    value = reader.value(info(cast(Hashable, kind)), said, at)
    faults = tuple(reader.faults)
    return Read(None if faults or value is _BAD else cast(T, value), faults)


@lru_cache(maxsize=256)
def info(kind: Any) -> inspect.Type:
    """The type of a Struct or a field, taken apart."""
    return inspect.type_info(kind)


class _Reader:
    """Reads one document and notes its faults."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.faults: list[Fault] = []

    def bad(self, at: Steps, fault: str, hint: str | None = None, *, key: bool = False) -> Any:
        self.faults.append(Fault(at, fault, hint, key))
        return _BAD

    def value(self, type: inspect.Type, said: Any, at: Steps) -> Any:
        kinds = list(alternatives(type))
        fitting = [(kind, extra) for kind, extra in kinds if fits(kind, said)]
        if not fitting:
            return self.misfit(kinds, said, at)
        kind, extra = fitting[0]
        if isinstance(kind, inspect.StructType):
            return self.struct(kind, said, at)
        if isinstance(kind, (inspect.VarTupleType, inspect.ListType, inspect.SetType, inspect.FrozenSetType)):
            return self.listed(kind, said, at)
        if isinstance(kind, inspect.DictType):
            return self.mapping(kind, said, at)
        value = self.scalar(kind, said, at, any(is_secret(kind) for kind, _ in kinds))
        return _resolved(value, self.folder) if is_path(extra) and isinstance(value, str) else value

    def scalar(self, kind: inspect.Type, said: Any, at: Steps, hidden: bool) -> Any:
        """A value that is no list or mapping; `hidden`: it may be a secret."""
        if isinstance(kind, inspect.LiteralType):
            if said in kind.values:
                return said
            return self.bad(at, f'{_named(at)} is "{said}"', did_you_mean(str(said), map(str, kind.values)))
        if isinstance(kind, inspect.EnumType):
            names = list(kind.cls.__members__)
            if said in names:
                return kind.cls[said]
            what = "level" if kind.cls is Level else kind.cls.__name__.lower()
            return self.bad(at, f'"{said}" is no {what}', did_you_mean(said, names))
        if isinstance(kind, inspect.CustomType):
            try:
                return kind.cls.parse(said)  # type: ignore[attr-defined] # what is no Word does not fit
            except ValueError as error:
                return self.bad(at, f"{_named(at)}: {error}")
        if isinstance(kind, inspect.FloatType):
            try:
                said = float(said)
            except OverflowError:
                said = math.inf
        if fault := beyond(kind, said):
            return self.bad(at, f"{_named(at)} {fault}{'' if hidden else f', not {shown(said)}'}")
        return said

    def listed(self, kind: Any, said: Any, at: Steps) -> Any:
        values = [self.value(kind.item_type, one, (*at, index)) for index, one in enumerate(said)]
        if any(value is _BAD for value in values):
            return _BAD
        made: dict[Any, Any] = {inspect.VarTupleType: tuple, inspect.SetType: set, inspect.FrozenSetType: frozenset}
        return made.get(type(kind), list)(values)

    def mapping(self, kind: inspect.DictType, said: Any, at: Steps) -> Any:
        values = {str(name): self.value(kind.value_type, one, (*at, str(name))) for name, one in said.items()}
        return _BAD if any(value is _BAD for value in values.values()) else values

    def struct(self, kind: inspect.StructType, said: Any, at: Steps) -> Any:
        fields = {field.encode_name: field for field in kind.fields}
        before = len(self.faults)
        if kind.cls is Secret and not _names_a_secret(said):
            return self.bad(at, f"{_named(at)} is no secret", "write {env: NAME} or {file: PATH}")
        for name in said:
            if name not in fields:
                self.bad((*at, str(name)), f'unknown key "{name}"', did_you_mean(str(name), fields), key=True)
        values = {}
        for name, field in fields.items():
            if said.get(name) is not None:
                values[field.name] = self.value(field.type, said[name], (*at, name))
            elif field.required:
                self.bad(at, f'there is no "{name}"', f"{_named(at, 'it')} needs {wanted(field.type)} under {name}")
                values[field.name] = _BAD
        return _Making(self, kind, at).made(values, whole=len(self.faults) == before)

    def misfit(self, known: list[tuple[inspect.Type, Any]], said: Any, at: Steps) -> Any:
        """A value of the wrong kind, what is wanted instead, and how to write it."""
        kinds = [_meant(kind, extra) for kind, extra in known if not isinstance(kind, inspect.NoneType)]
        wanted = " or ".join(dict.fromkeys(map(word, kinds))) or "nothing"
        if any(map(is_secret, kinds)):
            return self.bad(at, f"{_named(at)} is to be {wanted}", ELSEWHERE)
        fault = f"{_named(at)} is to be {wanted}, not {shown(said)}"
        return self.bad(at, fault, way_out(kinds, said))


class _Making:
    """Has a Struct check itself, and looks for all that it has against its options, not only for the first.

    That ends at an option that must be there and is wrong: without it nothing can be made.
    """

    def __init__(self, reader: _Reader, kind: inspect.StructType, at: Steps) -> None:
        self.reader = reader
        self.cls = kind.cls
        self.written = {field.name: field.encode_name for field in kind.fields}
        self.required = {field.name for field in kind.fields if field.required}
        self.at = at

    def made(self, values: dict[str, Any], whole: bool) -> Any:
        """The Struct; an option with a fault is left out and the others are judged without it, if that can be."""
        gone = {self.written[name] for name, value in values.items() if value is _BAD}
        values = {name: value for name, value in values.items() if value is not _BAD}
        while self.required <= set(values):
            try:
                made = self.cls(**values)
            except ValueError as error:
                name, fault = self._about(str(error))
                if not any(re.search(rf"\b{re.escape(one)}\b", fault) for one in gone):  # else it follows from that one
                    self._note(name, fault, values)
                whole = False
                if name is None or name not in values or name in self.required:
                    break
                gone.add(self.written[name])
                del values[name]
            else:
                return made if whole else _BAD
        return _BAD

    def _about(self, fault: str) -> tuple[str | None, str]:
        """The option (by its name in the Struct) that a ValueError names, and what it says."""
        found = _OPTION.fullmatch(fault)
        if found:
            for name, written in self.written.items():
                if found[1] in (written, name):
                    return name, found[2]
        return None, fault

    def _note(self, name: str | None, fault: str, values: dict[str, Any]) -> None:
        if name is None or name not in values:
            self.reader.bad(self.at, fault)
            return
        key = self.written[name]
        parts = list(self._alone(name, values))
        for part, said in parts:
            self.reader.bad((*self.at, key, part), f"{key}: {said}")
        if not parts:
            self.reader.bad((*self.at, key), f"{key}: {fault}")

    def _alone(self, name: str, values: dict[str, Any]) -> Iterator[tuple[Key, str]]:
        """The members of a list or mapping that have a fault each for itself."""
        value = values[name]
        members: Iterable[tuple[Key, Any]] = ()
        if isinstance(value, (list, tuple)) and len(value) < 1_000:
            members = [(index, type(value)((one,))) for index, one in enumerate(value)]
        elif isinstance(value, dict) and len(value) < 1_000:
            members = [(key, {key: one}) for key, one in value.items()]
        for key, one in members:
            try:
                self.cls(**{**values, name: one})
            except ValueError as error:
                about, fault = self._about(str(error))
                if about == name:
                    yield key, fault


def _meant(kind: inspect.Type, extra: Any) -> inspect.Type:
    """What a text is to be read as, where its type says so."""
    read_as = word_of(extra)
    return kind if read_as is None else info(read_as)


def _names_a_secret(said: Any) -> bool:
    """Whether a mapping says where a secret is, and nothing else."""
    return len(said) == 1 and any(isinstance(said.get(name), str) and said[name] for name in ("env", "file"))


def _resolved(path: str, folder: str) -> str:
    """A path as it is opened; "-" and addresses are no paths."""
    if path == "-" or not path or "://" in path:
        return path
    path = os.path.expanduser(path)
    return os.path.normpath(os.path.join(folder, path)) if folder and not os.path.isabs(path) else path


def _named(at: Steps, otherwise: str = "this") -> str:
    """The key that a value stands under."""
    return next((str(step) for step in reversed(at) if isinstance(step, str)), otherwise)
