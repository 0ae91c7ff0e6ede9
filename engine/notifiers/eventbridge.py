"""eventbridge: an event on a bus of Amazon EventBridge. Needs the extra: pip install "detect-engine[aws]"."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, ClassVar

from engine.alert import Delivered, Message, Outcome, Retry
from engine.notifiers import Undelivered
from engine.notifiers._aws import AwsOptions, body, classed

__all__ = ["Notifier"]

TIME = 14
"""Bytes that EventBridge counts for a time."""

_BUS = re.compile(
    r"(?:arn:aws[a-z-]*:events:(?P<region>[a-z0-9-]+):\d{12}:event-bus/)?(?!aws\.)[\w./-]{1,256}", re.ASCII
)
_TYPES = {
    "trigger": "Alert Triggered", "update": "Alert Updated", "acknowledge": "Alert Acknowledged",
    "resolve": "Alert Resolved",
}  # fmt: skip


class Notifier(AwsOptions, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Puts an event on a bus of Amazon EventBridge. Needs the extra: pip install "detect-engine[aws]"

        notifiers:
          bus:
            type: eventbridge
            bus: arn:aws:events:eu-west-1:111122223333:event-bus/security

    The detail is the whole message as JSON, cut to what is taken; the type says what has become of it: Alert Triggered,
    Alert Updated, Alert Acknowledged, Alert Resolved. Who sends needs events:PutEvents. EventBridge knows no event
    again: a repeat has the same detail.id.

    bus     name or ARN of the bus
    source  that the events name as their origin
    """

    service: ClassVar[str] = "events"

    bus: str = "default"
    source: str = "detect"

    def check(self) -> None:
        """See `NotifierOptions.check`."""
        super().check()
        if not _BUS.fullmatch(self.bus):
            raise ValueError(f'bus: "{self.bus}" is no name of a bus and no ARN of one')
        if not re.fullmatch(r"[\w.-]{1,256}", self.source, re.ASCII) or self.source.startswith("aws."):
            raise ValueError('source: 1 to 256 letters, digits, _ . or -, and "aws." is Amazon\'s own')

    @property
    def place(self) -> str | None:
        """See `AwsOptions.place`: an ARN has it."""
        found = _BUS.fullmatch(self.bus)
        return self.region or (found["region"] if found else None)

    def deliver(self, message: Message) -> Outcome:
        """See `NotifierOptions.deliver`. An answer of success may hold a failure of each event."""
        kind = _TYPES[message.action]
        entry: dict[str, Any] = {
            "EventBusName": self.bus,
            "Source": self.source,
            "DetailType": kind,
            "Time": datetime.fromtimestamp(message.time / 1_000_000, UTC),
            "Detail": body(message, self.longest - len(self.source) - len(kind) - TIME - 1),
        }
        answer = self.ask("put_events", Entries=[entry])
        found = (answer.get("Entries") or [{}])[0]
        if answer.get("FailedEntryCount") or found.get("ErrorCode"):
            outcome = classed(str(found.get("ErrorCode", "")), str(found.get("ErrorMessage", "")))
            raise Undelivered(outcome)
        if not found.get("EventId"):
            raise Undelivered(Retry("it answered without the id of the event; is this the address of EventBridge?"))
        return Delivered()
