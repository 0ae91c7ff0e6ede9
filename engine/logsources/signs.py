"""What kind of log a record is of, told by what is in it.

A sign is words with spaces between, all of which must hold:

    path            there is a value
    !path           there is none
    path=text       the value is this text, in any case; "*" in it is any text
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from engine.logsources import all_known, lookup
from engine.model import LogSource

__all__ = ["recognised"]

Test = Callable[[dict[str, Any]], bool]


class Sign(NamedTuple):
    """Two names, one of which a record has at its top if the first word holds, that word, and the others."""

    path: str
    key: str
    first: Test
    tests: tuple[Test, ...]
    logsource: LogSource


def recognised(record: dict[str, Any]) -> LogSource | None:
    """The logsource of a record: that of the first sign that holds, by product and place in its file; else None."""
    for path, key, first, tests, logsource in _signs():
        if (key in record or path in record) and first(record) and all(test(record) for test in tests):
            return logsource
    return None


@lru_cache(maxsize=1)
def _signs() -> tuple[Sign, ...]:
    return tuple(_sign(text, entry.logsource) for entry in all_known() for text in entry.signs)


def _sign(text: str, logsource: LogSource) -> Sign:
    words = text.split()
    path = words[0].partition("=")[0]
    first, *others = map(_test, words)
    return Sign(path, path.partition(".")[0], first, tuple(others), logsource)


def _test(word: str) -> Test:
    path, equals, wanted = word.partition("=")
    if path.startswith("!"):
        return lambda record: lookup(record, path[1:]) is None
    if not equals:
        return lambda record: lookup(record, path) is not None
    if "*" not in wanted:
        return _equals(path, wanted.lower())
    pattern = re.compile(".*".join(map(re.escape, wanted.split("*"))), re.IGNORECASE | re.DOTALL)
    return lambda record: isinstance(value := lookup(record, path), str) and pattern.fullmatch(value) is not None


def _equals(path: str, wanted: str) -> Test:
    if "." in path:
        return lambda record: isinstance(value := lookup(record, path), str) and value.lower() == wanted
    return lambda record: isinstance(value := record.get(path), str) and value.lower() == wanted
