"""The evaluator gives what the jmespath library gives, and nothing takes long."""

from __future__ import annotations

import inspect
from typing import Any

import jmespath
import pytest
from jmespath.functions import Functions

from engine.jmes import FUNCTIONS, Failed, OverBudget, compile, written
from engine.load.jmes import tree

RECORD: dict[str, Any] = {
    "a": {"b": {"c": 1}},
    "n": [3, 1.5, -2, 0],
    "s": ["b", "a", "é", ""],
    "o": [{"k": 1, "t": "x"}, {"k": 0, "t": "y"}, {"t": None}, 5, None, {"k": True}],
    "e": [[1, [2]], [], [[3]]],
    "t": "text",
    "z": None,
    "f": False,
}

EXPRESSIONS = [
    "a.b.c", "a.b.c.d", "@", "o[0].t", "o[-1].k", "o[9]", "o[1:]", "o[::-1].t", "o[::2]", "t[0]", "a.*", "a.*.c", "*.b",
    "o[*].k", "o[].k", "e[]", "e[][]", "e[][][]", "t[]", "t[*]", "[a, t]", "z.[a]", "z.{x: a}", "{x: t, y: n[0]}",
    "o[?k]", "o[?k == `1`].t", "o[?k == `true`]", "o[?t != 'x'] | length(@)", "n[?@ > `1`]", "n[?@ >= '1']",
    "a || t", "z || f", "z && t", "t && z", "!z", "!n", "!(a.b.c)", "!a[0]", "!length(t)", "!t", "!`0`", "!!`0`",
    "t == 'text'", "t < 'u'", "t < `1`", "f < `1`", "f == `0`", "`0` == f", "`1` == `true`", "`1.0` == `1`", "z == x",
    "[`1`] == [`true`]", "[f] == [`0`]", "{x: `1`} == {x: `1.0`}", "a == {b: {c: `1`}}", "`[]` == e[1]",
    "abs(n[2])", "abs(t)", "avg(n)", "avg(`[]`)", "avg(s)", "ceil(n[1])", "floor(n[1])", "contains(s, 'a')",
    "contains(t, 'ex')", "contains(t, `1`)", "contains(n, `true`)", "contains(z, 'a')", "contains(o, {t: null})",
    "ends_with(t, 'xt')", "starts_with(t, 'te')", "starts_with(z, 'te')", "starts_with(t, n)", "join('-', s)",
    "join('-', n)", "join(z, s)", "keys(a)", "keys(n)", "length(t)", "length(n)", "length(a)", "length(z)", "length(f)",
    "map(&t, o)", "map(&k, n)", "map(&@, t)", "max(n)", "max(s)", "max(o)", "max(`[]`)", "min(n)", "min(`[1, \"a\"]`)",
    "max_by(o[:2], &k)", "max(`[1, true]`)", "sum(`[1, true]`)", "sort(`[1, true]`)",
    "a | (length(b) | c)", "a | (keys(@) | [0])",
    "min_by(o[:2], &t)", "max_by(o, &k)", "max_by(`[]`, &k)", "min_by(`[1, \"a\"]`, &@)",
    "merge(a, {x: t})", "merge(a, z)", "merge(a, n)", "merge(a, `[]`)", "merge(z)", "not_null(z, f, t)",
    "not_null(z)", "reverse(t)", "reverse(n)", "reverse(z)", "sort(n)", "sort(s)", "sort(o)", "sort(`[true]`)",
    "sort_by(o[:2], &k)", "sort_by(o[:2], &t)", "sort_by(o, &k)", "sort_by(`[]`, &k)", "sort_by(`[1, \"a\"]`, &@)",
    "sort_by(o, &t)", "sum(n)", "sum(`[]`)", "sum(s)", "to_array(t)", "to_array(n)", "to_number('4')",
    "to_number(' 4 ')", "to_number('1e400')", "to_number('x')", "to_number(t)", "to_number(n)", "to_number(f)",
    "to_number('٣')", "ceil(to_number('inf'))", "ceil(to_number('nan'))", "to_number('nan') == to_number('nan')",
    "to_string(o)", "to_string(t)", "to_string(z)", "to_string(`\"é\"`)", "to_string(`1.50`)", "type(z)", "type(t)",
    "type(n)", "type(a)", "type(f)", "type(n[0])", "values(a)", "values(n)", "o[::0]", "o[99999999999999999999999]",
    "a | b | c", "o[*].t | [0]", "o[?t && k]", "length(o[?type(@) == 'object'])", "[o[0].t, t][?@ == 'x']",
    "`foo`", "t.length(@)", "a.b.[c, c][]", "o[?contains(t, 'x')]", "z || contains(z, 'a')", "t || contains(z, 'a')",
    "o[*].t.keys(@)", "o[?k][::-1]", "!t | keys(@)", "abs(!t | @) == z",
    "z && contains(z, 'a')", "a.keys(@)", "\"a\".\"b\"", "s[?starts_with(@, 'a')] | [0] || 'none'",
]  # fmt: skip


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_gives_what_the_library_gives(expression: str) -> None:
    assert repr(ours(expression, RECORD)) == repr(theirs(expression, RECORD))


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_a_tree_that_is_written_out_parses_to_the_same_tree(expression: str) -> None:
    assert tree(written(tree(expression))) == tree(expression), written(tree(expression))


def ours(expression: str, record: Any) -> Any:
    try:
        return compile(tree(expression))(record)
    except Failed:
        return Failed


def theirs(expression: str, record: Any) -> Any:
    try:
        return jmespath.search(expression, record)
    except Exception:  # noqa: BLE001 - Python's own errors too
        return Failed


def test_every_function_of_the_library_is_there_with_as_many_arguments() -> None:
    table = Functions.FUNCTION_TABLE
    assert FUNCTIONS.keys() == table.keys()
    for name, function in FUNCTIONS.items():
        signature = table[name]["signature"]
        assert (len(function.takes), function.variadic) == (len(signature), bool(signature[-1].get("variadic"))), name
        kinds = [tuple(word.replace("expref", "expression") for word in one["types"]) for one in signature]
        assert [sorted(one) for one in function.takes] == [sorted(one) for one in kinds], name
        assert inspect.getdoc(table[name]["function"]) is None  # nothing is promised there that could be missed here


DOUBLED = " | ".join(["[@, @]"] * 22)

# Enough to be far over the budget, and little enough to end some time should the budget be broken.
HOSTILE = {
    "written out": f"{DOUBLED} | to_string(@)",
    "compared": f"[({DOUBLED}), ({DOUBLED})] | [0] == [1]",
    "searched": f"[({DOUBLED}), ({DOUBLED})] | contains([[0]], [1])",
    "flattened": f"{DOUBLED} | " + " | ".join(["@[]"] * 22),
    "joined": " | ".join(["{a: join('', [a, a])}"] * 22),
    "mapped": " | ".join(["map(&length(@), [a, @, n])"] + ["map(&[@, @][], @)[]"] * 20),
    "projected": "n" + " | [*].[@, @, @, @][]" * 11,
    "filtered": "n" + " | [].[@, @, @, @][] | [?@ || @]" * 11,
    "merged": " | ".join(["merge(@, {x: @, y: @})"] * 22) + " | to_string(@)",
    "sorted": " | ".join(["sort([@, @][])"] * 21).replace("sort([@", "sort([n", 1).replace("n, @", "n, n", 1),
    "reversed": " | ".join(["{a: reverse(join('', [a, a]))}"] * 22),
}


@pytest.mark.parametrize("expression", HOSTILE.values(), ids=HOSTILE)
def test_what_would_never_end_is_over_budget(expression: str) -> None:
    with pytest.raises(OverBudget):
        compile(tree(expression))({"a": "x" * 16, "n": [1, 2]})


def test_a_record_of_a_million_values_is_over_budget_or_done() -> None:
    record = {"n": list(range(1_000_000)), "t": "x" * 10_000_000}
    for expression in (
        "n[?@ == `-1`]",
        "n[*].a",
        "sort(n)",
        "contains(n, `-1`)",
        "to_string(@)",
        "sum(n)",
        "reverse(t)",
    ):
        with pytest.raises(OverBudget):
            compile(tree(expression))(record)
    assert compile(tree("length(n)"))(record) == 1_000_000
    assert compile(tree("n[-1]"))(record) == 999_999


def test_a_value_deeper_than_the_stack_fails_or_is_compared() -> None:
    deep: Any = 0
    for _ in range(20_000):
        deep = [deep]
    record = {"d": deep, "e": [[deep[0]]]}
    assert compile(tree("d == e"))(record) is False
    assert compile(tree("length(d)"))(record) == 1
    with pytest.raises(Failed):
        compile(tree("to_string(d)"))(record)
