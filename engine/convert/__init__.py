"""Rules -> queries of another system, for hunting there: pySigma's backends do it, with the user's pipelines.

What a backend cannot express is left out and said, rule by rule; the others are converted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from engine.convert.targets import PACKAGES, Target, installed, target
from engine.errors import Place, RuleError, UsageError
from engine.load.files import files
from engine.load.installed import Installed, ready
from engine.load.pipelines import pipeline_files
from engine.rules import Correlation, Rule, Ruleset
from engine.shipped import rules_folder

__all__ = ["PACKAGES", "Converted", "Target", "convert", "installed", "target"]


class Converted(NamedTuple):
    """What came of it.

    text     what the backend made, in the format that was asked for, with a line break at its end
    rules    how many rules and correlations gave a query
    queries  how many queries they gave
    failed   those that gave none, in order
    """

    text: bytes
    rules: int
    queries: int
    failed: tuple[RuleError, ...]


def convert(
    name: str,
    paths: Sequence[str | Path],
    ruleset: Ruleset,
    *,
    pipelines: Sequence[str | Path] = (),
    form: str = "default",
    options: Mapping[str, Any] | None = None,
) -> Converted:
    """Convert the rules of a ruleset, as they are written in the files it was loaded from.

    name       the target, one of `installed()`
    paths      what the ruleset was loaded from; filters there are applied
    pipelines  files of pySigma pipelines, folders of them, or ids of installed ones; lowest priority first
    form       one of the target's formats
    options    what the backend takes beside: its own names and values

    Raises UsageError for a target, format, pipeline or option that does not exist.
    """
    from engine.convert.collection import Conversion
    from engine.convert.documents import SLIPS, written

    to = target(name)
    if form not in to.formats:
        raise UsageError(f'{name} has no format "{form}"', None, f"one of {', '.join(to.formats)}")
    pipeline = _pipeline(pipelines)
    try:
        backend = to.made(processing_pipeline=pipeline, **dict(options or {}))
    except SLIPS as error:
        raise UsageError(f"{name} cannot be set up: {error}") from None
    home = f"{rules_folder().parent.as_posix()}/"
    every: list[Rule | Correlation] = [*ruleset.rules, *ruleset.correlations]
    wanted = frozenset((one.path.removeprefix(home), one.line) for one in every)
    conversion = Conversion(backend, form, list(written(files(paths), wanted)))
    queries = conversion.run()
    try:
        made = backend.finalize(queries, form)
    except SLIPS as error:
        raise UsageError(f"{name} cannot write {form}: {error}") from None
    return Converted(_text(made), conversion.converted, len(queries), tuple(conversion.failed))


def _pipeline(pipelines: Sequence[str | Path]) -> Any:
    """All of them as one; None where there are none."""
    from sigma.processing.pipeline import ProcessingPipeline

    from engine.convert.documents import SLIPS

    parts: list[Any] = []
    for given in pipeline_files(pipelines):
        if isinstance(given, Installed):
            parts.append(ready(given))
            continue
        try:
            parts.append(ProcessingPipeline.from_yaml(given.data.decode("utf-8")))
        except SLIPS as error:
            raise UsageError(f"the pipeline cannot be used: {error}", Place(given.path)) from None
    if not parts:
        return None
    first, *rest = sorted(parts, key=lambda part: part.priority)
    for part in rest:
        first = first + part
    return first


def _text(made: Any) -> bytes:
    """What a backend made as bytes: text as it is, a list of texts one after the other, anything else as JSON."""
    if isinstance(made, bytes):
        return made
    if isinstance(made, str):
        text = made
    elif isinstance(made, list) and all(isinstance(one, str) for one in made):
        text = "\n".join(made)
    elif isinstance(made, list):
        text = "\n".join(json.dumps(one, ensure_ascii=False, default=str) for one in made)
    else:
        text = json.dumps(made, ensure_ascii=False, indent=2, default=str)
    return f"{text.rstrip()}\n".encode("utf-8", "backslashreplace") if text.strip() else b""
