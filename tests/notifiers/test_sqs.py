"""sqs: what queues of Amazon SQS take, and nothing else."""

from __future__ import annotations

import builtins
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
from tests.notifiers.amazon import (
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
)
from tests.notifiers.chats import changed, through_outbox
from tests.notifiers.contract import NotifierContract, Played
from tests.notifiers.made import alert, destination, hostile, huge, message, options
from tests.notifiers.server import Answer, Server


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    nobody(monkeypatch)


@contextmanager
def queue(name: str = "alerts", **attributes: str) -> Iterator[tuple[Amazon, Server, dict[str, Any]]]:
    """A queue, its server, and the options by which it is reached."""
    with amazon() as (played, server, base):
        url = client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        yield played, server, {**base, "queue": url}


def texts(one: Taken) -> list[str]:
    """Every text of the body, and of the attributes."""
    return strings([json.loads(one.given["MessageBody"]), one.given["MessageAttributes"]])


class TestSqs(NotifierContract):
    kind = "sqs"
    wrong = (
        ({"queue": "alerts"}, "queue: the URL does not begin"),
        ({"queue": "https://sqs.eu-west-1.amazonaws.com/"}, "queue: the URL ends with the name"),
        ({"endpoint": "ftp://x"}, "endpoint: "),
        ({"region": "Ireland"}, 'region: "Ireland" is none'),
        ({"secret_key": "plain"}, "secret_key is to be a secret"),
        ({"profile": "x"}, "profile: there is an access_key already"),
        ({"role": "detect"}, 'role: "detect" is none'),
        ({"external_id": "x"}, "external_id and sts_endpoint are for a role"),
        ({"longest": 1_048_577}, "longest"),
        ({"timeout": "1h"}, "timeout: "),
    )

    @contextmanager
    def played(self) -> Iterator[Played]:
        with queue() as (played, server, given_options):
            yield Played(
                given_options,
                lambda: played.taken,
                lambda: busy(server),
                lambda: server.next.append(refusal(True, 403, "AccessDeniedException", "not authorized")),
                lambda: server.next.append(Answer(hang=2.0)),
                texts,
                lambda one: one.given["MessageAttributes"]["id"]["StringValue"],
            )


def test_half_a_key_is_none():
    for given_options, fault in (
        ({"access_key": {"env": "X"}}, "access_key and secret_key belong together"),
        ({"secret_key": {"env": "X"}}, "access_key and secret_key belong together"),
        ({"session_token": {"env": "X"}}, "it belongs to an access_key"),
    ):
        with pytest.raises(ValueError, match=fault):
            options("sqs", queue="https://sqs.eu-west-1.amazonaws.com/1/alerts", **given_options)


def sent(given_options: dict[str, Any], *messages: Message, **more: Any) -> list[Outcome]:
    made = destination("sqs", options("sqs", **{**given_options, **more}))
    return [made.send(one) for one in messages]


BAD: list[tuple[tuple[Any, ...], Any, str]] = [
    (("MessageBody",), ..., "MissingParameter"),
    (("MessageBody",), "", "MissingParameter"),
    (("MessageBody",), "x" * 262_144, "must be shorter than 262144 bytes"),
    (("MessageBody",), "é" * 131_072, "must be shorter than 262144 bytes"),
    (("MessageBody",), "\x00", "InvalidMessageContents"),
    (("MessageAttributes", "level", "StringValue"), "", "attribute 'level' is invalid"),
    (("MessageAttributes", "level", "StringValue"), "\x1b", "attribute 'level' is invalid"),
    (("MessageAttributes", "severity", "StringValue"), "high", "no number"),
    (("MessageAttributes", "a b"), {"DataType": "String", "StringValue": "x"}, "attribute 'a b' is invalid"),
    (("MessageAttributes",), {f"n{n}": {"DataType": "String", "StringValue": "x"} for n in range(11)}, "more than 10"),
    (("MessageGroupId",), "x", "MessageGroupId is invalid"),
]


@cache
def fine() -> dict[str, Any]:
    """What is sent, and accepted."""
    with queue() as (played, _, given_options):
        assert sent(given_options, message()) == [Delivered()]
        return played.taken[-1].given


@pytest.mark.parametrize(("path", "new", "fault"), BAD, ids=range(len(BAD)))
def test_the_played_queue_refuses_what_the_real_one_refuses(path: Any, new: Any, fault: str):
    assert judged("sqs:SendMessage", fine()) == ""
    assert fault in judged("sqs:SendMessage", changed(fine(), path, new))


def test_the_body_is_the_message_and_attributes_are_what_filters_look_at():
    with queue() as (_, _, given_options):
        assert sent(given_options, message()) == [Delivered()]
        (found,) = received(given_options["queue"])
    data = json.loads(found["Body"])
    assert (data["action"], data["thread"], data["alerts"][0]["rule"]["level"]) == ("trigger", "thread-1", "high")
    shown = {name: one["StringValue"] for name, one in found["MessageAttributes"].items()}
    assert shown == {
        "action": "trigger", "level": "high", "severity": "4", "id": "message-1", "thread": "thread-1",
        "rules": '["5c1c7f3e-0000-4000-8000-000000000001"]', "tags": '["attack.t1098.001"]',
        "logsources": '["aws/cloudtrail"]',
    }  # fmt: skip


def test_links_lead_to_the_event_the_technique_and_the_runbook():
    with queue() as (_, _, given_options):
        sent(given_options, message())
        shown = received(given_options["queue"])[0]["Body"]
    for address in ("console.aws.amazon.com", "attack.mitre.org/techniques/T1098/001", "runbooks.example.com/keys"):
        assert address in shown


def test_every_action_arrives_in_its_order_through_the_outbox(tmp_path: Path):
    steps = ("trigger", "update", "acknowledge", "trigger", "resolve")
    with queue("alerts.fifo", FifoQueue="true") as (_, server, given_options):
        busy(server)
        server.next += [Answer(503, b"<html>"), refusal(True, 500, "InternalFailure", ""), Answer(429, b"")]
        messages = [message(id=f"m{n}", action=action, sequence=n) for n, action in enumerate(steps)]
        assert through_outbox(tmp_path / "s", "sqs", options("sqs", **given_options), messages) == (5, 0, 0)
        found = received(given_options["queue"])
    assert [json.loads(one["Body"])["action"] for one in found] == list(steps)


def test_a_fifo_queue_takes_a_repeat_once_and_threads_are_its_groups():
    with queue("alerts.fifo", FifoQueue="true") as (played, _, given_options):
        other = message(id="m2", thread="über\n" * 200)
        assert sent(given_options, message(), message(), message(id="m1"), other) == [Delivered()] * 4
        assert len(received(given_options["queue"])) == 3
    groups = [one.given["MessageGroupId"] for one in played.taken]
    assert groups[0] == groups[1] == groups[2] != groups[3]


def test_a_queue_that_takes_less_than_others_gets_less(tmp_path: Path):
    with queue() as (played, server, given_options):
        for longest in (40_000, 1_024):
            played.longest = longest
            assert sent(given_options, huge()) == [Delivered()]
            given_body = played.taken[-1].given["MessageBody"]
            assert utf8(given_body) < longest
            data = json.loads(given_body)
            assert (data["thread"], data["action"]) == ("thread-1", "trigger")
            assert "…" in given_body
        assert len(server.requests) == 4


def test_body_and_attributes_have_room_together_whatever_their_length():
    with queue() as (played, server, given_options):
        played.longest = 6_000
        messages = list(growing(6_000))
        assert set(sent(given_options, *messages, longest=6_000)) == {Delivered()}
        assert len(server.requests) == len(messages)
    sizes = [utf8(one.given["MessageBody"]) for one in played.taken]
    assert 4_500 < max(sizes) < 6_000
    long = [alert(rule=alert().rule._replace(tags=(f"{n:03}" + "é" * 90,))) for n in range(60)]
    with queue() as (played, _, given_options):
        played.longest = 3_000
        assert sent(given_options, message(*long), longest=3_000) == [Delivered()]
    assert played.taken[0].given.get("MessageAttributes", {}) == {}


def test_a_mebibyte_is_used_where_it_is_allowed():
    with queue() as (played, _, given_options):
        played.longest = 1_048_576
        assert sent(given_options, huge(), longest=1_048_576) == [Delivered()]
        assert 262_144 < utf8(played.taken[-1].given["MessageBody"]) <= 1_048_576


def test_what_is_no_key_of_ours_is_refused_and_no_boto3_tries_again(monkeypatch: pytest.MonkeyPatch):
    with queue() as (_, server, given_options):
        made = destination("sqs", options("sqs", **given_options))
        monkeypatch.setenv("NOTIFIER_SECRET", "wrong-wrong-wrong")
        outcome = made.send(message())
        assert isinstance(outcome, Refused)
        assert "SignatureDoesNotMatch" in outcome.reason
        monkeypatch.setenv("NOTIFIER_SECRET", NotifierContract.secret)
        assert made.send(message()) == Delivered()  # the new secret, without a new start
        monkeypatch.setenv("NOTIFIER_KEY", "AKIANOBODY")
        assert isinstance(made.send(message()), Refused)
        assert len(server.requests) == 3


FAULTS = [
    (400, "ThrottlingException", Retry), (400, "RequestThrottled", Retry), (400, "KmsThrottled", Retry),
    (403, "ExpiredToken", Retry), (400, "OverLimit", Retry), (500, "InternalError", Retry),
    (503, "ServiceUnavailable", Retry), (400, "QueueDoesNotExist", Refused), (403, "AccessDenied", Refused),
    (400, "KmsAccessDenied", Refused), (400, "UnsupportedOperation", Refused),
]  # fmt: skip


@pytest.mark.parametrize(("status", "code", "expected"), FAULTS, ids=[f"{code}" for _, code, _ in FAULTS])
def test_a_fault_is_told_apart_by_its_code(status: int, code: str, expected: type[Outcome]):
    with queue() as (_, server, given_options):
        server.next.append(refusal(True, status, code, "because"))
        (outcome,) = sent(given_options, message())
        assert isinstance(outcome, expected)
        assert f"{code}: because" in outcome.reason
        assert len(server.requests) == 1


def test_a_role_is_assumed_once_and_sends():
    with queue() as (played, server, given_options):
        role = {"role": "arn:aws:iam::123456789012:role/detect", "external_id": "e-17", "sts_endpoint": server.url}
        outcomes = sent(given_options, message(), message(id="m2"), **role)
        assert outcomes == [Delivered()] * 2
    asked = [one.body for one in server.requests if b"AssumeRole" in one.body]
    assert len(asked) == 1
    assert b"ExternalId=e-17" in asked[0]
    assert len(played.keys) == 2
    assert all("x-amz-security-token" in one.headers for one in server.requests[1:])


def test_a_role_that_is_denied_is_refused_and_one_that_is_throttled_is_not():
    with queue() as (_, server, given_options):
        role = {"role": "arn:aws:iam::123456789012:role/detect", "sts_endpoint": server.url}
        server.next += [refusal(False, 403, "AccessDenied", "no"), refusal(False, 400, "Throttling", "slowly")]
        first, second, third = sent(given_options, message(), message(), message(), **role)
    assert isinstance(first, Refused)
    assert isinstance(second, Retry)
    assert third == Delivered()


def test_an_address_inside_is_not_asked_unless_it_is_allowed():
    with queue() as (_, server, given_options):
        (outcome,) = sent(given_options, message(), allow=[])
        assert isinstance(outcome, Refused)
        assert "the machine itself" in outcome.reason
        role = {"role": "arn:aws:iam::123456789012:role/detect", "sts_endpoint": "http://169.254.169.254"}
        (outcome,) = sent(given_options, message(), **role)
        assert isinstance(outcome, Refused)
        assert "credentials" in outcome.reason
        assert server.requests == []


def test_nobody_to_send_as_and_nobody_to_send_to_are_not_now():
    with queue() as (_, server, given_options):
        without = {name: one for name, one in given_options.items() if not name.endswith("_key")}
        (outcome,) = sent(without, message())
        assert isinstance(outcome, Retry)
        assert "there are no AWS credentials" in outcome.reason
        url = server.url
    (outcome,) = sent({**given_options, "endpoint": url}, message())
    assert isinstance(outcome, Retry)
    assert "cannot be reached" in outcome.reason


def test_the_region_is_in_the_url_or_said():
    made: Any = options("sqs", queue="https://sqs.us-gov-west-1.amazonaws.com/123456789012/alerts")
    assert made.place == "us-gov-west-1"
    inside = "https://vpce-0a1-b2.sqs.eu-west-2.vpce.amazonaws.com/123456789012/alerts"
    assert options("sqs", queue=inside).place == "eu-west-2"  # type: ignore[attr-defined]
    (outcome,) = sent({"queue": "https://queues.example.com/1/alerts"}, message())
    assert isinstance(outcome, Refused)
    assert "region" in outcome.reason


def test_without_boto3_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    real = builtins.__import__

    def without(name: str, *more: Any, **others: Any) -> Any:
        if name.startswith(("boto", "moto")):
            raise ImportError(name)
        return real(name, *more, **others)

    monkeypatch.setattr(builtins, "__import__", without)
    outcome = options("sqs", queue="https://sqs.eu-west-1.amazonaws.com/1/alerts").send(message())
    assert outcome == Refused('a library is missing: pip install "detect-engine[aws]"')


def test_many_alerts_give_each_rule_and_tag_once():
    heads = [alert().rule._replace(id=None, key=f"rule-{n % 60}", tags=("attack.t1098.001",)) for n in range(90)]
    with queue() as (played, _, given_options):
        sent(given_options, message(*(alert(id=f"a{n}", rule=head) for n, head in enumerate(heads))))
    shown = played.taken[0].given["MessageAttributes"]
    assert json.loads(shown["rules"]["StringValue"]) == [f"rule-{n}" for n in range(40)]
    assert json.loads(shown["tags"]["StringValue"]) == ["attack.t1098.001"]


def test_any_text_of_a_log_is_data():
    with queue() as (played, _, given_options):
        send = destination("sqs", options("sqs", **given_options)).send

        @settings(max_examples=30, deadline=None)
        @given(st.text(min_size=1, max_size=60) | st.text(st.sampled_from('\x00\x1b\u202e\ud800\ufffe\r\n"\\{}')))
        def holds(text: str) -> None:
            assert send(hostile(text)._replace(thread=text, id=text or "x")) == Delivered()
            assert all(seen.isprintable() for seen in texts(played.taken[-1]))

        holds()
