"""elasticsearch: what the bulk interface of Elasticsearch and OpenSearch takes, and nothing else."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.alert import Delivered, Message, Outcome, Refused, Retry
from engine.model import Level
from engine.notifiers import encoded
from tests.notifiers.chats import changed, through_outbox
from tests.notifiers.contract import NotifierContract, Played
from tests.notifiers.made import AT, alert, destination, hostile, huge, message, options
from tests.notifiers.server import Answer, Request, Server, serving

SECRET = NotifierContract.secret
DAY = "detect-alerts-2026.07.01"
DOCUMENT = (DAY, "a1b2c3")
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")
NUMBERS = {"long": int, "text": str, "keyword": str}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFIER_SECRET", SECRET)


def told(value: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(value).encode())


class Elastic:
    """Judges as Elasticsearch does; keeps mappings by index, and versions and documents by index and id."""

    def __init__(self, login: str = f"ApiKey {SECRET}") -> None:
        self.login = login
        self.indexes: dict[str, Any] = {}
        self.documents: dict[tuple[str, str], tuple[int, Any]] = {}
        self.received: list[Any] = []

    def __call__(self, request: Request) -> Answer:
        if request.headers.get("authorization") != self.login:
            return told({"error": {"type": "security_exception"}}, 401)
        path, _, query = request.path.removeprefix("/").partition("?")
        if path == "_bulk" and request.method == "POST":
            assert not query or "errors" in query
            return self.bulk(request)
        if path in self.indexes:
            return told({}) if request.method == "GET" else fault(400, "resource_already_exists_exception")
        if request.method == "PUT" and re.fullmatch(r"[a-z0-9][a-z0-9_.-]*", path):
            self.indexes[path] = request.json["mappings"]
            return told({"acknowledged": True})
        return Answer(404, b"")

    def bulk(self, request: Request) -> Answer:
        if not request.body.endswith(b"\n"):
            return fault(400, "illegal_argument_exception")
        if request.headers["content-type"] not in ("application/x-ndjson", "application/json"):
            return fault(406, "media_type_header_exception")
        if len(request.body) > 10_000_000:
            return Answer(413, b"")
        try:
            lines = [json.loads(line) for line in request.body.splitlines()]
            pairs = [(one["index"], two) for one, two in zip(lines[::2], lines[1::2], strict=True)]
        except (KeyError, ValueError):
            return fault(400, "illegal_argument_exception")
        items = [{"index": self.taken(about, shown)} for about, shown in pairs]
        return told({"errors": any("error" in one["index"] for one in items), "items": items})

    def taken(self, about: Any, shown: Any) -> dict[str, Any]:
        name, id = about["_index"], about["_id"]
        if name not in self.indexes or len(id.encode()) > 512:
            return {"status": 404, "error": {"type": "index_not_found_exception", "reason": name}}
        wrong = misnamed(shown) or mistaken(self.indexes[name], shown)
        if wrong:
            return {"status": 400, "error": {"type": "document_parsing_exception", "reason": wrong}}
        assert about["version_type"] == "external_gte"
        if about["version"] < self.documents.get((name, id), (0, None))[0]:
            return {"status": 409, "error": {"type": "version_conflict_engine_exception", "reason": id}}
        self.documents[name, id] = about["version"], shown
        self.received.append(shown)
        return {"status": 201}


def fault(status: int, kind: str) -> Answer:
    return told({"error": {"type": kind, "reason": "no"}, "status": status}, status)


def misnamed(value: Any) -> str:
    """Names that no field may have, wherever they stand."""
    if isinstance(value, list):
        return next(filter(None, map(misnamed, value)), "")
    if not isinstance(value, dict):
        return ""
    if not all(part.strip() for name in value for part in name.split(".")):
        return "field name cannot be an empty string"
    return next(filter(None, map(misnamed, value.values())), "")


def mistaken(mapping: Any, value: Any, name: str = "") -> str:
    """What does not fit the mapping; what has no mapping is kept and not looked at."""
    if isinstance(value, list):
        return next(filter(None, (mistaken(mapping, one, name) for one in value)), "")
    if value is None:
        return ""
    if "properties" in mapping:
        if not isinstance(value, dict):
            return f"object mapping for [{name}] tried to parse as object, but found a concrete value"
        known = ((key, inner) for key, inner in mapping["properties"].items() if key in value)
        return next(filter(None, (mistaken(inner, value[key], key) for key, inner in known)), "")
    if mapping["type"] == "date":
        return "" if isinstance(value, str) and DATE.fullmatch(value) else f"failed to parse field [{name}]"
    if not isinstance(value, NUMBERS[mapping["type"]]) or isinstance(value, bool):
        return f"failed to parse field [{name}]"
    kept = mapping["type"] != "keyword" or len(value) > mapping["ignore_above"] or len(value.encode()) <= 32_766
    return "" if kept else "immense term"


@contextmanager
def elastic() -> Iterator[tuple[Server, Elastic, dict[str, Any]]]:
    """The server, what it plays, and the options by which it is reached."""
    played = Elastic()
    with serving(played) as server:
        yield server, played, {"url": server.url, "api_key": {"env": "NOTIFIER_SECRET"}, "allow": ["127.0.0.1"]}


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for pair in value.items() for one in pair for text in texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in texts(one)]
    return [value] if isinstance(value, str) else []


def kept(*messages: Message) -> Elastic:
    """Elasticsearch after these messages."""
    with elastic() as (_, played, given_options):
        send = destination("elasticsearch", options("elasticsearch", **given_options)).send
        assert [send(one) for one in messages] == [Delivered()] * len(messages)
        return played


class TestElasticsearch(NotifierContract):
    kind = "elasticsearch"
    wrong = (
        ({"url": "elastic.example"}, "url: the URL does not begin"),
        ({"index": "Alerts"}, 'index: "Alerts" is no name'),
        ({"index": "_all,*"}, 'index: "_all,*" is no name'),
        ({"api_key": "plain"}, "api_key is to be a secret"),
        ({"user": "u", "password": {"env": "X"}}, "api_key: there is a user"),
        ({"api_key": None, "user": "u"}, "user: a user and a password belong together"),
    )

    @contextmanager
    def played(self) -> Iterator[Played]:
        with elastic() as (server, played, given_options):

            def busy() -> bool:
                server.next.append(Answer(429, b'{"error": {"type": "es_rejected"}}', {"Retry-After": "7"}))
                return True

            yield Played(
                given_options,
                lambda: played.received,
                busy,
                lambda: server.next.append(fault(403, "security_exception")),
                lambda: server.next.append(Answer(hang=2.0)),
                lambda one: [one["message"], *texts(one["rule"]), *texts(one["detect"])],
                lambda one: one["detect"]["message"],
            )


BAD: list[tuple[tuple[Any, ...], Any]] = [
    (("@timestamp",), "yesterday"), (("message",), {"a": 1}), (("event",), "alert"), (("event", "severity"), "high"),
    (("rule", "id"), 7), (("detect", "hits"), "1"), (("detect", "fields", 0), "actor"), (("detect", "key"), {}),
    (("detect", "group"), [{"name": "user", "value": "x" * 7_999 + "é" * 30_000, "": 1}]), (("rule", ""), 1),
]  # fmt: skip


@pytest.mark.parametrize(("path", "new"), BAD, ids=range(len(BAD)))
def test_the_played_server_refuses_what_the_real_one_refuses(path: tuple[Any, ...], new: Any):
    with elastic() as (server, played, given_options):
        assert destination("elasticsearch", options("elasticsearch", **given_options)).send(message()) == Delivered()
        fine = server.requests[-1]
    about, shown = fine.body.splitlines()
    assert not json.loads(played(fine).body)["errors"]
    body = b"\n".join((about, encoded(changed(json.loads(shown), path, new)), b""))
    said = json.loads(played(fine._replace(body=body)).body)
    assert said["errors"]
    assert said["items"][0]["index"]["status"] == 400


def test_the_played_server_knows_its_key_its_lines_and_what_is_older():
    with elastic() as (server, played, given_options):
        assert destination("elasticsearch", options("elasticsearch", **given_options)).send(message()) == Delivered()
        fine = server.requests[-1]
    assert played(fine._replace(headers={**fine.headers, "authorization": "ApiKey x"})).status == 401
    assert played(fine._replace(body=fine.body.rstrip())).status == 400
    assert played(fine._replace(body=fine.body.splitlines()[0] + b"\n")).status == 400
    assert played(fine._replace(headers={**fine.headers, "content-type": "text/plain"})).status == 406
    about, shown = fine.body.splitlines()
    for changes, status in ({"version": 1}, 409), ({"_index": "other"}, 404), ({"_id": "x" * 513}, 404):
        line = encoded({"index": {**json.loads(about)["index"], **changes}})
        said = json.loads(played(fine._replace(body=b"\n".join((line, shown, b"")))).body)
        assert said["items"][0]["index"]["status"] == status


def test_one_document_follows_its_alert_through_the_outbox(tmp_path: Path):
    with elastic() as (server, played, given_options):
        server.next += [Answer(429, b"", {"Retry-After": "2"}), Answer(503), Answer(500)]
        steps = ("trigger", "update", "acknowledge", "trigger", "resolve")
        messages = [message(id=f"m{n}", action=action, sequence=n) for n, action in enumerate(steps)]
        made = options("elasticsearch", **given_options)
        assert through_outbox(tmp_path / "s", "elasticsearch", made, messages) == (5, 0, 0)
    assert list(played.documents) == [DOCUMENT]
    statuses = [one["detect"]["status"] for one in played.received]
    assert statuses == ["open", "open", "acknowledged", "open", "resolved"]


def test_the_index_is_by_the_day_the_alert_began_whatever_becomes_of_it():
    later = message(alert(last=AT + 3 * 86_400_000_000, resolved=AT + 3 * 86_400_000_000), id="m2", action="resolve")
    played = kept(message(), later._replace(time=later.time + 4 * 86_400_000_000), message(alert(id="b", first=0)))
    assert list(played.documents) == [DOCUMENT, ("detect-alerts-undated", "b")]
    assert played.documents[DOCUMENT][1]["event"]["end"] == "2026-07-04T12:00:00Z"


def test_a_message_that_comes_late_does_not_undo_a_newer_one():
    played = kept(message(id="m2", action="resolve"), message(time=message().time - 1))
    assert played.documents[DOCUMENT][1]["detect"]["status"] == "resolved"
    assert len(played.received) == 1


def test_an_index_that_is_there_is_left_as_it_is_and_one_that_somebody_makes_meanwhile_too():
    with elastic() as (server, played, given_options):
        send = destination("elasticsearch", options("elasticsearch", **given_options)).send
        played.indexes[DAY] = {"properties": {}}
        assert send(message()) == Delivered()
        assert [one.method for one in server.requests] == ["GET", "POST"]
        server.next.append(Answer(404, b""))
        assert send(message()) == Delivered()
        server.next += [Answer(404, b""), fault(400, "invalid_index_name_exception")]
        assert isinstance(send(message()), Refused)


def outcome_of(*items: tuple[int, str]) -> Outcome:
    """What a bulk answer with these faults means."""
    with elastic() as (server, _, given_options):
        said = [{"index": {"status": status, "error": {"type": kind, "reason": "x" * 900}}} for status, kind in items]
        server.next += [Answer(), told({"errors": True, "items": [{"index": {"status": 201}}, *said]})]
        return destination("elasticsearch", options("elasticsearch", **given_options)).send(message())


def test_what_a_bulk_answer_says_of_each_document_is_read():
    full, bad = (429, "es_rejected_execution_exception"), (400, "document_parsing_exception")
    assert isinstance(outcome_of(full), Retry)
    refused = outcome_of(bad)
    assert isinstance(refused, Refused)
    assert "400: document_parsing_exception" in refused.reason
    assert isinstance(outcome_of(bad, full), Retry)
    assert outcome_of((409, "version_conflict_engine_exception")) == Delivered()
    assert isinstance(outcome_of((409, "version_conflict_engine_exception"), bad), Refused)


def test_an_answer_that_is_not_of_elasticsearch_is_no_success():
    with elastic() as (server, _, given_options):
        server.next += [Answer(), Answer(200, b"<html>")]
        outcome = destination("elasticsearch", options("elasticsearch", **given_options)).send(message())
    assert isinstance(outcome, Retry)
    assert "the address of Elasticsearch" in outcome.reason


def test_opensearch_takes_a_user_and_a_password():
    played = Elastic(f"Basic {base64.b64encode(f'me:{SECRET}'.encode()).decode()}")
    with serving(played) as server:
        made = options(
            "elasticsearch", url=server.url, user="me", password={"env": "NOTIFIER_SECRET"}, allow=["127.0.0.1"]
        )
        assert destination("elasticsearch", made).send(message()) == Delivered()


def test_the_level_is_a_number_and_the_links_are_there():
    alerts = [alert(id=f"a{level}", level=level) for level in sorted(Level)]
    shown = [one for _, one in kept(message(*alerts)).documents.values()]
    assert [one["event"]["severity"] for one in shown] == [10, 25, 50, 75, 100]
    links = str(shown[0]["detect"]["links"])
    for address in ("console.aws.amazon.com", "attack.mitre.org/techniques/T1098/001", "runbooks.example.com/keys"):
        assert address in links


def test_what_is_cut_says_so_and_many_alerts_go_in_several_calls():
    with elastic() as (server, played, given_options):
        send = destination("elasticsearch", options("elasticsearch", **given_options)).send
        assert send(huge(100, 30_000)) == Delivered()
        assert sum(one.path.startswith("/_bulk") for one in server.requests) > 1
    assert len(played.documents) == 100
    for _, shown in played.documents.values():
        assert "…" in str(shown["detect"]["fields"])
        assert len(encoded(shown)) <= 100_000


def test_no_log_decides_what_a_field_is():
    shown_events = (alert().evidence[0]._replace(shown={"": 1, "a..b": "x", ".": None}),)
    given_alert = alert(
        fields={"": "2026-01-01", "a.b": {"c": 1}, "a": 2, "d": None}, key="2026-01-01", value=3, evidence=shown_events
    )
    second = alert(id="b", fields={"a": {"b": "x"}, "d": [1]}, key="no date", value="x")
    played = kept(message(given_alert), message(second, id="m2"))
    shown = played.documents[DOCUMENT][1]["detect"]
    assert shown["fields"] == [
        {"name": "", "value": "2026-01-01"}, {"name": "a.b", "value": '{"c":1}'}, {"name": "a", "value": "2"},
        {"name": "d", "value": None},
    ]  # fmt: skip
    assert len(played.documents) == 2


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1, max_size=60))
def test_any_text_of_a_log_stays_text(text: str):
    (shown,) = kept(hostile(text)).received
    assert all(seen.isprintable() for seen in texts(shown))
