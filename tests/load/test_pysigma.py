"""Where pySigma, in one of its majors or both, contradicts the specification, the specification wins."""

from __future__ import annotations

import pytest

from engine.load import load_text
from engine.rules import ANY, And, Const, Expr, Not, Number, Or, Regex, Selection, Text
from tests.load.rules import loaded, selection


def condition(text: str, *names: str) -> Expr:
    selections = "".join(f"  {name}: {{f: x}}\n" for name in names)
    return loaded(f"title: t\nlogsource: {{product: test}}\ndetection:\n{selections}  condition: {text}\n").condition


@pytest.mark.parametrize("name", ["notepad", "not_x", "android", "order", "and1", "or-2"])
def test_a_name_may_begin_with_an_operator(name: str) -> None:
    assert condition(name, name) == Selection(name)
    assert condition(f"not {name}", name) == Not(Selection(name))


def test_a_pattern_may_hold_a_hyphen() -> None:
    assert condition("all of a-*", "a-1", "a-2", "b") == And((Selection("a-1"), Selection("a-2")))


def test_a_pattern_that_nothing_has_is_a_constant() -> None:
    assert condition("a and not 1 of filter_*", "a") == And((Selection("a"), Not(Const(False))))
    assert condition("all of filter_*", "a") == Const(True)


def test_base64_encodes_a_literal_star_as_one_byte() -> None:
    assert selection(r"f|base64: 'a\*b'") == Text("f", ("YSpi",))


def test_base64offset_trims_by_bytes() -> None:
    assert selection("f|base64offset: äbc") == Or((Text("f", ("w6RiY",)), Text("f", ("OkYm",)), Text("f", ("DpGJj",))))


def test_utf16_begins_with_its_byte_order_mark() -> None:
    assert selection("f|utf16|base64: a") == Text("f", ("//5hAA==",))


def test_utf16le_is_known_and_wide_takes_any_text() -> None:
    assert selection("f|utf16le|base64: é") == selection("f|wide|base64: é") == Text("f", ("6QA=",))


def test_windash_begins_from_any_dash() -> None:
    assert selection("f|windash: –a") == selection("f|windash: -a")


def test_windash_takes_more_than_three_dashes() -> None:
    four = selection("f|windash: -a -b -c -d")
    assert isinstance(four, Or)
    assert len(four.args) == 5**4
    assert isinstance(selection("f|windash: -a -b -c -d -e"), Regex)


def test_integers_above_2_to_the_53_stay_exact() -> None:
    assert selection("f: 9007199254740993") == Number("f", "9007199254740993")
    assert selection(f"f: {10**400}") == Number("f", str(10**400))


def test_a_percent_sign_can_be_escaped() -> None:
    assert selection(r"f|expand: '\%plain\%'") == Text("f", ("%plain%",))


def test_re_contains_takes_an_empty_expression() -> None:
    assert selection("f|re|contains: ''") == Regex("f", "")


def test_a_field_may_be_called_by_a_number() -> None:
    assert selection("123: x") == Text("123", ("x",))


def test_text_modifiers_take_numbers() -> None:
    assert selection("f|contains: 10") == Text("f", (ANY, "10", ANY))


def test_a_regular_expression_may_use_what_only_re2_knows() -> None:
    assert selection(r"f|re: 'a(?i)b\z'") == Regex("f", r"a(?i)b\z")


def test_all_and_neq_may_stand_before_re() -> None:
    assert selection("f|all|re: [a, b]") == And((Regex("f", "a"), Regex("f", "b")))
    assert selection("f|neq|re: a") == Not(Regex("f", "a"))


def test_an_id_of_a_wrong_type_is_a_fault_not_a_crash() -> None:
    (error,) = load_text("title: t\nid: 5\nlogsource: {product: p}\ndetection: {a: {b: 1}, condition: a}\n").rejected
    assert error.fault == "id is not text"


@pytest.mark.parametrize(
    "line",
    [
        "date: sometime",
        "tags: [nodot]",
        "author: [a, b]",
        "falsepositives: none",
        "related: [{id: 5}]",
        "references: x",
        f"title: {'x' * 300}",
    ],
)
def test_a_fault_that_does_not_touch_what_is_detected_keeps_the_rule(line: str) -> None:
    head = "" if line.startswith("title") else "title: t\n"
    ruleset = load_text(f"{head}{line}\nlogsource: {{product: p}}\ndetection: {{a: {{b: 1}}, condition: a}}\n")
    assert not ruleset.rejected
    assert len(ruleset.rules) == 1
    assert line.startswith("title") or ruleset.warnings[0].startswith("<text>:2:")
