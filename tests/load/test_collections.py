"""`action:` documents make several rules of one file."""

from __future__ import annotations

from engine.load import load_text
from engine.rules import Text

GLOBAL = "action: global\ntitle: shared\nlogsource: {product: p}\nlevel: high\n"


def test_a_global_document_gives_to_all_that_follow() -> None:
    one = "detection: {a: {f: 1}, condition: a}\n"
    two = "detection: {a: {f: 2}, condition: a}\nlevel: low\n"
    ruleset = load_text(f"{GLOBAL}---\n{one}---\n{two}")
    assert not ruleset.rejected
    assert [(rule.title, rule.level.name, rule.line) for rule in ruleset.rules] == [
        ("shared", "high", 6),
        ("shared", "high", 8),  # what the global document says wins, as in pySigma
    ]


def test_mappings_are_merged_key_by_key() -> None:
    shared = "action: global\nlogsource: {product: p}\ndetection: {condition: a}\n"
    (rule,) = load_text(f"{shared}---\ntitle: t\nlogsource: {{service: s}}\ndetection: {{a: {{f: x}}}}\n").rules
    assert (rule.logsource.product, rule.logsource.service) == ("p", "s")
    assert rule.selections == {"a": Text("f", ("x",))}


def test_reset_ends_it() -> None:
    ruleset = load_text(f"{GLOBAL}---\naction: reset\n---\ntitle: t\ndetection: {{a: {{f: 1}}, condition: a}}\n")
    assert [error.fault for error in ruleset.rejected] == ["the rule has no logsource"]


def test_repeat_changes_the_rule_before() -> None:
    first = "title: one\nlogsource: {product: p}\ndetection: {a: {f: x}, condition: a}\n"
    repeat = "action: repeat\ntitle: two\ndetection: {a: {f: y}}\n"
    ruleset = load_text(f"{first}---\n{repeat}")
    assert [(rule.title, rule.selections["a"]) for rule in ruleset.rules] == [
        ("one", Text("f", ("x",))),
        ("two", Text("f", ("y",))),
    ]


def test_plain_documents_side_by_side_are_rules_of_their_own() -> None:
    text = "title: {0}\nlogsource: {{product: p}}\ndetection: {{a: {{f: {0}}}, condition: a}}\n"
    ruleset = load_text("---\n".join(text.format(name) for name in ("x", "y")))
    assert [rule.title for rule in ruleset.rules] == ["x", "y"]
