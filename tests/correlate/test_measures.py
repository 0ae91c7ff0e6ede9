"""The parts that types measure with: exact numbers, percentiles, conditions, groups, and plain data as bytes."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.correlate.condition import Condition, terms
from engine.correlate.condition import tester as compiled
from engine.correlate.groups import Keys, key_of, lacking, text, texts_of
from engine.correlate.numbers import exact, plain
from engine.correlate.packed import pack, unpack
from engine.correlate.ranked import Ranked

NUMBERS = st.integers(-5, 5) | st.fractions(-3, 3, max_denominator=4)


@given(st.fractions(0, 1, max_denominator=20), st.lists(NUMBERS, min_size=1), st.integers(1, 8))
def test_a_percentile_of_the_last_few_values_is_that_of_all_of_them_sorted(
    part: Fraction, coming: list[Any], most: int
):
    ranked = Ranked(part)
    for number, value in enumerate(coming):
        ranked.add(value)
        if number >= most:
            ranked.drop(coming[number - most])
        values = sorted(coming[max(0, number + 1 - most) : number + 1])
        rank = part * (len(values) - 1)
        low, rest = int(rank), rank % 1
        assert len(ranked) == len(values)
        assert ranked.value() == values[low] + ((values[low + 1] - values[low]) * rest if rest else 0)


def test_values_that_have_gone_do_not_stay_in_memory():
    ranked = Ranked(Fraction(1, 2))
    for number in range(10_000):
        ranked.add(number)
        if number >= 100:
            ranked.drop(number - 100)
    assert len(ranked._low) + len(ranked._high) < 500


def test_a_percentile_of_nothing_is_nothing():
    ranked = Ranked(Fraction(1, 2))
    assert ranked.value() is None
    ranked.add(1)
    ranked.drop(1)
    assert ranked.value() is None


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (1, 1), ("1", 1), ("+1", 1), ("-2.50", Fraction(-5, 2)), (0.1, Fraction(1, 10)), ("1e3", 1000), (2.0, 2),
        ("0e99999", 0), (True, None), (None, None), ("", None), (" 1", None), ("0x1", None), ("1_0", None), ([1], None),
        (float("nan"), None), (float("-inf"), None), ("1e401", None), ("1e-401", None), (10**401, None), ("٣", None),
    ],
    ids=repr,
)  # fmt: skip
def test_a_number_is_exact_or_none_at_all(value: Any, number: Any):
    assert exact(value) == number


@pytest.mark.parametrize(
    ("number", "told"), [(3, 3), (Fraction(5, 2), 2.5), (Fraction(1, 3), 1 / 3), (Fraction(10**400, 3), 10**400 // 3)]
)
def test_a_number_is_told_whole_or_as_the_nearest_float(number: Any, told: Any):
    assert plain(number) == told


@given(st.fractions(-4, 4, max_denominator=3), st.integers(-3, 3), st.integers(-3, 3))
def test_operators_are_those_of_arithmetic_and_several_are_a_range(number: Fraction, low: int, high: int):
    for name, holds in {"gt": number > low, "gte": number >= low, "eq": number == low, "neq": number != low}.items():
        assert compiled(Condition(**{name: low}))(number) == holds
        assert compiled(Condition(lte=high, **{name: low}))(number) == (holds and number <= high)
    assert compiled(Condition(lt=high))(number) == (number < high)


RULES = 4
WORDS = st.sampled_from(["and", "or"])
EXPRESSIONS = st.recursive(
    st.builds(lambda index: ["rule", index], st.integers(0, RULES - 1)),
    lambda inner: (
        st.builds(lambda one: ["not", one], inner)
        | st.builds(
            lambda word, many: [word, *many], st.sampled_from(["and", "or"]), st.lists(inner, min_size=1, max_size=3)
        )
    ),
    max_leaves=10,
)


def holds(expression: Any, present: tuple[bool, ...]) -> bool:
    word, *inner = expression
    if word == "rule":
        return present[inner[0]]
    if word == "not":
        return not holds(inner[0], present)
    return (all if word == "and" else any)(holds(one, present) for one in inner)


@given(EXPRESSIONS)
def test_the_ways_of_an_expression_are_true_where_it_is(expression: Any):
    ways = terms(expression, RULES)
    for present in product((False, True), repeat=RULES):
        found = any(all(present[one] for one in there) and not any(present[one] for one in no) for there, no in ways)
        assert found == holds(expression, present)


def test_an_expression_with_too_many_ways_is_refused():
    parts = [["or", ["rule", 2 * number], ["rule", 2 * number + 1]] for number in range(14)]
    with pytest.raises(ValueError, match="too many ways"):
        terms(["and", *parts], 28)


# Groups and bytes

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(st.lists(st.none() | st.text(st.characters(codec=None)), max_size=4))
def test_a_key_of_a_group_tells_its_texts(texts: list[str | None]):
    assert texts_of(key_of(texts)) == tuple(texts)
    assert key_of(texts).isascii()
    assert lacking(key_of(texts)) == (None in texts)


@given(st.lists(PLAIN, min_size=2, max_size=2), st.lists(PLAIN, min_size=2, max_size=2))
def test_two_groups_are_one_only_if_all_their_texts_are(left: list[Any], right: list[Any]):
    keys = Keys(("g", "h"))
    found = [keys.of(dict(zip("gh", values, strict=True))) for values in (left, right, left)]
    assert (found[0] == found[1]) == (list(map(text, left)) == list(map(text, right)))
    assert found[0] == found[2]


@pytest.mark.parametrize(
    ("value", "expected"), [(1, "1"), (1.0, "1.0"), (True, "true"), ([1, "é"], '[1,"é"]'), ("x", "x")]
)
def test_a_value_is_known_by_its_text_as_json_writes_it(value: Any, expected: str):
    assert text(value) == expected
    assert Keys(("g",)).of({"g": value}) == key_of([expected])


@given(PLAIN)
def test_plain_data_comes_back_as_it_was(value: Any):
    assert unpack(pack(value)) == value
    assert unpack(pack([Fraction(1, 3), 10**30, value])) == [Fraction(1, 3), 10**30, value]
