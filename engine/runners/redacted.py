"""An output that is given only what may be shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.glance import who
from engine.hit import Episode
from engine.model import Detection, Event, RuleHead, Summary
from engine.outputs import Output, tell
from engine.redact import Redactor

__all__ = ["Redacted"]


class _Row:
    """What a worker makes of a detection: the row of the output, redacted. Picklable."""

    def __init__(self, row: Callable[[Detection], Any], redactor: Redactor) -> None:
        self.row = row
        self.redactor = redactor

    def __call__(self, detection: Detection) -> Any:
        return self.row(self.redactor.detection(detection))

    def who(self, event: Event) -> str:
        """By which name the summary knows people."""
        return who(self.redactor.event(event))


class Redacted:
    """Hands everything on to another output, redacted; for runs that raise no alerts."""

    def __init__(self, output: Output, redactor: Redactor) -> None:
        self.output = output
        self.redactor = redactor
        self.extension = output.extension
        self.person = output.person
        self.lines = getattr(output, "lines", False)
        self.row = _Row(output.row, redactor)

    def start(self) -> None:
        """Before the first row."""
        self.output.start()

    def write(self, row: Any) -> None:
        """One detection, as `row` made it."""
        self.output.write(row)

    def tell(self, correlation: RuleHead, episode: Episode, new: bool) -> None:
        """One episode."""
        tell(self.output, correlation, self.redactor.episode(episode), new)

    def close(self, summary: Summary) -> None:
        """After the last row."""
        self.output.close(summary)
