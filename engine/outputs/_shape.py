"""The documented JSON shape, version 1, of detections and summaries (docs/output.md, engine/outputs/schema/)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec

from engine.hit import Episode, Evidence
from engine.model import Correlated, Detection, Event, LogSource, Problem, RuleHead, Summary
from engine.outputs._episodes import clock
from engine.outputs._json import encode
from engine.times import format_time

__all__ = ["VERSION", "detection_json", "episode_json", "summary_json"]

VERSION = 1


def detection_json(detection: Detection) -> bytes:
    """One detection as a JSON object without a line break."""
    rule, time, logsource, group, selections, matched, events = detection
    return encode(
        {
            "version": VERSION,
            "kind": "detection",
            "rule": _rule(rule),
            "time": _time(time),
            "logsource": _logsource(logsource),
            "group": dict(group),
            "selections": selections,
            "matched": [{"selection": part, "field": field, "value": value} for part, field, value in matched],
            "events": [_event(event) for event in events],
        }
    )


def episode_json(correlation: RuleHead, episode: Episode) -> bytes:
    """What a correlation says as a JSON object without a line break."""
    return encode(
        {
            "version": VERSION,
            "kind": "episode",
            "rule": _rule(correlation),
            "time": _time(episode.start),
            "logsource": _words(correlation.logsource) if any(correlation.logsource) else None,
            "group": dict(episode.group),
            "episode": {
                "id": episode.id,
                "state": episode.state,
                "start": _time(episode.start),
                "last": clock(episode.last),
                "end": clock(episode.end),
            },
            "value": episode.value,
            "count": episode.hits,
            "events": [_evidence(each) for each in episode.evidence],
        }
    )


def summary_json(summary: Summary) -> bytes:
    """The summary as a JSON object without a line break; but for a profile nothing depends on the clock or machine."""
    return encode(
        {
            "version": VERSION,
            "kind": "summary",
            "engine": summary.version,
            "sources": summary.sources,
            "files": summary.files,
            "bytes": summary.bytes,
            "skipped": dict(summary.skipped),
            "events": summary.events,
            "events_with_hits": summary.events_with_hits,
            "reduction": summary.reduction,
            "detections": summary.detections,
            "episodes": summary.episodes,
            "duplicates": summary.duplicates,
            "untimed": summary.untimed,
            "out_of_range": summary.out_of_range,
            "first": _time(summary.first),
            "last": _time(summary.last),
            "levels": {level.name: {"detections": hits, "rules": rules} for level, hits, rules in summary.levels},
            "top_rules": [
                {"title": title, "level": level.name, "detections": hits} for title, level, hits in summary.top_rules
            ],
            "top_principals": [{"who": who, "detections": hits} for who, hits in summary.top_principals],
            "logsources": [{**_words(logsource), "events": events} for logsource, events in summary.logsources],
            "rules": {"loaded": summary.rules, "used": summary.rules_used, "rejected": summary.rejected},
            "problems": {"total": summary.problems_total, "first": _problems(summary.problems)},
            "correlations": [_correlated(each) for each in summary.correlations],
            "ahead": summary.ahead,
            "known": summary.known,
            "replaced": summary.replaced,
            "watermark": _time(summary.watermark),
            "warnings": summary.warnings,
            "interrupted": summary.interrupted,
            "fail_on": summary.fail_on and {"level": summary.fail_on.name, "met": summary.fail_on_met},
            **({} if summary.profile is None else {"profile": [cost._asdict() for cost in summary.profile]}),
        }
    )


def _correlated(correlation: Correlated) -> dict[str, Any]:
    level, until = correlation.level.name, clock(correlation.learning_until)
    return {**correlation._asdict(), "level": level, "learning_until": until}


@lru_cache(maxsize=4096)  # the same few rules fire again and again
def _rule(rule: RuleHead) -> msgspec.Raw:
    return msgspec.Raw(
        encode(
            {
                "id": rule.id,
                "title": rule.title,
                "level": rule.level.name,
                "tags": rule.tags,
                "path": rule.path,
                "logsource": _words(rule.logsource),
            }
        )
    )


def _event(event: Event) -> dict[str, Any]:
    file, position = event.ref
    shown = {
        "ref": {"file": file, "position": position},
        "id": event.id,
        "time": _time(event.time),
        "record": event.record,
    }
    if event.derived:
        shown["derived"] = dict(event.derived)
    return shown


def _evidence(evidence: Evidence) -> dict[str, Any]:
    file, position = evidence.ref
    return {
        "rule": evidence.rule,
        "ref": {"file": file, "position": position},
        "id": evidence.id,
        "time": _time(evidence.time),
        "shown": evidence.shown,
    }


@lru_cache(maxsize=4096)  # a detection and its event have the same time, often its neighbours too
def _time(time: int | None) -> str | None:
    return None if time is None else format_time(time)


def _words(logsource: LogSource) -> dict[str, str | None]:
    return {"product": logsource.product, "service": logsource.service, "category": logsource.category}


def _logsource(logsource: LogSource | None) -> dict[str, str | None] | None:
    return None if logsource is None else _words(logsource)


def _problems(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    return [
        {"file": ref, "offset": offset, "kind": kind, "fault": fault, "lost": lost}
        for ref, offset, fault, lost, kind in problems
    ]
