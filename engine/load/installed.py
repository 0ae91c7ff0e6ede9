"""Pipelines that come as Python packages, by id, as pySigma finds them, which is imported only to make one."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Iterator
from copy import deepcopy
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.errors import UsageError
from engine.load.faults import did_you_mean

if TYPE_CHECKING:
    from sigma.processing.pipeline import ProcessingPipeline

__all__ = ["Installed", "is_id", "packages", "ready"]

is_id = re.compile(r"[A-Za-z0-9_-]+").fullmatch
"""Whether a word can be an id; a file's name has a dot in it."""


class Installed(NamedTuple):
    """The id of a pipeline; `hint` is what else a path of this name could have meant."""

    name: str
    hint: str | None = None


@lru_cache(maxsize=1)
def packages() -> tuple[str, ...]:
    """Every installed package with its version, told by the names of folders: any of them may bring pipelines."""
    found: set[str] = set()
    for folder in sys.path:
        with contextlib.suppress(OSError):
            found.update(name for name in os.listdir(folder or ".") if name.endswith((".dist-info", ".egg-info")))
    return tuple(sorted(found))


@contextlib.contextmanager
def _told_apart() -> Iterator[None]:
    """While packages are imported: pySigma 1.5 makes all pipelines that it decorates one, the last."""
    from sigma.pipelines.base import Pipeline

    theirs = Pipeline.__dict__["__new__"]
    setattr(Pipeline, "__new__", lambda kind, *_, **__: object.__new__(kind))  # noqa: B010
    try:
        yield
    finally:
        setattr(Pipeline, "__new__", theirs)  # noqa: B010


def ready(given: Installed) -> ProcessingPipeline:
    """The pipeline, a copy, because packages may share theirs. Raises UsageError."""
    from sigma.exceptions import SigmaError
    from sigma.plugins import InstalledSigmaPlugins
    from sigma.processing.pipeline import ProcessingPipeline

    try:
        with _told_apart():
            known = InstalledSigmaPlugins.autodiscover(include_backends=False, include_validators=False).pipelines
    except ImportError as error:
        raise UsageError(f"a package of pySigma pipelines is broken: {error}") from None
    if given.name not in known:
        hint = did_you_mean(given.name, known) or given.hint
        raise UsageError(f'there is no file, folder or installed pipeline "{given.name}"', None, hint)
    found: Any = known[given.name]
    try:
        pipeline = found if isinstance(found, ProcessingPipeline) else found()
    except (SigmaError, TypeError, ValueError, AttributeError, LookupError) as error:
        raise UsageError(f'the installed pipeline "{given.name}" cannot be made: {error}') from None
    if not isinstance(pipeline, ProcessingPipeline):
        raise UsageError(f'the installed "{given.name}" is no pipeline')
    copied = deepcopy(pipeline)
    for item in copied.items:
        item._clear_pipeline()  # an item belongs to one pipeline, and is to become part of ours
    return copied
