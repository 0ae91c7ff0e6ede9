"""ndjson: one JSON object a line: detections, episodes of correlations, one summary last; see docs/output.md."""

from __future__ import annotations

from typing import Any, BinaryIO

from engine.hit import Episode
from engine.model import Detection, RuleHead, Summary
from engine.outputs._shape import detection_json, episode_json, summary_json

__all__ = ["Output"]


class Output:
    """Write each detection as it comes, in order of file and position; the same input gives the same bytes."""

    extension = "ndjson"
    person = False
    lines = True

    def __init__(self, stream: BinaryIO, **_: Any) -> None:
        self._stream = stream

    @staticmethod
    def row(detection: Detection) -> bytes:
        """The finished line."""
        return detection_json(detection) + b"\n"

    def start(self) -> None:
        """Nothing comes before the first line."""

    def write(self, row: bytes) -> None:
        """Put a line out."""
        self._stream.write(row)

    def tell(self, correlation: RuleHead, episode: Episode, new: bool) -> None:
        """Put a line of the kind "episode" out."""
        self._stream.write(episode_json(correlation, episode) + b"\n")

    def close(self, summary: Summary) -> None:
        """Put the summary out as last line."""
        self._stream.write(summary_json(summary) + b"\n")
