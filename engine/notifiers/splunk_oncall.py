"""splunk_oncall: an incident in Splunk On-Call (VictorOps) that is acknowledged and recovers with its alert."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote

import msgspec

from engine.alert import Delivered, Message, Outcome, Refused, Retry
from engine.destination import Part, Rate
from engine.dialects import DIALECTS, cut, href_of
from engine.model import Level
from engine.notifiers import HttpOptions, Undelivered, good_url, revealed
from engine.secret import Secret

__all__ = ["Notifier"]

LINKS, LONGEST_LINK = 10, 1_000

_TYPES = {"critical": "CRITICAL", "high": "CRITICAL", "medium": "WARNING", "low": "INFO", "informational": "INFO"}
_KINDS = ("CRITICAL", "WARNING", "INFO")
_STEPS = {"update": "INFO", "acknowledge": "ACKNOWLEDGEMENT", "resolve": "RECOVERY"}


class Notifier(HttpOptions, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Opens an incident in Splunk On-Call, which was VictorOps, acknowledges it, and lets it recover.

    In Splunk On-Call, enable Integrations, REST - Generic; the key stands in its URL between /alert/ and $routing_key.

        notifiers:
          oncall:
            type: splunk_oncall
            api_key: {env: ONCALL_API_KEY}
            routing_key: security

    CRITICAL pages people, WARNING does as your settings say, INFO is shown in the timeline and opens no incident.

    api_key      of the REST integration
    routing_key  says which team is told
    types        level -> CRITICAL, WARNING or INFO
    url          in place of Splunk On-Call's own, up to where the key stands
    """

    parts: ClassVar[Mapping[str, Part]] = {
        "title": Part("header", 250, "utf16"),
        "text": Part("plain", 20_000, "bytes", default="unlinked"),
    }
    rates: ClassVar[tuple[Rate, ...]] = (Rate(2, 1.0),)

    api_key: Secret
    routing_key: str
    types: dict[str, str] = msgspec.field(default_factory=lambda: dict(_TYPES))
    url: str = "https://alert.victorops.com/integrations/generic/20131114/alert"

    def check(self) -> None:
        """See `NotifierOptions.check`."""
        super().check()
        good_url("url", self.url)
        if not self.routing_key.strip() or not self.routing_key.isprintable() or "$" in self.routing_key:
            raise ValueError("routing_key: the name of a routing key, such as security")
        for level, kind in self.types.items():
            if level not in Level.__members__:
                raise ValueError(f'types: there is no level "{level}"; one of {", ".join(_TYPES)}')
            if kind not in _KINDS:
                raise ValueError(f'types: "{kind}" is none; one of {", ".join(_KINDS)}')

    def deliver(self, message: Message) -> Outcome:
        """See `NotifierOptions.deliver`. What makes messages belong together is entity_id, made from the thread."""
        url = f"{self.url.rstrip('/')}/{quote(revealed(self.api_key), safe='')}/{quote(self.routing_key, safe='')}"
        answer = self.call("POST", url, json=self._event(message))
        said = answer.json()
        if not isinstance(said, dict):
            raise Undelivered(Retry(f"{self.told(answer)}; is this the address of Splunk On-Call?"))
        if said.get("result") == "failure":
            raise Undelivered(Refused(self.told(answer)))
        return Delivered()

    def _event(self, message: Message) -> dict[str, Any]:
        event: dict[str, Any] = {
            "message_type": _STEPS.get(message.action)
            or self.types.get(message.level.name, _TYPES[message.level.name]),
            "entity_id": _entity(message.thread),
            "entity_display_name": " ".join(message.parts["title"].split()),
            "state_message": message.parts["text"],
            "monitoring_tool": "detect",
            "timestamp": message.time // 1_000_000,
            "detect_id": message.id,
            "detect_level": message.level.name,
        }
        first = min((alert.first for alert in message.alerts if alert.first), default=0)
        return event | ({"state_start_time": first // 1_000_000} if first else {}) | _annotations(message)


def _entity(thread: str) -> str:
    """Hexadecimal, since what stands in a thread may be a text of any length."""
    return f"detect/{hashlib.sha256(thread.encode('utf-8', 'backslashreplace')).hexdigest()[:32]}"


def _annotations(message: Message) -> dict[str, str]:
    """Links, which Splunk On-Call shows beside an incident."""
    plain = DIALECTS["plain"]
    found: dict[str, str] = {}
    for link in message.links:
        href = href_of(link.href)
        if href and len(href) <= LONGEST_LINK and len(found) < LINKS:
            name = cut(plain.escape(" ".join(link.text.split())), 80, "characters", plain) or "link"
            found[f"vo_annotate.u.{name}"] = href
    return found
