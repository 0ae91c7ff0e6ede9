"""--watch: once, and again whenever a file changes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from typing import NoReturn

from engine.cli._report import complain, say
from engine.cli._tests import Asked
from engine.errors import DetectError

__all__ = ["watched"]

_PAUSE = 0.3
"""Seconds between two looks."""


def watched(asked: Asked, run: Callable[[Asked], int]) -> NoReturn:
    """Run, and again at each change, until Ctrl-C; what cannot be run now may be run after the next change."""
    while True:
        before = _stamp(asked)
        try:
            run(asked)
        except DetectError as error:
            complain(error)
            say(["waiting for a file to change; Ctrl-C ends it"])
        while _stamp(asked) == before:
            time.sleep(_PAUSE)


def _stamp(asked: Asked) -> list[tuple[str, int, int]]:
    """Of every file that says something: its name, when it was changed, and its size."""
    paths: Sequence[str] = (
        *asked.paths, *asked.rules, *asked.pipelines, *asked.fields, *asked.variables,
        *((asked.tests,) if asked.tests else ()),
        *(os.path.splitext(path)[0] + ending for path in asked.paths for ending in (".test.yml", ".test.yaml")),
    )  # fmt: skip
    output = os.path.abspath(asked.output) if asked.output else None
    found = []
    for path in dict.fromkeys(paths):
        names = [path, *(os.path.join(folder, name) for folder, _, files in os.walk(path) for name in files)]
        for name in names:
            if os.path.abspath(name) == output:
                continue  # what the run itself writes is no change
            try:
                said = os.stat(name)
            except OSError:
                continue
            found.append((name, said.st_mtime_ns, said.st_size))
    return sorted(found)
