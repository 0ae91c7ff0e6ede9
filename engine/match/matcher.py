"""The rules for one kind of log, compiled: records in, the rules that match each of them out.

A batch of narrow structs goes through stages first, so that an event which no rule is interested in never meets a
line of Python. What is left walks the decision graph one by one. Fields that are read often are learnt: the next
file is decoded into structs that hold them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, partial
from itertools import compress, count
from typing import Any

from msgspec import UNSET, Struct

from engine.aliases import Aliases
from engine.derived import Fields, Memo
from engine.fields import scalars
from engine.match.candidates import Candidates
from engine.match.classes import CACHE_LIMIT, Classes, PairClasses, Tests
from engine.match.evidence import Evidence
from engine.match.exact import Searched, Split, exact_getter, searches, split, struct_getter
from engine.match.formula import Formulas
from engine.match.graph import NODE_LIMIT, Graph, Node
from engine.match.keywords import Gate
from engine.match.record import Record
from engine.match.stages import Plan
from engine.model import Batch
from engine.projection import Shape
from engine.rules import And, Derived, Exact, Expr, FieldRef, Not, Or, Predicate, Rule, Search, Selection

__all__ = ["Matcher"]

FIELD, PAIR, DERIVED, KEYWORD, SEARCH = range(5)
"""What it costs to read: one field, two, one that is computed, all of them, and to evaluate an expression on them."""

HOT_SHARE = 0.005
"""A field read in vain of more than this share of records is decoded into the narrow struct from then on: to find one
record again and decode all of it costs as much as one more field in some two hundred structs. A nested field costs
more, about as the square of its depth, because of its parents and of the keys that would win over it."""

TOGETHER = 200
"""Records that are searched for keywords together."""

LEARN_FROM = 400
"""Records seen before it is decided which fields are read often."""

HOT_LIMIT = 24
"""Fields in a narrow struct, at most: every one of them makes skipping the others a little slower."""


class Computed(Struct, frozen=True):
    """A path that is, or leads into, a derived field: read off the whole record, and only when the graph asks."""

    path: str


class Literally(Struct, frozen=True):
    """A path for native rules alone, where Sigma's rules find the field in other places of this log too."""

    path: str


Key = str | tuple[str, str] | Computed | Literally | Search | None
"""A field: a path, two paths that are compared, a derived one, one to take literally; or what is asked of the whole
record: an expression, or None for keywords."""

Hit = tuple[int, tuple[int, ...]]
Reader = Callable[[Any], Any]

_NOT_YET = object()

_ODD = (FieldRef, Search, Exact)
"""Predicates that do not just ask for the field they name."""

_NO_PATH = "\0"
"""In place of a field that may come from elsewhere: neither a narrow struct nor the text of the record has it."""


class Matcher:
    """Matches records against rules.

    always   paths that every narrow struct holds, whatever rules read
    texts    paths likewise, which a record must have, as text, to be decoded into one
    aliases  where fields are found beside the place that their name says
    derived  the fields that are computed for these records, as `engine.derived.applying` gives them
    shared   the tests of fields that other matchers of the same rules have compiled, by their predicates' identities
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        always: Iterable[str] = (),
        texts: Iterable[str] = (),
        aliases: Aliases | None = None,
        derived: Iterable[Derived] = (),
        *,
        cache_limit: int = CACHE_LIMIT,
        node_limit: int = NODE_LIMIT,
        shared: dict[tuple[int, ...], Tests] | None = None,
    ) -> None:
        self.keys: list[Key] = []
        self._numbers: dict[Key, int] = {}
        self._plain: dict[str | None, int] = {}
        self._predicates: list[dict[Predicate, int]] = []
        self._limits = cache_limit, node_limit
        self._shared = shared
        self._least = 0
        self._rules = tuple(rules)
        self._aliases = aliases or Aliases({})
        self.fields = Fields(derived, self._aliases.getter)
        self._memo: tuple[Record | None, Memo] = None, {}
        self._compile()
        self._readers = [self._reader(number) for number in range(len(self.keys))]
        self._places = [_NO_PATH if isinstance(key, str) and self._aliases.has(key) else key for key in self.keys]
        self._reads = [0] * len(self.keys)
        self._seen = 0
        self.shape = Shape([*always, *self._expected()], texts)
        self._plan: Plan | None = None
        self._structs: list[Reader | None] = []
        self.evidence = Evidence(self)

    def _compile(self) -> None:
        """Rules to formulas, predicates to classes; again when the formulas met have become too many."""
        cache_limit = self._limits[0]
        self._formulas = Formulas()
        formulas = [self._formulas.of(rule.condition, rule.selections, self.locate) for rule in self._rules]
        for rule in self._rules:  # what no condition asks for can still be true, and is reported
            for name in rule.selections.keys() - _named(rule.condition):
                self._formulas.of(rule.selections[name], rule.selections, self.locate)
        self.classes: list[Classes | PairClasses | Searched] = []
        for key, predicates in zip(self.keys, self._predicates, strict=True):
            if isinstance(key, Search):
                self.classes.append(Searched(key))
            elif isinstance(key, tuple):
                self.classes.append(PairClasses(predicates))
            else:
                self.classes.append(Classes(list(predicates), cache_limit, self._shared))
        self._searched = {one.search: one for one in self.classes if isinstance(one, Searched)}
        # Fields that native rules read otherwise than Sigma's do when a parent is a list or a key has dots.
        self._split = frozenset(
            number
            for number, predicates in enumerate(self._predicates)
            if any(isinstance(each, Exact) and "." in each.field for each in predicates)
        )
        keywords = self._numbers.get(None)
        self._gate = Gate(() if keywords is None else self._predicates[keywords])
        self.graph = Graph(self._formulas, formulas, [self._cost(key) for key in self.keys], self._limits[1])
        self._plan = None
        self._compiled = formulas
        vars(self).pop("candidates", None)
        self._least = len(self._formulas)

    @cached_property
    def candidates(self) -> Candidates:
        """The same rules for records that go where none has gone before; small rule sets never ask."""
        return Candidates(self._formulas, self._compiled, [self._cost(key) for key in self.keys])

    def _expected(self) -> Iterator[str]:
        """The fields that an event is asked for which no rule is interested in: a first guess at what to decode."""
        node: Node | None = self.graph.root
        while node is not None and node.field >= 0:
            key = self.keys[node.field]
            if isinstance(key, str):
                yield key
            node = self.graph.step(node, node.field, 0)

    def _cost(self, key: Key) -> int:
        if key is None:
            return KEYWORD
        if isinstance(key, tuple):
            return DERIVED if any(path in self.fields for path in key) else PAIR
        if isinstance(key, Search):
            return SEARCH
        return DERIVED if isinstance(key, Computed) else FIELD

    def locate(self, predicate: Predicate) -> tuple[int, int]:
        """The number of a predicate's field, and its bit there."""
        number = None if isinstance(predicate, _ODD) else self._plain.get(predicate.field)
        if number is None:
            number = self._number(predicate)
        bits = self._predicates[number]
        return number, bits.setdefault(predicate, len(bits))

    def _number(self, predicate: Predicate) -> int:
        """The number of a predicate's field, a new one where nobody has asked for it."""
        key: Key = (predicate.field, predicate.other) if isinstance(predicate, FieldRef) else predicate.field
        if isinstance(predicate, Search):
            key = predicate
        elif isinstance(key, str) and key in self.fields:
            key = Computed(key)
        elif isinstance(predicate, Exact) and self._aliases.has(predicate.field):
            key = Literally(predicate.field)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.keys)
            self.keys.append(key)
            self._predicates.append({})
        if not isinstance(predicate, _ODD):
            self._plain[predicate.field] = number
        return number

    @property
    def _full(self) -> bool:
        """Whether nodes, formulas or classes have become so many that all are dropped and made again."""
        limit = self._limits[1]
        return (
            self.graph.full
            or len(self._formulas) > 4 * limit + self._least
            or max(map(_size, self.classes), default=0) > limit
        )

    def hits(self, batch: Batch) -> list[Hit]:
        """(index of record, numbers of the rules that match it) for every record that some rule matches, in order."""
        if self._full:
            self._compile()
        return self._structs_hits(batch) if batch.shape is not None else list(self._dict_hits(batch))

    def matched(self, fields: dict[str, Any]) -> tuple[int, ...]:
        """The numbers of the rules that match one record."""
        if self._full:
            self._compile()
        return self._walk(self.graph.root, self._readers, fields, Record(lambda: fields, None))

    def _dict_hits(self, batch: Batch) -> Iterator[Hit]:
        for index, fields in enumerate(batch.records):
            raw = partial(batch.raw, index) if batch.raw else None
            matched = self._walk(self.graph.root, self._readers, fields, Record(partial(_same, fields), raw))
            if matched:
                yield index, matched

    def _structs_hits(self, batch: Batch) -> list[Hit]:
        plan = self._plan
        if plan is None or plan.shape is not batch.shape or plan.worn or not plan.worthwhile:
            plan = self._plan = self._planned(batch)
        try:
            nodes = plan.nodes(batch.records) if plan.worthwhile else self._roots(batch)
        except (AttributeError, TypeError):
            nodes = self._roots(batch)
        left = list(compress(count(), nodes))
        if batch.expect:
            batch.expect(left)  # what looks alike has come to the same node
        if None in self._numbers:
            self._past_keywords(batch, nodes)
        hits: list[Hit] = []
        for index in left:
            matched = self._rest(batch, index, nodes[index])
            if matched:
                hits.append((index, matched))
        self._seen += len(batch.records)
        self._learn(batch)
        return hits

    def _rest(self, batch: Batch, index: int, node: Node | None) -> tuple[int, ...]:
        """The rules that match a record for which the stages have led to a node."""
        if node is None or batch.whole is None or batch.raw is None:
            return ()
        if node.field < 0:
            return node.matched
        whole = Record(partial(batch.whole, index), partial(batch.raw, index))
        return self._walk(node, self._structs, batch.records[index], whole)

    def _past_keywords(self, batch: Batch, nodes: list[Node | None]) -> None:
        """Lead the records on which the text of many together shows to hold no keyword."""
        number = self._numbers[None]
        asked = [index for index, node in enumerate(nodes) if node is not None and node.field == number]
        past: dict[Node | None, Node | None] = {}
        for start in range(0, len(asked) if batch.raw else 0, TOGETHER):
            some = asked[start : start + TOGETHER]
            for index, shut in zip(some, self._gate.all_shut(list(map(batch.raw, some))), strict=True):  # type: ignore[arg-type]
                if shut:
                    node = nodes[index]
                    if node not in past:
                        past[node] = self.graph.settled(self.graph.past(node, number, 0))
                    nodes[index] = past[node]

    def _roots(self, batch: Batch) -> list[Node | None]:
        return [self.graph.root] * len(batch.records)

    def _planned(self, batch: Batch) -> Plan:
        shape: Shape = batch.shape
        self._structs = [
            self._struct_reader(number, key, shape) if isinstance(key, str) and key in shape.paths else None
            for number, key in enumerate(self._places)
        ]
        held = [(number, key) for number, key in enumerate(self._places) if isinstance(key, str) and key in shape.paths]
        return Plan(shape, self.graph, held, self.classes, batch.records)

    def _walk(self, node: Node, readers: Sequence[Reader | None], record: Any, whole: Record) -> tuple[int, ...]:
        """The rules that match, from a node on."""
        asked: list[int] = []  # of the whole record
        while (number := node.field) >= 0:
            reader = readers[number]
            if reader is not None:
                value = reader(record)
                classes = self.classes[number]
                if type(value) is str or value is UNSET or value is None:
                    found = classes[value]  # type: ignore[index]
                else:
                    found = classes.of(value, partial(whole.texts, self._places[number]))  # type: ignore[call-arg, arg-type]
            else:
                asked.append(number)
                found = self._class_of_whole(number, whole)
            following = node.edges.get(found, _NOT_YET)
            if following is _NOT_YET:
                mask = self.classes[number].masks[found]
                if not self.graph.worthwhile(node, mask):
                    return self.candidates.matched(partial(self._mask_of_whole, whole))
                following = self.graph.follow(node, found, mask)
            if following is None:
                return self._in_vain(asked)
            node = following  # type: ignore[assignment]
        return node.matched or self._in_vain(asked)

    def _mask_of_whole(self, whole: Record, number: int) -> int:
        return self.classes[number].masks[self._class_of_whole(number, whole)]

    def _in_vain(self, asked: list[int]) -> tuple[int, ...]:
        """Count what was read of a whole record that no rule matches; one that matches is decoded in full anyway."""
        for number in asked:
            self._reads[number] += 1
        return ()

    def _reader(self, number: int) -> Reader | None:
        """What reads a key off a whole record, where that is all there is to do for its class."""
        key = self.keys[number]
        if isinstance(key, Literally):
            return exact_getter(key.path)
        if not isinstance(key, str):
            return None
        return split(self.getter(key), self.exact_getter(key)) if number in self._split else self.getter(key)

    def _struct_reader(self, number: int, path: str, shape: Shape) -> Reader:
        careful = shape.careful(path)
        return split(careful, struct_getter(shape, path)) if number in self._split else careful

    def exact_getter(self, path: str) -> Reader:
        """What reads a path off a whole record as native rules do."""
        return exact_getter(path, self.fields.reader(path.partition(".")[0]) if path in self.fields else None)

    def getter(self, path: str) -> Reader:
        """What reads a field off a whole record, wherever this log has it."""
        return self.fields.reader(path)

    def classes_of(self, number: int) -> Classes | PairClasses | Searched:
        """The classes of a field."""
        return self.classes[number]

    def mask(self, number: int, record: Record) -> int:
        """The predicates on a field that a record satisfies."""
        classes, read = self.classes[number], self._readers[number]
        if read is not None:
            value = read(record.fields)
            if type(value) is str or value is UNSET or value is None:
                return classes.masks[classes[value]]  # type: ignore[index]
        return classes.masks[self._class_of_whole(number, record, seen_before=True)]

    def _class_of_whole(self, number: int, whole: Record, *, seen_before: bool = False) -> int:
        """The class of a field that is read off the whole record."""
        key, classes = self.keys[number], self.classes[number]
        if key is None and (raw := whole.raw()) is not None and self._gate.shut(raw):
            return classes.number(0)  # type: ignore[union-attr]
        fields = whole.fields
        if isinstance(classes, Searched):
            derived = [name for name in classes.names if name in self.fields]
            values = self.fields.values(derived, fields, self._known(whole)) if derived else {}
            return classes.of({**values, **fields} if values else fields, count=not seen_before)
        if isinstance(classes, PairClasses):
            return classes.of(self.getter(key[0])(fields), self.getter(key[1])(fields))  # type: ignore[index]
        if key is None:
            mask = 0
            for value in scalars(fields):
                mask |= classes.masks[classes.of(value)]
            return classes.number(mask)
        if isinstance(key, Computed):
            value = self.fields.read(key.path, fields, self._known(whole))
            if number in self._split:
                value = Split(value, self.exact_getter(key.path)(fields))
            return classes.of(value, partial(whole.texts, key.path))
        value = self._readers[number](fields)  # type: ignore[misc]
        return classes.of(value, partial(whole.texts, self._places[number]))  # type: ignore[arg-type]

    def _known(self, whole: Record) -> Memo:
        """The derived fields of a record that are computed already: what several are made from is computed once."""
        if self._memo[0] is not whole:
            self._memo = whole, {}
        return self._memo[1]

    def given_up(self) -> dict[int, int]:
        """Rule -> records on which one of its expressions was too dear, since this was last asked."""
        if not any(one.given_up for one in self._searched.values()):
            return {}
        counts = {
            number: max((self._searched[search].given_up for search in searches(rule)), default=0)
            for number, rule in enumerate(self._rules)
        }
        for one in self._searched.values():
            one.given_up = 0
        return {number: count for number, count in counts.items() if count}

    def _learn(self, batch: Batch) -> None:
        """Have the fields that are read often decoded into the struct, once enough records have been seen to tell."""
        if self._seen < LEARN_FROM:
            return
        often = [
            (reads, key)
            for key, reads in zip(self.keys, self._reads, strict=True)
            if isinstance(key, str) and reads > self._seen * HOT_SHARE * (1 + key.count(".")) ** 2
        ]
        self._reads = [0] * len(self.keys)
        self._seen = 0
        best = [key for _, key in sorted(often, reverse=True)][: HOT_LIMIT - len(self.shape.paths)]
        if not self.shape.paths.issuperset(best):
            order = list(batch.whole(0)) if batch.whole else ()
            learnt = Shape([*self.shape.paths, *best], self.shape.texts, order=order)
            if learnt.paths != self.shape.paths:  # of two fields, one inside the other, a struct holds only the outer
                self.shape = learnt


def _size(classes: Classes | PairClasses | Searched) -> int:
    return len(classes.masks)


def _same(fields: dict[str, Any]) -> dict[str, Any]:
    return fields


def _named(expr: Expr) -> set[str]:
    """The selections that a condition names."""
    if isinstance(expr, Selection):
        return {expr.name}
    if isinstance(expr, (And, Or)):
        return set().union(*map(_named, expr.args))
    return _named(expr.arg) if isinstance(expr, Not) else set()
