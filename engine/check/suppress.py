"""Comments that keep a check quiet: `# detect: ignore=check-name,other-check the reason`.

At the end of a line: for that line. On a line of its own: for the next line that holds more than a comment. Above a
rule, before its first key: for the whole rule.
"""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["Comment", "comments"]

_NAMES = re.compile(r"[a-z0-9*-]+(?:\s*,\s*[a-z0-9*-]+)*")


class Comment(NamedTuple):
    """One comment.

    line     where it stands, from 1
    first    the first and the last line that it is about
    checks   names, which may be globs
    reason   "" where none is given
    """

    line: int
    column: int
    first: int
    last: int
    checks: tuple[str, ...]
    reason: str


def comments(text: str, starts: dict[int, int]) -> list[Comment]:
    """The comments of one file.

    starts  first line of each rule -> its last line
    """
    found = []
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        at = line.find("#")
        if at < 0 or "detect:" not in line:
            continue
        parts = re.search(r"(?:^|\s)#\s*detect:\s*ignore\s*=\s*", line)
        if parts is None:
            continue
        said = line[parts.end() :]
        names = _NAMES.match(said)
        checks = tuple(re.split(r"\s*,\s*", names[0])) if names else ()
        reason = said[names.end() :].strip(" \t:-–") if names else said.strip()
        first, last = _about(lines, number, parts.start(), starts)
        found.append(Comment(number, line.index("#", parts.start()) + 1, first, last, checks, reason))
    return found


def _about(lines: list[str], number: int, before: int, starts: dict[int, int]) -> tuple[int, int]:
    """The lines that a comment is about."""
    if lines[number - 1][:before].strip():
        return number, number
    follow = next(
        (at for at, line in enumerate(lines[number:], number + 1) if line.strip() and not _no_content(line)), number
    )
    return follow, starts.get(follow, follow)


def _no_content(line: str) -> bool:
    return line.lstrip().startswith("#") or line.startswith("---")
