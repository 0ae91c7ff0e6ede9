"""Which files of a folder are rules, and what is said of the others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.errors import UsageError
from engine.load import load
from tests.load.rules import rule_text, write


def titles(*paths: Path | str) -> list[str]:
    ruleset = load(paths, cache=False)
    assert not ruleset.rejected, ruleset.rejected[0]
    return [rule.title for rule in ruleset.rules]


def test_a_folder_is_searched_in_order_of_names(tmp_path: Path) -> None:
    write(tmp_path, b=rule_text(2), a__z=rule_text(1), c=rule_text(3))
    (tmp_path / "d.yaml").write_text(rule_text(4))
    (tmp_path / "e.txt").write_text(rule_text(5))
    assert titles(tmp_path) == ["Rule 1", "Rule 2", "Rule 3", "Rule 4"]


def test_rules_know_their_path_as_the_user_named_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, rules__aws__a="# comment\n" + rule_text(1))
    monkeypatch.chdir(tmp_path)
    (rule,) = load("rules", cache=False).rules
    assert (rule.path, rule.line) == ("rules/aws/a.yml", 2)


def test_what_stands_beside_rules_is_passed_over_silently(tmp_path: Path) -> None:
    write(
        tmp_path,
        **{
            "a": rule_text(1),
            "a.test": "- event: {}\n",
            "b_test": "- event: {}\n",
            "pipelines__p": "name: p\n",
            "p": "name: p\ntransformations: []\n",
            "derived": "fields: [{name: a, from: b}]\n",
            ".hidden__x": "[",
            ".dot": "[",
            "empty": "",
            "comment": "# nothing\n",
        },
    )
    ruleset = load(tmp_path, cache=False)
    assert (len(ruleset.rules), ruleset.rejected, ruleset.warnings) == (1, (), ())


def test_yaml_that_is_no_rule_is_counted(tmp_path: Path) -> None:
    write(tmp_path, a=rule_text(1), b="version: 2\n", c="[1, 2]\n", d="word\n", e="x: y\n")
    (warning,) = load(tmp_path, cache=False).warnings
    assert warning.startswith("4 YAML files hold no Sigma rule: ")
    assert warning.endswith("and 1 more")


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("a.yml", "version: 2\n", "the file is no Sigma rule"),
        ("a.yml", "", "the file is empty"),
        ("a.yml", "name: p\ntransformations: []\n", "the file is a processing pipeline"),
        ("a.test.yml", "- event: {}\n", "the file holds tests, not rules"),
    ],
)
def test_named_outright_it_has_to_be_a_rule(tmp_path: Path, name: str, text: str, fault: str) -> None:
    (tmp_path / name).write_text(text)
    (error,) = load(tmp_path / name, cache=False).rejected
    assert error.fault == fault
    assert error.place is not None
    assert error.place.path == str(tmp_path / name)


def test_a_file_named_outright_may_have_any_name(tmp_path: Path) -> None:
    (tmp_path / "rule.sigma").write_text(rule_text(1))
    assert titles(tmp_path / "rule.sigma") == ["Rule 1"]


def test_a_path_that_is_not_there_is_a_wrong_call(tmp_path: Path) -> None:
    write(tmp_path, rules__a=rule_text(1))
    with pytest.raises(UsageError, match="there is no file or folder") as caught:
        load(tmp_path / "rule", cache=False)
    assert caught.value.hint == f'did you mean "{tmp_path / "rules"}"?'


def test_a_file_reached_twice_is_read_once(tmp_path: Path) -> None:
    write(tmp_path, a=rule_text(1), b="title: broken\nlogsource: {product: x}\n")
    ruleset = load([tmp_path, tmp_path / "a.yml", tmp_path], cache=False)
    assert (len(ruleset.rules), len(ruleset.rejected)) == (1, 1)


def test_a_link_that_leads_back_up_ends(tmp_path: Path) -> None:
    write(tmp_path, a__b=rule_text(1))
    os.symlink(tmp_path, tmp_path / "a" / "up")
    assert len(load(tmp_path, cache=False).rules) == 1


def test_a_file_that_cannot_be_read_is_rejected_and_the_others_load(tmp_path: Path) -> None:
    write(tmp_path, a=rule_text(1))
    os.symlink(tmp_path / "nowhere", tmp_path / "b.yml")
    ruleset = load(tmp_path, cache=False)
    assert len(ruleset.rules) == 1
    assert ruleset.rejected[0].fault == "the file cannot be read: No such file or directory"


def test_what_is_no_regular_file_is_said_and_not_waited_for(tmp_path: Path) -> None:
    write(tmp_path, a=rule_text(1))
    os.mkfifo(tmp_path / "b.yml")
    ruleset = load(tmp_path, cache=False)
    assert len(ruleset.rules) == 1
    assert ruleset.rejected[0].fault == "the file cannot be read: it is not a regular file"


def test_a_name_of_any_bytes_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.yml")).write_text(rule_text(1))
    ruleset = load(tmp_path, cache=False)
    assert ruleset.rules[0].path == f"{tmp_path}/caf\ufffd.yml"
    assert ruleset.digest


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_may_not_be_read_is_said(tmp_path: Path) -> None:
    write(tmp_path, a=rule_text(1), closed__b=rule_text(2))
    (tmp_path / "closed").chmod(0)
    ruleset = load(tmp_path, cache=False)
    (tmp_path / "closed").chmod(0o700)
    assert (len(ruleset.rules), ruleset.rejected[0].fault) == (1, "the file cannot be read: Permission denied")


def test_all_faults_come_together_in_order_and_the_others_load(tmp_path: Path) -> None:
    broken = "title: {}\nlogsource: {{product: x}}\ndetection: {{a: {{f|bad: 1}}, condition: a}}\n"
    write(tmp_path, a=broken.format("A"), b=rule_text(1), c=broken.format("C1") + "---\n" + broken.format("C2"), d="[")
    ruleset = load(tmp_path, cache=False)
    assert [error.rule for error in ruleset.rejected] == ["A", "C1", "C2", None]
    assert [error.place.line for error in ruleset.rejected if error.place] == [3, 3, 7, 2]
    assert len(ruleset.rules) == 1


def test_a_correlation_that_cannot_be_used_is_rejected_and_the_rest_loads(tmp_path: Path) -> None:
    write(tmp_path, a="title: c\ncorrelation: {type: event_count}\n---\n" + rule_text(1))
    ruleset = load(tmp_path, cache=False)
    assert [error.fault for error in ruleset.rejected] == [
        'the correlation has no "rules"', "the correlation has no timespan", "the correlation has no condition",
    ]  # fmt: skip
    assert len(ruleset.rules) == 1
