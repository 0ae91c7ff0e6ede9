"""SARIF 2.1.0, which code hosts show beside the lines that it is about: one run of one tool, and what it found."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple
from urllib.parse import quote

from engine.version import __version__

__all__ = ["Kind", "Result", "sarif"]

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

Level = Literal["error", "warning", "note", "none"]


class Kind(NamedTuple):
    """A kind of result, which SARIF calls a rule: `id` is stable, `text` one sentence, `level` what it usually is."""

    id: str
    text: str
    level: Level = "warning"
    help: str | None = None


class Result(NamedTuple):
    """One result. Lines and columns count from 1; None where they are not known.

    about  what is the same in the next run, although lines have moved: the rule's id or title
    """

    kind: str
    level: Level
    text: str
    path: str
    line: int | None = None
    column: int | None = None
    about: str = ""


def sarif(kinds: Sequence[Kind], results: Iterable[Result], *, tool: str = "detect") -> bytes:
    """One document, with a line break at its end; every result is of one of the kinds."""
    numbers = {kind.id: number for number, kind in enumerate(kinds)}
    driver = {"name": tool, "version": __version__, "rules": [_kind(kind) for kind in kinds]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(result, numbers[result.kind]) for result in results],
    }
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    text = json.dumps(document, ensure_ascii=False, indent=2)
    return text.encode("utf-8", "backslashreplace") + b"\n"


def _kind(kind: Kind) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": kind.id,
        "shortDescription": {"text": kind.text},
        "defaultConfiguration": {"level": kind.level},
    }
    if kind.help:
        made["help"] = {"text": kind.help}
    return made


def _result(result: Result, number: int) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(result.path)}}
    if result.line is not None:
        place["region"] = {"startLine": result.line}
        if result.column is not None:
            place["region"]["startColumn"] = result.column
    said = f"{result.kind}\0{result.path}\0{result.about}\0{result.text}"
    return {
        "ruleId": result.kind,
        "ruleIndex": number,
        "level": result.level,
        "message": {"text": result.text},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"detect/v1": hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:32]},
    }


def _uri(path: str) -> str:
    """A path as a reference: relative as the user named it, absolute with its scheme."""
    plain = path.replace("\\", "/").removeprefix("./")
    quoted = quote(plain.encode("utf-8", "replace"), safe="/:@!$&'()*+,;=~")
    return f"file://{quoted}" if plain.startswith("/") else quoted
