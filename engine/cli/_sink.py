"""Where output goes: stdout, or a file that appears whole or not at all."""

from __future__ import annotations

import contextlib
import io
import os
import secrets
import stat
import sys
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from engine.errors import DetectError, Place

__all__ = ["WriteError", "sink"]


_STDOUT = "standard output"


class WriteError(DetectError):
    """The output cannot be written."""


class _Writer(io.BufferedWriter):
    """A buffered file whose faults name it; a pipe whose reader left stays a BrokenPipeError.

    direct  what is flushed is where its reader finds it, and does not wait for the end
    """

    def __init__(self, raw: io.FileIO, name: str, before: Callable[[], None], direct: bool) -> None:
        super().__init__(raw, 1 << 16)
        self.direct = direct
        self._label = name
        self._before = before
        self._live = raw.isatty()

    def write(self, data: Any) -> int:
        self._before()
        with _named(self._label):
            written = super().write(data)
        if self._live:
            self.flush()
        return written

    def flush(self) -> None:
        with _named(self._label):
            super().flush()


@contextlib.contextmanager
def _named(label: str) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _fault(label, error) from None


def _fault(label: str, error: OSError, hint: str | None = None) -> WriteError:
    place = None if label == _STDOUT else Place(label)
    said = f"cannot be written: {error.strerror or error}"
    return WriteError(said if place else f"{_STDOUT} {said}", place, hint)


@contextlib.contextmanager
def sink(path: str | None, before: Callable[[], None] = lambda: None) -> Iterator[BinaryIO]:
    """Open the output; `before` is called before each write.

    path  None or "-" is stdout. A device or pipe is written to directly; any other file is written beside its place and
          moved there when the block ends well, and removed when it does not.

    Raises WriteError at once when the place cannot be written, or later when it is full.
    """
    if path is None or path == "-":
        with _direct(os.dup(_stdout()), _STDOUT, before) as stream:
            yield stream
        return
    label, target = path, os.path.realpath(os.path.expanduser(path))
    mode = _mode(target, label)
    if mode is not None and not stat.S_ISREG(mode):
        with _named(label):
            handle = os.open(target, os.O_WRONLY | getattr(os, "O_BINARY", 0))
        with _direct(handle, label, before) as stream:
            yield stream
        return
    with _beside(target, label, mode, before) as stream:
        yield stream


def _stdout() -> int:
    try:
        return sys.stdout.fileno()
    except (OSError, AttributeError, ValueError):
        raise WriteError(f"{_STDOUT} is closed", hint="write to a file with -o FILE") from None


def _mode(target: str, label: str) -> int | None:
    """The mode of what is there, None where nothing is."""
    try:
        mode = os.stat(target).st_mode
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _fault(label, error) from None
    if stat.S_ISDIR(mode):
        raise WriteError("is a folder", Place(label), f"name a file in it: {os.path.join(label, 'detections.ndjson')}")
    if not os.access(target, os.W_OK):
        raise WriteError("cannot be written: Permission denied", Place(label), "write to another file")
    return mode


@contextlib.contextmanager
def _direct(handle: int, label: str, before: Callable[[], None]) -> Iterator[BinaryIO]:
    stream = _Writer(io.FileIO(handle, "wb"), label, before, direct=True)
    try:
        yield stream
        stream.flush()
    finally:
        _drop(stream)


@contextlib.contextmanager
def _beside(target: str, label: str, mode: int | None, before: Callable[[], None]) -> Iterator[BinaryIO]:
    folder, name = os.path.split(target)
    part = os.path.join(folder, f".{name[:200]}.{secrets.token_hex(4)}.part")
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    except FileNotFoundError as error:
        raise _fault(label, error, f'create the folder first: mkdir -p "{os.path.dirname(label)}"') from None
    except OSError as error:
        raise _fault(label, error, "write to another folder") from None
    stream = _Writer(io.FileIO(handle, "wb"), label, before, direct=False)
    try:
        yield stream
        stream.flush()
        with _named(label):
            if mode is not None:
                os.chmod(part, stat.S_IMODE(mode))
            os.fsync(handle)
            stream.close()
            os.replace(part, target)
    except BaseException:
        _drop(stream)
        with contextlib.suppress(OSError):
            os.unlink(part)
        raise


def _drop(stream: _Writer) -> None:
    """Close without writing what is still held: that was either flushed or has failed before.

    Closes what is below, so that the writer has nothing left to flush when it is collected: Python 3.13 reports that.
    """
    with contextlib.suppress(OSError, ValueError):
        stream.raw.close()
