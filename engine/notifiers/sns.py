"""sns: a message to whoever has subscribed a topic of Amazon SNS. Needs the extra: pip install "detect-engine[aws]"."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from engine.alert import Action, Delivered, Message, Outcome
from engine.destination import Part
from engine.dialects import DIALECTS, cut
from engine.notifiers import ALL, encoded
from engine.notifiers._aws import AwsOptions, attributes, body, digest, weight

__all__ = ["Notifier"]

LONGEST_SUBJECT = 99
"""Characters of a subject, in ASCII, which every region takes."""

LONGEST_SMS = 140

_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:(?P<region>[a-z0-9-]+):\d{12}:(?:[\w-]{1,256}|[\w-]{1,251}\.fifo)", re.ASCII)
_MARKS = str.maketrans({"–": "-", "—": "-", "…": "...", "’": "'", "“": '"', "”": '"'})


class Notifier(AwsOptions, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Publishes to a topic of Amazon SNS. Needs the extra: pip install "detect-engine[aws]"

        notifiers:
          oncall:
            type: sns
            topic: arn:aws:sns:eu-west-1:111122223333:alerts

    Attributes that the filter policy of a subscription can look at: action, level, severity (1 to 5), id, thread,
    rules, tags and logsources. Who sends needs sns:Publish, and kms:GenerateDataKey and kms:Decrypt for a topic with a
    key of its own. A FIFO topic keeps the order of a thread, and takes a repeat once.

    topic    its ARN
    format   text; json, the whole message for programs; mixed: text by mail and SMS, JSON for all other subscriptions
    updates  whether it is also sent when there is more to say of an open alert
    """

    parts: ClassVar[Mapping[str, Part]] = {"title": Part("header", 250), "text": Part("plain", 60_000, "bytes")}
    service: ClassVar[str] = "sns"

    topic: str
    format: Literal["text", "json", "mixed"] = "text"
    updates: bool = False

    @property
    def actions(self) -> frozenset[Action]:
        """See `NotifierOptions.actions`: what was sent stays as it is."""
        return ALL if self.updates else ALL - {"update"}

    def check(self) -> None:
        """See `NotifierOptions.check`."""
        super().check()
        if not _TOPIC.fullmatch(self.topic):
            raise ValueError(f'topic: "{self.topic}" is none, such as arn:aws:sns:eu-west-1:111122223333:alerts')

    @property
    def place(self) -> str | None:
        """See `AwsOptions.place`: the ARN has it."""
        found = _TOPIC.fullmatch(self.topic)
        return self.region or (found["region"] if found else None)

    def deliver(self, message: Message) -> Outcome:
        """See `NotifierOptions.deliver`. Only a FIFO topic knows a repeat."""
        given = attributes(message, self.longest)
        asked: dict[str, Any] = {
            "TopicArn": self.topic,
            "Subject": _subject(message),
            "Message": self._shown(message, self.longest - weight(given) - LONGEST_SUBJECT),
            "MessageAttributes": given,
        }
        if self.format == "mixed":
            asked["MessageStructure"] = "json"
        if self.topic.endswith(".fifo"):
            asked |= {"MessageGroupId": digest(message.thread), "MessageDeduplicationId": digest(message.id)}
        self.ask("publish", **asked)
        return Delivered()

    def _shown(self, message: Message, room: int) -> str:
        """What subscribers get, in so many bytes."""
        plain = DIALECTS["plain"]
        if self.format == "json":
            return body(message, room)
        if self.format == "text":
            return cut(message.parts["text"], room, "bytes", plain)
        text = cut(message.parts["text"], room // 4, "bytes", plain)
        around = {"email": text, "sms": cut(_line(message), LONGEST_SMS, "bytes", plain)}
        data = room
        while True:  # as a text in JSON, JSON is longer than it was
            shown = encoded({"default": body(message, data), **around}).decode()
            if len(shown.encode()) <= room or data < 256:
                return shown
            data = data * 3 // 4


def _line(message: Message) -> str:
    return " ".join(message.parts["title"].split()) or "Alert"


def _subject(message: Message) -> str:
    """The title in ASCII; letters without any likeness are ?, pictures are nothing."""
    line = unicodedata.normalize("NFKD", _line(message).translate(_MARKS))
    kept = "".join("" if unicodedata.category(one) in ("Mn", "So", "Cf") else one for one in line)
    shown = " ".join(kept.encode("ascii", "replace").decode().split())
    if not any(one.isalnum() for one in shown):
        shown = f"Alert, {message.level.name}"
    return shown if len(shown) <= LONGEST_SUBJECT else f"{shown[: LONGEST_SUBJECT - 3]}..."
