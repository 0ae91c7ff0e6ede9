"""google_chat: what a webhook of a space takes, and nothing else."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.alert import Delivered, Message
from engine.model import Level
from engine.notifiers import encoded
from tests.notifiers.chats import changed, through_outbox
from tests.notifiers.contract import NotifierContract, Played
from tests.notifiers.made import alert, destination, hostile, huge, message, options
from tests.notifiers.server import Answer, Request, Server, serving

SPACE = "/v1/spaces/AAAA/messages"


def query(request: Request) -> dict[str, str]:
    return {name: value for name, (value,) in parse_qs(urlsplit(request.path).query).items()}


def judged(request: Request) -> Answer:
    """As Google Chat does it."""
    asked = query(request)
    if asked.get("key") != "k+/=" or asked.get("token") != NotifierContract.secret:
        return Answer(401, b'{"error": {"status": "UNAUTHENTICATED"}}')
    try:
        assert urlsplit(request.path).path == SPACE
        assert asked["messageReplyOption"] == "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"
        assert re.fullmatch(r"[a-z0-9-]{1,63}", asked["requestId"])
        assert len(request.body) <= 32_000
        assert 1 <= len(request.json["thread"]["threadKey"]) <= 4_000
        (card,) = request.json["cardsV2"]
        assert card["cardId"]
        good_card(card["card"])
    except (AssertionError, KeyError, ValueError, TypeError):
        return Answer(400, b'{"error": {"status": "INVALID_ARGUMENT"}}')
    return Answer(200, b'{"name": "spaces/AAAA/messages/B.B"}')


def good_card(card: Any) -> None:
    assert card["header"]["title"]
    assert "\n" not in card["header"]["title"]
    (section,) = card["sections"]
    assert 1 <= len(section["widgets"]) <= 100
    for widget in section["widgets"]:
        ((kind, given),) = widget.items()
        if kind == "textParagraph":
            assert given["text"]
        else:
            assert kind == "buttonList"
            assert 1 <= len(given["buttons"]) <= 6
            for button in given["buttons"]:
                assert button["text"]
                assert button["onClick"]["openLink"]["url"].startswith("https://")


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFIER_SECRET", "")


@contextmanager
def chat() -> Iterator[tuple[Server, dict[str, Any]]]:
    """The server, and the options by which it is reached."""
    with serving(judged) as server:
        os.environ["NOTIFIER_SECRET"] = f"{server.url}{SPACE}?key=k%2B%2F%3D&token={NotifierContract.secret}"
        yield server, {"url": {"env": "NOTIFIER_SECRET"}, "allow": ["127.0.0.1"]}


def widgets(request: Request) -> list[Any]:
    found: list[Any] = request.json["cardsV2"][0]["card"]["sections"][0]["widgets"]
    return found


def buttons(request: Request) -> list[Any]:
    return [one for widget in widgets(request) for one in widget.get("buttonList", {}).get("buttons", [])]


class Page(HTMLParser):
    """Which elements a text has, and what it says beside them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)


def paragraphs(request: Request) -> list[str]:
    return [widget["textParagraph"]["text"] for widget in widgets(request) if "textParagraph" in widget]


def texts(request: Request) -> list[str]:
    title = request.json["cardsV2"][0]["card"]["header"]["title"]
    return [title, *map(unescape, paragraphs(request)), *(one["text"] for one in buttons(request))]


def posted(given: Message, **more: Any) -> Request:
    with chat() as (server, given_options):
        outcome = destination("google_chat", options("google_chat", **given_options, **more)).send(given)
        assert isinstance(outcome, Delivered), outcome
        return server.requests[-1]


class TestGoogleChat(NotifierContract):
    kind = "google_chat"
    wrong = (({"url": "https://x.example/"}, "url is to be a secret"),)

    @contextmanager
    def played(self) -> Iterator[Played]:
        with chat() as (server, given):

            def busy() -> bool:
                server.next.append(Answer(429, b'{"error": {"status": "RESOURCE_EXHAUSTED"}}', {"Retry-After": "7"}))
                return True

            yield Played(
                given,
                lambda: server.requests,
                busy,
                lambda: server.next.append(Answer(403, b'{"error": {"status": "PERMISSION_DENIED"}}')),
                lambda: server.next.append(Answer(hang=2.0)),
                texts,
                lambda request: query(request)["requestId"],
            )


CARD = ("cardsV2", 0, "card")
WIDGETS = (*CARD, "sections", 0, "widgets")
BAD = [
    (("cardsV2",), ...),
    (("thread",), ...),
    (("thread", "threadKey"), "x" * 4_001),
    (("cardsV2", 0, "cardId"), ...),
    ((*CARD, "header", "title"), ...),
    ((*WIDGETS, 1, "textParagraph", "text"), "x" * 32_000),
    ((*WIDGETS, 1, "textParagraph", "text"), ...),
    ((*WIDGETS, 2, "buttonList", "buttons", 0, "onClick"), ...),
    (WIDGETS, [{"textParagraph": {"text": "x"}}] * 101),
]


@pytest.mark.parametrize(("path", "new"), BAD, ids=range(len(BAD)))
def test_the_played_space_refuses_what_the_real_one_refuses(path: Any, new: Any):
    fine = posted(message())
    assert judged(fine).status == 200
    assert judged(fine._replace(body=encoded(changed(fine.json, path, new)))).status == 400
    assert judged(fine._replace(path=fine.path.replace("token=", "token=x"))).status == 401


def test_all_about_the_same_alerts_is_one_thread_through_the_outbox(tmp_path: Path):
    with chat() as (server, given):
        server.next += [Answer(429, b"", {"Retry-After": "2"}), Answer(503)]
        steps = ("trigger", "acknowledge", "resolve")
        messages = [message(id=f"m{n}", action=action, sequence=n) for n, action in enumerate(steps)]
        messages.append(message(id="other", thread="other"))
        assert through_outbox(tmp_path / "s", "google_chat", options("google_chat", **given), messages) == (4, 0, 0)
        kept = [(one.json["thread"]["threadKey"], query(one)["requestId"]) for one in server.requests]
    assert len(kept) == 6
    assert len({thread for thread, _ in kept}) == 2
    assert len({request for _, request in kept}) == 4, "a message that is sent again is known as the same"


def test_the_level_has_a_colour_and_an_end_is_green():
    shown = [paragraphs(posted(message(level=level)))[0] for level in sorted(Level)]
    assert len({text.partition(">")[0] for text in shown}) == 5
    assert shown[-1] == '<font color="#d92d20"><b>critical</b></font>'
    assert paragraphs(posted(message(action="resolve")))[0] == '<font color="#0a7d4b"><b>resolved</b></font>'


def test_buttons_lead_to_the_event_the_technique_and_the_runbook():
    shown = [(one["text"], one["onClick"]["openLink"]["url"]) for one in buttons(posted(message()))]
    assert [text for text, _ in shown[:2]] == ["CloudTrail event", "ATT&CK T1098.001"]
    assert "https://runbooks.example.com/keys" in [url for _, url in shown]


@pytest.mark.parametrize(("length", "least", "most"), [(1, 6, 6), (9_000, 1, 5)])
def test_there_are_six_buttons_or_as_many_as_fit(length: int, least: int, most: int):
    made = tuple(f"https://x.example/{number}/{'a' * length}" for number in range(12))
    request = posted(message(alert(rule=alert().rule._replace(references=made))))
    assert least <= len(buttons(request)) <= most


def test_what_is_cut_says_so_and_fits():
    request = posted(huge())
    assert len(request.body) <= 32_000
    assert any("…" in text for text in texts(request))
    assert len(posted(message(), templates={"text": '"' * 40_000}).body) <= 32_000


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.sampled_from("[]()<>*_`@#!\\|:/abiu&;\"'=\r\n\u202e\x1b\U0001f525"), min_size=1, max_size=60))
def test_any_text_of_a_log_stays_text(text: str):
    request = posted(hostile(f"<img src=x><users/all>{text}"))
    for seen in paragraphs(request):
        assert Page(seen).tags <= {"b", "font"}
    for seen in texts(request):
        assert not {"\r", "\x1b", "\u202e"} & set(seen)
