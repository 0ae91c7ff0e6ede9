"""Which fields rules read, and how often logs have them: one process, one record at a time, so memory stays small."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, NamedTuple

from msgspec import UNSET

from engine import catalogue, decoders, sources
from engine.derived import fields_for
from engine.explain.correlated import fields_read
from engine.load import requirements
from engine.logsources import routed
from engine.model import Batch, Blob, LogSource, Problem, Reading
from engine.rules import Ruleset

__all__ = ["Census", "Use", "count", "uses"]

EXAMPLES = 3

SAMPLED = 2_000
"""Records of one kind whose names of fields are remembered, for hints."""
NAMES = 5_000
"""Names remembered of one kind, at most: a log may use values as keys."""

_DEEPEST = 8
_ALIKE = 0.87


class Use(NamedTuple):
    """One field that rules for one logsource read.

    rules    how many rules and correlations; examples: titles of the first of them
    records  how many that these rules see were read; None where no logs were given
    present  in how many of them the field is, null and empty too
    hint     what was probably meant, where it is never there or not known
    """

    logsource: LogSource
    field: str
    rules: int
    examples: tuple[str, ...]
    records: int | None = None
    present: int | None = None
    hint: str | None = None


@dataclass
class Census:
    """What was counted in logs.

    records   kind of record -> how many
    present   kind, field -> in how many
    names     kind -> names of fields in the first of them
    problems  what could not be read
    """

    records: Counter[LogSource] = field(default_factory=Counter)
    present: Counter[tuple[LogSource, str]] = field(default_factory=Counter)
    names: dict[LogSource, dict[str, None]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def uses(ruleset: Ruleset, census: Census | None = None) -> list[Use]:
    """The fields that rules and correlations read, by logsource; those that logs never have first, else by name."""
    titles: dict[tuple[LogSource, str], list[str]] = {}
    for rule in ruleset.rules:
        for name in requirements(rule).fields:
            titles.setdefault((rule.logsource, name), []).append(rule.title)
    for each in ruleset.correlations:
        for logsource, name in dict.fromkeys((rule.logsource, name) for rule, name in fields_read(each, ruleset)):
            titles.setdefault((logsource, name), []).append(each.title)
    known = {one.name for one in ruleset.derived}
    found = [_use(*key, listed, census, key[1].partition(".")[0] in known) for key, listed in titles.items()]
    return sorted(found, key=lambda use: (str(use.logsource), use.present != 0, use.field))


def count(targets: Sequence[str], ruleset: Ruleset, reading: Reading) -> Iterator[Census]:
    """Count what logs have of the fields that rules read; yields the same census after every file, as it grows.

    Raises UsageError for a target that is not there.
    """
    census = Census()
    counters: dict[LogSource, Callable[[Any], None]] = {}
    for target in targets:
        for item in sources.for_target(target).find(target):
            if isinstance(item, Problem):
                census.problems.append(item)
            elif isinstance(item, Blob):
                for batch in _batches(item, reading, census):
                    _count(batch, ruleset, census, counters)
            yield census
    yield census


def _batches(blob: Blob, reading: Reading, census: Census) -> Iterator[Batch]:
    try:
        with sources.source(blob.source).open(blob) as stream:
            for item in decoders.decode(blob, stream, reading):
                if isinstance(item, Problem):
                    census.problems.append(item)
                else:
                    yield item
    except OSError as error:
        fault = f"cannot be read: {error.strerror or error}"
        census.problems.append(Problem(blob.ref, None, fault, True, "unreadable"))


def _count(batch: Batch, ruleset: Ruleset, census: Census, counters: dict[LogSource, Callable[[Any], None]]) -> None:
    kinds = None if batch.parts is None else batch.kinds()
    for index in range(len(batch.records)):
        kind = batch.logsource if kinds is None else kinds[index]
        counter = counters.get(kind)
        if counter is None:
            counter = counters[kind] = _counter(kind, ruleset, census)
        counter(batch.whole(index) if batch.whole else batch.records[index])


def _counter(kind: LogSource, ruleset: Ruleset, census: Census) -> Callable[[Any], None]:
    """Counts one record of a kind."""
    asked = [(rule, name) for rule in ruleset.rules for name in requirements(rule).fields]
    asked += [pair for each in ruleset.correlations for pair in fields_read(each, ruleset)]
    read = {name for rule, name in asked if not any(kind) or routed(rule.logsource, kind)}
    given = fields_for(ruleset.derived, kind)
    readers = [((kind, name), given.reader(name)) for name in sorted(read)]
    names = census.names.setdefault(kind, {})
    records, present = census.records, census.present

    def counted(record: Any) -> None:
        records[kind] += 1
        for key, reader in readers:
            if reader(record) is not UNSET:
                present[key] += 1
        if records[kind] <= SAMPLED and len(names) < NAMES:
            names.update(dict.fromkeys(_paths(record)))

    return counted


def _paths(record: Any) -> Iterator[str]:
    """The dotted names in a record; a list adds nothing to the name of what is in it."""
    stack: list[tuple[str, Any, int]] = [("", record, 0)]
    while stack:
        path, value, depth = stack.pop()
        if isinstance(value, dict) and depth < _DEEPEST:
            for key, inner in value.items():
                name = f"{path}.{key}" if path else str(key)
                yield name
                stack.append((name, inner, depth + 1))
        elif isinstance(value, list) and depth < _DEEPEST:
            stack += [(path, one, depth + 1) for one in value if isinstance(one, dict | list)]


def _use(logsource: LogSource, name: str, titles: list[str], census: Census | None, derived: bool) -> Use:
    use = Use(logsource, name, len(titles), tuple(titles[:EXAMPLES]))
    if census is None:
        return use if derived else use._replace(hint=catalogue.suggest(name, logsource))
    kinds = [kind for kind in census.records if not any(kind) or routed(logsource, kind)]
    present = sum(census.present[kind, name] for kind in kinds)
    use = use._replace(records=sum(census.records[kind] for kind in kinds), present=present)
    if present or derived or not use.records:
        return use
    there = {one for kind in kinds for one in census.names[kind]}
    known = catalogue.fields(logsource)
    near = _near(name, there, of_another_case=known is not None and known.has(name))
    return use._replace(hint=near or catalogue.suggest(name, logsource))


def _near(name: str, names: set[str], of_another_case: bool) -> str | None:
    """The name in the logs that is the same in another case, or, where that is not asked for, nearly the same."""
    folded = {one.lower(): one for one in sorted(names)}
    if name.lower() in folded or of_another_case:
        return folded.get(name.lower())
    near = get_close_matches(name.lower(), folded, n=1, cutoff=_ALIKE)
    return folded[near[0]] if near else None
