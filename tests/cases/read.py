"""Case files -> cases."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from engine.load import load_text
from engine.load.documents import Real, documents
from engine.rules import Ruleset

FOLDER = Path(__file__).parent


class Given(NamedTuple):
    """What is loaded: the text, and JSON of the pipelines' texts and of the variables."""

    text: str
    pipelines: tuple[str, ...]
    variables: str

    def load(self) -> Ruleset:
        return load_text(self.text, "case.yml", self.pipelines, variables=json.loads(self.variables))


class Case(NamedTuple):
    """One rule and one event; `says` is why, `expected` whether they match."""

    file: str
    says: str
    by: str
    given: Given
    event: dict[str, Any]
    expected: bool

    def __str__(self) -> str:
        return f"{self.file}: {self.says}: {self.event} {'matches' if self.expected else 'misses'}"


def entries(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every entry of every file of a folder, with the file's name."""
    for path in sorted(folder.glob("*.yml")):
        for document in documents(path.read_bytes()):
            assert not document.faults, f"{path}: {document.faults[0].fault}"
            for entry in document.value:
                yield path.stem, entry


def cases() -> Iterator[Case]:
    """Every event of every entry."""
    for file, entry in entries(FOLDER):
        for key, expected in (("matches", True), ("misses", False)):
            for event in entry.get(key, ()):
                yield Case(file, entry["says"], entry["by"], given(entry), plain(event), expected)


def given(entry: dict[str, Any]) -> Given:
    """The rule, the filters beside it, and what changes them."""
    text = entry.get("text") or rule_text(entry)
    for body in entry.get("filters", ()):
        text += f"---\ntitle: A filter\nlogsource: {{category: test}}\nfilter:\n{textwrap.indent(body, '  ')}"
    pipelines = (entry["pipeline"],) if "pipeline" in entry else ()
    return Given(text, pipelines, json.dumps(plain(entry.get("variables", {}))))


def rule_text(entry: dict[str, Any]) -> str:
    """The whole rule: the entry's own selection or detection under a head."""
    if "detection" in entry:
        body = textwrap.indent(entry["detection"], "  ")
    else:
        body = f"  selection:\n{textwrap.indent(entry['rule'], '    ')}  condition: selection\n"
    return f"title: {entry['says']!r}\nlogsource:\n  category: test\ndetection:\n{body}"


def plain(value: Any) -> Any:
    """YAML values as a JSON decoder would give them."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return float(value) if isinstance(value, Real) else value
