"""splunk_hec: what the HTTP Event Collector takes, and nothing else."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.alert import Delivered, Message, Retry
from engine.model import Level
from engine.notifiers import encoded
from tests.notifiers.chats import changed, through_outbox
from tests.notifiers.contract import NotifierContract, Played
from tests.notifiers.made import NOW, alert, destination, hostile, huge, message, options
from tests.notifiers.server import Answer, Request, Server, serving

SECRET = NotifierContract.secret
INDEXES = {"main", "security"}
META = {"time", "host", "source", "sourcetype", "index", "event", "fields"}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFIER_SECRET", SECRET)


def told(status: int, code: int, text: str) -> Answer:
    return Answer(status, json.dumps({"text": text, "code": code}).encode())


class Collector:
    """Judges as Splunk does, and keeps the events."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    def __call__(self, request: Request) -> Answer:
        if (request.method, request.path) != ("POST", "/services/collector/event"):
            return Answer(404, b"<html>not found")
        login = request.headers.get("authorization")
        if login is None:
            return told(401, 2, "Token is required")
        if login != f"Splunk {SECRET}":
            return (
                told(403, 4, "Invalid token") if login.startswith("Splunk ") else told(401, 3, "Invalid authorization")
            )
        try:
            uuid.UUID(request.headers["x-splunk-request-channel"])
        except (KeyError, ValueError):
            return told(400, 10, "Data channel is missing")
        events = list(objects(request.body))
        if len(request.body) > 1_000_000:
            return Answer(413, b"Content-Length of over 1000000")
        for event in events:
            fault = judged(event)
            if fault:
                return fault
        self.events += events
        return told(200, 0, "Success") if events else told(400, 5, "No data")


def objects(body: bytes) -> Iterator[Any]:
    """What stands one after the other, as Splunk reads it."""
    text, at, read = body.decode(), 0, json.JSONDecoder()
    while at < len(text):
        found, at = read.raw_decode(text, at)
        yield found
        at += len(text[at:]) - len(text[at:].lstrip())


def judged(event: Any) -> Answer | None:
    if not set(event) <= META or not isinstance(event.get("time", 0.0), (int, float)):
        return told(400, 6, "Invalid data format")
    if "event" not in event:
        return told(400, 12, "Event field is required")
    if not event["event"]:
        return told(400, 13, "Event field cannot be blank")
    if not all(isinstance(value, str) for value in event.get("fields", {}).values()):
        return told(400, 15, "Error in handling indexed fields")
    if event.get("index", "main") not in INDEXES:
        return told(400, 7, "Incorrect index")
    if len(encoded(event["event"])) > 10_000:
        return told(400, 6, "TRUNCATE would leave no JSON")
    return None


@contextmanager
def splunk() -> Iterator[tuple[Server, Collector, dict[str, Any]]]:
    """The server, its collector, and the options by which it is reached."""
    collector = Collector()
    with serving(collector) as server:
        yield server, collector, {"url": server.url, "token": {"env": "NOTIFIER_SECRET"}, "allow": ["127.0.0.1"]}


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for pair in value.items() for one in pair for text in texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in texts(one)]
    return [value] if isinstance(value, str) else []


def kept(*messages: Message, **more: Any) -> list[Any]:
    """The events that Splunk has after these messages."""
    with splunk() as (_, collector, given_options):
        send = destination("splunk_hec", options("splunk_hec", **{**given_options, **more})).send
        assert [send(one) for one in messages] == [Delivered()] * len(messages)
        return collector.events


class TestSplunk(NotifierContract):
    kind = "splunk_hec"
    wrong = (
        ({"url": "https://x.example/services/collector"}, "url: without /services"),
        ({"url": "splunk.example"}, "url: the URL does not begin"),
        ({"token": "plain"}, "token is to be a secret"),
        ({"index": "Main"}, 'index: "Main" is no name'),
        ({"source": "a b"}, 'source: "a b" is none'),
        ({"sourcetype": ""}, 'sourcetype: "" is none'),
    )

    @contextmanager
    def played(self) -> Iterator[Played]:
        with splunk() as (server, collector, given_options):

            def busy() -> bool:
                server.next.append(Answer(429, b'{"text": "Server is busy", "code": 9}', {"Retry-After": "7"}))
                return True

            yield Played(
                given_options,
                lambda: collector.events,
                busy,
                lambda: server.next.append(told(403, 1, "Token disabled")),
                lambda: server.next.append(Answer(hang=2.0)),
                lambda one: texts(one["event"]["alert"]),
                lambda one: one["fields"]["detect_id"],
            )


BAD: list[tuple[tuple[Any, ...], Any]] = [
    (("event",), ...), (("event",), ""), (("fields", "detect_id"), 1), (("fields", "nested"), {"a": "b"}),
    (("index",), "secret"), (("time",), "now"), (("unknown",), 1), (("event", "alert", "title"), "x" * 10_001),
]  # fmt: skip


@pytest.mark.parametrize(("path", "new"), BAD, ids=range(len(BAD)))
def test_the_played_collector_refuses_what_the_real_one_refuses(path: tuple[Any, ...], new: Any):
    fine = good_request()
    assert Collector()(fine).status == 200
    assert Collector()(fine._replace(body=encoded(changed(fine.json, path, new)))).status == 400


def test_the_played_collector_knows_its_token_its_channel_and_its_size():
    fine = good_request()
    without = {name: value for name, value in fine.headers.items() if name != "x-splunk-request-channel"}
    assert Collector()(fine._replace(headers=without)).status == 400
    assert Collector()(fine._replace(body=b"")).status == 400
    assert Collector()(fine._replace(body=fine.body * 1_000)).status == 413
    assert Collector()(fine._replace(path="/services")).status == 404
    for login, status in (("Splunk no", 403), (f"Bearer {SECRET}", 401)):
        assert Collector()(fine._replace(headers={**fine.headers, "authorization": login})).status == status


def good_request() -> Request:
    with splunk() as (server, _, given_options):
        assert destination("splunk_hec", options("splunk_hec", **given_options)).send(message()) == Delivered()
        return server.requests[0]


def test_every_step_of_an_alert_is_an_event_through_the_outbox(tmp_path: Path):
    with splunk() as (server, collector, given_options):
        server.next += [Answer(429, b"", {"Retry-After": "2"}), told(503, 9, "Server is busy"), Answer(500)]
        steps = ("trigger", "update", "acknowledge", "trigger", "resolve")
        messages = [message(id=f"m{n}", action=action, sequence=n) for n, action in enumerate(steps)]
        made = options("splunk_hec", **given_options, index="security", host="soc-1")
        assert through_outbox(tmp_path / "s", "splunk_hec", made, messages) == (5, 0, 0)
    assert tuple(one["event"]["action"] for one in collector.events) == steps
    assert {(one["index"], one["host"], one["sourcetype"]) for one in collector.events} == {
        ("security", "soc-1", "detect:alert")
    }


def test_alerts_of_one_message_are_events_of_their_own_with_level_time_and_links():
    alerts = [alert(id=f"a{level}", level=level, rule=alert().rule._replace(level=level)) for level in sorted(Level)]
    events = kept(message(*alerts))
    assert [one["event"]["severity"] for one in events] == [level.name for level in sorted(Level)]
    assert [one["fields"]["detect_id"] for one in events] == [f"message-1/a{n}" for n in range(5)]
    assert {one["time"] for one in events} == {NOW / 1_000_000}
    shown = str(events[0]["event"]["links"])
    for address in ("console.aws.amazon.com", "attack.mitre.org/techniques/T1098/001", "runbooks.example.com/keys"):
        assert address in shown


def test_what_is_cut_says_so_and_many_alerts_go_in_several_calls():
    with splunk() as (server, collector, given_options):
        send = destination("splunk_hec", options("splunk_hec", **given_options)).send
        given_message = huge(200, 3_000)
        assert send(given_message) == Delivered()
        assert len(server.requests) > 1
    assert len(collector.events) == 200
    assert all(one["event"]["alert"]["fields"]["field0"].endswith("…") for one in collector.events)
    assert all(one["event"]["alert"]["id"] == f"a{n}" for n, one in enumerate(collector.events))


def test_the_worst_of_all_logs_fits_and_keeps_its_ids():
    deep = [{"a": ["\U000e0001" * 400] * 5}] * 5
    worst = {"n": 1 << 60_000, "m": deep} | {f"\U000e0001{n}" * 300: deep for n in range(60)}
    rule = alert().rule._replace(references=tuple(f"https://x.example/{n}{'a' * 1_500}" for n in range(30)))
    given_alert = alert(rule=rule, fields=worst, key="\U000e0001" * 9_000, title="\U000e0001" * 9_000)
    (event,) = kept(message(given_alert))
    assert event["fields"]["detect_alert"] == "a1b2c3"
    assert event["event"]["alert"]["id"] == "a1b2c3"
    assert event["event"]["thread"] == "thread-1"
    assert all(len(link["href"]) <= 300 and "…" not in link["href"] for link in event["event"]["links"])


def test_an_answer_that_is_not_of_the_collector_is_no_success():
    with splunk() as (server, collector, given_options):
        server.next += [Answer(200, b"<html>Splunk Web"), told(200, 6, "odd")]
        send = destination("splunk_hec", options("splunk_hec", **given_options)).send
        for _ in range(2):
            outcome = send(message())
            assert isinstance(outcome, Retry)
            assert "the address of the collector" in outcome.reason
    assert collector.events == []


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1, max_size=60))
def test_any_text_of_a_log_stays_text(text: str):
    (event,) = kept(hostile(text))
    assert all(seen.isprintable() for seen in texts(event["event"]))
