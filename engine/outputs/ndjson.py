"""ndjson: one JSON object a line, detections first and one summary last; the shape is in docs/output.md."""

from __future__ import annotations

from typing import Any, BinaryIO

from engine.model import Detection, Summary
from engine.outputs._shape import detection_json, summary_json

__all__ = ["Output"]


class Output:
    """Write each detection as it comes, in order of file and position; the same input gives the same bytes."""

    extension = "ndjson"
    person = False

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

    def close(self, summary: Summary) -> None:
        """Put the summary out as last line."""
        self._stream.write(summary_json(summary) + b"\n")
