"""pagerduty: what the Events API v2 takes, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.alert import Delivered, Message, Refused, Retry
from engine.model import Level
from engine.notifiers import encoded
from engine.times import parse_time
from tests.notifiers.chats import changed, through_outbox, utf16
from tests.notifiers.contract import NotifierContract, Played
from tests.notifiers.made import AT, NOW, alert, destination, hostile, huge, message, options
from tests.notifiers.server import Answer, Request, Server, serving

SECRET = "a-secret-of-32-characters-012345"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFIER_SECRET", SECRET)


class Service:
    """Judges as PagerDuty does, and keeps alerts by dedup_key: triggered, acknowledged or resolved."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.alerts: dict[str, list[str]] = {}

    def __call__(self, request: Request) -> Answer:
        if (request.method, request.path) != ("POST", "/v2/enqueue"):
            return Answer(404, b"not found")
        if len(request.body) > 512_000:
            return Answer(413, b"too large")
        try:
            event = request.json
            good(event)
        except (AssertionError, KeyError, ValueError, TypeError) as error:
            told = {"status": "invalid event", "message": "Event object is invalid", "errors": [repr(error)]}
            return Answer(400, json.dumps(told).encode())
        self.events.append(event)
        self.follow(event["dedup_key"], event["event_action"])
        told = {"status": "success", "message": "Event processed", "dedup_key": event["dedup_key"]}
        return Answer(202, json.dumps(told).encode())

    def follow(self, key: str, action: str) -> None:
        """An acknowledgement or an end without an open alert is taken, and dropped."""
        states = self.alerts.setdefault(key, [])
        is_open = bool(states) and states[-1] != "resolved"
        if action == "trigger" and not is_open:
            states.append("triggered")
        elif action != "trigger" and is_open:
            states[-1] = f"{action}d" if action == "resolve" else "acknowledged"


def good(event: Any) -> None:
    assert event["routing_key"] == SECRET
    assert event["event_action"] in ("trigger", "acknowledge", "resolve")
    assert 0 < len(event["dedup_key"]) <= 255
    if event["event_action"] != "trigger":
        assert set(event) == {"routing_key", "event_action", "dedup_key"}
        return
    payload = event["payload"]
    assert 0 < utf16(payload["summary"]) <= 1_024
    assert "\n" not in payload["summary"]
    assert payload["source"]
    assert payload["severity"] in ("critical", "error", "warning", "info")
    assert parse_time(payload["timestamp"])
    assert all(0 < len(payload[name]) <= 255 for name in ("source", "component", "class"))
    assert isinstance(payload["custom_details"], dict)
    for link in event["links"]:
        assert set(link) == {"href", "text"}
        assert link["href"].startswith(("https://", "http://"))
        assert link["text"]


@contextmanager
def pagerduty() -> Iterator[tuple[Server, Service, dict[str, Any]]]:
    """The server, what it plays, and the options by which it is reached."""
    service = Service()
    with serving(service) as server:
        yield (
            server, service,
            {"url": server.url, "routing_key": {"env": "NOTIFIER_SECRET"}, "allow": ["127.0.0.1"]},
        )  # fmt: skip


def told(*messages: Message, **more: Any) -> Service:
    """PagerDuty after these messages."""
    with pagerduty() as (_, service, given_options):
        send = destination("pagerduty", options("pagerduty", **{**given_options, **more})).send
        assert [send(one) for one in messages] == [Delivered()] * len(messages)
        return service


def leaves(value: Any) -> Iterator[str]:
    """Every text in JSON, also the names."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for one in (*value, *value.values()) if isinstance(value, dict) else value:
            yield from leaves(one)


def texts(event: Any) -> list[str]:
    return [*leaves(event["payload"]), *(link["text"] for link in event["links"])]


class TestPagerDuty(NotifierContract):
    kind = "pagerduty"
    secret = SECRET
    wrong = (
        ({"url": "events.example"}, "url: the URL does not begin"),
        ({"routing_key": "plain"}, "routing_key is to be a secret"),
        ({"source": " "}, "source: 1 to 255 characters"),
        ({"source": "x" * 256}, "source: 1 to 255 characters"),
        ({"severities": {"worst": "critical"}}, 'severities: there is no level "worst"'),
        ({"severities": {"high": "high"}}, 'severities: "high" is none'),
    )

    @contextmanager
    def played(self) -> Iterator[Played]:
        with pagerduty() as (server, service, given_options):

            def busy() -> bool:
                server.next.append(Answer(429, b"slowly", {"Retry-After": "7"}))
                return True

            yield Played(
                given_options,
                lambda: service.events,
                busy,
                lambda: server.next.append(Answer(400, b'{"status": "invalid event"}')),
                lambda: server.next.append(Answer(hang=2.0)),
                texts,
                lambda event: event["dedup_key"],
            )


P = "payload"
BAD: list[tuple[tuple[Any, ...], Any]] = [
    (("routing_key",), ...), (("routing_key",), "x" * 32), (("event_action",), ...), (("event_action",), "update"),
    (("dedup_key",), "x" * 256), ((P,), ...), ((P, "summary"), ...), ((P, "summary"), "x" * 1_025),
    ((P, "summary"), "\U0001f525" * 513), ((P, "source"), ...), ((P, "severity"), ...), ((P, "severity"), "high"),
    ((P, "timestamp"), "today"), ((P, "class"), "x" * 256), ((P, "component"), "x" * 256),
    (("links", 0, "href"), "javascript:x"), (("links", 0, "href"), ...), ((P, "custom_details"), "text"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "new"), BAD, ids=range(len(BAD)))
def test_the_played_service_refuses_what_the_real_one_refuses(path: tuple[Any, ...], new: Any):
    fine = sent()
    assert Service()(fine).status == 202
    assert Service()(fine._replace(body=encoded(changed(fine.json, path, new)))).status == 400


def test_the_played_service_knows_its_address_and_its_size():
    fine = sent()
    big = encoded(changed(fine.json, ("payload", "custom_details", "text"), "x" * 512_000))
    assert Service()(fine._replace(body=big)).status == 413
    assert Service()(fine._replace(path="/v1/enqueue")).status == 404


def sent(**more: Any) -> Request:
    with pagerduty() as (server, _, given_options):
        made = options("pagerduty", **{**given_options, **more})
        assert destination("pagerduty", made).send(message()) == Delivered()
        return server.requests[0]


def test_one_alert_is_triggered_acknowledged_and_resolved_through_the_outbox(tmp_path: Path):
    with pagerduty() as (server, service, given_options):
        server.next += [Answer(429, b"", {"Retry-After": "2"}), Answer(503), Answer(500)]
        steps = ("trigger", "update", "acknowledge", "trigger", "resolve")
        messages = [message(id=f"m{n}", action=action, sequence=n) for n, action in enumerate(steps)]
        made = options("pagerduty", **given_options, updates=True)
        assert through_outbox(tmp_path / "s", "pagerduty", made, messages) == (5, 0, 0)
    actions = [event["event_action"] for event in service.events]
    assert actions == ["trigger", "trigger", "acknowledge", "trigger", "resolve"]
    assert list(service.alerts.values()) == [["resolved"]]


def test_a_repeat_opens_nothing_and_what_comes_after_the_end_does():
    end = message(id="m2", action="resolve", sequence=1)
    service = told(message(), message(), end, end, message(id="m3", sequence=2))
    assert list(service.alerts.values()) == [["resolved", "triggered"]]


def test_an_acknowledgement_stays_when_the_alert_comes_again():
    service = told(message(), message(id="m2", action="acknowledge", sequence=1), message(id="m3", sequence=2))
    assert list(service.alerts.values()) == [["acknowledged"]]


def test_an_end_without_an_alert_opens_none():
    assert list(told(message(action="resolve"), message(action="acknowledge")).alerts.values()) == [[]]


def test_updates_are_sent_only_where_they_are_wanted():
    with pagerduty() as (_, _, given_options):
        assert "update" not in options("pagerduty", **given_options).actions
        assert "update" in options("pagerduty", **given_options, updates=True).actions


def test_the_level_is_a_severity_and_may_be_another():
    messages = [message(level=level, thread=level.name) for level in sorted(Level)]
    severities = [event["payload"]["severity"] for event in told(*messages).events]
    assert severities == ["info", "info", "warning", "error", "critical"]
    others = [event["payload"]["severity"] for event in told(*messages, severities={"high": "critical"}).events]
    assert others == ["info", "info", "warning", "critical", "critical"]


def test_what_orchestrations_decide_by_is_where_they_look():
    (event,) = told(message(), source="soc").events
    payload, details = event["payload"], event["payload"]["custom_details"]
    assert parse_time(payload["timestamp"]) == AT
    assert (payload["source"], payload["component"], payload["class"]) == (
        "soc",
        "cloudtrail",
        message().alerts[0].title,
    )
    assert details["level"] == "high"
    assert details["rule"] == message().alerts[0].rule.id
    assert details["alerts"][0]["fields"]["awsRegion"] == "eu-west-1"
    assert details["alerts"][0]["hits"] == 1
    (event,) = told(message(alert(first=0, last=0))).events
    assert parse_time(event["payload"]["timestamp"]) == NOW


def test_links_lead_to_the_event_the_technique_and_the_runbook():
    (event,) = told(message()).events
    assert [link["text"] for link in event["links"]] == [link.text for link in message().links]
    for address in ("console.aws.amazon.com", "attack.mitre.org/techniques/T1098/001", "runbooks.example.com/keys"):
        assert any(address in link["href"] for link in event["links"])


def test_links_are_few_and_short():
    references = tuple(f"https://x{n}.example/{'a' * (1_500 if n < 3 else 9)}" for n in range(40))
    (event,) = told(message(alert(rule=alert().rule._replace(references=references)))).events
    assert 3 < len(event["links"]) <= 10
    assert all(len(link["href"]) <= 1_000 for link in event["links"])


def test_another_page_is_no_success_and_a_wrong_key_is_told_of():
    with pagerduty() as (server, _, given_options):
        server.next.append(Answer(200, b"<html>"))
        send = destination("pagerduty", options("pagerduty", **given_options)).send
        assert isinstance(send(message()), Retry)
        server.next.append(Answer(400, b'{"status": "invalid event", "errors": ["Length of routing_key"]}'))
        refused = send(message())
    assert isinstance(refused, Refused)
    assert "Length of routing_key" in refused.reason


def test_what_is_cut_says_so_and_the_rest_is_counted():
    given = huge()
    (event,) = told(given).events
    details = event["payload"]["custom_details"]
    assert "…" in details["text"]
    assert details["left_out"] == len(given.alerts) - 20
    assert "…" in details["alerts"][0]["fields"]["field0"]
    assert len(encoded(event)) < 150_000


def test_emoji_count_and_an_empty_title_is_none():
    long, empty = message(), message(thread="2")
    text = "é\U0001f525" * 9_000
    (event,) = told(long, templates={"title": text, "text": text}).events
    assert 1_000 < utf16(event["payload"]["summary"]) <= 1_024
    assert event["payload"]["summary"].endswith("… (cut)")
    assert 19_000 < len(event["payload"]["custom_details"]["text"].encode()) <= 20_000
    (event,) = told(empty, templates={"title": "{# nothing #}"}).events
    assert event["payload"]["summary"] == "Alert"


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1, max_size=60) | st.text("htps:/x.e<>\r\n\x1b\u202e", min_size=5))
def test_any_text_of_a_log_stays_text(text: str):
    (event,) = told(hostile(f"{text} https://evil.example/{text}")._replace(thread=text)).events
    for seen in (*texts(event), event["dedup_key"]):
        assert all(line.isprintable() for line in seen.split("\n"))
    for seen in leaves({**event["payload"]["custom_details"], "text": event["payload"]["summary"]}):
        assert "://" not in seen
