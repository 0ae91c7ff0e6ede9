"""Fuzz target: what people name as sources and rules: paths, globs and patterns. Found in order, once, or refused."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from engine.errors import UsageError
from engine.load import load_text, select
from engine.model import Blob, Problem
from engine.rules import Ruleset
from engine.sources.files import find

__all__ = ["WORDS", "check", "seeds"]

FILES = (
    "a/1.json", "a/2.json.gz", "a/b/3.json", "a/b/c/4.json", "a/[x].json", "z*/5.json", ".hidden/6.json", "é/7.json"
)  # fmt: skip
WORDS = (
    b"**", b"*", b"?", b"[a-z]", b"[!a]", b"[", b"]", b"/", b".json", b"a/", b"b/c", b"loop/", b".hidden", b"z*"
)  # fmt: skip
RULES = """\
title: Trail stopped
id: 00000000-0000-4000-8000-000000000001
name: stopped
level: high
status: test
tags: [attack.t1562.008]
logsource: {product: aws}
detection: {s: {f: a}, condition: s}
---
title: '[odd] *'
logsource: {product: aws}
detection: {s: {f: b}, condition: s}
"""


@lru_cache(maxsize=1)
def _tree() -> str:
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name in FILES:
        path = Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"{}")
    os.symlink(folder, os.path.join(folder, "a", "loop"))
    os.symlink("nowhere", os.path.join(folder, "dangling.json"))
    os.mkfifo(os.path.join(folder, "a", "pipe.json"))
    return folder


@lru_cache(maxsize=1)
def _rules() -> Ruleset:
    return load_text(RULES, "rules/aws/x.yml")


def check(data: bytes) -> None:
    """As a source inside of a small tree with a loop in it, and as each pattern that chooses rules."""
    text = os.fsdecode(data)
    inside = re.sub(r"\.\.+", ".", text).lstrip("/~")
    try:
        found = list(find(os.path.join(_tree(), inside)))
    except UsageError as error:
        assert error.fault  # noqa: PT017
    else:
        refs = [item.ref for item in found]
        assert all(isinstance(item, Blob | Problem) for item in found)
        assert len(set(refs)) == len(refs), refs
        "".join(refs).encode()
        for item in found:
            assert not isinstance(item, Blob) or os.path.isfile(item.path)
    for choice in ({"rules": [text]}, {"exclude": [text]}, {"tags": [text]}, {"status": [text]}, {"level": text}):
        try:
            assert len(select(_rules(), **choice).rules) <= 2  # type: ignore[arg-type]
        except UsageError as error:
            assert error.fault  # noqa: PT017


def seeds() -> Iterator[bytes]:
    """Paths and patterns that lead somewhere."""
    for text in (
        "a", "a/1.json", "a/*.json", "**", "**/*.json", "a/**/*.json.gz", "*/[[]x].json", ".hidden/*", "a/loop/**",
        "dangling.json",
        "a/pipe.json", "stopped", "Trail*", "*/aws/*", "high+", "attack.t1562*", "test", "[odd] *",
    ):  # fmt: skip
        yield text.encode()
