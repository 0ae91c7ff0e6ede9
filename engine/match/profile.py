"""What each rule costs: a matcher that is watched, chosen when it is made, so that others pay nothing for it.

Three costs are told apart. *Testing* values: of an expression to the rules that have it, of all else on a field to
the rules with predicates on it, by their number; values seen before are not tested again. *Walking* the graph: reading
a field and following an edge, to the rules that ask that field there, in equal parts. *Telling*: finding
what made a rule match, to that rule.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from time import perf_counter_ns
from typing import Any, NamedTuple

from engine.match.classes import Classes
from engine.match.detector import Detector
from engine.match.exact import Searched
from engine.match.graph import Node
from engine.match.matcher import Matcher
from engine.match.record import Record
from engine.model import Detection, Event, LogSource
from engine.rules import And, Const, Expr, Not, Or, Predicate, Rule, Selection

__all__ = ["Cost", "Profile", "ProfilingDetector", "summed"]


class Cost(NamedTuple):
    """What one rule cost.

    seen     events that were shown to it
    open     events after whose first field it was still undecided
    reads    fields read that it asked for
    matched  events that it matched
    testing, walking, telling   nanoseconds
    """

    seen: int = 0
    open: int = 0
    reads: int = 0
    matched: int = 0
    testing: float = 0.0
    walking: float = 0.0
    telling: float = 0.0

    @property
    def total(self) -> float:
        """Nanoseconds in all."""
        return self.testing + self.walking + self.telling


Profile = dict[int, Cost]
"""Number of a rule in its ruleset -> what it cost."""


def summed(profiles: Iterable[Mapping[int, Cost]]) -> Profile:
    """Several profiles of one ruleset as one."""
    found: Profile = {}
    for profile in profiles:
        for number, cost in profile.items():
            had = found.get(number)
            found[number] = cost if had is None else _plus(had, cost)
    return found


def _plus(one: Cost, other: Cost) -> Cost:
    return Cost(*(mine + more for mine, more in zip(one, other, strict=True)))  # type: ignore[arg-type]


class ProfilingDetector(Detector):
    """A detector that counts and times; it finds what any other finds, but walks every record on its own."""

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self._tests = None  # each matcher has its own, as they are timed
        self._watches: dict[int, _Watch] = {}
        self._telling: Counter[int] = Counter()

    def __reduce__(self) -> tuple[Any, ...]:
        make, given = super().__reduce__()
        return partial(ProfilingDetector, **make.keywords), given

    def take(self) -> Profile:
        """What the rules have cost since this was last asked."""
        told = {number: Cost(telling=spent) for number, spent in self._telling.items()}
        self._telling.clear()
        return summed([*(watch.take() for watch in self._watches.values()), told])

    def detection(self, number: int, event: Event, record: Record | None = None) -> Detection:
        start = perf_counter_ns()
        try:
            return super().detection(number, event, record)
        finally:
            self._telling[number] += perf_counter_ns() - start

    def _route(self, logsource: LogSource | None) -> tuple[Matcher, tuple[int, ...]]:
        matcher, numbers = super()._route(logsource)
        if id(matcher) not in self._watches:
            self._watches[id(matcher)] = _Watch(matcher, numbers, self.ruleset.rules)
        return matcher, numbers


class _Watch:
    """Walks in the place of one matcher, and keeps count.

    The graph and the classes are those of the matcher, so what is found is what it finds. When it makes them anew, what
    was counted on the old ones is put aside.
    """

    def __init__(self, matcher: Matcher, numbers: Sequence[int], rules: Sequence[Rule]) -> None:
        self.matcher = matcher
        self.numbers = numbers
        self._asking = _asking(matcher, [rules[number] for number in numbers])
        self._done: list[Profile] = []
        self._testing = 0
        self.events = 0
        self.firsts: Counter[Node] = Counter()
        self.visits: Counter[Node] = Counter()
        self.walking: Counter[Node] = Counter()
        self.matched: Counter[int] = Counter()
        self.fields: Counter[int] = Counter()
        self.searches: Counter[tuple[int, int]] = Counter()
        self._time_tests()
        vars(matcher)["_walk"] = self.walk

    def _time_tests(self) -> None:
        """Have all that tests values say how long it took; once for each graph, whose classes are new too."""
        self.graph = self.matcher.graph
        for number, classes in enumerate(self.matcher.classes):
            if isinstance(classes, Classes):
                tests = classes.tests
                tests.searches = [
                    (bit, literal, self._timed(self.searches, (number, bit.bit_length() - 1), test))
                    for bit, literal, test in tests.searches
                ]
                vars(tests)["bits"] = self._timed(self.fields, number, tests.bits, outer=True)
            elif isinstance(classes, Searched):
                vars(classes)["of"] = self._timed(self.fields, number, classes.of, outer=True)

    def _timed(
        self, spent: Counter[Any], key: Any, test: Callable[..., Any], outer: bool = False
    ) -> Callable[..., Any]:
        def timed(*given: Any, **options: Any) -> Any:
            start = perf_counter_ns()
            try:
                return test(*given, **options)
            finally:
                took = perf_counter_ns() - start
                spent[key] += took
                if outer:
                    self._testing += took

        return timed

    def walk(self, node: Node | None, readers: Any, record: Any, whole: Record) -> tuple[int, ...]:
        """As `Matcher._walk`, over the whole record."""
        if self.graph is not self.matcher.graph:
            self._put_aside()
            self._time_tests()
        self.events += 1
        first = True
        while node is not None and node.field >= 0:
            start, before, here = perf_counter_ns(), self._testing, node
            classes = self.matcher.classes[node.field]
            answer = classes.masks[self.matcher._class_of_whole(node.field, whole)] & node.asked
            if answer not in node.by_answer:
                node.by_answer[answer] = self.graph.step(node, node.field, answer)
            node = node.by_answer[answer]
            self.visits[here] += 1
            self.walking[here] += perf_counter_ns() - start - (self._testing - before)
            if first and node is not None:
                self.firsts[node] += 1
            first = False
        found = () if node is None else node.matched
        self.matched.update(found)
        return found

    def take(self) -> Profile:
        """What was counted since this was last asked, by the rules' numbers in the ruleset."""
        self._put_aside()
        found, self._done = summed(self._done), []
        return {self.numbers[number]: cost for number, cost in found.items()}

    def _put_aside(self) -> None:
        every = range(len(self.numbers))
        counts = {number: Cost(seen=self.events, matched=self.matched[number]) for number in every}
        self._done += [counts, self._opened(), self._walked(), self._tested()]
        self.events = 0
        for counter in (self.firsts, self.visits, self.walking, self.matched, self.fields, self.searches):
            counter.clear()

    def _opened(self) -> Profile:
        found: Counter[int] = Counter()
        for node, events in self.firsts.items():
            for number, _ in node.open:
                found[number] += events
        return {number: Cost(open=events) for number, events in found.items()}

    def _walked(self) -> Profile:
        """Visits and time of each node, for the rules that ask its field there."""
        reads: Counter[int] = Counter()
        spent: dict[int, float] = {}
        for node, visits in self.visits.items():
            fields = self.graph.formulas.fields
            askers = [number for number, formula in node.open if fields[formula] >> node.field & 1]
            for number in askers:
                reads[number] += visits
                spent[number] = spent.get(number, 0.0) + self.walking[node] / len(askers)
        return {number: Cost(reads=reads[number], walking=spent[number]) for number in reads}

    def _tested(self) -> Profile:
        spent: dict[int, float] = {}
        for number, took in self.fields.items():
            by_predicate = self._asking.get(number, {})
            searched = 0
            for position, rules in by_predicate.items():
                alone = self.searches[number, position]
                searched += alone
                for rule in rules if alone else ():
                    spent[rule] = spent.get(rule, 0.0) + alone / len(rules)
            uses = [rule for rules in by_predicate.values() for rule in rules]
            for rule in uses:
                spent[rule] = spent.get(rule, 0.0) + (took - searched) / len(uses)
        return {rule: Cost(testing=took) for rule, took in spent.items()}


def _asking(matcher: Matcher, rules: Sequence[Rule]) -> dict[int, dict[int, list[int]]]:
    """Field -> predicate -> the rules that have it, all by number."""
    found: dict[int, dict[int, list[int]]] = {}
    for number, rule in enumerate(rules):
        for predicate in dict.fromkeys(one for expr in rule.selections.values() for one in _predicates(expr)):
            field, position = matcher.locate(predicate)
            found.setdefault(field, {}).setdefault(position, []).append(number)
    return found


def _predicates(expr: Expr) -> Iterator[Predicate]:
    if isinstance(expr, And | Or):
        for arg in expr.args:
            yield from _predicates(arg)
    elif isinstance(expr, Not):
        yield from _predicates(expr.arg)
    elif not isinstance(expr, Const | Selection):
        yield expr
