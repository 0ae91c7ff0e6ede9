"""Correlations as `detect rules` lists them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.explain.correlated import asked, judged, length, parts_of
from engine.rules import Correlation, Ruleset
from engine.terminal import Paint, cut, visible

__all__ = ["lines", "plain"]

_SPANNED = ("absence", "change", "first_seen")
"""Types whose condition in words has the timespan in it."""


def lines(ruleset: Ruleset, paint: Paint, width: int) -> Iterator[str]:
    """Two lines a correlation: what it is called, and what it makes of which rules; inner ones come first."""
    for each in ruleset.correlations:
        yield f"{paint.level(each.level, 8)}  {cut(each.title, width - 10)}"
        rest = visible(f": {asked(each)}{_where(each)} · {', '.join(each.names)}")
        yield f"          {paint(visible(each.type), 'cyan')}{paint(cut(rest, width - 10 - len(each.type)), 'dim')}"


def _where(correlation: Correlation) -> str:
    """The window and the group, as far as the condition does not name them in its own words."""
    span = "" if correlation.type in _SPANNED else f" in {length(correlation.timespan)}"
    return span + (f" by {', '.join(correlation.group_by)}" if correlation.group_by else "")


def plain(correlation: Correlation, ruleset: Ruleset) -> dict[str, Any]:
    """All of it as plain data; its shape is in docs/rules.md."""
    return {
        "id": correlation.id,
        "name": correlation.name,
        "title": correlation.title,
        "level": correlation.level.name,
        "status": correlation.status,
        "tags": correlation.tags,
        "path": correlation.path,
        "line": correlation.line,
        "logsource": correlation.logsource._asdict(),
        "language": correlation.language,
        "type": correlation.type,
        "rules": [
            {"key": part.key, "word": part.word, "title": part.of.title, "kind": part.kind}
            for part in parts_of(correlation, ruleset)
        ],
        "group_by": correlation.group_by,
        "aliases": correlation.aliases,
        "timespan": length(correlation.timespan),
        "timespan_seconds": correlation.timespan / 1_000_000,
        "condition": asked(correlation),
        "judged": judged(correlation),
        "missing": correlation.missing,
        "generate": correlation.generate,
        "options": correlation.options,
        "filters": [each._asdict() for each in correlation.filters],
    }
