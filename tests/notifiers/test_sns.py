"""sns: what topics of Amazon SNS take, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.alert import Delivered, Message, Outcome, Refused, Retry
from engine.model import Level
from tests.notifiers.amazon import (
    ACCOUNT,
    REGION,
    Amazon,
    Taken,
    amazon,
    busy,
    client,
    growing,
    judged,
    nobody,
    received,
    refusal,
    strings,
    utf8,
)  # fmt: skip
from tests.notifiers.chats import changed, through_outbox
from tests.notifiers.contract import NotifierContract, Played
from tests.notifiers.made import alert, destination, hostile, huge, message, options
from tests.notifiers.server import Answer, Server


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    nobody(monkeypatch)


@contextmanager
def topic(name: str = "alerts", **attributes: str) -> Iterator[tuple[Amazon, Server, dict[str, Any]]]:
    """A topic, its server, and the options by which it is reached."""
    with amazon() as (played, server, base):
        arn = client("sns").create_topic(Name=name, Attributes=attributes)["TopicArn"]
        yield played, server, {**base, "topic": arn}


def subscribed(arn: str, name: str, **attributes: str) -> str:
    """A queue that gets what is published."""
    queue = client("sqs").create_queue(
        QueueName=name, Attributes={"FifoQueue": "true"} if name.endswith(".fifo") else {}
    )
    client("sns").subscribe(
        TopicArn=arn, Protocol="sqs", Endpoint=f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}", Attributes=attributes
    )
    return str(queue["QueueUrl"])


def texts(one: Taken) -> list[str]:
    """What people read: subject, text, and attributes."""
    said = one.given["Message"]
    parts = json.loads(said) if one.given.get("MessageStructure") else {"default": said}
    data = [json.loads(text) if text.startswith("{") else text for text in parts.values()]
    return [one.given["Subject"], *strings([data, one.given["MessageAttributes"]])]


class _Contract(NotifierContract):
    kind = "sns"
    format = ""
    wrong = (
        ({"topic": "alerts"}, 'topic: "alerts" is none'),
        ({"topic": "arn:aws:sqs:eu-west-1:123456789012:alerts"}, "topic: "),
        ({"topic": f"arn:aws:sns:eu-west-1:123456789012:{'x' * 252}.fifo"}, "topic: "),
        ({"format": "xml"}, "format"),
        ({"secret_key": "plain"}, "secret_key is to be a secret"),
    )

    @contextmanager
    def played(self) -> Iterator[Played]:
        with topic() as (played, server, given_options):
            yield Played(
                {**given_options, "format": self.format},
                lambda: played.taken,
                lambda: busy(server, False),
                lambda: server.next.append(refusal(False, 403, "AuthorizationError", "not authorized")),
                lambda: server.next.append(Answer(hang=2.0)),
                texts,
                lambda one: one.given["MessageAttributes"]["id"]["StringValue"],
            )


class TestText(_Contract):
    format = "text"


class TestMixed(_Contract):
    format = "mixed"


def sent(given_options: dict[str, Any], *messages: Message, **more: Any) -> list[Outcome]:
    made = destination("sns", options("sns", **{**given_options, **more}))
    return [made.send(one) for one in messages]


def subject(given_message: Message, template: str = "{{ title }}") -> str:
    with topic() as (played, _, given_options):
        assert sent(given_options, given_message, templates={"title": template}) == [Delivered()]
    return str(played.taken[0].given["Subject"])


ATTRIBUTE = {"DataType": "String", "StringValue": "x"}
BAD: list[tuple[tuple[Any, ...], Any, str]] = [
    (("TopicArn",), ..., "InvalidParameter"),
    (("Message",), ..., "Empty message"),
    (("Message",), "x" * 262_144, "Message too long"),
    (("Message",), "é" * 131_072, "Message too long"),
    (("Message",), "\x1b", "Invalid parameter: Message"),
    (("Subject",), "x" * 100, "Invalid parameter: Subject"),
    (("Subject",), "a\nb", "Invalid parameter: Subject"),
    (("Subject",), "Ä", "Invalid parameter: Subject"),
    (("Subject",), " x", "Invalid parameter: Subject"),
    (("MessageStructure",), "json", "Expecting value"),
    (("MessageGroupId",), "x", "MessageGroupId is invalid"),
    (("MessageAttributes", "level", "StringValue"), "", "'level' is invalid"),
    (("MessageAttributes", "tags", "StringValue"), "x", "Expecting value"),
    (("MessageAttributes",), {f"n{n}": ATTRIBUTE for n in range(11)}, "more than 10"),
]


@cache
def fine() -> dict[str, Any]:
    """What is sent, and accepted."""
    with topic() as (played, _, given_options):
        assert sent(given_options, message()) == [Delivered()]
        return played.taken[-1].given


@pytest.mark.parametrize(("path", "new", "fault"), BAD, ids=range(len(BAD)))
def test_the_played_topic_refuses_what_the_real_one_refuses(path: Any, new: Any, fault: str):
    assert judged("sns:Publish", fine()) == ""
    assert fault in judged("sns:Publish", changed(fine(), path, new))


def test_who_subscribed_gets_what_the_filter_policy_lets_through():
    policy = {"severity": [{"numeric": [">=", 4]}], "tags": ["attack.t1098.001"], "action": ["trigger"]}
    with topic() as (_, _, given_options):
        every = subscribed(given_options["topic"], "every")
        some = subscribed(given_options["topic"], "some", FilterPolicy=json.dumps(policy))
        low = alert(level=Level.low)
        end = message(id="m3", action="resolve", sequence=1)
        assert sent(given_options, message(), message(low, id="m2"), end) == [Delivered()] * 3
        assert len(received(every)) == 3
        (found,) = received(some)
    said = json.loads(found["Body"])
    assert said["Subject"] == "Access key made for another user - user/alice@123456789012"
    assert "Access key made for another user" in said["Message"]
    for address in ("console.aws.amazon.com", "attack.mitre.org/techniques/T1098/001", "runbooks.example.com/keys"):
        assert address in said["Message"]


def test_every_message_arrives_in_its_order_through_the_outbox(tmp_path: Path):
    steps = ("trigger", "acknowledge", "trigger", "resolve")
    with topic("alerts.fifo", FifoTopic="true") as (played, server, given_options):
        queue = subscribed(given_options["topic"], "all.fifo", RawMessageDelivery="true")
        busy(server, False)
        server.next += [Answer(503, b"<html>"), refusal(False, 500, "InternalError", ""), Answer(429, b"")]
        messages = [message(id=f"m{n}", action=action, sequence=n) for n, action in enumerate(steps)]
        made = options("sns", **given_options, format="json")
        assert through_outbox(tmp_path / "s", "sns", made, messages) == (4, 0, 0)
        assert [json.loads(one["Body"])["action"] for one in received(queue)] == list(steps)
    assert len({one.given["MessageGroupId"] for one in played.taken}) == 1
    assert len({one.given["MessageDeduplicationId"] for one in played.taken}) == 4


def test_a_fifo_topic_gets_a_repeat_under_the_same_id():
    with topic("alerts.fifo", FifoTopic="true") as (played, _, given_options):
        assert sent(given_options, message(), message(), message(id="ü\n" * 99)) == [Delivered()] * 3
    assert len({one.given["MessageDeduplicationId"] for one in played.taken}) == 2


def test_updates_are_sent_where_they_are_wanted():
    arn = f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts"
    assert "update" not in options("sns", topic=arn).actions
    assert "update" in options("sns", topic=arn, updates=True).actions


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("\U0001f7e0 Key made – user/alice", "Key made - user/alice"),
        ("Schlüssel für Zoë", "Schlussel fur Zoe"),
        ("警报 for root", "?? for root"),
        ("警报", "Alert, high"),
        ("\U0001f7e0", "Alert, high"),
        ("x" * 250, "x" * 96 + "..."),
        ("x" * 99, "x" * 99),
    ],
)
def test_a_subject_is_ascii_and_short(title: str, shown: str):
    assert subject(message(), title) == shown


def test_mixed_gives_people_text_and_programs_data():
    with topic() as (played, _, given_options):
        queue = subscribed(given_options["topic"], "data", RawMessageDelivery="true")
        sent(given_options, message(), format="mixed")
        (found,) = received(queue)
    parts = json.loads(played.taken[0].given["Message"])
    assert set(parts) == {"default", "email", "sms"}
    assert parts["email"].startswith("\U0001f7e0 Access key made for another user")
    assert len(parts["sms"].encode()) <= 140
    assert json.loads(parts["default"])["thread"] == "thread-1"
    assert json.loads(found["Body"])["kind"] == "notification"


@pytest.mark.parametrize("format", ["text", "json", "mixed"])
@pytest.mark.parametrize("longest", [1_024, 262_144])
def test_nothing_fails_for_its_size_and_what_is_cut_says_so(format: str, longest: int):
    with topic() as (played, _, given_options):
        played.longest = longest
        assert sent(given_options, huge(), format=format, longest=longest) == [Delivered()]
    said = played.taken[0].given["Message"]
    assert "…" in said
    assert (250 if longest == 1_024 else 15_000) < utf8(said) < longest


@pytest.mark.parametrize("format", ["json", "mixed"])
def test_message_and_attributes_have_room_together_whatever_their_length(format: str):
    with topic() as (played, _, given_options):
        played.longest = 6_000
        assert set(sent(given_options, *growing(6_000), format=format, longest=6_000)) == {Delivered()}
    assert 4_000 < max(utf8(one.given["Message"]) for one in played.taken) < 6_000


def test_a_wrong_key_is_refused_and_a_busy_topic_is_not(monkeypatch: pytest.MonkeyPatch):
    with topic() as (_, server, given_options):
        server.next += [refusal(False, 400, "Throttled", "x"), refusal(False, 404, "NotFound", "Topic does not exist")]
        first, second = sent(given_options, message(), message())
        monkeypatch.setenv("NOTIFIER_SECRET", "wrong-wrong-wrong")
        (third,) = sent(given_options, message())
    assert isinstance(first, Retry)
    assert isinstance(second, Refused)
    assert isinstance(third, Refused)
    assert "SignatureDoesNotMatch" in third.reason


def test_the_region_is_that_of_the_topic():
    made: Any = options("sns", topic="arn:aws-cn:sns:cn-north-1:123456789012:alerts")
    assert made.place == "cn-north-1"


@pytest.mark.parametrize("format", ["text", "mixed"])
def test_any_text_of_a_log_stays_text(format: str):
    with topic() as (played, _, given_options):
        send = destination("sns", options("sns", **given_options, format=format)).send

        @settings(max_examples=30, deadline=None)
        @given(st.text(min_size=1, max_size=60) | st.text(st.sampled_from('\x00\x1b\u202e\ud800\ufffe\r\n"\\{}://')))
        def holds(text: str) -> None:
            assert send(hostile(text)._replace(thread=text, id=text or "x")) == Delivered()
            for seen in texts(played.taken[-1]):
                assert [one for one in seen if not one.isprintable() and one not in "\n\u200b"] == []

        holds()
