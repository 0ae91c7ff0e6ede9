"""The real command in a process of its own that may not take more memory than it is given."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["Ended", "detect", "record", "records"]

RULE = """\
title: Trail stopped
logsource: {product: aws, service: cloudtrail}
detection: {selection: {eventName: StopLogging}, condition: selection}
"""


class Ended(NamedTuple):
    """How the command ended; `rows` is its stdout as NDJSON."""

    status: int
    rows: list[Any]
    err: str

    @property
    def summary(self) -> Any:
        assert self.rows, self.err
        assert self.rows[-1]["kind"] == "summary", self.err
        return self.rows[-1]

    @property
    def found(self) -> set[str]:
        """Ids of the events that were found."""
        return {event["id"] for row in self.rows[:-1] for event in row["events"]}

    @property
    def problems(self) -> dict[str, set[str]]:
        """Kinds of problems by file."""
        kinds: dict[str, set[str]] = {}
        for problem in self.summary["problems"]["first"]:
            kinds.setdefault(problem["file"], set()).add(problem["kind"])
        return kinds


def detect(folder: Path, *words: str, mebibytes: int = 1_000) -> Ended:
    """Run `detect` in a folder; with a traceback, by any process of it, the test fails."""
    done = subprocess.run(
        [sys.executable, "-m", "engine.cli", *words],
        cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        preexec_fn=_limited(mebibytes) if os.name == "posix" else None,
    )  # fmt: skip
    err = done.stderr.decode("utf-8", "replace")
    assert "Traceback" not in err, err
    assert "please report this" not in err + done.stdout.decode("utf-8", "replace"), err
    rows = [json.loads(line) for line in done.stdout.splitlines()] if "ndjson" in words else []
    assert all(problem["kind"] != "internal" for row in rows[-1:] for problem in row["problems"]["first"])
    return Ended(done.returncode, rows, err)


def _limited(mebibytes: int) -> Any:
    import resource

    # Of one process: what it may address, which is more than what it holds.
    return lambda: resource.setrlimit(resource.RLIMIT_AS, (mebibytes << 20, mebibytes << 20))


def record(identity: str, more: str = "", name: str = "StopLogging") -> str:
    """A CloudTrail record as JSON text; `more` are further members as they shall stand there."""
    head = f'"eventVersion":"1.08","eventSource":"cloudtrail.amazonaws.com","eventName":"{name}"'
    return f'{{{head},"eventTime":"2024-05-01T10:00:00Z","eventID":"{identity}"{"," if more else ""}{more}}}'


def records(*texts: str) -> str:
    """A file as CloudTrail writes it."""
    return f'{{"Records":[{",".join(texts)}]}}'
