"""pagerduty: an alert in PagerDuty (Events API v2) that is acknowledged and resolved with ours."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from engine.alert import Action, Delivered, Message, Outcome, Retry
from engine.destination import Part, Rate
from engine.dialects import DIALECTS, cut, href_of
from engine.model import Level
from engine.notifiers import ALL, HttpOptions, Undelivered, document, fitted, good_url, revealed
from engine.secret import Secret
from engine.times import format_time

__all__ = ["Notifier"]

LINKS, LONGEST_LINK = 10, 1_000

ALERTS = 20
"""Alerts whose details are sent."""

LONGEST_DETAILS = 64_000
"""Bytes of the details; an event with its texts and links stays far below the 512 KB that PagerDuty takes."""

LONGEST_WORD = 255
"""Characters of component and class."""

_SEVERITIES = {"critical": "critical", "high": "error", "medium": "warning", "low": "info", "informational": "info"}
_KINDS = ("critical", "error", "warning", "info")


class Notifier(HttpOptions, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Triggers an alert in PagerDuty, acknowledges it, and resolves it.

    In PagerDuty, add the integration Events API V2 to a service and copy its integration key.

        notifiers:
          pager:
            type: pagerduty
            routing_key: {env: PAGERDUTY_ROUTING_KEY}

    Who is woken is decided by the service, by severity if it says so. Accounts of the European region say
    url: https://events.eu.pagerduty.com

    routing_key  the integration key of a service, or of an orchestration
    severities   level -> critical, error, warning or info
    source       what PagerDuty shows as the affected system
    updates      whether the open alert is changed when there is more to say; one that somebody resolved opens again
    url          of the Events API, up to where /v2 begins
    """

    parts: ClassVar[Mapping[str, Part]] = {
        "title": Part("header", 1_024, "utf16"),
        "text": Part("plain", 20_000, "bytes", default="unlinked"),
    }
    rates: ClassVar[tuple[Rate, ...]] = (Rate(120, 60.0),)

    routing_key: Secret
    severities: dict[str, str] = msgspec.field(default_factory=lambda: dict(_SEVERITIES))
    source: str = "detect"
    updates: bool = False
    url: str = "https://events.pagerduty.com"

    @property
    def actions(self) -> frozenset[Action]:
        """See `NotifierOptions.actions`: to PagerDuty an update is a trigger, which wakes where nothing is open."""
        return ALL if self.updates else ALL - {"update"}

    def check(self) -> None:
        """See `NotifierOptions.check`."""
        super().check()
        good_url("url", self.url)
        if not self.source.strip() or len(self.source) > LONGEST_WORD or not self.source.isprintable():
            raise ValueError(f"source: 1 to {LONGEST_WORD} characters that can be seen")
        for level, severity in self.severities.items():
            if level not in Level.__members__:
                raise ValueError(f'severities: there is no level "{level}"; one of {", ".join(_SEVERITIES)}')
            if severity not in _KINDS:
                raise ValueError(f'severities: "{severity}" is none; one of {", ".join(_KINDS)}')

    def deliver(self, message: Message) -> Outcome:
        """See `NotifierOptions.deliver`. What makes events belong together is dedup_key, made from the thread."""
        answer = self.call("POST", f"{self.url.rstrip('/')}/v2/enqueue", json=self._event(message))
        said = answer.json()
        if not isinstance(said, dict) or said.get("status") != "success":
            raise Undelivered(Retry(f"{self.told(answer)}; is this the address of PagerDuty?"))
        return Delivered()

    def _event(self, message: Message) -> dict[str, Any]:
        event: dict[str, Any] = {
            "routing_key": revealed(self.routing_key),
            "event_action": "trigger" if message.action == "update" else message.action,
            "dedup_key": _key(message.thread),
        }
        if event["event_action"] == "trigger":
            event |= {"client": "detect", "payload": self._payload(message), "links": _links(message)}
        return event

    def _payload(self, message: Message) -> dict[str, Any]:
        """What PagerDuty shows and decides by; only a trigger has it."""
        first = min((alert.first for alert in message.alerts if alert.first), default=message.time)
        rule = message.alerts[0].rule
        return {
            "summary": " ".join(message.parts["title"].split()) or "Alert",
            "source": self.source,
            "severity": self.severities.get(message.level.name, _SEVERITIES[message.level.name]),
            "timestamp": format_time(first),
            "component": _word(rule.logsource.service or rule.logsource.product or "log"),
            "class": _word(rule.title),
            "custom_details": {"text": message.parts["text"], **_details(message)},
        }


def _key(thread: str) -> str:
    """Hexadecimal, since what stands in a thread may be a text of any length."""
    return f"detect/{hashlib.sha256(thread.encode('utf-8', 'backslashreplace')).hexdigest()[:32]}"


def _word(text: str) -> str:
    plain = DIALECTS["plain"]
    return cut(plain.escape(text), LONGEST_WORD, "characters", plain)


def _links(message: Message) -> list[dict[str, str]]:
    plain = DIALECTS["plain"]
    found = [
        {"href": href, "text": cut(plain.escape(link.text), 100, "characters", plain) or "link"}
        for link in message.links
        if (href := href_of(link.href)) and len(href) <= LONGEST_LINK
    ]
    return found[:LINKS]


def _details(message: Message) -> dict[str, Any]:
    """For the rules of an orchestration, and for people: what the alerts have in fields of their own."""
    whole = document(message)["alerts"]
    names = ("title", "level", "first", "last", "hits", "value", "group", "fields")
    given: dict[str, Any] = {
        "id": message.id,
        "level": message.level.name,
        "rule": message.alerts[0].rule.id or message.alerts[0].rule.key,
        "alerts": [{name: alert[name] for name in names} for alert in whole[:ALERTS]],
    }
    if len(whole) > ALERTS:
        given["left_out"] = len(whole) - ALERTS
    shown: dict[str, Any] = _unlinked(fitted(given, LONGEST_DETAILS))
    return shown


def _unlinked(value: Any) -> Any:
    """With addresses that nothing makes a link of."""
    if isinstance(value, str):
        return DIALECTS["plain"].escape(value)
    if isinstance(value, dict):
        return {_unlinked(name): _unlinked(one) for name, one in value.items()}
    return [_unlinked(one) for one in value] if isinstance(value, list) else value
