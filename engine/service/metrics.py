"""Numbers of a service with their labels, in Prometheus' text format."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import NamedTuple

__all__ = ["FAMILIES", "OTHERS", "Family", "Metrics"]

SERIES = 500
"""Series that one metric has at most; what comes later is counted in one more, whose labels are `OTHERS`."""

OTHERS = "(others)"


class Family(NamedTuple):
    """One metric: "counter" or "gauge", what it says, and the names of its labels."""

    kind: str
    help: str
    labels: tuple[str, ...] = ()

    def series(self, name: str) -> str:
        """By which name its numbers stand."""
        return f"detect_{name}_total" if self.kind == "counter" else f"detect_{name}"


FAMILIES: Mapping[str, Family] = {
    "build_info": Family("gauge", "1; the version is its label.", ("version",)),
    "ready": Family("gauge", "1 when nothing is wrong, as /readyz has it."),
    "fault": Family("gauge", "1 for each thing that is wrong, as /readyz names it.", ("what",)),
    "events": Family("counter", "Events read."),
    "bytes": Family("counter", "Bytes read, as they are stored."),
    "files": Family("counter", "Files read."),
    "detections": Family("counter", "Rules that fired, and episodes that began.", ("rule", "level")),
    "rule_seconds": Family("counter", "Time that rules took; with `profile` of health.", ("rule", "path")),
    "alerts": Family("counter", "Alerts raised."),
    "late": Family("counter", "Detections whose time was decided already."),
    "ahead": Family("counter", "Events dated more than five minutes after they were read; not correlated."),
    "duplicates": Family("counter", "Detections on copies of events, reported before."),
    "problems": Family("counter", "Parts of logs that could not be read.", ("kind",)),
    "scans": Family("counter", "Scans ended, by how.", ("outcome",)),
    "reloads": Family("counter", "Rules and configuration read anew, by how that went.", ("outcome",)),
    "errors": Family("counter", "What went wrong, by what was being done.", ("kind",)),
    "heartbeats": Family("counter", "Signs of life: sent, failed, or withheld as something was wrong.", ("outcome",)),
    "correlation_hits": Family("counter", "Hits that a correlation was given.", ("correlation",)),
    "correlation_late": Family("counter", "Of these, those that came too late.", ("correlation",)),
    "correlation_dropped": Family("counter", "Groups and hits forgotten for a limit.", ("correlation", "what")),
    "correlation_pending": Family("gauge", "Hits that wait for the watermark.", ("correlation",)),
    "correlation_groups": Family("gauge", "Groups that a correlation remembers.", ("correlation",)),
    "source_up": Family("gauge", "1 when a source answers, 0 when it does not.", ("source",)),
    "reached_timestamp_seconds": Family("gauge", "Up to when a source has delivered.", ("source",)),
    "lag_seconds": Family("gauge", "How long ago that is.", ("source",)),
    "newest_event_timestamp_seconds": Family("gauge", "Time of the newest event of the last scan that had any."),
    "watermark_timestamp_seconds": Family("gauge", "Up to which event time correlations are decided."),
    "scan_seconds": Family("gauge", "How long the last scan took."),
    "last_scan_timestamp_seconds": Family("gauge", "When the last scan ended well."),
    "last_heartbeat_timestamp_seconds": Family("gauge", "When the last sign of life was taken."),
    "outbox_messages": Family("gauge", "Messages that wait to be delivered.", ("destination",)),
    "outbox_age_seconds": Family("gauge", "Age of the oldest message that waits.", ("destination",)),
    "dead_letters": Family("gauge", "Messages that cannot be delivered.", ("destination",)),
    "open_alerts": Family("gauge", "Alerts that are not over."),
    "state_bytes": Family("gauge", "Size of the state file."),
    "state_free_bytes": Family("gauge", "Room left on its disk."),
    "memory_bytes": Family("gauge", "Memory of the service itself, without its workers."),
    "start_timestamp_seconds": Family("gauge", "When the service started."),
}
"""All that there is; each name begins with detect_, and that of a counter ends in _total."""


class Metrics:
    """What has been counted, and what is; several threads may use it.

    series  that one metric has at most. Which have one of their own is decided by who comes first, and for good: a
            counter that vanished or fell would be taken for one that starts anew
    """

    def __init__(self, series: int = SERIES) -> None:
        self._most = series
        self._lock = threading.Lock()
        self._numbers: dict[str, dict[tuple[str, ...], float]] = {}

    def add(self, name: str, number: float = 1, *labels: str) -> None:
        """Count."""
        with self._lock:
            series = self._numbers.setdefault(name, {})
            key = self._key(series, labels)
            series[key] = series.get(key, 0) + number

    def set(self, name: str, number: float, *labels: str) -> None:
        """Say how much there is now."""
        with self._lock:
            series = self._numbers.setdefault(name, {})
            series[self._key(series, labels)] = number

    def replace(self, name: str, numbers: Iterable[tuple[tuple[str, ...], float]]) -> None:
        """Say how much there is now under all labels; the greatest have series of their own, the others are summed."""
        ranked = sorted(numbers, key=lambda each: (-each[1], each[0]))
        kept: dict[tuple[str, ...], float] = dict(ranked[: self._most])
        if len(ranked) > self._most:
            kept[(OTHERS,) * len(ranked[0][0])] = sum(number for _, number in ranked[self._most :])
        with self._lock:
            self._numbers[name] = kept

    def all(self) -> dict[str, dict[tuple[str, ...], float]]:
        """Name -> labels -> number."""
        with self._lock:
            return {name: dict(series) for name, series in self._numbers.items()}

    def text(self) -> str:
        """All of it in Prometheus' text format, version 0.0.4; a counter without labels begins with 0."""
        numbers = self.all()
        lines: list[str] = []
        for name, family in FAMILIES.items():
            found = numbers.get(name, {})
            if not found and family.kind == "counter" and not family.labels:
                found = {(): 0}
            if found:
                series = family.series(name)
                lines += [f"# HELP {series} {family.help}", f"# TYPE {series} {family.kind}"]
                lines += [
                    f"{series}{_labelled(family.labels, labels)} {number:.15g}"
                    for labels, number in sorted(found.items())
                ]
        return "".join(f"{line}\n" for line in lines)

    def _key(self, series: dict[tuple[str, ...], float], labels: tuple[str, ...]) -> tuple[str, ...]:
        if labels in series or len(series) < self._most:
            return labels
        return (OTHERS,) * len(labels)


def _labelled(names: tuple[str, ...], values: tuple[str, ...]) -> str:
    if not names:
        return ""
    pairs = [f'{name}="{_escaped(value)}"' for name, value in zip(names, values, strict=True)]
    return f"{{{','.join(pairs)}}}"


def _escaped(value: str) -> str:
    """As the format wants it. What is no character of UTF-8 would make the whole answer unreadable."""
    whole = value.encode("utf-8", "replace").decode()
    return whole.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
