"""A tree as JMESPath text again, for people: what it parses to is the same tree, its spelling may differ."""

from __future__ import annotations

import json
import re
from typing import Any

__all__ = ["written"]

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*").fullmatch
_SIGNS = {"eq": "==", "ne": "!=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
_LOOPS = ("each", "values", "filter", "flat")
_WHOLE = ("@", "field", "literal", "call", "list", "dict", "index")
"""What needs no parentheses, whatever stands behind it."""

Node = list[Any]


def written(tree: str) -> str:
    """The expression of a tree."""
    return _text(json.loads(tree))


def _text(node: Node) -> str:
    kind, *rest = node
    if kind == "@":
        return "@"
    if kind == "field":
        return _name(rest[0])
    if kind == "literal":
        return _literal(rest[0])
    if kind in ("index", "slice"):
        return _bracket(node)
    if kind == "list":
        return f"[{', '.join(map(_text, rest))}]"
    if kind == "dict":
        return "{" + ", ".join(f"{_name(name)}: {_text(part)}" for name, part in rest) + "}"
    if kind == "call":
        return f"{rest[0]}({', '.join(map(_text, rest[1:]))})"
    if kind == "&":
        return f"&{_closed(rest[0])}"
    if kind == "not":
        return f"!{_closed(rest[0])}"
    if kind == "compare":
        return f"{_closed(rest[1])} {_SIGNS[rest[0]]} {_closed(rest[2])}"
    if kind in ("and", "or"):
        return (" && " if kind == "and" else " || ").join(map(_closed, rest))
    return _sequence(rest) if kind == "seq" else _loop(kind, rest)


def _name(name: str) -> str:
    return name if _PLAIN(name) else json.dumps(name, ensure_ascii=False)


def _literal(value: Any) -> str:
    if type(value) is str and "'" not in value and "\\" not in value and value.isprintable():
        return f"'{value}'"
    return "`" + json.dumps(value).replace("`", "\\`") + "`"


def _bracket(node: Node) -> str:
    kind, *rest = node
    return f"[{rest[0]}]" if kind == "index" else "[" + ":".join("" if n is None else str(n) for n in rest) + "]"


def _sequence(nodes: list[Node], inside: bool = False) -> str:
    """Steps with a dot or a bracket before them where that says the same, else behind a pipe.

    inside  of a loop, which a pipe would end
    """
    text, simple, negated = _text(nodes[0]), nodes[0][0] in _WHOLE, nodes[0][0] == "not"
    if nodes[0][0] not in (*_WHOLE, *_LOOPS, "not"):
        text, simple = f"({text})", True
    for node in nodes[1:]:
        if node[0] in ("index", "slice") and not negated:
            text, simple = (text if simple else f"({text})") + _bracket(node), True
        elif simple and node[0] in (("field", "list", "dict", "call") if inside else ("field", "list", "dict")):
            text += f".{_text(node)}"
        else:
            inner = _text(node)
            text, simple = f"{text} | ({inner})" if node[0] == "seq" else f"{text} | {inner}", False
    return text


def _loop(kind: str, rest: list[Any]) -> str:
    """A loop, and what is done to each member right behind it."""
    base, inner = rest[0], rest[-1]
    text = "" if base == ["@"] else _text(base) if base[0] in (*_WHOLE, *_LOOPS) else _chain(base)
    if kind == "flat":
        return f"{text}[]"
    if kind == "filter":
        text += f"[?{_text(rest[1])}]"
    elif kind == "values":
        text += ".*" if text else "*"
    elif base[0] != "flat" and not (base[0] == "seq" and base[-1][0] == "slice"):
        text += "[*]"
    return text if inner == ["@"] else text + _behind(inner)


def _chain(node: Node) -> str:
    """A node before a bracket: a sequence without pipes as it is, all else in parentheses."""
    text = _text(node)
    return text if node[0] == "seq" and " | " not in text else f"({text})"


def _behind(node: Node) -> str:
    text = _sequence(node[1:], inside=True) if node[0] == "seq" else _text(node)
    if text.startswith(("@[", "@.")):
        return text[1:]
    return text if text[0] == "[" and node[0] != "list" else f".{text}"


def _closed(node: Node) -> str:
    """As a part of something larger."""
    text = _text(node)
    return f"({text})" if node[0] in ("and", "or", "compare") or (node[0] not in _WHOLE and node[0] != "not") else text
