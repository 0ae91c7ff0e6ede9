"""A scan that raises alerts: into the book, the outbox, and to a real server by the real webhook, once."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from engine.alerts import outbox
from engine.alerts.compiled import Alerting
from engine.alerts.records import records
from engine.alerts.sender import Sent
from engine.alerts.settings import AlertSettings, RouteSettings
from engine.errors import Place
from engine.load import load_text
from engine.notifiers import notifier
from engine.outputs import output
from engine.runners.alerting import Alerted, copied, deliver, sending
from engine.runners.destinations import Wanted, destinations
from engine.runners.local import Scan, run
from engine.stores import Store
from engine.times import format_time
from tests.alerts.made import HOUR, MINUTE, SECOND, START
from tests.alerts.server import Server, serving

RULES = """
title: Root does something
id: 6f3c1a8e-2d4b-4c5d-9e8f-0a1b2c3d4e5f
logsource: {product: aws, service: cloudtrail}
detection: {s: {userIdentity.type: Root}, condition: s}
level: critical
---
title: Anything is denied
id: 7f3c1a8e-2d4b-4c5d-9e8f-0a1b2c3d4e5f
logsource: {product: aws, service: cloudtrail}
detection: {s: {errorCode: AccessDenied}, condition: s}
level: low
"""
RULESET = load_text(RULES)
DAY = 24 * HOUR


def record(number: int, time: int, user: str, **more: Any) -> dict[str, Any]:
    identity = {"type": "Root" if user == "root" else "IAMUser", "arn": f"arn:aws:iam::1:user/{user}"}
    return {
        "eventVersion": "1.08", "eventID": f"id-{number}", "eventTime": format_time(time), "eventName": "X",
        "eventSource": "iam.amazonaws.com", "userIdentity": identity, "awsRegion": "eu-west-1", **more,
    }  # fmt: skip


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """Root three times, twice within the hour; two users denied."""
    folder = tmp_path / "logs"
    folder.mkdir()
    found = [record(number, START + at, "root") for number, at in enumerate((0, 10 * MINUTE, 3 * HOUR))]
    found += [
        record(10 + n, START + n * SECOND, user, errorCode="AccessDenied") for n, user in enumerate(("eve", "bob"))
    ]
    for number, each in enumerate(found):
        (folder / f"{number}.json").write_text(json.dumps({"Records": [each]}))
    return folder


def scan(state: Path, logs: Path, *, now: int = START + 4 * HOUR, workers: int = 1, **said: Any) -> Alerting:
    routes = [{"match": ["level=critical"], "to": ["hook"]}, {"to": ["hook"], "group_by": []}]
    alerting = Alerting(msgspec.convert(said, AlertSettings), msgspec.convert(routes, list[RouteSettings]), RULESET)
    with Store(str(state)) as store:
        made = Alerted(output("ndjson")(io.BytesIO()), alerting, store, lambda _: START + 3 * HOUR, lambda: now)
        run(Scan(sources=(str(logs),), ruleset=RULESET, output=made, workers=workers))
    return alerting


def send(state: Path, alerting: Alerting, server: Server, now: int = START + 4 * HOUR) -> Sent:
    options = notifier("webhook")(url=f"http://127.0.0.1:{server.port}/hook", allow=["127.0.0.1"])
    made = destinations({"hook": Wanted("hook", "webhook", options, Place("detect.yml"))}, None, print)
    ticks = iter(range(now, now + DAY, SECOND // 10))
    return deliver(str(state), made, alerting, lambda: next(ticks), lambda: 0.5)


def raised(state: Path) -> list[tuple[str, int, str]]:
    with Store(str(state)) as store:
        return sorted((one.alert.title, one.alert.hits, one.state) for one in records(store))


EXPECTED = [
    ("Anything is denied", 1, "resolved"), ("Anything is denied", 1, "resolved"),
    ("Root does something", 1, "open"), ("Root does something", 2, "resolved"),
]  # fmt: skip


@pytest.mark.parametrize("workers", [1, 2])
def test_a_scan_raises_alerts_and_sends_them_once(tmp_path: Path, logs: Path, workers: int):
    state = tmp_path / "state"
    with serving() as server:
        for expected in (3, 0):  # two of Root, each alone; the others together; and nothing the second time
            alerting = scan(state, logs, workers=workers)
            assert raised(state) == EXPECTED
            assert send(state, alerting, server) == (expected, 0, 0)
        assert sorted(server.arrived("hook").values()) == [1, 1, 1]


def test_the_output_is_what_it_is_without_alerts(tmp_path: Path, logs: Path):
    plain, beside = io.BytesIO(), io.BytesIO()
    run(Scan(sources=(str(logs),), ruleset=RULESET, output=output("ndjson")(plain)))
    alerting = Alerting(AlertSettings(), [RouteSettings(to=())], RULESET)
    with Store(str(tmp_path / "state")) as store:
        made = Alerted(output("ndjson")(beside), alerting, store, lambda _: None, lambda: START)
        run(Scan(sources=(str(logs),), ruleset=RULESET, output=made))
    assert beside.getvalue() == plain.getvalue()


def test_what_the_watermark_has_not_passed_waits(tmp_path: Path, logs: Path):
    alerting = Alerting(AlertSettings(), [RouteSettings(to=())], RULESET)
    with Store(str(tmp_path / "state")) as store:
        made = Alerted(output("ndjson")(io.BytesIO()), alerting, store, lambda _: START + HOUR, lambda: START)
        run(Scan(sources=(str(logs),), ruleset=RULESET, output=made))
        assert made.waiting == 1


def test_a_first_run_over_last_years_logs_is_one_summary(tmp_path: Path, logs: Path):
    with serving() as server:
        alerting = scan(tmp_path / "state", logs, now=START + 365 * DAY)
        assert send(tmp_path / "state", alerting, server, START + 365 * DAY) == (1, 0, 0)


def test_what_cannot_be_delivered_is_left_and_said(tmp_path: Path, logs: Path):
    with serving() as server:
        server.answers["hook"] = ["500"]
        alerting = scan(tmp_path / "state", logs, wait="2s")
        assert send(tmp_path / "state", alerting, server)[1:] == (3, 0)
        server.answers["hook"] = ["ok"]
        assert send(tmp_path / "state", alerting, server, START + 6 * HOUR)[1:] == (0, 0)
        assert sorted(server.arrived("hook").values()) == [1, 1, 1]


def test_only_one_process_sends(tmp_path: Path, logs: Path):
    state = tmp_path / "state"
    with serving() as server:
        alerting = scan(state, logs, wait="0s")
        with sending(str(state), 1) as mine:
            assert mine
            assert send(state, alerting, server) == (0, 3, 0)
        assert not server.seen


def test_a_copy_of_the_state_shows_what_would_be_sent_and_leaves_the_state_alone(tmp_path: Path, logs: Path):
    state = tmp_path / "state"
    Store(str(state)).close()
    before = raised(state)
    copied(str(state), str(tmp_path / "copy"))
    scan(tmp_path / "copy", logs)
    with Store(str(tmp_path / "copy")) as store:
        assert {one.destination for one in outbox.deliveries(store)} == {"hook"}
    assert raised(state) == before == []
