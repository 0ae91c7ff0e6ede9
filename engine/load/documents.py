"""YAML text -> documents: plain values, with the nodes they were made from, so that a fault can be pointed at.

Scalars follow YAML 1.2, which is what Sigma asks for (specification, "YAML File"): `No` and `on` are strings, `1e3` is
a number and `2024-01-01` is text. PyYAML's own loader reads them as YAML 1.1 does. Digits after a leading zero are
text, as other Sigma engines have it: whoever writes `00000429` means the characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple, Self

import yaml

from engine.load.faults import Fault, Key, Steps

__all__ = ["Document", "Real", "Unreadable", "documents", "node_at", "number", "place_of"]

MAX_DEPTH = 100
MAX_VALUES = 100_000
"""What aliases may expand a small file to, and a large one to as many values as it has bytes, which is more than it can
have without aliases; the largest SigmaHQ rule has under 2,000 values."""
CHARACTERS = 40
"""So many of a text count as one value more."""

_SUSPECT = 1_000
_MERGE = "merge"
_PLAIN = "plain"
_QUOTED = "quoted"
_CONTAINER = "container"

_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)|0o[0-7]+|0x[0-9a-fA-F]+").fullmatch
_REAL = re.compile(r"([-+]?)(0?|[1-9][0-9]*)(?:\.([0-9]*))?(?:[eE]([-+]?[0-9]+))?").fullmatch
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)").fullmatch
_NUMERIC = frozenset("+-.0123456789")


class Real(float):
    """A number with a fraction or an exponent; `text` is how it was written, as JSON number text."""

    text: str

    def __new__(cls, text: str) -> Self:
        real = super().__new__(cls, text)
        real.text = text
        return real


class Document(NamedTuple):
    """One YAML document.

    value   dicts, lists, str, int, Real, bool, None
    node    what it was made from, for `place_of`
    line    of its first key, from 1
    faults  what YAML allows and a rule does not: keys that stand twice, unknown tags
    """

    value: Any
    node: Any
    line: int
    faults: tuple[Fault, ...]


class Unreadable(Exception):
    """A file that is no YAML; `line` and `column` from 1, `offset` in bytes, as far as known."""

    def __init__(
        self,
        fault: str,
        hint: str | None = None,
        line: int | None = None,
        column: int | None = None,
        offset: int | None = None,
    ) -> None:
        super().__init__(fault)
        self.fault, self.hint, self.line, self.column, self.offset = fault, hint, line, column, offset


class _Kinds:
    """Tags each scalar by how it was written; what it means is decided in `_scalar`."""

    def descend_resolver(self, *_: object) -> None: ...

    def ascend_resolver(self) -> None: ...

    def resolve(self, kind: type, value: str, implicit: Any) -> str:
        if kind is not yaml.ScalarNode:
            return _CONTAINER
        if not implicit[0]:
            return _QUOTED
        return _MERGE if value == "<<" else _PLAIN


try:
    from yaml._yaml import CParser

    class _Loader(CParser, _Kinds):
        """libyaml's parser: ten times as fast as the one in Python."""

except ImportError:  # PyYAML was built without libyaml
    from yaml.composer import Composer
    from yaml.parser import Parser
    from yaml.reader import Reader
    from yaml.scanner import Scanner

    class _Loader(_Kinds, Reader, Scanner, Parser, Composer):  # type: ignore[no-redef]
        def __init__(self, stream: bytes) -> None:
            Reader.__init__(self, stream)
            Scanner.__init__(self)
            Parser.__init__(self)
            Composer.__init__(self)


def documents(data: bytes) -> Iterator[Document]:
    """The documents of one file that are not empty, in order. Raises Unreadable; what came before stays good."""
    _check_text(data)
    try:
        _check_depth(data)
        loader = _Loader(data)
        while loader.check_node():
            node = loader.get_node()
            document = _Builder().document(node, max(MAX_VALUES, len(data)))
            if document.value is not None:
                yield document
    except yaml.YAMLError as error:
        raise _unreadable(error) from None


def place_of(node: Any, steps: Steps, *, key: bool = False) -> tuple[int, int]:
    """Line and column (from 1) of the value, or the key, that `steps` leads to, or of the nearest thing above it."""
    mark = node.start_mark
    for index, step in enumerate(steps):
        found = _child(node, step)
        if found is None:
            break
        at_key, node = found
        last = index == len(steps) - 1
        # A block mapping or list starts below its key; the key is where a reader looks.
        block = isinstance(node, yaml.CollectionNode) and not node.flow_style
        mark = at_key.start_mark if (key and last) or block else node.start_mark
    return mark.line + 1, mark.column + 1


def node_at(node: Any, steps: Steps) -> Any:
    """What of a document was made into the value that `steps` leads to, or None."""
    for step in steps:
        found = _child(node, step)
        if found is None:
            return None
        node = found[1]
    return node


def _child(node: Any, step: Key) -> tuple[Any, Any] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value == str(step):
                return key, value
    elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None


class _Builder:
    """Nodes of one document -> plain values; shared (aliased) nodes stay shared."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.done: dict[int, tuple[Any, int]] = {}
        self.open: set[int] = set()

    def document(self, node: Any, limit: int) -> Document:
        value, size = self.build(node, ())
        if size > limit:
            raise Unreadable(f"its aliases expand to more than {limit:,} values", "write the values out", *_at(node))
        return Document(value, node, node.start_mark.line + 1, tuple(self.faults))

    def build(self, node: Any, steps: Steps) -> tuple[Any, int]:
        """The value of a node and how many values it holds when written out."""
        if isinstance(node, yaml.ScalarNode):
            return self.scalar(node, steps), 1 + len(node.value) // CHARACTERS
        ready = self.done.get(id(node))
        if ready is not None:
            return ready
        if id(node) in self.open:
            raise Unreadable("an alias stands inside the value it names", "write the value out", *_at(node))
        if len(steps) > MAX_DEPTH:
            raise Unreadable(f"nested deeper than {MAX_DEPTH} levels", None, *_at(node))
        self.open.add(id(node))
        if node.tag not in (_CONTAINER, "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"):
            self.faults.append(_unknown_tag(node.tag, steps))
        built = self.mapping(node, steps) if isinstance(node, yaml.MappingNode) else self.sequence(node, steps)
        self.open.discard(id(node))
        self.done[id(node)] = built
        return built

    def sequence(self, node: Any, steps: Steps) -> tuple[list[Any], int]:
        values, size = [], 1
        for index, child in enumerate(node.value):
            value, of_child = self.build(child, (*steps, index))
            values.append(value)
            size += of_child
        return values, size

    def mapping(self, node: Any, steps: Steps) -> tuple[dict[Any, Any], int]:
        values: dict[Any, Any] = {}
        merged: dict[Any, Any] = {}
        size = 1
        for key_node, child in node.value:
            key = self.key(key_node, steps)
            value, of_child = self.build(child, (*steps, key))
            size += of_child
            if key_node.tag == _MERGE:
                for part in value if isinstance(value, list) else [value]:
                    if isinstance(part, dict):
                        merged = {**part, **merged}
                    else:
                        self.faults.append(Fault('"<<" merges mappings only', None, (*steps, "<<"), key=True))
            elif key in values:
                line = key_node.start_mark.line + 1
                hint = "give the value a list, or write the two as a list of mappings"
                fault = f'the key "{key}" stands twice, again in line {line}'
                self.faults.append(Fault(fault, hint, (*steps, key), key=True))
            else:
                values[key] = value
        return ({**merged, **values} if merged else values), size

    def key(self, node: Any, steps: Steps) -> Any:
        if isinstance(node, yaml.ScalarNode):
            # A key is a name: `123:` is the field called "123".
            if node.tag == _PLAIN and node.value in _NULL:
                self.faults.append(Fault("a key is empty", "put a name before the colon", steps))
            return node.value
        self.faults.append(Fault("a key is a list or mapping", "put a plain name before the colon", steps))
        return f"?{node.start_mark.index}"

    def scalar(self, node: Any, steps: Steps) -> Any:
        tag, text = node.tag, node.value
        if tag == _PLAIN:
            try:
                return _scalar(text)
            except ValueError as error:
                self.faults.append(Fault(str(error), "quote it if it is text", steps))
                return text
        if tag in (_QUOTED, _MERGE) or tag == "tag:yaml.org,2002:str":
            return text
        if tag in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:bool"):
            return _scalar(text)
        self.faults.append(_unknown_tag(tag, steps))
        return text


def _scalar(text: str) -> Any:
    """What a plain scalar means in YAML 1.2's core schema. Raises ValueError for .inf and .nan."""
    if text in _NULL:
        return None
    if text[0] in _NUMERIC:
        if _INT(text):
            return _integer(text)
        real = _REAL(text)
        if real and (real[2] or real[3]):
            return Real(_json_number(real))
        if _NOT_FINITE(text):
            raise ValueError(f"{text} is not a number that a log can hold")
        return text
    return _BOOL.get(text, text)


def number(text: str) -> int | Real | None:
    """The number that a text writes in decimal, or None."""
    value = _scalar(text) if text[:2] not in ("0o", "0x") else None
    return value if isinstance(value, int | Real) and not isinstance(value, bool) else None


def _integer(text: str) -> int:
    if len(text) > 1_000:
        raise ValueError("an integer of more than 1,000 digits")
    return int(text, 0) if text[:2] in ("0o", "0x") else int(text)


def _json_number(real: re.Match[str]) -> str:
    sign, whole, fraction, exponent = real.groups()
    text = ("-" if sign == "-" else "") + (whole or "0")
    text += f".{fraction}" if fraction else ""
    return text + (f"e{exponent}" if exponent else "")


def _unknown_tag(tag: str, steps: Steps) -> Fault:
    return Fault(f'the YAML tag "{tag}" means nothing in a rule', "remove it", steps)


def _at(node: Any) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _check_text(data: bytes) -> None:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return  # UTF-16, which YAML allows and libyaml reads
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable("the file is not UTF-8", "save it as UTF-8", line, None, error.start) from None


def _check_depth(data: bytes) -> None:
    """Refuse nesting that would overflow the C stack of libyaml's composer, which has no limit of its own."""
    openers = sum(data.count(mark) for mark in (b"[", b"{", b"- ", b"-\t", b"? ", b"?\t"))
    if openers < _SUSPECT and len(data) < 1 << 20:
        return
    loader, depth = _Loader(data), 0
    while loader.check_event():
        event = loader.get_event()
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                mark: Any = event.start_mark
                raise Unreadable(f"nested deeper than {MAX_DEPTH} levels", None, mark.line + 1, mark.column + 1)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _unreadable(error: yaml.YAMLError) -> Unreadable:
    """PyYAML's error in our words: the fault, and where."""
    mark: Any = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    fault = f"broken YAML: {problem}"
    hint = None
    if "cannot start any token" in problem:
        hint = "quote values that begin with a special character; indent with spaces, not tabs"
    elif "mapping values are not allowed" in problem:
        hint = "quote values that contain a colon and a space"
    elif str(getattr(error, "context", None)).endswith((" tag", " anchor")):
        hint = "quote values that begin with ! or &"
    elif "undefined alias" in problem:
        hint = "quote values that begin with *"
    if mark is None:
        return Unreadable(fault, hint, offset=getattr(error, "position", None))
    return Unreadable(fault, hint, mark.line + 1, mark.column + 1)
