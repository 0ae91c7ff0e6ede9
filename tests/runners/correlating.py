"""Correlations, trails whose files are named as CloudTrail names them, and runs that go on from one another."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from engine.rules import Correlation, Ruleset
from engine.runners.continuing import Continuing
from engine.stores import open_store
from tests.runners.made import LISTED, MALLORY, STOPPED, Done, Record, log, record, scan

START = datetime(2023, 7, 10, 12, tzinfo=UTC)
SECOND = 1_000_000
MINUTE = 60 * SECOND
NOW = int((START + timedelta(days=300)).timestamp()) * SECOND

Row = dict[str, Any]


def correlation(key: str, kind: str = "event_count", *rules: str, **more: Any) -> Correlation:
    given: dict[str, Any] = {
        "timespan": MINUTE,
        "group_by": ("userIdentity.userName",),
        "options": {"condition": {"gte": 3}},
    }
    given |= more
    listed = rules or ("stopped",)
    return Correlation(key=key, title=key, path=f"{key}.yml", line=1, type=kind, rules=listed, names=listed, **given)


MANY = correlation("many")
"""Three within a minute, by user."""

RULES = Ruleset((STOPPED, LISTED, MALLORY), correlations=(MANY,))

TWO = {"condition": {"gte": 2}}

ALL_KINDS = Ruleset(
    (STOPPED, LISTED, MALLORY),
    correlations=(
        MANY,
        correlation("both", "temporal", "stopped", "listed", options={"condition": {"gte": 2}}, timespan=2 * MINUTE),
        correlation(
            "ordered", "temporal_ordered", "listed", "stopped", options={"condition": {"gte": 2}}, timespan=2 * MINUTE
        ),
        correlation("few", options={"condition": {"lte": 2}}, timespan=5 * MINUTE),
        correlation(
            "regions",
            "value_count",
            "stopped",
            "listed",
            options={"condition": {"gte": 2, "field": ["awsRegion"]}},
            generate=True,
        ),
        correlation(
            "outer", "event_count", "many", group_by=(), options={"condition": {"gte": 2}}, timespan=60 * MINUTE
        ),
    ),
)


def at(seconds: float) -> str:
    return (START + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def hit(seconds: float, user: str | None = "alice", name: str = "StopLogging", **more: Any) -> Record:
    """An event that rules match, with an id of its own where none is given."""
    made = {"userIdentity": {"type": "IAMUser", "userName": user}, "eventTime": at(seconds), **more}
    identity = made.pop("eventID", f"{name}-{user}-{seconds}")
    return record(name, identity, **made)


def deliver(folder: Path, seconds: float, records: Sequence[Record], name: str = "A") -> Path:
    """Put a file there under the name that CloudTrail gives one that it delivers at that time."""
    folder.mkdir(parents=True, exist_ok=True)
    clock = (START + timedelta(seconds=seconds)).strftime("%Y%m%dT%H%MZ")
    path = folder / f"111122223333_CloudTrail_eu-west-1_{clock}_{name}.json.gz"
    path.write_bytes(log(records))
    return path


class Lines(NamedTuple):
    """Output by kind."""

    detections: list[Row]
    episodes: list[Row]
    summary: Row


def lines(written: bytes) -> Lines:
    rows = [json.loads(line) for line in written.splitlines()]
    kinds = {kind: [row for row in rows if row["kind"] == kind] for kind in ("detection", "episode", "summary")}
    return Lines(kinds["detection"], kinds["episode"], kinds["summary"][-1] if kinds["summary"] else {})


def episodes(*done: Done) -> list[tuple[str, str, str | None, str | None, int]]:
    """(correlation, start, last, end, count) of what the runs have told, in order."""
    return [
        (row["rule"]["title"], row["episode"]["start"], row["episode"]["last"], row["episode"]["end"], row["count"])
        for each in done
        for row in lines(each.written).episodes
    ]


def told(runs: Iterable[bytes]) -> dict[str, Row]:
    """Id of an episode -> what was told of it last, without what tells one run's telling from another's."""
    found: dict[str, Row] = {}
    for written in runs:
        for row in lines(written).episodes:
            found[row["episode"]["id"]] = {**row, "episode": {**row["episode"], "state": None}}
    return found


def go_on(
    state: Path | str, *sources: Path, live: bool = True, lateness: int = 15 * MINUTE, every: float = 0.0, **given: Any
) -> Done:
    """One run that goes on from a state file; live: its output reaches its reader line by line."""
    with open_store(str(state)) as store:
        continuing = Continuing(store, lateness, (lambda: None) if live else None, every)
        done = scan(*sources, **{"ruleset": RULES, "now": NOW, **given}, continuing=continuing)
        continuing.finish()
    return done
