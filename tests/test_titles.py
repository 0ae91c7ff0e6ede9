"""Titles of alerts: `engine.titles`, what a rule may say, and what comes of it when an event is hostile."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.titles import LONGEST, Title

ARN = "arn:aws:iam::111122223333:user/ana"
VALUES: dict[str, tuple[str, ...]] = {
    "who": (ARN,),
    "role": ("arn:aws:sts::111122223333:assumed-role/ops/deploy",),
    "policy": ("arn:aws:iam::aws:policy/AdministratorAccess",),
    "many": ("a", "b", "c", "d", "e"),
    "two": ("a", "b"),
    "a.b": ("x",),
    "odd": ("two\nlines \x1b[31m \u202e",),
    "long": ("y" * 500,),
}


def said(text: str) -> str:
    return Title(text)(lambda name: VALUES.get(name, ()))


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("nothing to fill in", "nothing to fill in"),
        ("{who} did it", "user/ana@111122223333 did it"),
        ("{role}", "ops/deploy@111122223333"),
        ("{policy}", "policy/AdministratorAccess"),
        ("{ a.b }", "x"),
        ("{none} did it", "? did it"),
        ("{none|a.b}", "x"),
        ("{two|a.b}", "a, b"),
        ("{many}", "a, b, c and 2 more"),
        ("did it[ for {a.b}]", "did it for x"),
        ("did it[ for {none}]", "did it"),
        ("did it[ for {a.b} at {none}][ ({a.b})]", "did it (x)"),
        ("{{who}} [[x]]", "{who} [x]"),
        ("[[{a.b}]]", "[x]"),
        ("two\nlines", "two lines"),
        ("{odd}", r"two\nlines \x1b[31m \u202e"),
        ("{long}", "y" * 79 + "…"),
        ("{long}{long}{long}", ("y" * 79 + "…") * 2 + "y" * 39 + "…"),
    ],
)
def test_what_a_title_says(text: str, title: str):
    assert said(text) == title


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it is empty"),
        ("  \n", "it is empty"),
        ("{who", "a brace that nothing opens or closes"),
        ("who}", "a brace that nothing opens or closes"),
        ("{}", "between braces stands the name of a field"),
        ("{a|}", "between braces stands the name of a field"),
        ("[x", "a bracket is not closed"),
        ("x]", "a bracket that nothing opens"),
        ("[x [{a}]]", "brackets do not stand in brackets"),
        ("[x]", "what stands in brackets has no field"),
    ],
)
def test_what_cannot_be_meant_is_refused(text: str, why: str):
    with pytest.raises(ValueError, match=why) as refused:
        Title(text)
    assert "\n" not in str(refused.value)


@given(st.text(alphabet="ab{}[]| \n\x1b", max_size=30), st.text(max_size=300))
def test_any_text_is_a_title_of_one_line_or_is_refused(text: str, value: str):
    try:
        title = Title(text)
    except ValueError:
        return
    made = title(lambda name: (value,) if name == "a" else ())
    assert made.isprintable()
    assert len(made) <= LONGEST
