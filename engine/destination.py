"""What a destination declares of itself as data: the parts that templates give for it, and how much it takes."""

from __future__ import annotations

from typing import Literal, NamedTuple

__all__ = ["Part", "Rate", "Unit", "size"]

Unit = Literal["characters", "bytes", "utf16"]
"""What a limit counts: characters, bytes of UTF-8, or units of UTF-16, of which an emoji has two."""


class Part(NamedTuple):
    """One text of a message, made by a template.

    dialect   what has a meaning there and is therefore escaped: a name in `engine.dialects.DIALECTS`
    longest   the most it may have; what is longer is cut, visibly. 0: no limit
    optional  there is no template for it unless the user writes one; the notifier does without
    default   the template that comes for it, where that is not the one of the part's name
    """

    dialect: str = "plain"
    longest: int = 0
    unit: Unit = "characters"
    optional: bool = False
    default: str = ""


class Rate(NamedTuple):
    """At most so many calls within so many seconds."""

    calls: int
    seconds: float


def size(text: str, unit: Unit) -> int:
    """How long a text is in a unit."""
    if unit == "characters":
        return len(text)
    if unit == "bytes":
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text) + sum(char > "\uffff" for char in text)
