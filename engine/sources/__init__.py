"""Where bytes come from: one module a kind of source, found by name.

A source is a public module in this folder with

    find(target: str, since: int | None = None, until: int | None = None) -> Iterator[Blob | Problem]
        the blobs of a target, in order of ref; raises UsageError for a target that is not there
    open(blob: Blob) -> BinaryIO
        the bytes of a blob as they are stored; raises OSError
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import BinaryIO, Protocol, cast

from engine.model import Blob, Problem

__all__ = ["Source", "for_target", "source"]


class Source(Protocol):
    """What a module in this folder offers."""

    def find(self, target: str, since: int | None = None, until: int | None = None) -> Iterator[Blob | Problem]: ...

    def open(self, blob: Blob) -> BinaryIO: ...


def source(name: str) -> Source:
    """The source of this name, which a blob carries."""
    return cast(Source, importlib.import_module(f"{__name__}.{name}"))


def for_target(target: str) -> Source:
    """The source that understands what the user named."""
    return source("stdin" if target == "-" else "files")
