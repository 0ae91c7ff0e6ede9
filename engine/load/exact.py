"""A JMESPath expression -> our Expr: plain comparisons as predicates that the decision graph shares, the rest as is.

Of every piece it is known when it is true, and when it fails, because the library's functions raise for values of a
wrong kind: `contains(null, 'x')`. A whole expression that fails is not true, but a piece of it that fails makes the
whole fail, unless && or || end before it. So with t and f for "is true" and "fails":

    t(a && b) = t(a) and t(b)                      f(a && b) = f(a) or (t(a) and f(b))
    t(a || b) = t(a) or (not f(a) and t(b))        f(a || b) = f(a) or (not t(a) and f(b))
    t(!a)     = not (t(a) or f(a))                 f(!a)     = f(a)

Of what is not taken apart nobody knows when it fails; where that matters, the join around it is not taken apart either.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby
from typing import Any, NamedTuple

from engine.jmes import FUNCTIONS, true
from engine.load.jmes import Node, parse
from engine.rules import And, Const, Exact, Expr, Not, Or, Search

__all__ = ["expression"]

MAX_SIZE = 2_000
"""Predicates and joins that one expression may become; the pieces above write some of them twice."""

_MIRRORED = {"eq": "eq", "ne": "ne", "lt": "gt", "lte": "gte", "gt": "lt", "gte": "lte"}
_KINDS = ("array", "boolean", "null", "number", "object", "string", "unknown")


class _Piece(NamedTuple):
    """When a node is true, and when it fails: None is never, and without `known` nobody can say."""

    true: Expr
    fails: Expr | None = None
    known: bool = True


def expression(text: str) -> Expr:
    """What must hold for a JMESPath expression to be true. Raises BadExpression."""
    return _piece(parse(text)).true


def _piece(node: Node) -> _Piece:
    kind = node[0]
    if kind == "literal":
        return _Piece(Const(true(node[1])))
    if kind in ("and", "or", "not"):
        made = _JOINS[kind]([_piece(each) for each in node[1:]], node)
        return made if _size(made.true) + _size(made.fails) <= MAX_SIZE else _whole(node)
    path = _path(node)
    if path is not None:
        return _Piece(Exact(path, "true"))
    if kind == "compare":
        return _compared(*node[1:]) or _whole(node)
    if kind == "call":
        return _called(*node[1:]) or _whole(node)
    return _whole(node)


def _whole(node: Node) -> _Piece:
    return _Piece(Search(_json(node)), None, False)


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _path(node: Node) -> str | None:
    """The dotted path of a node that only looks up fields; None for any other, and for names that dots would blur."""
    names = []
    todo = [node]
    while todo:
        kind, *rest = todo.pop()
        if kind == "seq":
            todo.extend(reversed(rest))
        elif kind == "field" and rest[0] and "." not in rest[0] and rest[0].isprintable():
            names.append(rest[0])
        elif kind != "@":
            return None
    return ".".join(names) or None


def _compared(op: str, left: Node, right: Node) -> _Piece | None:
    """`path == literal` and the like."""
    if left[0] == "literal":
        op, left, right = _MIRRORED[op], right, left
    path = _path(left)
    if path is None or right[0] != "literal":
        return None
    literal = right[1]
    if op in ("eq", "ne"):
        equal = Exact(path, "eq", _json(literal))
        return _Piece(equal if op == "eq" else Not(equal))
    if type(literal) not in (int, float, str):
        return _Piece(Const(False))  # null: neither true nor a failure
    # Python decides, and does not order text and numbers.
    other = "number" if type(literal) is str else "string"
    return _Piece(Exact(path, op, _json(literal)), _of_kind(path, (other,)))  # type: ignore[arg-type]


def _called(name: str, *arguments: Node) -> _Piece | None:
    """`contains(path, literal)`, `starts_with`, `ends_with`, and `contains([texts], path)`."""
    if name not in ("contains", "starts_with", "ends_with"):
        return None
    subject, literal = arguments
    path = _path(subject)
    if path is None or literal[0] != "literal":
        return _one_of(subject, literal) if name == "contains" else None
    if type(literal[1]) is str and not _encodable(literal[1]):
        return None
    takes = FUNCTIONS[name].takes[0] if type(literal[1]) is str else ("array",)
    wrong = tuple(kind for kind in _KINDS if kind not in takes)
    return _Piece(Exact(path, name, _json(literal[1])), _of_kind(path, wrong))  # type: ignore[arg-type]


def _one_of(texts: Node, member: Node) -> _Piece | None:
    path = _path(member)
    if path is None or texts[0] != "literal" or type(texts[1]) is not list or set(map(type, texts[1])) != {str}:
        return None
    return _Piece(_any([Exact(path, "eq", _json(text)) for text in texts[1]]))


def _encodable(text: str) -> bool:
    """Whether a text can be written as UTF-8, as automata of texts want it: no lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _of_kind(path: str, kinds: Sequence[str]) -> Exact:
    return Exact(path, "kind", _json(list(kinds)))


# Joins


def _all(exprs: Sequence[Expr]) -> Expr:
    return exprs[0] if len(exprs) == 1 else And(tuple(exprs))


def _any(exprs: Sequence[Expr]) -> Expr:
    return exprs[0] if len(exprs) == 1 else Or(tuple(exprs))


def _and(pieces: Sequence[_Piece], node: Node) -> _Piece:
    """Piece by piece: one that is not true ends it."""
    whole = _all([piece.true for piece in pieces])
    if not all(piece.known for piece in pieces):
        return _Piece(whole, None, False)
    failing: list[Expr] = []
    for at, piece in enumerate(pieces):
        if piece.fails is not None and piece.fails not in failing:
            failing.append(_all([*(before.true for before in pieces[:at]), piece.fails]) if at else piece.fails)
    return _Piece(whole, _any(failing) if failing else None)


def _or(pieces: Sequence[_Piece], node: Node) -> _Piece:
    """Piece by piece: one that is true ends it, one that fails ends it otherwise."""
    for at, piece in enumerate(pieces[:-1]):
        if not piece.known:
            rest = _whole([node[0], *node[at + 1 :]])
            return _or([*pieces[:at], rest], node) if at else rest
    guarded: list[tuple[tuple[Expr, ...], Expr]] = []
    failing: list[Expr] = []
    before: list[Expr] = []
    for at, piece in enumerate(pieces):
        # What is true does not fail, so it needs no guard against its own way to fail.
        guarded.append((tuple(one for one in before if one != piece.fails), piece.true))
        if piece.fails is not None and piece.fails not in before:
            before.append(piece.fails)
            earlier = tuple(Not(other.true) for other in pieces[:at])
            failing.append(_all([*earlier, piece.fails]))
    terms = []
    for guards, group in groupby(guarded, key=lambda each: each[0]):
        term = _any([each[1] for each in group])
        terms.append(_all([*(Not(guard) for guard in guards), term]))
    return _Piece(_any(terms), _any(failing) if failing else None, pieces[-1].known)


def _not(pieces: Sequence[_Piece], node: Node) -> _Piece:
    piece = pieces[0]
    if not piece.known:
        return _whole(node)
    neither = Not(piece.true if piece.fails is None else Or((piece.true, piece.fails)))
    return _Piece(neither, piece.fails)


_JOINS = {"and": _and, "or": _or, "not": _not}


def _size(expr: Expr | None) -> int:
    if isinstance(expr, And | Or):
        return 1 + sum(map(_size, expr.args))
    return 1 + _size(expr.arg) if isinstance(expr, Not) else int(expr is not None)
