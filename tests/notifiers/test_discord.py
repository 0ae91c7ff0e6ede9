"""discord: what its webhooks take, and nothing else."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.alert import Delivered, Message, Retry
from engine.model import Level
from engine.notifiers import encoded
from tests.notifiers.chats import changed, through_outbox, utf16
from tests.notifiers.contract import NotifierContract, Played
from tests.notifiers.made import destination, hostile, huge, message, options
from tests.notifiers.server import Answer, Request, Server, serving

HOOK = f"/api/webhooks/42/{NotifierContract.secret}"
FIRST = 1001


class Channel:
    """Judges as Discord does, and keeps what is posted by its id."""

    def __init__(self) -> None:
        self.posts: dict[str, Any] = {}

    def __call__(self, request: Request) -> Answer:
        path, _, query = request.path.partition("?")
        if not path.startswith(HOOK):
            return Answer(401, b'{"message": "Invalid Webhook Token", "code": 50027}')
        try:
            good(request.json)
        except (AssertionError, KeyError, ValueError, TypeError):
            return Answer(400, b'{"message": "Invalid Form Body", "code": 50035}')
        id = path.removeprefix(HOOK).removeprefix("/messages/")
        if request.method == "PATCH":
            if id not in self.posts:
                return Answer(404, b'{"message": "Unknown Message", "code": 10008}')
        else:
            id = str(FIRST + len(self.posts))
        self.posts[id] = request.json
        return (
            Answer(200, json.dumps({"id": id}).encode())
            if request.method == "PATCH" or "wait=true" in query
            else Answer(204, b"")
        )


def good(post: Any) -> None:
    assert set(post) <= {"embeds", "allowed_mentions", "username"}
    (embed,) = post["embeds"]
    assert 1 <= utf16(embed["title"]) <= 256
    assert "\n" not in embed["title"]
    assert 1 <= utf16(embed["description"]) <= 4_096
    assert utf16(embed["footer"]["text"]) <= 2_048
    assert utf16(embed["title"] + embed["description"] + embed["footer"]["text"]) <= 6_000
    assert 0 <= embed["color"] <= 0xFFFFFF
    assert embed["timestamp"].endswith("Z")
    assert post["allowed_mentions"] == {"parse": []}
    assert len(post.get("username", "x")) <= 80


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFIER_SECRET", "")


@contextmanager
def discord() -> Iterator[tuple[Server, Channel, dict[str, Any]]]:
    """The server, its channel, and the options by which it is reached."""
    channel = Channel()
    with serving(channel) as server:
        os.environ["NOTIFIER_SECRET"] = server.url + HOOK
        yield server, channel, {"url": {"env": "NOTIFIER_SECRET"}, "allow": ["127.0.0.1"]}


def texts(request: Request) -> list[str]:
    (embed,) = request.json["embeds"]
    return [embed["title"], embed["description"], embed["footer"]["text"]]


def posted(given: Message, **more: Any) -> Request:
    with discord() as (server, _, given_options):
        outcome = destination("discord", options("discord", **given_options, **more)).send(given)
        assert isinstance(outcome, Delivered), outcome
        return server.requests[-1]


class TestDiscord(NotifierContract):
    kind = "discord"
    wrong = (
        ({"url": "https://x.example/"}, "url is to be a secret"),
        ({"username": "Discord Bot"}, "username: 1 to 80 characters"),
        ({"username": "x" * 81}, "username: 1 to 80 characters"),
        ({"thread_id": "12&wait=false"}, "thread_id: an id of Discord is a number"),
    )

    @contextmanager
    def played(self) -> Iterator[Played]:
        with discord() as (server, _, given):

            def busy() -> bool:
                server.next.append(Answer(429, b'{"retry_after": 7}', {"Retry-After": "7"}))
                return True

            yield Played(
                given,
                lambda: server.requests,
                busy,
                lambda: server.next.append(Answer(403, b'{"code": 50013}')),
                lambda: server.next.append(Answer(hang=2.0)),
                texts,
                lambda request: request.json["embeds"][0]["footer"]["text"],
            )


EMBED = ("embeds", 0)
BAD = [
    (("embeds",), ...),
    ((*EMBED, "title"), "x" * 257),
    ((*EMBED, "title"), "\U0001f525" * 129),
    ((*EMBED, "description"), "x" * 4_097),
    ((*EMBED, "description"), ...),
    ((*EMBED, "footer", "text"), "x" * 2_049),
    ((*EMBED, "color"), 0x1000000),
    (("allowed_mentions",), ...),
    (("username",), "x" * 81),
]


@pytest.mark.parametrize(("path", "new"), BAD, ids=range(len(BAD)))
def test_the_played_channel_refuses_what_the_real_one_refuses(path: Any, new: Any):
    fine = posted(message())
    assert Channel()(fine).status == 200
    assert Channel()(fine._replace(body=encoded(changed(fine.json, path, new)))).status == 400


def test_the_played_channel_knows_its_token_and_its_messages():
    fine = posted(message())
    assert Channel()(fine._replace(path="/api/webhooks/42/no?wait=true")).status == 401
    assert Channel()(fine._replace(method="PATCH", path=f"{HOOK}/messages/{FIRST}")).status == 404


def test_what_was_posted_is_changed_and_a_reminder_is_posted_anew(tmp_path: Path):
    with discord() as (server, channel, given):
        server.next += [Answer(429, b"", {"Retry-After": "2"}), Answer(503)]
        steps = ("trigger", "update", "acknowledge", "trigger", "resolve")
        messages = [message(id=f"m{n}", action=action, sequence=n) for n, action in enumerate(steps)]
        assert through_outbox(tmp_path / "s", "discord", options("discord", **given), messages) == (5, 0, 0)
        assert len(channel.posts) == 2
        methods = [(one.method, one.path.removeprefix(HOOK)) for one in server.requests[2:]]
    assert methods[:2] == [("POST", "?wait=true"), ("PATCH", f"/messages/{FIRST}")]
    assert methods[3][0] == "POST"
    assert methods[4][0] == "PATCH"


def test_a_message_that_somebody_deleted_is_posted_again():
    with discord() as (server, channel, given):
        send = destination("discord", options("discord", **given)).send
        assert send(message(action="resolve", sequence=1, handle="999")) == Delivered(str(FIRST))
        assert [one.method for one in server.requests] == ["PATCH", "POST"]
        assert len(channel.posts) == 1


def test_the_colour_is_the_level_and_an_end_is_green():
    colours = [posted(message(level=level)).json["embeds"][0]["color"] for level in sorted(Level)]
    assert len(set(colours)) == 5
    assert colours[-1] == 0xD92D20
    assert posted(message(action="resolve")).json["embeds"][0]["color"] == 0x12B76A


def test_a_thread_and_a_name_are_what_the_options_say():
    with discord() as (server, _, given):
        send = destination("discord", options("discord", **given, thread_id="77", username="detect")).send
        send(message(action="resolve", handle=send(message()).handle))
    assert [one.path.removeprefix(HOOK) for one in server.requests] == [
        "?wait=true&thread_id=77",
        f"/messages/{FIRST}?thread_id=77",
    ]
    assert server.requests[0].json["username"] == "detect"
    assert "username" not in server.requests[1].json


def test_an_answer_without_an_id_is_not_taken_for_success():
    with discord() as (server, _, given):
        server.next.append(Answer(200, b"<html>"))
        assert isinstance(destination("discord", options("discord", **given)).send(message()), Retry)


def test_the_text_leads_to_the_event_the_technique_and_the_runbook():
    _, text, _ = texts(posted(message()))
    for place in (
        "cloudtrailv2/home",
        "https://attack.mitre.org/techniques/T1098/001/",
        "https://runbooks.example.com/keys",
    ):
        assert f"({place}" in text or place in text


def test_what_is_cut_says_so_and_fits():
    seen = texts(posted(huge()))
    assert any("…" in text for text in seen)
    assert utf16("".join(seen)) <= 6_000


def test_emoji_count_as_discord_counts_them():
    _, text, _ = texts(posted(message(), templates={"text": "\U0001f525" * 3_000}))
    assert 4_000 < utf16(text) <= 4_096
    assert "cut" in text[-12:]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.sampled_from("[]()<>*_`@#!\\|:/aeveryonehr\r\n\u202e\x1b\U0001f525"), min_size=1, max_size=60))
def test_any_text_of_a_log_stays_text(text: str):
    for seen in texts(posted(hostile(f"@everyone {text}"))):
        assert "@everyone" not in seen.replace("//x.example/@everyone", "")  # within the address of a link
        assert not {"\r", "\x1b", "\u202e"} & set(seen)
