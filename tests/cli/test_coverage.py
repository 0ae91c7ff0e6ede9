"""detect coverage says which techniques rules name, and which they could and do not."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalogue.attack import attack
from engine.cli._coverage import covered, layer, parent
from engine.model import LogSource
from engine.rules import Const, Rule, Ruleset
from tests.cli.conftest import BROKEN, STOPPED, House


def rule(number: int, tags: tuple[str, ...], product: str = "aws") -> Rule:
    return Rule(key=str(number), title=f"Rule {number}", path="r.yml", line=1, tags=tags,
                logsource=LogSource(product), selections={}, condition=Const(True))  # fmt: skip


def told(house: House, *words: str) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(house.detect("coverage", *words).out)
    return said


def test_a_retired_technique_counts_as_what_took_its_place(house: House):
    said = told(house, "--format", "json", "--rule", "Trail stopped")
    assert [(one["id"], [each["title"] for each in one["rules"]]) for one in said["techniques"]] == [
        ("T1685.002", ["Trail stopped"])
    ]
    assert said["products"] == ["aws"]
    assert "T1685.002" not in said["gaps"]
    assert "T1580" in said["gaps"]
    assert said["within"] == len(attack().relevant["aws"]) == len(said["gaps"]) + 1


def test_a_rule_that_only_a_correlation_reads_covers_nothing(house: House):
    (house.rules / "often.yml").write_text(
        STOPPED.replace("0001", "0009").replace("level:", "name: x\nlevel:")
        + "---\ntitle: Often\ntags: [attack.t1485, attack.impact]\n"
        "correlation: {type: event_count, rules: [x], group-by: [a], timespan: 5m, condition: {gte: 2}}\n"
    )
    said = told(house, "--format", "json", "--rules", "rules/often.yml")
    assert [one["id"] for one in said["techniques"]] == ["T1485"]
    assert said["tactics"]["impact"] == {"rules": 1, "levels": {"medium": 1}}
    assert said["rules"] == 1


@pytest.mark.parametrize(
    ("tag", "technique"),
    [("attack.t1078", "T1078"), ("attack.T1078.004", "T1078.004"), ("attack.t1089", "T1685"), ("attack.g0016", None),
     ("attack.s0002", None), ("cve.2021-1", None), ("attack.t9999", None)],
)  # fmt: skip
def test_a_tag_names_a_technique(tag: str, technique: str | None):
    seen = covered(Ruleset((rule(1, (tag,)),)))
    assert list(seen.techniques) == ([technique] if technique else [])
    assert bool(seen.untagged) is (technique is None)
    assert seen.unknown == (["T9999"] if tag.endswith("9999") else [])


def test_tactics_are_counted_with_either_spelling():
    seen = covered(Ruleset((rule(1, ("attack.initial_access",)), rule(2, ("attack.initial-access",)))))
    assert [one.title for one in seen.tactics["initial-access"]] == ["Rule 1", "Rule 2"]


def test_rules_of_a_product_without_a_list_could_name_any_technique():
    both = Ruleset((rule(1, ()), rule(2, ("attack.t1003",), "windows")))
    assert covered(both).within == len(attack().techniques)
    assert covered(both, "aws").within == len(attack().relevant["aws"])
    assert not covered(both, "aws").techniques


def test_every_technique_of_a_list_is_one_that_there_is():
    for names in attack().relevant.values():
        assert names <= attack().techniques


@given(st.lists(st.sets(st.sampled_from(sorted(attack().techniques)), max_size=4), max_size=6))
def test_what_could_be_named_is_either_named_or_a_gap(named: list[set[str]]):
    rules = tuple(rule(at, tuple(f"attack.{one.lower()}" for one in tags)) for at, tags in enumerate(named))
    seen = covered(Ruleset(rules))
    every = set().union(*named)
    assert set(seen.techniques) == every
    wanted = attack().relevant["aws"] if named else attack().techniques
    assert set(seen.gaps) == wanted - every - {parent(one) for one in every}
    assert {one["techniqueID"]: one.get("score") for one in layer(seen)["techniques"]} == {
        **dict.fromkeys(parent(one) for one in every),
        **{one: sum(one in tags for tags in named) for one in every},
        **dict.fromkeys(seen.gaps, 0),
    }


def test_a_layer_has_what_format_4_5_asks_for(house: House):
    said = told(house, "--format", "navigator")
    assert said["domain"] == "enterprise-attack"
    assert said["versions"] == {"attack": attack().version, "navigator": "4.9.1", "layer": "4.5"}
    assert said["filters"] == {"platforms": ["IaaS"]}
    ids = [one["techniqueID"] for one in said["techniques"]]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"T\d{4}(\.\d{3})?", one) for one in ids)
    shown = {one["techniqueID"]: one for one in said["techniques"]}
    assert shown["T1685"] == {"techniqueID": "T1685", "enabled": True, "showSubtechniques": True}
    assert shown["T1685.002"]["comment"] == "Buckets listed (low)\nTrail stopped (high)"


def test_the_page_loads_nothing_and_a_title_is_text(house: House):
    (house.rules / "odd.yml").write_text(STOPPED.replace("0001", "0004").replace("Trail stopped", "<script>x</script>"))
    seen: list[str] = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attrs: seen.append(tag)  # type: ignore[method-assign]
    done = house.detect("coverage", "--format", "html", "-o", "page.html")
    assert (done.status, done.out) == (0, "")
    text = (house.folder / "page.html").read_text("utf-8")
    parser.feed(text)
    assert not {"script", "img", "link", "iframe"} & set(seen)
    assert "&lt;script&gt;x&lt;/script&gt;" in text


def test_the_table_ends_with_the_whole(house: House):
    done = house.detect("coverage")
    known = attack()
    rest = f"1 of {len(known.relevant['aws'])} that these logs can show"
    assert done.out.splitlines()[-1] == f"2 rules, 1 technique of ATT&CK {known.version}; {rest}"
    assert "T1685.002      2  Buckets listed; Trail stopped" in done.out


def test_a_rule_that_cannot_be_used_is_told_and_is_status_3(house: House):
    (house.rules / "broken.yml").write_text(BROKEN)
    done = house.detect("coverage", "--format", "json")
    assert done.status == 3
    assert "broken.yml" in done.err
    assert json.loads(done.out)["rules"] == 2


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["--rules", "nowhere"], "nowhere"),
        (["--format", "xml"], "navigator"),
        (["--rule", "no such"], "no such"),
        (["--product", "vms"], "vms"),
    ],
)
def test_a_mistake_is_status_2_with_its_name(house: House, words: list[str], hint: str):
    done = house.detect("coverage", *words)
    assert done.status == 2
    assert hint in done.err
    assert "Traceback" not in done.err
