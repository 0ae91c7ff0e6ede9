"""teams: what a workflow and an adaptive card take, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.alert import Delivered, Link, Message, Refused, Retry
from engine.model import Level
from engine.notifiers import encoded
from engine.notifiers.teams import _label
from tests.notifiers.chats import changed, through_outbox
from tests.notifiers.contract import NotifierContract, Played
from tests.notifiers.made import alert, destination, hostile, huge, message, options
from tests.notifiers.server import Answer, Request, Server, serving

SECRET = NotifierContract.secret
STYLES = {"default", "emphasis", "good", "attention", "warning", "accent"}


def judged(request: Request) -> Answer:
    """As a workflow does it that posts the cards of a webhook."""
    if request.path != f"/workflows/1/triggers/manual/paths/invoke?sig={SECRET}":
        return Answer(401, b'{"error":{"code":"AuthorizationFailed"}}')
    if len(request.body) > 28_000:
        return Answer(413, b"RequestEntityTooLarge")
    try:
        post = request.json
        (attachment,) = post["attachments"]
        assert post["type"] == "message"
        assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
        good_card(attachment["content"])
    except (AssertionError, KeyError, ValueError, TypeError):
        return Answer(400, b'{"error":{"code":"BadRequest"}}')
    return Answer(202, b"")


def good_card(card: Any) -> None:
    assert card["type"] == "AdaptiveCard"
    assert card["version"] in ("1.2", "1.3", "1.4")
    container, text = card["body"]
    assert container["type"] == "Container"
    assert container["style"] in STYLES
    for block in (*container["items"], text):
        assert block["type"] == "TextBlock"
        assert block["text"]
    assert "\n" not in container["items"][0]["text"]
    assert len(card["actions"]) <= 6
    for action in card["actions"]:
        assert action["type"] == "Action.OpenUrl"
        assert action["title"]
        assert action["url"].startswith("https://")


def card_of(request: Request) -> Any:
    return request.json["attachments"][0]["content"]


def texts(request: Request) -> list[str]:
    card = card_of(request)
    blocks = (*card["body"][0]["items"], card["body"][1])
    return [*(block["text"] for block in blocks), *(action["title"] for action in card["actions"])]


@contextmanager
def teams() -> Iterator[tuple[Server, dict[str, Any]]]:
    """The workflow, and the options by which it is reached."""
    with serving(judged) as server:
        os.environ["NOTIFIER_SECRET"] = f"{server.url}/workflows/1/triggers/manual/paths/invoke?sig={SECRET}"
        yield server, {"url": {"env": "NOTIFIER_SECRET"}, "allow": ["127.0.0.1"]}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFIER_SECRET", "")


def posted(given: Message) -> Request:
    with teams() as (server, given_options):
        outcome = destination("teams", options("teams", **given_options)).send(given)
        assert isinstance(outcome, Delivered), outcome
        return server.requests[-1]


class TestTeams(NotifierContract):
    kind = "teams"
    wrong = (({"url": "https://x.example/"}, "url is to be a secret"), ({"wide": "very"}, "wide"))

    @contextmanager
    def played(self) -> Iterator[Played]:
        with teams() as (server, given):

            def busy() -> bool:
                server.next.append(Answer(429, b"slowly", {"Retry-After": "7"}))
                return True

            yield Played(
                given,
                lambda: server.requests,
                busy,
                lambda: server.next.append(Answer(403, b"disabled")),
                lambda: server.next.append(Answer(hang=2.0)),
                texts,
                lambda request: card_of(request)["body"][0]["id"],
            )


CARD = ("attachments", 0, "content")
BAD = [
    *((path, ...) for path in (("type",), ("attachments",), ("attachments", 0, "contentType"), CARD, (*CARD, "body"))),
    ((*CARD, "version"), ...),
    ((*CARD, "body", 0, "items", 0, "text"), ...),
    ((*CARD, "body", 1, "text"), "x" * 28_000),
    ((*CARD, "actions", 0, "url"), "javascript:alert(1)"),
    ((*CARD, "actions"), [{"type": "Action.OpenUrl", "title": "x", "url": "https://x.example"}] * 7),
    ((*CARD, "body", 0, "style"), "red"),
]


@pytest.mark.parametrize(("path", "new"), BAD, ids=range(len(BAD)))
def test_the_played_workflow_refuses_what_the_real_one_refuses(path: Any, new: Any):
    good = posted(message())
    assert judged(good).status == 202
    assert judged(good._replace(body=encoded(changed(good.json, path, new)))).status in (400, 413)
    assert judged(good._replace(path="/workflows/1/triggers/manual/paths/invoke?sig=no")).status == 401


def test_all_arrive_through_the_outbox_once_though_the_workflow_is_busy(tmp_path: Path):
    with teams() as (server, given):
        server.next += [Answer(429, b"", {"Retry-After": "2"}), Answer(503), Answer(500)]
        messages = [message(), message(id="m2", sequence=1, action="resolve"), message(id="m3", thread="t3")]
        assert through_outbox(tmp_path / "s", "teams", options("teams", **given), messages) == (3, 0, 0)
        assert len(server.requests) == 6
        ids = [card_of(one)["body"][0]["id"] for one in server.requests]
        assert set(ids) == {"message-1", "m2", "m3"}


def test_the_colour_is_the_level_and_an_end_is_green():
    styles = [card_of(posted(message(level=level)))["body"][0]["style"] for level in sorted(Level, reverse=True)]
    assert styles == ["attention", "warning", "accent", "emphasis", "default"]
    assert card_of(posted(message(action="resolve")))["body"][0]["style"] == "good"


def test_buttons_lead_to_the_event_the_technique_and_the_runbook():
    shown = [(one["title"], one["url"]) for one in card_of(posted(message()))["actions"]]
    assert [title for title, _ in shown[:2]] == ["CloudTrail event", "ATT&CK T1098.001"]
    assert "https://runbooks.example.com/keys" in [url for _, url in shown]


def test_no_button_makes_a_message_too_long():
    made = [f"https://x.example/{number}/{'a' * 9_000}" for number in range(9)]
    request = posted(message(alert(rule=alert().rule._replace(references=tuple(made)))))
    assert 1 < len(card_of(request)["actions"]) < 6


def test_a_card_has_six_buttons_of_many_links():
    made = tuple(f"https://x.example/{number}" for number in range(12))
    assert len(card_of(posted(message(alert(rule=alert().rule._replace(references=made)))))["actions"]) == 6


def test_what_is_cut_says_so_and_fits():
    request = posted(huge())
    assert len(request.body) <= 28_000
    assert any("…" in text for text in texts(request))


@pytest.mark.parametrize(("status", "outcome"), [(429, Retry), (503, Retry), (403, Refused)])
def test_a_failure_behind_a_200_is_a_failure(status: int, outcome: type):
    with teams() as (server, given):
        server.next.append(Answer(200, f"Microsoft Teams endpoint returned HTTP error {status}".encode()))
        assert isinstance(destination("teams", options("teams", **given)).send(message()), outcome)


def test_functions_of_cards_are_text_on_buttons_too():
    assert _label(Link("{{DATE(2026-01-01,SHORT)}}", "").text) == "{\u200b{\u200bDATE(2026-01-01,SHORT)}}"


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.sampled_from("[]()<>*_`{}#@!\\|:/a\r\n\u202e\x1b\U0001f525"), min_size=1, max_size=60))
def test_any_text_of_a_log_stays_text(text: str):
    for seen in texts(posted(hostile(text))):
        assert "{{" not in seen
        assert "\r" not in seen
        assert "\x1b" not in seen
        assert "\u202e" not in seen
        assert "](http" not in seen.replace("\\](http", "")
