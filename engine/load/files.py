"""Which files hold rules: what `--rules` names -> the files in it, in order, each read once."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from engine.errors import UsageError

__all__ = ["File", "files", "neighbour"]

_SUFFIXES = (".yml", ".yaml")
_TESTS = (".test.yml", ".test.yaml", "_test.yml", "_test.yaml")
_PIPELINES = "pipelines"
_LARGEST = 64 << 20
"""Bytes of a file of rules; one of 50 MB holds 150,000 of them."""


class File(NamedTuple):
    """One file: `path` as the user named it, its bytes or why there are none, and whether it was named outright."""

    path: str
    data: bytes
    fault: str | None
    named: bool


def files(paths: Sequence[str | Path]) -> Iterator[File]:
    """The files of every path, folders walked in order of name; a file reached twice comes once. Raises UsageError."""
    seen: set[str] = set()
    for named in paths:
        path = os.fspath(named)
        if "\0" in path:
            raise UsageError(f'"{path}" cannot be a path', hint="a path holds no NUL character")
        folder = os.path.isdir(path)
        if not folder and not os.path.exists(path):
            raise UsageError(f'there is no file or folder "{shown(path)}"', None, neighbour(path))
        for each, fault in _walk(path, frozenset()) if folder else ((path, None),):
            real = os.path.abspath(each)
            if real not in seen:
                seen.add(real)
                yield File(shown(each), b"", fault, not folder) if fault else _read(each, not folder)


def shown(path: str) -> str:
    """A path as text that can be printed and stored, whatever bytes the file's name has."""
    return path if path.isascii() else os.fsencode(path).decode("utf-8", "replace")


def is_test(path: str) -> bool:
    """Whether the name says that the file holds tests of a rule."""
    return path.endswith(_TESTS)


def _walk(folder: str, above: frozenset[tuple[int, int]]) -> Iterator[tuple[str, str | None]]:
    """Files that may hold rules, or what cannot be looked at and why."""
    try:
        status = os.stat(folder)
        with os.scandir(folder) as entries:
            ordered = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        yield folder, error.strerror or str(error)
        return
    here = (status.st_dev, status.st_ino)
    if here in above:
        return  # a link that leads back up
    for entry in ordered:
        if entry.name.startswith("."):
            continue
        if _is_folder(entry):
            if entry.name != _PIPELINES:
                yield from _walk(entry.path, above | {here})
        elif entry.name.endswith(_SUFFIXES) and not is_test(entry.name):
            # A dangling link is left to fail when it is opened; a pipe would never end.
            regular = entry.is_symlink() or entry.is_file()
            yield entry.path, None if regular else "it is not a regular file"


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Not so a link that leads to itself: that cannot be opened, and is said."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _read(path: str, named: bool) -> File:
    """All of a file; a pipe only where the user named it, as a shell's `<(command)` is one, and never a device."""
    data, fault = b"", None
    try:
        mode = os.stat(path).st_mode
        if not stat.S_ISREG(mode) and not (named and stat.S_ISFIFO(mode)):
            raise OSError("it is not a regular file")
        with open(path, "rb") as file:
            data = file.read(_LARGEST + 1)
        if len(data) > _LARGEST:
            data, fault = b"", f"it holds more than {_LARGEST >> 20} MiB"
    except OSError as error:
        fault = error.strerror or str(error)
    return File(shown(path), data, fault, named)


def neighbour(path: str) -> str | None:
    """The nearest name that is there, in the folder where the missing one was looked for."""
    folder, name = os.path.split(os.path.normpath(path))
    try:
        near = get_close_matches(name, os.listdir(folder or "."), n=1)
    except OSError:
        return f'there is no folder "{folder}" either'
    return f'did you mean "{os.path.join(folder, near[0])}"?' if near else None
