"""Which tests an expression of -k means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import UsageError
from engine.testing.choose import chosen

TEXT = "rules/aws/brute.test.yml::three (or more) in five minutes"

HOLDS = [
    "brute", "BRUTE", "rules/", "three * five", "f?ve", "in five minutes", "not slow", "not not brute",
    "brute and five", "slow or five", "brute and not slow", "not (slow or draft)", "slow and draft or five",
    "five or slow and draft", "NOT slow AND brute", '"(or more)"', "'three (or more)' and not 'and'",
    "((brute))", "brute and (slow or five)",
]  # fmt: skip
FAILS = ["slow", "not brute", "brute and slow", "five minutes in", "(slow or five) and draft", "thr[e]e", "[a-z]*"]


@pytest.mark.parametrize("expression", HOLDS)
def test_an_expression_means_what_its_words_say(expression: str):
    assert chosen(expression)(TEXT)


@pytest.mark.parametrize("expression", FAILS)
def test_an_expression_does_not_mean_what_its_words_do_not_say(expression: str):
    assert not chosen(expression)(TEXT)


FAULTS = {
    "": "-k: a word is missing at the end",
    "and x": '-k: a word is missing before "and", at character 1',
    "x or": "-k: a word is missing at the end",
    "x and or y": '-k: a word is missing before "or", at character 7',
    "not": "-k: a word is missing at the end",
    "(x": '-k: a ")" is missing at the end',
    "x)": '-k: nothing is open that it could close before ")", at character 2',
    "x (y)": '-k: nothing is open that it could close before "(", at character 3',
    'x and "y': "-k: a quote is not closed, at character 7",
    "not " * 200 + "x": "-k: more than 100 within each other",
    "(" * 200 + "x": "-k: more than 100 within each other",
}


@pytest.mark.parametrize(("expression", "fault"), FAULTS.items())
def test_what_is_no_expression_is_said_with_its_place(expression: str, fault: str):
    with pytest.raises(UsageError) as raised:
        chosen(expression)
    assert raised.value.fault == fault


words = st.sampled_from(["brute", "five", "slow", "draft"])
trees = st.recursive(
    words,
    lambda inner: st.one_of(
        st.tuples(st.just("not"), inner),
        *(st.tuples(inner, st.just(join), inner) for join in ("and", "or")),
    ),
    max_leaves=8,
)  # fmt: skip


def written(tree: object) -> str:
    return tree if isinstance(tree, str) else f"({' '.join(map(written, tree))})"  # type: ignore[call-overload]


def said(tree: object) -> bool:
    if isinstance(tree, str):
        return tree in ("brute", "five")
    if tree[0] == "not":  # type: ignore[index]
        return not said(tree[1])  # type: ignore[index]
    first, join, second = tree  # type: ignore[misc]
    return said(first) and said(second) if join == "and" else said(first) or said(second)


@given(trees)
def test_any_expression_is_what_its_parts_are(tree: object):
    assert chosen(written(tree))("brute::five") is said(tree)
