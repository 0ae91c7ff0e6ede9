"""webhook: signed, authenticated and in any shape."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from engine.alert import Delivered, Refused, Retry
from tests.notifiers.contract import NotifierContract, Played
from tests.notifiers.made import HOSTILE, destination, hostile, huge, message, options
from tests.notifiers.server import Answer, Request, Server, serving

BUSY = Answer(429, b"slow down \x1b[31m", {"Retry-After": "7"})


def judged(request: Request) -> Answer:
    """As a receiver does it: JSON of the version it knows, with an idempotency key."""
    shown = json.loads(request.body)
    fine = shown["version"] == 1 and shown["alerts"] and request.headers.get("idempotency-key") == shown["id"]
    return Answer() if fine else Answer(400, b"no")


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for pair in value.items() for one in pair for text in texts(one)]
    return [text for one in value for text in texts(one)] if isinstance(value, list) else []


class TestWebhook(NotifierContract):
    kind = "webhook"
    wrong = (
        ({"url": "ftp://x"}, 'url: the URL does not begin with "https://"'),
        ({"url": "http://user:pass@x.example/"}, "url: the URL has a user name"),
        ({"headers": {"X-A": "a\r\nX-B: b"}}, "X-A: its value has a line break"),
        ({"headers": {"X A": "a"}}, 'headers: "X A" is no name of a header'),
        ({"headers": {"Host": "a"}}, 'headers: "Host" is set by the notifier itself'),
        ({"basic": {"user": "u", "password": {"env": "X"}}}, "bearer: there is basic as well"),
        ({"timeout": "6m"}, "timeout: more than 0 seconds"),
        ({"key": "k.pem"}, "key: a key without its certificate"),
        ({"method": "GET"}, 'method is "GET"'),
        ({"bearer": "plain text"}, "bearer is to be a secret"),
        ({"templates": {"title": "x"}}, 'templates: there is no part "title"'),
    )

    @contextmanager
    def played(self) -> Iterator[Played]:
        with serving(judged) as server:
            given = {
                "url": f"{server.url}/hook", "allow": ["127.0.0.1"], "bearer": {"env": "NOTIFIER_SECRET"},
                "signing_key": {"env": "NOTIFIER_SECRET"},
            }  # fmt: skip

            def busy() -> bool:
                server.next.append(BUSY)
                return True

            yield Played(
                given,
                lambda: server.requests,
                busy,
                lambda: server.next.append(Answer(401, f"wrong token {self.secret}".encode())),
                lambda: server.next.append(Answer(hang=2.0)),
                lambda request: texts(request.json),
                lambda request: request.headers["idempotency-key"],
            )


def sent(server: Server, told: list[Any] | None = None, folder: Path | None = None, **given: Any) -> Request:
    made = options("webhook", url=f"{server.url}/hook?a=b", allow=["127.0.0.1"], **given)
    outcome = destination("webhook", made, folder, told).send(message())
    assert isinstance(outcome, Delivered), outcome
    return server.requests[-1]


def test_the_body_is_the_whole_message_as_json():
    with serving() as server:
        request = sent(server)
    shown = request.json
    assert (request.method, request.path) == ("POST", "/hook?a=b")
    assert request.headers["content-type"] == "application/json"
    assert shown["action"] == "trigger"
    assert shown["alerts"][0]["first"] == "2026-07-01T12:00:00Z"
    assert shown["alerts"][0]["events"][0]["ref"] == {"file": "log.json.gz", "position": 7}
    assert [link["text"] for link in shown["links"]] == [
        "CloudTrail event",
        "ATT&CK T1098.001",
        "runbooks.example.com: keys",
    ]


def test_the_signature_is_over_timestamp_and_body(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SIGNING", "key")
    with serving() as server:
        request = sent(server, signing_key={"env": "SIGNING"})
    stamp = request.headers["webhook-timestamp"]
    expected = hmac.new(b"key", stamp.encode() + b"." + request.body, hashlib.sha256).hexdigest()
    assert request.headers["webhook-signature"] == f"v1={expected}"
    assert stamp.isdigit()


def test_it_logs_in_as_it_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PASSWORD", "pass word")
    with serving() as server:
        basic = sent(server, basic={"user": "me", "password": {"env": "PASSWORD"}}).headers["authorization"]
        bearer = sent(server, bearer={"env": "PASSWORD"}).headers["authorization"]
        own = sent(server, headers={"X-Token": {"env": "PASSWORD"}, "X-Other": "1"}, method="PUT")
    assert base64.b64decode(basic.removeprefix("Basic ")) == b"me:pass word"
    assert bearer == "Bearer pass word"
    assert (own.method, own.headers["x-token"], own.headers["x-other"]) == ("PUT", "pass word", "1")


def test_a_secret_with_a_line_break_in_it_is_no_header(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TOKEN", "a\r\nX-Injected: b")
    with serving() as server:
        made = options("webhook", url=server.url, allow=["127.0.0.1"], bearer={"env": "TOKEN"})
        assert isinstance(made.send(message()), Retry)
        assert server.requests == []


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_template_of_json_stays_json_whatever_the_log_holds(text: str):
    template = '{"text": "{{ alert.title }}", "who": {{ alert.fields.actor | tojson }}, "n": {{ count }}}'
    with serving() as server:
        made = options("webhook", url=server.url, allow=["127.0.0.1"], templates={"body": template})
        assert isinstance(destination("webhook", made).send(hostile(text)), Delivered)
        shown = server.requests[-1].json
    expected = text.encode("utf-8", "backslashreplace").decode()
    assert shown == {"text": expected, "who": expected, "n": 1}


def test_a_template_of_text_has_its_own_type():
    with serving() as server:
        request = sent(server, templates={"text": "{{ alert.title }} & more"}, content_type="text/x-own")
        assert request.body == b"Access key made for another user & more"
        assert request.headers["content-type"] == "text/x-own"


def test_a_template_that_gives_no_json_gives_way_to_the_whole_message():
    told: list[Any] = []
    with serving() as server:
        assert sent(server, told, templates={"body": '{"a": {{ alert.title }}}'}).json["version"] == 1
    assert "it gives no JSON" in str(told[0])


def test_a_huge_message_in_a_template_is_smaller_and_still_json():
    template = (
        '{"alerts": [{% for a in alerts %}{{ a.fields | tojson }}{% if not loop.last %},{% endif %}{% endfor %}]}'
    )
    with serving() as server:
        made = options("webhook", url=server.url, allow=["127.0.0.1"], templates={"body": template})
        told: list[Any] = []
        assert isinstance(destination("webhook", made, None, told).send(huge(60, 2_000)), Delivered)
        assert 0 < len(server.requests[-1].json["alerts"]) < 60
        assert told == []


@pytest.mark.parametrize(
    ("answer", "outcome", "reason"),
    [
        (Answer(204, b""), Delivered, ""),
        (Answer(302, headers={"Location": "http://169.254.169.254/"}), Refused, "302, a redirect"),
        (Answer(404, b"nobody"), Refused, "404: nobody"),
        (Answer(408), Retry, "408"),
        (Answer(425), Retry, "425"),
        (Answer(500), Retry, "500"),
        (Answer(503, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}), Retry, "503"),
        (Answer(raw=b"garbage that is no HTTP\r\n\r\n"), Retry, "connection failed"),
    ],
    ids=lambda value: str(getattr(value, "status", "")),
)
def test_what_an_answer_means(answer: Answer, outcome: type, reason: str):
    with serving(lambda _: answer) as server:
        made = options("webhook", url=server.url, allow=["127.0.0.1"])
        given = made.send(message())
    assert type(given) is outcome
    assert reason in getattr(given, "reason", "")
    assert len(server.requests) == 1, "nothing is followed or tried again here"
