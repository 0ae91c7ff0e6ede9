"""Correlations are loaded as they are written, find what they refer to, and are refused where they mean nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from engine.load import load, load_text
from engine.rules import Correlation, Ruleset
from tests.load.rules import ID, rule_text, write

REFUSED = yaml.safe_load((Path(__file__).parent / "refused_correlations.yml").read_text("utf-8"))

ONE = rule_text(1).replace("title: Rule 1\n", "title: Rule 1\nname: one\n")
TWO = rule_text(2).replace("title: Rule 2\n", "title: Rule 2\nname: two\n")
BODY = "type: event_count\nrules: [one]\ntimespan: 1m\ncondition: {gte: 2}\n"


def correlation_text(body: str = BODY, *, name: str = "many", head: str = "") -> str:
    """A document of which `body` is what stands under `correlation:`, from its fourth line on, with no `head`."""
    indented = "".join(f"    {line}\n" for line in body.splitlines())
    return f"title: Correlation {name}\nname: {name}\n{head}correlation:\n{indented}"


def loaded(*texts: str) -> Ruleset:
    return load_text("---\n".join(texts), "r.yml")


def only(*texts: str) -> Correlation:
    """The last of the correlations, where nothing was refused."""
    ruleset = loaded(*texts)
    assert not ruleset.rejected, ruleset.rejected[0]
    return ruleset.correlations[-1]


def body_of(kind: str, condition: str, rules: str = "one, two", more: str = "") -> str:
    return f"type: {kind}\nrules: [{rules}]\ntimespan: 1m\ncondition: {condition}\n{more}"


@pytest.mark.parametrize("entry", REFUSED, ids=lambda entry: entry["says"])
def test_what_means_nothing_is_refused_at_its_place_with_a_way_out(entry: dict):
    ruleset = loaded(correlation_text(entry["correlation"]), ONE, TWO)
    (error,) = ruleset.rejected
    assert entry["fault"] in error.fault
    assert entry.get("hint", "") in (error.hint or "")
    assert (len(ruleset.correlations), len(ruleset.rules), error.rule) == (0, 2, "Correlation many")
    if "at" in entry:
        line, column = entry["at"]
        assert (error.place.line, error.place.column) == (line + 3, column)


def test_every_fault_is_told_at_once():
    body = "type: event_count\nrules: [one]\ntimespan: 0m\ngroupby: x\ngenerate: 3\ncondition: {gte: a}\n"
    ruleset = loaded(ONE, correlation_text(body))
    assert len(ruleset.rejected) == 4
    assert len({error.place.line for error in ruleset.rejected}) == 4


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("30s", 30),
        ("5m", 300),
        ("2h", 7_200),
        ("7d", 604_800),
        ("2w", 1_209_600),
        ("1M", 2_629_746),
        ("1y", 31_556_952),
    ],
)
def test_a_timespan_is_a_number_of_any_unit(written: str, seconds: int):
    assert only(ONE, correlation_text(BODY.replace("1m", written))).timespan == seconds * 1_000_000


@pytest.mark.parametrize("word", ["one", "a0" + ID.format(1)[2:], "A0" + ID.format(1)[2:]])
def test_a_rule_is_referred_to_by_id_or_name(word: str):
    number = "a0" + ID.format(1)[2:]
    ruleset = loaded(correlation_text(BODY.replace("[one]", f"[{word}]")), ONE.replace(ID.format(1), number))
    assert (ruleset.rejected, ruleset.warnings) == ((), ())
    assert ruleset.correlations[0].rules == (number,)


def test_a_title_that_one_rule_has_will_do_with_a_warning_and_its_place():
    ruleset = loaded(correlation_text(BODY.replace("[one]", "[Rule 1]")), ONE)
    assert ruleset.correlations[0].rules == (ID.format(1),)
    (warning,) = ruleset.warnings
    assert warning.startswith("r.yml:5:13: ")
    assert "by id or name" in warning


@pytest.mark.parametrize("what", ["name: same", "title: Same"])
def test_a_word_that_two_rules_have_refers_to_none(what: str):
    twins = [rule_text(number, title="Same") for number in (1, 2)]
    twins = [text.replace("title: Same\n", "title: Same\nname: same\n") if "name" in what else text for text in twins]
    ruleset = loaded(*twins, correlation_text(BODY.replace("[one]", f"[{what.split(': ')[1]}]")))
    assert (len(ruleset.rejected), ruleset.correlations) == (1, ())


def test_one_rule_needs_no_list_and_no_more_does_one_field():
    made = only(
        ONE, correlation_text("type: event_count\nrules: one\ngroup-by: user\ntimespan: 1m\ncondition: {gte: 2}\n")
    )
    assert (made.names, made.group_by) == (("one",), ("user",))


def test_generate_stands_at_either_place():
    inside, outside = correlation_text(f"{BODY}generate: true\n"), correlation_text(head="generate: true\n")
    for text in (inside, outside):
        ruleset = loaded(ONE, text)
        assert (ruleset.correlated, ruleset.silent) == ({ID.format(1)}, frozenset())
    for text in (correlation_text(), correlation_text(f"{BODY}generate: false\n")):
        assert loaded(ONE, text).silent == {ID.format(1)}


def test_of_two_correlations_one_that_generates_is_enough():
    ruleset = loaded(ONE, correlation_text(name="quiet"), correlation_text(f"{BODY}generate: true\n", name="loud"))
    assert ruleset.silent == frozenset()


def test_a_correlation_within_another_is_silent_too_and_stands_before_it():
    outer = correlation_text(BODY.replace("[one]", "[many]"), name="outer")
    most = correlation_text(BODY.replace("[one]", "[outer, one]"), name="most")
    ruleset = loaded(most, outer, correlation_text(), ONE)
    assert [each.name for each in ruleset.correlations] == ["many", "outer", "most"]
    assert ruleset.silent == {"many", "outer", ID.format(1)}


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("{gte: 2}", {"gte": 2}),
        ("{gt: 1, lte: 3}", {"gt": 1, "lte": 3}),
        ("{eq: 2}", {"eq": 2}),
        ("{neq: 2}", {"neq": 2}),
        ("{lt: 2}", {"lt": 2}),
    ],
)
def test_operators_and_ranges_are_kept(written: str, kept: dict):
    assert only(ONE, TWO, correlation_text(body_of("event_count", written))).options["condition"] == kept


def test_temporal_types_want_all_of_their_rules_unless_they_say_otherwise():
    body = "type: temporal\nrules: [one, two]\ntimespan: 1m\n"
    assert only(ONE, TWO, correlation_text(body)).options["condition"] == {"gte": 2}


def test_an_expression_over_rules_is_kept_by_their_places():
    made = only(ONE, TWO, correlation_text(body_of("temporal", "two and not one")))
    assert made.options["condition"] == {"expression": ["and", ["rule", 1], ["not", ["rule", 0]]]}


def test_aliases_are_by_key_whatever_word_the_rule_is_referred_to_by():
    more = f"group-by: [who]\naliases:\n  who: {{one: a.b, {ID.format(2)}: c}}\n"
    made = only(ONE, TWO, correlation_text(body_of("event_count", "{gte: 2}", f"one, {ID.format(2)}", more)))
    assert made.aliases == {"who": {ID.format(1): "a.b", ID.format(2): "c"}}


def test_a_circle_is_named_and_what_hangs_on_it_says_so_while_the_rest_loads():
    around = [correlation_text(BODY.replace("[one]", f"[{to}]"), name=name) for name, to in ("ab", "bc", "ca", "da")]
    ruleset = loaded(*around, correlation_text(name="fine"), ONE)
    assert [each.name for each in ruleset.correlations] == ["fine"]
    faults = {error.rule[-1]: error.fault for error in ruleset.rejected}
    assert "a → b → c → a" in faults["a"]
    assert "b → c → a → b" in faults["b"]
    assert faults["d"].startswith('it refers to "a", which cannot be used: correlations refer to each other')


def test_a_correlation_of_itself_is_a_circle():
    (error,) = loaded(correlation_text(BODY.replace("[one]", "[many]"))).rejected
    assert "many → many" in error.fault


def test_what_refers_to_a_refused_rule_is_refused_for_that_reason_at_any_depth_and_the_rest_runs():
    broken = ONE.replace("f: x", "f|nosuch: x")
    outer = correlation_text(BODY.replace("[one]", "[many]"), name="outer")
    ruleset = loaded(broken, TWO, correlation_text(), outer, correlation_text(BODY.replace("one", "two"), name="fine"))
    assert [each.name for each in ruleset.correlations] == ["fine"]
    rule, inner, above = ruleset.rejected
    assert rule.fault in inner.fault
    assert 'refers to "one"' in inner.fault
    assert rule.fault in above.fault
    assert 'refers to "many"' in above.fault


def test_the_same_correlation_twice_is_one_and_another_of_its_name_is_refused():
    ruleset = loaded(ONE, correlation_text(), correlation_text())
    assert (len(ruleset.correlations), ruleset.rejected) == (1, ())
    other = loaded(ONE, correlation_text(), correlation_text(BODY.replace("1m", "2m")))
    assert (len(other.correlations), len(other.rejected)) == (1, 1)


def test_correlations_change_the_digest_and_survive_the_cache(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("DETECT_CACHE_DIR", str(tmp_path / "cache"))
    folder = write(tmp_path / "rules", a=ONE)
    plain = load(folder)
    write(folder, b=correlation_text())
    first, again = load(folder), load(folder)
    assert first == again
    assert first.correlations == again.correlations != ()
    assert first.digest == again.digest != plain.digest
    write(folder, b=correlation_text(BODY.replace("gte: 2", "gte: 3")))
    assert load(folder).digest != first.digest


def test_a_correlation_and_its_rules_may_stand_in_different_files(tmp_path: Path):
    folder = write(tmp_path, a=correlation_text(), b=ONE)
    ruleset = load(folder, cache=False)
    assert (len(ruleset.correlations), ruleset.rejected) == (1, ())


def test_pipelines_rename_what_is_grouped_by_measured_and_aliased(tmp_path: Path):
    pipeline = tmp_path / "p.yml"
    pipeline.write_text(
        "name: p\npriority: 1\ntransformations:\n- {type: field_name_mapping, mapping: {user: actor.name, n: size}}\n"
    )
    more = "group-by: [user, who]\naliases:\n  who: {one: user, two: other}\n"
    body = body_of("value_count", "{field: n, gte: 2}", more=more)
    folder = write(tmp_path / "rules", a=ONE, b=TWO, c=correlation_text(body))
    (made,) = load(folder, cache=False, pipelines=(str(pipeline),)).correlations
    one, two = ID.format(1), ID.format(2)
    assert made.aliases == {
        "who": {one: "actor.name", two: "other"},
        "user": {one: "actor.name", two: "actor.name"},
        "n": {one: "size", two: "size"},
    }


def test_a_filter_reaches_a_correlation_through_its_rules():
    body = "filter:\n  rules: any\n  admin: {user: root}\n  condition: not admin\n"
    text = f"title: No admins\nlogsource: {{product: test}}\n{body}"
    ruleset = loaded(ONE, correlation_text(), text)
    assert (ruleset.rejected, len(ruleset.rules[0].filters), len(ruleset.correlations)) == ((), 1, 1)
