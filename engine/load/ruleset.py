"""Files of Sigma rules -> Ruleset: every rule that can be used, and every reason why another cannot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path

from engine.load.cache import cache_for
from engine.load.files import File, files
from engine.load.pipelines import pipeline_files
from engine.rules import Ruleset

__all__ = ["load", "load_text"]


def load(
    paths: Sequence[str | Path],
    *,
    texts: Sequence[str] = (),
    cache: bool = True,
    pipelines: Sequence[str | Path] = (),
) -> Ruleset:
    """Load the Sigma rules of files and folders, and then of YAML texts.

    paths      folders are searched for .yml and .yaml; tests and pipelines that stand beside rules are passed over
    texts      are called "<text>", "<text 2>" and so on by errors and rules
    cache      keep the result in the user's cache folder, and take it from there when no file has changed
    pipelines  files of processing pipelines, folders of them, or their YAML (what has a line break); all of them are
               applied to every rule, lowest priority first and else in this order

    Rules that cannot be used are in `.rejected`, in order of file and line. Raises UsageError for a path that is not
    there, and for a pipeline that cannot be used.
    """
    if isinstance(paths, (str, Path)):
        paths = [paths]
    found = list(files(paths))
    named = bool(found)  # what is only text would crowd the files out of the cache
    found += [_file(text, f"<text {number}>" if number > 1 else "<text>") for number, text in enumerate(texts, 1)]
    given = pipeline_files(pipelines)
    options = tuple(word for file in given for word in ("pipeline", file.path, sha256(file.data).hexdigest()))
    store = cache_for(found, options) if cache and named else None
    if store is not None:
        ready = store.read()
        if ready is not None:
            return ready
    ruleset = build(found, given) if found or given else Ruleset(())
    if store is not None:
        store.write(ruleset)
    return ruleset


def load_text(text: str, path: str = "<text>", pipelines: Sequence[str | Path] = ()) -> Ruleset:
    """Load the rules of one YAML text; `path` is what errors and rules call it, `pipelines` as for `load`."""
    return build([_file(text, path)], pipeline_files(pipelines))


def _file(text: str, path: str) -> File:
    return File(path, text.encode("utf-8", "surrogatepass"), None, True)


def build(found: Iterable[File], pipelines: Sequence[File] = ()) -> Ruleset:
    """Rules of files that are read already; this is where pySigma is imported."""
    from engine.load.build import Builder
    from engine.load.processing import Pipeline

    builder = Builder(Pipeline(pipelines) if pipelines else None)
    for file in found:
        builder.add(file)
    return builder.ruleset()
