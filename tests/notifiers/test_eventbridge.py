"""eventbridge: what buses of Amazon EventBridge take, and nothing else."""

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

BUS = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/security"


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    nobody(monkeypatch)


@contextmanager
def bus() -> Iterator[tuple[Amazon, Server, dict[str, Any]]]:
    """A bus, its server, and the options by which it is reached."""
    with amazon() as (played, server, base):
        client("events").create_event_bus(Name="security")
        yield played, server, {**base, "bus": BUS}


def detail(one: Taken) -> Any:
    return json.loads(one.given["Entries"][0]["Detail"])


class TestEventBridge(NotifierContract):
    kind = "eventbridge"
    wrong = (
        ({"bus": "a b"}, 'bus: "a b" is no name'),
        ({"bus": "arn:aws:sns:eu-west-1:123456789012:alerts"}, "bus: "),
        ({"source": "aws.detect"}, "source: "),
        ({"source": "x" * 257}, "source: "),
        ({"secret_key": "plain"}, "secret_key is to be a secret"),
    )

    @contextmanager
    def played(self) -> Iterator[Played]:
        with bus() as (played, server, given_options):
            yield Played(
                given_options,
                lambda: played.taken,
                lambda: busy(server),
                lambda: server.next.append(refusal(True, 400, "AccessDeniedException", "not authorized")),
                lambda: server.next.append(Answer(hang=2.0)),
                lambda one: strings(detail(one)),
                lambda one: detail(one)["id"],
            )


def sent(given_options: dict[str, Any], *messages: Message, **more: Any) -> list[Outcome]:
    made = destination("eventbridge", options("eventbridge", **{**given_options, **more}))
    return [made.send(one) for one in messages]


ENTRY = ("Entries", 0)
BAD: list[tuple[tuple[Any, ...], Any, str]] = [
    (("Entries",), [], "1 to 10 entries"),
    ((*ENTRY, "Source"), ..., "InvalidArgument"),
    ((*ENTRY, "Source"), "aws.ec2", "Source or DetailType is not valid"),
    ((*ENTRY, "DetailType"), ..., "InvalidArgument"),
    ((*ENTRY, "DetailType"), "x" * 129, "Source or DetailType is not valid"),
    ((*ENTRY, "Detail"), ..., "InvalidArgument"),
    ((*ENTRY, "Detail"), "[]", "MalformedDetail"),
    ((*ENTRY, "Detail"), json.dumps({"x": "x" * 262_144}), "over the limit"),
    ((*ENTRY, "Detail"), json.dumps({"x": "é" * 131_072}, ensure_ascii=False), "over the limit"),
    ((*ENTRY, "Time"), 5e9, "Time"),
]


@cache
def fine() -> dict[str, Any]:
    """What is sent, and accepted."""
    with bus() as (played, _, given_options):
        assert sent(given_options, message()) == [Delivered()]
        return played.taken[-1].given


@pytest.mark.parametrize(("path", "new", "fault"), BAD, ids=range(len(BAD)))
def test_the_played_bus_refuses_what_the_real_one_refuses(path: Any, new: Any, fault: str):
    assert judged("events:PutEvents", fine()) == ""
    assert fault in judged("events:PutEvents", changed(fine(), path, new))


def test_a_rule_on_the_bus_finds_events_by_what_the_message_says():
    pattern = {
        "source": ["detect"], "detail-type": ["Alert Triggered"],
        "detail": {"severity": [{"numeric": [">=", 4]}], "tags": ["attack.t1098.001"], "action": ["trigger"]},
    }  # fmt: skip
    with bus() as (_, _, given_options):
        queue = client("sqs").create_queue(QueueName="found")["QueueUrl"]
        client("events").put_rule(Name="r", EventBusName="security", EventPattern=json.dumps(pattern))
        target = {"Id": "1", "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:found"}
        client("events").put_targets(Rule="r", EventBusName="security", Targets=[target])
        low = message(alert(level=Level.low), id="m3")
        sent(given_options, message(), message(id="m2", action="resolve", sequence=1), low)
        (found,) = received(queue)
    event = json.loads(found["Body"])
    assert (event["source"], event["detail-type"], event["detail"]["id"]) == (
        "detect", "Alert Triggered", "message-1",
    )  # fmt: skip
    assert event["time"].startswith("2026-07-01T")


def test_every_action_is_an_event_of_its_type_through_the_outbox(tmp_path: Path):
    steps = ("trigger", "update", "acknowledge", "resolve")
    with bus() as (played, server, given_options):
        busy(server)
        server.next += [Answer(503, b"<html>"), part_of_it("InternalFailure")]
        messages = [message(id=f"m{n}", action=action, sequence=n) for n, action in enumerate(steps)]
        assert through_outbox(tmp_path / "s", "eventbridge", options("eventbridge", **given_options), messages) == (
            4, 0, 0,
        )  # fmt: skip
    kinds = [one.given["Entries"][0]["DetailType"] for one in played.taken]
    assert kinds == ["Alert Triggered", "Alert Updated", "Alert Acknowledged", "Alert Resolved"]
    assert [detail(one)["action"] for one in played.taken] == list(steps)


def part_of_it(code: str) -> Answer:
    """Success, but of no event."""
    said = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": code, "ErrorMessage": "because"}]}
    return Answer(200, json.dumps(said).encode(), {"Content-Type": "application/x-amz-json-1.1"})


@pytest.mark.parametrize(
    ("code", "expected"),
    [("ThrottlingException", Retry), ("InternalFailure", Retry), ("InternalException", Retry),
     ("MalformedDetail", Refused), ("NotAuthorizedForSourceException", Refused)],
)  # fmt: skip
def test_an_answer_of_success_may_hold_a_failure(code: str, expected: type[Outcome]):
    with bus() as (_, server, given_options):
        server.next.append(part_of_it(code))
        outcome, again = sent(given_options, message(), message())
    assert isinstance(outcome, expected)
    assert f"{code}: because" in outcome.reason
    assert again == Delivered()


def test_an_answer_without_the_id_of_the_event_is_not_taken_for_success():
    with bus() as (_, server, given_options):
        server.next.append(Answer(200, b"{}"))
        (outcome,) = sent(given_options, message())
    assert isinstance(outcome, Retry)


def test_links_lead_to_the_event_the_technique_and_the_runbook():
    with bus() as (played, _, given_options):
        sent(given_options, message())
    shown = played.taken[0].given["Entries"][0]["Detail"]
    for address in ("console.aws.amazon.com", "attack.mitre.org/techniques/T1098/001", "runbooks.example.com/keys"):
        assert address in shown


def test_what_is_cut_says_so_and_what_it_is_about_stays():
    with bus() as (played, _, given_options):
        assert sent(given_options, huge(), source="s" * 256) == [Delivered()]
    shown = played.taken[0].given["Entries"][0]["Detail"]
    assert 100_000 < utf8(shown) < 262_144 - 256
    assert "…" in shown
    assert (detail(played.taken[0])["id"], detail(played.taken[0])["level"]) == ("message-1", "high")


def test_an_entry_has_room_whatever_its_length():
    with bus() as (played, _, given_options):
        played.longest = 6_000
        assert set(sent(given_options, *growing(6_000), longest=6_000, source="s" * 256)) == {Delivered()}
    assert 4_500 < max(utf8(one.given["Entries"][0]["Detail"]) for one in played.taken) < 6_000


def test_the_region_is_in_the_arn_or_said():
    named: Any = options("eventbridge", bus=BUS.replace(REGION, "cn-north-1"))
    assert named.place == "cn-north-1"
    assert options("eventbridge", bus="security", region="eu-west-2").place == "eu-west-2"  # type: ignore[attr-defined]
    (outcome,) = sent({}, message())
    assert isinstance(outcome, Refused)
    assert "region" in outcome.reason


def test_a_wrong_key_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NOTIFIER_SECRET", "wrong-wrong-wrong")
    with bus() as (_, _, given_options):
        (outcome,) = sent(given_options, message())
    assert isinstance(outcome, Refused)
    assert "SignatureDoesNotMatch" in outcome.reason


def test_any_text_of_a_log_is_data():
    with bus() as (played, _, given_options):
        send = destination("eventbridge", options("eventbridge", **given_options)).send

        @settings(max_examples=30, deadline=None)
        @given(st.text(min_size=1, max_size=60) | st.text(st.sampled_from('\x00\x1b\u202e\ud800\ufffe\r\n"\\{}<>')))
        def holds(text: str) -> None:
            assert send(hostile(text)._replace(thread=text, id=text or "x")) == Delivered()
            assert all(seen.isprintable() for seen in strings(detail(played.taken[-1])))

        holds()
