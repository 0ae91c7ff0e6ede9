"""What counts in the end: every value, the defaults too, with where it is from. Secrets by where they are.

The text is YAML again, and says the same when it is read from where one stands; only what stands in place of a secret
does not show.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect

from engine.config.load import Config
from engine.options import Steps, fields_of, plain
from engine.secret import Secret

__all__ = ["Shown", "as_json", "as_text", "shown"]

HIDDEN = "***"

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


class Shown(NamedTuple):
    """One value: the keys that lead to it, the value as plain data, and where it is from."""

    steps: Steps
    value: Any
    origin: str


def shown(config: Config) -> Iterator[Shown]:
    """Every value, in the order of the sections."""
    for option in fields_of(type(config.settings)):
        if option.name != "notifiers":
            value = getattr(config.settings, option.name)
            yield from _of(value, option.type, (option.name,), config)
            continue
        if not config.notifiers:
            yield Shown(("notifiers",), {}, config.origins.origin(("notifiers",)))
        for name, wanted in config.notifiers.items():
            at = ("notifiers", name)
            yield Shown((*at, "type"), wanted.kind, config.origins.origin((*at, "type")))
            yield from _of_struct(wanted.options, at, config)


def as_text(config: Config) -> str:
    """YAML, with the origin of each value behind it."""
    tree: dict[Any, Any] = {}
    for one in shown(config):
        if one.value is None and one.origin == "default":
            continue
        here = tree
        for step in one.steps[:-1]:
            here = here.setdefault(step, {})
        here[one.steps[-1]] = one
    lines = list(_lines(tree, ""))
    width = min(60, max((len(text) for text, origin in lines if origin), default=0))
    return "".join(f"{text:<{width}}  # {origin}\n" if origin else f"{text}\n" for text, origin in lines)


def as_json(config: Config) -> str:
    """A list of values: key, value, origin."""
    found = [{"key": ".".join(map(str, one.steps)), "value": one.value, "origin": one.origin} for one in shown(config)]
    return json.dumps(found, indent=2) + "\n"


def _lines(tree: dict[Any, Any], lead: str) -> Iterator[tuple[str, str]]:
    """The lines of what stands below a key, each with the origin of its value; members have numbers for keys."""
    for key, below in tree.items():
        mark = "- " if isinstance(key, int) else f"{_key(key)}:"
        if isinstance(below, Shown):
            yield f"{lead}{mark.rstrip()} {_written(below.value)}", below.origin
        elif isinstance(key, int):
            (first, origin), *rest = _lines(below, f"{lead}  ")
            yield f"{lead}- {first.lstrip()}", origin
            yield from rest
        else:
            yield f"{lead}{mark}", ""
            yield from _lines(below, f"{lead}  ")


def _written(value: Any) -> str:
    """A value as YAML; what does not print, and what YAML does not take as it stands, by its number."""
    text = json.dumps(value, ensure_ascii=False)
    return text if text.isprintable() else "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in text)


def _key(step: Any) -> str:
    text = str(step)
    return text if _PLAIN.fullmatch(text) and text.lower() != "null" else _written(text)


def _of(value: Any, type: inspect.Type, at: Steps, config: Config) -> Iterator[Shown]:
    if isinstance(value, msgspec.Struct) and not isinstance(value, Secret):
        yield from _of_struct(value, at, config)
    elif isinstance(value, (list, tuple)) and any(isinstance(one, msgspec.Struct) for one in value):
        for index, one in enumerate(value):
            yield from _of(one, type, (*at, index), config)
    else:
        yield Shown(at, _plain(value, _may_be_secret(type)), config.origins.origin(at))


def _of_struct(value: msgspec.Struct, at: Steps, config: Config) -> Iterator[Shown]:
    written = dict(zip(value.__struct_encode_fields__, value.__struct_fields__, strict=True))
    for option in fields_of(type(value)):
        yield from _of(getattr(value, written[option.name]), option.type, (*at, option.name), config)


def _plain(value: Any, hidden: bool) -> Any:
    """A value as it is written; a text that stands where a secret may stand is hidden."""
    if isinstance(value, dict):
        return {name: _plain(one, hidden) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one, hidden) for one in value]
    return HIDDEN if hidden and isinstance(value, str) else plain(value)


def _may_be_secret(type: inspect.Type) -> bool:
    if isinstance(type, inspect.UnionType):
        return any(map(_may_be_secret, type.types))
    if isinstance(type, inspect.Metadata):
        return _may_be_secret(type.type)
    if isinstance(type, inspect.DictType):
        return _may_be_secret(type.value_type)
    if isinstance(type, (inspect.VarTupleType, inspect.ListType)):
        return _may_be_secret(type.item_type)
    return isinstance(type, inspect.StructType) and type.cls is Secret
