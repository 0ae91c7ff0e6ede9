"""Messages as they may come, for templates to be tried on before one comes."""

from __future__ import annotations

from engine.alert import Action, Alert, Message
from engine.hit import Evidence
from engine.links import links_of
from engine.model import Level, LogSource, Ref, RuleHead

__all__ = ["samples", "trial"]

_AT = 1_782_907_200_000_000  # 2026-07-01 12:00 UTC
_HOSTILE = "<b>*x*</b> [x](https://x.example/) {{ 7 * 7 }} <!channel> @everyone \r\nBcc: x \x1b[31m"


def samples() -> tuple[Message, ...]:
    """One alert of an event, a group with a correlation that has ended, and an alert of which little is known."""
    event, spray, bare = _event(), _correlation(), _bare()
    return (
        _message("trigger", event),
        _message("resolve", spray._replace(resolved=_AT), event._replace(resolved=_AT), bare._replace(resolved=_AT)),
        _message("update", bare),
    )


def trial(now: int, name: str, action: Action = "trigger") -> Message:
    """A message that says it is a test; `now` in microseconds."""
    head = RuleHead(
        "detect.test", "detect.test", f"Test of {name}", Level.informational, ("attack.t1078.004",), "",
        LogSource("detect"), "Sent by `detect notify test`. Nothing has happened.",
    )  # fmt: skip
    alert = Alert(
        f"test-{now}", head, "test", f"Test of {name}: nothing has happened", Level.informational, now, now,
        now if action == "resolve" else None, 1, None, (), {"actor": "nobody", "origin": "detect notify test"}, (),
    )  # fmt: skip
    return _message(action, alert)._replace(
        id=f"test-{now}-{action}", thread=f"test-{now}", time=now, level=Level.informational
    )


def _message(action: Action, *alerts: Alert) -> Message:
    level = max(alert.level for alert in alerts)
    sequence = 0 if action == "trigger" else 1
    return Message(
        action, f"sample-{sequence}", "sample", None, sequence, level, _AT + 60_000_000, alerts, {}, links_of(alerts)
    )


def _head(title: str, level: Level) -> RuleHead:
    return RuleHead(
        "5c1c7f3e-0000-4000-8000-000000000001", "5c1c7f3e-0000-4000-8000-000000000001", title, level,
        ("attack.t1078.004", "attack.persistence", "team.cloud"), "rules/aws/cloudtrail/sample.yml",
        LogSource("aws", "cloudtrail"), "What it looks for.", ("https://runbooks.example.com/sample",),
        ("Break-glass",),
    )  # fmt: skip


def _event() -> Alert:
    shown = {
        "actor": "arn:aws:iam::123456789012:user/alice", "origin": "203.0.113.7", "action": "CreateAccessKey",
        "awsRegion": "eu-west-1", "userAgent": _HOSTILE, "requestParameters": {"userName": "bob", "tags": ["a", None]},
    }  # fmt: skip
    evidence = Evidence("sample", _AT, Ref("2026/07/01/log.json.gz", 17), "0b7c1a52-0000-4000-8000-00000000000a", shown)
    return Alert(
        "3f0c5a7e9d1b2c4d6e8f", _head("Access key made for another user", Level.high), "alice",
        "Access key made for another user", Level.high, _AT, _AT, None, 1, None, (), shown, (evidence,),
    )  # fmt: skip


def _correlation() -> Alert:
    shown = {"actor": "carol", "sourceIPAddress": "198.51.100.9"}
    evidence = tuple(
        Evidence("failed", _AT + number * 1_000_000, Ref("2026/07/01/log.json.gz", number + 1), None, shown)
        for number in range(3)
    )
    return Alert(
        "a1b2c3d4e5f60718293a", _head("Many failed logins, then one that works", Level.critical), "198.51.100.9",
        "Many failed logins, then one that works", Level.critical, _AT, _AT + 2_000_000, None, 42, 42,
        (("sourceIPAddress", "198.51.100.9"), ("recipientAccountId", None)), shown, evidence,
    )  # fmt: skip


def _bare() -> Alert:
    head = RuleHead("bare", None, "A rule without anything", Level.medium, (), "bare.yml", LogSource())
    return Alert("bare", head, "", "A rule without anything", Level.medium, 0, 0, None, 1, None, (), {}, ())
