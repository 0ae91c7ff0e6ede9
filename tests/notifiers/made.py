"""Messages for tests of notifiers: ordinary, hostile and huge ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.alert import Alert, Message
from engine.alerts.sender import Destination
from engine.errors import Place
from engine.hit import Evidence
from engine.links import links_of
from engine.model import Level, LogSource, Ref, RuleHead
from engine.notifiers import NotifierOptions, notifier
from engine.options import read
from engine.runners.destinations import Wanted, destinations

NOW = 1_782_907_260_000_000
AT = NOW - 60_000_000

HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=y>",
    "<!channel> <@U12345> <https://evil.example/|click>",
    "@everyone @here @channel",
    "*bold* _italic_ ~gone~ `code` **b** __u__ ||spoiler||",
    "[click](https://evil.example/) ![x](https://evil.example/i.png) https://evil.example/",
    "subject\r\nBcc: victim@example.com\r\n\r\nbody",
    "\x1b[2J\x1b]0;title\x07\x9b31m\u202egnp.exe\u200b",
    "{{ 7 * 7 }} {% for x in y %} ${7*7} {{DATE(2026-01-01,SHORT)}} <at>x</at>",
    'a|b=c\\d "quoted" \'single\' ]]> ; DROP TABLE -- "} or project = "X',
    "lone \ud800 surrogate \x00 nul",
)


def alert(**more: Any) -> Alert:
    shown = {"actor": "arn:aws:iam::123456789012:user/alice", "awsRegion": "eu-west-1", "sourceIPAddress": "192.0.2.1"}
    head = RuleHead(
        "rule-1", "5c1c7f3e-0000-4000-8000-000000000001", "Access key made for another user", Level.high,
        ("attack.t1098.001",), "rules/aws/keys.yml", LogSource("aws", "cloudtrail"), "Somebody made a key.",
        ("https://runbooks.example.com/keys",), ("Administrators",),
    )  # fmt: skip
    evidence = Evidence("rule-1", AT, Ref("log.json.gz", 7), "0b7c1a52-1111-4000-8000-00000000000a", shown)
    made = Alert("a1b2c3", head, "alice", head.title, Level.high, AT, AT, None, 1, None, (), shown, (evidence,))
    return made._replace(**more)


def message(*alerts: Alert, **more: Any) -> Message:
    given = alerts or (alert(),)
    level = max(one.level for one in given)
    made = Message("trigger", "message-1", "thread-1", None, 0, level, NOW, given, {}, links_of(given))
    return made._replace(**more)


def hostile(text: str) -> Message:
    """One alert with the same text wherever a log, or a rule of somebody else, can put one."""
    given = alert()
    head = given.rule._replace(title=text, description=text, references=(text, f"https://x.example/{text}"))
    shown = {"actor": text, "who": text, "list": [text], "object": {"a": text}, text: text}
    evidence = given.evidence[0]._replace(shown=shown, id=text)
    return message(
        given._replace(rule=head, title=text, key=text, value=text, group=(("user", text),), fields=shown,
                       evidence=(evidence,))
    )  # fmt: skip


def huge(alerts: int = 60, length: int = 1_000) -> Message:
    """As much as the outbox ever gives: many alerts with long texts in three-byte characters and emoji."""
    text = "é漢🔥" * (length // 3)
    shown = {f"field{number}": text for number in range(20)}
    one = alert(title=text[:500], fields=shown, group=(("user", text),))
    one = one._replace(rule=one.rule._replace(description=text), evidence=one.evidence * 20)
    return message(*(one._replace(id=f"a{number}") for number in range(alerts)))


def options(kind: str, **given: Any) -> NotifierOptions:
    """Options as they are made from a configuration. Raises ValueError with all faults."""
    made = read(notifier(kind), given)
    if made.value is None:
        raise ValueError("; ".join(fault.fault for fault in made.faults))
    return made.value


def destination(
    kind: str, made: NotifierOptions, folder: Path | None = None, told: list[Any] | None = None
) -> Destination:
    """The notifier as the outbox sends to it, with its templates. `told` gets the faults of templates."""
    wanted = Wanted("it", kind, made, Place("detect.yml", 1))
    faults: list[Any] = [] if told is None else told
    return destinations({"it": wanted}, folder, lambda _, fault: faults.append(fault))["it"]
