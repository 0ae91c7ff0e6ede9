"""Files of variables fill placeholders; what filled values mean is in tests/cases/placeholders.yml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine import UsageError, load_rules, scan
from engine.load import load, load_text
from engine.rules import Expr, Or, Text
from tests.load.rules import write

RULE = "title: t\nlogsource: {product: test}\ndetection:\n  s: {f|expand: '%who%'}\n  condition: s\n"


def who(*variables: Any, **options: Any) -> Expr:
    ruleset = load_text(RULE, variables=list(variables), **options)
    assert not ruleset.rejected, ruleset.rejected[0]
    return ruleset.rules[0].selections["s"]


def test_yaml_json_and_mappings_are_read(tmp_path: Path):
    (tmp_path / "v.yml").write_text("who: [ann, bob]\n")
    (tmp_path / "v.json").write_text('{"who": ["ann", "bob"]}')
    both = Or((Text("f", ("ann",)), Text("f", ("bob",))))
    assert who(tmp_path / "v.yml") == who(tmp_path / "v.json") == who({"who": ["ann", "bob"]}) == both
    assert load_text(RULE, variables=tmp_path / "v.yml") == load_text(RULE, variables={"who": ["ann", "bob"]})


def test_the_last_file_that_gives_a_name_wins():
    assert who({"who": "ann", "x": 1}, {"who": "bob"}, {"y": 2}) == Text("f", ("bob",))


def test_yaml_is_read_as_rules_are():
    assert who({"who": "no"}) == Text("f", ("no",))
    (rule,) = load_text(RULE, variables={"who": 0.10}).rules
    assert rule.selections["s"] == Text("f", ("0.1",))


def test_more_values_than_pysigma_would_take():
    expr = who({"who": [f"user{number}" for number in range(1_000)]})
    assert isinstance(expr, Or)
    assert len(expr.args) == 1_000


def test_pipelines_see_variables():
    pipeline = "transformations: [{type: value_placeholders, include: [who]}, {type: case, method: upper}]\n"
    assert who({"who": "ann"}, pipelines=[pipeline]) == Text("f", ("ANN",))
    nested = "transformations: [{type: nest, items: [{type: value_placeholders}]}]\n"
    assert who({"who": "ann"}, pipelines=[nested]) == Text("f", ("ann",))


def test_a_rule_is_rejected_by_the_name_of_its_placeholder():
    (error,) = load_text(RULE, "r.yml", variables={"whom": "ann"}).rejected
    assert str(error) == (
        "r.yml:4:17: nothing says what the placeholder %who% stands for\n"
        "  hint: give it a value with --variables FILE, or by a pipeline"
    )


WRONG = [
    ("- a\n", "variables are a mapping", 1, 1),
    ("a: [\n", "broken YAML", 2, 1),
    ("a: 1\na: 2\n", 'the key "a" stands twice', 1, 1),
    ("a: {b: c}\n", 'the variable "a" has a value that is neither text nor number', 1, 4),
    ("a: [b, true]\n", "neither text nor number", 1, 8),
    ("a:\n", "neither text nor number", 1, 3),
    ("b: 1\na: []\n", 'the variable "a" has no values', 2, 4),
    ("'%a%': b\n", '"%a%" is no name of a placeholder', 1, 1),
]


@pytest.mark.parametrize(("text", "said", "line", "column"), WRONG, ids=[case[0] for case in WRONG])
def test_a_file_that_is_wrong_is_wrong_usage_with_its_place(
    text: str, said: str, line: int, column: int, tmp_path: Path
):
    (tmp_path / "v.yml").write_text(text)
    with pytest.raises(UsageError) as caught:
        who(tmp_path / "v.yml")
    assert said in caught.value.fault
    place = caught.value.place
    assert place is not None
    assert (place.path, place.line, place.column) == (str(tmp_path / "v.yml"), line, column)


def test_a_file_that_is_not_there_a_folder_and_what_is_no_data_are_wrong_usage(tmp_path: Path):
    with pytest.raises(UsageError, match="there is no file or folder"):
        who(tmp_path / "v.yml")
    with pytest.raises(UsageError, match="is a folder"):
        who(tmp_path)
    with pytest.raises(UsageError, match="no plain values"):
        who({"who": object()})


def test_the_cache_knows_variables_by_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DETECT_CACHE_DIR", str(tmp_path / "cache"))
    folder, path = write(tmp_path / "rules", a=RULE), tmp_path / "v.yml"
    for name in ("ann", "bob"):
        path.write_text(f"who: {name}\n")
        assert load(folder, variables=path).rules[0].selections["s"] == Text("f", (name,))
        assert load(folder, variables={"who": name}).rules[0].selections["s"] == Text("f", (name,))
    assert load(folder).rejected


def test_the_public_door_takes_variables(tmp_path: Path):
    assert [found.positions for found in scan([{"f": "ann"}, {"f": "x"}], RULE, variables={"who": "ann"})] == [(0,)]
    assert load_rules(RULE, variables=[{"who": "ann"}]) == load_rules(RULE, variables={"who": "ann"})
    with pytest.raises(UsageError, match="variables for rules that are loaded already"):
        scan([], load_rules(RULE, variables={"who": "ann"}), variables={"who": "bob"})
