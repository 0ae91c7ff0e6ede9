"""Data made small enough for a store: nothing of it is lost without a word."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.notifiers._fitted import fitted

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=20,
)


def test_names_that_are_cut_to_the_same_stay_apart():
    long = "n" * 9_000
    found = fitted({f"{long}1": 1, f"{long}2": 2}, 1_000_000)
    assert sorted(found.values()) == [1, 2]


def test_names_that_are_shown_alike_stay_apart():
    assert sorted(fitted({"a\x1b": 1, "a\\x1b": 2, "a\u202e": 3}, 10_000).values()) == [1, 2, 3]


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 2**64, 10**400])
def test_a_number_that_no_store_has_is_shown_as_text(number: int):
    assert fitted({"n": number}, 10_000)["n"] == (shown if len(shown := hex(number)) < 8_000 else shown[:7_999] + "…")


@pytest.mark.parametrize("number", [2**63 - 1, -(2**63), 0])
def test_a_number_that_a_store_has_stays_one(number: int):
    assert fitted({"n": number}, 10_000)["n"] == number


@given(st.dictionaries(st.text(), values, max_size=8), st.integers(200, 5_000))
def test_it_always_fits_and_counts_what_is_gone(value: dict[str, Any], longest: int):
    found = fitted(value, longest)
    assert len(json.dumps(found, ensure_ascii=False).encode("utf-8", "surrogatepass")) <= 2 * longest
    assert len(found) >= min(len(value), 1)
