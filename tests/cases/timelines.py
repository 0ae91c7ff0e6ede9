"""Timelines of `correlations/`: events with their times, and the episodes that correlations make of them."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from engine.correlate import Correlator
from engine.handover import Hits
from engine.hit import Hit
from engine.load import load_text
from engine.match import Detector
from engine.model import Batch, Event, LogSource, Ref
from engine.rules import Ruleset
from tests.cases.read import FOLDER, entries, plain

__all__ = ["Timeline", "timelines"]

SOURCE = LogSource(category="test")
RULES = "".join(
    f"title: Rule {name}\nname: {name}\nlogsource: {{category: test}}\n"
    f"detection: {{selection: {{is: {name}}}, condition: selection}}\n---\n"
    for name in "abc"
)
UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
BEGIN = 1_700_000_000_000_000
"""What 0s is, microseconds."""


class Given(NamedTuple):
    """Hits that come together, and the watermark that is told then, microseconds; None: none."""

    hits: list[Hit]
    watermark: int | None


class Timeline:
    """One entry of a file: correlations over rules a, b and c, events, and what is to be told of them."""

    def __init__(self, file: str, entry: dict[str, Any]) -> None:
        self.name = f"{file}: {entry['says']}"
        self.entry = entry

    def __str__(self) -> str:
        return self.name

    @cached_property
    def ruleset(self) -> Ruleset:
        """The rules a, b and c, each of which matches the events that are so, and the correlations."""
        return load_text(RULES + self.text, "case.yml")

    @property
    def text(self) -> str:
        """The documents with correlations: `text`, or the one of `correlation` under a head."""
        if "text" in self.entry:
            return str(self.entry["text"])
        language = f"language: {self.entry['language']}\n" if "language" in self.entry else ""
        body = textwrap.indent(self.entry["correlation"], "  ")
        return f"title: {json.dumps(self.entry['says'])}\n{language}correlation:\n{body}"

    @cached_property
    def given(self) -> list[Given]:
        """The hits on the events, parted by the watermarks told between them."""
        hits = Hits.of(self.ruleset, Correlator(self.ruleset).reads, horizon=1 << 62)
        detector = Detector(self.ruleset)
        found: list[Given] = []
        held: list[Hit] = []
        for number, line in enumerate(self.entry["events"]):
            if "watermark" in line:
                found.append(Given(held, at(line["watermark"])))
                held = []
            else:
                event = event_of(line, number)
                matched = detector.match(Batch(SOURCE, [event.fields], 1))
                found_by = [number for _, numbers in matched for number in numbers]
                held += [hit for number in found_by if (hit := hits.hit(number, event, detector)) is not None]
        return [*found, Given(held, None)]

    @cached_property
    def until(self) -> int | None:
        """Up to when all is decided; None: as if nothing more came."""
        return at(self.entry["until"]) if "until" in self.entry else None

    def expected(self) -> list[dict[str, Any]]:
        """The episodes, with times in microseconds."""
        return [
            {name: at(value) if name in ("start", "last", "end") else plain(value) for name, value in each.items()}
            for each in self.entry["episodes"]
        ]


def timelines() -> Iterator[Timeline]:
    """Every entry of every file."""
    for file, entry in entries(FOLDER / "correlations"):
        yield Timeline(file, entry)


def event_of(line: dict[str, Any], number: int) -> Event:
    """An event of a case: `at`, `id` and `file` are its own, all else are its fields."""
    fields = {name: value for name, value in plain(line).items() if name not in ("at", "id", "file")}
    time = None if line["at"] is None else at(line["at"])
    return Event(time, SOURCE, fields, Ref(line.get("file", "case"), number + 1), line.get("id"))


def at(written: str | None) -> int | None:
    """Microseconds of "1.5s", "10m", "2h" or "1d" after the beginning of a case."""
    if written is None:
        return None
    return BEGIN + int(Decimal(written[:-1]) * UNITS[written[-1]] * 1_000_000)
