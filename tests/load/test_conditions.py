"""Conditions are parsed as they are written: printing an expression and parsing it gives it back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.load.conditions import parse, unmatched
from engine.load.faults import Fault
from engine.rules import And, Expr, Not, Or, Selection

NAMES = ("a", "b_1", "not_x", "or-y", "1", "all", "_hidden")


def printed(expr: Expr) -> str:
    if isinstance(expr, Selection):
        return expr.name
    if isinstance(expr, Not):
        return f"not ({printed(expr.arg)})"
    assert isinstance(expr, (And, Or))
    return (" and " if isinstance(expr, And) else " or ").join(f"({printed(arg)})" for arg in expr.args)


def compound(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    args = st.lists(inner, min_size=2, max_size=4).map(tuple)
    return args.map(And) | args.map(Or) | inner.map(Not)


@given(st.recursive(st.sampled_from(NAMES).map(Selection), compound, max_leaves=15))
def test_printed_and_parsed_is_the_same(expr: Expr) -> None:
    assert parse(printed(expr), NAMES) == expr


@given(
    st.lists(st.sampled_from([*NAMES, "and", "or", "not", "(", ")", "of", "them", "a*", "|", "&", "AND"]), max_size=12)
)
def test_any_words_are_a_condition_or_a_fault(words: list[str]) -> None:
    try:
        parse(" ".join(words), NAMES)
    except Fault:
        return


def test_nesting_without_end_is_a_fault() -> None:
    with pytest.raises(Fault, match="nested deeper"):
        parse("(" * 10_000 + "a" + ")" * 10_000, NAMES)


def test_ten_thousand_terms_and_negations_are_no_trouble() -> None:
    expr = parse(" or ".join(["a"] * 10_000), NAMES)
    assert isinstance(expr, Or)
    assert len(expr.args) == 10_000
    assert parse("not " * 10_001 + "a", NAMES) == Not(Selection("a"))


def test_patterns_that_nothing_has_are_told() -> None:
    assert unmatched("a and not 1 of filter_* and all of b*", NAMES) == ["filter_*"]
