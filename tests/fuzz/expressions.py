r"""Fuzz target: JMESPath as native rules have it, against the jmespath library. Nothing raises but what it may.

An input is an expression, a line of "====", and a JSON value.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import jmespath

from engine.jmes import Failed, OverBudget, compile, true, written
from engine.load.jmes import BadExpression, tree
from tests.jmes.test_evaluate import EXPRESSIONS, RECORD

__all__ = ["WORDS", "check", "seeds"]

BETWEEN = b"\n====\n"
WORDS = (
    b"length(", b"contains(", b"starts_with(", b"sort_by(", b"&a", b"max_by(", b"to_string(", b"to_number(", b"join(",
    b"[?", b"[*]", b"[]", b"[::-1]", b"[0]", b".*", b" | ", b" || ", b" && ", b"!", b" == ", b"`1`", b"`\"x\"`", b"'x'",
    b'"a b"', b"{x: ", b"@", b"not_null(", b"map(", b"merge(", b"<=", b"`null`", b"\\u0000", b"99999999999999999999",
)  # fmt: skip
LIBRARY = (jmespath.exceptions.JMESPathError, TypeError, ValueError, KeyError, AttributeError, OverflowError)


def check(data: bytes) -> None:
    """Parse, evaluate, write out."""
    text, _, value = data.partition(BETWEEN)
    expression = text.decode("utf-8", "replace")
    record: Any = RECORD
    with contextlib.suppress(ValueError, RecursionError):
        record = json.loads(value, parse_constant=str)
    try:
        found = tree(expression)
    except BadExpression as error:
        assert str(error)  # noqa: PT017
        return
    assert written(found)
    try:
        ours = compile(found)(record)
    except OverBudget:
        return
    except Failed:
        ours = Failed
    true(ours)
    assert repr(ours) == repr(_theirs(expression, record)), expression


def _theirs(expression: str, record: Any) -> Any:
    try:
        return jmespath.search(expression, record)
    except (*LIBRARY, RecursionError):
        return Failed


def seeds() -> Iterator[bytes]:
    """The expressions that the evaluator's own tests have."""
    for expression in EXPRESSIONS:
        yield expression.encode() + BETWEEN + json.dumps(RECORD).encode()
