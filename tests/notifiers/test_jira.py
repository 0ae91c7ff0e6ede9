"""jira: what Jira takes, Cloud and Data Center, and nothing else."""

from __future__ import annotations

import base64
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

from engine.alert import Delivered, Message, Refused
from engine.notifiers import encoded
from tests.notifiers.chats import changed, through_outbox, utf16
from tests.notifiers.contract import NotifierContract, Played
from tests.notifiers.made import destination, hostile, huge, message, options
from tests.notifiers.server import Answer, Request, Server, serving

SECRET = NotifierContract.secret
EDITIONS = ("cloud", "data_center")
JQL = re.compile(
    r'project = "SEC" AND labels = "(detect-[0-9a-f]{32})" AND statusCategory != Done ORDER BY created DESC'
)


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFIER_SECRET", SECRET)


def texts(body: Any) -> list[str]:
    """What a person reads of a document or of wiki markup."""
    if isinstance(body, str):
        return [body]
    return [node["text"] for paragraph in body["content"] for node in paragraph["content"]]


class Jira:
    """As Jira does it, with issues that are kept."""

    def __init__(self, edition: str) -> None:
        self.cloud = edition == "cloud"
        self.issues: dict[str, dict[str, Any]] = {}
        self.received: list[Any] = []

    def judge(self, request: Request) -> Answer:
        pair = base64.b64encode(f"me@example.com:{SECRET}".encode()).decode()
        if request.headers.get("authorization") != (f"Basic {pair}" if self.cloud else f"Bearer {SECRET}"):
            return Answer(401, b"log in")
        try:
            return self.routed(request)
        except (AssertionError, KeyError, TypeError, ValueError) as error:
            return Answer(400, repr(error).encode())

    def routed(self, request: Request) -> Answer:
        path = urlsplit(request.path).path.removeprefix(f"/rest/api/{3 if self.cloud else 2}/")
        if (request.method, path) == ("POST", "search/jql" if self.cloud else "search"):
            found = JQL.fullmatch(request.json["jql"])
            assert found
            open_ones = [
                {"key": key, "fields": {"labels": one["labels"]}}
                for key, one in self.issues.items()
                if found[1] in one["labels"] and not one["done"]
            ]
            return told({"issues": open_ones[::-1][:1]})
        if (request.method, path) == ("POST", "issue"):
            return self.made(request.json["fields"])
        _, key, *rest = path.split("/")
        if key not in self.issues:
            return Answer(404, b"Issue does not exist")
        return self.about(self.issues[key], request, "".join(rest))

    def made(self, fields: Any) -> Answer:
        assert fields["project"] == {"key": "SEC"}
        assert fields["issuetype"] == {"name": "Task"}
        assert 0 < utf16(fields["summary"]) <= 255
        assert "\n" not in fields["summary"]
        assert fields["priority"]["name"] in ("Highest", "High", "Medium", "Low", "Lowest")
        assert all(label and " " not in label for label in fields["labels"])
        self.good(fields["description"])
        key = f"SEC-{len(self.issues) + 1}"
        self.issues[key] = {**fields, "done": False, "comments": []}
        self.received.append((fields["labels"][0], [fields["summary"], *texts(fields["description"])]))
        return told({"key": key}, 201)

    def about(self, issue: dict[str, Any], request: Request, what: str) -> Answer:
        if request.method == "GET" and what == "":
            category = {"key": "done" if issue["done"] else "new"}
            return told({"fields": {"labels": issue["labels"], "status": {"statusCategory": category}}})
        if request.method == "PUT":
            self.good(request.json["fields"]["description"])
            issue["description"] = request.json["fields"]["description"]
            return Answer(204, b"")
        if what == "comment":
            if request.method == "POST":
                self.good(request.json["body"])
                issue["comments"].insert(0, request.json)
                self.received.append((issue["labels"][0], texts(request.json["body"])))
            return told({"comments": issue["comments"]})
        offered = [("11", "Start", "indeterminate"), ("31", "Finish", "done"), ("41", "Reject", "done")]
        if request.method == "POST":
            assert not issue["done"]
            assert request.json["transition"]["id"] in ("31", "41")
            issue["done"] = request.json
            return Answer(204, b"")
        shown = [{"id": i, "name": name, "to": {"statusCategory": {"key": key}}} for i, name, key in offered]
        return told({"transitions": [] if issue["done"] else shown})

    def good(self, body: Any) -> None:
        assert isinstance(body, dict) == self.cloud
        assert sum(utf16(text) for text in texts(body)) <= 32_767
        assert all(texts(body))
        if self.cloud:
            assert (body["type"], body["version"]) == ("doc", 1)
        else:
            assert len(re.findall(r"\{noformat[}:]", body)) == 2


def told(value: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(value).encode())


@contextmanager
def jira(edition: str = "cloud") -> Iterator[tuple[Jira, Server, dict[str, Any]]]:
    """Jira, its server, and the options by which it is reached."""
    played = Jira(edition)
    with serving(played.judge) as server:
        user = {"user": "me@example.com"} if edition == "cloud" else {}
        base = {"url": server.url, "token": {"env": "NOTIFIER_SECRET"}, "project": "SEC", "allow": ["127.0.0.1"]}
        yield played, server, {**base, **user, "edition": edition}


class _Contract(NotifierContract):
    kind = "jira"
    edition = ""
    wrong = (
        ({"project": 'X" OR project = "Y'}, "project: "),
        ({"url": "ftp://x"}, "url: "),
        ({"token": "plain"}, "token is to be a secret"),
        ({"priorities": {"worst": "P1"}}, 'priorities: there is no level "worst"'),
        ({"labels": ["a b"]}, 'labels: "a b" is no label'),
        ({"edition": "cloud", "user": ""}, "user: Jira Cloud asks"),
    )

    @contextmanager
    def played(self) -> Iterator[Played]:
        with jira(self.edition) as (jira_, server, given_options):

            def busy() -> bool:
                server.next.append(Answer(429, b"slowly", {"Retry-After": "7"}))
                return True

            yield Played(
                given_options,
                lambda: jira_.received,
                busy,
                lambda: server.next.append(Answer(403, b"not you")),
                lambda: server.next.append(Answer(hang=2.0)),
                lambda one: one[1],
                lambda one: one[0],
            )


class TestCloud(_Contract):
    edition = "cloud"


class TestDataCenter(_Contract):
    edition = "data_center"


BAD: list[tuple[tuple[str, ...], Any]] = [
    (("project",), ...), (("issuetype",), ...), (("summary",), ...), (("summary",), "x" * 256), (("summary",), "a\nb"),
    (("description",), "x"), (("labels",), ["a b"]), (("priority", "name"), "Urgent"),
    (("description", "content"), [{"content": [{"text": "x" * 32_768}]}]), (("description", "version"), ...),
]  # fmt: skip


@pytest.mark.parametrize(("path", "new"), BAD, ids=range(len(BAD)))
def test_the_played_jira_refuses_what_the_real_one_refuses(path: tuple[str, ...], new: Any):
    with jira() as (played, server, given_options):
        assert isinstance(destination("jira", options("jira", **given_options)).send(message()), Delivered)
        good = server.requests[-1]
    assert played.judge(good).status == 201
    assert played.judge(good._replace(body=encoded(changed(good.json, ("fields", *path), new)))).status == 400
    assert played.judge(good._replace(headers={"authorization": "Bearer x"})).status == 401
    assert played.judge(good._replace(path="/rest/api/3/issue/SEC-99/transitions")).status == 404


@pytest.mark.parametrize("edition", EDITIONS)
def test_an_issue_is_made_commented_and_closed_through_the_outbox(tmp_path: Path, edition: str):
    with jira(edition) as (played, server, given_options):
        server.next += [Answer(429, b"", {"Retry-After": "2"}), Answer(503), Answer(500)]
        rest = [
            message(id=f"m{n}", sequence=n, action=a) for n, a in enumerate(("trigger", "acknowledge", "resolve"), 1)
        ]
        made = options("jira", **given_options)
        assert through_outbox(tmp_path / "s", "jira", made, [message(), *rest]) == (4, 0, 0)
    (issue,) = played.issues.values()
    assert len(issue["comments"]) == 3
    assert issue["done"] == {"transition": {"id": "31"}}
    assert issue["priority"] == {"name": "High"}


def sent(given_options: dict[str, Any], *messages: Message, **more: Any) -> list[Any]:
    send = destination("jira", options("jira", **{**given_options, **more})).send
    return [send(one) for one in messages]


def test_the_same_message_twice_is_one_issue_one_comment_and_one_end():
    with jira() as (played, _, given_options):
        again, end = message(id="m2", sequence=1), message(id="m3", sequence=2, action="resolve", handle="SEC-1")
        outcomes = sent(given_options, message(), message(), again, again, end, end)
    assert outcomes == [Delivered("SEC-1")] * 6
    assert len(played.issues["SEC-1"]["comments"]) == 2


def test_after_an_issue_is_done_the_next_one_is_new_and_an_end_without_any_is_nothing():
    with jira() as (played, _, given_options):
        end = message(id="m2", action="resolve", handle="SEC-1")
        lost = message(id="m0", action="resolve", handle="SEC-77")
        outcomes = sent(given_options, lost, message(), end, message(id="m3", handle="SEC-1"))
    assert outcomes == [Delivered("SEC-77"), Delivered("SEC-1"), Delivered("SEC-1"), Delivered("SEC-2")]
    assert len(played.issues) == 2


def test_an_update_changes_the_description_and_makes_no_comment():
    with jira() as (played, _, given_options):
        sent(given_options, message(), hostile("other")._replace(id="m2", action="update", handle="SEC-1"))
    assert "other" in str(played.issues["SEC-1"]["description"])
    assert played.issues["SEC-1"]["comments"] == []


def test_the_transition_and_the_resolution_are_those_that_are_asked_for():
    end = message(id="m2", action="resolve", handle="SEC-1")
    with jira() as (played, _, given_options):
        sent(given_options, message(), end, transition="Reject", resolution="Won't Do")
        assert played.issues["SEC-1"]["done"] == {
            "transition": {"id": "41"}, "fields": {"resolution": {"name": "Won't Do"}},
        }  # fmt: skip
    with jira() as (_, _, given_options):
        outcome = sent(given_options, message(), end, transition="Nothing")[1]
    assert isinstance(outcome, Refused)
    assert "Start, Finish, Reject" in outcome.reason


@pytest.mark.parametrize("edition", EDITIONS)
def test_links_lead_to_the_event_the_technique_and_the_runbook(edition: str):
    with jira(edition) as (played, _, given_options):
        sent(given_options, message())
    shown = str(played.issues["SEC-1"]["description"])
    for address in ("console.aws.amazon.com", "attack.mitre.org/techniques/T1098/001", "runbooks.example.com/keys"):
        assert address in shown


def test_nothing_in_a_log_ends_the_block_it_stands_in():
    with jira("data_center") as (_, _, given_options):
        given_message = hostile("a {noformat} h1. b [x|https://evil.example] {noformat:nopanel=true} c")
        assert sent(given_options, given_message) == [Delivered("SEC-1")]


def test_what_is_cut_says_so():
    with jira() as (played, _, given_options):
        sent(given_options, huge())
    assert any("…" in text for text in played.received[0][1])


@pytest.mark.parametrize("edition", EDITIONS)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(st.sampled_from("[]()<>*_`{}noformat#@!\\|\":/a'\r\n\u202e\x1b\U0001f525"), min_size=1, max_size=60)
)
def test_any_text_of_a_log_stays_text(edition: str, text: str):
    with jira(edition) as (played, _, given_options):
        given_message = hostile(text)._replace(thread=f'" OR project = "{text}', id=text)
        assert sent(given_options, given_message, given_message) == [Delivered("SEC-1")] * 2
    for seen in played.received[0][1]:
        assert not set("\r\x1b\u202e") & set(seen)
