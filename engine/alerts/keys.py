"""Dedup keys: which detections of a rule are about the same thing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from string import Formatter

__all__ = ["Key", "alert_id", "names_in", "slot_of", "template"]

Key = Callable[[Callable[[str], Iterable[str]]], str]
"""Given a function that reads a name, the key."""


def template(text: str) -> Key:
    """The key of a template such as "{actor} in {recipientAccountId}": text with names of labels in braces.

    A name that has several values gives them sorted, with commas; one that has none gives nothing. `{{` is a brace.
    Raises ValueError, saying why.
    """
    parts = [(literal, name) for literal, name in _parts(text)]

    def key(read: Callable[[str], Iterable[str]]) -> str:
        return "".join(literal + (",".join(sorted(read(name))) if name else "") for literal, name in parts)

    return key


def names_in(text: str) -> tuple[str, ...]:
    """The names that a template reads."""
    return tuple(name for _, name in _parts(text) if name)


def _parts(text: str) -> list[tuple[str, str | None]]:
    found: list[tuple[str, str | None]] = []
    for literal, name, form, conversion in Formatter().parse(text):
        if name is not None and (not name.strip() or form or conversion):
            raise ValueError(f'"{text}": between braces stands the name of a field or label, and nothing else')
        found.append((literal, name.strip() if name else None))
    return found


def slot_of(rule: str, key: str) -> bytes:
    """What an alert of one rule under one key is found by; 16 bytes."""
    return hashlib.blake2b(f"{len(rule)}:{rule}{key}".encode("utf-8", "surrogatepass"), digest_size=16).digest()


def alert_id(*parts: str) -> str:
    """20 hex digits that follow from the parts alone."""
    said = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.blake2b(said.encode("utf-8", "surrogatepass"), digest_size=10).hexdigest()
