"""Standard input, named "-": one blob, read once as it comes."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from typing import BinaryIO, cast

from engine.model import Blob, Problem

__all__ = ["find", "open"]


def find(
    target: str = "-", since: int | None = None, until: int | None = None, after: int | None = None
) -> Iterator[Blob | Problem]:
    """The one blob there is; nothing can be told of a stream, so the bounds are ignored."""
    yield Blob("stdin", "-", "-", True, None)


class Metered(io.BufferedIOBase):
    """A stream that counts in `taken` the bytes read from it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.taken = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        data = self._stream.read(-1 if size is None else size)
        self.taken += len(data)
        return data

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._stream.close()


def open(blob: Blob) -> BinaryIO:
    """Standard input in bytes. Raises OSError when it is closed."""
    if sys.stdin is None or sys.stdin.closed:
        raise OSError("standard input is closed")
    return cast("BinaryIO", Metered(sys.stdin.buffer))
