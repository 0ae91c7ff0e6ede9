"""When derived fields are computed, what detections say of them, and what hostile events can do to them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from msgspec import UNSET

from engine.derived import Fields, applying, fields_for, names_asked, roots, ways
from engine.load import load_text
from engine.load.jmes import tree
from engine.match import Detector
from engine.model import Detection, Event, LogSource, Ref
from engine.outputs.ndjson import Output
from engine.outputs.ocsf import Output as Ocsf

CLOUDTRAIL = LogSource("aws", "cloudtrail")
RULE = """
title: {title}
logsource: {{product: aws, service: cloudtrail}}
detection:
    selection: {selection}
    condition: selection
fields: [eventName, is_aws_service, nothing]
"""
SESSION = {
    "type": "AssumedRole",
    "arn": "arn:aws:sts::111122223333:assumed-role/Admin/alice",
    "sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::111122223333:role/team/Admin"}},
}
ALICE = "arn:aws:iam::111122223333:role/team/Admin/alice"


def detector(*selections: str, fields: str = "") -> Detector:
    rules = [RULE.format(title=f"Rule {number}", selection=one) for number, one in enumerate(selections)]
    ruleset = load_text("---".join(rules), fields=[f"{fields}\n"] if fields else [])
    assert ruleset.rejected == ()
    return Detector(ruleset)


def found(detecting: Detector, *records: dict[str, Any]) -> list[Detection]:
    events = [Event(None, CLOUDTRAIL, record, Ref("log", number)) for number, record in enumerate(records, 1)]
    return list(detecting.detect(events))


# When


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each expression of a derived field has looked at a text."""
    counts: Counter[str] = Counter()
    original = ways._capture

    def counted(way: Any) -> Any:
        inner = original(way)

        def capture(text: str) -> Any:
            counts[way.group] += 1
            return inner(text)

        return capture

    monkeypatch.setattr(ways, "_capture", counted)
    return counts


FIELDS = """
fields:
  - {name: first, from: user, regex: '(?P<first>[^ ]+)'}
  - {name: upper, jmespath: "join('', [first, '!'])"}
  - {name: unused, from: user, regex: '(?P<unused>.*)'}
"""


def test_a_field_is_computed_only_for_events_that_a_rule_with_it_may_match(computed: Counter[str]) -> None:
    detecting = detector("{eventName: Get, first: bob}", "{eventName: Get, upper: 'bob!'}", fields=FIELDS)
    assert found(detecting, {"eventName": "Put", "user": "bob b"}) == []
    assert computed == {}
    assert found(detecting, {"eventName": "Get", "user": "eve e"}) == []
    assert computed == {"first": 1}


def test_rules_without_derived_fields_compile_none() -> None:
    detecting = detector("{eventName: Get, userIdentity.type: Root}")
    assert len(found(detecting, {"eventName": "Get", "userIdentity": {"type": "Root"}})) == 1
    matcher, _ = detecting.compiled(CLOUDTRAIL)
    assert matcher.keys == ["eventName", "userIdentity.type"]


# What detections say


def test_a_detection_shows_the_derived_fields_that_its_rule_reads_or_lists() -> None:
    (one,) = found(detector("{actor|endswith: /alice}"), {"userIdentity": SESSION, "eventName": "Get"})
    assert [(match.field, match.value) for match in one.matched] == [("actor", ALICE)]
    assert one.events[0].derived == (("is_aws_service", False), ("actor", ALICE))
    assert "actor" not in one.events[0].fields


def test_what_the_log_says_itself_is_not_shown_as_derived() -> None:
    (one,) = found(detector("{actor: bob}"), {"actor": "bob", "is_aws_service": None})
    assert one.events[0].derived == ()


def test_outputs_show_them_beside_the_record(checkout: Path) -> None:
    (one,) = found(detector("{actor|endswith: /alice}"), {"userIdentity": SESSION})
    shown = json.loads(Output.row(one))
    schema = json.loads((checkout / "engine/outputs/schema/ndjson.v1.json").read_text("utf-8"))
    jsonschema.validate(shown, schema)
    assert shown["events"][0]["derived"] == {"is_aws_service": False, "actor": ALICE}
    assert shown["events"][0]["record"] == {"userIdentity": SESSION}
    assert json.loads(Ocsf.row(one))["evidences"][0]["data"]["derived"]["actor"] == ALICE
    (plain,) = found(
        Detector(load_text(RULE.format(title="x", selection="{a: b}").replace("is_aws", "no"))), {"a": "b"}
    )
    assert json.loads(Output.row(plain))["events"][0].keys() == {"ref", "id", "time", "record"}


def test_fields_are_compared_with_derived_ones() -> None:
    detecting = detector("{owner|fieldref: actor}", "{session_name|fieldref|endswith: owner}")
    assert [one.rule.title for one in found(detecting, {"owner": ALICE, "userIdentity": SESSION})] == ["Rule 0"]
    assert [one.rule.title for one in found(detecting, {"owner": "ICE", "userIdentity": SESSION})] == ["Rule 1"]


NATIVE = [
    (f"actor == '{ALICE}'", True),
    ("actor == 'alice'", False),
    ("ends_with(actor, '/alice') && length(actor) > `9`", True),
    ("length(join('', [actor, session_name])) > `9`", True),
    ("is_aws_service == `false` && actor_type == 'role'", True),
    ("!is_aws_service && target_role", False),
    ("target_role == `null`", True),
]


@pytest.mark.parametrize(("expression", "expected"), NATIVE)
def test_native_rules_read_derived_fields(expression: str, expected: bool) -> None:
    rule = {"title": "x", "language": "jmespath", "logsource": {"product": "aws", "service": "cloudtrail"}}
    detecting = Detector(load_text(json.dumps(rule | {"match": expression})))
    assert detecting.ruleset.rejected == ()
    assert bool(found(detecting, {"userIdentity": SESSION})) is expected


def test_keywords_do_not_look_into_derived_fields() -> None:
    ruleset = load_text(RULE.format(title="x", selection="[AdminAlice]"), fields=[
        "fields: [{name: x, jmespath: \"join('', [a, b])\"}]\n"
    ])  # fmt: skip
    assert found(Detector(ruleset), {"a": "Admin", "b": "Alice"}) == []


def test_what_reads_fields_for_groups_reads_them_as_rules_do() -> None:
    """Where the log has the source of a field under another name, too."""
    workspace = LogSource("google_workspace", "admin")
    text = "fields: [{name: service, from: eventService, regex: '^(?P<service>[^.]+)'}]"
    record = {"id": {"applicationName": "admin"}}
    ruleset = load_text(
        "title: x\nlogsource: {product: google_workspace}\ndetection: {s: {service: admin}, condition: s}\n",
        fields=[f"{text}\n"],
    )
    event = Event(None, workspace, record, Ref("log", 1))
    assert [one.matched[0].value for one in Detector(ruleset).detect([event])] == ["admin"]
    fields = fields_for(ruleset.derived, workspace)
    assert fields.reader("service")(record) == "admin"
    assert fields.reader("eventService")(record) == "admin.googleapis.com"
    assert fields_for(ruleset.derived, None).reader("service")(record) is UNSET


# Which names are read

ROOTS = [
    ("a", "a"), ("a.b", "a"), ("@.a.b", "a"), ("@ | a | b", "a"), ('"a.b".c', "a.b"), ("a[0].b", "a"), ("a[].b", "a"),
    ("a[?b == c].d", "a"), ("a.*.b", "a"), ("[a, b.c]", "a b"), ("{x: a, y: b}", "a b"), ("a[1:2]", "a"),
    ("a == b.c && !d || `1`", "a b d"), ("max_by(a, &b).c", "a"), ("join('x', [a, 'b'])", "a"), ("keys(@)", ""),
    ("'a'", ""), ("not_null(a, b)", "a b"), ("a.[b, c]", "a"), ("a.{b: c}", "a"), ("length(a[?b].c | [0])", "a"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "names"), ROOTS)
def test_an_expression_reads_these_fields_of_the_record(expression: str, names: str) -> None:
    assert roots(tree(expression)) == set(names.split())


def test_a_rule_reads_the_fields_of_all_its_selections() -> None:
    rule = load_text(RULE.format(title="x", selection="[{b.c: 1, a|fieldref: d}, {a.x|contains|neq: y}]")).rules[0]
    assert names_asked(rule) == ("a", "b", "d")


# Hostile

HOSTILE: dict[str, Any] = {
    "a million members": ["a"] * 1_000_000,
    "2 MB of text": "a" * 2_000_000,
    "many texts": [str(number) for number in range(20_000)],
    "empty lists": [[[]]] * 10_000,
    "many members": {str(number): number for number in range(10_000)},
    "lone surrogates": "\ud800" * 1_000,
    "400 digits": 10**400,
    "5,000 digits": 10**5_000,
    "not a number": float("nan"),
}


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_no_value_hangs_a_way_or_raises(value: Any) -> None:
    text = r"""
fields:
  - {name: a1, from: x, regex: '(?P<g>(a+)+b|(a|aa)+$)'}
  - {name: a2, jmespath: "join('', x) || to_string(x) || sort(x) || x[?@ == 'b'] | [0]"}
  - {name: a3, from: x, table: {a: b}, match: prefix}
  - {name: a4, from: x, table: {10.0.0.0/8: b}, match: cidr}
  - {name: a5, from: a2.b, table: {a: b}, ignore_case: true}
"""
    derived = load_text("", fields=[text]).derived
    values = Fields(applying(derived, None)).values([f"a{number}" for number in range(1, 6)], {"x": value})
    assert set(values) <= {f"a{number}" for number in range(1, 6)}


def test_a_record_as_deep_as_python_allows_is_read() -> None:
    deep: Any = "x"
    for _ in range(5_000):
        deep = [deep]
    derived = load_text("", fields=["fields: [{name: d, from: x, regex: '(?P<d>.)'}]\n"]).derived
    assert Fields(applying(derived, None)).values(["d"], {"x": deep}) == {"d": ["x"]}
