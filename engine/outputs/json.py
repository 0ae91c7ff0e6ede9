"""json: one document, {"version": 1, "detections": [...], "episodes": [...], "summary": {...}}, written as it goes."""

from __future__ import annotations

from typing import Any, BinaryIO

from engine.hit import Episode
from engine.model import Detection, RuleHead, Summary
from engine.outputs._shape import VERSION, detection_json, episode_json, summary_json

__all__ = ["Output"]


class Output:
    """Write one document whose detections have the shape that they have in ndjson."""

    extension = "json"
    person = False

    def __init__(self, stream: BinaryIO, **_: Any) -> None:
        self._stream = stream
        self._between = b"\n"
        self._opened = False

    @staticmethod
    def row(detection: Detection) -> bytes:
        """The finished object."""
        return detection_json(detection)

    def start(self) -> None:
        """Open the document and its list of detections."""
        self._stream.write(b'{"version":%d,"detections":[' % VERSION)

    def write(self, row: bytes) -> None:
        """Put an object out, with what must stand before it."""
        self._stream.write(self._between + row)
        self._between = b",\n"

    def tell(self, correlation: RuleHead, episode: Episode, new: bool) -> None:
        """Put an object out in the list of episodes."""
        self._open_episodes()
        self.write(episode_json(correlation, episode))

    def _open_episodes(self) -> None:
        if not self._opened:
            self._opened = True
            self._between = b"\n"
            self._stream.write(b'\n],"episodes":[')

    def close(self, summary: Summary) -> None:
        """End the list, put the summary out and end the document."""
        self._open_episodes()
        self._stream.write(b'\n],"summary":' + summary_json(summary) + b"}\n")
