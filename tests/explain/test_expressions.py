"""An expression that is written again means what it meant: read once more, it is the same tree."""

from __future__ import annotations

import pytest

from engine.explain.expressions import expression_text
from engine.load.jmes import tree

SAME = [
    "a",
    "@",
    "a.b.c",
    '"a b"."c\\"d"',
    "a[0]",
    "[0]",
    "a[-1].b",
    "a[1:3]",
    "a[::2].b",
    "a[*].b.c",
    "[*].b",
    "a[]",
    "a[*].b[]",
    "a.*.b",
    "*.b",
    "a[?b == 'x'].c",
    "a[?b == 'x' && !(c)] | [0]",
    "a[*].b | [0]",
    "a[*].b | c.d",
    "a || b && c",
    "(a || b) && c",
    "!a",
    "!(a == b)",
    "a == 'x'",
    "a != `null`",
    "length(a || `[]`) > `1`",
    "a == `\"it's\"`",
    "a == `\"b\\`c\"`",
    "contains(a, 'x') && starts_with(b.c, 'y')",
    "sort_by(a, &b.c)[0]",
    "a.[b, c.d]",
    'a.{"x": b, "y": c}',
    "[a, b]",
    "a | b",
    "(a || b).c",
    "a[*].[b, c]",
    "a[*].{\"x\": b}",
    "length(a[?b]) >= `2`",
    "a[*][0]",
    "a[][0]",
    "!a == b",
    "!(a && b)",
]  # fmt: skip


@pytest.mark.parametrize("written", SAME)
def test_an_expression_written_again_is_the_same_tree(written: str):
    again = expression_text(tree(written))
    assert tree(again) == tree(written), again


def test_it_comes_out_as_people_write_it():
    text = "contains(a.b, 'x') && (c[?d == `1`].e || !f)"
    assert expression_text(tree(text)) == text
