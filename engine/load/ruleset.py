"""Files of Sigma rules -> Ruleset: every rule that can be used, and every reason why another cannot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from engine.load.cache import cache_for
from engine.load.files import File, files
from engine.load.installed import Installed
from engine.load.pipelines import field_files, pipeline_files, shipped_fields, words
from engine.load.variables import Given, parsed_variables, variable_files
from engine.rules import Ruleset

__all__ = ["load", "load_text"]


def load(
    paths: Sequence[str | Path],
    *,
    texts: Sequence[str] = (),
    cache: bool = True,
    pipelines: Sequence[str | Path] = (),
    fields: Sequence[str | Path] = (),
    variables: Given | Sequence[Given] = (),
) -> Ruleset:
    """Load the Sigma rules of files and folders, and then of YAML texts.

    paths      folders are searched for .yml and .yaml; tests and pipelines that stand beside rules are passed over
    texts      are called "<text>", "<text 2>" and so on by errors and rules
    cache      keep the result in the user's cache folder, and take it from there when no file has changed
    pipelines  files of processing pipelines, folders of them, or their YAML (what has a line break); all of them are
               applied to every rule, lowest priority first and else in this order; or ids of installed ones
    fields     files of derived fields, folders of them, or their YAML; beside those that come with the package and
               those that stand among the rules
    variables  files of variables, or mappings: what stands for placeholders under `|expand` that no pipeline fills;
               the last that gives a name wins, and pipelines see them too

    Rules and fields that cannot be used are in `.rejected`, in order of file and line. Raises UsageError for a path
    that is not there, and for a pipeline that cannot be used.
    """
    if isinstance(paths, (str, Path)):
        paths = [paths]
    found = list(files(paths))
    named = bool(found)  # what is only text would crowd the files out of the cache
    found += [_file(text, f"<text {number}>" if number > 1 else "<text>") for number, text in enumerate(texts, 1)]
    given = pipeline_files(pipelines)
    beside, shipped = field_files(fields), shipped_fields()
    filling = variable_files(variables)
    options = (
        *words(given, "pipeline"), *words(filling, "variables"), *words(beside, "fields"), *words(shipped, "shipped")
    )  # fmt: skip
    store = cache_for(found, options) if cache and named else None
    if store is not None:
        ready = store.read()
        if ready is not None:
            return ready
    ruleset, tables = build(found, given, beside, shipped, filling)
    if store is not None:
        store.write(ruleset, tables)
    return ruleset


def load_text(
    text: str,
    path: str = "<text>",
    pipelines: Sequence[str | Path] = (),
    fields: Sequence[str | Path] = (),
    variables: Given | Sequence[Given] = (),
) -> Ruleset:
    """Load the rules of one YAML text; `path` is what errors and rules call it, the rest is as for `load`."""
    filling = variable_files(variables)
    return build([_file(text, path)], pipeline_files(pipelines), field_files(fields), shipped_fields(), filling)[0]


def _file(text: str, path: str) -> File:
    return File(path, text.encode("utf-8", "surrogatepass"), None, True)


def build(
    found: Iterable[File],
    pipelines: Sequence[File | Installed] = (),
    fields: Sequence[File] = (),
    shipped: Sequence[File] = (),
    variables: Sequence[File] = (),
) -> tuple[Ruleset, dict[str, str]]:
    """Rules of files that are read already, and the files of tables they need with the digests of their content.

    This is where pySigma is imported.
    """
    from engine.load.build import Builder
    from engine.load.filters import Filters
    from engine.load.processing import Pipeline

    found = list(found)
    filling = parsed_variables(variables)
    pipeline = Pipeline(pipelines, filling) if pipelines or filling else None
    builder = Builder(pipeline, Filters(found), filling)
    for file in shipped:
        builder.definitions.add_file(file, shipped=True)
    for file in fields:
        builder.definitions.add_file(file)
    for file in found:
        builder.add(file)
    return builder.ruleset(), builder.definitions.tables
