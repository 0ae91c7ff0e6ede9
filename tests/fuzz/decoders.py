"""Fuzz target: any bytes through every decoder. Nothing raises, nothing is lost from sight."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from engine.decoders import decode, names
from engine.decompress import chunks
from engine.model import Batch, Blob, Problem, Reading
from engine.projection import Shape
from tests.decoders.reading import event, events, lines, text
from tests.logs.test_logs import CASES

__all__ = ["WORDS", "check", "seeds"]

LIMIT = 1 << 20
SHAPE = Shape(["eventName", "eventSource", "errorCode", "eventID", "eventTime", "userIdentity.type"])
LAST = event(424_242, userAgent="the last one")

WORDS = (
    b'{"Records":[', b'"eventName"', b'"eventSource"', b'"eventVersion"', b'"eventID"', b'"eventType"', b"]}", b"},{",
    b'"insightDetails"', b'"detail"', b'"logEvents"', b'"message"', b'"Message"', b'"Body"', b'"hits"', b'"_source"',
    b'"digestStartTime"', b'"CloudTrailEvent"', b'"awslogs"', b'"data"', b'"Type":"Notification"', b"\\ud800",
    b"\\u0000", b"NaN", b"-Infinity", b"1e999", b"null", b"\xef\xbb\xbf", b"\xff\xfe", b"\x1f\x8b\x08", b"BZh9",
    b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"\r\n", b"\x00", b"\x1e", b'""', b"eventName,eventTime\n", b"{type=IAMUser}",
)  # fmt: skip


class _Read(NamedTuple):
    """What one blob gave: records as dicts, and problems."""

    records: list[dict[str, Any]]
    problems: list[Problem]


def check(data: bytes) -> None:
    """Read the bytes in every way there is."""
    size = sum(len(piece) for piece in chunks(io.BytesIO(data), LIMIT) if isinstance(piece, bytes))
    for name in (None, *names()):
        _read(data, Reading(format=name, max_bytes=LIMIT), size)
    wide = _read(data, Reading(format="cloudtrail", max_bytes=LIMIT), size)
    narrow = _read(data, Reading(format="cloudtrail", max_bytes=LIMIT, shapes=lambda _: SHAPE), size)
    assert repr(wide) == repr(narrow), f"narrow structs read otherwise: {wide} and {narrow}"
    _nothing_in_silence(data, wide)
    _found_behind(data)


def _read(data: bytes, reading: Reading, size: int) -> _Read:
    records: list[dict[str, Any]] = []
    problems: list[Problem] = []
    for item in decode(Blob("files", "x.json", "x.json", True, len(data)), io.BytesIO(data), reading):
        if isinstance(item, Problem):
            assert item.fault, item
            assert item.offset is None or 0 <= item.offset <= 3 * size + 4, item  # UTF-16 as UTF-8 is longer
            problems.append(item)
        else:
            assert item.first == len(records) + 1, "numbers go on without a gap"
            records += _records(item)
    return _Read(records, problems)


def _records(batch: Batch) -> Iterator[dict[str, Any]]:
    for index, record in enumerate(batch.records):
        whole = batch.whole(index) if batch.whole else record
        assert type(whole) is dict
        repr(whole).encode()  # no lone surrogate, which no output could write
        if batch.raw is not None:
            assert type(json.loads(batch.raw(index).decode("utf-8", "replace"), strict=False)) is dict
        yield whole


def _nothing_in_silence(data: bytes, read: _Read) -> None:
    """Where there was neither record nor problem, there was only JSON without an object in it."""
    if read.records or read.problems:
        return
    held = b"".join(piece for piece in chunks(io.BytesIO(data), LIMIT) if isinstance(piece, bytes))
    for sign in (b'"eventName"', b'"eventVersion"'):
        assert sign not in held, "CloudTrail that gave nothing"


def _found_behind(data: bytes) -> None:
    """A whole record on a line of its own behind any plain text is found; after an open quote at least a fault is."""
    data += b"\n"
    if data[:1] not in (b"{", b"["):
        return
    read = _read(data + text(LAST) + b"\n", Reading(format="cloudtrail", max_bytes=LIMIT), len(data) + 2_000)
    held = [record for record in read.records if record.get("userAgent") == "the last one"]
    assert held or any(problem.lost for problem in read.problems), "a record is gone without a word"


def seeds() -> Iterator[bytes]:
    """One of each shape that logs come in."""
    some = events(2)
    inner = json.dumps({"Records": some})
    yield text({"Records": some})
    yield text(some)
    yield lines(some)
    yield json.dumps(some, indent=1).encode()
    yield text({"Records": some})[:-300]
    yield lines([{"time": "2024-05-01T10:00:00Z", "a": {"b": [1, 2.5, None, True, "x"]}}])
    yield text({"detail-type": "AWS API Call via CloudTrail", "source": "aws.iam", "detail": some[0]})
    yield text({"messageType": "DATA_MESSAGE", "logGroup": "g", "logEvents": [{"id": "1", "message": inner}]})
    yield text({"Type": "Notification", "MessageId": "m", "Message": inner})
    yield text({"Messages": [{"MessageId": "m", "Body": inner}]})
    yield text({"hits": {"hits": [{"_source": some[0]}]}})
    yield text({"Events": [{"EventId": "e", "CloudTrailEvent": json.dumps(some[0])}]})
    yield text({"digestStartTime": "2024-05-01T10:00:00Z", "digestEndTime": "x", "logFiles": []})
    yield b'eventName,eventTime,userIdentity\nStopLogging,2024-05-01T10:00:00Z,"{type=IAMUser, arn=x}"\n'
    yield '{"Records":[]}'.encode("utf-16")
    for case in CASES.values():
        yield case.text[:3_000]
    yield b'{"eventName":"\\ud800","eventSource":"x","n":NaN,"i":1' + b"0" * 50 + b"}\n"
