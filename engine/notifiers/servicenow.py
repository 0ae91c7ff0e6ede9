"""servicenow: an incident, or an event of Event Management, in ServiceNow that ends with its alert."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, NoReturn
from urllib.parse import urlencode

import msgspec

from engine.alert import Action, Alert, Delivered, Message, Outcome, Refused, Retry
from engine.destination import Part, Rate
from engine.dialects import DIALECTS, cut, href_of
from engine.model import Level
from engine.notifiers import ALL, Answer, HttpOptions, Undelivered, encoded, fitted, good_url, revealed
from engine.secret import Secret
from engine.times import format_time

__all__ = ["Notifier"]

LONGEST_TITLE, LONGEST_TEXT, LONGEST_WORD = 160, 3_980, 100
"""Units of UTF-16 of short_description, of description and notes (4,000), and of the words of an event."""

LONGEST_DETAILS = 16_000
"""Bytes of what an event tells besides."""

LINKS, LONGEST_LINK = 10, 1_000

_GRADES = {"critical": 1, "high": 1, "medium": 2, "low": 3, "informational": 3}
_URGENCIES = {"critical": 1, "high": 2, "medium": 2, "low": 2, "informational": 3}
_SEVERITIES = {"critical": 1, "high": 2, "medium": 3, "low": 4, "informational": 5}
_OURS = frozenset(
    ("short_description", "description", "impact", "urgency", "correlation_id", "correlation_display", "work_notes",
     "close_code", "close_notes", "sys_id")
)  # fmt: skip
_ANSWERED = "sysparm_fields=sys_id,correlation_id"
_PLAIN = DIALECTS["plain"]


class Notifier(HttpOptions, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Makes an incident in ServiceNow, adds work notes to it when its alert comes again, and resolves it at its end.

        notifiers:
          tickets:
            type: servicenow
            url: https://example.service-now.com
            user: detect
            password: {env: SERVICENOW_PASSWORD}
            fields: {category: security, assignment_group: 287ebd7da9fe198100f92cc8d1d2154e}

    An incident is found again by its correlation_id, among those that are active and not resolved; where there is none
    a new one is made. With `mode: event` an event is sent to Event Management instead, which makes an alert of it and
    closes the alert at its end. The user needs the role itil, or evt_mgmt_integration for events.

    url                 of the instance
    user                who signs in, with password
    password            of the user
    token               of OAuth, instead of user and password
    mode                incident or event
    table               of incidents: incident, or another one that is a kind of task
    impacts             level -> 1 (high) to 3 (low); a level that is left out sends none
    urgencies           level -> 1 (high) to 3 (low); a level that is left out sends none
    fields              names and values that incidents get besides; what refers to a record takes its sys_id
    acknowledged_state  number of the state that an incident gets when its alert is acknowledged; else it stays
    resolved_state      number of the state that an incident gets at the end
    close_code          that an incident gets at the end
    severities          level -> 1 (critical) to 5 (OK) of an event
    source              of events
    node                that events are about: the name of a configuration item, if you have one
    """

    parts: ClassVar[Mapping[str, Part]] = {
        "title": Part("header", LONGEST_TITLE, "utf16"),
        "text": Part("plain", 3_800, "utf16"),
    }
    rates: ClassVar[tuple[Rate, ...]] = (Rate(2, 1.0),)

    url: str
    user: str | None = None
    password: Secret | None = None
    token: Secret | None = None
    mode: Literal["incident", "event"] = "incident"
    table: str = "incident"
    impacts: dict[str, int] = msgspec.field(default_factory=lambda: dict(_GRADES))
    urgencies: dict[str, int] = msgspec.field(default_factory=lambda: dict(_URGENCIES))
    fields: dict[str, str] = msgspec.field(default_factory=dict)
    acknowledged_state: int | None = None
    resolved_state: int = 6
    close_code: str = "Solution provided"
    severities: dict[str, int] = msgspec.field(default_factory=lambda: dict(_SEVERITIES))
    source: str = "detect"
    node: str = "detect"

    @property
    def actions(self) -> frozenset[Action]:
        """See `NotifierOptions.actions`: an event can open and close, and would open again what somebody closed."""
        return ALL if self.mode == "incident" else frozenset(("trigger", "resolve"))

    def check(self) -> None:
        """See `NotifierOptions.check`."""
        super().check()
        good_url("url", self.url)
        if bool(self.user) != bool(self.password) or bool(self.user) == bool(self.token) or ":" in (self.user or ""):
            raise ValueError('user: either user, without ":", and password, or token')
        if not re.fullmatch("[a-z][a-z0-9_]{0,79}", self.table):
            raise ValueError(f'table: "{self.table}" is no name of a table, such as incident')
        for name, given, most in (
            ("impacts", self.impacts, 3), ("urgencies", self.urgencies, 3), ("severities", self.severities, 5),
        ):  # fmt: skip
            for level, number in given.items():
                if level not in Level.__members__:
                    raise ValueError(f'{name}: there is no level "{level}"; one of {", ".join(_SEVERITIES)}')
                if not 1 <= number <= most:
                    raise ValueError(f"{name}: {number} is none; 1 to {most}")
        for name in self.fields:
            if name in _OURS or not re.fullmatch("[a-z][a-z0-9_]{0,79}", name):
                raise ValueError(f'fields: "{name}" is no name of a field, or one that is written already')
        for option, word in (("source", self.source), ("node", self.node)):
            if not word.strip() or len(word) > LONGEST_WORD or not word.isprintable():
                raise ValueError(f"{option}: 1 to {LONGEST_WORD} characters that can be seen")

    def deliver(self, message: Message) -> Outcome:
        """See `NotifierOptions.deliver`. An incident bears the mark of its thread, and that of its newest message."""
        if self.mode == "event":
            answer = self._ask("POST", "api/global/em/jsonv2", {"records": [self._event(message)]})
            if re.search(r"\b0 events", str(_result(answer))):
                raise Undelivered(Retry(self.told(answer)))
            return Delivered()
        incident = self._open(message)
        if incident is None:
            if message.action == "trigger":
                self._make(message)
        elif incident.get("correlation_display") != _mark(message.id):
            changes = {**self._changes(message), "correlation_display": _mark(message.id)}
            _result(self._ask("PATCH", f"api/now/table/{self.table}/{incident['sys_id']}?{_ANSWERED}", changes))
        return Delivered()

    def _open(self, message: Message) -> dict[str, Any] | None:
        """The newest incident of the thread that is neither resolved nor closed."""
        mark = _mark(message.thread)
        query = f"correlation_id={mark}^active=true^state!={self.resolved_state}^ORDERBYDESCsys_created_on"
        fields = "sys_id,correlation_id,correlation_display"
        asked = {"sysparm_query": query, "sysparm_fields": fields, "sysparm_limit": "1"}
        found = _result(self._ask("GET", f"api/now/table/{self.table}?{urlencode(asked)}"))
        if not isinstance(found, list):
            _strange()
        if not found:
            return None
        incident: dict[str, Any] = found[0]
        self._ours(incident, mark)
        return incident

    def _make(self, message: Message) -> None:
        mark, level = _mark(message.thread), message.level.name
        made: dict[str, Any] = {
            **self.fields,
            "short_description": _line(message),
            "description": _shown(message.parts["text"]),
            "correlation_id": mark,
            "correlation_display": _mark(message.id),
        }
        for name, grades in (("impact", self.impacts), ("urgency", self.urgencies)):
            if level in grades:
                made[name] = str(grades[level])
        self._ours(_result(self._ask("POST", f"api/now/table/{self.table}?{_ANSWERED}", made)), mark)

    def _ours(self, record: Any, mark: str) -> None:
        """Refuse a record that is not marked: ServiceNow leaves out of a query, or a record, what it does not let be.

        Otherwise an alert would change the incidents of somebody else, or make one after the other.
        """
        if not isinstance(record, dict) or record.get("correlation_id") != mark:
            raise Undelivered(
                Refused(f"{self.table} has no correlation_id that {self.user or 'we'} may read and write; see its ACLs")
            )
        if not re.fullmatch("[0-9a-f]{32}", str(record.get("sys_id"))):
            _strange()

    def _changes(self, message: Message) -> dict[str, Any]:
        """What becomes of an incident that is open."""
        text = _shown(message.parts["text"])
        if message.action == "update":
            return {"description": text}
        if message.action == "resolve":
            return {"state": str(self.resolved_state), "close_code": self.close_code, "close_notes": text}
        if message.action == "acknowledge" and self.acknowledged_state is not None:
            return {"work_notes": text, "state": str(self.acknowledged_state)}
        return {"work_notes": text}

    def _event(self, message: Message) -> dict[str, str]:
        """A record of em_event. Its time is when it was made: Event Management goes by the order of these."""
        alert, over = message.alerts[0], message.action == "resolve"
        severity = self.severities.get(message.level.name, _SEVERITIES[message.level.name])
        return {
            "source": self.source,
            "event_class": self.source,
            "node": self.node,
            "type": _word(alert.rule.logsource.service or alert.rule.logsource.product or "log"),
            "resource": _word(alert.key or alert.id),
            "metric_name": _word(alert.rule.title),
            "message_key": _mark(message.thread),
            "severity": "0" if over else str(severity),
            "resolution_state": "Closing" if over else "New",
            "time_of_event": format_time(message.time)[:19].replace("T", " "),
            "description": _shown(f"{_line(message)}\n\n{message.parts['text']}"),
            "additional_info": encoded(_details(message, alert)).decode(),
        }

    def _ask(self, method: str, path: str, json: Any = None) -> Answer:
        login = f"Bearer {revealed(self.token)}" if self.token else ""
        if self.password:
            pair = f"{self.user}:{revealed(self.password)}"
            login = f"Basic {base64.b64encode(pair.encode()).decode()}"
        headers = {"Authorization": login, "Accept": "application/json"}
        return self.call(method, f"{self.url.rstrip('/')}/{path}", json=json, headers=headers)


def _mark(text: str) -> str:
    """Hexadecimal, so no text of a log can be part of a query."""
    return f"detect-{hashlib.sha256(text.encode('utf-8', 'backslashreplace')).hexdigest()[:32]}"


def _line(message: Message) -> str:
    return " ".join(message.parts["title"].split()) or "Alert"


def _shown(text: str) -> str:
    """A text in which nothing is HTML or a mention: what stands in [code] would be, and @[ calls somebody."""
    quiet = re.sub(r"\[(?=/?code)|(?<=@)\[", "[\u200b", text, flags=re.IGNORECASE)
    return cut(quiet, LONGEST_TEXT, "utf16", _PLAIN)


def _word(text: str) -> str:
    return cut(_PLAIN.escape(text), LONGEST_WORD, "utf16", _PLAIN)


def _details(message: Message, alert: Alert) -> dict[str, str]:
    """For the rules of Event Management, which read texts by name: no list and no object in it."""
    given = {
        "id": message.id,
        "level": message.level.name,
        "rule": alert.rule.id or alert.rule.key,
        "alerts": len(message.alerts),
        "hits": sum(one.hits for one in message.alerts),
        **{f"group_{name}": value for name, value in alert.group},
        **{f"field_{name}": value for name, value in alert.fields.items()},
    }
    shown = {
        _PLAIN.escape(name): _PLAIN.escape(value if isinstance(value, str) else encoded(value).decode())
        for name, value in fitted(given, LONGEST_DETAILS).items()
    }
    links = [
        _PLAIN.link(href, _word(link.text))
        for link in message.links
        if (href := href_of(link.href)) and len(href) <= LONGEST_LINK
    ]
    return shown | {"links": "\n".join(links[:LINKS])}


def _result(answer: Answer) -> Any:
    """What an answer holds; one that is none of ServiceNow comes from an instance that sleeps, or from a proxy."""
    said = answer.json()
    if isinstance(said, dict) and "result" in said:
        return said["result"]
    _strange()


def _strange() -> NoReturn:
    raise Undelivered(Retry("the answer is none of ServiceNow; is this the address of an instance that is awake?"))
