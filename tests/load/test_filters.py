"""Filters find their rules, are joined to them, and say so when they are not; what they mean is in tests/cases."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from engine import Detector, RulesError, load_rules, scan
from engine.load import load, load_text
from engine.model import Event, LogSource, Ref
from engine.rules import And, Joined, Not, Ruleset, Selection, Text
from tests.load.rules import ID, rule_text, write

FILTER = """\
title: {title}
logsource: {{product: test}}
filter:
  rules: {rules}
  selection: {{user: {user}}}
  condition: not selection
"""


def filter_text(rules: str = "any", *, title: str = "No admins", user: str = "admin") -> str:
    return FILTER.format(title=title, rules=rules, user=user)


def loaded(*texts: str) -> Ruleset:
    return load_text("---\n".join(texts), "r.yml")


def test_a_filter_is_part_of_the_rule_and_the_rule_says_which():
    (rule,) = loaded(rule_text(1), filter_text()).rules
    assert rule.selections == {"selection": Text("f", ("x",)), "_filter_1_selection": Text("user", ("admin",))}
    assert rule.condition == And((Selection("selection"), Not(Selection("_filter_1_selection"))))
    assert rule.filters == (Joined(None, "No admins", "r.yml", 11),)
    assert rule.key == ID.format(1)


def test_filters_are_joined_in_the_order_of_their_files_wherever_they_stand(tmp_path: Path):
    write(tmp_path, a=filter_text(title="First"), b=rule_text(1), c__d=filter_text(title="Second"))
    (rule,) = load(tmp_path, cache=False).rules
    assert [each.title for each in rule.filters] == ["First", "Second"]
    rules, filters = write(tmp_path / "rules", r=rule_text(1)), write(tmp_path / "filters", f=filter_text())
    assert [each.title for each in load([rules, filters], cache=False).rules[0].filters] == ["No admins"]


def test_the_same_filter_twice_is_joined_once():
    again = filter_text().replace("title", f"id: {ID.format(9)}\ntitle")
    ruleset = loaded(again, rule_text(1), again)
    assert (ruleset.rejected, len(ruleset.rules[0].filters)) == ((), 1)


def test_a_filter_changes_the_digest_and_survives_pickling_and_the_cache(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("DETECT_CACHE_DIR", str(tmp_path / "cache"))
    folder = write(tmp_path / "rules", r=rule_text(1))
    plain = load(folder)
    write(folder, f=filter_text())
    filtered = load(folder)
    assert filtered.digest != plain.digest
    assert pickle.loads(pickle.dumps(filtered)) == load(folder) == filtered
    write(folder, f=filter_text(user="root"))
    assert load(folder).rules[0].selections["_filter_1_selection"] == Text("user", ("root",))


def test_the_public_door_finds_filters_among_the_rules(tmp_path: Path):
    write(tmp_path, r=rule_text(1), f=filter_text())
    events = [{"f": "x"}, {"f": "x", "user": "admin"}]
    assert [found.positions for found in scan(events, tmp_path)] == [(0,)]
    assert [found.positions for found in scan(events, [rule_text(1), filter_text()])] == [(0,)]


WARNED = [
    ("names", "[nosuch]", "r.yml:14:11: the filter \"No admins\" names \"nosuch\", which is no rule"),
    ("near", f"[{ID.format(1)[:-1]}2]", f'which is no rule; did you mean "{ID.format(1)}"?'),
    ("title", "[Rule 1]", 'names the title "Rule 1"; rules are named by id or name'),
    ("empty", "[]", 'an empty list of rules is read as "any"'),
]  # fmt: skip


@pytest.mark.parametrize(("rules", "said"), [case[1:] for case in WARNED], ids=[case[0] for case in WARNED])
def test_what_a_filter_names_in_vain_is_warned_of_with_its_place(rules: str, said: str):
    ruleset = loaded(rule_text(1), filter_text(rules))
    assert (ruleset.rejected, len(ruleset.rules)) == ((), 1)
    assert said in ruleset.warnings[0]
    assert ruleset.warnings[0].startswith("r.yml:14:")


def test_a_filter_for_no_rule_at_all_is_warned_of():
    other = filter_text().replace("product: test", "product: other")
    assert loaded(rule_text(1), other).warnings == (
        'r.yml:11:1: the filter "No admins" is for none of the rules: no rule has its log source',
    )
    named = other.replace("any", ID.format(1))
    assert "no rule has its log source and one of these ids or names" in loaded(rule_text(1), named).warnings[0]


def test_a_correlation_is_not_filtered_and_that_is_said():
    correlation = (
        "title: c\nname: many\ncorrelation: {type: event_count, rules: Rule 1, timespan: 1h, condition: {gte: 2}}\n"
    )
    warnings = loaded(rule_text(1), correlation, filter_text("[many]")).warnings
    assert any('names the correlation "many"; only rules are filtered' in warning for warning in warnings)


def test_a_filter_for_a_rule_that_is_rejected_is_not_for_an_unknown_one():
    broken = rule_text(1).replace("f: x", "f|contian: x")
    ruleset = loaded(broken, rule_text(2), filter_text(f"[{ID.format(1)}, {ID.format(2)}]"))
    assert (len(ruleset.rejected), ruleset.warnings) == (1, ())


BROKEN = filter_text().replace("user:", "user|contian:")


def test_a_rejected_filter_is_loud_and_its_rules_run_without_it():
    ruleset = loaded(rule_text(1), BROKEN, rule_text(2))
    assert [str(error.place) for error in ruleset.rejected] == ["r.yml:15:15"]
    assert [rule.filters for rule in ruleset.rules] == [(), ()]
    assert ruleset.warnings == ('r.yml:11:1: the filter "No admins" cannot be used: 2 rules run without it',)
    with pytest.raises(RulesError):
        load_rules([rule_text(1), BROKEN])


def test_faults_of_filters_come_in_the_order_of_files_and_lines():
    broken = rule_text(2).replace("f: x", "f|contian: x")
    late = filter_text().replace("user: admin", "user|expand: '%x%'")
    ruleset = load_text(f"{late}---\n{BROKEN}---\n{broken}", "r.yml", variables={"y": 1})
    assert [error.place.line for error in ruleset.rejected if error.place] == [12, 22]
    ruleset = load_text("---\n".join([late, BROKEN, broken, rule_text(1)]), "r.yml", variables={"y": 1})
    assert [error.place.line for error in ruleset.rejected if error.place] == [5, 12, 22]


def test_only_rules_whose_pipelines_spoil_a_filter_run_without_it():
    one = "rule_conditions: [{type: rule_attribute, attribute: title, value: Rule 1}]"
    fields = "field_name_conditions: [{type: include_fields, fields: [user]}]"
    pipeline = f"transformations:\n- {{type: detection_item_failure, message: no, {one}, {fields}}}\n"
    ruleset = load_text("---\n".join([rule_text(1), rule_text(2), filter_text()]), "r.yml", [pipeline])
    assert [len(rule.filters) for rule in ruleset.rules] == [0, 1]
    assert [str(error.place) for error in ruleset.rejected] == ["r.yml:25:21"]
    assert ruleset.warnings == ('r.yml:21:1: the filter "No admins" cannot be used: 1 rule runs without it',)


def test_a_pipeline_changes_the_filter_of_each_rule_once():
    """pySigma 1.5 shares what a filter says between its rules, and so changes it once for each of them."""
    pipeline = "transformations: [{type: field_name_suffix, suffix: .x}]\n"
    ruleset = load_text("---\n".join([rule_text(1), rule_text(2), filter_text()]), "r.yml", [pipeline])
    assert [rule.selections["_filter_1_selection"] for rule in ruleset.rules] == [Text("user.x", ("admin",))] * 2


def test_a_filter_in_utf_16_is_found(tmp_path: Path):
    write(tmp_path, r=rule_text(1))
    (tmp_path / "f.yml").write_text(filter_text(), encoding="utf-16")
    assert [each.title for each in load(tmp_path, cache=False).rules[0].filters] == ["No admins"]


NATIVE = """\
title: Native
name: native
language: jmespath
logsource: {product: test}
match: f == 'x'
"""


def test_filters_and_their_pipelines_reach_native_rules_too():
    pipeline = "transformations: [{type: field_name_mapping, mapping: {user: actor}}]\n"
    ruleset = load_text("---\n".join([NATIVE, filter_text("[native]")]), "r.yml", [pipeline])
    detector = Detector(ruleset, all_logsources=True)
    events = [{"f": "x"}, {"f": "x", "user": "admin"}, {"f": "x", "actor": "admin"}]
    found = detector.detect([Event(None, LogSource("test"), event, Ref("log", at)) for at, event in enumerate(events)])
    assert [event.ref.position for each in found for event in each.events] == [0, 1]


def test_a_filters_selection_does_not_take_the_name_of_a_native_rules_own():
    native = NATIVE.replace("match: f == 'x'", "detection: {_filter_1_selection: f == 'x', condition: 1 of _*}")
    (rule,) = loaded(native, filter_text()).rules
    assert list(rule.selections) == ["_filter_1_selection", "_filter_2_selection"]
