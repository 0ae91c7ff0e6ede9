"""What every log's test data is: a file of it in real shape, made here, and what is to be found in it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from engine.model import LogSource

__all__ = ["Case", "at", "lines"]


class Case(NamedTuple):
    """One file of a log.

    text      its bytes
    ref       its name
    kinds     how many records are of which logsource, in order of first appearance
    glance    number of a record, from 1 -> who, origin, action
    time      of the first record
    fires     rules of SigmaHQ, by file name -> numbers of the records on which they fire; no other rule fires at all
    own       detections of our own, that need names which only the data of the log's kind gives -> numbers
    """

    text: bytes
    ref: str
    kinds: dict[LogSource, int]
    glance: dict[int, tuple[str, str, str]]
    time: str
    fires: dict[str, list[int]]
    own: dict[str, list[int]]


def at(number: int, end: str = "Z") -> str:
    """The time of a record: a second later each."""
    return f"2024-05-01T10:{number // 60:02}:{number % 60:02}{end}"


def lines(records: Iterable[dict[str, Any]]) -> bytes:
    """One record a line."""
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)
