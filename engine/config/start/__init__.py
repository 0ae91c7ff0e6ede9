"""A start that works: a configuration, a rule, a sample of logs in which it finds something."""

from __future__ import annotations

import json
import os
from importlib.resources import files
from typing import Any, NamedTuple

from engine.errors import Place, UsageError
from engine.times import format_time

__all__ = ["Written", "begin"]

HOUR = 3_600_000_000


class Written(NamedTuple):
    """A file that was written, and what is in it."""

    path: str
    what: str


def begin(folder: str, now: int) -> list[Written]:
    """Write the files into a folder, which is made if need be.

    now  microseconds; the events of the sample are a few hours old, so that they are no old news

    Raises UsageError, with nothing written, when one of them is there already or cannot be written.
    """
    texts = _texts(now)
    there = [path for path in texts if os.path.lexists(os.path.join(folder, path))]
    if there:
        hint = "remove it first, or name another folder: detect init FOLDER"
        raise UsageError("is there already and is not overwritten", Place(os.path.join(folder, there[0])), hint)
    for path, (_, text) in texts.items():
        _write(os.path.join(folder, path), text)
    return [Written(os.path.join(folder, path), what) for path, (what, _) in texts.items()]


def _texts(now: int) -> dict[str, tuple[str, str]]:
    return {
        "detect.yml": ("what is scanned, and who is told", _text("detect.yml")),
        os.path.join("rules", "trail_stopped.yml"): ("a rule", _text("rule.yml")),
        os.path.join("samples", "trail_stopped.json"): ("logs in which it finds something", _sample(now)),
        ".gitignore": ("what is not to be shared", _text("gitignore")),
    }


def _text(name: str) -> str:
    return (files(__name__) / name).read_text("utf-8")


def _write(path: str, text: str) -> None:
    try:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(path, "x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror or error}", Place(path)) from None


def _sample(now: int) -> str:
    """Three calls of CloudTrail, of which the second stops a trail."""
    calls: tuple[tuple[str, str, dict[str, Any], bool], ...] = (
        ("DescribeTrails", "jonas", {"includeShadowTrails": True}, True),
        ("StopLogging", "mallory", {"name": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main"}, False),
        ("GetTrailStatus", "jonas", {"name": "main"}, True),
    )
    start = now - 3 * HOUR
    records = [_record(index, start + index * 60_000_000, *call) for index, call in enumerate(calls)]
    return json.dumps({"Records": records}, indent=2) + "\n"


def _record(index: int, time: int, name: str, user: str, asked: dict[str, Any], reads: bool) -> dict[str, Any]:
    return {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": f"AIDAEXAMPLE{user.upper()}",
            "arn": f"arn:aws:iam::111122223333:user/{user}",
            "accountId": "111122223333",
            "userName": user,
        },
        "eventTime": format_time(time - time % 1_000_000),
        "eventSource": "cloudtrail.amazonaws.com",
        "eventName": name,
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "198.51.100.23",
        "userAgent": "aws-cli/2.17.0",
        "requestParameters": asked,
        "responseElements": None,
        "eventID": f"5f3c8a10-0000-4000-8000-{index:012d}",
        "readOnly": reads,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": "111122223333",
        "eventCategory": "Management",
    }
