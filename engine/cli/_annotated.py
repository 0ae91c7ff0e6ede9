"""Commands by which GitHub's runner shows something at the line of a file."""

from __future__ import annotations

__all__ = ["annotation"]


def annotation(text: str, path: str, line: int | None = None, title: str | None = None) -> str:
    """One error, as a line that ends in a line break."""
    where = f"file={_property(path)}"
    where += f",line={line}" if line else ""
    where += f",title={_property(title)}" if title else ""
    return f"::error {where}::{_escaped(text)}\n"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
