"""From what a scan saw to the numbers of the service."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from engine.hit import Episode
from engine.model import Detection, RuleHead, Summary
from engine.service.health import Health

__all__ = ["Fired", "count", "fired"]


class Fired:
    """An output that writes nothing and counts by rule: of what a service finds, the alerts are kept and told.

    counts  (title, level) -> how often
    """

    extension = ""
    person = False
    lines = True

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()

    @staticmethod
    def row(detection: Detection) -> tuple[str, str]:
        """All that is needed of it."""
        return detection.rule.title, detection.rule.level.name

    def start(self) -> None:
        """There is nothing to begin."""

    def write(self, row: tuple[str, str]) -> None:
        """One detection."""
        self.counts[row] += 1

    def tell(self, correlation: RuleHead, episode: Episode, new: bool) -> None:
        """One episode; each is counted once."""
        if new:
            self.counts[correlation.title, correlation.level.name] += 1

    def close(self, summary: Summary) -> None:
        """Nor is there anything to end."""


def count(health: Health, summary: Summary, state: str, ended: int, took: int) -> None:
    """What a scan read. Times are microseconds."""
    health.add("scans", 1, state)
    for name, number in (
        ("events", summary.events), ("bytes", summary.bytes), ("files", summary.files), ("ahead", summary.ahead),
        ("duplicates", summary.duplicates),
    ):  # fmt: skip
        health.add(name, number)
    kinds = Counter(problem.kind for problem in summary.problems)
    for kind, number in sorted(kinds.items()):
        health.add("problems", number, kind)
    if unnamed := summary.problems_total - kinds.total():
        health.add("problems", unnamed, "more")
    health.gauge(scan_seconds=took / 1e6)
    if state in ("finished", "incomplete"):
        health.gauge(last_scan_timestamp_seconds=ended / 1e6)
    if summary.last is not None:
        health.gauge(newest_event_timestamp_seconds=summary.last / 1e6)
    if summary.watermark is not None:
        health.gauge(watermark_timestamp_seconds=summary.watermark / 1e6)
    for rule in summary.profile or ():
        if rule.total:
            health.add("rule_seconds", rule.total / 1e6, rule.title, rule.path)
    health.gauges("correlation_pending", {each.title: each.pending for each in summary.correlations})
    for each in summary.correlations:
        health.add("correlation_hits", each.hits, each.title)
        health.add("correlation_late", each.late, each.title)
        health.add("correlation_dropped", each.dropped_groups, each.title, "groups")
        health.add("correlation_dropped", each.dropped_hits, each.title, "hits")


def fired(
    health: Health, counts: Mapping[tuple[str, str], int], groups: Mapping[str, int] | None, *, alerts: int, late: int
) -> None:
    """What a scan found; the busiest rules come first, so that they get series of their own."""
    health.add("alerts", alerts)
    health.add("late", late)
    for (title, level), number in sorted(counts.items(), key=lambda each: (-each[1], each[0])):
        health.add("detections", number, title, level)
    if groups is not None:
        health.gauges("correlation_groups", groups)
