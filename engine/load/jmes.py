"""JMESPath text -> tree, the JSON that `engine.jmes` evaluates; the only place that knows the jmespath library.

What can never work is said here and not at the first event: functions that do not exist, a wrong number of arguments,
`&expressions` where none is wanted.
"""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from jmespath.exceptions import (  # type: ignore[import-untyped]
    EmptyExpressionError,
    IncompleteExpressionError,
    LexerError,
    ParseError,
)
from jmespath.lexer import Lexer  # type: ignore[import-untyped]
from jmespath.parser import Parser  # type: ignore[import-untyped]

from engine.jmes import FUNCTIONS, kind
from engine.load.faults import Fault, did_you_mean

__all__ = ["BadExpression", "Node", "parse", "tree"]

MAX_LENGTH = 10_000
"""Characters of an expression."""

MAX_DEPTH = 100

Node = list[Any]
"""As `engine.jmes.evaluate` says, in lists."""


class BadExpression(Fault):
    """A fault inside an expression; `position` is the character it is at, from 0."""

    def __init__(self, fault: str, hint: str | None = None, position: int = 0) -> None:
        super().__init__(fault, hint)
        self.position = position


def tree(expression: str) -> str:
    """The tree of an expression, as `engine.jmes.compile` takes it. Raises BadExpression."""
    return json.dumps(parse(expression), separators=(",", ":"))


def parse(expression: str) -> Node:
    """The same as lists. Raises BadExpression."""
    if len(expression) > MAX_LENGTH:
        raise BadExpression(f"an expression of more than {MAX_LENGTH:,} characters", "write several, and join them")
    try:
        with warnings.catch_warnings():  # of literals without quotes, which the library reads as text all the same
            warnings.simplefilter("ignore", PendingDeprecationWarning)
            parsed = Parser().parse(expression).parsed
    except EmptyExpressionError:
        raise BadExpression("the expression is empty", 'write what must be true, such as eventName == "X"') from None
    except IncompleteExpressionError:
        raise BadExpression("the expression ends too early", None, len(expression.rstrip())) from None
    except LexerError as error:
        raise _unreadable(error) from None
    except ParseError as error:
        raise _unexpected(error, expression) from None
    except ValueError as error:  # an index of more digits than Python agrees to read
        raise BadExpression(f"the expression cannot be read: {error}") from None
    except (RecursionError, IndexError):
        raise _too_deep() from None
    return _Converter(expression).node(parsed, 0)


def _unreadable(error: LexerError) -> BadExpression:
    found, position = str(error.lexer_value), error.lexer_position
    if found.startswith("="):
        return BadExpression('a single "="', 'write "==" to compare', position)
    if error.message.startswith("Unclosed"):
        return BadExpression(f"the {found[0]} that opens here is never closed", None, position)
    if found.startswith("`"):
        return BadExpression("what stands between ` and ` is no JSON", "write text as 'text'", position)
    if found.startswith('"'):
        return BadExpression("what stands in double quotes is no JSON text", None, position)
    return BadExpression(f'"{found[:20]}" means nothing in JMESPath', None, position)


_HINTS = {
    "and": 'write "&&"',
    "or": 'write "||"',
    "not": 'write "!"',
    "in": "write contains(list, member)",
    "contains": "write contains(text, part)",
}


def _unexpected(error: ParseError, expression: str) -> BadExpression:
    position, found = error.lex_position, str(error.token_value)
    kind = str(error.token_type).lower()
    if kind == "eof":
        return BadExpression("the expression ends too early", None, len(expression.rstrip()))
    hint = _HINTS.get(found.lower())
    if "Quoted identifier" in error.msg:
        hint = "double quotes name fields; write the function's name without"
    elif kind == "number":
        hint = "write numbers as `5`"
    return BadExpression(f'unexpected "{found}"', hint, position)


def _too_deep() -> BadExpression:
    return BadExpression(f"the expression is nested deeper than {MAX_DEPTH} levels")


class _Converter:
    """The library's nodes -> ours; chains of && and ||, dots and pipes become one node each."""

    def __init__(self, expression: str) -> None:
        self.expression = expression
        self.calls: Iterator[int] | None = None

    def node(self, given: dict[str, Any], depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise _too_deep()
        kind, children = given["type"], given["children"]
        if kind in _BEHIND and children[0]["type"] == "not_expression":
            fault = 'here "!" takes no more than the name behind it: !a.b is (!a).b, which is nothing ever'
            raise BadExpression(fault, "write !(a.b)", _find_not(self.expression))
        if kind in ("or_expression", "and_expression"):
            return [kind.removesuffix("_expression"), *self.all(_chain(given, kind), depth)]
        if kind in ("subexpression", "pipe", "index_expression"):
            return ["seq", *self.all(_sequence(given), depth)]
        if kind == "function_expression":
            return self.call(given["value"], children, depth)
        if kind == "filter_projection":
            base, test = self.node(children[0], depth + 1), self.node(children[2], depth + 1)
            return ["filter", base, test, self.node(children[1], depth + 1)]
        if kind == "multi_select_dict":
            return ["dict", *([pair["value"], self.node(pair["children"][0], depth + 1)] for pair in children)]
        if kind == "comparator":
            return ["compare", given["value"], *self.all(children, depth)]
        if kind == "slice":
            return ["slice", *children]
        if kind == "literal":
            return ["literal", self.literal(given["value"])]
        if kind == "expref":
            raise BadExpression(
                "an &expression that is no argument of a function", "write && for and", self.expression.find("&")
            )
        if kind in ("field", "index"):
            return [kind, given["value"]]
        return [_NAMES[kind], *self.all(children, depth)]

    def all(self, nodes: list[dict[str, Any]], depth: int) -> list[Node]:
        return [self.node(each, depth + 1) for each in nodes]

    def literal(self, value: Any) -> Any:
        for one, depth in _scalars(value):
            if type(one) is float and not math.isfinite(one):
                raise BadExpression("a number that JSON does not have", None, self.expression.find("`"))
            if depth > MAX_DEPTH:
                raise _too_deep()
        return value

    def call(self, name: str, arguments: list[dict[str, Any]], depth: int) -> Node:
        position = self.position_of_call()
        function = FUNCTIONS.get(name)
        if function is None:
            hint = did_you_mean(name, FUNCTIONS) or "JMESPath has: " + ", ".join(FUNCTIONS)
            raise BadExpression(f'JMESPath has no function "{name}"', hint, position)
        least = len(function.takes)
        if len(arguments) < least or (len(arguments) > least and not function.variadic):
            wanted = f"{'at least ' if function.variadic else ''}{least} argument{'' if least == 1 else 's'}"
            raise BadExpression(f"{name}() takes {wanted}, not {len(arguments)}", None, position)
        made: list[Node] = []
        for number, argument in enumerate(arguments):
            wants = number < least and function.takes[number] == ("expression",)
            if wants is not (argument["type"] == "expref"):
                fault = f"argument {number + 1} of {name}() is {'no' if wants else 'an'} &expression"
                raise BadExpression(fault, 'put "&" before it' if wants else 'take the "&" away', position)
            if argument["type"] == "literal" and number < least and function.takes[number]:
                self.check_literal(name, number, function.takes[number], argument["value"], position)
            inner = argument["children"][0] if wants else argument
            converted = self.node(inner, depth + 1)
            made.append(["&", converted] if wants else converted)
        return ["call", name, *made]

    def check_literal(self, name: str, number: int, takes: tuple[str, ...], value: Any, position: int) -> None:
        """Refuse a literal of a kind with which the call would fail for every record."""
        if kind(value) not in {word.partition("-")[0] for word in takes}:
            fault = f"argument {number + 1} of {name}() is {kind(value)}, not {' or '.join(takes)}"
            raise BadExpression(fault, None, position)

    def position_of_call(self) -> int:
        """Where the next call of the expression stands: calls are converted in the order they are written."""
        if self.calls is None:
            self.calls = _calls(self.expression)
        return next(self.calls, 0)


def _calls(expression: str) -> Iterator[int]:
    """The position of every name with a parenthesis behind it."""
    tokens = list(Lexer().tokenize(expression))
    for token, following in pairwise(tokens):
        if token["type"] == "unquoted_identifier" and following["type"] == "lparen":
            yield token["start"]


def _find_not(expression: str) -> int:
    return next((token["start"] for token in Lexer().tokenize(expression) if token["type"] == "not"), 0)


_BEHIND = ("subexpression", "projection", "value_projection", "filter_projection", "flatten")
"""What the library reads `!` as a part of, closer than the dot or bracket that follows."""

_NAMES = {
    "current": "@",
    "identity": "@",
    "multi_select_list": "list",
    "not_expression": "not",
    "projection": "each",
    "value_projection": "values",
    "flatten": "flat",
}


def _chain(given: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """The terms of `a || b || c`, which the library joins two by two from the left."""
    terms: list[dict[str, Any]] = []
    while given["type"] == kind:
        given, last = given["children"]
        terms.append(last)
    terms.append(given)
    return terms[::-1]


def _sequence(given: dict[str, Any]) -> list[dict[str, Any]]:
    """The steps of `a.b[0].c | d`: each looks at what the one before it gave, however they are written."""
    steps: list[dict[str, Any]] = []
    while given["type"] in ("subexpression", "pipe", "index_expression"):
        given, *rest = given["children"]
        steps += reversed(rest)
    steps.append(given)
    return steps[::-1]


def _scalars(value: Any) -> Iterator[tuple[Any, int]]:
    """The values inside a literal that hold no others, with how deep they are nested."""
    todo = [(value, 0)]
    while todo:
        one, depth = todo.pop()
        members = list(one.values()) if isinstance(one, dict) else one if isinstance(one, list) else []
        if not members:
            yield one, depth
        todo.extend((member, depth + 1) for member in members)
