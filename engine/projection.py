"""Narrow records: decoding only the fields that rules read often.

A `Shape` is a set of such fields and the `msgspec` structs that hold just them; every other key of a record is skipped
by the parser without becoming a Python object. A field may be nested ("userIdentity.type"): then its parents are
structs too.

It answers exactly as a lookup in the whole record would. Where a struct cannot hold what a record says (a key that
literally contains the dots, say, wins over the path, or a record is no object) decoding fails, and the caller reads
that file the plain way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Annotated, Any, Union

import msgspec
from msgspec import UNSET

from engine.fields import resolve

__all__ = ["Shape"]

_NEVER = Annotated[str, msgspec.Meta(min_length=1, max_length=0)]
"""A type that no value has: a key of this type makes decoding fail."""
_PLAIN = None | bool | int | float | str | list  # type: ignore[type-arg]
"""Any JSON value but an object."""

_LONGEST = 20
_ESCAPED = re.compile(r'[\x00-\x1f"\\\ud800-\udfff]')

Getter = Callable[[Any], Any]
Paths = list[tuple[str, ...]]


class Shape:
    """The structs for a set of dotted paths.

    paths    the fields it holds; of two where one is inside the other, only the outer
    record   the struct of one record
    line     decodes one record
    records  decodes CloudTrail's envelope: an object whose `Records` is a list of structs

    Both decoders raise msgspec.DecodeError (of which ValidationError is one) for what a struct cannot hold exactly.

    texts    those of the fields that every record has, as text; without dots
    keys     path without dots -> the key that the log has it under
    refused  keys that a record may not have
    plain    keys under which a record may not have an object
    order    keys in about the order in which records have them: the parser finds those quickest that come in it
    """

    def __init__(
        self,
        paths: Iterable[str],
        texts: Iterable[str] = (),
        keys: Mapping[str, str] | None = None,
        refused: Iterable[str] = (),
        plain: Iterable[str] = (),
        order: Sequence[str] = (),
    ) -> None:
        kept: list[str] = []
        self.texts = frozenset(texts)
        for path in sorted({path for path in (*paths, *self.texts) if _nameable(path)}, key=len):
            if not any(path.startswith(f"{outer}.") for outer in kept):
                kept.append(path)
        places = {key: place for place, key in enumerate(order)}
        kept.sort(key=lambda path: places.get(path.partition(".")[0], len(places)))
        self.paths = frozenset(kept)
        self._order = tuple(order)
        self._refused, self._plain = frozenset(refused), frozenset(plain)
        guards = {**dict.fromkeys(self._plain, _PLAIN), **dict.fromkeys(self._refused, _NEVER)}
        self.record = _struct([tuple(path.split(".")) for path in kept], self.texts, keys or {}, guards)
        self.keys = {path: path for path in kept if "." not in path} | dict(keys or {})
        self._fast: dict[tuple[str, ...], Getter] = {}
        self._loops: dict[str, Callable[..., Any]] = {}
        self._told: dict[tuple[Any, ...], Shape] = {}
        envelope = msgspec.defstruct("Envelope", [("Records", list[self.record])])  # type: ignore[name-defined]
        self.line: msgspec.json.Decoder[Any] = msgspec.json.Decoder(self.record)
        self.records: msgspec.json.Decoder[Any] = msgspec.json.Decoder(envelope)

    def told(self, names: Mapping[str, tuple[str, ...]], head: bytes) -> Shape:
        """The same fields for a log that may call some of them otherwise.

        names  path without dots -> the other keys that it may have; the first that is there counts
        head   the beginning of that log, by which it is guessed which key it is; all others are refused then

        A field whose other keys are fields of their own is left out. Equal guesses give the same shape.
        """
        keys: dict[str, str] = {}
        refused = set(self._refused)
        left_out: set[str] = set()
        for path in sorted(self.paths & names.keys()):
            if not self.paths.isdisjoint(names[path]):
                left_out.add(path)
                continue
            every = (path, *names[path])
            keys[path] = next((key for key in every if f'"{key}"'.encode() in head), path)
            refused.update(key for key in every if key != keys[path])
        guess = (*sorted(keys.items()), *sorted(left_out))
        if guess not in self._told:
            self._told[guess] = Shape(
                self.paths - left_out, self.texts - left_out, keys, refused, self._plain, self._order
            )
        return self._told[guess]

    def fast(self, *paths: str) -> Getter:
        """Read paths off a struct at C speed, several as a tuple; raises AttributeError where a parent is no object."""
        found = self._fast.get(paths)
        if found is None:
            found = self._fast[paths] = attrgetter(*[".".join(map(_name, path.split("."))) for path in paths])
        return found

    def column(self, path: str) -> Callable[[Sequence[Any]], list[Any]]:
        """As `fast`, of many structs at once: half the time of calling a function for each of them."""
        return self._loop(_chain(path), "rows")

    def distinct(self, path: str) -> Callable[[Sequence[Any]], set[Any]]:
        """The same without repetition."""
        return self._loop(_chain(path), "rows", "{}")

    def column_in(self, *paths: str, unless: Sequence[str] = ()) -> Callable[..., list[Any]]:
        """Of structs and a table, what the table holds for the value; of several paths, for the tuple of their values.

        unless  paths that are looked at before; the loop takes, after the table, what to give where one of them
                decides so, and for each of them a table that has true for such values
        """
        found = f"table[{', '.join(map(_chain, paths)) or '()'}]"
        if not unless:
            return self._loop(found, "rows, table")
        tables = [f"table_{position}" for position in range(len(unless))]
        either = " or ".join(f"{table}[{_chain(path)}]" for table, path in zip(tables, unless, strict=True))
        return self._loop(f"otherwise if {either} else {found}", ", ".join(["rows", "table", "otherwise", *tables]))

    def _loop(self, what: str, parameters: str, around: str = "[]") -> Callable[..., Any]:
        source = f"lambda {parameters}: {around[0]}{what} for row in rows{around[1]}"
        found = self._loops.get(source)
        if found is None:
            found = self._loops[source] = eval(source, {})  # noqa: S307  (of names that `_name` has made, nothing else)
        return found

    def careful(self, path: str) -> Getter:
        """Read one path off a struct, whatever its parents are."""
        segments = tuple(path.split("."))
        names = tuple(map(_name, segments))

        def read(record: Any) -> Any:
            value = record
            for position, name in enumerate(names):
                if not isinstance(value, msgspec.Struct):
                    return resolve(value, segments[position:]) if type(value) is list else UNSET
                value = getattr(value, name)
            return value

        return read


def _struct(
    paths: Paths, texts: Collection[str], named: Mapping[str, str], guards: Mapping[str, Any]
) -> type[msgspec.Struct]:
    """A struct that holds what is at the paths, and refuses keys that would win over one of them."""
    children: dict[str, Paths] = {}
    shadows: set[str] = set()
    for path in paths:
        children.setdefault(path[0], [])
        if len(path) > 1:
            children[path[0]].append(path[1:])
            shadows.update(".".join(path[:length]) for length in range(2, len(path) + 1))
    fields: list[tuple[str, Any, Any]] = [(_name(key), _NEVER, UNSET) for key in sorted(shadows)]
    for key, below in children.items():
        if below:
            inner = _struct(below, (), {}, {})
            kind = Union[inner, None, bool, int, float, str, list]  # type: ignore[type-arg, valid-type]  # noqa: UP007
            fields.append((_name(key), kind, inner()))
        elif key in texts:
            fields.append((_name(key), str, msgspec.NODEFAULT))
        else:
            fields.append((_name(key), Any, UNSET))
    keys = {_name(key): named.get(key, key) for key in [*children, *shadows]}
    for key, kind in guards.items():
        if key not in keys.values():
            fields.append((f"guard_{_name(key)}", kind, UNSET))
            keys[f"guard_{_name(key)}"] = key
    return msgspec.defstruct("Narrow", fields, rename=keys, frozen=True, gc=False, kw_only=True)


def _nameable(path: str) -> bool:
    """Whether a struct can have the path: msgspec takes no key that JSON would write with an escape.

    Of a long path it would have to refuse far too many keys with dots in them.
    """
    return path.count(".") < _LONGEST and all(path.split(".")) and not _ESCAPED.search(path)


def _chain(path: str) -> str:
    return ".".join(["row", *map(_name, path.split("."))])


def _name(key: str) -> str:
    """A Python attribute for any JSON key; different keys, different names."""
    return "f_" + "".join(c if c.isascii() and c.isalnum() else f"_{ord(c):x}_" for c in key)
