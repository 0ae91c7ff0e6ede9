"""Every option there is, as Markdown: what docs/configuration.md shows, made from the Structs themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect

from engine.config.settings import Settings
from engine.model import Level
from engine.notifiers import names, notifier
from engine.options import Duration, Option, Size, described, fields_of, info, is_path, word_of
from engine.secret import Secret

__all__ = ["Section", "reference", "sections"]


class Section(NamedTuple):
    """The options that stand under one key: `limits`, `alerts.exceptions[]`, `notifiers.NAME` of one type."""

    key: str
    cls: type
    kind: str | None = None

    @property
    def title(self) -> str:
        """What stands over it."""
        if self.kind:
            return f"`{self.key}`, type `{self.kind}`"
        return f"`{self.key}`" if self.key else "The whole"


def sections() -> Iterator[Section]:
    """Every section, the whole first, then in the order of the file."""
    todo = [Section("", Settings)]
    seen: set[type] = {Secret}
    while todo:
        section = todo.pop(0)
        if section.cls in seen:
            continue
        seen.add(section.cls)
        yield section
        below = [found for option in fields_of(section.cls) for found in _below(section, option)]
        todo = [*below, *todo] if section.key else [*todo, *below]


def reference(wanted: str = "") -> str:
    """The tables of all sections, or of those whose key begins with a word."""
    shown = [section for section in sections() if section.key.startswith(wanted) or section.kind == wanted]
    return "\n".join(line for section in shown for line in _section(section)).strip() + "\n" if shown else ""


def _below(section: Section, option: Option) -> Iterator[Section]:
    """The sections that an option opens."""
    key = f"{section.key}.{option.name}" if section.key else option.name
    if section.cls is Settings and option.name == "notifiers":
        for kind in names():
            try:
                yield Section(f"{key}.NAME", notifier(kind), kind)
            except Exception:  # noqa: BLE001, S112 -- its library is missing, so it cannot be used either
                continue
        return
    for cls, listed in _structs(option.type):
        yield Section(f"{key}[]" if listed else key, cls)


def _section(section: Section) -> Iterator[str]:
    about = described(section.cls)
    yield f"### {section.title}"
    yield ""
    yield about.summary
    yield ""
    if about.text and section.kind:
        yield about.text
        yield ""
    yield "| option | takes | if not said | |"
    yield "|---|---|---|---|"
    for option in fields_of(section.cls):
        default = "must be said" if option.required else _default(option.default)
        cells = (f"`{option.name}`", typed(option.type), default, option.description)
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
    yield ""


def _default(value: Any) -> str:
    if value is None or value in ([], {}, "") or isinstance(value, dict):
        return ""
    return f"`{value}`" if isinstance(value, str) else f"`{json.dumps(value)}`"


def _structs(type: inspect.Type, listed: bool = False) -> Iterator[tuple[Any, bool]]:
    """The Structs that a type takes, and whether in a list; no secrets."""
    if isinstance(type, inspect.Metadata):
        yield from _structs(type.type, listed)
    elif isinstance(type, inspect.UnionType):
        for one in type.types:
            yield from _structs(one, listed)
    elif isinstance(type, (inspect.VarTupleType, inspect.ListType)):
        yield from _structs(type.item_type, True)
    elif isinstance(type, inspect.StructType) and issubclass(type.cls, msgspec.Struct) and type.cls is not Secret:
        yield type.cls, listed


def typed(type: inspect.Type) -> str:
    """What a type takes, in a few words."""
    if isinstance(type, inspect.Metadata):
        word = word_of(type.extra)
        return "path" if is_path(type.extra) else typed(info(word)) if word else typed(type.type)
    if isinstance(type, inspect.UnionType):
        return " or ".join(dict.fromkeys(typed(one) for one in type.types if not isinstance(one, inspect.NoneType)))
    if isinstance(type, (inspect.VarTupleType, inspect.ListType)):
        return f"list: {typed(type.item_type)}"
    if isinstance(type, inspect.DictType):
        return f"names with {typed(type.value_type)}"
    if isinstance(type, inspect.LiteralType):
        return " or ".join(f"`{value}`" for value in type.values)
    if isinstance(type, inspect.EnumType):
        return "level" if type.cls is Level else " or ".join(type.cls.__members__)
    if isinstance(type, inspect.StructType):
        return "secret" if type.cls is Secret else "options"
    if isinstance(type, inspect.CustomType):
        return {Duration: "time", Size: "size"}.get(type.cls, "text")
    return _number(type)


def _number(type: inspect.Type) -> str:
    words = {inspect.BoolType: "true or false", inspect.IntType: "whole number", inspect.FloatType: "number"}
    word = next((word for kind, word in words.items() if isinstance(type, kind)), "text")
    if isinstance(type, (inspect.IntType, inspect.FloatType)):
        if type.ge is not None and type.le is not None:
            return f"{word}, {type.ge:.15g} to {type.le:.15g}"
        if type.ge is not None:
            return f"{word} from {type.ge:.15g}"
    return word
