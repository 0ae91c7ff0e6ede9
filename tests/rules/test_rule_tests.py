"""The tests that stand beside the rules: all of them hold, and every rule has some that find and some that do not."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from engine.testing.found import suites_in
from engine.testing.read import Suite, load_suite
from engine.testing.run import Bench

CHECKOUT = Path(__file__).resolve().parents[2]
FOLDERS = [str(CHECKOUT / "rules"), str(CHECKOUT / "contrib" / "rules")]
SUITES = [Path(path).relative_to(CHECKOUT).as_posix() for path in suites_in(FOLDERS)]


@cache
def bench() -> Bench:
    return Bench(FOLDERS)


@cache
def suite(path: str) -> Suite:
    return load_suite(str(CHECKOUT / path))


@pytest.mark.parametrize("path", SUITES)
def test_what_they_say_comes_comes(path: str):
    wrong = [f"{one.line}: {one.case.name}: {one.wrong}" for one in bench().run(suite(path)) if one.wrong]
    assert wrong == []


@pytest.mark.parametrize("path", SUITES)
def test_there_are_hits_and_near_misses(path: str):
    alerts = [case.alerts for case in suite(path).said.tests]
    assert any(each == 0 for each in alerts)
    assert any(alerts)


def test_no_rule_is_without_tests():
    tested = {Path(suite(path).rule).resolve() for path in SUITES}
    assert {Path(path).resolve() for path in bench().files(FOLDERS)} == tested


@pytest.mark.full
def test_no_change_to_a_rule_goes_unnoticed():
    done = subprocess.run(
        [sys.executable, "-m", "engine.cli", "test", *FOLDERS, "--mutate", "--min-score", "100"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    survived = [line for line in done.stdout.splitlines() if line.lstrip().startswith("survived")]
    assert (done.returncode, survived, done.stderr) == (0, [], "")
