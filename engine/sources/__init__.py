"""Where bytes come from: one module a kind of source, found by name.

A source is a public module in this folder with

    find(target: str, since=None, until=None, after=None) -> Iterator[Item]
        the blobs of a target; raises UsageError for a target that is not there. `since` and `until` are microseconds:
        what cannot hold events of that time may be passed over, and is said. `after` is how far the source has said
        that it has delivered, in an earlier run: what came long before that may be passed over in silence
    open(blob: Blob) -> BinaryIO
        the bytes of a blob as they are stored; raises OSError

and, where it has a use for them,

    fetch(blobs: Sequence[Blob]) -> None
        these will be opened soon, in this order
    acknowledge(target: str, receipts: Sequence[str]) -> None
        what these messages told of is read, and kept for good
    give_back(target: str) -> None
        whoever asks next may have all of it that was not acknowledged
    news(target: str, stop: Event) -> Iterator[None]
        yields when there may be something new, until soon after `stop` is set
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator, Sequence
from threading import Event
from typing import Any, BinaryIO, Protocol, cast

from engine.errors import UsageError
from engine.model import Blob, Delivered, Problem

__all__ = ["Item", "Source", "acknowledge", "can_be_watched", "fetch", "for_target", "give_back", "news", "place",
           "source"]  # fmt: skip

Item = Blob | Problem | Delivered

_SCHEMES = ("s3", "sqs")


class Source(Protocol):
    """What a module in this folder offers."""

    def find(
        self, target: str, since: int | None = None, until: int | None = None, after: int | None = None
    ) -> Iterator[Item]: ...

    def open(self, blob: Blob) -> BinaryIO: ...


def source(name: str) -> Source:
    """The source of this name, which a blob carries."""
    return cast(Source, importlib.import_module(f"{__name__}.{name}"))


def for_target(target: str) -> Source:
    """The source that understands what the user named. Raises UsageError where none does."""
    scheme, found, _ = target.partition("://")
    if not found:
        return source("stdin" if target == "-" else "files")
    if scheme not in _SCHEMES:
        raise UsageError(f'"{target}" is of no kind that is known', hint="s3://BUCKET/PREFIX, sqs://QUEUE, or a path")
    return source(scheme)


def fetch(blobs: Sequence[Blob]) -> None:
    """Have the sources of blobs that are opened soon, in this order, begin to fetch them."""
    for name in dict.fromkeys(blob.source for blob in blobs):
        if ahead := getattr(source(name), "fetch", None):
            ahead([blob for blob in blobs if blob.source == name])


def acknowledge(target: str, receipts: Sequence[str]) -> None:
    """What these messages of a target told of is read, and kept for good."""
    if receipts and (told := getattr(for_target(target), "acknowledge", None)):
        told(target, receipts)


def give_back(target: str) -> None:
    """Let whoever asks a target next have what was not acknowledged."""
    if back := getattr(for_target(target), "give_back", None):
        back(target)


def can_be_watched(target: str) -> bool:
    """Whether a source can say that there is something new."""
    return hasattr(for_target(target), "news")


def news(target: str, stop: Event) -> Iterator[None]:
    """Yield when a target may have something new, until soon after `stop` is set."""
    yield from cast(Any, for_target(target)).news(target, stop)


def place(target: str) -> str:
    """What a target is remembered by, whatever options stand behind it."""
    if "://" in target:
        return target.partition("?")[0]
    return target if target == "-" else os.path.abspath(os.path.expanduser(target))
