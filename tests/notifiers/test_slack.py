"""slack: what its Web API and its incoming webhooks take, and nothing else."""

from __future__ import annotations

import html
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.alert import Delivered, Link, Message, Outcome, Refused, Retry
from engine.model import Level
from engine.notifiers import encoded
from tests.notifiers.chats import changed, through_outbox, utf16
from tests.notifiers.contract import NotifierContract, Played
from tests.notifiers.made import alert, destination, hostile, huge, message, options
from tests.notifiers.server import Answer, Request, Server, serving

SECRET = NotifierContract.secret
HOOK = f"/services/T1/B1/{SECRET}"
CHANNEL = "C0SOC"
PARTS = {"title": "a", "text": "b"}
LINK = re.compile(r"<(https?://[^|>]+)\|([^>]*)>")


class Slack:
    """Judges as Slack does, and keeps what is posted to its only channel by time."""

    def __init__(self) -> None:
        self.posts: dict[str, Any] = {}
        self.known: dict[str, str] = {}
        self.fixed = ""

    def __call__(self, request: Request) -> Answer:
        if not request.path.startswith("/api/"):
            return self.hooked(request)
        if request.headers.get("authorization") != f"Bearer {SECRET}":
            return no("invalid_auth")
        if not request.headers.get("content-type", "").startswith("application/json"):
            return no("invalid_post_type")
        method = {"/api/chat.postMessage": self.posted, "/api/chat.update": self.updated}.get(request.path)
        return method(request.json) if method else no("unknown_method")

    def hooked(self, request: Request) -> Answer:
        if request.path != HOOK:
            return Answer(404, b"no_service")
        if error := wrong(request.json):
            return Answer(400, error.encode())
        self.posts[str(len(self.posts))] = request.json
        return Answer(200, b"ok")

    def posted(self, post: Any) -> Answer:
        if post.get("channel") not in (CHANNEL, "#soc"):
            return no("channel_not_found")
        if error := wrong(post):
            return no(error)
        if "thread_ts" in post and post["thread_ts"] not in self.posts:
            return no("thread_not_found")
        id = post["client_msg_id"]
        if id in self.known and self.known[id] not in self.posts:
            return no("duplicate_message_not_found")
        stamp = self.known.setdefault(id, f"1782907260.{len(self.known):06}")
        self.posts.setdefault(stamp, post)
        return yes(stamp)

    def updated(self, post: Any) -> Answer:
        if post.get("channel") != CHANNEL:
            return no("channel_not_found")
        if post.get("ts") not in self.posts:
            return no("message_not_found")
        if error := self.fixed or wrong(post):
            return no(error)
        self.posts[post["ts"]] = {**self.posts[post["ts"]], **post}
        return yes(post["ts"])

    def where(self, **given: Any) -> list[Any]:
        """The posts with such values."""
        return [one for one in self.posts.values() if given.items() <= {"thread_ts": None, **one}.items()]


def no(error: str) -> Answer:
    return Answer(200, json.dumps({"ok": False, "error": error}).encode())


def yes(stamp: str) -> Answer:
    return Answer(200, json.dumps({"ok": True, "channel": CHANNEL, "ts": stamp}).encode())


def wrong(post: Any) -> str:
    """The error that Slack has for a message; "" for none."""
    attached = post.get("attachments", [])
    blocks = [*post.get("blocks", []), *(block for one in attached for block in one["blocks"])]
    if not blocks and not post.get("text"):
        return "no_text"
    if utf16(post.get("text", "")) > 40_000:
        return "msg_too_long"
    try:
        for block in blocks:
            judged(block)
        ids = [block["block_id"] for block in blocks if "block_id" in block]
        assert len(set(ids)) == len(ids)
        assert len(blocks) <= 50
        assert all(re.fullmatch("#[0-9a-f]{6}", one["color"]) for one in attached)
    except (AssertionError, KeyError, TypeError):
        return "invalid_blocks"
    return "msg_blocks_too_long" if sum(utf16(text["text"]) for text in written(post)) > 13_000 else ""


def judged(block: Any) -> None:
    assert set(block) <= {"type", "block_id", "text", "fields"}
    assert len(block.get("block_id", "x")) <= 255
    if block["type"] == "header":
        assert block["text"]["type"] == "plain_text"
        assert 1 <= utf16(block["text"]["text"]) <= 150
        return
    assert block["type"] == "section"
    assert "text" in block or block["fields"]
    assert len(block.get("fields", [])) <= 10
    for text in [*block.get("fields", []), *([block["text"]] if "text" in block else [])]:
        assert text["type"] == "mrkdwn"
        assert 1 <= utf16(text["text"]) <= (3_000 if text is block.get("text") else 2_000)


def written(post: Any) -> list[Any]:
    """All text objects of a message."""
    blocks = [*post.get("blocks", []), *(block for one in post.get("attachments", []) for block in one["blocks"])]
    return [text for block in blocks for text in [*block.get("fields", []), block.get("text")] if text]


def texts(post: Any) -> list[str]:
    """What people read, also where the card is not shown."""
    marked = [post["text"], *(one["fallback"] for one in post["attachments"])]
    marked += [text["text"] for text in written(post) if text["type"] == "mrkdwn"]
    plain = [text["text"] for text in written(post) if text["type"] == "plain_text"]
    return [*plain, *(html.unescape(LINK.sub(r"\2", text)) for text in marked)]


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFIER_SECRET", "")


@contextmanager
def slack(by: str = "bot") -> Iterator[tuple[Server, Slack, dict[str, Any]]]:
    """The server, what is judged by, and the options by which it is reached."""
    played = Slack()
    with serving(played) as server:
        os.environ["NOTIFIER_SECRET"] = SECRET if by == "bot" else server.url + HOOK
        secret = {"env": "NOTIFIER_SECRET"}
        bot = {"token": secret, "channel": "#soc", "url": f"{server.url}/api"}
        yield server, played, {**(bot if by == "bot" else {"webhook": secret}), "allow": ["127.0.0.1"]}


def sent(by: str, given: Message, **more: Any) -> Request:
    with slack(by) as (server, _, given_options):
        outcome = destination("slack", options("slack", **given_options, **more)).send(given)
        assert isinstance(outcome, Delivered), outcome
        return server.requests[-1]


@cache
def ordinary(by: str) -> Request:
    return sent(by, message())


def outcomes(given_options: dict[str, Any], *messages: Message, **more: Any) -> list[Outcome]:
    """What becomes of messages that have short texts, unless they have their own."""
    made = options("slack", **given_options, **more)
    return [made.send(one._replace(parts=one.parts or PARTS)) for one in messages]


def made(given: Message) -> Any:
    """What is posted of a message as it stands, with its own parts and links."""
    with slack() as (server, _, given_options):
        assert isinstance(outcomes(given_options, given)[0], Delivered)
        return server.requests[0].json


class _Contract(NotifierContract):
    kind = "slack"
    by = ""

    @contextmanager
    def played(self) -> Iterator[Played]:
        with slack(self.by) as (server, _, given_options):
            hidden = no("not_in_channel") if self.by == "bot" else Answer(410, b"channel_is_archived")

            def busy() -> bool:
                server.next.append(Answer(429, b"rate_limited", {"Retry-After": "7"}))
                return True

            yield Played(
                given_options,
                lambda: server.requests,
                busy,
                lambda: server.next.append(hidden),
                lambda: server.next.append(Answer(hang=2.0)),
                lambda request: texts(request.json),
                lambda request: request.json["blocks"][0]["block_id"],
            )


class TestBot(_Contract):
    by = "bot"
    wrong = (
        ({"token": "xoxb-1"}, "token is to be a secret"),
        ({"webhook": {"env": "X"}}, "webhook: either the URL of a webhook, or a token and a channel"),
        ({"channel": "the channel"}, "channel: an id such as"),
        ({"url": "slack.com/api"}, "url: "),
    )


class TestHook(_Contract):
    by = "hook"
    wrong = (
        ({"webhook": "https://hooks.slack.com/services/x"}, "webhook is to be a secret"),
        ({"channel": "#soc"}, "channel: a webhook posts to the channel it was made for"),
    )


NEITHER = [{}, {"channel": "#soc"}, {"webhook": {"env": "A"}, "token": {"env": "B"}, "channel": "#soc"}]


@pytest.mark.parametrize("given_options", NEITHER, ids=range(3))
def test_it_is_either_a_webhook_or_a_bot(given_options: Any):
    with pytest.raises(ValueError, match="either the URL of a webhook, or a token and a channel"):
        options("slack", **given_options)


def test_a_bot_needs_a_channel():
    with pytest.raises(ValueError, match="an id such as C0123456789"):
        options("slack", token={"env": "A"})


HEAD, BODY = ("blocks", 0), ("attachments", 0, "blocks")
BAD: list[tuple[tuple[Any, ...], Any, str]] = [
    ((*HEAD, "text"), ..., "invalid_blocks"),
    ((*HEAD, "type"), ..., "invalid_blocks"),
    ((*HEAD, "text", "text"), "x" * 151, "invalid_blocks"),
    ((*HEAD, "text", "text"), "\U0001f525" * 76, "invalid_blocks"),
    ((*HEAD, "text", "text"), "", "invalid_blocks"),
    ((*HEAD, "block_id"), "x" * 256, "invalid_blocks"),
    ((*BODY, 0, "fields"), ..., "invalid_blocks"),
    ((*BODY, 0, "fields"), [{"type": "mrkdwn", "text": "x"}] * 11, "invalid_blocks"),
    ((*BODY, 0, "fields", 0, "text"), "x" * 2_001, "invalid_blocks"),
    ((*BODY, 1, "text", "text"), "x" * 3_001, "invalid_blocks"),
    ((*BODY, 1, "text", "type"), "markdown", "invalid_blocks"),
    (BODY, [{"type": "section", "text": {"type": "mrkdwn", "text": "x"}}] * 50, "invalid_blocks"),
    (BODY, [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3_000}}] * 5, "msg_blocks_too_long"),
    (("attachments", 0, "color"), "orange", "invalid_blocks"),
    (("text",), "x" * 40_001, "msg_too_long"),
]


@pytest.mark.parametrize(("path", "new", "error"), BAD, ids=range(len(BAD)))
def test_the_played_slack_refuses_what_the_real_one_refuses(path: Any, new: Any, error: str):
    fine, hooked = ordinary("bot"), ordinary("hook")
    assert Slack()(fine).body == yes("1782907260.000000").body
    assert Slack()(fine._replace(body=encoded(changed(fine.json, path, new)))) == no(error)
    assert Slack()(hooked) == Answer(200, b"ok")
    assert Slack()(hooked._replace(body=encoded(changed(hooked.json, path, new)))) == Answer(400, error.encode())


def test_the_played_slack_knows_its_token_its_channel_and_its_messages():
    fine = ordinary("bot")
    assert Slack()(fine._replace(headers={"authorization": "Bearer no"})) == no("invalid_auth")
    assert Slack()(fine._replace(headers={**fine.headers, "content-type": "text/plain"})) == no("invalid_post_type")
    assert Slack()(fine._replace(path="/services/T1/B1/no")) == Answer(404, b"no_service")

    def said(path: str, **more: Any) -> Answer:
        return Slack()(fine._replace(path=path, body=encoded({**fine.json, **more})))

    assert said("/api/chat.postMessage", channel="#other") == no("channel_not_found")
    assert said("/api/chat.postMessage", thread_ts="1.2") == no("thread_not_found")
    assert said("/api/chat.update", ts="1.2") == no("channel_not_found")
    assert said("/api/chat.update", ts="1.2", channel=CHANNEL) == no("message_not_found")
    assert said("/api/chat.update", channel=CHANNEL) == no("message_not_found")
    assert said("/api/chat.postMessage", blocks=[], attachments=[], text="") == no("no_text")


STEPS = ("trigger", "update", "acknowledge", "trigger", "resolve")


def test_a_card_is_changed_and_what_follows_is_its_thread(tmp_path: Path):
    with slack() as (server, played, given_options):
        server.next += [Answer(429, b"", {"Retry-After": "2"}), Answer(503), no("ratelimited")]
        messages = [message(id=f"m{n}", action=action, sequence=n) for n, action in enumerate(STEPS)]
        assert through_outbox(tmp_path / "s", "slack", options("slack", **given_options), messages) == (5, 0, 0)
        methods = [one.path.rpartition(".")[2] for one in server.requests[3:]]
    assert methods == ["postMessage", "update", "update", "postMessage", "postMessage", "update", "postMessage"]
    (card,) = played.where(thread_ts=None)
    assert "Resolved: Access key" in card["blocks"][0]["text"]["text"]
    acknowledged, again, resolved = played.where(thread_ts=card["ts"])
    assert [one["text"].split()[1] for one in (acknowledged, again, resolved)] == [
        "Acknowledged:",
        "Again:",
        "Resolved:",
    ]
    assert [one.get("reply_broadcast") for one in (acknowledged, again, resolved)] == [None, True, None]
    assert [len(one["attachments"]) for one in (acknowledged, again, resolved)] == [0, 1, 0]


def test_a_webhook_posts_all_but_updates(tmp_path: Path):
    with slack("hook") as (server, played, given_options):
        server.next += [Answer(429, b"rate_limited", {"Retry-After": "2"}), Answer(500, b"rollup_error")]
        messages = [message(id=f"m{n}", action=action, sequence=n) for n, action in enumerate(STEPS) if n != 1]
        made = options("slack", **given_options)
        assert through_outbox(tmp_path / "s", "slack", made, messages) == (4, 0, 0)
    assert "update" not in made.actions
    titles = [one["blocks"][0]["text"]["text"].split()[1] for one in played.posts.values()]
    assert titles == ["Access", "Acknowledged:", "Again:", "Resolved:"]
    assert all("channel" not in one and "thread_ts" not in one for one in played.posts.values())


def test_a_reminder_stays_in_the_thread_where_that_is_wanted():
    with slack() as (_, played, given_options):
        (first,) = outcomes(given_options, message(), broadcast=False)
        assert isinstance(first, Delivered)
        again = message(id="m2", sequence=1, handle=first.handle)
        outcomes(given_options, again, broadcast=False)
    assert [one.get("reply_broadcast") for one in played.posts.values()] == [None, None]


@pytest.mark.parametrize("action", sorted(set(STEPS)))
def test_a_card_that_somebody_deleted_is_posted_again(action: Any):
    with slack() as (server, played, given_options):
        gone = message(id="m2", action=action, sequence=1, handle=f"{CHANNEL}/1.2")
        assert outcomes(given_options, gone) == [Delivered(f"{CHANNEL}/1782907260.000000")]
        (card,) = played.where(thread_ts=None)
    assert card["attachments"]
    assert len(server.requests) == 2


@pytest.mark.parametrize("error", ["edit_window_closed", "cant_update_message"])
def test_a_card_that_cannot_be_changed_any_more_is_replied_to(error: str):
    with slack() as (_, played, given_options):
        (first,) = outcomes(given_options, message())
        assert isinstance(first, Delivered)
        played.fixed = error
        assert outcomes(given_options, message(id="m2", action="resolve", sequence=1, handle=first.handle)) == [first]
        (reply,) = [one for one in played.posts.values() if "thread_ts" in one]
    assert reply["attachments"][0]["color"] == "#12b76a"


def test_a_message_that_comes_again_is_one_post_and_a_deleted_one_stays_deleted():
    with slack() as (_, played, given_options):
        first, second = outcomes(given_options, message(), message())
        assert first == second
        assert isinstance(first, Delivered)
        end = message(id="m2", action="resolve", sequence=1, handle=first.handle)
        assert outcomes(given_options, end, end) == [first, first]
        assert len(played.posts) == 2
        played.posts.clear()
        assert outcomes(given_options, message()) == [Delivered()]
        assert played.posts == {}


def test_an_end_without_a_beginning_is_posted_and_a_handle_of_somebody_else_is_none():
    with slack() as (server, _, given_options):
        for handle in (None, "999", "C1/../x"):
            assert isinstance(outcomes(given_options, message(action="resolve", handle=handle))[0], Delivered)
    assert {one.path for one in server.requests} == {"/api/chat.postMessage"}


ERRORS: list[tuple[Answer, type[Outcome], str]] = [
    (no("ratelimited"), Retry, "ratelimited"),
    (no("internal_error"), Retry, "internal_error"),
    (no("service_unavailable"), Retry, "service_unavailable"),
    (no("not_in_channel"), Refused, 'Slack says "not_in_channel"; invite the app to the channel'),
    (no("missing_scope"), Refused, "the app needs the scope chat:write"),
    (no("invalid_auth"), Refused, "invalid_auth"),
    (
        Answer(200, b'{"ok": false, "error": "invalid_blocks", "response_metadata": {"messages": ["no: /blocks/0"]}}'),
        Refused,
        "no: /blocks/0",
    ),
    (Answer(200, b"<html>"), Retry, "is this the address of Slack?"),
    (Answer(200, b"{}"), Retry, "is this the address of Slack?"),
    (Answer(200, b"[]"), Retry, "is this the address of Slack?"),
    (Answer(200, b'{"ok": true}'), Retry, "without the channel"),
]


@pytest.mark.parametrize(("answer", "kind", "reason"), ERRORS, ids=range(len(ERRORS)))
def test_a_failure_behind_a_200_is_one(answer: Answer, kind: type[Any], reason: str):
    with slack() as (server, _, given_options):
        server.next.append(answer)
        (outcome,) = outcomes(given_options, message())
    assert isinstance(outcome, kind)
    assert reason in outcome.reason


@pytest.mark.parametrize(
    ("answer", "kind"),
    [(Answer(200, b"<html>"), Retry), (Answer(400, b"invalid_payload"), Refused), (Answer(404, b"no_team"), Refused)],
    ids=range(3),
)
def test_a_webhook_that_does_not_say_ok_has_failed(answer: Answer, kind: type[Any]):
    with slack("hook") as (server, _, given_options):
        server.next.append(answer)
        assert isinstance(outcomes(given_options, message())[0], kind)


@pytest.mark.parametrize(("by", "error"), [("bot", "msg_blocks_too_long"), ("hook", "msg_too_long")])
def test_what_slack_finds_too_long_all_the_same_is_sent_shorter(by: str, error: str):
    with slack(by) as (server, _, given_options):
        server.next.append(no(error) if by == "bot" else Answer(400, error.encode()))
        given = message(parts={"title": "a", "text": "`漢` " * 700})
        assert isinstance(outcomes(given_options, given)[0], Delivered)
        long, short = (one.json["attachments"][0]["blocks"][1]["text"]["text"] for one in server.requests)
    assert utf16(short) <= 800 < utf16(long)
    assert short.endswith("… (cut)")


def test_what_is_too_long_even_when_short_is_refused_and_not_sent_for_ever():
    with slack() as (server, _, given_options):
        server.next += [no("msg_too_long")] * 2
        assert isinstance(outcomes(given_options, message())[0], Refused)
        assert len(server.requests) == 2


def fields(post: Any) -> list[str]:
    return [one["text"] for one in post["attachments"][0]["blocks"][0]["fields"]]


def test_the_colour_is_the_level_and_an_end_is_green():
    colours = [made(message(level=level))["attachments"][0]["color"] for level in sorted(Level)]
    assert len(set(colours)) == 5
    assert colours[-1] == "#d92d20"
    over = sent("bot", message(action="resolve")).json
    assert over["attachments"][0]["color"] == "#12b76a"
    assert "*State*\nresolved" in fields(over)
    assert "*Level*\nhigh" in fields(over)


def test_the_table_has_what_is_known_of_all_alerts_and_the_group_of_one():
    long = alert(hits=40, last=alert().first + 60_000_000, group=(("user", "al`ice"), ("account", None)))
    assert fields(sent("bot", message(long)).json) == [
        "*Level*\nhigh", "*First*\n2026-07-01 12:00:00 UTC", "*Last*\n2026-07-01 12:01:00 UTC", "*Events*\n40",
        "*user*\n`alˋice`", "*account*\n–",
    ]  # fmt: skip
    assert fields(sent("bot", message(long, alert())).json)[-2:] == ["*Alerts*\n2", "*Events*\n41"]
    assert len(fields(sent("bot", message(alert(group=(("name", "&" * 900),) * 20))).json)) == 10


@pytest.mark.parametrize("by", ["bot", "hook"])
def test_links_lead_to_the_event_the_technique_and_the_runbook(by: str):
    _, text, section = sent(by, message()).json["attachments"][0]["blocks"]
    shown = LINK.findall(section["text"]["text"])
    assert "T1098" not in text["text"]["text"]
    assert [text for _, text in shown] == ["CloudTrail event", "ATT&amp;CK T1098.001", "runbooks.example.com: keys"]
    for (href, _), place in zip(
        shown, ("cloudtrailv2/home", "/techniques/T1098/001/", "example.com/keys"), strict=True
    ):
        assert place in href


def test_links_for_which_there_is_no_room_are_left_out():
    many = [Link(f"{n} " + "&" * 90, "https://x.example/" + "é" * 100) for n in range(9)]
    links = (Link("no", "javascript:x"), Link("long", "https://x.example/" + "x" * 1_000), *many)
    section = made(message(parts=PARTS, links=links))["attachments"][0]["blocks"][-1]["text"]
    assert 2_000 < utf16(section["text"]) <= 3_000
    assert LINK.sub("", section["text"]).replace(" · ", "") == ""


@pytest.mark.parametrize("by", ["bot", "hook"])
def test_nothing_becomes_a_link_a_mention_or_a_preview_by_itself(by: str):
    post = sent(by, message()).json
    assert (post["parse"], post["link_names"]) == ("none", False)
    assert (post["unfurl_links"], post["unfurl_media"]) == (False, False)
    assert {(one["type"], one.get("verbatim"), one.get("emoji")) for one in written(post)} == {
        ("mrkdwn", True, None),
        ("plain_text", None, False),
    }


def test_what_is_cut_says_so_and_emoji_count_as_two():
    assert any("…" in text for text in texts(sent("bot", huge()).json))
    post = sent("bot", message(), templates={"text": "\U0001f525" * 3_000, "title": "\U0001f525" * 300}).json
    text, title = post["attachments"][0]["blocks"][1]["text"]["text"], post["blocks"][0]["text"]["text"]
    assert 2_900 < utf16(text) <= 3_000
    assert 130 < utf16(title) <= 150
    assert text.endswith("… (cut)")


def test_templates_that_give_nothing_still_make_a_card():
    post = made(message(parts={"title": "", "text": "\n"}, links=()))
    assert post["blocks"][0]["text"]["text"] == "Alert"
    assert len(post["attachments"][0]["blocks"]) == 1


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.sampled_from("<>!@#|&;*_~`:/channelhr\r\n\u202e\x1b\U0001f525"), min_size=1, max_size=60))
def test_any_text_of_a_log_stays_text(text: str):
    post = sent("bot", hostile(f"<!channel> <@U1|x> {text}")).json
    for seen in texts(post):
        assert not {"\r", "\x1b", "\u202e"} & set(seen)
    marked = [post["text"], post["attachments"][0]["fallback"], *(one["text"] for one in written(post))]
    assert not [one for one in marked if {"<", ">"} & set(LINK.sub("", one))]
    assert all("://" not in one for one in [post["text"], post["blocks"][0]["text"]["text"]])
