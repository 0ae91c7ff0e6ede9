"""Standard input, named "-": one blob, read once as it comes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import BinaryIO

from engine.model import Blob, Problem

__all__ = ["find", "open"]


def find(target: str = "-", since: int | None = None, until: int | None = None) -> Iterator[Blob | Problem]:
    """The one blob there is; `since` and `until` cannot be told of a stream and are ignored."""
    yield Blob("stdin", "-", "-", True, None)


def open(blob: Blob) -> BinaryIO:
    """Standard input in bytes. Raises OSError when it is closed."""
    if sys.stdin is None or sys.stdin.closed:
        raise OSError("standard input is closed")
    return sys.stdin.buffer
