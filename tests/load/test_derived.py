"""Files of derived fields: what they may say, what is wrong with them, and what becomes of rules that need them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import engine
from engine.derived import Fields, applying
from engine.errors import RulesError, UsageError
from engine.load import load, load_text
from engine.load.derived import MAX_CHAIN, MAX_FIELDS
from engine.load.tables import MAX_ROWS
from engine.match import Detector
from engine.rules import Ruleset

RULE = """
title: By team
logsource: {product: app}
detection:
    selection: {team|startswith: red}
    condition: selection
"""

FIELD = "fields: [{name: team, from: user, regex: '@(?P<team>.+)$'}]"


def fields(text: str) -> Ruleset:
    """Loaded without the fields that come with the package."""
    ruleset = load_text(RULE, "rule.yml", fields=[f"{text}\n"])
    return Ruleset(ruleset.rules, ruleset.rejected, derived=tuple(d for d in ruleset.derived if d.path[0] == "<"))


def hits(ruleset: Ruleset, *events: dict[str, Any]) -> list[int]:
    return [found.positions[0] for found in engine.scan(events, ruleset)]


def faults(text: str) -> list[str]:
    """`line:column: fault` of what is wrong, that of the rule left out."""
    return [
        f"{error.place.line}:{error.place.column}: {error.fault}"
        for error in fields(text).rejected
        if error.place is not None and error.place.path != "rule.yml"
    ]


def write(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        stem, _, suffix = name.rpartition("_")
        (folder / f"{stem}.{suffix}").write_text(text, "utf-8")
    return folder


# What they may say

WAYS = [
    ("from: user", {"user": "red"}, "red"),
    ("from: a.user", {"a": [{"user": "red"}, {"user": "blue"}]}, ["red", "blue"]),
    ("{from: user, regex: '@(?P<team>[a-z]+)'}", {"user": "bob@red-1"}, "red"),
    ("{from: user, regex: '(?P<name>.*)@(?P<team>.*)'}", {"user": "bob@red"}, "red"),
    ("{from: user, regex: '(?P<a>.*)@(?P<b>.*)', group: b}", {"user": "bob@red"}, "red"),
    ("{from: user, regex: '(?P<a>x)?y'}", {"user": "y"}, None),
    ("{from: user, regex: '(?P<a>[0-9]+)'}", {"user": 4624}, "4624"),
    ("{from: user, regex: '(?P<a>.+)'}", {"user": {"an": "object"}}, None),
    ("{from: user, regex: '(?P<a>.+)'}", {"user": ["a", None, {"b": 1}, ["c"]]}, ["a", "c"]),
    ("{from: user, regex: '(?P<a>b.)'}", {"user": "ab\ud800"}, "b\ufffd"),
    ("{jmespath: \"join('-', [a, b])\"}", {"a": "red", "b": "1"}, "red-1"),
    ("{jmespath: \"join('-', [a, b])\"}", {"a": "red"}, None),
    ("{jmespath: a > `1`}", {"a": 1}, False),
    ("{from: user, table: {bob: red, eve: 7}}", {"user": "eve"}, 7),
    ("{from: user, table: {bob: red}}", {"user": "Bob"}, None),
    ("{from: user, table: {Bob: red}, ignore_case: true}", {"user": "bOB"}, "red"),
    ("{from: user, table: {true: red, 7: blue}}", {"user": [True, 7]}, ["red", "blue"]),
    ("{from: user, table: {b: blue, bob: red, bobby: green}, match: prefix}", {"user": "bob-1"}, "red"),
    ("{from: user, table: {b: blue, bob: ''}, match: prefix}", {"user": "bob"}, "blue"),
    ("{from: user, table: {'': all, bob: red}, match: prefix}", {"user": "eve"}, "all"),
    ("{from: ip, table: {10.0.0.0/8: in, 10.1.0.0/16: red, 10.0.0.9: host}, match: cidr}", {"ip": "10.1.2.3"}, "red"),
    ("{from: ip, table: {10.0.0.0/8: in, 10.0.0.9: host}, match: cidr}", {"ip": "10.0.0.9"}, "host"),
    ("{from: ip, table: {'::/0': six, 0.0.0.0/0: four}, match: cidr}", {"ip": "::1"}, "six"),
    ("{from: ip, table: {0.0.0.0/0: four}, match: cidr}", {"ip": "AWS Internal"}, None),
    ("{first_of: [{from: a}, {from: b}]}", {"a": "", "b": "red"}, "red"),
    ("{first_of: [{from: a}, {from: b}]}", {"a": False, "b": "red"}, False),
    ("{first_of: [{from: a}, {from: b}]}", {"a": [], "b": {}}, None),
]


@pytest.mark.parametrize(("way", "record", "value"), WAYS)
def test_a_field_is_what_its_first_way_with_a_value_gives(way: str, record: dict[str, Any], value: Any) -> None:
    said = way[1:-1] if way.startswith("{") else way
    ruleset = fields(f"fields: [{{name: team, {said}}}]")
    assert ruleset.rejected == ()
    found = Fields(applying(ruleset.derived, None)).values(["team"], record)
    assert found == ({} if value is None else {"team": value})


def test_a_field_of_the_log_wins_over_a_derived_one_whatever_it_holds() -> None:
    ruleset = fields(FIELD)
    said = [{"user": "a@red"}, {"user": "a@red", "team": None}, {"user": "a@red", "team": "blue"}, {"team": "red"}]
    assert hits(ruleset, *said) == [0, 3]


def test_a_field_may_build_on_another_and_hold_an_object() -> None:
    text = """
fields:
  - {name: team, jmespath: "{name: group, size: `3`}"}
  - {name: group, from: user, regex: '@(?P<g>.*)'}
"""
    ruleset = load_text(RULE.replace("team|startswith", "team.name|startswith"), fields=[text])
    assert hits(ruleset, {"user": "bob@red"}, {"user": "bob@blue"}, {"user": "bob@red", "team": "x"}) == [0]


def test_events_of_other_logsources_do_not_have_the_field() -> None:
    text = "fields: [{name: team, from: user, logsource: {product: app, service: web}}]"
    ruleset = load_text(RULE, fields=[text + "\n"])
    detector = Detector(ruleset)
    for service, seen in (("web", 1), ("db", 0)):
        event = engine.Event(None, engine.LogSource("app", service), {"user": "red"}, engine.Ref("log", 1))
        assert len(list(detector.detect([event]))) == seen
    assert hits(ruleset, {"user": "red"}) == [0]  # where nobody routes, events have every field


def test_of_two_definitions_the_one_for_the_narrower_logsource_comes_first() -> None:
    text = """
fields:
  - {name: team, from: any}
  - {name: team, from: web, logsource: {product: app, service: web}}
"""
    detector = Detector(load_text(RULE, fields=[text]))
    source = engine.LogSource("app", "web")
    for record, seen in (({"any": "blue", "web": "red"}, 1), ({"any": "red"}, 1), ({"any": "red", "web": "x"}, 0)):
        assert len(list(detector.detect([engine.Event(None, source, record, engine.Ref("log", 1))]))) == seen


def test_the_users_definition_takes_the_place_of_the_shipped_one() -> None:
    text = "fields: [{name: actor, from: who, logsource: {product: AWS, service: cloudtrail}}]\n"
    ruleset = load_text(RULE, fields=[text])
    assert ruleset.rejected == ()
    assert [d.path for d in ruleset.derived if d.name == "actor"] == ["<fields>"]


def test_fields_stand_among_rules_or_are_given(tmp_path: Path) -> None:
    write(tmp_path, rule_yml=RULE, fields_yml=FIELD)
    for ruleset in (
        load(tmp_path, cache=False),
        load([tmp_path / "rule.yml"], cache=False, fields=[tmp_path / "fields.yml"]),
        load([tmp_path / "rule.yml", tmp_path / "fields.yml"], cache=False),
        engine.load_rules(tmp_path / "rule.yml", fields=FIELD + "\n"),
    ):
        assert (len(ruleset.rules), ruleset.rejected, ruleset.warnings) == (1, (), ())
        assert hits(ruleset, {"user": "bob@red"}, {"user": "bob@blue"}) == [0]
    with pytest.raises(UsageError, match="no file or folder"):
        load(tmp_path, cache=False, fields=[tmp_path / "none.yml"])
    with pytest.raises(UsageError, match="loaded already"):
        engine.scan([], ruleset, fields=[FIELD])
    (error,) = load([tmp_path / "rule.yml"], fields=[tmp_path / "rule.yml"], cache=False).rejected
    assert "no list of fields" in error.fault


# What is wrong

ON_B = 'it is made from the derived field "b", which cannot be used: the field "b" is made from itself (<fields>:3:10)'

WRONG = [
    ("fields: []", ['1:1: "fields" is no list of fields']),
    ("fields: {team: user}", ['1:1: "fields" is no list of fields']),
    ("fields: [team]", ["1:10: a field is a mapping"]),
    ("fields: [{from: user}]", ['1:10: "name" is missing']),
    ("fields: [{name: a.b, from: user}]", ['1:17: "a.b" cannot be the name of a field']),
    ("fields: [{name: team, form: user}]", ['1:23: unknown key "form"', "1:10: it does not say how it is made"]),
    ("field: []\nfields: [{name: team, from: user}]", ['1:1: unknown key "field"']),
    ("fields: [{name: team, from: user, from: user}]", ['1:23: the key "from" stands twice, again in line 1']),
    ("fields: [{name: team, from: a..b}]", ['1:29: "from" names no field']),
    ("fields: [{name: team, regex: '(?P<a>.)'}]", ['1:10: "from" is missing']),
    ("fields: [{name: team, from: user, regex: '('}]", ["1:42: RE2 cannot read the regular expression: missing ): ("]),
    ("fields: [{name: team, from: user, regex: '(?=a)(?P<a>.)'}]",
     ["1:42: RE2 cannot read the regular expression: invalid perl operator: (?="]),
    ("fields: [{name: team, from: user, regex: '(.)'}]", ["1:42: the regular expression has no named group"]),
    ("fields: [{name: team, from: user, regex: '(?P<a>.)(?P<b>.)'}]", ['1:42: "group" is missing']),
    ("fields: [{name: team, from: user, regex: '(?P<abc>.)', group: abd}]",
     ['1:63: the regular expression has no group "abd"']),
    ("fields: [{name: team, jmespath: 'a &&'}]",
     ["1:33: character 5 of the expression: the expression ends too early"]),
    ("fields: [{name: team, jmespath: 'lenght(a)'}]", ['1:33: JMESPath has no function "lenght"']),
    ("fields: [{name: team, jmespath: a, from: b}]", ['1:36: "from" means nothing beside "jmespath"']),
    ("fields: [{name: team, from: a, regex: '(?P<a>.)', table: {}}]", ['1:51: "regex" and "table" at once']),
    ("fields: [{name: team, from: a, key: b}]", ['1:32: "key" means nothing without "table"']),
    ("fields: [{name: team, from: a, table: none.csv, key: a, value: b}]",
     ['1:39: the table "none.csv" cannot be read: No such file or directory']),
    ("fields: [{name: team, from: a, table: 7}]", ['1:39: "table" is neither a file nor a mapping']),
    ("fields: [{name: team, from: a, table: {a: [b]}}]",
     ["1:39: a value is no text, boolean or number of ordinary size"]),
    ("fields: [{name: team, from: a, table: {x: y}, match: cidr}]", ['1:39: "x" is no address or network']),
    ("fields: [{name: team, from: a, table: {x: y}, match: perfix}]", ['1:54: "match" cannot be "perfix"']),
    ("fields: [{name: team, from: a, table: {x: y, X: z}, ignore_case: true}]",
     ['1:39: the key "X" stands for two values']),
    ("fields: [{name: team, first_of: []}]", ['1:33: "first_of" is no list']),
    ("fields: [{name: team, first_of: [{from: a}], from: b}]", ['1:46: "from" beside "first_of"']),
    ("fields: [{name: team, first_of: [{from: a}, {form: b}]}]",
     ['1:46: unknown key "form"', "1:45: it does not say how it is made"]),
    ("fields: [{name: team, from: a, logsource: {prodct: aws}}]", ['1:44: unknown key "prodct"']),
    ("fields:\n- {name: team, from: a}\n- {name: team, from: b}\n",
     ['3:10: the field "team" is defined at <fields>:2:10 already']),
    ("fields: [{name: team, from: team.a}]", ['1:17: the field "team" is made from itself']),
    ("fields:\n- {name: team, from: b}\n- {name: b, jmespath: c.d}\n- {name: c, from: team}\n",
     ["2:10: the fields are made from each other in a circle: team -> b -> c -> team"]),
    ("fields:\n- {name: team, from: b}\n- {name: b, from: b}\n",
     ['3:10: the field "b" is made from itself', f"2:10: {ON_B}"]),
    ("fields: [{name: team, from: a", ["2:1: broken YAML: did not find expected ',' or '}'"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), WRONG)
def test_every_fault_is_said_with_its_place(text: str, expected: list[str]) -> None:
    assert sorted(faults(text)) == sorted(expected)


@pytest.mark.parametrize("text", [text for text, _ in WRONG if "name: team" in text and "broken" not in text][:-1])
def test_a_rule_that_reads_a_field_with_a_fault_is_rejected_at_the_place(text: str) -> None:
    ruleset = fields(text)
    errors = [error for error in ruleset.rejected if error.place and error.place.path == "rule.yml"]
    (error,) = errors
    assert (error.place.line, error.place.column) == (5, 17) if error.place else False
    assert error.fault.startswith('it reads the derived field "team", which cannot be used: ')
    assert error.rule == "By team"


def test_a_rule_of_another_logsource_is_none_the_worse() -> None:
    text = "logsource: {product: aws}\nfields: [{name: team, from: user, regex: '('}]\n"
    ruleset = load_text(RULE, fields=[text])
    assert (len(ruleset.rules), len(ruleset.rejected)) == (1, 1)


def test_all_faults_of_rules_and_fields_come_together() -> None:
    with pytest.raises(RulesError) as caught:
        engine.load_rules(RULE, fields=["fields: [{name: team, from: user, regex: '('}, {nam: x}]\n"])
    assert len(caught.value.errors) == 5


def test_a_chain_is_not_longer_than_the_limit() -> None:
    def chain(length: int) -> str:
        links = [f"{{name: f{n}, from: f{n + 1}}}" for n in range(length)]
        return f"fields: [{', '.join(links)}]"

    assert faults(chain(MAX_CHAIN)) == []
    found = faults(chain(MAX_CHAIN + 1))
    assert found[0].endswith(f"a chain of more than {MAX_CHAIN} fields that build on one another")


def test_there_are_not_more_fields_than_the_limit_with_those_that_ship() -> None:
    room = MAX_FIELDS - len(load_text("").derived)

    def many(count: int) -> str:
        return "fields:\n" + "".join(f"- {{name: f{number}, from: x}}\n" for number in range(count))

    assert faults(many(room)) == []
    assert faults(many(room + 2)) == [f"{room + 2}:10: more than {MAX_FIELDS:,} derived fields"]


def test_alias_bombs_are_refused() -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]\n" for a, b in zip("abcdef", "bcdefg", strict=True)
    )
    assert "aliases" in faults(f"{bomb}fields: *g\n")[0]


# Tables

TABLES = [
    ("t.csv", "user,team\nbob,red\neve,blue\n", "key: user, value: team", {}),
    ("t.csv", '\ufeffuser,x,team\r\n"bob",1,"red"\r\n\r\neve,2,\r\n', "key: user, value: team", {}),
    ("t.tsv", "user\tteam\nbob\tred\n", "key: user, value: team", {}),
    ("t.json", json.dumps([{"u": "bob", "t": "red"}, {"u": "eve"}]), "key: u, value: t", {}),
    ("t.json", json.dumps({"bob": {"t": "red"}, "eve": {"t": None}}), "value: t", {}),
    ("t.json", json.dumps({"bob": "red"}), "match: exact", {}),
    ("t.csv", "user,team\nbob,red\n", "value: team", {'1:1: "key" is missing'}),
    ("t.csv", "user,team\nbob,red\n", "key: user, value: tem", {'t.csv:1: the table has no column "tem"'}),
    ("t.csv", "user,team\nbob\n", "key: user, value: team", {"t.csv:2: 1 cells where the first line has 2"}),
    ("t.csv", "user,team\nbob,red\nbob,blue\n", "key: user, value: team",
     {'t.csv:3: the key "bob" stands for two values, in line 2 already'}),
    ("t.csv", "", "key: user, value: team", {'t.csv:1: the table has no column "user"'}),
    ("t.csv", b"user,team\n\xff,a\n", "key: user, value: team", {"t.csv:2: the table is not UTF-8"}),
    ("t.json", '{"a": "b",\n]', "match: exact",
     {"t.json:2: broken JSON: JSON is malformed: object keys must be strings (byte 11)"}),
    ("t.json", "7", "match: exact", {"t.json: the table is no list and no object"}),
    ("t.json", '[{"u": "bob", "t": "red"}]', "key: x, value: t", {'t.json: no object of the table has "x"'}),
    ("t.json", '{"bob": {"t": "red"}}', "match: exact", {'t.json: "value" is missing'}),
    ("t.json", '{"bob": "red"}', "key: a", {'t.json: "key" means nothing here'}),
    ("t.xml", "<a/>", "key: a, value: b", {'t.xml: "t.xml" is no kind of table that is known'}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "words", "expected"), TABLES)
def test_a_table_is_read_or_its_fault_said(
    tmp_path: Path, name: str, content: str | bytes, words: str, expected: set[str]
) -> None:
    (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    (tmp_path / "fields.yml").write_text(f"fields: [{{name: team, from: user, table: {name}, {words}}}]")
    ruleset = load_text(RULE, "rule.yml", fields=[tmp_path / "fields.yml"])
    found = [str(error).split("\n")[0].removeprefix(f"{tmp_path}/") for error in ruleset.rejected]
    found = [one.replace(f"{tmp_path}/", "") for one in found if not one.startswith("rule.yml")]
    if expected:
        (fault,) = expected
        assert [one.replace("t.csv: ", "1:1: ") if fault.startswith("1:1") else one for one in found] == [fault]
    else:
        assert found == []
        assert hits(ruleset, {"user": "bob"}, {"user": "eve"}, {"user": "x"}) == [0]


def test_a_table_has_a_limit(tmp_path: Path) -> None:
    rows = "".join(f"u{number},red\n" for number in range(MAX_ROWS + 1))
    write(
        tmp_path,
        t_csv=f"user,team\n{rows}",
        f_yml="fields: [{name: team, from: u, table: t.csv, key: user, value: team}]",
    )
    ruleset = load_text(RULE, fields=[tmp_path / "f.yml"])
    assert [error.fault for error in ruleset.rejected if error.rule == "team"] == [f"more than {MAX_ROWS:,} rows"]


@pytest.mark.parametrize("name", ["folder.csv", "pipe.csv"])
def test_a_table_is_a_regular_file(tmp_path: Path, name: str) -> None:
    import os

    (tmp_path / "folder.csv").mkdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.csv")
    else:
        (tmp_path / "pipe.csv").mkdir()
    write(tmp_path, f_yml=f"fields: [{{name: team, from: u, table: {name}, key: user, value: team}}]")
    ruleset = load_text(RULE, fields=[tmp_path / "f.yml"])
    assert any("is not a regular file" in error.fault for error in ruleset.rejected)


def test_what_a_table_holds_counts_for_the_cache_and_the_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DETECT_CACHE_DIR", str(tmp_path / "cache"))
    text = "fields: [{name: team, from: user, table: t.csv, key: user, value: team}]"
    rules = write(tmp_path, rule_yml=RULE, fields_yml=text)
    assert len(load(rules).rejected) == 2  # the field, for want of its table, and the rule
    (tmp_path / "t.csv").write_text("user,team\nbob,red\n")
    first = load(rules)
    assert hits(first, {"user": "bob"}, {"user": "eve"}) == [0]
    assert load(rules) == first
    (tmp_path / "t.csv").write_text("user,team\neve,red\n")
    second = load(rules)
    assert hits(second, {"user": "bob"}, {"user": "eve"}) == [1]
    assert second.digest != first.digest
    (tmp_path / "t.csv").unlink()
    assert load(rules).rules == ()
