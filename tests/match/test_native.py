"""Native rules: what is taken apart into predicates means what the jmespath library says of the whole expression."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.load.exact import expression
from engine.load.jmes import tree
from engine.match import Detector
from engine.model import Batch, Event, LogSource, Ref
from engine.rules import And, Copy, Derived, Exact, Not, Query, Rule, Ruleset, Search, Selection, Text
from tests import oracle
from tests.match.near import near
from tests.match.test_fast_equals_naive import FULL, WRITTEN, examples, structs
from tests.native_text import expression_text
from tests.strategies import FIELDS, Choices, event, leaves_of, numbers_below, random_choices

CLOUDTRAIL = LogSource("aws", "cloudtrail")


def rules(texts: list[str]) -> Ruleset:
    return Ruleset(
        tuple(
            Rule(
                key=str(number),
                title=text,
                path="rules.yml",
                line=1,
                logsource=CLOUDTRAIL,
                selections={"match": expression(text)},
                condition=Selection("match"),
            )
            for number, text in enumerate(texts)
        )
    )


def made(choices: Choices) -> tuple[list[str], list[dict[str, Any]]]:
    """Expressions over a few fields, and events that come close to them."""
    fields = [choices.of(FIELDS) for _ in range(1 + choices.below(3))]
    texts = choices.some(1, 6, lambda: expression_text(choices, fields))
    asked = [leaf for text in texts for leaf in leaves_of(expression(text))]
    close = [value for predicate in asked for value in near(predicate)]
    return texts, choices.some(1, 8, lambda: event(choices, fields, close))


def wanted(texts: list[str], events: list[dict[str, Any]]) -> list[tuple[int, tuple[int, ...]]]:
    found = [
        (index, tuple(number for number, text in enumerate(texts) if oracle.native(text, record)))
        for index, record in enumerate(events)
    ]
    return [(index, numbers) for index, numbers in found if numbers]


@examples(300)
@given(st.data())
def test_native_rules_match_what_the_library_says(data: st.DataObject) -> None:
    texts, events = made(Choices(lambda bound: data.draw(numbers_below(bound))))
    assert Detector(rules(texts)).match(Batch(CLOUDTRAIL, events, 1)) == wanted(texts, events), texts


@pytest.mark.parametrize("block", range(4))
def test_native_rules_made_without_hypothesis(block: int) -> None:
    each = 10_000 if FULL else 400
    for seed in range(block * each, (block + 1) * each):
        texts, events = made(random_choices(seed))
        assert Detector(rules(texts)).match(Batch(CLOUDTRAIL, events, 1)) == wanted(texts, events), (seed, texts)


@pytest.mark.parametrize("block", range(2))
def test_native_rules_over_narrow_structs(block: int) -> None:
    each = 1_000 if FULL else 40
    for seed in range(block * each, (block + 1) * each):
        choices = random_choices(seed)
        texts, events = made(choices)
        detector = Detector(rules(texts), all_logsources=True)
        for length in (100, 1, 100):
            some = [choices.of(events) for _ in range(length)]
            batch = structs(detector, [WRITTEN[0](record).encode() for record in some])
            assert detector.match(batch) == wanted(texts, some), (seed, texts)


PLAIN = [
    "eventName == 'X' && errorCode == 'Y'", "!(eventName == 'X') || userIdentity.type != 'Root'",
    "contains(userAgent, 'curl') && starts_with(eventName, 'Get')", "count > `5` || 'b' <= eventTime",
    "contains(`[\"a\", \"b\"]`, eventName)", "!contains(userAgent, 'x') && !(ends_with(a, 'y') || b)", "`5` == a",
    "@.a == 'x'", "(a | b) == `null`", "contains(list, `5`)", "`true`", "a && `\"x\"`",
]  # fmt: skip


@pytest.mark.parametrize("text", PLAIN)
def test_plain_comparisons_become_predicates_of_the_graph(text: str) -> None:
    assert all(isinstance(leaf, Exact) for leaf in leaves_of(expression(text)))


def test_only_what_is_not_plain_is_evaluated_on_whole_records() -> None:
    leaves = list(leaves_of(expression("eventName == 'X' && length(a) > `1` && (b || c[0])")))
    assert [type(leaf) for leaf in leaves] == [Exact, Search, Exact, Search]


def test_an_expression_asked_last_is_evaluated_only_on_what_the_plain_part_leaves() -> None:
    detector = Detector(rules(["eventName == 'X' && length(keys(@)) > `1`"]))
    events = [{"eventName": "Y", "a": 1}, {"eventName": "X", "a": 1}]
    matcher, _ = detector.compiled(CLOUDTRAIL)
    graph = matcher.graph
    assert isinstance(matcher.keys[graph.root.field], str)
    assert detector.match(Batch(CLOUDTRAIL, events, 1)) == [(1, (0,))]


def test_joins_that_would_grow_without_bound_stay_whole() -> None:
    text = "a"
    for _ in range(12):
        text = f"!(contains(b, 'x') || ({text})) || (contains(c, 'y') && !({text}))" if len(text) < 4_000 else text
    assert sum(1 for _ in leaves_of(expression(text))) <= 2_000


def test_what_is_too_dear_is_no_match_and_said_once_with_its_count() -> None:
    dear = "a && (" + " | ".join(["[@, @]"] * 18) + " | to_string(@))"
    detector = Detector(rules([dear, "a"]))
    records = [{"a": 1}, {}, {"a": 2}]
    assert detector.match(Batch(CLOUDTRAIL, records, 1)) == [(0, (1,)), (2, (1,))]
    assert list(detector.undecided()) == [
        f'the rule "{dear}" was not decided for 2 records: an expression takes too many steps there'
    ]
    assert list(detector.undecided()) == []


def test_what_is_too_dear_is_counted_once_where_the_rule_matches_all_the_same() -> None:
    dear = expression(" | ".join(["[@, @]"] * 18) + " | to_string(@)")
    (rule,) = rules(["a"]).rules
    chosen = And((Selection("match"), Not(Selection("dear"))))
    detector = Detector(Ruleset((replace(rule, selections={**rule.selections, "dear": dear}, condition=chosen),)))
    assert len(list(detector.detect([Event(None, CLOUDTRAIL, {"a": 1}, Ref("log", 1))]))) == 1
    assert [said for said in detector.undecided() if "for 1 record:" in said]


# What else a field may be read from


def test_sigma_and_native_rules_read_one_path_each_in_its_own_way() -> None:
    (native,) = rules(["items.port == '22'"]).rules
    sigma = replace(native, key="sigma", selections={"match": Text("items.port", ("22",))})
    records = [
        {"items": [{"port": "22"}]},
        {"items": {"port": "22"}},
        {"items.port": "22"},
        {"items": {"port": ["22"]}},
    ]
    detector = Detector(Ruleset((native, sigma)))
    assert detector.match(Batch(CLOUDTRAIL, records, 1)) == [(0, (1,)), (1, (0, 1)), (2, (1,)), (3, (1,))]


def test_a_native_rule_reads_what_stands_in_the_log_and_not_where_sigma_finds_the_field_too() -> None:
    okta = LogSource("okta", "okta")
    native = rules(["eventtype == 'x'", "eventtype == `null`"]).rules
    sigma = [replace(native[0], key="sigma", selections={"match": Text("eventtype", ("x",))})]
    ruleset = Ruleset(tuple(replace(rule, logsource=LogSource("okta")) for rule in [*native, *sigma]))
    assert Detector(ruleset).match(Batch(okta, [{"eventType": "x"}], 1)) == [(0, (1, 2))]
    assert Detector(ruleset).match(Batch(okta, [{"eventtype": "x"}], 1)) == [(0, (0, 2))]


def test_a_derived_field_is_a_field_to_native_rules_plain_or_not() -> None:
    who = Derived(name="who", path="f.yml", line=1, ways=(Copy("userIdentity.arn"),))
    parts = Derived(name="parts", path="f.yml", line=2, ways=(Query("user", tree("userIdentity")),))
    texts = [
        "who == 'a'",
        "length(who) == `1`",
        "parts.arn == 'a'",
        "parts.arn.x == `null` && parts.groups.name == 'g'",
    ]
    ruleset = replace(rules(texts), derived=(who, parts))
    records = [{"userIdentity": {"arn": "a"}}, {"userIdentity": {"arn": "a", "groups": [{"name": "g"}]}}, {"who": "bb"}]
    assert Detector(ruleset).match(Batch(CLOUDTRAIL, records, 1)) == [(0, (0, 1, 2)), (1, (0, 1, 2))]


def test_an_event_deeper_than_the_stack_is_matched() -> None:
    deep: Any = "x"
    for _ in range(5_000):
        deep = [deep]
    texts = ["a", "a == `[1]`", "contains(a, 'x')", "length(a) == `1`", "to_string(a) != 'x'", "a[][][] == b"]
    detector = Detector(rules(texts))
    found = list(detector.detect([Event(None, CLOUDTRAIL, {"a": deep, "b": [1]}, Ref("log", 1))]))
    assert [one.rule.title for one in found] == ["a", "length(a) == `1`"]
