"""CloudTrail in every envelope it comes in, each in its real shape."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest

from engine.model import LogSource, Reading
from tests.decoders.reading import CLOUDTRAIL, UNKNOWN, event, events, lines, read, text

THREE = events(3)


def message(record: Any) -> str:
    return json.dumps(record)


def cloudwatch(records: list[Any]) -> dict[str, Any]:
    return {
        "messageType": "DATA_MESSAGE",
        "owner": "111122223333",
        "logGroup": "trail",
        "logStream": "111122223333_CloudTrail_eu-west-1",
        "subscriptionFilters": ["all"],
        "logEvents": [
            {"id": f"{number:056}", "timestamp": 1_714_557_600_000, "message": message(record)}
            for number, record in enumerate(records)
        ],
    }


def packed(value: Any) -> str:
    return base64.b64encode(gzip.compress(text(value))).decode()


def eventbridge(record: Any) -> dict[str, Any]:
    return {
        "version": "0",
        "id": "aaaa",
        "detail-type": "AWS API Call via CloudTrail",
        "source": "aws.ec2",
        "account": "111122223333",
        "time": "2024-05-01T10:00:00Z",
        "region": "eu-west-1",
        "resources": [],
        "detail": record,
    }


def sns(inner: str) -> dict[str, Any]:
    topic = "arn:aws:sns:eu-west-1:111122223333:trail"
    return {
        "Type": "Notification",
        "MessageId": "m",
        "TopicArn": topic,
        "Message": inner,
        "Timestamp": "2024-05-01T10:00:00Z",
    }


def lookup(records: list[Any]) -> dict[str, Any]:
    answers = [
        {
            "EventId": record["eventID"],
            "EventName": record["eventName"],
            "EventTime": 1714557600.0,
            "CloudTrailEvent": message(record),
        }
        for record in records
    ]
    return {"Events": answers, "NextToken": "t"}


def hit(record: Any) -> dict[str, Any]:
    return {"_index": "trail", "_id": "1", "_score": 1.0, "_source": record}


SHAPES: dict[str, bytes] = {
    "as delivered": text({"Records": THREE}),
    "pretty": text({"Records": THREE}, indent=2),
    "several files in one": text({"Records": THREE[:2]}) + text({"Records": THREE[2:]}),
    "several files, one a line": lines([{"Records": THREE[:2]}, {"Records": THREE[2:]}]),
    "list": text(THREE),
    "list of lists": text([THREE[:1], THREE[1:]]),
    "pretty list": text(THREE, indent=4),
    "list with a record a line": b"[\n" + b",\n".join(map(text, THREE)) + b"\n]\n",
    "one a line": lines(THREE),
    "one a line, ended as on Windows": lines(THREE, b"\r\n"),
    "one a line, the last not ended": lines(THREE).rstrip(),
    "one after the other": b"".join(map(text, THREE)),
    "one after the other, pretty": b"\n".join(text(record, indent=2) for record in THREE),
    "RFC 7464": b"".join(b"\x1e" + text(record) + b"\n" for record in THREE),
    "LookupEvents": text(lookup(THREE)),
    "LookupEvents, pretty": text(lookup(THREE), indent=4),
    "LookupEvents, its events one a line": lines(lookup(THREE)["Events"]),
    "CloudWatch subscription": text(cloudwatch(THREE)),
    "CloudWatch through Firehose": text(cloudwatch(THREE[:2])) + text(cloudwatch(THREE[2:])),
    "CloudWatch to a Lambda": text({"awslogs": {"data": packed(cloudwatch(THREE))}}),
    "CloudWatch filter-log-events": text(
        {
            "events": [
                {"logStreamName": "s", "timestamp": 1, "message": message(record), "ingestionTime": 2, "eventId": "3"}
                for record in THREE
            ],
            "searchedLogStreams": [],
        }
    ),
    "EventBridge, one a line": lines(map(eventbridge, THREE)),
    "EventBridge, list": text([eventbridge(record) for record in THREE]),
    "SNS, one a line": lines(sns(message(record)) for record in THREE),
    "SNS to a Lambda": text({"Records": [{"EventSource": "aws:sns", "Sns": sns(message(record))} for record in THREE]}),
    "SQS messages": text({"Messages": [{"MessageId": "m", "Body": message(record)} for record in THREE]}),
    "SQS to a Lambda": text(
        {"Records": [{"messageId": "m", "eventSource": "aws:sqs", "body": message(record)} for record in THREE]}
    ),
    "EventBridge in SNS in SQS": text(
        {"Messages": [{"MessageId": "m", "Body": message(sns(message(eventbridge(record))))} for record in THREE]}
    ),
    "Kinesis to a Lambda": text(
        {
            "Records": [
                {
                    "eventSource": "aws:kinesis",
                    "eventName": "aws:kinesis:record",
                    "kinesis": {"data": packed(cloudwatch([record]))},
                }
                for record in THREE
            ]
        }
    ),
    "Firehose to a Lambda": text({"records": [{"recordId": "r", "data": packed(cloudwatch(THREE))}]}),
    "Elasticsearch dump": lines(map(hit, THREE)),
    "Elasticsearch answer": text(
        {"took": 1, "hits": {"total": {"value": 3}, "hits": [hit(record) for record in THREE]}}
    ),
    "stored whole by a shipper": lines({"@timestamp": "x", "aws": {"cloudtrail": record}} for record in THREE),
    "stored as text by a shipper": lines(
        {"@timestamp": "x", "event": {"original": message(record)}} for record in THREE
    ),
    "in a list of another name": text({"trail": THREE, "count": 3}),
    "with a byte order mark": b"\xef\xbb\xbf" + text({"Records": THREE}),
    "UTF-16": text({"Records": THREE}, ensure_ascii=False).decode().encode("utf-16"),
    "UTF-16 without a mark": text({"Records": THREE}).decode().encode("utf-16-be"),
    "UTF-32": lines(THREE).decode().encode("utf-32"),
    "gzip": gzip.compress(text({"Records": THREE})),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_gives_the_same_records(shape: str) -> None:
    seen = read(SHAPES[shape], named=False)
    assert seen.records == THREE
    assert seen.problems == []
    assert seen.logsources == [CLOUDTRAIL]


def test_a_single_record_is_an_event() -> None:
    assert read(text(THREE[0])).records == read(text(THREE[0], indent=2), named=False).records == THREE[:1]


def test_one_file_may_mix_wrappers() -> None:
    mixed = lines([{"Records": [event(0)]}, eventbridge(event(1)), hit(event(2)), event(3), cloudwatch([event(4)])])
    assert read(mixed).ids == [f"id-{number}" for number in range(5)]


def test_an_empty_file_of_records_is_a_log_without_events() -> None:
    assert read(text({"Records": []})) == ([], [], [])


def test_records_come_in_batches_numbered_without_a_gap() -> None:
    assert len(read(text({"Records": events(2_345)})).records) == 2_345


def test_what_the_user_calls_it_wins() -> None:
    mine = LogSource("aws", "mine")
    assert read(text({"Records": THREE}), Reading(logsource=mine)).logsources == [mine]


INSIGHT = {
    "eventVersion": "1.07",
    "eventTime": "2024-05-01T10:00:00Z",
    "awsRegion": "eu-west-1",
    "eventID": "insight",
    "eventType": "AwsCloudTrailInsight",
    "recipientAccountId": "111122223333",
    "sharedEventID": "shared",
    "insightDetails": {
        "state": "Start",
        "eventSource": "iam.amazonaws.com",
        "eventName": "CreateUser",
        "insightType": "ApiCallRateInsight",
    },
    "eventCategory": "Insight",
}


def test_insights_are_events_of_their_own_type() -> None:
    seen = read(text({"Records": [INSIGHT]}), named=False)
    assert seen.records == [INSIGHT]
    assert seen.logsources == [CLOUDTRAIL]


DIGEST: dict[str, Any] = {
    "awsAccountId": "111122223333",
    "digestStartTime": "2024-05-01T09:00:00Z",
    "digestEndTime": "2024-05-01T10:00:00Z",
    "digestS3Bucket": "trail",
    "digestS3Object": "AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2024/05/01/x.json.gz",
    "previousDigestHashValue": None,
    "logFiles": [],
}
S3_RECORD = {
    "eventVersion": "2.1",
    "eventSource": "aws:s3",
    "eventTime": "2024-05-01T10:00:00.000Z",
    "eventName": "ObjectCreated:Put",
    "s3": {"bucket": {"name": "trail"}, "object": {"key": "a.json.gz", "size": 1}},
}
NO_LOGS = {
    "digest": (DIGEST, "digest"),
    "S3 notification": ({"Records": [S3_RECORD]}, "notification"),
    "S3 notification through SNS": (sns(message({"Records": [S3_RECORD]})), "notification"),
    "S3 notification through EventBridge": (
        {
            "detail-type": "Object Created",
            "source": "aws.s3",
            "detail": {"bucket": {"name": "b"}, "object": {"key": "k"}},
        },
        "notification",
    ),
    "S3 test": ({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "trail"}, "notification"),
    "CloudTrail through SNS": (sns(message({"s3Bucket": "trail", "s3ObjectKey": ["a", "b"]})), "notification"),
    "SNS confirmation": (sns("You have chosen") | {"Type": "SubscriptionConfirmation"}, "notification"),
    "CloudWatch control message": (cloudwatch([]) | {"messageType": "CONTROL_MESSAGE"}, "notification"),
}


@pytest.mark.parametrize("name", NO_LOGS)
@pytest.mark.parametrize("named", [True, False])
def test_what_is_no_log_is_counted_and_nothing_is_lost(name: str, named: bool) -> None:
    value, kind = NO_LOGS[name]
    seen = read(text(value), named=named)
    assert seen.records == []
    assert seen.kinds == [(kind, False)]


def test_notifications_between_events_are_counted_together() -> None:
    seen = read(lines([event(0), {"Records": [S3_RECORD]}, event(1), {"Records": [S3_RECORD, S3_RECORD]}]))
    assert seen.ids == ["id-0", "id-1"]
    assert [problem.fault for problem in seen.problems] == ["3 S3 notifications"]


def test_a_wrapper_of_something_else_is_an_event_itself() -> None:
    finding = {
        "detail-type": "GuardDuty Finding",
        "source": "aws.guardduty",
        "time": "2024-05-01T10:00:00Z",
        "detail": {"id": 1},
    }
    seen = read(text(finding), named=False)
    assert seen.records == [finding]
    assert seen.logsources == [UNKNOWN]


def test_a_broken_record_inside_a_wrapper_is_reported_and_the_others_are_read() -> None:
    envelope = cloudwatch(THREE)
    envelope["logEvents"][1]["message"] = message(THREE[1])[:-40]
    seen = read(text(envelope))
    assert seen.ids == ["id-0", "id-2"]
    assert seen.kinds == [("truncated", True)]


def test_a_bomb_inside_a_wrapper_stops_at_the_limit() -> None:
    bomb = base64.b64encode(gzip.compress(bytes(10 << 20))).decode()
    seen = read(text({"awslogs": {"data": bomb}}), Reading(max_bytes=1 << 20))
    assert "too-large" in [kind for kind, _ in seen.kinds]


def test_wrappers_within_wrappers_end_somewhere() -> None:
    value: Any = event(0)
    for _ in range(50):
        value = {"detail-type": "via CloudTrail", "detail": value}
    [record] = read(text(value)).records
    assert "detail-type" in record


def test_a_format_that_is_said_makes_any_object_an_event() -> None:
    seen = read(text({"eventName": "CreateUser"}), Reading(format="cloudtrail"), named=False)
    assert seen.logsources == [CLOUDTRAIL]


def test_of_a_name_that_stands_twice_the_last_counts() -> None:
    twice = text(event(0))[:-1] + b',"eventName":"DeleteTrail"}'
    assert read(twice).records[0]["eventName"] == "DeleteTrail"


def test_a_list_of_many_records_with_something_else_among_them_is_numbered_on() -> None:
    mixed = [*events(1_500), {"Records": [S3_RECORD]}, *events(700)]
    for data in (text(mixed), text({"Records": mixed})):
        seen = read(data)
        assert len(seen.records) == 2_200
        assert seen.kinds == [("notification", False)]
