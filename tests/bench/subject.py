"""The command that is measured: `detect run` of this checkout, and what its NDJSON says."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import measure

CHECKOUT = Path(__file__).resolve().parents[2]


class Subject(NamedTuple):
    """`detect` with a cache folder of its own, so that a run finds the rules compiled or, with `cold`, does not."""

    cache: Path

    def argv(self, source: Path, rules: Path, out: Path, workers: int, *more: str) -> list[str]:
        command = [sys.executable, "-m", "engine.cli", "run", "--source", str(source), "--rules", str(rules)]
        return [*command, "--workers", str(workers), "--format", "ndjson", "-o", str(out), *more]

    def run(
        self, source: Path, rules: Path, out: Path, *more: str, workers: int = 1, cores: int | None = None
    ) -> measure.Run:
        """The whole command; rules that could not be used (status 3) are no reason to stop."""
        # Compiled modules are kept, as in any installation, whatever is set where the benchmark runs.
        env = {"PYTHONPATH": str(CHECKOUT), "XDG_CACHE_HOME": str(self.cache), "PYTHONDONTWRITEBYTECODE": ""}
        command = self.argv(source, rules, out, workers, *more)
        return measure.run(command, cores=measure.pick(cores), env=env, statuses=(0, 3))


LINE = "bench_line"
"""The field that numbers events which have no id of their own, put into them so that engines can be compared."""


class Hit(NamedTuple):
    """A rule that fired on an event, by their ids."""

    rule: str
    event: str


def hits(out: Path) -> Iterator[Hit]:
    """Every detection of an NDJSON output."""
    with out.open("rb") as lines:
        for line in lines:
            found = json.loads(line)
            if found["kind"] == "detection":
                yield Hit(found["rule"]["id"] or found["rule"]["title"], event_id(found["events"][0]["record"]))


def event_id(record: dict[str, Any]) -> str:
    """CloudTrail's id, else the number put in for the comparison."""
    return str(record.get("eventID", record.get(LINE)))


def summary(out: Path) -> dict[str, Any]:
    """The last line of an NDJSON output."""
    with out.open("rb") as lines:
        lines.seek(max(0, out.stat().st_size - (1 << 20)))
        last = lines.read().splitlines()[-1]
    found: dict[str, Any] = json.loads(last)
    return found
