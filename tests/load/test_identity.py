"""A rule is known by its id, else its name, else its content."""

from __future__ import annotations

from pathlib import Path

from engine.load import load, load_text
from tests.load.rules import ID, rule_text, write


def test_the_key_is_the_id_then_the_name_then_the_content() -> None:
    body = "logsource: {product: p}\ndetection: {a: {f: x}, condition: a}\n"
    id = "AAAAAAAA-0000-4000-8000-000000000001"
    keys = [
        load_text(head + body).rules[0].key
        for head in (f"title: t\nid: {id}\nname: n\n", "title: t\nname: n\n", "title: t\n")
    ]
    assert keys[:2] == [id.lower(), "n"]
    assert len(keys[2]) == 32


def test_the_same_content_has_the_same_key_however_it_is_laid_out() -> None:
    one = load_text("title: t\nlogsource: {product: p}\ndetection: {a: {f: x}, condition: a}\n").rules[0]
    two = load_text("# c\ntitle: 't'\ndetection:\n  condition: a\n  a:\n    f: x\nlogsource:\n  product: p\n").rules[0]
    assert one.key == two.key


def test_the_same_id_and_content_twice_loads_once(tmp_path: Path) -> None:
    write(tmp_path, a=rule_text(1), b="# again\n" + rule_text(1))
    ruleset = load(tmp_path, cache=False)
    assert [rule.path for rule in ruleset.rules] == [str(tmp_path / "a.yml")]
    assert (ruleset.rejected, ruleset.warnings) == ((), ())


def test_the_same_id_with_other_content_names_both_places(tmp_path: Path) -> None:
    write(tmp_path, a=rule_text(1), b=rule_text(1, value="y"))
    ruleset = load(tmp_path, cache=False)
    assert len(ruleset.rules) == 1
    (error,) = ruleset.rejected
    assert str(error.place) == f"{tmp_path / 'b.yml'}:2:5"
    assert f"{tmp_path / 'a.yml'}:2:5" in error.fault
    assert ID.format(1) in error.fault


def test_a_rejected_rule_does_not_take_the_id(tmp_path: Path) -> None:
    write(tmp_path, a=rule_text(1).replace("{f: x}", "{f|bad: x}"), b=rule_text(1))
    assert len(load(tmp_path, cache=False).rules) == 1


def test_rules_may_share_a_title() -> None:
    assert len(load_text(rule_text(1, title="t") + "---\n" + rule_text(2, title="t")).rules) == 2
