"""Taking a whole batch through the first fields of the decision graph in a few loops over dictionaries.

The first stage reads several fields of few values at once, as a tuple that is the key of one dictionary; the second
takes fields of many values, by class. Where nearly every record has the same class of a field, it is enough to look for
those that have not: the others go where that class leads. Which fields go where is found by walking one batch
through the graph: those that many of its records ask for, and those of them that have few combinations first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from types import NoneType
from typing import Any, NamedTuple

from msgspec import UNSET, UnsetType

from engine.match.classes import Classes
from engine.match.graph import Graph, Node
from engine.projection import Shape

__all__ = ["Plan"]

SAMPLE = 64
"""A batch of fewer records says too little to plan on."""

MOST = 1_000
"""Records to plan on, at most."""

KEYS_LIMIT = 1 << 15
"""Combinations remembered in the first stage, at most."""

DISTINCT_SHARE = 0.3
"""The first stage has no more combinations of values than this share of the batch it is planned on."""

STAGE_SHARE = 0.3
"""A field is part of a stage when at least this share of records asks for it next."""

USUAL_SHARE = 0.95
"""A class that at least this share of records has is taken to be everybody's, and the others are picked out."""

Fields = Sequence[tuple[int, str]]


class _Stages(NamedTuple):
    """Numbers of fields: for the first stage, for the second, and those with a usual class, with that class."""

    first: list[int]
    rest: list[int]
    usual: list[tuple[int, int]]


class _Keys(dict[Any, Node | None]):
    """Values of the first fields -> the node they and the usual classes lead to; None where no rule can match."""

    def __init__(self, graph: Graph, stages: _Stages, classes: Sequence[Classes]) -> None:
        super().__init__()
        self.graph = graph
        self.fields = [(number, classes[number]) for number in stages.first]
        self.usual = [(number, classes[number].masks[found]) for number, found in stages.usual]
        self.cleared = 0

    def __missing__(self, key: Any) -> Node | None:
        node: Node | None = self.graph.root
        values = (key,) if len(self.fields) == 1 else key
        known = [
            (number, classes.masks[classes.of(value)])
            for (number, classes), value in zip(self.fields, values, strict=True)
        ]
        for number, mask in known + self.usual:
            node = self.graph.past(node, number, mask)
        node = self.graph.settled(node)
        # True, 1 and 1.0 are one key, so of all values only these are remembered (see Classes).
        if all(type(value) is str or value is None or value is UNSET for value in values):
            if len(self) >= KEYS_LIMIT:
                self.clear()
                self.cleared += 1
            self[key] = node
        return node


class _Rest(dict[tuple[Any, ...], Node | None]):
    """(node after the first stage, class of each further field) -> the node they lead to."""

    def __init__(self, graph: Graph, numbers: Sequence[int], classes: Sequence[Classes]) -> None:
        super().__init__()
        self.graph = graph
        self.fields = [(number, classes[number]) for number in numbers]

    def __missing__(self, key: tuple[Any, ...]) -> Node | None:
        node: Node | None = key[0]
        for (number, classes), found in zip(self.fields, key[1:], strict=True):
            node = self.graph.past(node, number, classes.masks[found])
        node = self.graph.settled(node)
        if len(self) >= KEYS_LIMIT:
            self.clear()
        self[key] = node
        return node


class _Unusual(dict[Any, bool]):
    """Value of a field -> whether its class is another than the usual one.

    kinds  of values that are remembered, beside null and UNSET
    """

    def __init__(self, classes: Classes, usual: int, kinds: Collection[type]) -> None:
        super().__init__()
        self.classes = classes
        self.usual = usual
        self.kinds = frozenset((*kinds, NoneType, UnsetType))

    def __missing__(self, value: Any) -> bool:
        unusual = self.classes.of(value) != self.usual
        if type(value) in self.kinds:
            if len(self) >= self.classes.limit:
                self.clear()
            self[value] = unusual
        return unusual


class Plan:
    """The stages for one shape.

    fields   (number, path) of every field of the rules that the shape holds
    """

    def __init__(
        self, shape: Shape, graph: Graph, fields: Fields, classes: Sequence[Any], sample: Sequence[Any]
    ) -> None:
        self.shape = shape
        self.graph = graph
        self.worthwhile = len(sample) >= SAMPLE and bool(fields)
        if not self.worthwhile:
            return
        sample = sample[:: -(-len(sample) // MOST)]
        columns = _columns(shape, fields, sample)
        stages = _chosen(graph, columns, classes, len(sample))
        paths = dict(fields)
        self.keys = _Keys(graph, stages, classes)
        usual = [paths[number] for number, _ in stages.usual]
        self.read_keys = shape.column_in(*[paths[number] for number in stages.first], unless=usual)
        self.usual = [shape.column(paths[number]) for number, _ in stages.usual]
        # True, 1 and 1.0 are one key: numbers are remembered where all are whole.
        self.unusual = [
            (_Unusual(classes[number], found, [str]), _Unusual(classes[number], found, [str, int]))
            for number, found in stages.usual
        ]
        self.rest = _Rest(graph, stages.rest, classes)
        self.read_rest = [(shape.column_in(paths[number]), classes[number]) for number in stages.rest]

    @property
    def worn(self) -> bool:
        """Whether the first stage has overflowed so often that it is time to plan again."""
        return self.worthwhile and self.keys.cleared > 2

    def nodes(self, records: Sequence[Any]) -> list[Node | None]:
        """For each record the node that the stages lead to, None when no rule can match.

        Raises AttributeError or TypeError for a batch with a value that a stage cannot take (a list, a parent that is
        no object).
        """
        nodes: list[Node | None]
        if self.usual:
            whole = [_all_whole(column(records)) for column in self.usual]
            unusual = [tables[number] for tables, number in zip(self.unusual, whole, strict=True)]
            nodes = self.read_keys(records, self.keys, self.graph.root, *unusual)
        else:
            nodes = self.read_keys(records, self.keys)
        if self.read_rest:
            found = [read(records, classes) for read, classes in self.read_rest]
            nodes = list(map(self.rest.__getitem__, zip(nodes, *found, strict=True)))
        return nodes


def _all_whole(column: Iterable[Any]) -> bool:
    """Whether no value is a float or a bool, which as a key may be the same as an integer."""
    kinds = set(map(type, column))
    return float not in kinds and bool not in kinds


def _columns(shape: Shape, fields: Fields, sample: Sequence[Any]) -> dict[int, list[Any]]:
    """The values of each field that a stage can take: no lists or objects among them, and no parent but an object."""
    columns: dict[int, list[Any]] = {}
    for number, path in fields:
        try:
            column = shape.column(path)(sample)
        except AttributeError:
            continue
        if not any(type(value) is list or type(value) is dict for value in column):
            columns[number] = column
    return columns


def _chosen(graph: Graph, columns: dict[int, list[Any]], classes: Sequence[Classes], size: int) -> _Stages:
    """Which fields go where, found by walking the sample through the graph."""
    stages = _Stages([], [], [])
    combinations: list[Any] = [()] * size
    nodes: list[Node | None] = [graph.root] * size
    left = set(columns)
    while left:
        asked = Counter(node.field for node in nodes if node is not None)
        number = max(left, key=lambda number: (asked[number], -number))
        if asked[number] < STAGE_SHARE * size:
            break
        left.remove(number)
        column = columns[number]
        found = [classes[number].of(value) for value in column]
        [(usual, often)] = Counter(found).most_common(1)
        odd = sum(not (type(value) is str or value is None or value is UNSET) for value in column)
        together = list(zip(combinations, column, strict=True))
        if odd <= size * 0.02 and len(set(together)) <= max(8, size * DISTINCT_SHARE):
            stages.first.append(number)
            combinations = together
        elif often >= USUAL_SHARE * size:
            stages.usual.append((number, usual))
        else:
            stages.rest.append(number)
        steps: dict[tuple[Node | None, int], Node | None] = {
            (node, of): graph.settled(graph.past(node, number, classes[number].masks[of]))
            for node, of in set(zip(nodes, found, strict=True))
        }
        nodes = [steps.get(pair) for pair in zip(nodes, found, strict=True)]
    return stages
