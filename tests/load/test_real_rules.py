"""Every public rule that is meant to load loads, with the meaning that pySigma gives it."""

from __future__ import annotations

import tarfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.load import load
from engine.rules import And, Expr, Not, Or, Rule, Ruleset, Selection


def unpacked(archive: Path, target: Path) -> Path:
    if not archive.is_file():
        pytest.skip(f"needs {archive.name}")
    with tarfile.open(archive) as tar:
        tar.extractall(target, filter="data")
    return target


@pytest.fixture(scope="module")
def sigmahq(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpacked(shared_data / "rules" / "sigmahq.tar.gz", tmp_path_factory.mktemp("sigmahq"))


@pytest.fixture(scope="module")
def main(sigmahq: Path) -> Ruleset:
    return load(sigmahq / "rules", cache=False)


def leaves(expr: Expr) -> Iterator[Any]:
    if isinstance(expr, (And, Or)):
        for arg in expr.args:
            yield from leaves(arg)
    elif isinstance(expr, Not):
        yield from leaves(expr.arg)
    else:
        yield expr


def test_the_main_set_loads_whole(main: Ruleset) -> None:
    assert (len(main.rules), main.rejected, main.warnings) == (3141, (), ())


def test_its_predicates_are_of_the_kinds_that_pysigma_counts(main: Ruleset) -> None:
    counts = Counter(
        f"keyword {type(leaf).__name__}" if getattr(leaf, "field", "") is None else type(leaf).__name__
        for rule in main.rules
        for selection in rule.selections.values()
        for leaf in leaves(selection)
    )
    assert counts["Cidr"] == 322
    assert counts["Regex"] == 171
    assert counts["Null"] == 83
    assert counts["FieldRef"] == 4
    assert counts["Bool"] == 3
    assert counts["Number"] == 760
    assert counts["keyword Text"] == 635
    assert counts["Text"] > 36_000


def test_what_needs_a_pipeline_is_rejected_by_the_placeholders_name(sigmahq: Path) -> None:
    ruleset = load(sigmahq / "rules-placeholder", cache=False)
    assert (len(ruleset.rules), len(ruleset.rejected)) == (0, 23)
    assert all("placeholder %" in error.fault for error in ruleset.rejected)
    known = load(sigmahq / "rules-emerging-threats", cache=False).rejected
    assert ["%known_cdcs%" in error.fault for error in known] == [True, True]


def test_suzaku_rules_that_occur_twice_load_once(shared_data: Path, tmp_path: Path) -> None:
    folder = unpacked(shared_data / "rules" / "suzaku-rules.tar.gz", tmp_path)
    ruleset = load(folder, cache=False)
    ids = [rule.id for rule in ruleset.rules if rule.id]
    assert len(ids) == len(set(ids))
    assert not [error for error in ruleset.rejected if "same id" not in error.fault]
    assert "5 correlations are not evaluated by this version" in ruleset.warnings


@pytest.mark.full
def test_the_meaning_is_what_pysigma_makes_of_it(main: Ruleset) -> None:
    from tests.load.pysigma_tree import flat, ours, theirs

    differing = [rule.path for rule in main.rules if flat(ours(rule.condition, rule)) != theirs(rule)]
    assert differing == []


def test_every_rule_names_only_selections_it_has(main: Ruleset) -> None:
    def undefined(rule: Rule) -> list[str]:
        return [
            leaf.name
            for leaf in leaves(rule.condition)
            if isinstance(leaf, Selection) and leaf.name not in rule.selections
        ]

    assert [rule.path for rule in main.rules if undefined(rule)] == []
