"""What the tests of decoders share: records in real shape, made here, and one way to read bytes."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from engine.decoders import decode
from engine.model import Batch, Blob, LogSource, Problem, Reading

CLOUDTRAIL = LogSource("aws", "cloudtrail")
UNKNOWN = LogSource()


class Read(NamedTuple):
    """Everything one blob gave."""

    records: list[dict[str, Any]]
    problems: list[Problem]
    logsources: list[LogSource]

    @property
    def ids(self) -> list[Any]:
        return [record.get("eventID") for record in self.records]

    @property
    def kinds(self) -> list[tuple[str, bool]]:
        return [(problem.kind, problem.lost) for problem in self.problems]


def read(data: bytes, reading: Reading | None = None, *, ref: str = "log", named: bool = True) -> Read:
    """Decode bytes as one file; batches must number their records without a gap."""
    seen = Read([], [], [])
    for item in decode(Blob("files", ref, ref, named, len(data)), io.BytesIO(data), reading or Reading()):
        if isinstance(item, Problem):
            seen.problems.append(item)
            continue
        assert isinstance(item, Batch)
        assert item.first == len(seen.records) + 1
        assert 0 < len(item.records) <= 1_000
        seen.records.extend(
            item.whole(index) if item.whole else item.records[index] for index in range(len(item.records))
        )
        if item.logsource not in seen.logsources:
            seen.logsources.append(item.logsource)
    return seen


def event(number: int, **changes: Any) -> dict[str, Any]:
    """A management event as CloudTrail writes it; the number makes its id."""
    return {
        "eventVersion": "1.09",
        "userIdentity": {
            "type": "AssumedRole",
            "arn": "arn:aws:sts::111122223333:assumed-role/build/ci",
            "sessionContext": {"attributes": {"mfaAuthenticated": "false"}, "sessionIssuer": {"type": "Role"}},
        },
        "eventTime": f"2024-05-01T10:{number // 60 % 60:02}:{number % 60:02}Z",
        "eventSource": "ec2.amazonaws.com",
        "eventName": "AuthorizeSecurityGroupIngress",
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "198.51.100.7",
        "userAgent": 'console "quoted" \\ {brackets} [too], \u00e9\u4e2d',
        "requestParameters": {
            "ipPermissions": {"items": [{"fromPort": 22, "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]}}]}
        },
        "responseElements": None,
        "eventID": f"id-{number}",
        "readOnly": False,
        "resources": [{"type": "AWS::EC2::SecurityGroup", "ARN": "arn:aws:ec2:eu-west-1:111122223333:sg/sg-1"}],
        "eventType": "AwsApiCall",
        **changes,
    }


def events(count: int) -> list[dict[str, Any]]:
    return [event(number) for number in range(count)]


def text(value: Any, **how: Any) -> bytes:
    return json.dumps(value, **({"separators": (",", ":")} | how)).encode()


def lines(values: Iterable[Any], end: bytes = b"\n") -> bytes:
    return b"".join(text(value) + end for value in values)
