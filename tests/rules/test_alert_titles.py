"""Titles of alerts of the rules that come with the package: who did what to what, for every event in their tests."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from engine.door import scan
from engine.model import Level
from engine.rules import Correlation, Rule
from engine.testing.found import suites_in
from engine.testing.happens import happening
from engine.testing.read import load_suite
from engine.testing.render import alert_of
from engine.testing.run import Bench

CHECKOUT = Path(__file__).resolve().parents[2]
FOLDERS = [str(CHECKOUT / "rules"), str(CHECKOUT / "contrib" / "rules")]
SUITES = [Path(path).relative_to(CHECKOUT).as_posix() for path in suites_in(FOLDERS)]


@cache
def bench() -> Bench:
    return Bench(FOLDERS)


def titles(path: str) -> Iterator[tuple[Rule | Correlation, str]]:
    """Each rule of a file of tests with the title of each alert that its tests raise."""
    suite = load_suite(str(CHECKOUT / path))
    for case in suite.said.tests:
        tested = bench().tested(suite, case)
        every: dict[str, Rule | Correlation] = {
            each.key: each for each in (*tested.ruleset.rules, *tested.ruleset.correlations)
        }
        records = happening(suite.said, case, tested.logsource)
        found = scan(
            records, tested.ruleset, logsource=tested.logsource, time_field=suite.said.time_field, final=case.final
        )
        for one in found:
            if one.rule.key in tested.keys and one.positions and one.rule.level > Level.informational:
                alert = alert_of(one, records[one.positions[-1]], tested.ruleset, tested.logsource)
                yield every[one.rule.key], alert.title


@pytest.mark.parametrize("path", SUITES)
def test_nothing_is_missing_from_a_title(path: str):
    made = list(titles(path))
    assert made
    for rule, title in made:
        assert rule.alert_title is not None, rule.title
        assert title != rule.title
        assert "?" not in title, f"{rule.title}: {title}"
        assert "  " not in title
