"""Which files hold processing pipelines: what `--pipeline` names -> their texts, in order. Nothing is parsed here."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from engine.errors import Place, UsageError
from engine.load.files import File, files

__all__ = ["pipeline_files"]


def pipeline_files(pipelines: Sequence[str | Path]) -> list[File]:
    """The files of every path, folders in order of name, and texts (what has a line break) as files of their own.

    One that is given twice comes twice. Raises UsageError for a path that is not there or cannot be read, and for a
    folder without pipelines.
    """
    if isinstance(pipelines, str | os.PathLike):
        pipelines = [pipelines]
    found: list[File] = []
    texts = 0
    for given in pipelines:
        if isinstance(given, str) and "\n" in given:
            texts += 1
            name = f"<pipeline {texts}>" if texts > 1 else "<pipeline>"
            found.append(File(name, given.encode("utf-8", "surrogatepass"), None, True))
        else:
            found += _read(given)
    return found


def _read(path: str | Path) -> list[File]:
    found = list(files([path]))
    if not found:
        raise UsageError(f'the folder "{os.fspath(path)}" holds no pipeline', hint="a pipeline is a .yml file")
    for file in found:
        if file.fault is not None:
            raise UsageError(f"the pipeline cannot be read: {file.fault}", Place(file.path))
    return found
