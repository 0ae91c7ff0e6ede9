"""What `detect test` is asked, and what runs the tests."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from engine.testing.run import Bench

__all__ = ["Asked", "bench_of"]


class Asked(NamedTuple):
    """What the options said."""

    paths: tuple[str, ...]
    tests: str | None
    words: str | None
    form: str
    output: str | None
    require: bool
    rules: tuple[str, ...]
    pipelines: tuple[str, ...]
    fields: tuple[str, ...]
    variables: tuple[str, ...]


def bench_of(asked: Asked) -> Bench:
    """What runs the tests."""
    from engine.testing.run import Bench

    folders = asked.rules or tuple(filter(os.path.isdir, asked.paths))
    return Bench(folders, asked.pipelines, asked.fields, asked.variables)
