"""Which files hold rules: what `--rules` names -> the files in it, in order, each read once."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from engine.errors import UsageError

__all__ = ["File", "files"]

_SUFFIXES = (".yml", ".yaml")
_TESTS = (".test.yml", ".test.yaml", "_test.yml", "_test.yaml")
_PIPELINES = "pipelines"


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
        if os.path.isdir(path):
            found = _walk(path, set())
        elif os.path.exists(path):
            found = iter((path,))
        else:
            raise UsageError(f'there is no file or folder "{path}"', None, _neighbour(path))
        outright = not os.path.isdir(path)
        for each in found:
            real = os.path.abspath(each)
            if real not in seen:
                seen.add(real)
                yield _read(each, outright)


def is_test(path: str) -> bool:
    """Whether the name says that the file holds tests of a rule."""
    return path.endswith(_TESTS)


def is_pipeline(path: str) -> bool:
    """Whether the file stands in a folder of processing pipelines."""
    return _PIPELINES in Path(path).parts[:-1]


def _walk(folder: str, above: set[tuple[int, int]]) -> Iterator[str]:
    status = os.stat(folder)
    here = (status.st_dev, status.st_ino)
    if here in above:
        return  # a link that leads back up
    with os.scandir(folder) as entries:
        ordered = sorted(entries, key=lambda entry: entry.name)
    for entry in ordered:
        if entry.name.startswith("."):
            continue
        if entry.name.endswith(_SUFFIXES):
            if not entry.is_dir() and not entry.name.endswith(_TESTS):
                yield entry.path
        elif entry.is_dir() and entry.name != _PIPELINES:
            yield from _walk(entry.path, above | {here})


def _read(path: str, named: bool) -> File:
    try:
        with open(path, "rb", buffering=0) as file:
            return File(path, file.readall(), None, named)
    except OSError as error:
        return File(path, b"", error.strerror or str(error), named)


def _neighbour(path: str) -> str | None:
    """The nearest name that is there, in the folder where the missing one was looked for."""
    folder, name = os.path.split(os.path.normpath(path))
    try:
        near = get_close_matches(name, os.listdir(folder or "."), n=1)
    except OSError:
        return f'there is no folder "{folder}" either'
    return f'did you mean "{os.path.join(folder, near[0])}"?' if near else None
