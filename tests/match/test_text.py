"""Tests on text, against a matcher that tries everything."""

from __future__ import annotations

import json
import random
import re
from functools import cache

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.match import classes
from engine.match.text import fold, json_text, pattern_test, regex_test, text_of
from engine.rules import ANY, ONE, Pattern, Text

LETTERS = 'aAbB\nß.*?é"ΣσςİK'  # the last is the sign for kelvin
texts = st.text(LETTERS, max_size=12)


def tidy(parts: list[str | int]) -> Pattern:
    """As the loader makes patterns: no two literals and no two ANY side by side, none empty."""
    kept: list[str | int] = []
    for part in parts:
        last = kept[-1] if kept else None
        if isinstance(part, str) and isinstance(last, str):
            kept[-1] = last + part
        elif part != "" and not (part == ANY and last == ANY):
            kept.append(part)
    return tuple(kept)


patterns = st.lists(st.text(LETTERS, max_size=3) | st.sampled_from([ANY, ONE]), max_size=7).map(tidy)


def naive(pattern: Pattern, text: str) -> bool:
    """Every way to place the pattern."""
    if not pattern:
        return text == ""
    first, rest = pattern[0], pattern[1:]
    if first == ANY:
        return any(naive(rest, text[start:]) for start in range(len(text) + 1))
    if first == ONE:
        return text != "" and naive(rest, text[1:])
    return text.startswith(str(first)) and naive(rest, text[len(str(first)) :])


@st.composite
def close(draw: st.DrawFn) -> tuple[Pattern, str]:
    """A pattern, and text that fits it or just fails to."""
    pattern = draw(patterns)
    filled = "".join(
        part
        if isinstance(part, str)
        else draw(st.text(LETTERS, min_size=part == ONE, max_size=3 if part == ANY else 1))
        for part in pattern
    )
    if filled and draw(st.booleans()):
        at = draw(st.integers(0, len(filled) - 1))
        filled = filled[:at] + draw(st.text(LETTERS, max_size=1)) + filled[at + 1 :]
    return pattern, filled


@example(((ANY, "ab", ANY, "b", ANY), "ab"))
@example((("ab", ANY, "ba"), "aba"))
@example((("a", ANY, "b", ANY, "b"), "ab"))
@example(((ONE, ANY, ONE), "a"))
@example(((ANY, ONE, "a", ANY, ONE, "a", ANY), "bba"))
@example(((ANY, ONE, "\n", ONE, ANY), "\n\n\n"))
@example(((), "\n"))
@example((("a",), "a\n"))
@example(((ONE,), "\r\n"))
@given(close())
def test_a_pattern_matches_where_it_can_be_placed(case: tuple[Pattern, str]):
    pattern, text = case
    assert pattern_test(pattern, cased=True)(text) is naive(pattern, text)


@given(close(), st.randoms(use_true_random=False))
def test_without_case_both_sides_are_folded(case: tuple[Pattern, str], drawn: random.Random):
    pattern, text = case
    mixed = "".join(drawn.choice([letter, letter.upper(), letter.lower()]) for letter in text)
    folded = tuple(fold(part) if isinstance(part, str) else part for part in pattern)
    assert pattern_test(pattern, cased=False)(fold(mixed)) is naive(folded, fold(mixed))


@given(st.text(LETTERS + "ẞſıǅ"), st.text(LETTERS + "ẞſıǅ"))
def test_folding_a_part_is_part_of_what_is_folded(start: str, end: str):
    assert fold(start + end) == fold(start) + fold(end)
    assert fold(fold(start)) == fold(start)


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("ÀÉ", "àé", True), ("ΑΣ", "ας", True), ("ΑΣ", "ασ", True), ("\N{KELVIN SIGN}", "k", True),
        ("ß", "ss", False), ("ß", "ẞ", True), ("ſ", "s", False), ("I", "ı", False), ("é", "e\u0301", False),
    ],
)  # fmt: skip
def test_case_is_that_of_lower(one: str, other: str, equal: bool):
    assert (fold(one) == fold(other)) is equal


def test_one_character_is_one_of_the_folded_text():
    """A capital dotted I folds to two."""
    test = pattern_test(("a", ONE, "b"), cased=False)
    assert test(fold("aIb"))
    assert not test(fold("aİb"))


def test_no_pattern_takes_for_ever():
    """As a regular expression each of these would be tried in more ways than there is time for."""
    text = "a" * 50_000
    for pattern in [
        (ANY, "a") * 30 + ("b",),
        ("a", ANY, ONE, ANY) * 30 + ("b",),
        (ANY, ONE, "a") * 20 + (ANY, "b", ANY),
    ]:
        assert not pattern_test(tidy(list(pattern)), cased=True)(text)


@given(texts, texts)
def test_an_expression_of_plain_letters_is_found_where_the_text_is(wanted: str, text: str):
    assert regex_test(
        re.escape(
            wanted,
        ),
        "",
    )(text) is (wanted in text)


@pytest.mark.parametrize(
    ("pattern", "flags", "text", "found"),
    [
        ("^b", "", "a\nb", False), ("^b", "m", "a\nb", True), ("a$", "", "a\n", False), ("a.b", "", "a\nb", False),
        ("a.b", "s", "a\nb", True), ("A", "", "a", False), ("A", "i", "a", True), (r"\d", "", "١", False),
        (r"\w", "", "é", False), ("(a+)+$", "", "a" * 5_000 + "b", False), ("^.$", "", "😀", True),
        ("^.$", "", "\ud800", True), ("\N{REPLACEMENT CHARACTER}", "", "\udfff", True),
        ("^..$", "", "\ud83d\ude00", False),
        ("", "", "", True), ("K", "i", "\N{KELVIN SIGN}", True),
    ],
)  # fmt: skip
def test_expressions_are_those_of_re2(pattern: str, flags: str, text: str, found: bool):
    assert regex_test(pattern, flags)(text) is found


@pytest.mark.parametrize("pattern", [r"(?=a)", r"(?<!a)b", r"(a)\1", "(", "a{2000}", r"\p{Nonsense}", "*"])
def test_an_expression_that_re2_refuses_is_an_error_that_says_why(pattern: str):
    with pytest.raises(ValueError, match=r"\w"):
        regex_test(pattern, "")


@given(st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_the_text_of_a_scalar_is_its_json(value: bool | float):
    assert text_of(value) == json.dumps(value)


def test_numbers_of_any_length_have_a_text():
    assert text_of(10**5_000) == "1" + "0" * 5_000
    assert text_of(-(10**5_000)) == "-1" + "0" * 5_000


@pytest.mark.parametrize("value", [None, {}, [], ["a"], {"a": 1}, ()], ids=repr)
def test_what_is_no_scalar_has_no_text(value: object):
    assert text_of(value) is None


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text("aé\ud800\n", max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("aé", max_size=2), inner, max_size=3),
)


@given(st.dictionaries(st.text("aé", max_size=2), values))
def test_the_text_of_an_object_is_compact_json_that_reads_as_it(value: dict[str, object]):
    text = json_text(value)
    assert json.loads(text) == value
    assert "é" in text or "é" not in repr(value)
    assert " " not in text


@cache
def deep(levels: int) -> dict[str, object]:
    value: dict[str, object] = {}
    for _ in range(levels):
        value = {"a": value}
    return value


def test_an_object_too_deep_to_print_has_no_text_and_raises_nothing():
    assert json_text(deep(100_000)) == ""


def test_many_literals_are_found_after_their_automaton_was_made_anew():
    words = [f"word{number:03}end" for number in range(40)]
    tests = classes.Tests([Text("f", (ANY, word, ANY)) for word in words])
    long = "x" * (classes.MUCH // 4)
    for _ in range(6):
        assert tests.bits(f"{long}WORD007end") == 1 << 7
        assert tests.bits(long) == 0
        assert tests.bits("word031end word002END") == 1 << 31 | 1 << 2
