"""splunk_hec: an event in an index of Splunk for every alert, by the HTTP Event Collector."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from engine.alert import Delivered, Message, Outcome, Retry
from engine.destination import Rate
from engine.notifiers import HttpOptions, Undelivered, document, encoded, fitted, good_url, revealed
from engine.secret import Secret

__all__ = ["Notifier"]

LONGEST = 10_000
"""Bytes of one event: where Splunk's own TRUNCATE cuts, after which it is no JSON any more."""

AT_ONCE = 90
"""Events of a call, which so has less than the million bytes that old Splunks take."""

LINKS, LONGEST_LINK = 8, 300

_CHANNEL = str(uuid.uuid5(uuid.NAMESPACE_URL, "detect"))
_NAME = re.compile(r"[A-Za-z0-9][\w:.-]{0,99}", re.ASCII)


class Notifier(HttpOptions, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Writes an event to Splunk, by its HTTP Event Collector, for every alert and whatever becomes of it.

    In Splunk, make a token under Settings, Data inputs, HTTP Event Collector.

        notifiers:
          siem:
            type: splunk_hec
            url: https://splunk.example.com:8088
            token: {env: SPLUNK_HEC_TOKEN}
            index: security

    Splunk keeps what it has and adds: the newest event of an alert says how it stands. An event that was sent twice
    has the same detect_id.

    url         of the collector, up to where /services begins
    token       of the HTTP Event Collector
    index       to write to, in place of the token's own
    source      of the events
    sourcetype  of the events
    host        of the events, in place of the collector's own name
    """

    rates: ClassVar[tuple[Rate, ...]] = (Rate(20, 1.0),)

    url: str
    token: Secret
    index: str | None = None
    source: str = "detect"
    sourcetype: str = "detect:alert"
    host: str | None = None

    def check(self) -> None:
        """See `NotifierOptions.check`."""
        super().check()
        good_url("url", self.url)
        if "/services" in self.url:
            raise ValueError("url: without /services and what follows; that is added")
        if self.index is not None and not re.fullmatch(r"[a-z0-9_][a-z0-9_-]{0,79}", self.index):
            raise ValueError(f'index: "{self.index}" is no name of an index: a-z, 0-9, _ and -')
        for option, name in (("source", self.source), ("sourcetype", self.sourcetype), ("host", self.host)):
            if name is not None and not _NAME.fullmatch(name):
                raise ValueError(f'{option}: "{name}" is none: 1 to 100 letters, digits, _ : . or -')

    def deliver(self, message: Message) -> Outcome:
        """See `NotifierOptions.deliver`."""
        events = self._events(message)
        for start in range(0, len(events), AT_ONCE):
            self._post(events[start : start + AT_ONCE])
        return Delivered()

    def _post(self, events: Sequence[Any]) -> None:
        answer = self.call(
            "POST", f"{self.url.rstrip('/')}/services/collector/event", body=b"\n".join(map(encoded, events)),
            headers={
                "Authorization": f"Splunk {revealed(self.token)}",
                "Content-Type": "application/json",
                "X-Splunk-Request-Channel": _CHANNEL,
            },
        )  # fmt: skip
        said = answer.json()
        if not isinstance(said, dict) or said.get("code") != 0:
            raise Undelivered(Retry(f"{self.told(answer)}; is this the address of the collector?"))

    def _events(self, message: Message) -> list[dict[str, Any]]:
        whole = document(message)
        given: dict[str, Any] = {
            name: whole[name] for name in ("version", "action", "id", "thread", "sequence", "time", "links")
        }
        given["links"] = [one for one in whole["links"] if len(one["href"]) <= LONGEST_LINK][:LINKS]
        around = fitted(given, LONGEST // 2)
        about: dict[str, Any] = {"time": round(message.time / 1_000_000, 3), "source": self.source}
        about |= {"sourcetype": self.sourcetype} | {
            name: value for name, value in (("index", self.index), ("host", self.host)) if value
        }
        return [about | self._event(around, message, alert) for alert in whole["alerts"]]

    def _event(self, around: Mapping[str, Any], message: Message, alert: dict[str, Any]) -> dict[str, Any]:
        room = LONGEST - len(encoded(around)) - 50
        return {
            "event": {**around, "severity": alert["level"], "alert": fitted(alert, room)},
            "fields": {"detect_id": f"{message.id}/{alert['id']}", "detect_alert": alert["id"],
                       "detect_action": message.action, "severity": alert["level"]},
        }  # fmt: skip
