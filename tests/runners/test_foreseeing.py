"""A route that does not wait is told of what is true already; the alert keeps its id when something comes late."""

from __future__ import annotations

import io
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.alerts.compiled import Alerting
from engine.alerts.records import records
from engine.alerts.settings import AlertSettings, RouteSettings
from engine.correlate import sure
from engine.outputs import output
from engine.rules import Correlation, Ruleset
from engine.runners.alerting import Alerted
from engine.runners.continuing import Continuing
from engine.runners.local import Scan, run
from engine.stores import Store
from tests.runners.correlating import MINUTE, NOW, TWO, correlation, deliver, hit
from tests.runners.made import LISTED, STOPPED

LATENESS = 1_000 * MINUTE

MANY = correlation("many")
BOTH = correlation("both", "temporal", "stopped", "listed", options=TWO, timespan=2 * MINUTE)
FEW = correlation("few", options={"condition": {"lte": 2}}, timespan=5 * MINUTE)
OUTER = correlation("outer", "event_count", "many", group_by=(), options=TWO, timespan=60 * MINUTE, generate=True)
RULES = Ruleset((STOPPED, LISTED), correlations=(MANY, BOTH, FEW, OUTER))


def both(expression: list[Any]) -> Correlation:
    return correlation("c", "temporal", "stopped", "listed", options={"condition": {"expression": expression}})


def scan(state: Path, logs: Path, *, early: bool = True, final: bool = False) -> dict[str, tuple[Any, ...]]:
    """Go on with a state; the alerts of correlations that are no part of another, by id."""
    routes = msgspec.convert([{"to": [], "early": early}], list[RouteSettings])
    alerting = Alerting(AlertSettings(), routes, RULES)
    with Store(str(state)) as store:
        continuing = Continuing(store, LATENESS)
        made = Alerted(output("ndjson")(io.BytesIO()), alerting, store, lambda summary: summary.watermark, lambda: NOW)
        run(Scan((str(logs),), RULES, made, now=NOW, continuing=continuing, final=final))
        continuing.finish()
        listed = [one for one in records(store) if one.alert.rule.key not in ("stopped", "listed")]
        return {
            one.alert.id: (one.alert.rule.key, one.alert.key, one.alert.first, one.alert.last, one.alert.hits)
            for one in listed
        }


def test_what_is_certain_is_told_before_the_watermark_and_keeps_its_id(tmp_path: Path):
    #  first run    10s 20s 30s          the third tips it
    #  second run 0s                     it has been true since 20s
    logs, state = tmp_path / "logs", tmp_path / "state"
    deliver(logs, 60, [hit(second) for second in (10, 20, 30)], "A")
    told = scan(state, logs)
    assert [each[0] for each in told.values()] == ["many"]
    deliver(logs, 120, [hit(0)], "B")
    again = scan(state, logs)
    assert again.keys() == told.keys()
    decided = scan(state, logs, final=True)
    (alert,) = [(id, row) for id, row in decided.items() if row[0] == "many"]
    assert alert[0] in told
    assert (alert[1][2], alert[1][4]) == (min(alert[1][2], next(iter(told.values()))[2]), 4)


def test_nothing_is_told_early_where_no_route_asks(tmp_path: Path):
    deliver(tmp_path / "logs", 60, [hit(second) for second in (10, 20, 30)])
    assert scan(tmp_path / "state", tmp_path / "logs", early=False) == {}


@pytest.mark.parametrize(
    ("one", "certain"),
    [
        (MANY, True),
        (BOTH, True),
        (correlation("c", "temporal_ordered", "stopped", "listed", options=TWO), True),
        (correlation("c", "value_count", options={"condition": {"gt": 2, "field": ["awsRegion"]}}), True),
        (FEW, False),
        (correlation("c", options={"condition": {"gte": 2, "lte": 5}}), False),
        (correlation("c", options={"condition": {"eq": 2}}), False),
        (correlation("c", "value_sum", options={"condition": {"gte": 2, "field": ["n"]}}), False),
        (correlation("c", "first_seen", options={"field": ["awsRegion"]}), False),
        (both(["and", ["rule", 0], ["rule", 1]]), True),
        (both(["and", ["rule", 0], ["not", ["rule", 1]]]), False),
    ],
)
def test_certain_is_what_further_hits_cannot_undo(one: Any, certain: bool):
    assert bool(sure(Ruleset((STOPPED, LISTED), correlations=(one,)))) is certain


def test_what_counts_episodes_is_never_certain():
    assert "outer" not in sure(RULES)


events = st.tuples(st.integers(0, 60), st.sampled_from("ab"), st.sampled_from(["StopLogging", "ListBuckets"]))


@given(st.lists(st.lists(events, min_size=1, max_size=7, unique=True), min_size=1, max_size=4))
def test_in_the_end_there_are_the_alerts_of_a_run_that_waits(files: list[list[tuple[int, str, str]]]):
    with TemporaryDirectory() as top:
        logs, told = Path(top) / "logs", set[str]()
        for number, file in enumerate(files):
            made = [hit(at * 5, user, name, eventID=f"{number}-{at}-{user}-{name}") for at, user, name in file]
            deliver(logs, 60 * number, made, f"{number}")
            told |= scan(Path(top) / "early", logs).keys()
        early = scan(Path(top) / "early", logs, final=True)
        waiting = scan(Path(top) / "waiting", logs, early=False, final=True)
    assert sorted(early.values()) == sorted(waiting.values())
    assert len(early.keys() - told) <= sum(row[0] in ("few", "outer") for row in early.values())
