"""jsm: what the alerts of Jira Service Management and of Opsgenie take, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

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
PRODUCTS = ("jsm", "opsgenie")
BASE = "/jsm/ops/integration"
TEAM = "4513b7ea-3b91-438f-b7e4-e3e54af9147c"
LIMITS = {
    "message": 130,
    "alias": 512,
    "description": 15_000,
    "entity": 512,
    "source": 100,
    "user": 100,
    "note": 25_000,
}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFIER_SECRET", SECRET)


class Alerts:
    """Judges as both products do, and keeps alerts by alias: open, acknowledged or closed."""

    def __init__(self, product: str = "jsm") -> None:
        self.product = product
        self.received: list[tuple[str, str, Any]] = []
        self.alerts: dict[str, list[dict[str, Any]]] = {}

    def __call__(self, request: Request) -> Answer:
        if request.headers.get("authorization") != f"GenieKey {SECRET}":
            return Answer(401, b'{"message": "Could not authenticate"}')
        url = urlsplit(request.path)
        if not url.path.startswith(f"{BASE}/v2/alerts"):
            return Answer(404, b"not found")
        alias, _, step = url.path.removeprefix(f"{BASE}/v2/alerts").strip("/").partition("/")
        try:
            self.follow(request, alias, step, url.query)
        except (AssertionError, KeyError, ValueError, TypeError) as error:
            return Answer(
                422, json.dumps({"message": "Request body is not processable", "errors": repr(error)}).encode()
            )
        return Answer(202, b'{"result": "Request will be processed", "took": 0.1, "requestId": "43a29c5c"}')

    def follow(self, request: Request, alias: str, step: str, query: str) -> None:
        """What is asked of an alert that is not open is taken, and does nothing."""
        body = request.json
        good(body)
        if not alias:
            assert request.method == "POST"
            created(body)
            alias, step = body["alias"], "create"
        else:
            assert query == "identifierType=alias"
            assert (request.method, step) in self.steps()
        self.received.append((alias, step, body))
        known = self.alerts.setdefault(alias, [])
        if step == "create" and (not known or known[-1]["state"] == "closed"):
            known.append({**body, "state": "open", "count": 1})
        elif known and known[-1]["state"] != "closed":
            last = known[-1]
            last["count"] += step == "create"
            last["state"] = {"acknowledge": "acknowledged", "close": "closed"}.get(step, last["state"])
            last["description"] = body["description"] if step == "description" else last["description"]

    def steps(self) -> set[tuple[str, str]]:
        """An integration of Jira Service Management has fewer of them."""
        both = {("POST", "acknowledge"), ("POST", "close")}
        return both | ({("PUT", "description")} if self.product == "opsgenie" else set())


def good(body: Any) -> None:
    for name, longest in LIMITS.items():
        assert 0 < utf16(body.get(name, "x")) <= longest


def created(body: Any) -> None:
    assert set(body) <= {*LIMITS, "priority", "tags", "details", "responders"}
    assert body["message"]
    assert "\n" not in body["message"]
    assert body["priority"] in ("P1", "P2", "P3", "P4", "P5")
    assert len(body["tags"]) <= 20
    assert all(0 < utf16(tag) <= 50 for tag in body["tags"])
    assert all(isinstance(value, str) for value in body["details"].values())
    assert sum(utf16(name + value) for name, value in body["details"].items()) <= 8_000
    assert len(body.get("responders", ())) <= 50
    for one in body.get("responders", ()):
        assert one["type"] == "team"
        assert ("id" in one) != ("name" in one)


@contextmanager
def alerting(product: str = "jsm") -> Iterator[tuple[Server, Alerts, dict[str, Any]]]:
    """The server, what it plays, and the options by which it is reached."""
    played = Alerts(product)
    with serving(played) as server:
        yield (
            server, played,
            {"url": server.url + BASE, "product": product, "api_key": {"env": "NOTIFIER_SECRET"},
             "allow": ["127.0.0.1"]},
        )  # fmt: skip


def told(*messages: Message, **more: Any) -> Alerts:
    """The product after these messages."""
    with alerting(more.get("product", "jsm")) as (_, played, given_options):
        send = destination("jsm", options("jsm", **{**given_options, **more})).send
        assert [send(one) for one in messages] == [Delivered()] * len(messages)
        return played


def texts(received: tuple[str, str, Any]) -> list[str]:
    body = received[2]
    own = [body[name] for name in LIMITS if name in body]
    details = body.get("details", {})
    return [
        *own,
        *body.get("tags", ()),
        *details,
        *(text for text in details.values() if not text.startswith("https:")),
    ]


class TestJsm(NotifierContract):
    """With the product that is told everything."""

    kind = "jsm"
    wrong = (
        ({"url": "api.example"}, "url: the URL does not begin"),
        ({"api_key": "plain"}, "api_key is to be a secret"),
        ({"priorities": {"worst": "P1"}}, 'priorities: there is no level "worst"'),
        ({"priorities": {"high": "P0"}}, 'priorities: "P0" is none'),
        ({"teams": ["soc"], "product": "jsm"}, 'teams: "soc" is no id of a team'),
        ({"teams": [" "], "product": "opsgenie"}, 'teams: " " is no id of a team'),
        ({"teams": [TEAM] * 51}, "teams: at most 50"),
        ({"tags": ["x" * 51]}, "tags: at most 20"),
        ({"tags": ["x"] * 21}, "tags: at most 20"),
    )

    @contextmanager
    def played(self) -> Iterator[Played]:
        with alerting("opsgenie") as (server, played, given_options):

            def busy() -> bool:
                server.next.append(Answer(429, b"slowly", {"Retry-After": "7"}))
                return True

            yield Played(
                given_options,
                lambda: played.received,
                busy,
                lambda: server.next.append(Answer(422, b'{"message": "Key format is not valid!"}')),
                lambda: server.next.append(Answer(hang=2.0)),
                texts,
                lambda one: one[0],
            )


BAD: list[tuple[tuple[Any, ...], Any]] = [
    (("message",), ...), (("message",), "x" * 131), (("message",), "\U0001f525" * 66), (("message",), "a\nb"),
    (("alias",), "x" * 513), (("alias",), ...), (("description",), "x" * 15_001), (("entity",), "x" * 513),
    (("priority",), "high"), (("tags",), ["x" * 51]), (("tags",), ["x"] * 21), (("details",), {"x": "y" * 8_000}),
    (("details",), {"x": 1}), (("responders",), [{"type": "team"}]), (("text",), "x"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "new"), BAD, ids=range(len(BAD)))
def test_the_played_product_refuses_what_the_real_ones_refuse(path: tuple[Any, ...], new: Any):
    fine = sent()
    assert Alerts()(fine).status == 202
    assert Alerts()(fine._replace(body=encoded(changed(fine.json, path, new)))).status == 422


def test_the_played_product_knows_its_key_its_address_and_what_it_can_do():
    fine = sent()
    assert Alerts()(fine._replace(headers={"authorization": "GenieKey x"})).status == 401
    assert Alerts()(fine._replace(path="/v2/alerts")).status == 404
    step = fine._replace(method="PUT", path=f"{BASE}/v2/alerts/a/description?identifierType=alias", body=b"{}")
    assert [Alerts(product)(step).status for product in PRODUCTS] == [422, 202]
    close = fine._replace(path=f"{BASE}/v2/alerts/a/close?identifierType=alias", body=b"{}")
    assert Alerts()(close).status == 202
    assert Alerts()(close._replace(path=f"{BASE}/v2/alerts/a/close")).status == 422
    assert Alerts()(close._replace(body=encoded({"note": "x" * 25_001}))).status == 422


def sent(**more: Any) -> Request:
    with alerting() as (server, _, given_options):
        assert destination("jsm", options("jsm", **{**given_options, **more})).send(message()) == Delivered()
        return server.requests[0]


@pytest.mark.parametrize("product", PRODUCTS)
def test_one_alert_is_made_acknowledged_and_closed_through_the_outbox(tmp_path: Path, product: str):
    with alerting(product) as (server, played, given_options):
        server.next += [Answer(429, b"", {"Retry-After": "2"}), Answer(503), Answer(500)]
        made = options("jsm", **given_options)
        steps = [each for each in ("trigger", "update", "acknowledge", "trigger", "resolve") if each in made.actions]
        messages = [message(id=f"m{n}", action=action, sequence=n) for n, action in enumerate(steps)]
        assert through_outbox(tmp_path / "s", "jsm", made, messages) == (len(steps), 0, 0)
    ((only,),) = played.alerts.values()
    assert (only["state"], only["count"]) == ("closed", 2)
    done = ["create", "acknowledge", "create", "close"]
    assert [step for _, step, _ in played.received if step != "description"] == done


def test_a_repeat_makes_nothing_and_what_comes_after_the_end_does():
    end = message(id="m2", action="resolve", sequence=1)
    (alerts,) = told(message(), message(), end, end, message(id="m3", sequence=2)).alerts.values()
    assert [(one["state"], one["count"]) for one in alerts] == [("closed", 2), ("open", 1)]


@pytest.mark.parametrize("product", PRODUCTS)
def test_an_end_without_an_alert_makes_none(product: str):
    played = told(message(action="resolve"), message(action="acknowledge"), product=product)
    assert list(played.alerts.values()) == [[]]


def test_an_update_changes_the_description_in_opsgenie_and_is_not_sent_elsewhere():
    played = told(message(), hostile("other")._replace(id="m2", action="update"), product="opsgenie")
    ((only,),) = played.alerts.values()
    assert "other" in only["description"]
    assert only["count"] == 1
    with alerting() as (_, _, given_options):
        assert options("jsm", **given_options).actions == {"trigger", "acknowledge", "resolve"}


def test_the_level_is_a_priority_and_may_be_another():
    messages = [message(level=level, thread=level.name) for level in sorted(Level)]
    assert [body["priority"] for _, _, body in told(*messages).received] == ["P5", "P4", "P3", "P2", "P1"]
    others = told(*messages, priorities={"low": "P1"}).received
    assert [body["priority"] for _, _, body in others] == ["P5", "P1", "P3", "P2", "P1"]


@pytest.mark.parametrize(("product", "there"), [("jsm", "api.atlassian.com:443"), ("opsgenie", "api.opsgenie.com:443")])
def test_without_an_address_each_product_has_its_own(product: str, there: str):
    with serving(lambda _: Answer(403)) as proxy:
        made = options("jsm", api_key={"env": "NOTIFIER_SECRET"}, product=product, proxy=proxy.url)
        assert isinstance(destination("jsm", made).send(message()), Retry)
    assert [(one.method, one.path) for one in proxy.requests] == [("CONNECT", there)]


def test_what_rules_route_by_is_there():
    body = sent(tags=["soc"], teams=[TEAM]).json
    assert body["tags"] == ["soc", "attack.t1098.001"]
    assert body["entity"] == "alice"
    assert body["responders"] == [{"type": "team", "id": TEAM}]
    assert body["details"]["level"] == "high"
    assert body["details"]["rule"] == message().alerts[0].rule.id
    assert body["details"]["fields.awsRegion"] == "eu-west-1"
    played = told(message(), product="opsgenie", teams=["SOC"])
    assert played.received[0][2]["responders"] == [{"type": "team", "name": "SOC"}]


def test_links_lead_to_the_event_the_technique_and_the_runbook():
    details = sent().json["details"]
    assert {link.text for link in message().links} <= set(details)
    for address in ("console.aws.amazon.com", "attack.mitre.org/techniques/T1098/001", "runbooks.example.com/keys"):
        assert address in str(details)


def test_links_are_few_and_short_and_what_has_no_room_is_counted():
    references = tuple(f"https://x{n}.example/{'a' * (1_500 if n < 3 else 900)}" for n in range(40))
    rule = alert().rule._replace(references=references, tags=tuple(f"tag{n}" for n in range(30)))
    ((_, _, body),) = told(message(alert(rule=rule))).received
    addresses = [value for value in body["details"].values() if value.startswith("https:")]
    assert 3 < len(addresses) <= 10
    assert all(len(one) <= 1_000 for one in addresses)
    assert int(body["details"]["left_out"]) > 0
    assert len(body["tags"]) == 20


def test_another_page_is_no_success_and_a_wrong_key_is_told_of():
    with alerting() as (server, _, given_options):
        server.next += [Answer(200, b"<html>"), Answer(422, b'{"message": "Key format is not valid!"}')]
        send = destination("jsm", options("jsm", **given_options)).send
        assert isinstance(send(message()), Retry)
        refused = send(message())
    assert isinstance(refused, Refused)
    assert "Key format" in refused.reason


def test_what_is_cut_says_so():
    ((_, _, body),) = told(huge()).received
    assert "…" in body["message"]
    assert "…" in body["description"]
    assert "…" in body["details"]["fields.field0"]
    text = "é\U0001f525" * 9_000
    played = told(message(), message(action="resolve"), templates={"title": text, "text": text})
    for shown, longest in (
        (played.received[0][2]["message"], 130),
        (played.received[0][2]["description"], 15_000),
        (played.received[1][2]["note"], 15_000),
    ):
        assert longest - 3 < utf16(shown) <= longest
        assert shown.endswith("… (cut)")


def test_an_empty_title_is_none():
    assert told(message(), templates={"title": "{# nothing #}"}).received[0][2]["message"] == "Alert"


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1, max_size=60) | st.text('<b>&/a href="\r\n\x1b\u202e', min_size=5))
def test_any_text_of_a_log_stays_text(text: str):
    bad = f'{text} <a href="https://evil.example/">{text}'
    opened = hostile(bad)._replace(thread=bad)
    played = told(opened, opened._replace(action="acknowledge"), opened._replace(action="resolve"))
    assert [one["state"] for one in played.alerts[played.received[0][0]]] == ["closed"]
    for received in played.received:
        assert re.fullmatch("detect-[0-9a-f]{32}", received[0])
        for seen in texts(received):
            assert not {"<", ">"} & set(seen)
            assert all(line.isprintable() for line in seen.split("\n"))
