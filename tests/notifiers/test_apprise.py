"""apprise: by Apprise itself, to real servers of three services that it knows."""

from __future__ import annotations

import base64
import json
import os
import re
import sys
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
from tests.notifiers.chats import changed, through_outbox
from tests.notifiers.contract import NotifierContract, Played
from tests.notifiers.made import destination, hostile, huge, message, options
from tests.notifiers.server import Answer, Request, Server, serving

pytest.importorskip("apprise", reason='needs the extra "apprise"')

SECRET = NotifierContract.secret
LOGIN = f"Basic {base64.b64encode(f'me:{SECRET}'.encode()).decode()}"
CALLS = re.compile(r"(?<!\w)@(everyone|here|channel|all|\w)|(?<!\\)<[!@#\w]", re.IGNORECASE)


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFIER_SECRET", "")


def judged(request: Request) -> Answer:
    """As what takes json:// does it, as Apprise documents it: title of 250, message of 32,768 characters."""
    if request.headers.get("authorization") != LOGIN:
        return Answer(401, b"who are you?")
    if (request.method, request.path) != ("POST", "/alerts"):
        return Answer(404, b"not here")
    try:
        given = request.json
        assert set(given) == {"version", "title", "message", "attachments", "type"}
        assert given["version"] == "1.0"
        assert given["type"] in ("info", "success", "warning", "failure")
        assert given["attachments"] == []
        assert 0 < len(given["title"]) <= 250
        assert "\n" not in given["title"]
        assert 0 < len(given["message"]) <= 32_768
    except (AssertionError, KeyError, ValueError, TypeError):
        return Answer(400, b"what is this?")
    return Answer(200, b"ok")


@contextmanager
def apprise(more: str = "") -> Iterator[tuple[Server, dict[str, Any]]]:
    """The server, and the options by which it is reached."""
    with serving(judged) as server:
        os.environ["NOTIFIER_SECRET"] = f"json://me:{SECRET}@127.0.0.1:{server.port}/alerts{more}"
        yield server, {"url": {"env": "NOTIFIER_SECRET"}}


def outcome_of(given: dict[str, Any], sent: Message | None = None, **more: Any) -> Any:
    return destination("apprise", options("apprise", **{**given, **more})).send(sent or message())


def taken(sent: Message, more: str = "", **options_: Any) -> Any:
    """What json:// is sent."""
    with apprise(more) as (server, given):
        assert outcome_of(given, sent, **options_) == Delivered()
        return server.requests[-1].json


def elsewhere(scheme: str, path: str, sent: Message, **more: Any) -> list[Any]:
    """What another service is sent."""
    with serving(lambda _: Answer(200, b'{"result": "OK"}')) as server:
        os.environ["NOTIFIER_SECRET"] = f"{scheme}://127.0.0.1:{server.port}/{path}"
        assert outcome_of({"url": {"env": "NOTIFIER_SECRET"}}, sent, **more) == Delivered()
        return [one.json for one in server.requests]


class TestApprise(NotifierContract):
    kind = "apprise"
    wrong = (
        ({"url": "json://localhost"}, "url is to be a secret"),
        ({"timeout": "10m"}, "timeout: more than 0 seconds"),
        ({"templates": {"body": "x"}}, 'templates: there is no part "body"'),
    )

    @contextmanager
    def played(self) -> Iterator[Played]:
        with apprise() as (server, given):

            def busy() -> bool:
                server.next.append(Answer(429, b"slowly", {"Retry-After": "7"}))
                return False

            yield Played(
                given,
                lambda: server.requests,
                busy,
                lambda: server.next.append(Answer(403, b"not you")),
                lambda: server.next.append(Answer(hang=2.0)),
                lambda request: [request.json["title"], request.json["message"]],
                lambda request: request.json["message"].rpartition("\n")[2],
            )


BAD: list[tuple[tuple[str, ...], Any]] = [
    (("title",), ...), (("title",), ""), (("title",), "x" * 251), (("title",), "a\nb"), (("message",), ...),
    (("message",), ""), (("message",), "x" * 32_769), (("type",), "critical"), (("version",), "2"), (("more",), 1),
]  # fmt: skip


@pytest.fixture(scope="module")
def fine() -> Request:
    """One that is as it should be."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NOTIFIER_SECRET", "")
        with apprise() as (server, given):
            assert outcome_of(given) == Delivered()
            return server.requests[0]


@pytest.mark.parametrize(("path", "new"), BAD, ids=range(len(BAD)))
def test_the_played_service_refuses_what_is_not_as_documented(path: tuple[str, ...], new: Any, fine: Request):
    assert judged(fine).status == 200
    assert judged(fine._replace(body=encoded(changed(fine.json, path, new)))).status == 400
    assert judged(fine._replace(headers={})).status == 401
    assert judged(fine._replace(path="/")).status == 404


def test_what_is_new_and_what_is_over_is_told_through_the_outbox(tmp_path: Path):
    with apprise() as (server, given):
        server.next += [Answer(429, b"", {"Retry-After": "2"}), Answer(503), Answer(500)]
        steps = ("trigger", "update", "acknowledge", "trigger", "resolve")
        made = options("apprise", **given)
        messages = [message(id=f"m{n}", action=one, sequence=n) for n, one in enumerate(steps) if one in made.actions]
        assert through_outbox(tmp_path / "s", "apprise", made, messages) == (4, 0, 0)
        told = [one.json for one in server.requests[3:]]
    assert [one["type"] for one in told] == ["failure", "failure", "failure", "success"]
    assert "Acknowledged: " in told[1]["title"]
    assert "Again: " in told[2]["title"]
    assert "Resolved: " in told[3]["title"]


def test_the_level_is_the_type():
    told = [taken(message(level=level))["type"] for level in sorted(Level)]
    assert told == ["info", "info", "warning", "failure", "failure"]


ANSWERS = {400: Refused, 401: Refused, 404: Refused, 408: Retry, 425: Retry, 429: Retry, 500: Retry, 302: Retry}


@pytest.mark.parametrize(("status", "kind"), ANSWERS.items())
def test_what_apprise_was_answered_says_whether_to_try_again(status: int, kind: type):
    with apprise() as (server, given):
        server.next.append(Answer(status, b"", {"Location": "/alerts"}))
        outcome = outcome_of(given)
        assert isinstance(outcome, kind)
        assert str(status) in outcome.reason
        assert len(server.requests) == 1


def test_nothing_in_the_url_makes_a_failure_a_success_or_apprise_try_by_itself():
    with apprise("?optional=yes&retry=3&wait=0.1") as (server, given):
        server.next += [Answer(503)] * 4
        assert isinstance(outcome_of(given), Retry)
        assert len(server.requests) == 1


@pytest.mark.parametrize("url", ["nosuch://x", "json://", "x"])
def test_a_url_that_apprise_does_not_know_is_refused_and_not_shown(url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NOTIFIER_SECRET", url)
    outcome = outcome_of({"url": {"env": "NOTIFIER_SECRET"}})
    assert isinstance(outcome, Refused)
    assert "knows no service with such a URL" in outcome.reason


def test_nobody_there_is_not_now_and_no_secret_is_in_the_reason():
    with apprise() as (_, given):
        pass
    outcome = outcome_of(given)
    assert isinstance(outcome, Retry)
    assert "A Connection error occurred" in outcome.reason
    assert SECRET not in outcome.reason


def test_a_library_that_is_missing_is_said_with_how_to_get_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "apprise", None)
    with apprise() as (_, given):
        outcome = outcome_of(given)
    assert outcome == Refused('a library is missing: pip install "detect-engine[apprise]"')


@pytest.mark.parametrize("more", ["", "?format=markdown", "?format=html"])
def test_links_lead_to_the_event_the_technique_and_the_runbook(more: str):
    told = taken(message(), more)["message"]
    for address in ("console.aws.amazon.com", "attack.mitre.org/techniques/T1098/001", "runbooks.example.com/keys"):
        assert address in told
    assert ("](https://attack" in told) == ("markdown" in more)
    assert ('<a href="https://attack' in told) == ("html" in more)
    assert "thread-1" in told[-20:]


@pytest.mark.parametrize("more", ["", "?format=markdown", "?format=html"])
def test_what_is_cut_says_so_and_fits(more: str):
    long = "\U0001f525é " * 20_000
    told = taken(message(), more, templates={"text": long, "markdown": long, "html": f"<p>{long}</p>"})
    assert 29_000 < len(told["message"]) <= 32_768
    assert "(cut)" in told["message"][-60:].replace("\\", "")
    assert "…" in taken(huge(), more)["message"]


@pytest.mark.parametrize(("format", "begins"), [(None, "🟠 Access"), ("markdown", "🟠 **Access")])
def test_a_service_without_titles_gets_a_text_that_begins_with_it(format: str | None, begins: str):
    (told,) = elsewhere("mmost", "token-of-mattermost", message(), format=format)
    assert told["text"].startswith(begins)
    assert told["text"].replace("\\", "").endswith("thread-1")
    (long,) = elsewhere("mmost", "token-of-mattermost", huge(), format=format)
    assert 3_000 < len(long["text"]) <= 4_000
    assert long["text"].replace("\\", "").endswith("thread-1")
    assert "…" in long["text"]


def test_a_service_that_shows_two_lines_gets_two():
    (told,) = elsewhere("kodi", "", message())
    assert told["params"]["message"].count("\n") < 2
    assert told["params"]["message"].endswith("…")
    assert "Access key made for another user" in told["params"]["title"]


def test_nothing_is_taken_from_a_web_page_of_apprise():
    for told in (*elsewhere("mmost", "token-of-mattermost", message()), *elsewhere("kodi", "", message())):
        assert "github" not in json.dumps(told)


ODD = st.text(st.sampled_from("[]()<>*_`@#!&\\|:/aeveryonehr\r\n\u202e\x1b\U0001f525"), min_size=1, max_size=60)


@pytest.mark.parametrize("more", ["", "?format=markdown", "?format=html"])
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=ODD)
def test_any_text_of_a_log_stays_text(more: str, text: str):
    told = taken(hostile(f"@everyone <!channel> [x](y) {text}"), more)
    for seen in (told["title"], told["message"]):
        assert not {"\r", "\x1b", "\u202e"} & set(seen)
    if more == "?format=html":
        assert "<!channel" not in told["message"]
        return
    body = re.sub(r"https://x\.example\S*", "", told["message"])  # the address of a link
    if more:
        body = re.sub(r"(?<!\\)`[^`\n]*`", "", body)  # where everything is text
    for seen in (told["title"], body):
        assert not CALLS.search(seen)
        assert "[x](y)" not in seen
