"""A bug as data: exact text of one file, and what to put in its place."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Bug"]


class Bug(NamedTuple):
    """`old` stands exactly once in `file`; with `new` in its place some test must turn red."""

    name: str
    file: str
    old: str
    new: str
