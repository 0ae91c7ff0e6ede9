"""servicenow: what the Table API and Event Management take, and nothing else."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.alert import Delivered, Message, Refused, Retry
from engine.model import Level
from engine.notifiers import encoded
from tests.notifiers.chats import changed, through_outbox, utf16
from tests.notifiers.contract import NotifierContract, Played
from tests.notifiers.made import AT, NOW, alert, destination, hostile, huge, message, options
from tests.notifiers.server import Answer, Request, Server, serving

SECRET = NotifierContract.secret
MODES = ("incident", "event")
QUERY = re.compile(r"correlation_id=(detect-[0-9a-f]{32})\^active=true\^state!=([0-9]+)\^ORDERBYDESCsys_created_on")
LONGEST = {
    "short_description": 160, "description": 4_000, "work_notes": 4_000, "close_notes": 4_000, "correlation_id": 100,
    "correlation_display": 100, "source": 100, "event_class": 100, "node": 100, "type": 100, "resource": 100,
    "metric_name": 100, "message_key": 1_024, "additional_info": 32_000,
}  # fmt: skip


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFIER_SECRET", SECRET)


class Instance:
    """As ServiceNow does it: incidents that are kept, and alerts that Event Management makes of events.

    hides  correlation_id, which the user may not see: it is left out of queries and of what is written
    """

    def __init__(self, table: str = "incident") -> None:
        self.table = table
        self.hides = False
        self.incidents: list[dict[str, Any]] = []
        self.alerts: dict[str, list[str]] = {}
        self.received: list[dict[str, Any]] = []

    def judge(self, request: Request) -> Answer:
        pair = base64.b64encode(f"detect:{SECRET}".encode()).decode()
        if request.headers.get("authorization") not in (f"Basic {pair}", f"Bearer {SECRET}"):
            return fault(401, "User Not Authenticated")
        try:
            return self.routed(request)
        except (AssertionError, KeyError, TypeError, ValueError) as error:
            return fault(400, repr(error))

    def routed(self, request: Request) -> Answer:
        address = urlsplit(request.path)
        path, asked = address.path, parse_qs(address.query)
        if (request.method, path) == ("POST", "/api/global/em/jsonv2"):
            return self.events(request.json["records"])
        base = f"/api/now/table/{self.table}"
        if (request.method, path) == ("GET", base):
            return self.found(asked)
        assert asked["sysparm_fields"] == ["sys_id,correlation_id"]
        if (request.method, path) == ("POST", base):
            return self.made(request.json)
        for incident in self.incidents:
            if (request.method, path) == ("PATCH", f"{base}/{incident['sys_id']}"):
                return self.patched(incident, request.json)
        return fault(404, "No Record found")

    def found(self, asked: Any) -> Answer:
        query = QUERY.fullmatch(asked["sysparm_query"][0])
        assert query
        assert asked["sysparm_limit"] == ["1"]
        there = [
            {name: one.get(name, "") for name in asked["sysparm_fields"][0].split(",")}
            for one in self.incidents
            if one["state"] not in ("7", query[2]) and (self.hides or one["correlation_id"] == query[1])
        ]
        return told([self.seen(one) for one in there[::-1][:1]])

    def made(self, fields: Any) -> Answer:
        short(fields)
        assert fields["short_description"]
        assert "\n" not in fields["short_description"]
        assert {fields.get("impact", "1"), fields.get("urgency", "1")} <= {"1", "2", "3"}
        new = {**fields, "state": "1", "sys_id": f"{len(self.incidents) + 1:032x}", "notes": []}
        self.incidents.append(new)
        self.received.append(fields)
        return told(self.seen({name: new[name] for name in ("sys_id", "correlation_id")}), 201)

    def patched(self, incident: dict[str, Any], fields: Any) -> Answer:
        short(fields)
        assert incident["state"] not in ("6", "7")
        if fields.get("state") == "6" and not (fields.get("close_code") and fields.get("close_notes")):
            return fault(403, "Data Policy Exception: the following fields are mandatory: Resolution notes")
        incident["notes"] += [fields["work_notes"]] if "work_notes" in fields else []
        incident.update(fields)
        self.received.append({"correlation_id": incident["correlation_id"], **fields})
        return told(self.seen({name: incident[name] for name in ("sys_id", "correlation_id")}))

    def seen(self, record: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in record.items() if name != "correlation_id" or not self.hides}

    def events(self, records: Any) -> Answer:
        """A clear event closes the alert of its key, and is dropped where there is none."""
        for event in records:
            short(event)
            assert event["source"]
            assert event["node"] or event["event_class"]
            assert event["severity"] in ("0", "1", "2", "3", "4", "5")
            assert event["resolution_state"] in ("New", "Closing")
            assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", event["time_of_event"])
            assert all(isinstance(one, str) for one in json.loads(event["additional_info"]).values())
            states = self.alerts.setdefault(event["message_key"], [])
            if event["severity"] == "0":
                states[-1:] = ["closed"] if states else []
            elif not states or states[-1] == "closed":
                states.append("open")
            self.received.append(event)
        return told({"Default Bulk Endpoint": f"{len(records)} events were inserted"})


def short(fields: Any) -> None:
    assert all(isinstance(value, str) for value in fields.values())
    for name, value in fields.items():
        assert utf16(value) <= LONGEST.get(name, 100), name
    assert all(fields.get(name, "x") for name in ("correlation_id", "correlation_display", "message_key"))


def told(result: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps({"result": result}).encode())


def fault(status: int, text: str) -> Answer:
    return Answer(status, json.dumps({"error": {"message": text, "detail": ""}, "status": "failure"}).encode())


@contextmanager
def servicenow(mode: str = "incident", table: str = "incident") -> Iterator[tuple[Instance, Server, dict[str, Any]]]:
    """The instance, its server, and the options by which it is reached."""
    played = Instance(table)
    with serving(played.judge) as server:
        yield (
            played, server,
            {"url": server.url, "user": "detect", "password": {"env": "NOTIFIER_SECRET"}, "allow": ["127.0.0.1"],
             "mode": mode, "table": table},
        )  # fmt: skip


def sent(given_options: dict[str, Any], *messages: Message, **more: Any) -> list[Any]:
    send = destination("servicenow", options("servicenow", **{**given_options, **more})).send
    return [send(one) for one in messages]


def texts(fields: dict[str, Any]) -> list[str]:
    """What a person reads, also of the details of an event."""
    shown = {name: value for name, value in fields.items() if name != "additional_info"}
    details = json.loads(fields.get("additional_info", "{}"))
    return [*shown.values(), *details, *details.values()]


class _Contract(NotifierContract):
    kind = "servicenow"
    mode = ""
    wrong = (
        ({"url": "example"}, "url: the URL does not begin"),
        ({"password": "plain"}, "password is to be a secret"),
        ({"token": {"env": "X"}}, "either user, without"),
        ({"user": None}, "either user, without"),
        ({"user": "a:b"}, "either user, without"),
        ({"table": "incident/../x"}, 'table: "incident/../x" is no name'),
        ({"impacts": {"worst": 1}}, 'impacts: there is no level "worst"'),
        ({"urgencies": {"high": 4}}, "urgencies: 4 is none; 1 to 3"),
        ({"severities": {"high": 0}}, "severities: 0 is none; 1 to 5"),
        ({"fields": {"correlation_id": "x"}}, 'fields: "correlation_id" is no name'),
        ({"fields": {"a b": "x"}}, 'fields: "a b" is no name'),
        ({"source": " "}, "source: 1 to 100 characters"),
        ({"node": "x" * 101}, "node: 1 to 100 characters"),
    )

    @contextmanager
    def played(self) -> Iterator[Played]:
        with servicenow(self.mode) as (instance, server, given_options):

            def busy() -> bool:
                server.next.append(Answer(429, b"Rate limit exceeded", {"Retry-After": "7"}))
                return True

            yield Played(
                given_options,
                lambda: instance.received,
                busy,
                lambda: server.next.append(fault(403, "Insufficient rights")),
                lambda: server.next.append(Answer(hang=2.0)),
                texts,
                lambda one: one.get("message_key") or one["correlation_id"],
            )


class TestIncident(_Contract):
    mode = "incident"


class TestEvent(_Contract):
    mode = "event"


BAD: list[tuple[str, tuple[Any, ...], Any]] = [
    *(("incident", (name,), "\U0001f525" * (LONGEST[name] // 2 + 1)) for name in ("short_description", "description")),
    *(("incident", (name,), ...) for name in ("short_description", "correlation_id")),
    ("incident", ("short_description",), "a\nb"), ("incident", ("correlation_id",), "x" * 101),
    ("incident", ("correlation_display",), "x" * 101), ("incident", ("impact",), "4"), ("incident", ("urgency",), 1),
    *(("event", ("records", 0, name), "x" * 101) for name in ("source", "node", "type", "resource", "metric_name")),
    *(("event", ("records", 0, name), ...) for name in ("source", "severity", "message_key", "additional_info")),
    ("event", ("records",), ...), ("event", ("records", 0, "severity"), "6"),
    ("event", ("records", 0, "message_key"), "x" * 1_025), ("event", ("records", 0, "description"), "x" * 4_001),
    ("event", ("records", 0, "time_of_event"), "2026-07-01T12:00:00Z"),
    ("event", ("records", 0, "additional_info"), '{"a": ["b"]}'), ("event", ("records", 0, "additional_info"), "text"),
]  # fmt: skip


@pytest.mark.parametrize(("mode", "path", "new"), BAD, ids=range(len(BAD)))
def test_the_played_instance_refuses_what_the_real_one_refuses(mode: str, path: tuple[Any, ...], new: Any):
    with servicenow(mode) as (played, server, given_options):
        assert sent(given_options, message()) == [Delivered()]
        good = server.requests[-1]
    assert played.judge(good).status in (200, 201)
    assert played.judge(good._replace(body=encoded(changed(good.json, path, new)))).status == 400
    assert played.judge(good._replace(headers={"authorization": "Basic x"})).status == 401


def test_the_played_instance_wants_a_record_and_notes_for_an_end():
    with servicenow() as (played, server, given_options):
        sent(given_options, message())
        end = server.requests[-1]._replace(method="PATCH", body=b'{"state": "6", "close_code": "x"}')
    assert played.judge(end._replace(path=end.path.replace("?", f"/{'0' * 32}?"))).status == 404
    assert played.judge(end._replace(path=end.path.replace("?", f"/{1:032x}?"))).status == 403


def test_an_incident_is_made_noted_and_resolved_through_the_outbox(tmp_path: Path):
    with servicenow() as (played, server, given_options):
        server.next += [Answer(429, b"", {"Retry-After": "2"}), Answer(503), told([]), Answer(500)]
        steps = ("trigger", "acknowledge", "trigger", "resolve")
        messages = [message(id=f"m{n}", sequence=n, action=action) for n, action in enumerate(steps)]
        made = options("servicenow", **given_options)
        assert through_outbox(tmp_path / "s", "servicenow", made, messages) == (4, 0, 0)
    (incident,) = played.incidents
    assert [note.split()[0] for note in incident["notes"]] == ["Acknowledged", "Again"]
    assert (incident["state"], incident["close_code"]) == ("6", "Solution provided")
    assert incident["close_notes"].startswith("Resolved")


def test_an_event_makes_an_alert_and_clears_it_through_the_outbox(tmp_path: Path):
    with servicenow("event") as (played, server, given_options):
        server.next += [Answer(429, b"", {"Retry-After": "2"}), Answer(503), Answer(500)]
        steps = ("trigger", "trigger", "resolve")
        messages = [message(id=f"m{n}", sequence=n, action=action) for n, action in enumerate(steps)]
        made = options("servicenow", **given_options)
        assert made.actions == {"trigger", "resolve"}
        assert through_outbox(tmp_path / "s", "servicenow", made, messages) == (3, 0, 0)
    assert list(played.alerts.values()) == [["closed"]]
    assert [event["resolution_state"] for event in played.received] == ["New", "New", "Closing"]


def test_the_same_message_twice_is_one_incident_one_note_and_one_end():
    with servicenow() as (played, _, given_options):
        again, end = message(id="m2", sequence=1), message(id="m3", sequence=2, action="resolve")
        assert sent(given_options, message(), message(), again, again, end, end) == [Delivered()] * 6
    (incident,) = played.incidents
    assert len(incident["notes"]) == 1
    assert len(played.received) == 3


def test_after_an_end_the_next_one_is_new_and_an_end_without_any_is_nothing():
    for mode in MODES:
        with servicenow(mode) as (played, _, given_options):
            end = message(id="m2", action="resolve")
            assert sent(given_options, end, message(), end, message(id="m3")) == [Delivered()] * 4
        if mode == "incident":
            assert [one["state"] for one in played.incidents] == ["6", "1"]
        else:
            assert list(played.alerts.values()) == [["closed", "open"]]


def test_an_incident_that_somebody_closed_is_left_alone():
    with servicenow() as (played, _, given_options):
        sent(given_options, message())
        played.incidents[0]["state"] = "7"
        sent(given_options, message(id="m2", action="acknowledge"), message(id="m3"))
    assert [(one["state"], one["notes"]) for one in played.incidents] == [("7", []), ("1", [])]


def test_an_update_changes_the_description_and_makes_no_note():
    with servicenow() as (played, _, given_options):
        sent(given_options, message(), hostile("other")._replace(id="m2", action="update"))
    assert "other" in played.incidents[0]["description"]
    assert played.incidents[0]["notes"] == []


def test_incidents_of_somebody_else_are_never_changed():
    """A query by a field that the user may not see finds any incident."""
    with servicenow() as (played, _, given_options):
        sent(given_options, message(thread="other"))
        before = dict(played.incidents[0])
        played.hides = True
        (refused,) = sent(given_options, message(action="resolve"))
        assert isinstance(refused, Refused)
        assert "correlation_id" in refused.reason
        assert played.incidents == [before]
        played.incidents.clear()
        assert isinstance(sent(given_options, message())[0], Refused)


def test_states_codes_and_fields_are_those_of_the_configuration():
    with servicenow(table="sn_si_incident") as (played, _, given_options):
        more: dict[str, Any] = {
            "fields": {"category": "security", "assignment_group": "0" * 32}, "acknowledged_state": 16,
            "resolved_state": 3, "close_code": "Threat mitigated",
        }  # fmt: skip
        sent(given_options, message(), message(id="m2", action="acknowledge"), **more)
        assert played.incidents[0]["state"] == "16"
        assert len(played.incidents[0]["notes"]) == 1
        sent(given_options, message(id="m3", action="resolve"), **more)
    (incident,) = played.incidents
    assert (incident["state"], incident["close_code"]) == ("3", "Threat mitigated")
    assert (incident["category"], incident["assignment_group"]) == ("security", "0" * 32)


def test_an_acknowledgement_leaves_the_state():
    with servicenow() as (played, _, given_options):
        sent(given_options, message(), message(id="m2", action="acknowledge"))
    assert played.incidents[0]["state"] == "1"


def test_the_level_is_impact_and_urgency_or_severity_and_may_be_another():
    messages = [message(level=level, thread=level.name) for level in sorted(Level, reverse=True)]
    with servicenow() as (played, _, given_options):
        sent(given_options, *messages)
        assert [(one["impact"], one["urgency"]) for one in played.incidents] == [
            ("1", "1"), ("1", "2"), ("2", "2"), ("3", "2"), ("3", "3"),
        ]  # fmt: skip
        sent(given_options, message(thread="x"), impacts={"high": 3}, urgencies={})
        assert played.incidents[-1]["impact"] == "3"
        assert "urgency" not in played.incidents[-1]
    with servicenow("event") as (played, _, given_options):
        sent(given_options, *messages)
        sent(given_options, messages[1], messages[2], severities={"high": 1})
    assert [event["severity"] for event in played.received] == ["1", "2", "3", "4", "5", "1", "3"]


def test_an_event_tells_what_its_rules_decide_by():
    group = (("user", "alice"), ("account", None))
    given_message = message(alert(group=group, key="alice", first=AT), alert(hits=4))
    with servicenow("event") as (played, _, given_options):
        sent(given_options, given_message, source="soc", node="aws")
    (event,) = played.received
    assert (event["source"], event["event_class"], event["node"], event["type"]) == ("soc", "soc", "aws", "cloudtrail")
    assert (event["resource"], event["metric_name"]) == ("alice", alert().title)
    assert event["time_of_event"] == "2026-07-01 12:01:00"
    details = json.loads(event["additional_info"])
    assert (details["level"], details["alerts"], details["hits"]) == ("high", "2", "5")
    assert (details["rule"], details["field_awsRegion"]) == (alert().rule.id, "eu-west-1")
    assert (details["group_user"], details["group_account"]) == ("alice", "null")


@pytest.mark.parametrize("mode", MODES)
def test_links_lead_to_the_event_the_technique_and_the_runbook(mode: str):
    with servicenow(mode) as (played, _, given_options):
        sent(given_options, message())
    (fields,) = played.received
    shown = json.loads(fields["additional_info"])["links"] if mode == "event" else fields["description"]
    for address in ("console.aws.amazon.com", "attack.mitre.org/techniques/T1098/001", "runbooks.example.com/keys"):
        assert address in shown


def test_links_of_an_event_are_few_and_short():
    references = tuple(f"https://x{n}.example/{'a' * (1_500 if n < 3 else 9)}" for n in range(40))
    with servicenow("event") as (played, _, given_options):
        sent(given_options, message(alert(rule=alert().rule._replace(references=references))))
    links = json.loads(played.received[0]["additional_info"])["links"].split("\n")
    assert 3 < len(links) <= 10
    assert all(len(link) <= 1_200 for link in links)


@pytest.mark.parametrize("mode", MODES)
def test_another_page_is_no_success_and_a_wrong_password_is_told_of(mode: str, monkeypatch: pytest.MonkeyPatch):
    with servicenow(mode) as (_, server, given_options):
        server.next += [Answer(200, b"<html>hibernating"), told({"Default Bulk Endpoint": "0 events were inserted"})]
        assert [isinstance(one, Retry) for one in sent(given_options, message(), message())] == [True, True]
        assert sent({**given_options, "user": None, "password": None}, message(), token={"env": "NOTIFIER_SECRET"}) == [
            Delivered()
        ]
        monkeypatch.setenv("NOTIFIER_SECRET", "another-password")
        (refused,) = sent(given_options, message())
    assert isinstance(refused, Refused)
    assert "User Not Authenticated" in refused.reason


@pytest.mark.parametrize("mode", MODES)
def test_what_is_cut_says_so_and_an_empty_title_is_none(mode: str):
    long = "é\U0001f525[code]" * 1_000
    with servicenow(mode) as (played, _, given_options):
        sent(given_options, huge())
        sent(given_options, message(thread="2"), templates={"title": long, "text": long})
        sent(given_options, message(thread="3"), templates={"title": "{# nothing #}"})
    first, second, third = played.received
    assert "…" in first["description"]
    assert 3_700 < utf16(second["description"]) <= 4_000
    assert second["description"].endswith("… (cut)")
    if mode == "incident":
        assert 150 < utf16(second["short_description"]) <= 160
        assert second["short_description"].endswith("… (cut)")
    assert (third.get("short_description") or third["description"]).startswith("Alert")


def test_the_time_is_that_of_the_message():
    with servicenow("event") as (played, _, given_options):
        sent(given_options, message(time=NOW + 1), message(time=NOW + 3_600_000_000, action="resolve"))
    assert [event["time_of_event"][-8:] for event in played.received] == ["12:01:00", "13:01:00"]


@pytest.mark.parametrize("mode", MODES)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(min_size=1, max_size=60) | st.text("[]code/@^=<>'\"&:\r\n\x1b\u202e", min_size=5, max_size=60))
def test_any_text_of_a_log_stays_text(mode: str, text: str):
    given_message = hostile(f"{text}[Code]<b>x</b>[/CODE] @[0:x] https://evil.example/{text}")
    given_message = given_message._replace(thread=f"x^NQactive=true^{text}", id=text)
    with servicenow(mode) as (played, _, given_options):
        sent(given_options, given_message)
        if mode == "incident":
            sent(given_options, given_message._replace(id="m2"), given_message._replace(id="m3", action="resolve"))
            assert len(played.incidents) == 1
    for fields in played.received:
        for seen in texts(fields):
            assert all(line.isprintable() for line in seen.replace("\u200b", "").split("\n"))
        for name in ("description", "work_notes", "close_notes"):
            assert not re.search(r"\[/?code|@\[(?!\u200b)", fields.get(name, ""), re.IGNORECASE)
            assert "https://evil.example/ " not in fields.get(name, "")
