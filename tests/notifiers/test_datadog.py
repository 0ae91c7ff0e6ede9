"""datadog: what the Events API takes, and nothing else."""

from __future__ import annotations

import json
import re
import time
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
from tests.notifiers.chats import changed, through_outbox, utf16
from tests.notifiers.contract import NotifierContract, Played
from tests.notifiers.made import alert, destination, hostile, huge, message, options
from tests.notifiers.server import Answer, Request, Server, serving

SECRET = NotifierContract.secret
KINDS = ("error", "warning", "info", "success", "user_update", "recommendation", "snapshot")


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFIER_SECRET", SECRET)


class Stream:
    """Judges as Datadog does, and keeps the events that it took, in any order: it knows no beginning and no end."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    def __call__(self, request: Request) -> Answer:
        if (request.method, request.path) != ("POST", "/api/v1/events"):
            return Answer(404, b'{"errors": ["Not found"]}')
        if request.headers.get("dd-api-key") != SECRET:
            return Answer(403, b'{"errors": ["Forbidden"]}')
        try:
            good(request.json)
        except (AssertionError, KeyError, ValueError, TypeError, AttributeError) as error:
            return Answer(400, json.dumps({"errors": [repr(error)]}).encode())
        self.events.append(request.json)
        return Answer(202, json.dumps({"status": "ok", "event": {"id": len(self.events)}}).encode())


def good(event: Any) -> None:
    assert set(event) == {
        "title", "text", "alert_type", "priority", "aggregation_key", "date_happened", "tags",
    }  # fmt: skip
    assert 0 < utf16(event["title"]) <= 100
    assert "\n" not in event["title"]
    assert utf16(event["text"]) <= 4_000
    assert event["text"].startswith("%%% \n")
    assert event["text"].endswith("\n %%%")
    assert event["alert_type"] in KINDS
    assert event["priority"] in ("normal", "low")
    assert 0 < len(event["aggregation_key"]) <= 100
    assert isinstance(event["date_happened"], int)
    assert time.time() - 18 * 3_600 < event["date_happened"] <= time.time()
    assert len(event["tags"]) <= 100
    assert all(tag[0].isalpha() and len(tag) <= 200 and "," not in tag and " " not in tag for tag in event["tags"])


@contextmanager
def datadog() -> Iterator[tuple[Server, Stream, dict[str, Any]]]:
    """The server, what it plays, and the options by which it is reached."""
    stream = Stream()
    with serving(stream) as server:
        yield server, stream, {"url": server.url, "api_key": {"env": "NOTIFIER_SECRET"}, "allow": ["127.0.0.1"]}


def told(*messages: Message, **more: Any) -> list[Any]:
    """The events in Datadog after these messages."""
    with datadog() as (_, stream, given_options):
        send = destination("datadog", options("datadog", **given_options, **more)).send
        assert [send(one) for one in messages] == [Delivered()] * len(messages)
        return stream.events


def tagged(event: Any, name: str) -> list[str]:
    return [tag.partition(":")[2] for tag in event["tags"] if tag.startswith(f"{name}:")]


class TestDatadog(NotifierContract):
    kind = "datadog"
    wrong = (
        ({"url": "events.example"}, "url: the URL does not begin"),
        ({"api_key": "plain"}, "api_key is to be a secret"),
        ({"site": "datadog.com"}, "site"),
        ({"tags": ["1st"]}, 'tags: "1st" is no tag'),
        ({"tags": ["a,b"]}, 'tags: "a,b" is no tag'),
        ({"tags": ["a" * 201]}, "tags: "),
        ({"tags": ["a"] * 21}, "tags: at most 20"),
    )

    @contextmanager
    def played(self) -> Iterator[Played]:
        with datadog() as (server, stream, given_options):

            def busy() -> bool:
                server.next.append(Answer(429, b"slowly", {"X-RateLimit-Reset": "7"}))
                return True

            yield Played(
                given_options,
                lambda: stream.events,
                busy,
                lambda: server.next.append(Answer(403, b'{"errors": ["Forbidden"]}')),
                lambda: server.next.append(Answer(hang=2.0)),
                lambda event: [event["title"], event["text"], *event["tags"]],
                lambda event: tagged(event, "id")[0],
            )


def sent() -> Request:
    with datadog() as (server, _, given_options):
        assert destination("datadog", options("datadog", **given_options)).send(message()) == Delivered()
        return server.requests[0]


BAD: list[tuple[str, Any]] = [
    ("title", ...), ("title", "x" * 101), ("title", "a\nb"), ("text", ...), ("text", f"%%% \n{'x' * 4_000}\n %%%"),
    ("text", "plain"), ("alert_type", "high"), ("priority", "high"), ("aggregation_key", "x" * 101),
    ("date_happened", "today"), ("date_happened", int(time.time()) - 19 * 3_600), ("tags", ["x" * 201]),
    ("tags", [f"a{n}" for n in range(101)]), ("tags", ["a b"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "new"), BAD, ids=range(len(BAD)))
def test_the_played_stream_refuses_what_the_real_one_refuses(name: str, new: Any):
    fine = sent()
    assert Stream()(fine).status == 202
    assert Stream()(fine._replace(body=encoded(changed(fine.json, (name,), new)))).status == 400


def test_the_played_stream_knows_its_address_and_its_key():
    fine = sent()
    assert Stream()(fine._replace(path="/api/v2/events")).status == 404
    assert Stream()(fine._replace(headers={"dd-api-key": "another"})).status == 403


def test_an_alert_is_a_heap_of_events_through_the_outbox(tmp_path: Path):
    with datadog() as (server, stream, given_options):
        server.next += [Answer(429, b"", {"X-RateLimit-Reset": "2"}), Answer(503), Answer(500)]
        steps = ("trigger", "acknowledge", "trigger", "resolve")
        messages = [message(id=f"m{n}", action=action, sequence=n) for n, action in enumerate(steps)]
        made = options("datadog", **given_options)
        assert through_outbox(tmp_path / "s", "datadog", made, messages) == (4, 0, 0)
    assert [event["alert_type"] for event in stream.events] == ["error", "user_update", "error", "success"]
    assert [tagged(event, "action") for event in stream.events] == [[step] for step in steps]
    assert len({event["aggregation_key"] for event in stream.events}) == 1
    assert len({tagged(event, "id")[0] for event in stream.events}) == 4


def test_another_alert_is_another_heap_and_an_end_alone_is_an_event():
    events = told(message(), message(thread="thread-2", action="resolve"))
    assert len({event["aggregation_key"] for event in events}) == 2
    assert events[1]["alert_type"] == "success"


def test_an_event_cannot_be_changed():
    with datadog() as (_, _, given_options):
        assert options("datadog", **given_options).actions == {"trigger", "acknowledge", "resolve"}


def test_the_level_is_a_kind_a_priority_and_a_tag():
    events = told(*(message(level=level) for level in sorted(Level)))
    assert [event["alert_type"] for event in events] == ["info", "info", "warning", "error", "error"]
    assert [event["priority"] for event in events] == ["low", "low", "normal", "normal", "normal"]
    assert [tagged(event, "level") for event in events] == [[level.name] for level in sorted(Level)]


def test_tags_are_those_of_the_configuration_and_of_the_rules():
    nameless = alert(rule=alert().rule._replace(id=None, title="Zugang, für @all!"))
    (event,) = told(message(alert(), alert(), nameless), tags=["team:security", "größe"])
    assert event["tags"][:3] == ["team:security", "größe", "source:detect"]
    assert tagged(event, "rule") == ["5c1c7f3e-0000-4000-8000-000000000001", "zugang_f_r_all_"]
    many = [alert(rule=alert().rule._replace(id=f"rule-{n}-{'x' * 300}")) for n in range(60)]
    (event,) = told(message(*many))
    assert len(event["tags"]) == 40


def test_the_time_is_that_of_the_message_unless_it_is_too_old_or_to_come():
    now = int(time.time())
    times = [now - 3_600, now - 40 * 3_600, now + 3_600]
    first, old, new = (event["date_happened"] for event in told(*(message(time=t * 1_000_000) for t in times)))
    assert first == now - 3_600
    assert now - 18 * 3_600 < old < now - 16 * 3_600
    assert now <= new <= time.time()


def test_links_lead_to_the_event_the_technique_and_the_runbook():
    reference = "https://runbooks.example.com/@keys?a=b@c"
    (event,) = told(message(alert(rule=alert().rule._replace(references=(reference,)))))
    for address in ("console.aws.amazon.com", "attack.mitre.org/techniques/T1098/001", "/%40keys?a=b%40c)"):
        assert address in event["text"]


def test_another_page_is_no_success_and_a_wrong_key_is_told_of(monkeypatch: pytest.MonkeyPatch):
    with datadog() as (server, _, given_options):
        server.next.append(Answer(200, b"<html>"))
        send = destination("datadog", options("datadog", **given_options)).send
        assert isinstance(send(message()), Retry)
        monkeypatch.setenv("NOTIFIER_SECRET", "another-key-of-ours")
        refused = send(message())
    assert isinstance(refused, Refused)
    assert "Forbidden" in refused.reason


def test_how_long_to_wait_is_what_datadog_says():
    with datadog() as (server, _, given_options):
        send = destination("datadog", options("datadog", **given_options)).send
        headers = ({"X-RateLimit-Reset": "999999"}, {"X-RateLimit-Reset": "soon"}, {"Retry-After": "3"})
        server.next += [Answer(429, b"", one) for one in headers]
        assert [send(message()).after for _ in headers] == [86_400.0, None, 3.0]
        server.next.append(Answer(413, b"", {"X-RateLimit-Reset": "7"}))
        assert isinstance(send(message()), Refused)


def test_the_site_is_where_events_go(monkeypatch: pytest.MonkeyPatch):
    called: list[str] = []
    made = options("datadog", api_key={"env": "NOTIFIER_SECRET"}, site="us5.datadoghq.com")
    monkeypatch.setattr(type(made), "call", lambda _, method, url, **more: called.append(url))
    destination("datadog", made).send(message())
    assert called == ["https://api.us5.datadoghq.com/api/v1/events"]


def test_what_is_cut_says_so_and_an_empty_title_is_none():
    long = "é\U0001f525" * 9_000
    (event,) = told(huge())
    assert "…" in event["text"]
    (event,) = told(message(), templates={"title": long, "text": long})
    assert 90 < utf16(event["title"]) <= 100
    assert event["title"].endswith("… (cut)")
    assert 3_900 < utf16(event["text"]) <= 4_000
    assert "cut" in event["text"][-20:]
    (event,) = told(message(), templates={"title": "{# nothing #}", "text": "a@b " * 990 + "%%%"})
    assert event["title"] == "Alert"


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1, max_size=60) | st.text("@%ahl](<`*_\\[)>: \r\n\x1b\u202e\u200b", min_size=5, max_size=60))
def test_any_text_of_a_log_stays_text(text: str):
    (event,) = told(hostile(f"{text}@slack-soc %%% @all [x](https://evil.example)")._replace(thread=text, id=text))
    for seen in (event["title"], event["text"], *event["tags"]):
        assert all(line.isprintable() for line in seen.replace("\u200b", "").split("\n"))
        assert "@" not in seen
        assert "](https://evil.example)" not in re.sub(r"(?<!\\)`[^`]*`", "", seen)
    assert event["text"].count("%%%") == 2
