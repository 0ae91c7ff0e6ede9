"""How a file of rules or tests is laid out: the order of keys, indentation, quotes, line ends; never what it says.

Text is changed line by line, so that comments stay; then it is read again and must say the very same, or it is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from engine.errors import DetectError, Place

__all__ = ["LayoutError", "is_laid_out", "laid_out"]

_FIRST = (
    "title", "id", "name", "related", "taxonomy", "language", "status", "description", "license", "references",
    "author", "date", "modified", "tags", "scope", "logsource", "detection", "match", "correlation", "filter",
    "fields", "falsepositives", "level", "alert_title",
)  # fmt: skip
_OF_TESTS = ("rule", "logsource", "time_field", "variables", "bases", "tests")
_RULES = {"detection", "correlation", "match", "filter"}
_ODD = "\r\x85\u2028\u2029"
_FAST: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MARKED: Any = yaml.SafeLoader  # not libyaml's: its marks of block scalars end elsewhere


class LayoutError(DetectError):
    """A file cannot be laid out anew without harm; it stays as it is."""


def is_laid_out(text: str, *, tests: bool) -> bool:
    """Whether a file is one of rules, or of tests: each of its documents is."""
    try:
        roots = _roots(text)
    except (yaml.YAMLError, RecursionError):
        return True  # and laid_out says what is wrong with it
    names = [{key.value for key, _ in root.value} for root in roots if isinstance(root, yaml.MappingNode)]
    said = all("tests" in each if tests else "title" in each and each & _RULES for each in names)
    return bool(names) and len(names) == len(roots) and said


def laid_out(text: str, path: str, *, tests: bool = False) -> str:
    """The text as it should be laid out; what is so already comes back as it is. Raises LayoutError."""
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n")
    for line, said in enumerate(plain.split("\n"), 1):
        if any(sign in said for sign in _ODD):
            raise LayoutError("a line ends in a way that is not of text files", place=Place(path, line))
    try:
        before = [_meaning(root) for root in _roots(plain)]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        fault = getattr(error, "problem", None) or "not YAML"
        raise LayoutError(fault, place=Place(path, mark.line + 1, mark.column + 1) if mark else Place(path)) from None
    except RecursionError:
        raise LayoutError("nested too deeply", place=Place(path)) from None
    made = _made(plain, tests)
    if made != text and (_says(made) != before or _made(made, tests) != made):
        raise LayoutError(
            "it cannot be laid out anew without changing what it says, and is left as it is",
            place=Place(path), hint="anchors, tags and odd indentation are what does it; other commands read it",
        )  # fmt: skip
    return made


def _made(text: str, tests: bool) -> str:
    try:
        return _indented(_ordered(text, _OF_TESTS if tests else _FIRST), 2 if tests else 4)
    except yaml.YAMLError:
        return ""


def _says(text: str) -> list[Any] | None:
    try:
        return [_meaning(root) for root in _roots(text)]
    except yaml.YAMLError:
        return None


def _roots(text: str, loader: Any = _FAST) -> list[yaml.Node]:
    return list(yaml.compose_all(text, Loader=loader))


def _meaning(root: yaml.Node) -> Any:
    """What a document says, but for the order of its own keys."""
    if isinstance(root, yaml.MappingNode):
        return sorted(((_said(key), _said(value)) for key, value in root.value), key=lambda pair: repr(pair[0]))
    return _said(root)


def _said(node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return (node.tag, [(_said(key), _said(value)) for key, value in node.value])
    if isinstance(node, yaml.SequenceNode):
        return (node.tag, [_said(one) for one in node.value])
    return (node.tag, node.value)


def _ordered(text: str, order: tuple[str, ...]) -> str:
    """With the keys of each document in order; those that are not in it stay behind the one that they stand behind."""
    lines = text.split("\n")
    for root in reversed(_roots(text, _MARKED)):
        if not isinstance(root, yaml.MappingNode) or root.flow_style or root.start_mark.column or not root.value:
            continue
        starts = [_above(lines, key.start_mark.line) for key, _ in root.value]
        starts[0] = root.value[0][0].start_mark.line  # what stands above the first stays above all
        end = _end(lines, root.value[-1][0].start_mark.line)
        parts = [lines[start:stop] for start, stop in zip(starts, [*starts[1:], end], strict=True)]
        ranks: list[int] = []
        for key, _ in root.value:
            ranks.append(order.index(key.value) if key.value in order else max(ranks[-1:], default=-1))
        if ranks == sorted(ranks):
            continue
        sorted_parts = [part for _, part in sorted(zip(ranks, parts, strict=True), key=lambda pair: pair[0])]
        lines[starts[0] : end] = [line for part in sorted_parts for line in part]
    return "\n".join(lines)


def _above(lines: list[str], line: int) -> int:
    """Where the comment begins that stands right above a line."""
    while line and lines[line - 1].startswith("#"):
        line -= 1
    return line


def _end(lines: list[str], line: int) -> int:
    """Where the document ends of which a line is."""
    for at in range(line + 1, len(lines)):
        if lines[at][:3] in ("---", "...") and lines[at][3:4].strip() == "":
            return at
    return len(lines) - (lines[-1] == "")


def _indented(text: str, step: int) -> str:
    """With each line as deep as it should be, one empty line at most side by side, and plain quotes."""
    lines = text.split("\n")
    inside: set[int] = set()
    columns: dict[int, int] = {}
    for root in _roots(text, _MARKED):
        for node in _every(root):
            if isinstance(node, yaml.ScalarNode):
                _requoted(lines, node)
                inside.update(_rest(node))
        if not root.start_mark.column:
            columns.update(_deep(root, 0, step, lines))
    return "\n".join(_shifted(lines, inside, columns)).strip("\n") + "\n"


def _every(node: yaml.Node) -> Iterator[yaml.Node]:
    yield node
    for one in node.value if not isinstance(node, yaml.ScalarNode) else ():
        for each in one if isinstance(one, tuple) else (one,):
            yield from _every(each)


def _rest(node: yaml.ScalarNode) -> range:
    """The lines of a scalar after its first."""
    block = node.style in ("|", ">")
    return range(node.start_mark.line + 1, node.end_mark.line + (not block or bool(node.end_mark.column)))


def _requoted(lines: list[str], node: yaml.ScalarNode) -> None:
    """With single quotes where double ones are not needed: in one line, without an escape or a quote."""
    start, end = node.start_mark, node.end_mark
    if node.style != '"' or start.line != end.line:
        return
    line = lines[start.line]
    within = line[start.column + 1 : end.column - 1]
    if line[start.column] == '"' and "\\" not in within and "'" not in within:
        lines[start.line] = f"{line[: start.column]}'{within}'{line[end.column :]}"


def _deep(node: yaml.Node, column: int, step: int, lines: list[str]) -> dict[int, int]:
    """Line -> column at which what begins there should begin, of a block whose first column is to be `column`."""
    found: dict[int, int] = {}
    if not isinstance(node, yaml.CollectionNode) or node.flow_style:
        return found
    for one in node.value:
        if isinstance(node, yaml.SequenceNode):
            at, below, inner = one.start_mark, one, column + 2
            dash = lines[at.line][: at.column].rstrip()
            if dash.strip() == "-":
                found[at.line] = column
        else:
            key, below = one
            at, inner = key.start_mark, column + step
            if not lines[at.line][: at.column].strip():
                found[at.line] = column
        for line, depth in _deep(below, inner, step, lines).items():
            found.setdefault(line, depth)
    return found


def _shifted(lines: list[str], inside: set[int], columns: dict[int, int]) -> Iterator[str]:
    """The lines, moved; comments with what they stand above, what has no place of its own with the last."""
    by, empty = 0, False
    for at, line in enumerate(lines):
        if at in inside:
            yield _moved(line, by) if line.strip() else line
            empty = False
            continue
        line = line.rstrip(" \t")
        if not line:
            if not empty:
                yield ""
            empty = True
            continue
        empty = False
        if line.lstrip().startswith("#"):
            depth = next((columns[later] for later in range(at, len(lines)) if later in columns), None)
            indent = len(line) - len(line.lstrip())
            yield " " * (depth if indent and depth is not None else indent) + line.lstrip()
            continue
        if at in columns:
            by = columns[at] - (len(line) - len(line.lstrip(" ")))
        elif not line.startswith(" "):
            by = 0
        yield _moved(line, by)


def _moved(line: str, by: int) -> str:
    """A line, so much deeper; one that cannot be moved so far out begins at the edge."""
    return " " * by + line if by >= 0 else line[min(-by, len(line) - len(line.lstrip(" "))) :]
