"""How good tests are: of all mutants of a rule, how many they notice."""

from __future__ import annotations

import os
from typing import NamedTuple

from engine.errors import DetectError
from engine.testing.mutate import Mutant, mutants
from engine.testing.read import Suite
from engine.testing.run import Bench, Tested

__all__ = ["Score", "score"]


class Score(NamedTuple):
    """The mutants of the rules of one file.

    failed     tests that fail without any change: then nothing is tried
    total      mutants
    survivors  those that no test noticed: (title of the rule, what was changed)
    """

    suite: Suite
    failed: int
    total: int
    survivors: tuple[tuple[str, str], ...]

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
        return Score(suite, failed, 0, ())
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

    survivors = tuple((one.rule, one.change) for number, one in enumerate(first) if not noticed(number))
    return Score(suite, 0, len(first), survivors)


def _mutants(tested: Tested, suite: Suite) -> list[Mutant]:
    path = os.path.abspath(suite.rule)
    return list(mutants(tested.ruleset, lambda other: os.path.abspath(other) == path))
