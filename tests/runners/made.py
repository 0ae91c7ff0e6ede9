"""Small trails made up for the tests of runners, and scans of them."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from engine.model import Level, LogSource, Summary
from engine.outputs.ndjson import Output
from engine.rules import Expr, Rule, Ruleset, Selection, Text
from engine.runners import Scan, pool, run

CLOUDTRAIL = LogSource("aws", "cloudtrail")
Record = dict[str, Any]


def rule(key: str, condition: Expr, level: Level = Level.medium, logsource: LogSource = CLOUDTRAIL) -> Rule:
    return Rule(
        key=key,
        title=key,
        path=f"{key}.yml",
        line=1,
        logsource=logsource,
        level=level,
        selections={"selection": condition},
        condition=Selection("selection"),
    )


STOPPED = rule("stopped", Text("eventName", ("StopLogging",)), Level.high)
LISTED = rule("listed", Text("eventName", ("ListBuckets",)), Level.low)
MALLORY = rule("mallory", Text("userIdentity.userName", ("mallory",)))
WINDOWS = rule("windows", Text("EventID", ("1",)), Level.critical, LogSource("windows"))
RULES = Ruleset((STOPPED, LISTED, MALLORY, WINDOWS))


def record(name: str, identity: str | None = None, user: str = "alice", **more: Any) -> Record:
    """One record of CloudTrail, an event id only where one is given."""
    made = {
        "eventVersion": "1.08",
        "eventTime": "2023-07-10T12:00:00Z",
        "eventSource": "s3.amazonaws.com",
        "eventName": name,
        "userIdentity": {"type": "IAMUser", "userName": user},
        **more,
    }
    return made if identity is None else {**made, "eventID": identity}


def log(records: Sequence[Record]) -> bytes:
    return gzip.compress(json.dumps({"Records": list(records)}).encode(), 1)


def write(folder: Path, *files: Sequence[Record] | bytes) -> Path:
    """A folder with these files, named so that they are read in this order."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, content in enumerate(files):
        data = content if isinstance(content, bytes) else log(content)
        (folder / f"{number:04}.json.gz").write_bytes(data)
    return folder


class Done(NamedTuple):
    """What a scan wrote and said."""

    written: bytes
    summary: Summary

    @property
    def hits(self) -> list[dict[str, Any]]:
        """The detections, in order."""
        lines = [json.loads(line) for line in self.written.splitlines()]
        return [line for line in lines if line["kind"] == "detection"]

    @property
    def short(self) -> list[tuple[str, str]]:
        """(title, file#position) of each."""
        return [(hit["rule"]["title"], "{file}#{position}".format(**hit["events"][0]["ref"])) for hit in self.hits]

    @property
    def kinds(self) -> list[tuple[str, str]]:
        """(file, kind) of each problem."""
        return [(problem.ref, problem.kind) for problem in self.summary.problems]


def scan(*sources: Path | str, output: type[Output] = Output, ruleset: Ruleset = RULES, **given: Any) -> Done:
    """Run a scan; the output is kept in memory."""
    stream = io.BytesIO()
    summary = run(Scan(tuple(map(str, sources)), ruleset, output(stream), **given))
    return Done(stream.getvalue(), summary)


def one_file_a_task(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hand every file to a process on its own; by itself the runner does that only with files of some size."""
    monkeypatch.setattr(pool, "TASK_BLOBS", 1)
