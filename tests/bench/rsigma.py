"""rsigma, a Sigma engine in Rust, as its users run it: `rsigma engine eval` on NDJSON, one core.

    cargo install rsigma --version 0.23.0 --locked --features daachorse-index

0.23.0 is the newest that Rust 1.95 builds. It takes lines, so it is fed the very records of the corpus as plain NDJSON:
nothing to decompress. Its switches that may make it faster are tried, and the fastest counts.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import measure
from subject import Hit, event_id

SWITCHES: dict[str, tuple[str, ...]] = {
    "plain": (),
    "cross-rule index": ("--cross-rule-ac",),
    "bloom filter": ("--bloom-prefilter",),
}


class Rsigma(NamedTuple):
    """The program, and how events are routed to rules, if at all ("product=aws,service=cloudtrail")."""

    program: str
    logsource: str | None = None

    @property
    def version(self) -> str:
        return measure.run([self.program, "--version"]).stdout.split("\n")[0]

    def argv(self, lines: Path, rules: Path, *more: str) -> list[str]:
        """Detections to stdout with the event in them, as ours have it, and no guessing of the input's format."""
        routing = ("--logsource-routing", "--event-logsource", self.logsource) if self.logsource else ()
        command = [self.program, "engine", "eval", "-r", str(rules), "-e", f"@{lines}"]
        return [*command, "--input-format", "json", "--include-event", "--output-format", "ndjson", *routing, *more]

    def run(self, lines: Path, rules: Path, out: Path, *more: str, cores: int | None = 1) -> measure.Run:
        return measure.run(self.argv(lines, rules, *more), cores=measure.pick(cores), stdout=out)

    def fastest(self, lines: Path, rules: Path, out: Path) -> tuple[str, tuple[str, ...]]:
        """The name and the switches of the quickest of one run each; a switch this build lacks is passed over."""
        found = []
        for name, switches in SWITCHES.items():
            try:
                found.append((self.run(lines, rules, out, *switches).seconds, name, switches))
            except RuntimeError:
                continue
        return min(found)[1:]

    def explain(self, event: Path, rule: Path, rule_id: str) -> dict[str, Any]:
        """How it judges one event by one rule: a tree of conditions, selections and items."""
        command = [self.program, "engine", "explain", "-r", str(rule), "-e", f"@{event}", "--rule-id", rule_id]
        found: dict[str, Any] = json.loads(measure.run([*command, "--output-format", "ndjson", "-q"]).stdout)
        return found


def find(given: str | None) -> str | None:
    """The program as given, or named by RSIGMA, or on the PATH."""
    named = given or os.environ.get("RSIGMA") or "rsigma"
    return shutil.which(named)


def loaded(run: measure.Run) -> int:
    """How many rules it says it loaded."""
    said = re.search(r"Loaded (\d+) rules", run.stderr)
    return int(said[1]) if said else 0


def hits(out: Path) -> Iterator[Hit]:
    """Every detection of its output."""
    with out.open("rb") as lines:
        for line in lines:
            found = json.loads(line)
            yield Hit(found["rule_id"] or found["rule_title"], event_id(found["event"]))
