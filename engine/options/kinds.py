"""Kinds of values: what fits them, what they are called, and how to write what was probably meant."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Iterator
from typing import Any

from msgspec import inspect

from engine.model import Level
from engine.options.words import Word
from engine.secret import Secret

__all__ = ["alternatives", "beyond", "fits", "is_secret", "shown", "wanted", "way_out", "word"]


def alternatives(type: inspect.Type, extra: Any = None) -> Iterator[tuple[inspect.Type, Any]]:
    """The kinds of value that a type takes, with what is said of them besides."""
    if isinstance(type, inspect.Metadata):
        yield from alternatives(type.type, type.extra or extra)
    elif isinstance(type, inspect.UnionType):
        for one in type.types:
            yield from alternatives(one, extra)
    else:
        yield type, extra


def fits(kind: inspect.Type, said: Any) -> bool:
    """Whether a value is of the kind at all; what is to be said of it beyond that comes later."""
    if isinstance(kind, inspect.AnyType):
        return True
    if isinstance(said, bool) or said is None:
        return isinstance(kind, inspect.BoolType if isinstance(said, bool) else inspect.NoneType)
    if isinstance(said, str):
        word = isinstance(kind, inspect.CustomType) and isinstance(kind.cls, Word)
        return word or isinstance(kind, (inspect.StrType, inspect.LiteralType, inspect.EnumType))
    if isinstance(said, (int, float)):
        whole = isinstance(said, int)
        return isinstance(kind, inspect.FloatType) or (whole and isinstance(kind, inspect.IntType))
    if isinstance(said, (list, tuple)):
        lists = (inspect.VarTupleType, inspect.ListType, inspect.SetType, inspect.FrozenSetType)
        return isinstance(kind, lists)
    return isinstance(said, dict) and isinstance(kind, (inspect.StructType, inspect.DictType))


def beyond(kind: inspect.Type, said: Any) -> str | None:
    """What bound a value is beyond, None for none."""
    if isinstance(kind, (inspect.IntType, inspect.FloatType)):
        if isinstance(said, float) and not math.isfinite(said):
            return "is to be a number"
        for bound, good, words in (
            (kind.ge, operator.ge, "at least"), (kind.gt, operator.gt, "more than"),
            (kind.le, operator.le, "at most"), (kind.lt, operator.lt, "less than"),
        ):  # fmt: skip
            if bound is not None and not good(said, bound):
                return f"is to be {words} {bound:,}"
    if isinstance(kind, inspect.StrType):
        if kind.min_length is not None and len(said) < kind.min_length:
            return "is empty" if not said else f"has fewer than {kind.min_length:,} characters"
        if kind.max_length is not None and len(said) > kind.max_length:
            return f"has more than {kind.max_length:,} characters"
        if kind.pattern is not None and not re.search(kind.pattern, said):
            return f"does not match {kind.pattern}"
    return None


def is_secret(kind: inspect.Type) -> bool:
    return isinstance(kind, inspect.StructType) and kind.cls is Secret


_WORDS: dict[Any, str] = {
    inspect.BoolType: "true or false", inspect.IntType: "a whole number", inspect.FloatType: "a number",
    inspect.StrType: "text", inspect.VarTupleType: "a list", inspect.ListType: "a list", inspect.SetType: "a list",
    inspect.FrozenSetType: "a list", inspect.DictType: "names with their values", inspect.LiteralType: "text",
}  # fmt: skip


def word(kind: inspect.Type) -> str:
    """What a kind is called."""
    if is_secret(kind):
        return "a secret"
    if isinstance(kind, inspect.StructType):
        return "options with their values"
    if isinstance(kind, inspect.EnumType):
        return "a level" if kind.cls is Level else "a word"
    if isinstance(kind, inspect.CustomType):
        return {"Duration": "a length of time", "Size": "a size"}.get(kind.cls.__name__, "text")
    return _WORDS.get(type(kind), "a value")


def wanted(type: inspect.Type) -> str:
    kinds = (kind for kind, _ in alternatives(type) if not isinstance(kind, inspect.NoneType))
    return " or ".join(dict.fromkeys(map(word, kinds)))


def shown(said: Any) -> str:
    """A value as a fault shows it."""
    if isinstance(said, dict):
        return "names with values"
    if isinstance(said, (list, tuple)):
        return "a list"
    if said is None or isinstance(said, bool):
        return {None: "null", True: "true", False: "false"}[said]
    if isinstance(said, int) and said.bit_length() > 1_000:
        return "a huge number"
    text = str(said)[:80]
    return f'the text "{text}"' if isinstance(said, str) else f"the number {text}"


def way_out(kinds: list[inspect.Type], said: Any) -> str | None:
    """How to write what was probably meant."""
    if isinstance(said, int) and said.bit_length() > 1_000:
        return None
    for kind in kinds:
        if isinstance(kind, (inspect.VarTupleType, inspect.ListType)) and isinstance(said, (str, int, float)):
            return f"write [{str(said)[:80]}]"
        if isinstance(kind, inspect.BoolType) and str(said).lower() in ("yes", "no", "on", "off", "y", "n", "1", "0"):
            return f"write {'true' if str(said).lower() in ('yes', 'on', 'y', '1') else 'false'}"
        if isinstance(kind, (inspect.IntType, inspect.FloatType)) and isinstance(said, str) and _numeric(said):
            return f"write {said.strip()}, without quotes"
        if isinstance(kind, inspect.StrType) and isinstance(said, (int, float)):
            return f'write "{str(said).lower() if isinstance(said, bool) else said}", in quotes'
        if isinstance(kind, inspect.CustomType) and isinstance(said, int) and hasattr(kind.cls, "example"):
            return f"write it with its unit, for instance {kind.cls.example}"
    return None


def _numeric(text: str) -> bool:
    return re.fullmatch(r"\s*[-+]?[0-9]+(\.[0-9]+)?\s*", text, re.ASCII) is not None
