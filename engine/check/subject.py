"""What is checked: one document of a rule file, as it is written and as the engine understood it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from engine.catalogue import Catalogue, fields
from engine.load.collections import Collection, Kind, kind_of
from engine.load.documents import Document, Unreadable, documents, place_of
from engine.load.faults import Fault, Steps
from engine.load.files import File
from engine.model import LogSource
from engine.rules import Rule

__all__ = ["Item", "Subject", "subjects"]


class Item(NamedTuple):
    """One line of a selection: `field|modifier: value`.

    field   None for keywords
    values  one value makes a list of one; `steps` leads to each
    """

    selection: str
    key: str
    field: str | None
    modifiers: tuple[str, ...]
    values: tuple[tuple[Steps, Any], ...]
    steps: Steps

    def has(self, *modifiers: str) -> bool:
        """Whether it has any of these modifiers."""
        return any(name in self.modifiers for name in modifiers)


class Subject:
    """One document.

    value    what it says, with what an `action: global` document before it gives
    rule     as the loader understood it; None where it is no detection rule or cannot be used
    derived  names of the fields that are computed, beside those of the log
    """

    def __init__(
        self,
        file: File,
        document: Document,
        kind: Kind,
        value: dict[str, Any],
        rule: Rule | None,
        derived: frozenset[str] = frozenset(),
    ) -> None:
        self.file = file
        self.document = document
        self.kind = kind
        self.value = value
        self.rule = rule
        self.derived = derived

    @property
    def path(self) -> str:
        return self.file.path

    @property
    def title(self) -> str | None:
        title = self.value.get("title") or self.value.get("id")
        return title if isinstance(title, str) else None

    def text(self, key: str) -> str | None:
        """The value of a top-level key where that is text."""
        value = self.value.get(key)
        return value if isinstance(value, str) else None

    def place(self, steps: Steps, key: bool) -> tuple[int, int]:
        """Line and column, from 1; of the document's first key for what stands in another document."""
        return place_of(self.document.node, steps, key=key)

    @cached_property
    def logsource(self) -> LogSource:
        """As the rule itself says it."""
        said = self.value.get("logsource")
        words = [said.get(name) for name in LogSource._fields] if isinstance(said, dict) else [None, None, None]
        return LogSource(*(word if isinstance(word, str) and word else None for word in words))

    @cached_property
    def catalogue(self) -> Catalogue | None:
        """What is known of the records that it looks at."""
        return fields(self.logsource)

    @property
    def native(self) -> bool:
        """Whether its selections are expressions of a language of their own, not Sigma's."""
        return self.kind is Kind.native

    @cached_property
    def selections(self) -> dict[str, Any]:
        """What it calls selections, as they are written."""
        if self.native and "match" in self.value:
            return {"match": self.value["match"]}
        detection = self.value.get("detection")
        if not isinstance(detection, dict) or self.kind not in (Kind.rule, Kind.native):
            return {}
        return {str(name): said for name, said in detection.items() if name not in ("condition", "timeframe")}

    def where(self, selection: str) -> Steps:
        """The way to a selection."""
        return ("match",) if self.native and "match" in self.value else ("detection", selection)

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """Every line of every selection, in order; none of a native rule."""
        return (
            () if self.native else tuple(item for name, said in self.selections.items() for item in _items(name, said))
        )


def subjects(
    file: File, rules: Mapping[tuple[str, int], Rule], derived: frozenset[str] = frozenset()
) -> Iterator[Subject]:
    """The rules, correlations and filters of one file; what cannot be read at all is the loader's to say.

    rules    the loader's answer by path and line
    derived  names of fields that are computed
    """
    collection = Collection()
    try:
        for document in documents(file.data):
            kind = kind_of(document.value)
            if kind is Kind.rule:
                try:
                    value = collection.rule(document.value)
                except Fault:
                    continue
                if value is not None:
                    yield Subject(file, document, kind, value, rules.get((file.path, document.line)), derived)
            elif kind in (Kind.native, Kind.correlation, Kind.filter):
                yield Subject(file, document, kind, document.value, rules.get((file.path, document.line)), derived)
    except Unreadable:
        return


def _items(selection: str, said: Any) -> Iterator[Item]:
    """Mappings, lists of mappings at any depth, and keywords."""
    stack: list[tuple[Steps, Any]] = [(("detection", selection), said)]
    while stack:
        steps, value = stack.pop()
        if isinstance(value, dict):
            for key, inner in value.items():
                name, *modifiers = str(key).split("|")
                yield Item(
                    selection, str(key), name or None, tuple(modifiers), _values(inner, (*steps, key)), (*steps, key)
                )
        elif isinstance(value, list) and any(isinstance(one, dict | list) for one in value):
            stack.extend(((*steps, at), one) for at, one in reversed(list(enumerate(value))))
        else:
            yield Item(selection, "", None, (), _values(value, steps), steps)


def _values(value: Any, steps: Steps) -> tuple[tuple[Steps, Any], ...]:
    values: Sequence[Any] = value if isinstance(value, list) else [value]
    return tuple(((*steps, at) if isinstance(value, list) else steps, one) for at, one in enumerate(values))
