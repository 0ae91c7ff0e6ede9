"""Which objects a message tells of, in every envelope that AWS puts around the news of an object.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/configure-sns-notifications-for-cloudtrail.html
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

__all__ = ["Object", "objects_of"]

_VALIDATION = "CloudTrail validation message"
_DEEPEST = 3


class Object(NamedTuple):
    """An object that was written; size and etag are None where the message does not say them."""

    bucket: str
    key: str
    size: int | None = None
    etag: str | None = None


def objects_of(body: str) -> list[Object] | None:
    """The objects that a message tells of: none where it is only a test, or of something else; None: it is no such
    message."""
    return _objects(body, 0)


def _objects(body: Any, depth: int) -> list[Object] | None:
    if isinstance(body, str):
        if body.startswith(_VALIDATION):
            return []
        try:
            body = json.loads(body)
        except (ValueError, RecursionError):
            return None
    if not isinstance(body, dict) or depth > _DEEPEST:
        return None
    if body.get("Type") == "Notification" and isinstance(body.get("Message"), str):
        return _objects(body["Message"], depth + 1)
    try:
        return _told(body)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _told(body: dict[str, Any]) -> list[Object] | None:
    if body.get("Event") == "s3:TestEvent":
        return []
    if "s3Bucket" in body:
        keys = body["s3ObjectKey"]
        return [Object(str(body["s3Bucket"]), str(key)) for key in ([keys] if isinstance(keys, str) else keys)]
    if body.get("source") == "aws.s3" and "detail" in body:
        if body["detail-type"] != "Object Created":
            return []
        return [_object(body["detail"]["bucket"]["name"], body["detail"]["object"]["key"], body["detail"]["object"])]
    records = body.get("Records")
    if isinstance(records, list) and records and all(record.get("eventSource") == "aws:s3" for record in records):
        # Keys of these are written as in a form: "+" is a space.
        return [
            _object(record["s3"]["bucket"]["name"], unquote_plus(record["s3"]["object"]["key"]), record["s3"]["object"])
            for record in records
            if record["eventName"].removeprefix("s3:").startswith("ObjectCreated:")
        ]
    return None


def _object(bucket: str, key: str, said: dict[str, Any]) -> Object:
    size, etag = said.get("size"), said.get("eTag", said.get("etag"))
    return Object(bucket, key, int(size) if size is not None else None, str(etag) if etag else None)
