"""Native rules are loaded beside Sigma's, chosen and cached like them, and told precisely what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.errors import RuleError
from engine.load import load, load_text, requirements, select
from engine.match import Detector
from engine.model import Event, Ref
from engine.rules import Ruleset

HEAD = "title: Native\nlanguage: jmespath\nlogsource: {product: test}\n"
SIGMA = "title: Sigma\nlogsource: {product: test}\ndetection: {a: {eventName: X}, condition: a}\n"


def fault(text: str) -> RuleError:
    (error,) = load_text(HEAD + text, "rule.yml").rejected
    return error


def fired(ruleset: Ruleset, **fields: Any) -> list[str]:
    found = Detector(ruleset, all_logsources=True).detect([Event(None, None, fields, Ref("log", 1))])
    return [detection.rule.title for detection in found]


# Beside Sigma


def test_native_rules_and_sigma_rules_stand_side_by_side(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(f"{SIGMA}---\n{HEAD}match: eventName == 'X'\n")
    (tmp_path / "b.yml").write_text(HEAD.replace("Native", "Other") + "match: eventName == 'Y'\n")
    ruleset = load([tmp_path], cache=False)
    assert not ruleset.rejected
    assert [rule.title for rule in ruleset.rules] == ["Sigma", "Native", "Other"]
    assert fired(ruleset, eventName="X") == ["Sigma", "Native"]
    assert fired(ruleset, eventName="x") == ["Sigma"]
    assert [rule.title for rule in select(ruleset, rules=["other"]).rules] == ["Other"]


def test_a_native_rule_comes_out_of_the_cache_as_it_went_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DETECT_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "a.yml").write_text(
        f"{HEAD}match: a == 'x' && length(b) > `1` || !contains(c, 'y')\n---\n{HEAD}match: 'a ='\n"
    )
    first, again = (load([tmp_path / "a.yml"]) for _ in range(2))
    assert list((tmp_path / "cache" / "rules").glob("*.msgpack"))
    assert again.rules == first.rules
    assert [str(error) for error in again.rejected] == [str(error) for error in first.rejected]
    assert "^" in str(again.rejected[0])


def test_the_same_id_means_the_same_rule_whatever_its_language() -> None:
    known = "id: 0b6c53a2-5f1e-4f4c-8a55-1f0f7c2f3a01\n"
    native = f"{HEAD}{known}match: a\n"
    assert len(load_text(f"{native}---\n{native}").rules) == 1
    (error,) = load_text(f"{native}---\n{SIGMA}{known}").rejected
    assert "the same id as the rule at" in error.fault


def test_a_document_of_sigma_may_have_a_key_called_language() -> None:
    ruleset = load_text(f"{SIGMA}language: en\n")
    assert [rule.title for rule in ruleset.rules] == ["Sigma"]


def test_match_without_a_language_is_said() -> None:
    (error,) = load_text("title: x\nlogsource: {product: test}\nmatch: a == 'x'\n").rejected
    assert (error.fault, error.hint) == ('a rule with "match" does not say its language', 'add "language: jmespath"')


def test_a_native_rule_needs_the_fields_that_its_expressions_look_up() -> None:
    (rule,) = load_text(f"{HEAD}match: eventName == 'X' && length(requestParameters.items[?a]) > `1`\n").rules
    needs = requirements(rule)
    assert (needs.fields, needs.keywords) == (("eventName", "requestParameters"), False)


def test_filters_are_joined_to_native_rules() -> None:
    native = f"{HEAD}name: stopped\nmatch: eventName == 'X'\n"
    keep_out = (
        "---\ntitle: F\nlogsource: {product: test}\nfilter: {rules: [stopped], s: {user: svc}, condition: not s}\n"
    )
    ruleset = load_text(native + keep_out)
    assert not ruleset.rejected
    assert fired(ruleset, eventName="X") == ["Native"]
    assert fired(ruleset, eventName="X", user="svc") == []


def test_pipelines_leave_native_rules_as_written_and_that_is_said() -> None:
    renaming = "transformations:\n- {type: field_name_mapping, mapping: {eventName: renamed}}\n"
    ruleset = load_text(f"{SIGMA}---\n{HEAD}match: eventName == 'X'\n", pipelines=[renaming])
    assert fired(ruleset, eventName="X") == ["Native"]
    assert fired(ruleset, renamed="X") == ["Sigma"]
    assert "1 native rule is as written: pipelines change Sigma rules only" in ruleset.warnings


def test_detections_say_which_expressions_held_and_what_the_plain_ones_saw() -> None:
    call, many = "\"eventName == 'X' && userIdentity.type\"", "length(ids) > `1`"
    ruleset = load_text(f"{HEAD}detection: {{call: {call}, many: {many}, condition: call and many}}\n")
    record = {"eventName": "X", "ids": [1, 2], "userIdentity": {"type": ["Root", "x"]}}
    (found,) = Detector(ruleset, all_logsources=True).detect([Event(None, None, record, Ref("log", 1))])
    assert found.selections == ("call", "many")
    assert [tuple(one) for one in found.matched] == [
        ("call", "eventName", "X"),
        ("call", "userIdentity.type", ["Root", "x"]),
    ]


# YAML


def test_yaml_is_read_as_yaml_1_2() -> None:
    (rule,) = load_text(
        f"{HEAD}author: no\ntags: [attack.t1078]\ndescription: 012345678901\nmatch: a == '0123'\n"
    ).rules
    assert (rule.author, rule.description) == ("no", "012345678901")


def test_a_key_that_stands_twice_is_refused_with_both_lines() -> None:
    error = fault("match: a\nmatch: b\n")
    assert "again in line 5" in error.fault


def test_an_alias_bomb_is_refused() -> None:
    bomb = "x0: &x0 [a, a, a, a, a, a, a, a, a]\n"
    bomb += "".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]\n" for n in range(1, 9))
    assert "aliases expand" in fault(f"match: a\n{bomb}").fault


@pytest.mark.parametrize("expression", ["!a", "!contains(a, 'x')", "!(a.b) && c"])
def test_an_exclamation_mark_without_quotes_is_a_tag_and_that_is_explained(expression: str) -> None:
    for error in load_text(f"{HEAD}match: {expression}\n").rejected[:1]:
        assert "!" in (error.hint or ""), error
        assert "quote" in (error.hint or ""), error


def test_all_faults_of_a_rule_are_reported_in_the_order_of_their_lines() -> None:
    text = "titel: x\nlanguage: jmespath\nlogsource: {product: test}\ndetection: {a: b =, c: 5, condition: a}\n"
    lines = [error.place.line for error in load_text(text).rejected if error.place]
    assert lines == sorted(lines)
    assert len(lines) == 4  # the head has one at a time


# Where it is


@pytest.mark.parametrize(
    ("text", "place", "line", "caret"),
    [
        ("match: a == 'x' & b", (4, 17), "match: a == 'x' & b", "&"),
        ("match: 'a == ''x'' $ b'", (4, 20), "match: 'a == ''x'' $ b'", "$"),
        (r'match: "a == \"x\" $ b"', (4, 20), r'match: "a == \"x\" $ b"', "$"),
        (r'match: "\x61\u0062 $"', (4, 20), r'match: "\x61\u0062 $"', "$"),
        ("match: |\n  a == 'x' &&\n    b $ c", (6, 7), "    b $ c", "$"),
        ("match: >-\n  a == 'x' &&\n\n  b\n    $ c", (8, 5), "    $ c", "$"),
        ("match: a ==\n  'x' &&\n  b $ c", (6, 5), "  b $ c", "$"),
        ("match: \"a ==\n  'x' \\\n  && $ c\"", (6, 6), '  && $ c"', "$"),
        ("detection:\n  a: b == 'é' $\n  condition: a", (5, 15), "  a: b == 'é' $", "$"),
        ("match: length(a) || contans(b)", (4, 21), "match: length(a) || contans(b)", "contans"),
        ("match: (a", (4, 10), "match: (a", ""),
        ("match: |\n  a &&\n\n", (5, 7), "  a &&", ""),
    ],
)
def test_a_fault_points_at_the_character(text: str, place: tuple[int, int], line: str, caret: str) -> None:
    error = fault(text)
    assert error.place is not None
    assert (error.place.line, error.place.column) == place, error
    shown, below = str(error.shown).split("\n")
    assert shown == f"    {line}"
    assert shown[below.index("^") :].startswith(caret)
    assert below.strip() == "^"


def test_of_a_long_line_the_part_at_fault_is_shown() -> None:
    error = fault("match: " + " || ".join(f"field{n} == 'x'" for n in range(100)) + " $")
    shown, below = str(error.shown).split("\n")
    assert len(shown) < 120
    assert shown[below.index("^")] == "$"
    assert shown.lstrip().startswith("…")


# Hostile


HOSTILE = {
    "parentheses": "(" * 4_000 + "a" + ")" * 4_000,
    "nots": "!" * 5_000 + "a",
    "brackets": "[" * 3_000 + "a" + "]" * 3_000,
    "filters": "a[?" * 2_000 + "b" + "]" * 2_000,
    "calls": "length(" * 1_000 + "a" + ")" * 1_000,
    "a deep literal": "a == `" + "[" * 3_000 + "]" * 3_000 + "`",
    "length": "a || " * 5_000 + "b",
    "digits": f"a[{'9' * 5_000}]",
    "flattening": "a" + "[]" * 1_000,
}


@pytest.mark.parametrize("expression", HOSTILE.values(), ids=HOSTILE)
def test_an_expression_that_would_break_a_parser_is_refused_with_a_reason(expression: str) -> None:
    error = fault("match: >-\n  " + expression + "\n")
    assert any(word in error.fault for word in ("nested deeper", "more than 10,000 characters", "cannot be read"))


@pytest.mark.parametrize(
    "expression",
    [
        " || ".join(f"a.b == 'x{n}'" for n in range(590)),
        " && ".join(f"contains(f{n}, 'x')" for n in range(350)),
        " || ".join(f"contains(f{n}, 'x')" for n in range(350)),
        "a == `" + "9" * 4_000 + "`",
        "a == `" + '"' + "x" * 9_000 + '"`',
        '"' + "x" * 9_000 + '" == `1`',
        'a == `"\\ud800"` && contains(b, `"\\ud800"`) || starts_with("\\ud800", \'x\')',
        " | ".join(["a"] * 2_000),
        "a" + "[0]" * 3_000,
    ],
    ids=["or", "and", "or of what may fail", "digits", "text", "name", "surrogate", "pipes", "indexes"],
)
def test_a_long_expression_loads_and_matches(expression: str) -> None:
    ruleset = load_text(f"{HEAD}match: |\n  {expression}\n")
    assert not ruleset.rejected, ruleset.rejected[0]
    assert fired(ruleset, a={"b": "x589"}, b="y", c=[]) == (["Native"] if "x589" in expression else [])
    assert len(ruleset.digest) == 32
