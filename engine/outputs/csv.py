"""csv: one line a detection, with a header; safe to open in a spreadsheet.

A cell that a spreadsheet would take for a formula gets a leading apostrophe, and control characters are written as
escapes, so that every detection is exactly one line.
"""

from __future__ import annotations

import csv
import io
from typing import Any, BinaryIO

from engine.glance import glance
from engine.hit import Episode
from engine.model import Detection, RuleHead, Summary
from engine.outputs._episodes import clock, detection_of
from engine.outputs._json import encode
from engine.terminal import visible
from engine.times import format_time
from engine.values import text_of

__all__ = ["COLUMNS", "Output"]

COLUMNS = (
    "time", "level", "rule", "who", "from", "what", "group", "selections", "matched",
    "file", "position", "event_id", "events", "rule_id", "rule_path", "tags", "logsource",
    "episode", "state", "last", "end", "value",
)  # fmt: skip

# Full-width forms too: some spreadsheets fold them to the plain ones. (Tab and line breaks are escapes by then.)
_FORMULA = frozenset("=+-@|%＝＋－＠")


class Output:
    """Write each detection as it comes; of a correlation's events the newest is shown, and `events` counts them."""

    extension = "csv"
    person = False
    lines = True

    def __init__(self, stream: BinaryIO, **_: Any) -> None:
        self._stream = stream

    @staticmethod
    def row(detection: Detection) -> bytes:
        """The finished line."""
        return _line((*_cells(detection, len(detection.events)), "", "", "", "", ""))

    def start(self) -> None:
        """Put the header out, also when no detection follows."""
        self._stream.write(_line(COLUMNS))

    def write(self, row: bytes) -> None:
        """Put a line out."""
        self._stream.write(row)

    def tell(self, correlation: RuleHead, episode: Episode, new: bool) -> None:
        """Put a line out for what a correlation says."""
        times = clock(episode.last) or "", clock(episode.end) or ""
        rest = (episode.id, episode.state, *times, text_of(episode.value) or "")
        self._stream.write(_line((*_cells(detection_of(correlation, episode), episode.hits), *rest)))

    def close(self, summary: Summary) -> None:
        """Nothing: a summary is no line of the same table."""


def _cells(detection: Detection, count: int) -> tuple[str, ...]:
    rule, time, logsource, group, selections, matched, events = detection
    who, origin, action = glance(detection)
    event = events[-1] if events else None
    found = [{"selection": part, "field": field, "value": value} for part, field, value in matched]
    return (
        "" if time is None else format_time(time), rule.level.name, rule.title, who, origin, action,
        _json(dict(group)) if group else "", " ".join(selections), _json(found),
        event.ref.file if event else "", str(event.ref.position) if event else "",
        (event.id or "") if event else "", str(count),
        rule.id or "", rule.path, " ".join(rule.tags), str(logsource or ""),
    )  # fmt: skip


def _json(value: Any) -> str:
    return encode(value).decode("utf-8")


def _line(cells: tuple[str, ...]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow([_harmless(cell) for cell in cells])
    return text.getvalue().encode("utf-8")


def _harmless(cell: str) -> str:
    """The cell as text that no spreadsheet evaluates and no terminal obeys."""
    shown = visible(cell)
    return f"'{shown}" if shown.lstrip()[:1] in _FORMULA else shown
