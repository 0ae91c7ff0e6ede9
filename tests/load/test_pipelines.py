"""Pipelines change what rules look for, as pySigma's do, and never in silence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.errors import UsageError
from engine.load import load, load_text
from engine.match import Detector
from engine.model import Event, LogSource, Ref
from engine.rules import Rule, Ruleset
from tests.load.rules import rule_text, write

HEAD = "title: t\nlogsource: {product: p, service: s}\n"


def rule(selections: str, condition: str = "s") -> str:
    """A rule; one line a selection."""
    lines = "".join(f"  {line}\n" for line in selections.splitlines())
    return f"{HEAD}detection:\n{lines}  condition: {condition}\n"


def pipeline(*items: str, more: str = "") -> str:
    return f"{more}\ntransformations:\n" + "".join(f"- {{{item}}}\n" for item in items)


def loaded(text: str, *pipelines: str | Path) -> Ruleset:
    return load_text(text, "r.yml", pipelines=pipelines)


def only(text: str, *pipelines: str | Path) -> Rule:
    ruleset = loaded(text, *pipelines)
    assert not ruleset.rejected, ruleset.rejected[0]
    return ruleset.rules[0]


def fires(text: str, given: str, event: dict[str, Any]) -> bool:
    ruleset = Ruleset((only(text, given),))
    detector = Detector(ruleset, all_logsources=True)
    return bool(list(detector.detect([Event(None, LogSource("p"), event, Ref("e", 0))])))


MAP = "type: field_name_mapping, mapping: "
VARS = "vars: {users: [ann, 'b*'], one: Eve, dirs: ['C:\\Temp\\', 'D:\\']}"
FILL = pipeline("type: value_placeholders", more=VARS)

CASES = [
    # what it shows, rule, pipeline, events that match, events that do not
    ("a field is renamed", "s: {f: x}", pipeline(MAP + "{f: g}"), [{"g": "x"}], [{"f": "x"}]),
    ("one field becomes any of two", "s: {f: x, o: 1}", pipeline(MAP + "{f: [g, h]}"),
     [{"g": "x", "o": 1}, {"h": "x", "o": 1}], [{"f": "x", "o": 1}, {"g": "x"}]),
    ("several values go along", "s: {f|contains|all: [x, y]}", pipeline(MAP + "{f: [g, h]}"),
     [{"g": "xy"}, {"h": "yx"}], [{"g": "x", "h": "y"}]),
    ("fields in lists of maps are renamed", "s: [{f: x}, {f: y}]", pipeline(MAP + "{f: g}"), [{"g": "y"}],
     [{"f": "x"}]),
    ("the field of a reference is renamed", "s: {f|fieldref: g}", pipeline(MAP + "{g: h}"),
     [{"f": "A", "h": "a"}], [{"f": "a", "g": "a"}]),
    ("a case-sensitive reference stays so", "s: {f|fieldref|cased: g}", pipeline(MAP + "{g: h}"),
     [{"f": "a", "h": "a"}], [{"f": "A", "h": "a"}]),
    ("keywords go into a field", "s: [foo, bar]", pipeline(MAP + "{null: m}"), [{"m": "a foo b"}], [{"o": "foo"}]),
    ("a keyword at the start stays there", "s: {'|startswith': foo}", pipeline(MAP + "{null: m}"),
     [{"m": "food"}], [{"m": "a food"}]),
    ("a prefix of names changes", "s: {a.f: x}", pipeline("type: field_name_prefix_mapping, mapping: {a.: b.}"),
     [{"b": {"f": "x"}}], [{"a": {"f": "x"}}]),
    ("names get a prefix", "s: {f: x}", pipeline("type: field_name_prefix, prefix: ev."), [{"ev": {"f": "x"}}],
     [{"f": "x"}]),
    ("names get a suffix", "s: {f: x}", pipeline("type: field_name_suffix, suffix: .k"), [{"f": {"k": "x"}}],
     [{"f": "x"}]),
    ("only some names", "s: {f: x, g: y}",
     pipeline("type: field_name_prefix, prefix: p., field_name_conditions: [{type: include_fields, fields: [f]}]"),
     [{"p": {"f": "x"}, "g": "y"}], [{"f": "x", "g": "y"}]),
    ("only rules of a logsource", "s: {f: x}",
     pipeline(MAP + "{f: g}, rule_conditions: [{type: logsource, product: other}]"), [{"f": "x"}], [{"g": "x"}]),
    ("only rules of this logsource", "s: {f: x}",
     pipeline(MAP + "{f: g}, rule_conditions: [{type: logsource, product: p}]"), [{"g": "x"}], [{"f": "x"}]),
    ("only rules with a number", "s: {f: 5}",
     pipeline(MAP + "{f: g}, rule_conditions: [{type: contains_detection_item, field: f, value: 5}]"),
     [{"g": 5}], [{"f": 5}]),
    ("a condition is added", "s: {f: x}", pipeline("type: add_condition, conditions: {c: [1, 2]}"),
     [{"f": "x", "c": 2}], [{"f": "x"}, {"c": 1}]),
    ("a condition is added to all", "s: {f: x}\nt: {g: y}",
     pipeline("type: add_condition, conditions: {c|endswith: z}"),
     [{"f": "x", "c": "az"}], [{"f": "x"}]),
    ("a condition is excluded", "s: {f: x}", pipeline("type: add_condition, negated: true, conditions: {c: 1}"),
     [{"f": "x"}], [{"f": "x", "c": 1}]),
    ("a condition is filled from the logsource", "s: {f: x}",
     pipeline("type: add_condition, template: true, conditions: {c: '$product-$service'}"),
     [{"f": "x", "c": "p-s"}], [{"f": "x", "c": "$product"}]),
    ("an item is dropped", "s: {f: x, g: y}",
     pipeline("type: drop_detection_item, field_name_conditions: [{type: include_fields, fields: [g]}]"),
     [{"f": "x"}], [{"g": "y"}]),
    ("text is replaced", "s: {f: 'C:\\\\Windows\\\\*'}",
     pipeline("type: replace_string, regex: '^C:', replacement: 'D:'"),
     [{"f": "D:\\Windows\\a"}], [{"f": "C:\\Windows\\a"}, {"f": "D:\\Windows*"}]),
    ("text is replaced with wildcards", "s: {f: 'a-b'}", pipeline("type: replace_string, regex: '-', replacement: '*'"),
     [{"f": "axxb"}], [{"f": "a"}]),
    ("an escaped star stays one", "s: {f: 'a\\*b'}", pipeline("type: replace_string, regex: 'b', replacement: 'c'"),
     [{"f": "a*c"}], [{"f": "axc"}, {"f": "a*b"}]),
    ("text between wildcards is replaced", "s: {f|contains: a/b}",
     pipeline("type: replace_string, regex: '/', replacement: '_', skip_special: true"), [{"f": "xa_by"}],
     [{"f": "a/b"}]),
    ("case-sensitive text stays so", "s: {f|cased: ab}", pipeline("type: replace_string, regex: b, replacement: c"),
     [{"f": "ac"}], [{"f": "AC"}]),
    ("a part of a date is no text", "s: {f|hour: 5}", pipeline("type: replace_string, regex: '5', replacement: '6'"),
     [{"f": "2024-01-01T05:00:00Z"}], [{"f": "6"}]),
    ("text is mapped", "s: {f: [a, b]}", pipeline("type: map_string, mapping: {a: [x, y]}"),
     [{"f": "x"}, {"f": "y"}, {"f": "b"}], [{"f": "a"}]),
    ("mapped text stays case-sensitive", "s: {f|cased: a}", pipeline("type: map_string, mapping: {a: b}"),
     [{"f": "b"}], [{"f": "B"}]),
    ("keywords are mapped as written", "s: [foo]", pipeline("type: map_string, mapping: {foo: bar}"),
     [{"m": "a bar b"}], [{"m": "foo"}]),
    ("a value is set", "s: {f: x}", pipeline("type: set_value, value: 7"), [{"f": 7}], [{"f": "x"}]),
    ("a number becomes text and back", "s: {f: 5}", pipeline("type: convert_type, target_type: str",
     "type: convert_type, target_type: num"), [{"f": 5.0}], [{"f": 6}]),
    ("case changes", "s: {f|cased: Ab}", pipeline("type: case, method: upper"), [{"f": "AB"}], [{"f": "Ab"}]),
    ("a plain expression minds the case", "s: {f: 'Ab*'}", pipeline("type: regex, method: plain"),
     [{"f": "Abc"}], [{"f": "abc"}, {"f": "xAbc"}]),
    ("another expression does not", "s: {f: Ab}", pipeline("type: regex"), [{"f": "aB"}], [{"f": "xAb"}]),
    ("hashes are split", "s: {Hashes|contains: ['MD5=" + "a" * 32 + "']}",
     pipeline("type: hashes_fields, valid_hash_algos: [MD5], field_prefix: File"), [{"FileMD5": "a" * 32}],
     [{"Hashes": "x"}]),
    ("a value is taken apart", "s: {f: 'k:12'}",
     pipeline("type: extract_fields, regex: '(?P<a>[a-z]+):(?P<b>[0-9]+)', field_prefix: f"),
     [{"f": {"a": "k", "b": 12}}], [{"f": "k:12"}]),
    ("placeholders are filled", "s: {f|expand: '%users%'}", FILL, [{"f": "ANN"}, {"f": "bob"}], [{"f": "%users%"}]),
    ("placeholders inside text are filled", "s: {f|expand|contains: 'u=%users%;'}", FILL,
     [{"f": "x u=ann; y"}], [{"f": "ann"}]),
    ("a filled backslash escapes nothing", "s: {f|expand|startswith: '%dirs%'}", FILL, [{"f": "C:\\Temp\\x"}],
     [{"f": "C:\\Temp"}]),
    ("filled values are alternatives under all", "s: {f|expand|contains|all: ['%users%', '%one%']}", FILL,
     [{"f": "annEve"}, {"f": "b eve"}], [{"f": "ann"}, {"f": "eve"}]),
    ("filled text stays case-sensitive", "s: {f|expand|cased: '%one%'}", FILL, [{"f": "Eve"}], [{"f": "eve"}]),
    ("expressions are filled", "s: {f|re|expand: '^x.*%one%$'}", FILL, [{"f": "x1Eve"}], [{"f": "x.*Eve2"}]),
    ("variants of dashes are filled", "s: {f|expand|windash|contains: ' -u %one%'}", FILL, [{"f": "a /u eve"}],
     [{"f": "eve"}]),
    ("a filled keyword is anywhere", "s: {'|expand': ['%one%']}", FILL, [{"m": "x eve y"}], [{"m": "x"}]),
    ("placeholders become anything", "s: {f|expand: 'a%x%'}", pipeline("type: wildcard_placeholders"),
     [{"f": "abc"}], [{"f": "b"}]),
    ("some placeholders are filled, others anything", "s: {f|expand: '%one%%x%'}",
     pipeline("type: value_placeholders, include: [one]", "type: wildcard_placeholders", more=VARS),
     [{"f": "Eve1"}], [{"f": "x"}]),
    ("nested items fill too", "s: {f|expand: '%one%'}",
     pipeline("type: nest, items: [{type: value_placeholders}, {type: field_name_prefix, prefix: n.}]", more=VARS),
     [{"n": {"f": "Eve"}}], [{"f": "Eve"}]),
    ("state is seen by later items", "s: {f: x}",
     pipeline("type: set_state, key: k, val: v",
              MAP + "{f: g}, rule_conditions: [{type: processing_state, key: k, val: v}]"),
     [{"g": "x"}], [{"f": "x"}]),
]  # fmt: skip


@pytest.mark.parametrize(("what", "body", "given", "yes", "no"), CASES, ids=[case[0] for case in CASES])
def test_what_a_pipeline_does_shows_in_what_matches(
    what: str, body: str, given: str, yes: list[dict[str, Any]], no: list[dict[str, Any]]
) -> None:
    text = rule(body, "1 of them")
    assert [event for event in yes if not fires(text, given, event)] == []
    assert [event for event in no if fires(text, given, event)] == []


DROP = pipeline("type: drop_detection_item, field_name_conditions: [{type: include_fields, fields: [g]}]")


@pytest.mark.parametrize("condition", ["s and g", "s and not g", "g or s", "s and (g or g)", "all of them"])
def test_a_selection_that_is_dropped_whole_leaves_the_condition(condition: str) -> None:
    text = rule("s: {f: x}\ng: {g: y}", condition)
    assert list(only(text, DROP).selections) == ["s"]
    assert fires(text, DROP, {"f": "x"})
    assert fires(text, DROP, {"f": "x", "g": "y"})
    assert not fires(text, DROP, {"g": "y"})


def test_an_added_condition_is_outside_of_them_and_called_the_same_in_every_run() -> None:
    given = pipeline("type: add_condition, conditions: {c: 1}", "type: add_condition, name: mine, conditions: {d: 1}")
    rules = [only(rule("s: {f: x}\nt: {g: y}", "1 of them"), given) for _ in range(2)]
    assert rules[0] == rules[1]
    assert list(rules[0].selections) == ["s", "t", "_cond_1", "_mine"]
    assert not fires(rule("s: {f: x}", "1 of them"), given, {"c": 1, "d": 1})


def test_every_condition_of_a_list_gets_the_addition() -> None:
    text, given = rule("s: {f: x}\nt: {g: y}", "[s, t]"), pipeline("type: add_condition, conditions: {c: 1}")
    assert fires(text, given, {"g": "y", "c": 1})
    assert not fires(text, given, {"g": "y"})


def test_the_logsource_and_the_fields_of_a_rule_change() -> None:
    given = pipeline(
        "type: change_logsource, product: q, category: c", MAP + "{f: [g, h]}", "type: add_field, field: z"
    )
    changed = only(HEAD + "fields: [f, 5]\ndetection: {s: {f: x}, condition: s}\n", given)
    assert changed.logsource == LogSource("q", None, "c")
    assert changed.fields == ("g", "h", "5", "z")


def test_state_of_one_rule_is_not_seen_by_the_next() -> None:
    given = pipeline(
        "type: set_state, key: k, val: v, rule_conditions: [{type: rule_attribute, attribute: title, value: Rule 1}]",
        MAP + "{f: g}, rule_conditions: [{type: processing_state, key: k, val: v}]",
    )
    ruleset = loaded(f"{rule_text(1)}---\n{rule_text(2)}", given)
    assert [str(rule.selections["selection"].field) for rule in ruleset.rules] == ["g", "f"]  # type: ignore[union-attr]


def test_pipelines_are_applied_by_priority_and_then_in_order(tmp_path: Path) -> None:
    def step(source: str, target: str, priority: int) -> str:
        return pipeline(MAP + f"{{{source}: {target}}}", more=f"priority: {priority}")

    def field(*pipelines: str | Path) -> str:
        return only(rule("s: {f: x}"), *pipelines).selections["s"].field  # type: ignore[union-attr]

    assert field(step("f", "a", 1), step("a", "b", 1)) == "b"
    assert field(step("a", "b", 1), step("f", "a", 1)) == "a"
    assert field(step("a", "b", 2), step("f", "a", 1)) == "b"
    assert field(write(tmp_path, **{"2": step("a", "b", 0), "1": step("f", "a", 0)})) == "b"


REJECTED = [
    ("s: {f: x}", pipeline("type: rule_failure, message: not with us"), "not with us", 1),
    ("s: {g: y, f: x}", pipeline("type: detection_item_failure, message: not this, field_name_conditions: "
     "[{type: include_fields, fields: [f]}]"), "not this", 4),
    ("s: {f: x}", pipeline(MAP + "{g: h}", "type: strict_field_mapping_failure"), "not mapped: f", 1),
    ("s: {g: y}", DROP, "leave nothing of the condition", 1),
    ("s: {f|expand: '%none%'}", FILL, "none", 4),
    ("s: {f|expand: '%x%'}", pipeline(MAP + "{f: g}"), "placeholder %x%", 4),
    ("s: {f|expand: '%x%'}", pipeline("type: query_expression_placeholders, expression: '{field} in {id}'"),
     "a query expression", 4),
    ("s: {f: x}", pipeline("type: convert_type, target_type: num"), 'number of "x"', 4),
    ("s: {f: x}", pipeline("type: add_condition, name: _s, conditions: {f: 1}",
     "type: add_condition, name: _s, conditions: {f: 1}"), '"_s", which the rule has', 1),
    ("s: {f: x}", pipeline("type: add_condition, conditions: {f|no: 1}"), 'unknown modifier "no"', 1),
    ("s: {f: x}", pipeline("type: change_logsource"), "refuses the rule", 1),
    ("s: {Hashes|neq: MD5=" + "a" * 32 + "}", pipeline("type: hashes_fields, valid_hash_algos: [MD5]"), '"neq"', 4),
]  # fmt: skip


@pytest.mark.parametrize(("body", "given", "said", "line"), REJECTED, ids=[case[2] for case in REJECTED])
def test_a_rule_that_a_pipeline_makes_unusable_is_rejected_at_its_place(
    body: str, given: str, said: str, line: int
) -> None:
    ruleset = loaded(rule(body), given)
    assert not ruleset.rules
    (error,) = ruleset.rejected
    assert said in error.fault
    assert error.place is not None
    assert (error.place.path, error.place.line) == ("r.yml", line)


WRONG = [
    ("a: [\n", "broken YAML", None),
    ("\n", "empty", None),
    ("- a\n- b\n", "no processing pipeline", 1),
    (rule("s: {f: x}"), "this is no processing pipeline", 1),
    (pipeline("type: field_name_maping, mapping: {}"), 'unknown transformation "field_name_maping"', 3),
    (pipeline("mapping: {}"), "without a type", 3),
    (pipeline("type: set_state, kee: 1"), '"set_state" is wrong', 3),
    (pipeline("type: set_state, key: k, val: 1, rule_conditions: [{type: nosuch}]"), "nosuch", 3),
    (pipeline("type: field_name_mapping"), "mapping is missing", 3),
    (pipeline("type: map_string, mapping: {a: 5}"), "no text", 3),
    (pipeline("type: set_state, key: k, val: 1, rule_cond_not: no"), "neither true nor false", 3),
    (pipeline("type: set_state, key: k, val: 1, rule_cond_op: xor"), 'neither "and" nor "or"', 3),
    (pipeline("type: file_placeholders, path: x"), "reads what is not part", 3),
    (pipeline("type: nest, items: [{type: nosuch}]"), 'unknown transformation "nosuch"', 3),
    (pipeline("type: replace_string, regex: '(', replacement: x"), "replace_string", 3),
    (pipeline(more="priority: high"), "priority", 1),
    (pipeline(more="transformation: []"), '"transformation" means nothing', 1),
    (pipeline() + "---\n" + pipeline(), "more than one document", None),
]


@pytest.mark.parametrize(("given", "said", "line"), WRONG, ids=[case[1] for case in WRONG])
def test_a_pipeline_that_is_wrong_is_wrong_usage_with_its_place(
    tmp_path: Path, given: str, said: str, line: int | None
) -> None:
    path = tmp_path / "p.yml"
    path.write_text(given)
    with pytest.raises(UsageError) as caught:
        loaded(rule("s: {f: x}"), path)
    assert said in caught.value.fault
    assert caught.value.place is not None
    assert caught.value.place.path == str(path)
    assert line is None or caught.value.place.line == line


def test_a_pipeline_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no file or folder"):
        loaded(rule("s: {f: x}"), tmp_path / "p.yml")
    with pytest.raises(UsageError, match="holds no pipeline"):
        loaded(rule("s: {f: x}"), tmp_path)


def test_what_changes_queries_only_is_warned_of() -> None:
    ruleset = loaded(rule("s: {f: x}"), pipeline(more="finalizers: [{type: concat}]"))
    assert ruleset.warnings == ('<pipeline>:1:1: "finalizers" changes queries, of which there are none here',)
    assert len(ruleset.rules) == 1


def test_the_cache_knows_pipelines_by_content_and_a_warm_load_does_without_pysigma(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DETECT_CACHE_DIR", str(tmp_path / "cache"))
    rules, path = write(tmp_path / "rules", a=rule("s: {f: x}")), tmp_path / "p.yml"
    for target in ("g", "h"):
        path.write_text(pipeline(MAP + f"{{f: {target}}}"))
        assert load([rules], pipelines=[path]).rules[0].selections["s"].field == target  # type: ignore[union-attr]
    assert load([rules]).rules[0].selections["s"].field == "f"  # type: ignore[union-attr]
    code = (
        "import sys; from engine.load import load\n"
        "rule, = load([sys.argv[1]], pipelines=[sys.argv[2]]).rules\n"
        "print(rule.selections['s'].field, 'sigma' in sys.modules, 'yaml' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, rules, path], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["h", "False", "False"]
