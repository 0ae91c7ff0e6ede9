"""What the documentation of a Struct says: its summary and its options, from its docstring and its fields."""

from __future__ import annotations

import inspect as source
import re
from collections.abc import Iterator
from typing import Any, NamedTuple, cast

import msgspec
from msgspec import inspect

from engine.model import Level
from engine.options.read import info
from engine.options.words import Word
from engine.secret import Secret

__all__ = ["Described", "Option", "described", "fields_of", "plain", "plain_default"]

_ENTRY = re.compile(r"([a-z_]\w*(?:, [a-z_]\w*)*)  +(\S.*)")


class Described(NamedTuple):
    """A docstring: what it is about, the rest of its text, and what it says of each option."""

    summary: str
    text: str
    options: dict[str, str]


class Option(NamedTuple):
    """One option as its documentation has it.

    default  as it is written; None: it must be said
    """

    name: str
    type: inspect.Type
    required: bool
    default: Any
    description: str


def described(cls: type) -> Described:
    """Take a docstring apart; options that a class has from another one are described there."""
    options: dict[str, str] = {}
    for one in reversed(cls.__mro__):
        if issubclass(one, msgspec.Struct) and one is not msgspec.Struct:
            options |= _taken_apart(one.__dict__.get("__doc__")).options
    own = _taken_apart(cls.__doc__)
    return own._replace(options=options)


def fields_of(cls: type) -> Iterator[Option]:
    """The options of a Struct: those that must be said first, then in the order of the class, its own before others."""
    said = described(cls).options
    own = set(source.get_annotations(cls))
    fields = cast(inspect.StructType, info(cls)).fields
    for field in sorted(fields, key=lambda field: (not field.required, field.name not in own)):
        default = None if field.required else plain_default(field)
        yield Option(field.encode_name, field.type, field.required, default, said.get(field.encode_name, ""))


def plain_default(field: inspect.Field) -> Any:
    """The default of a field as plain data."""
    value = field.default
    if value is msgspec.NODEFAULT:
        value = field.default_factory() if field.default_factory is not msgspec.NODEFAULT else None
    return plain(value)


def plain(value: Any) -> Any:
    """A value as it would be written."""
    if isinstance(value, Level):
        return value.name
    if isinstance(value, Word):
        return str(value)
    if isinstance(value, Secret):
        return {name: text for name in ("env", "file") if (text := getattr(value, name)) is not None}
    if isinstance(value, msgspec.Struct):
        written = zip(value.__struct_fields__, value.__struct_encode_fields__, strict=True)
        return {name: plain(getattr(value, field)) for field, name in written}
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, (list, tuple, set, frozenset)) else value


def _taken_apart(doc: str | None) -> Described:
    """Paragraphs, and lines "name  what it is", which go on in lines that are indented further."""
    options: dict[str, str] = {}
    prose: list[str] = []
    names: list[str] = []
    for line in source.cleandoc(doc or "").splitlines():
        entry = _ENTRY.fullmatch(line)
        if entry:
            names = entry[1].split(", ")
            options.update(dict.fromkeys(names, entry[2]))
        elif names and line.startswith(" "):
            options.update({name: f"{options[name]} {line.strip()}" for name in names})
        else:
            names = []
            prose.append(line)
    summary, _, text = "\n".join(prose).strip().partition("\n\n")
    return Described(_joined(summary), "\n\n".join(map(_joined, re.split(r"\n{2,}", text.strip()))), options)


def _joined(text: str) -> str:
    return " ".join(text.split())
