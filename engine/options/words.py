"""Words of a configuration that mean a value: how long, how much, where."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Protocol, Self, runtime_checkable

import msgspec

from engine.model import Level

__all__ = ["Duration", "FilePath", "Length", "LevelName", "Size", "Word", "is_path", "word_of"]

_DURATION = re.compile(r"([0-9]{1,9})\s*(s|m|h|d|w)", re.ASCII)
_SECONDS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_SIZE = re.compile(r"([0-9]{1,15})\s*([kmgt]?)(?:i?b)?", re.IGNORECASE | re.ASCII)

FilePath = Annotated[str, msgspec.Meta(extra={"path": True}, description="A path, from the folder of the file.")]
"""A path: what is relative counts from the folder of the file in which it stands; "~" is the user's home."""


@runtime_checkable
class Word(Protocol):
    """A type whose values are written as text."""

    pattern: ClassVar[str]
    example: ClassVar[str]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read it; raises ValueError, saying what to write."""
        ...


class Duration(int):
    """How long, in microseconds; written "90s", "15m", "24h", "7d", "2w"."""

    pattern: ClassVar[str] = r"^\s*[0-9]{1,9}\s*[smhdw]\s*$"
    example: ClassVar[str] = "15m"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read it. Raises ValueError."""
        found = _DURATION.fullmatch(text.strip())
        if found is None:
            raise ValueError(f'"{text[:80]}" is no length of time: write 90s, 15m, 24h or 7d')
        return cls(int(found[1]) * _SECONDS[found[2]] * 1_000_000)

    def __str__(self) -> str:
        seconds = int(self) // 1_000_000
        unit = next((unit for unit, size in _SECONDS.items() if seconds and seconds % size == 0), "s")
        return f"{seconds // _SECONDS[unit]}{unit}"

    __repr__ = __str__


class Size(int):
    """How many bytes; written "500M", "8G", with k, M, G and T for powers of 1024."""

    pattern: ClassVar[str] = r"^\s*[0-9]{1,15}\s*[kKmMgGtT]?(?:[iI]?[bB])?\s*$"
    example: ClassVar[str] = "4G"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read it. Raises ValueError."""
        found = _SIZE.fullmatch(text.strip())
        if found is None or not int(found[1]):
            raise ValueError(f'"{text[:80]}" is no size: write 500M or 8G')
        return cls(int(found[1]) << 10 * " kmgt".index(found[2].lower() or " "))

    def __str__(self) -> str:
        number, unit = int(self), 0
        while number and number % 1024 == 0 and unit < 4:
            number, unit = number // 1024, unit + 1
        return f"{number}{' kMGT'[unit].strip()}"

    __repr__ = __str__


Length = Annotated[
    str,
    msgspec.Meta(
        extra={"word": Duration}, extra_json_schema={"pattern": Duration.pattern, "examples": [Duration.example]}
    ),
]
"""A length of time that stays text; who has it reads it."""

LevelName = Annotated[str, msgspec.Meta(extra_json_schema={"enum": list(Level.__members__)}, extra={"word": Level})]
"""The name of a level that stays text."""


def word_of(extra: object) -> Any:
    """What a text is to be read as, where its type says so: `Duration` or `Level`; else None."""
    return extra.get("word") if isinstance(extra, dict) else None


def is_path(extra: object) -> bool:
    """Whether the extra of an inspected type says that it is a path."""
    return isinstance(extra, dict) and bool(extra.get("path"))
