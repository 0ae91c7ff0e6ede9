"""The examples in the documentation, taken apart: what is typed, what is shown, what status is expected.

In a `console` block a line that starts with "$ " is typed, with the lines that start with "> " right below it, and the
lines below those are what it shows. A shown line "..."
stands for any number of lines, "..." inside a line for any text, and columns may be spaced otherwise. "# status 3" at
the end of a typed line is the expected exit status, 0 without. A `python` block is a script of its own. The comment
`<!-- not run: REASON -->` on the line before a block leaves it out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

FENCE = re.compile(r"^(?P<before>[^\n]*)\n```(?P<language>\w+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
NOT_RUN = re.compile(r"<!-- not run: .+ -->")


class Block(NamedTuple):
    """A fenced block that is meant to run; `line` is that of its first line."""

    document: str
    line: int
    language: str
    body: str

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"


class Step(NamedTuple):
    """One typed command; `shown` is None where the document shows nothing."""

    command: str
    status: int
    shown: str | None


def blocks(path: Path, document: str) -> Iterator[Block]:
    text = path.read_text("utf-8")
    for found in FENCE.finditer(text):
        if found["language"] in {"console", "python"} and not NOT_RUN.search(found["before"]):
            yield Block(document, text.count("\n", 0, found.start("body")) + 1, found["language"], found["body"])


def steps(body: str) -> Iterator[Step]:
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        first, *lines = part.splitlines()
        command, _, status = first.partition("  # status ")
        more = list(takewhile(lambda line: line.startswith("> "), lines))
        shown = "\n".join(lines[len(more) :])
        yield Step("\n".join([command.strip(), *(line[2:] for line in more)]), int(status or 0), shown or None)


def pattern(shown: str) -> re.Pattern[str]:
    """What the output must match from its first line to its last."""
    lines = []
    for line in shown.splitlines():
        if line.strip() == "...":
            lines.append(r"(?:.*\n)*?")
        else:
            words = [re.escape(word).replace(r"\.\.\.", ".*?") for word in line.split()]
            lines.append(r"[ \t]*" + r"[ \t]+".join(words) + r"[ \t]*\n")
    return re.compile("".join(lines))


def agrees(shown: str, output: str) -> bool:
    return pattern(shown).fullmatch(output.strip("\n") + "\n") is not None
