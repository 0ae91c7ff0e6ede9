"""file: a line of JSON for every message, in a file that is rotated by size, or on standard output."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, ClassVar

import msgspec

from engine.alert import Delivered, Message, Outcome, Retry
from engine.destination import Part
from engine.notifiers import NotifierOptions, Undelivered, document, encoded
from engine.options import FilePath, Size

__all__ = ["Notifier"]

TAIL = 262_144
"""Bytes at the end of the file in which a message is looked for that may have been written before."""


class Notifier(NotifierOptions, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Appends a line of JSON to a file: the whole message, or what the template `line` makes.

    A line is there whole or not at all, also when several processes write, and on the disk before the message counts
    as delivered. A message that comes again and is near the end of the file is not written twice.

    path      the file; its folder is made. "-" is standard output
    max_size  a file that would grow beyond it becomes PATH.1, that one PATH.2, and so on
    keep      how many of those there are; older ones are deleted
    """

    parts: ClassVar[Mapping[str, Part]] = {"line": Part("json", 1_000_000, "bytes", optional=True)}

    path: FilePath
    max_size: Size | None = Size(100 << 20)
    keep: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 5

    def check(self) -> None:
        """See `NotifierOptions.check`."""
        if not self.path:
            raise ValueError("path: a file, or - for standard output")

    def deliver(self, message: Message) -> Outcome:
        """See `NotifierOptions.deliver`."""
        shown = msgspec.json.decode(message.parts["line"]) if "line" in message.parts else document(message)
        line = encoded(shown) + b"\n"
        try:
            if self.path == "-":
                sys.stdout.buffer.write(line)
                sys.stdout.flush()
            else:
                self._append(line, f'"id":"{message.id}","thread":'.encode())
        except OSError as error:
            raise Undelivered(Retry(f"{self.path} cannot be written: {error.strerror or error}")) from None
        return Delivered()

    def _append(self, line: bytes, mark: bytes) -> None:
        folder = os.path.dirname(self.path)
        if folder:
            os.makedirs(folder, exist_ok=True)
        with _locked(self.path) as descriptor:
            size = os.fstat(descriptor).st_size
            start = max(0, size - TAIL)
            os.lseek(descriptor, start, os.SEEK_SET)
            tail = os.read(descriptor, size - start)
            if mark in tail:
                return
            if tail and not tail.endswith(b"\n"):  # what a full disk left of a line
                line = b"\n" + line
            if self.max_size is None or not size or size + len(line) <= self.max_size:
                _write(descriptor, line, size)
                return
            self._rotate()
        with _locked(self.path) as descriptor:
            _write(descriptor, line.lstrip(b"\n"), os.fstat(descriptor).st_size)

    def _rotate(self) -> None:
        """Give the file and the older ones their next numbers; the last one goes."""
        for number in range(self.keep, 0, -1):
            before = self.path if number == 1 else f"{self.path}.{number - 1}"
            if os.path.exists(before):
                os.replace(before, f"{self.path}.{number}")


@contextmanager
def _locked(path: str) -> Iterator[int]:
    """The file open for appending, and no other process at it; one that was rotated in between is opened anew."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        try:
            _lock(descriptor)
            if _is_there(path, descriptor):
                yield descriptor
                return
        finally:
            os.close(descriptor)


def _lock(descriptor: int) -> None:
    try:
        from fcntl import LOCK_EX, flock
    except ImportError:  # on Windows there is one writer
        return
    flock(descriptor, LOCK_EX)


def _is_there(path: str, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _write(descriptor: int, line: bytes, size: int) -> None:
    """Write a line whole, or leave the file as it was."""
    try:
        left = memoryview(line)
        while left:
            left = left[os.write(descriptor, left) :]
        os.fsync(descriptor)
    except OSError:
        os.ftruncate(descriptor, size)
        raise
