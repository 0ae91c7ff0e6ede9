"""Pipelines that come as Python packages, by id, as pySigma finds them, which is imported only to make one."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from copy import deepcopy
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.errors import UsageError
from engine.load.faults import did_you_mean

if TYPE_CHECKING:
    from sigma.processing.pipeline import ProcessingPipeline

__all__ = ["Installed", "is_id", "packages", "ready"]

is_id = re.compile(r"[A-Za-z0-9_]+").fullmatch
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


def ready(given: Installed) -> ProcessingPipeline:
    """The pipeline, a copy, because packages may share theirs. Raises UsageError."""
    from sigma.exceptions import SigmaError
    from sigma.plugins import InstalledSigmaPlugins
    from sigma.processing.pipeline import ProcessingPipeline

    try:
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
    return deepcopy(pipeline)
