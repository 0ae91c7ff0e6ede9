"""JMESPath expressions as authors of native rules write them, and as none would: made of choices, as all worlds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.strategies import Choices

__all__ = ["expression_text"]

TEXTS = ["a", "A", "b", "ab", "", "1", "true", "é", "σ", "a\nb", "'", "\\", "`", '"', "10.0.0.1", "\x00"]

OTHERS = [
    "0", "1", "-1", "2", "5", "1.0", "0.0", "1.5", "4624", "1e3", "10000000000000000", "9007199254740993", "true",
    "false", "null", "[]", "{}", '["a"]', "[1]", "[true]", '{"b": 1}', '{"b": "a"}', "[[]]", '["a", null]',
]  # fmt: skip

OPAQUE = [
    "length({0}) > `1`", "{0}[?@ == 'a']", "{0}[?b == 'a'].b | [0]", "{0}[*].b", "{0}[]", "{0}[].b | [0]", "{0}.*",
    "{0}[0]", "{0}[-1].b", "{0}[::2]", "{0}[::0]", "to_string({0}) == 'a'", "type({0}) == 'string'", "keys({0})",
    "values({0})", "join('', {0})", "sort({0})", "sum({0}) > `1`", "avg({0})", "[{0}, {1}]", "{{x: {0}}}.x == 'a'",
    "{0} == {1}", "{0} != {1}", "{0} < {1}", "contains({0}, {1})", "starts_with({0}, {1})", "not_null({0}, {1})",
    "max_by({0}, &b).b", "sort_by({0}, &@)[0]", "map(&b, {0})", "to_number({0}) > `1`", "abs({0}) > `1`", "@", "@.{0}",
    "{0} | @ == 'a'", "reverse({0}) == 'a'", "merge({0}, {1}).b", "min({0})", "`[1, 2]`[?@ == `1`]", "'a' == 'a'",
    "{0} < `[1]`", "contains({0}, `null`)", "to_array({0})[?@ == 'a']", "length(to_array({0}))", "\"{0}\"", "{0}.\"b\"",
    "contains(`[\"a\", \"b\"]`, {0})", "contains(`[\"a\", null]`, {0})", "contains('ab', {0})", "(({0}))",
]  # fmt: skip


def expression_text(choices: Choices, fields: Sequence[str], depth: int = 3) -> str:
    """An expression over these fields; mostly plain comparisons, joined."""
    kind = choices.below(16)
    if depth and kind >= 9:
        left, right = (expression_text(choices, fields, depth - 1) for _ in range(2))
        if kind < 11:
            return f"!({left})"
        return f"({left}) {'&&' if kind < 13 else '||'} ({right})"
    path = choices.of(fields)
    if kind < 3:
        return f"{path} {choices.of(('==', '!='))} {literal(choices)}"
    if kind == 3:
        return f"{literal(choices)} {choices.of(('==', '!=', '<', '<=', '>', '>='))} {path}"
    if kind == 4:
        return f"{path} {choices.of(('<', '<=', '>', '>='))} {literal(choices)}"
    if kind == 5:
        return path
    if kind < 8:
        name = choices.of(("contains", "starts_with", "ends_with"))
        return f"{name}({path}, {literal(choices) if name == 'contains' else text(choices)})"
    return choices.of(OPAQUE).format(path, choices.of(fields))


def literal(choices: Choices) -> str:
    return text(choices) if choices.below(2) else f"`{choices.of(OTHERS)}`"


def text(choices: Choices) -> str:
    """A text in single quotes where it can be, else as JSON."""
    value = choices.of(TEXTS)
    if choices.below(2) or set(value) & set("'\\"):
        return "`" + json.dumps(value).replace("`", "\\`") + "`"
    return f"'{value}'"
