"""A JMESPath tree, as `engine.jmes` takes it, written as an expression again."""

from __future__ import annotations

import json
import re
from typing import Any

__all__ = ["expression_text"]

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SIGNS = {"eq": "==", "ne": "!=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
_LOOSE = ("and", "or", "compare")
_PROJECTIONS = ("each", "values", "filter", "flat")

Node = list[Any]


def expression_text(tree: str) -> str:
    """The expression; what was written in another way that means the same comes out in one."""
    return _text(json.loads(tree))


def _text(node: Node) -> str:
    kind, *given = node
    if kind in ("and", "or"):
        return f" {'&&' if kind == 'and' else '||'} ".join(map(_tight, given))
    if kind == "not":
        return f"!{_tight(given[0])}"
    if kind == "compare":
        return f"{_tight(given[1])} {_SIGNS[given[0]]} {_tight(given[2])}"
    if kind == "call":
        return f"{given[0]}({', '.join(map(_text, given[1:]))})"
    if kind == "&":
        return f"&{_text(given[0])}"
    if kind == "literal":
        value = given[0]
        written = json.dumps(value, ensure_ascii=False).replace("`", "\\`")
        return f"'{value}'" if isinstance(value, str) and not set(value) & {"'", "\\"} else f"`{written}`"
    return _path(node)


def _tight(node: Node) -> str:
    return f"({_text(node)})" if node[0] in _LOOSE else _text(node)


def _path(node: Node) -> str:
    """What begins with a value and goes on from there."""
    kind, *given = node
    if kind == "seq":
        said = _base(given[0])
        for at, one in enumerate(given[1:]):
            plain = given[at][0] not in _PROJECTIONS and (step := _step(one)) is not None
            said = _joined(said, step or "") if plain else f"{said} | {_text(one)}"
        return said
    if kind == "each":
        last = given[0][-1] if given[0][0] == "seq" else given[0]
        star = "" if last[0] in ("flat", "slice") else "[*]"  # those two go through members as they are
        return f"{_base(given[0])}{star}{_on(given[1])}"
    if kind == "values":
        return f"{_joined(_base(given[0]), '.*')}{_on(given[1])}"
    if kind == "filter":
        return f"{_base(given[0])}[?{_text(given[1])}]{_on(given[2])}"
    if kind == "flat":
        return f"{_base(given[0])}[]"
    return "@" if kind == "@" else (_step(node) or "").removeprefix(".")


def _base(node: Node) -> str:
    return "" if node == ["@"] else _tight(node)


def _joined(base: str, step: str) -> str:
    return base + step if base else step.removeprefix(".")


def _on(node: Node) -> str:
    """What is asked of each member."""
    if node == ["@"]:
        return ""
    text = _text(node)
    return text if text.startswith("[") and node[0] not in ("list",) else f".{text}"


def _step(node: Node) -> str | None:
    """A step that follows on a value, None for what only a pipe can follow with."""
    kind, *given = node
    if kind == "field":
        name = given[0]
        return f".{name}" if _PLAIN.fullmatch(name) else f".{json.dumps(name, ensure_ascii=False)}"
    if kind == "index":
        return f"[{given[0]}]"
    if kind == "slice":
        return f"[{':'.join('' if part is None else str(part) for part in given)}]"
    if kind == "list":
        return f".[{', '.join(map(_text, given))}]"
    if kind == "dict":
        return f".{{{', '.join(f'{json.dumps(name, ensure_ascii=False)}: {_text(one)}' for name, one in given)}}}"
    return None
