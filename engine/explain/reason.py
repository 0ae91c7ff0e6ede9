"""The smallest reason why a condition is false: the fewest tests that would have to come out otherwise.

Of an `and` every false part has to change, of an `or` the one that is nearest to true, the first of several; `not`
turns that round. That is exact where no test stands in two parts of one `and`. Where one does, sets of tests are
tried by size, each out of those that keep the condition false.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from engine.rules import And, Const, Expr, Not, Or, Predicate, Selection

__all__ = ["Reason", "predicates_of", "reason", "true_of"]

TRIES = 4_000
"""Times that a condition is looked at to find a smaller set than the plain one; then that one stands."""

Truth = Callable[[Predicate], bool]
Selections = Mapping[str, Expr]
Tests = frozenset[Predicate]


class Reason:
    """Tests that would have to come out otherwise, in the order of the condition, and what would do as well.

    changes  all of them together make the condition true, if nothing else changes; None when no change of tests does
    others   for each of them the tests of the same `or` that would do instead, one alone
    """

    def __init__(self, changes: tuple[Predicate, ...] | None, others: dict[Predicate, tuple[Predicate, ...]]) -> None:
        self.changes = changes
        self.others = others


def reason(condition: Expr, selections: Selections, truth: Truth) -> Reason:
    """Why a condition is false of an event; `truth` is what each test says of it."""
    search = _Search(selections, truth)
    changes = search.least(condition, True)
    if search.shared:
        changes = search.fewer(condition, changes)
    if changes is None:
        return Reason(None, {})
    ordered = dict.fromkeys(test for _, test in predicates_of(condition, selections) if test in changes)
    return Reason(tuple(ordered), {test: search.others.get(test, ()) for test in ordered})


def predicates_of(
    expr: Expr, selections: Selections, within: str | None = None
) -> Iterator[tuple[str | None, Predicate]]:
    """Every test of an expression with the selection it stands in, in order, as often as it stands there."""
    if isinstance(expr, And | Or):
        for arg in expr.args:
            yield from predicates_of(arg, selections, within)
    elif isinstance(expr, Not):
        yield from predicates_of(expr.arg, selections, within)
    elif isinstance(expr, Selection):
        yield from predicates_of(selections[expr.name], selections, expr.name)
    elif not isinstance(expr, Const):
        yield within, expr


def true_of(expr: Expr, selections: Selections, truth: Truth) -> bool:
    """Whether an expression is true."""
    if isinstance(expr, And):
        return all(true_of(arg, selections, truth) for arg in expr.args)
    if isinstance(expr, Or):
        return any(true_of(arg, selections, truth) for arg in expr.args)
    if isinstance(expr, Not):
        return not true_of(expr.arg, selections, truth)
    if isinstance(expr, Const):
        return expr.value
    if isinstance(expr, Selection):
        return true_of(selections[expr.name], selections, truth)
    return truth(expr)


class _Search:
    """One condition and one event. `shared`: a test was met in two parts of which both have to hold."""

    def __init__(self, selections: Selections, truth: Truth) -> None:
        self.selections = selections
        self.truth = truth
        self.shared = False
        self.others: dict[Predicate, tuple[Predicate, ...]] = {}
        self._tries = 0

    def least(self, expr: Expr, want: bool) -> Tests | None:
        """The fewest tests to change so that an expression comes out as wanted; None when none can do it."""
        if isinstance(expr, And | Or):
            if isinstance(expr, And) is want:
                return self._all(expr, want)
            return self._any(expr, want)
        if isinstance(expr, Not):
            return self.least(expr.arg, not want)
        if isinstance(expr, Const):
            return frozenset() if expr.value is want else None
        if isinstance(expr, Selection):
            return self.least(self.selections[expr.name], want)
        return frozenset() if self.truth(expr) is want else frozenset((expr,))

    def _all(self, expr: And | Or, want: bool) -> Tests | None:
        seen: set[Predicate] = set()
        changes: set[Predicate] = set()
        possible = True
        for arg in expr.args:
            tests = {test for _, test in predicates_of(arg, self.selections)}
            self.shared = self.shared or not seen.isdisjoint(tests)
            seen |= tests
            part = self.least(arg, want)
            if part is None:
                possible = False
            else:
                changes |= part
        return frozenset(changes) if possible else None

    def _any(self, expr: And | Or, want: bool) -> Tests | None:
        best: Tests | None = None
        alone: list[Predicate] = []
        for arg in expr.args:
            part = self.least(arg, want)
            if part is not None and (best is None or len(part) < len(best)):
                best = part
            if part is not None and len(part) == 1:
                (test,) = part
                alone += (test, *self.others.get(test, ()))
        if best is not None and len(best) == 1:
            (test,) = best
            self.others[test] = tuple(dict.fromkeys(other for other in alone if other != test))
        return best

    def fewer(self, condition: Expr, found: Tests | None) -> Tests | None:
        """As `least`, with tests that stand in several places changed in all of them at once."""
        everything = {test for _, test in predicates_of(condition, self.selections)}
        good = found is not None and self._true(condition, found)
        most = len(found) - 1 if found is not None and good else len(everything)
        for size in range(1, most + 1):
            fewest = self._try(condition, size, frozenset())
            if fewest is not None:
                self.others = {}
                return fewest
            if self._tries > TRIES:
                return found
        return found if good else None

    def _try(self, condition: Expr, size: int, changed: Tests) -> Tests | None:
        """A set of at most so many further changes that makes the condition true."""
        if self._true(condition, changed):
            return changed
        if size:
            for test in self._blocking(condition, True, changed):
                if self._tries <= TRIES and (found := self._try(condition, size - 1, changed | {test})) is not None:
                    return found
        return None

    def _true(self, condition: Expr, changed: Tests) -> bool:
        self._tries += 1
        return true_of(condition, self.selections, lambda test: self.truth(test) is not (test in changed))

    def _blocking(self, expr: Expr, want: bool, changed: Tests) -> dict[Predicate, None]:
        """Tests, not changed yet, of which at least one has to change if the expression is to come out as wanted."""
        if isinstance(expr, Not):
            return self._blocking(expr.arg, not want, changed)
        if isinstance(expr, Selection):
            return self._blocking(self.selections[expr.name], want, changed)
        if isinstance(expr, Const):
            return {}
        if not isinstance(expr, And | Or):
            return {} if expr in changed else {expr: None}
        now = [
            arg
            for arg in expr.args
            if true_of(arg, self.selections, lambda test: self.truth(test) is not (test in changed)) is not want
        ]
        parts = [self._blocking(arg, want, changed) for arg in now]
        if isinstance(expr, And) is want:
            return min(parts, key=len, default={})
        return {test: None for part in parts for test in part}
