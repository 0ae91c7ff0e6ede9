"""What is given beside rules, with `--pipeline` and `--fields`: the files, in order. Nothing is parsed here."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from engine.errors import Place, UsageError
from engine.load.files import File, files, neighbour
from engine.load.installed import Installed, is_id, packages

__all__ = ["field_files", "pipeline_files", "shipped_fields", "words"]


def pipeline_files(pipelines: Sequence[str | Path]) -> list[File | Installed]:
    """The files of every path, folders in order of name, and texts (what has a line break) as files of their own.

    One that is given twice comes twice. A word that is no path is the id of an installed pipeline. Raises UsageError
    for a path that is not there or cannot be read, and for a folder without pipelines.
    """
    return _files(pipelines, "pipeline")


def words(given: Sequence[File | Installed], what: str) -> Iterator[str]:
    """Everything that decides what these do, for a key of the cache."""
    for one in given:
        if isinstance(one, File):
            yield from (what, one.path, sha256(one.data).hexdigest())
        else:
            yield from (f"installed {what}", one.name, *packages())


def field_files(fields: Sequence[str | Path]) -> list[File]:
    """The same for files of derived fields."""
    return [one for one in _files(fields, "fields") if isinstance(one, File)]


def shipped_fields() -> list[File]:
    """The files of derived fields that come with the package, under paths that do not say where it lies."""
    folder = Path(__file__).resolve().parent.parent / "derived"
    found = sorted(folder.glob("*.yml"))
    return [File(f"engine/derived/{path.name}", path.read_bytes(), None, False) for path in found]


def _files(given: Sequence[str | Path], what: str) -> list[File | Installed]:
    if isinstance(given, str | os.PathLike):
        given = [given]
    found: list[File | Installed] = []
    texts = 0
    for one in given:
        if isinstance(one, str) and "\n" in one:
            texts += 1
            name = f"<{what} {texts}>" if texts > 1 else f"<{what}>"
            found.append(File(name, one.encode("utf-8", "surrogatepass"), None, True))
        elif what == "pipeline" and isinstance(one, str) and is_id(one) and not os.path.exists(one):
            found.append(Installed(one, neighbour(one)))
        else:
            found += _read(one, {"pipeline": "pipeline", "fields": "file of fields"}[what])
    return found


def _read(path: str | Path, what: str) -> list[File]:
    found = list(files([path]))
    if not found:
        raise UsageError(f'the folder "{os.fspath(path)}" holds no {what}', hint=f"a {what} is a .yml file")
    for file in found:
        if file.fault is not None:
            raise UsageError(f"the {what} cannot be read: {file.fault}", Place(file.path))
    return found
