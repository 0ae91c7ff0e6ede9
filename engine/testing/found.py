"""Which files are tests, and which rules they are of."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from engine.errors import Place, UsageError

__all__ = ["is_test_file", "rule_beside", "suites_in"]

_ENDINGS = (".test.yml", ".test.yaml")


def is_test_file(path: str) -> bool:
    """Whether a file is one of tests, by its name."""
    return path.endswith(_ENDINGS)


def rule_beside(path: str) -> str:
    """The file of rules that a test file is of, unless it says otherwise."""
    stem, ending = next((path.removesuffix(each), each) for each in _ENDINGS if path.endswith(each))
    for suffix in (ending.removeprefix(".test"), ".yml", ".yaml"):
        if os.path.exists(stem + suffix):
            return stem + suffix
    return f"{stem}.yml"


def suites_in(paths: Iterable[str]) -> list[str]:
    """The test files that are named, or in folders that are named, in order. Raises UsageError for a missing path."""
    return list(dict.fromkeys(found for path in paths for found in _below(path)))


def _below(path: str) -> Iterator[str]:
    if os.path.isfile(path):
        if not is_test_file(path):
            beside = os.path.splitext(path)[0]
            yield from (beside + each for each in _ENDINGS if os.path.exists(beside + each))
            return
        yield path
        return
    if not os.path.isdir(path):
        raise UsageError("does not exist", Place(path), "name a test file, a rule or a folder of them")
    for folder, folders, files in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (os.path.join(folder, name) for name in sorted(files) if is_test_file(name))
