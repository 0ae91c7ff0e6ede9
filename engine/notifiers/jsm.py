"""jsm: an alert in Jira Service Management, or in Opsgenie, that is acknowledged and closed with ours."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal

import msgspec

from engine.alert import Action, Delivered, Message, Outcome, Retry
from engine.destination import Part, Rate
from engine.dialects import DIALECTS, cut, href_of
from engine.model import Level
from engine.notifiers import ALL, HttpOptions, Undelivered, encoded, good_url, revealed
from engine.secret import Secret
from engine.times import format_time

__all__ = ["Notifier"]

LINKS, LONGEST_LINK = 10, 1_000

FIELDS, LONGEST_FIELD = 15, 300
"""Fields of an alert among the details, and the characters of one."""

LONGEST_DETAILS = 8_000
"""Units of UTF-16 of all details, names and values."""

TAGS, LONGEST_TAG, LONGEST_ENTITY = 20, 50, 512

_URLS = {"jsm": "https://api.atlassian.com/jsm/ops/integration", "opsgenie": "https://api.opsgenie.com"}
_PRIORITIES = {"critical": "P1", "high": "P2", "medium": "P3", "low": "P4", "informational": "P5"}
_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Notifier(HttpOptions, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Makes an alert in Jira Service Management (Operations), acknowledges it, and closes it.

    In the operations of a team add the integration API and copy its API key; an API token of Atlassian does not do.

        notifiers:
          oncall:
            type: jsm
            api_key: {env: JSM_API_KEY}

    Opsgenie, as long as it is there, is product: opsgenie, and in Europe besides url: https://api.eu.opsgenie.com

    api_key     of the integration
    product     jsm or opsgenie
    priorities  level -> P1 to P5
    teams       ids of teams that are told besides the one of the integration; in Opsgenie also their names
    tags        that alerts get besides the tags of their rules
    url         in place of the product's own, up to where /v2 begins
    """

    parts: ClassVar[Mapping[str, Part]] = {
        "title": Part("header", 130, "utf16"),
        "text": Part("plain", 15_000, "utf16", default="unlinked"),
    }
    rates: ClassVar[tuple[Rate, ...]] = (Rate(60, 60.0),)

    api_key: Secret
    product: Literal["jsm", "opsgenie"] = "jsm"
    priorities: dict[str, str] = msgspec.field(default_factory=lambda: dict(_PRIORITIES))
    teams: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    url: str | None = None

    @property
    def actions(self) -> frozenset[Action]:
        """See `NotifierOptions.actions`: an integration of Jira Service Management cannot change what an alert says."""
        return ALL if self.product == "opsgenie" else ALL - {"update"}

    def check(self) -> None:
        """See `NotifierOptions.check`."""
        super().check()
        good_url("url", self._base())
        for level, priority in self.priorities.items():
            if level not in Level.__members__:
                raise ValueError(f'priorities: there is no level "{level}"; one of {", ".join(_PRIORITIES)}')
            if priority not in _PRIORITIES.values():
                raise ValueError(f'priorities: "{priority}" is none; P1 to P5')
        for team in self.teams:
            if not (_ID.fullmatch(team) or (self.product == "opsgenie" and team.strip() and team.isprintable())):
                raise ValueError(f'teams: "{team}" is no id of a team, such as 4513b7ea-3b91-438f-b7e4-e3e54af9147c')
        if len(self.teams) > 50:
            raise ValueError("teams: at most 50")
        if len(self.tags) > TAGS or any(not tag.strip() or _size(tag) > LONGEST_TAG for tag in self.tags):
            raise ValueError(f"tags: at most {TAGS}, each of 1 to {LONGEST_TAG} characters")

    def deliver(self, message: Message) -> Outcome:
        """See `NotifierOptions.deliver`. What makes messages belong together is the alias, made from the thread."""
        alias = _alias(message.thread)
        text = _untagged(message.parts["text"])
        if message.action == "trigger":
            self._ask("POST", "", {"alias": alias, "description": text, **self._made(message)})
        elif message.action == "update":
            self._ask("PUT", f"/{alias}/description?identifierType=alias", {"description": text})
        else:
            step = "acknowledge" if message.action == "acknowledge" else "close"
            given = {"source": "detect", "user": "detect", "note": text}
            self._ask("POST", f"/{alias}/{step}?identifierType=alias", given)
        return Delivered()

    def _made(self, message: Message) -> dict[str, Any]:
        """What an alert has from its beginning; a repeat of one that is open only counts."""
        plain = DIALECTS["plain"]
        entity = _untagged(cut(plain.escape(message.alerts[0].key), LONGEST_ENTITY, "utf16", plain))
        responders = [{"type": "team", "id" if _ID.fullmatch(team) else "name": team} for team in self.teams]
        return {
            "message": _untagged(" ".join(message.parts["title"].split())) or "Alert",
            "priority": self.priorities.get(message.level.name, _PRIORITIES[message.level.name]),
            "source": "detect",
            "tags": _tags((*self.tags, *(tag for alert in message.alerts for tag in alert.rule.tags))),
            "details": _details(message),
            **({"entity": entity} if entity else {}),
            **({"responders": responders} if responders else {}),
        }

    def _ask(self, method: str, path: str, given: dict[str, Any]) -> None:
        login = {"Authorization": f"GenieKey {revealed(self.api_key)}"}
        answer = self.call(method, f"{self._base().rstrip('/')}/v2/alerts{path}", json=given, headers=login)
        said = answer.json()
        if not isinstance(said, dict) or "requestId" not in said:
            raise Undelivered(Retry(f"{self.told(answer)}; is this the address of {self.product}?"))

    def _base(self) -> str:
        return self.url or _URLS[self.product]


def _alias(thread: str) -> str:
    """Hexadecimal, since what stands in a thread may be a text of any length, and this is part of a URL."""
    return f"detect-{hashlib.sha256(thread.encode('utf-8', 'backslashreplace')).hexdigest()[:32]}"


def _size(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _untagged(text: str) -> str:
    """Without what a browser would take for HTML, which is shown as such; the same length."""
    return text.replace("<", "‹").replace(">", "›")


def _short(text: str, longest: int) -> str:
    plain = DIALECTS["plain"]
    return _untagged(cut(plain.escape(text), longest, "utf16", plain))


def _tags(given: tuple[str, ...]) -> list[str]:
    """Each once, as many as there may be."""
    return list(dict.fromkeys(tag for each in given if (tag := _short(each, LONGEST_TAG).strip())))[:TAGS]


def _details(message: Message) -> dict[str, str]:
    """For rules that route, and for people: as much as there is room for, and how much there is not."""
    found: dict[str, str] = {}
    used, left_out = len("left_out") + 10, 0
    for name, value in _pairs(message):
        if name in found:
            continue
        if used + _size(name) + _size(value) <= LONGEST_DETAILS:
            found[name] = value
            used += _size(name) + _size(value)
        else:
            left_out += 1
    return found | ({"left_out": str(left_out)} if left_out else {})


def _pairs(message: Message) -> Iterator[tuple[str, str]]:
    first = message.alerts[0]
    yield "rule", _short(first.rule.id or first.rule.key, LONGEST_FIELD)
    yield "level", message.level.name
    yield "first", format_time(first.first) if first.first else "–"
    yield "hits", str(sum(alert.hits for alert in message.alerts))
    yield "alerts", str(len(message.alerts))
    hrefs = ((link.text, href) for link in message.links if (href := href_of(link.href)) and len(href) <= LONGEST_LINK)
    for _, (text, href) in zip(range(LINKS), hrefs, strict=False):
        yield _short(text, 100) or "link", href
    for name, value in list(first.fields.items())[:FIELDS]:
        shown = value if isinstance(value, str) else encoded(value).decode()
        yield f"fields.{_short(name, 100)}", _short(shown, LONGEST_FIELD)
