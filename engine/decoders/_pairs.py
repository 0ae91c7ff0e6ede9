"""key=value pairs in a line of text."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["pairs"]

# A bare value ends at white space, or at a comma, semicolon, bar or ampersand behind which another pair begins.
_PAIR = re.compile(
    r"""(?P<name>[A-Za-z_@$][\w.@$/\-]{0,127}+)=
        (?: "(?P<quoted>(?:[^"\\]|\\.)*+)"
          | (?P<bare>(?:[^\s",;|&]|[,;|&](?!\s*[A-Za-z_@$][\w.@$/\-]{0,127}=))*+) )
      | [\w.@$/\-]++ | .""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def pairs(text: str) -> tuple[dict[str, Any], str]:
    """The pairs of a text, and what stands before the first; a key that comes twice has a list of its values."""
    found: dict[str, Any] = {}
    before = None
    for match in _PAIR.finditer(text):
        name, quoted = match["name"], match["quoted"]
        if name is None:
            continue
        value = match["bare"] if quoted is None else _ESCAPE.sub(r"\1", quoted)
        before = match.start() if before is None else before
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    return found, text[:before].strip() if before is not None else text.strip()
