"""What stands for `%name%` in values under `|expand`: files of variables -> names and their values.

A file is a mapping in YAML or JSON: each name has a text or number, or a list of them. The last file that gives a name
wins.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.errors import Place, UsageError
from engine.load.files import File, files

__all__ = ["Given", "named", "parsed_variables", "variable_files"]

Given = str | Path | Mapping[str, Any]


def variable_files(given: Given | Sequence[Given]) -> list[File]:
    """The files of every path, and mappings as files of their own; nothing is parsed here.

    Raises UsageError for a path that is no file or cannot be read, and for a mapping that JSON cannot hold.
    """
    listed = [given] if isinstance(given, str | os.PathLike | Mapping) else given
    found: list[File] = []
    for one in listed:
        found += [_written(one)] if isinstance(one, Mapping) else _read(one)
    return found


def _written(given: Mapping[str, Any]) -> File:
    try:
        return File("<variables>", json.dumps(dict(given)).encode(), None, True)
    except (TypeError, ValueError) as error:
        raise UsageError(f"the variables are no plain values: {error}", Place("<variables>")) from None


def _read(path: str | Path) -> list[File]:
    if os.path.isdir(path):
        raise UsageError(f'"{os.fspath(path)}" is a folder', hint="name a file of variables")
    found = list(files([path]))
    for file in found:
        if file.fault is not None:
            raise UsageError(f"the variables cannot be read: {file.fault}", Place(file.path))
    return found


def parsed_variables(found: Sequence[File]) -> dict[str, list[str]]:
    """The values of every name, as text in Sigma's own writing. Raises UsageError with file, line and column."""
    from engine.load.documents import Unreadable, documents, place_of
    from engine.load.faults import Fault

    values: dict[str, list[str]] = {}
    for file in found:
        try:
            listed = list(documents(file.data))
        except Unreadable as error:
            place = Place(file.path, error.line, error.column, error.offset)
            raise UsageError(error.fault, place, error.hint) from None
        for document in listed:
            try:
                for fault in document.faults:
                    raise fault
                values |= named(document.value)
            except Fault as fault:
                place = Place(file.path, *place_of(document.node, fault.steps, key=fault.key))
                raise UsageError(fault.fault, place, fault.hint) from None
    return values


def named(value: Any) -> dict[str, list[str]]:
    """The values of every name of a mapping, as text. Raises Fault."""
    from engine.load.faults import Fault

    if not isinstance(value, dict):
        raise Fault("variables are a mapping of names to values", "write admins: [root, breakglass]")
    found: dict[str, list[str]] = {}
    for name, given in value.items():
        if "%" in name or "\\" in name or not name:
            raise Fault(f'"{name}" is no name of a placeholder', "write it without percent signs", (name,), key=True)
        several = given if isinstance(given, list) else [given]
        if not several:
            hint = "give it a value that no log has, or leave out the rules that use it"
            raise Fault(f'the variable "{name}" has no values', hint, (name,))
        for at, one in enumerate(several):
            if isinstance(one, bool) or not isinstance(one, str | int | float):
                steps = (name, at) if isinstance(given, list) else (name,)
                raise Fault(f'the variable "{name}" has a value that is neither text nor number',
                            "quote it if it is text", steps)  # fmt: skip
        found[name] = [text_of(one) for one in several]
    return found


def text_of(value: str | float) -> str:
    """A value as a rule would write it; a number with a fraction keeps its digits."""
    return value if isinstance(value, str) else str(getattr(value, "text", value))
