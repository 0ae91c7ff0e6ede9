"""The literal that a regular expression cannot do without: never one that some text does without."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.match import classes
from engine.match.required import required
from engine.match.text import regex_test
from engine.rules import Regex
from engine.values import fold


@pytest.mark.parametrize(
    ("pattern", "literal"),
    [
        ("mimikatz", "mimikatz"),
        (r"\\mimi\.exe$", "\\mimi.exe"),
        ("^a+bcd", "bcd"),
        ("abcd?", "abc"),
        ("abcd*efgh", "efgh"),
        ("abcd{0,2}ef", "abc"),
        ("abc{d|efgh", None),
        ("abcd{e|fghi}", None),
        ("abc{1,2}|x", None),
        ("abcd|efgh", None),
        ("(abcd|efgh)ijk", "ijk"),
        ("(?i)abcd", "abcd"),
        ("[^]abc|]xyz", "xyz"),
        (r"[a\]|b]xyz", "xyz"),
        ("[[:alpha:]|]xyz", "xyz"),
        (r"a\(bc\)", "a(bc)"),
        (r"\Qa|b\Exyz", None),
        (r"\x41bcd", None),
        (r"\d\w\s", None),
        (r"abc\d+def", "abc"),
        ("ab", None),
        ("äbcd", None),
        ("", None),
    ],
)
def test_what_is_required(pattern: str, literal: str | None):
    assert required(pattern) == literal


PIECES = st.sampled_from(
    ["a", "b", "k", "S", "abc", "kbs", "x{", "}", ",", r"\.", r"\\", r"\d", r"\w", ".", "^", "$", "a?", "bc*", "k+",
     "c{0,2}", "b{2}", "[ab]", "[^]k]", r"[\]|]", "[[:alpha:]]", "(a|kbs)", "(?i)", "(?:abc)?", "|",
     r"\Qa|b\E", "\u212a", "ſ"]
)  # fmt: skip
TEXTS = st.text("abkKsSc.\\1|{},]\u212aſ x", max_size=14)


def test_letters_beyond_ascii_that_re2_takes_for_those_of_ascii_are_found():
    assert classes.Tests([Regex("f", "kbs", "i")]).bits("\u212abſ") == 1


@settings(max_examples=1000)
@given(st.lists(PIECES, min_size=1, max_size=7).map("".join), st.sampled_from(["", "i"]), TEXTS, TEXTS)
def test_a_text_that_matches_is_never_passed_over(pattern: str, flags: str, before: str, after: str):
    try:
        test = regex_test(pattern, flags)
    except ValueError:
        return
    plain = pattern.translate(dict.fromkeys(map(ord, "^$?*+()[]")))
    for text in (before, before + plain + after, before + plain.swapcase() + after, after + fold(plain)):
        assert classes.Tests([Regex("f", pattern, flags)]).bits(text) == int(test(text))
