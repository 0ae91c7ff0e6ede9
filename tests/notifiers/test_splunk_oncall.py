"""splunk_oncall: what the REST endpoint of Splunk On-Call takes, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.alert import Delivered, Message, Refused, Retry
from engine.model import Level
from engine.notifiers import encoded
from tests.notifiers.chats import changed, through_outbox
from tests.notifiers.contract import NotifierContract, Played
from tests.notifiers.made import AT, NOW, alert, destination, hostile, huge, message, options
from tests.notifiers.server import Answer, Request, Server, serving

SECRET = NotifierContract.secret
BASE = "/integrations/generic/20131114/alert"
TYPES = {"CRITICAL", "WARNING", "INFO", "ACKNOWLEDGEMENT", "RECOVERY"}
REQUIRED = ("entity_id", "entity_display_name", "state_message", "monitoring_tool", "timestamp")


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFIER_SECRET", SECRET)


class OnCall:
    """Judges as Splunk On-Call does, and keeps incidents by entity_id: open, acknowledged or over."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.incidents: dict[str, list[str]] = {}

    def __call__(self, request: Request) -> Answer:
        if request.method != "POST" or not request.path.startswith(f"{BASE}/"):
            return Answer(404, b"not found")
        key, _, team = request.path.removeprefix(f"{BASE}/").partition("/")
        if key != SECRET or not team:
            return Answer(403, b'{"result": "failure", "message": "invalid api key"}')
        try:
            event = request.json
            good(event)
        except (AssertionError, KeyError, ValueError, TypeError) as error:
            return Answer(400, json.dumps({"result": "failure", "message": repr(error)}).encode())
        self.events.append(event)
        self.follow(event["entity_id"], event["message_type"])
        return Answer(200, json.dumps({"result": "success", "entity_id": event["entity_id"]}).encode())

    def follow(self, entity: str, kind: str) -> None:
        """A RECOVERY or an ACKNOWLEDGEMENT without an incident is taken, and does nothing."""
        states = self.incidents.setdefault(entity, [])
        if kind in ("CRITICAL", "WARNING") and (not states or states[-1] == "over"):
            states.append("open")
        elif kind == "ACKNOWLEDGEMENT" and states and states[-1] == "open":
            states[-1] = "acknowledged"
        elif kind == "RECOVERY" and states:
            states[-1] = "over"


def good(event: Any) -> None:
    assert event["message_type"] in TYPES
    for name in REQUIRED:
        assert event[name]
    assert len(event["entity_id"]) <= 256
    assert len(event["entity_display_name"].encode("utf-16-le")) <= 512
    assert "\n" not in event["entity_display_name"]
    assert len(event["state_message"].encode()) <= 20_480
    for name, value in event.items():
        if name.startswith("vo_annotate."):
            assert re.fullmatch(r"vo_annotate\.[usi]\..{1,80}", name)
            assert len(value) <= 1_124
            assert value.startswith(("https://", "http://"))
        assert isinstance(value, int if name in ("timestamp", "state_start_time") else str)


@contextmanager
def oncall() -> Iterator[tuple[Server, OnCall, dict[str, Any]]]:
    """The server, what it plays, and the options by which it is reached."""
    played = OnCall()
    with serving(played) as server:
        yield server, played, {
            "url": f"{server.url}{BASE}", "api_key": {"env": "NOTIFIER_SECRET"}, "routing_key": "soc",
            "allow": ["127.0.0.1"],
        }  # fmt: skip


def told(*messages: Message, **more: Any) -> OnCall:
    """Splunk On-Call after these messages."""
    with oncall() as (_, played, given_options):
        send = destination("splunk_oncall", options("splunk_oncall", **{**given_options, **more})).send
        assert [send(one) for one in messages] == [Delivered()] * len(messages)
        return played


def texts(event: Any) -> list[str]:
    return [event["entity_display_name"], event["state_message"], *(name for name in event if "annotate" in name)]


class TestOnCall(NotifierContract):
    kind = "splunk_oncall"
    wrong = (
        ({"url": "alert.example"}, "url: the URL does not begin"),
        ({"api_key": "plain"}, "api_key is to be a secret"),
        ({"routing_key": "$routing_key"}, "routing_key: the name of a routing key"),
        ({"routing_key": " "}, "routing_key: the name of a routing key"),
        ({"types": {"worst": "CRITICAL"}}, 'types: there is no level "worst"'),
        ({"types": {"high": "RECOVERY"}}, 'types: "RECOVERY" is none'),
    )

    @contextmanager
    def played(self) -> Iterator[Played]:
        with oncall() as (server, played, given_options):

            def busy() -> bool:
                server.next.append(Answer(429, b"slowly", {"Retry-After": "7"}))
                return True

            yield Played(
                given_options,
                lambda: played.events,
                busy,
                lambda: server.next.append(Answer(403, b'{"result": "failure"}')),
                lambda: server.next.append(Answer(hang=2.0)),
                texts,
                lambda event: event["entity_id"],
            )


BAD: list[tuple[tuple[str, ...], Any]] = [
    (("message_type",), ...), (("message_type",), "PANIC"), (("entity_id",), ...), (("entity_id",), "x" * 257),
    (("entity_display_name",), ...), (("entity_display_name",), "x" * 257), (("state_message",), ...),
    (("state_message",), "é" * 10_241), (("monitoring_tool",), ...), (("timestamp",), "now"),
    (("vo_annotate.u.x",), "javascript:x"), (("vo_annotate.u.x",), "https://x/" + "x" * 1_120),
    (("vo_annotate.u." + "x" * 81,), "https://x/"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "new"), BAD, ids=range(len(BAD)))
def test_the_played_endpoint_refuses_what_the_real_one_refuses(path: tuple[str, ...], new: Any):
    fine = good_request()
    assert OnCall()(fine).status == 200
    assert OnCall()(fine._replace(body=encoded(changed(fine.json, path, new)))).status == 400


def test_the_played_endpoint_knows_its_key_and_its_team():
    fine = good_request()
    assert OnCall()(fine._replace(path=f"{BASE}/no/soc")).status == 403
    assert OnCall()(fine._replace(path=f"{BASE}/{SECRET}")).status == 403
    assert OnCall()(fine._replace(path="/other")).status == 404


def good_request(**more: Any) -> Request:
    with oncall() as (server, _, given_options):
        made = options("splunk_oncall", **{**given_options, **more})
        assert destination("splunk_oncall", made).send(message()) == Delivered()
        return server.requests[0]


def test_one_incident_is_opened_acknowledged_and_recovers_through_the_outbox(tmp_path: Path):
    with oncall() as (server, played, given_options):
        server.next += [Answer(429, b"", {"Retry-After": "2"}), Answer(503), Answer(500)]
        steps = ("trigger", "update", "acknowledge", "trigger", "resolve")
        messages = [message(id=f"m{n}", action=action, sequence=n) for n, action in enumerate(steps)]
        made = options("splunk_oncall", **given_options)
        assert through_outbox(tmp_path / "s", "splunk_oncall", made, messages) == (5, 0, 0)
    kinds = [event["message_type"] for event in played.events]
    assert kinds == ["CRITICAL", "INFO", "ACKNOWLEDGEMENT", "CRITICAL", "RECOVERY"]
    assert list(played.incidents.values()) == [["over"]]


def test_a_repeat_opens_nothing_and_what_comes_after_the_end_does():
    end = message(id="m2", action="resolve", sequence=1)
    played = told(message(), message(), end, end, message(id="m3", sequence=2))
    assert list(played.incidents.values()) == [["over", "open"]]


def test_an_end_without_an_incident_opens_none():
    assert list(told(message(action="resolve"), message(action="acknowledge")).incidents.values()) == [[]]


def test_the_level_says_who_is_woken_and_may_be_told_otherwise():
    messages = [message(level=level, thread=level.name) for level in sorted(Level)]
    kinds = [event["message_type"] for event in told(*messages).events]
    assert kinds == ["INFO", "INFO", "WARNING", "CRITICAL", "CRITICAL"]
    changed_kinds = [event["message_type"] for event in told(*messages, types={"low": "WARNING"}).events]
    assert changed_kinds == ["INFO", "WARNING", "WARNING", "CRITICAL", "CRITICAL"]


def test_the_key_the_team_and_the_times_are_where_they_belong():
    request = good_request(routing_key="soc team/1")
    assert unquote(request.path) == f"{BASE}/{SECRET}/soc team/1"
    assert request.path.count("/") == BASE.count("/") + 2
    assert request.json["timestamp"] == NOW // 1_000_000
    assert request.json["state_start_time"] == AT // 1_000_000
    (event,) = told(message(alert(first=0, last=0))).events
    assert "state_start_time" not in event


def test_links_are_annotations():
    (event,) = told(message()).events
    shown = {name: value for name, value in event.items() if name.startswith("vo_annotate.u.")}
    assert set(shown) == {f"vo_annotate.u.{link.text}" for link in message().links}
    for address in ("console.aws.amazon.com", "attack.mitre.org/techniques/T1098/001", "runbooks.example.com/keys"):
        assert address in str(shown)


def test_links_are_few_and_short():
    references = tuple(f"https://x{n}.example/{'a' * (1_500 if n < 3 else 9)}" for n in range(40))
    (event,) = told(message(alert(rule=alert().rule._replace(references=references)))).events
    assert len([name for name in event if name.startswith("vo_annotate")]) <= 10


def test_a_failure_behind_a_200_is_one_and_another_page_is_no_success():
    with oncall() as (server, _, given_options):
        send = destination("splunk_oncall", options("splunk_oncall", **given_options)).send
        server.next += [Answer(200, b'{"result": "failure", "message": "no such key"}'), Answer(200, b"<html>")]
        refused, retried = send(message()), send(message())
    assert isinstance(refused, Refused)
    assert "no such key" in refused.reason
    assert isinstance(retried, Retry)


def test_what_is_cut_says_so():
    (event,) = told(huge()).events
    assert "…" in event["state_message"]
    (event,) = told(message(), templates={"text": "é\U0001f525" * 9_000}).events
    assert 19_000 < len(event["state_message"].encode()) <= 20_000
    assert event["state_message"].endswith("… (cut)")


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1, max_size=60))
def test_any_text_of_a_log_stays_text(text: str):
    (event,) = told(hostile(text)._replace(thread=text)).events
    for seen in (*texts(event), event["entity_id"]):
        assert all(line.isprintable() for line in seen.split("\n"))
