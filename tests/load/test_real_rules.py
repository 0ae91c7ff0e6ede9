"""Every public rule that is meant to load loads, with the meaning that pySigma gives it."""

from __future__ import annotations

import re
import tarfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.load import load
from engine.rules import And, Expr, Not, Or, Rule, Ruleset, Selection, Text


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
    assert all("nothing says what the placeholder" in error.fault for error in ruleset.rejected)
    known = load(sigmahq / "rules-emerging-threats", cache=False).rejected
    assert ["%known_cdcs%" in error.fault for error in known] == [True, True]


def test_the_other_sets_load_but_for_what_needs_a_value(sigmahq: Path) -> None:
    emerging = load(sigmahq / "rules-emerging-threats", cache=False)
    assert len(emerging.rules) > 400
    assert {error.fault for error in emerging.rejected} == {"nothing says what the placeholder %known_cdcs% stands for"}
    hunting = load(sigmahq / "rules-threat-hunting", cache=False)
    assert len(hunting.rules) > 100
    assert hunting.rejected == ()


def test_with_variables_every_placeholder_rule_loads(sigmahq: Path) -> None:
    folders = [sigmahq / "rules-placeholder", sigmahq / "rules-emerging-threats"]
    unfilled = load(folders, cache=False).rejected
    names = {name for error in unfilled for name in re.findall(r"%([^% ]+)%", error.fault)}
    filled = load(folders, cache=False, variables={name: [f"{name}-1", f"{name}-2"] for name in names})
    assert filled.rejected == ()
    used = {leaf.pattern for rule in filled.rules for each in rule.selections.values() for leaf in leaves(each)
            if isinstance(leaf, Text) and any(f"{name}-2" in leaf.pattern for name in names)}  # fmt: skip
    assert {name for name in names if any(f"{name}-2" in pattern for pattern in used)} == names


def test_a_filter_for_any_rule_is_joined_to_every_rule_of_its_log_source(sigmahq: Path, main: Ruleset) -> None:
    filter = "title: F\nlogsource: {product: aws}\nfilter: {rules: any, s: {awsRegion: x}, condition: not s}\n"
    ruleset = load([sigmahq / "rules"], texts=[filter], cache=False)
    assert (len(ruleset.rules), ruleset.rejected, ruleset.warnings) == (3141, (), ())
    joined = [rule.key for rule in ruleset.rules if rule.filters]
    assert joined == [rule.key for rule in main.rules if rule.logsource.product == "aws"]
    assert len(joined) > 50


def test_suzaku_rules_that_occur_twice_load_once(shared_data: Path, tmp_path: Path) -> None:
    folder = unpacked(shared_data / "rules" / "suzaku-rules.tar.gz", tmp_path)
    ruleset = load(folder, cache=False)
    ids = [rule.id for rule in ruleset.rules if rule.id]
    assert len(ids) == len(set(ids))
    assert not [error for error in ruleset.rejected if "same id" not in error.fault]
    assert len(ruleset.correlations) == 5


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
