"""What a predicate says in words."""

from __future__ import annotations

import pytest

from engine.explain import words
from engine.rules import (
    ANY,
    ONE,
    Bool,
    Cidr,
    Compare,
    Exact,
    Exists,
    FieldRef,
    Null,
    Number,
    Predicate,
    Regex,
    Search,
    Text,
    TimePart,
)

SAID: list[tuple[Predicate, str]] = [
    (Text("a", ("x",)), 'a is "x"'),
    (Text("a", ("x",), True), 'a is "x" (case counts)'),
    (Text("a", (ANY, "x", ANY)), 'a contains "x"'),
    (Text("a", ("x", ANY)), 'a starts with "x"'),
    (Text("a", (ANY, "x")), 'a ends with "x"'),
    (Text("a", ()), "a is the empty text"),
    (Text("a", (ANY,)), "a has any text at all"),
    (Text("a", ("x*", ONE, "y\\", ANY)), 'a is like "x\\*?y\\\\*"'),
    (Text("a", (ONE,)), 'a is like "?"'),
    (Text(None, (ANY, "x", ANY)), 'any value contains "x"'),
    (Number("a", "1.5"), "a is the number 1.5"),
    (Bool("a", False), "a is false"),
    (Null("a"), "a is null or missing"),
    (Exists("a", True), "a exists"),
    (Exists("a", False), "a does not exist"),
    (Regex("a", "^x"), "a matches the expression /^x/"),
    (Regex("a", "^x", "im"), "a matches the expression /^x/ with flags im"),
    (Cidr("a", "10.0.0.0/8"), "a is an address in 10.0.0.0/8"),
    (Compare("a", "gte", "5"), "a is at least 5"),
    (TimePart("a", "hour", "lt", "6"), "a has a date of which the hour is less than 6"),
    (FieldRef("a", "b", "endswith", True), "a ends with the field b (case counts)"),
    (Exact("a", "eq", '"x"'), 'a is exactly "x"'),
    (Exact("a", "lt", "3"), "a is less than 3"),
    (Exact("a", "true"), "a is true, as JMESPath has it"),
    (Exact("a", "kind", '["string"]'), 'a is of a kind among ["string"]'),
    (Search('["field","a"]'), "the expression a is true"),
]


@pytest.mark.parametrize(("predicate", "said"), SAID, ids=[said for _, said in SAID])
def test_a_predicate_says_in_words(predicate: Predicate, said: str):
    assert words(predicate) == said


def test_every_kind_of_predicate_has_its_words():
    from typing import get_args

    assert {type(predicate) for predicate, _ in SAID} == set(get_args(Predicate))
