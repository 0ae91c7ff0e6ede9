"""How good tests are: of all mutants of a rule, how many they notice."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from engine.errors import DetectError
from engine.testing.mutate import Mutant, mutants
from engine.testing.read import Suite
from engine.testing.run import Bench, Tested

__all__ = ["RuleScore", "Score", "score"]


class RuleScore(NamedTuple):
    """The mutants of one rule.

    rule       its title
    total      mutants
    survivors  what was changed in those that no test noticed
    """

    rule: str
    total: int
    survivors: tuple[str, ...]

    @property
    def share(self) -> float:
        """Of the mutants those that were noticed, 0 to 1; of none, 1."""
        return 1 - len(self.survivors) / self.total if self.total else 1.0


class Score(NamedTuple):
    """The mutants of the rules of one file.

    failed  tests that fail without any change: then nothing is tried
    rules   each with a mutant, in the order of the file
    """

    suite: Suite
    failed: int
    rules: tuple[RuleScore, ...]

    @property
    def total(self) -> int:
        """Mutants of all rules."""
        return sum(one.total for one in self.rules)

    @property
    def survivors(self) -> tuple[tuple[str, str], ...]:
        """Those that no test noticed: (title of the rule, what was changed)."""
        return tuple((one.rule, change) for one in self.rules for change in one.survivors)

    @property
    def share(self) -> float:
        """Of the mutants those that were noticed, 0 to 1; of none, 1."""
        if self.failed:
            return 0.0
        return 1 - len(self.survivors) / self.total if self.total else 1.0


def score(bench: Bench, suite: Suite) -> Score:
    """Try every mutant on the tests of its file. Raises DetectError where rules or tests cannot be used."""
    failed = sum(bool(outcome.wrong) for outcome in bench.run(suite))
    if failed:
        return Score(suite, failed, ())
    cases = [(case, bench.tested(suite, case)) for case in suite.said.tests]
    made = {id(tested): _mutants(tested, suite) for _, tested in cases}
    first = made[id(cases[0][1])]

    def noticed(number: int) -> bool:
        """Whether some test fails; what makes the engine refuse the rules is noticed too."""
        for case, tested in cases:
            others = made[id(tested)]
            if len(others) != len(first):
                continue  # other values for placeholders: its mutants are others
            try:
                if bench.judge(suite, case, tested._replace(ruleset=others[number].ruleset)):
                    return True
            except DetectError:
                return True
        return False

    survived = [not noticed(number) for number in range(len(first))]
    return Score(suite, 0, tuple(_by_rule(first, survived)))


def _by_rule(made: Sequence[Mutant], survived: Sequence[bool]) -> Iterator[RuleScore]:
    for rule in dict.fromkeys(one.rule for one in made):
        mine = [(one, alive) for one, alive in zip(made, survived, strict=True) if one.rule == rule]
        yield RuleScore(rule, len(mine), tuple(one.change for one, alive in mine if alive))


def _mutants(tested: Tested, suite: Suite) -> list[Mutant]:
    path = os.path.abspath(suite.rule)
    return list(mutants(tested.ruleset, lambda other: os.path.abspath(other) == path))
