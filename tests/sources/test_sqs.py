"""SQS: which objects messages tell of, when they are deleted and when not; against a real server."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import pytest

from engine import sources
from engine.errors import UsageError
from engine.model import Blob, Delivered, Problem
from engine.sources import sqs
from engine.sources._notices import Object, objects_of
from tests.sources.cloud import Cloud, cloud, news, trail, whole_cloud

__all__ = ["cloud", "whole_cloud"]

KEY = trail("1000")
CREATED = {
    "source": "aws.s3", "detail-type": "Object Created",
    "detail": {"bucket": {"name": "logs"}, "object": {"key": "a b.json", "size": 5, "etag": "e"}},
}  # fmt: skip


def wrapped(body: Any) -> dict[str, Any]:
    """What SNS makes of a message."""
    return {"Type": "Notification", "MessageId": "1", "Message": body if isinstance(body, str) else json.dumps(body)}


@pytest.mark.parametrize(
    ("body", "objects"),
    [
        (news("a b/\u00e4+.json", size=5, eTag="e"), [Object("logs", "a b/\u00e4+.json", 5, "e")]),
        (wrapped(news(KEY)), [Object("logs", KEY)]),
        (CREATED, [Object("logs", "a b.json", 5, "e")]),
        (wrapped(CREATED), [Object("logs", "a b.json", 5, "e")]),
        ({"s3Bucket": "logs", "s3ObjectKey": [KEY, "b+c"]}, [Object("logs", KEY), Object("logs", "b+c")]),
        (wrapped({"s3Bucket": "logs", "s3ObjectKey": [KEY]}), [Object("logs", KEY)]),
        ({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "logs"}, []),
        (wrapped("CloudTrail validation message."), []),
        ("CloudTrail validation message.", []),
        ({**CREATED, "detail-type": "Object Deleted"}, []),
        ({"Records": [{**news(KEY)["Records"][0], "eventName": "ObjectRemoved:Delete"}]}, []),
        ({"Records": [{"eventSource": "iam.amazonaws.com", "eventName": "CreateUser"}]}, None),
        ({"Records": []}, None),
        ({"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put"}]}, None),
        ({"s3Bucket": "logs"}, None),
        (wrapped(wrapped(wrapped(wrapped(news(KEY))))), None),
        ("no json", None),
        ("[1]", None),
        ("", None),
        ("[" * 100_000, None),
        ({"source": "aws.s3", "detail-type": "Object Created", "detail": []}, None),
    ],
)
def test_every_envelope_is_understood_and_nothing_else(body: Any, objects: list[Object] | None):
    assert objects_of(body if isinstance(body, str) else json.dumps(body)) == objects


def found(target: str) -> list[Any]:
    return list(sqs.find(target))


def blobs(target: str) -> list[Blob]:
    return [item for item in found(target) if isinstance(item, Blob)]


def said(cloud: Cloud, *keys: str) -> None:
    """Put objects, and have the queue told of them."""
    for key in keys:
        cloud.put(key, body=key.encode())
        cloud.send(news(key, size=len(key), eTag=cloud.client("s3").head_object(Bucket="logs", Key=key)["ETag"]))


@pytest.fixture
def queue(cloud: Cloud) -> str:
    cloud.bucket()
    cloud.queue()
    return cloud.sqs(wait="0s")


def test_what_messages_tell_of_is_found_and_can_be_read(cloud: Cloud, queue: str):
    said(cloud, KEY, "b.json")
    read = {blob.ref: sources.source(blob.source).open(blob).read().decode() for blob in blobs(queue)}
    assert read == {f"logs/{KEY}": KEY, "logs/b.json": "b.json"}


def test_a_message_is_deleted_only_when_all_it_told_of_is_read(cloud: Cloud, queue: str):
    cloud.put("a.json")
    cloud.put("b.json")
    cloud.send({"s3Bucket": "logs", "s3ObjectKey": ["a.json", "b.json"]})
    first, second = blobs(queue)
    assert first.receipt == second.receipt
    sources.acknowledge(queue, [first.receipt or ""])
    assert cloud.left() == 1
    sources.acknowledge(queue, [second.receipt or ""])
    assert cloud.left() == 0


def test_what_is_not_read_is_told_of_again(cloud: Cloud, queue: str):
    said(cloud, KEY)
    assert [blob.ref for blob in blobs(queue)] == [f"logs/{KEY}"]
    assert [blob.ref for blob in blobs(queue)] == [f"logs/{KEY}"]


def test_a_receipt_of_an_earlier_round_says_nothing_of_this_one(cloud: Cloud, queue: str):
    cloud.put("a.json")
    cloud.put("b.json")
    cloud.send({"s3Bucket": "logs", "s3ObjectKey": ["a.json", "b.json"]})
    [one, _] = blobs(queue)
    sources.acknowledge(queue, [one.receipt or ""])
    [_, other] = blobs(queue)
    sources.acknowledge(queue, [other.receipt or ""])
    assert cloud.left() == 1


def test_a_message_is_hidden_for_as_long_as_it_is_worked_on(cloud: Cloud, queue: str):
    said(cloud, KEY)
    [blob] = blobs(f"{queue}&visibility=1s")
    time.sleep(2.2)
    assert not cloud.client("sqs").receive_message(QueueUrl=cloud.queue()).get("Messages")
    sources.acknowledge(f"{queue}&visibility=1s", [blob.receipt or ""])
    assert cloud.left() == 0


def test_tests_and_news_of_other_things_are_deleted_at_once(cloud: Cloud, queue: str):
    cloud.send({"Event": "s3:TestEvent"})
    cloud.send("CloudTrail validation message.")
    assert blobs(queue) == []
    assert cloud.left() == 0


def test_a_message_that_tells_of_no_object_is_a_log_itself(cloud: Cloud, queue: str):
    cloud.send('{"detail": {"eventName": "CreateUser"}}')
    [blob] = blobs(queue)
    assert sources.source(blob.source).open(blob).read() == b'{"detail": {"eventName": "CreateUser"}}'
    assert blob.named
    assert cloud.left() == 1


def test_more_than_one_request_takes_is_taken_and_no_more_than_wanted(cloud: Cloud, queue: str):
    keys = [f"{number:02}.json" for number in range(25)]
    said(cloud, *keys)
    assert sorted(blob.ref for blob in blobs(queue)) == [f"logs/{key}" for key in keys]
    assert len(blobs(cloud.sqs(wait="0s", most=10))) == 0  # another reader, from whom they are hidden
    said(cloud, *keys)
    assert len(blobs(cloud.sqs(wait="0s", most=20))) == 20


def test_an_object_whose_size_is_not_said_is_asked_for(cloud: Cloud, queue: str):
    cloud.put("a.json", body=b"12345")
    cloud.send({"s3Bucket": "logs", "s3ObjectKey": ["a.json"]})
    [blob] = blobs(queue)
    assert blob.size == 5
    assert blob.content == f"logs/a.json {cloud.client('s3').head_object(Bucket='logs', Key='a.json')['ETag'][1:-1]}"


def test_the_same_object_has_the_same_content_whoever_tells_of_it(cloud: Cloud, queue: str):
    said(cloud, KEY)
    [told] = blobs(queue)
    [listed] = [item for item in sources.for_target("s3://").find(cloud.s3("logs")) if isinstance(item, Blob)]
    assert told.content == listed.content


def test_an_object_that_is_gone_is_said_and_its_message_deleted(cloud: Cloud, queue: str):
    cloud.send({"s3Bucket": "logs", "s3ObjectKey": ["a.json"]})
    assert [(item.kind, item.lost) for item in found(queue) if isinstance(item, Problem)] == [("gone", True)]
    assert cloud.left() == 0


def test_an_object_that_is_denied_is_told_of_again(cloud: Cloud, queue: str):
    cloud.put("a.json")
    cloud.send({"s3Bucket": "logs", "s3ObjectKey": ["a.json"]})
    cloud.fail("HEAD", 403, "AccessDenied")
    assert [item.kind for item in found(queue) if isinstance(item, Problem)] == ["unreadable"]
    assert cloud.left() == 1
    assert len(blobs(queue)) == 1


def test_a_queue_has_delivered_all_when_it_is_empty_and_nobody_holds_anything(cloud: Cloud, queue: str):
    before = time.time_ns() // 1_000
    [delivered] = found(queue)
    assert isinstance(delivered, Delivered)
    assert delivered.until >= before


def test_what_another_process_holds_is_not_delivered_yet(cloud: Cloud, queue: str):
    said(cloud, KEY)
    cloud.client("sqs").receive_message(QueueUrl=cloud.queue(), VisibilityTimeout=60)  # and dies
    assert found(queue) == []


def test_while_more_waits_all_is_delivered_that_came_long_before(cloud: Cloud, queue: str):
    said(cloud, *(f"{number:02}.json" for number in range(30)))
    *_, delivered = found(f"{queue}&most=10&visibility=60s")
    assert isinstance(delivered, Delivered)
    assert delivered.until <= time.time_ns() // 1_000 - 59_000_000


def test_who_watches_hears_of_messages_and_keeps_them_for_the_next_round(cloud: Cloud, queue: str):
    stop = threading.Event()
    news_of = sqs.news(queue, stop)
    for number in range(2):
        key = trail(f"100{number}")
        threading.Timer(0.2, said, [cloud, key]).start()
        next(news_of)
        [blob] = blobs(queue)
        assert blob.ref == f"logs/{key}"
        sources.acknowledge(queue, [blob.receipt or ""])
    stop.set()
    assert list(news_of) == []


def test_who_watches_a_queue_that_fails_goes_on_and_ends_when_asked(cloud: Cloud):
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    for _ in sqs.news(cloud.sqs("nowhere"), stop):
        assert stop.is_set()


def test_a_queue_that_is_throttled_is_asked_again(cloud: Cloud, queue: str):
    said(cloud, KEY)
    cloud.fail("ReceiveMessage", 400, "ThrottlingException", 2)
    assert len(blobs(queue)) == 1


def test_a_queue_is_found_by_its_whole_address_too(cloud: Cloud, queue: str):
    said(cloud, KEY)
    assert len(blobs(cloud.sqs("sqs.eu-west-1.amazonaws.com/123456789012/news", wait="0s"))) == 1


@pytest.mark.parametrize(
    ("name", "more", "words"), [("nowhere", {}, "name right"), ("news", {"wait": "x"}, "length of")]
)
def test_what_cannot_be_meant_is_refused_with_a_hint(cloud: Cloud, name: str, more: dict[str, str], words: str):
    with pytest.raises(UsageError) as refused:
        found(cloud.sqs(name, **more))
    assert words in str(refused.value)


def test_a_queue_that_denies_is_refused_with_what_it_takes(cloud: Cloud, queue: str):
    cloud.fail("ReceiveMessage", 403, "AccessDenied")
    with pytest.raises(UsageError, match="sqs:ReceiveMessage"):
        found(queue)
