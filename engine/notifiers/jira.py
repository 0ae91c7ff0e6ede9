"""jira: an issue in Jira, Cloud or Data Center, that is commented and closed as its alert goes on."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Literal, NoReturn
from urllib.parse import quote

import msgspec

from engine.alert import Delivered, Link, Message, Outcome, Refused, Retry
from engine.destination import Part, Rate
from engine.dialects import DIALECTS, href_of
from engine.model import Level
from engine.notifiers import Answer, HttpOptions, Undelivered, encoded, good_url, revealed
from engine.secret import Secret

__all__ = ["Notifier"]

LINKS = 10
"""Links of an issue or a comment."""

LONGEST_LINK = 1_000

_PRIORITIES = {"critical": "Highest", "high": "High", "medium": "Medium", "low": "Low", "informational": "Lowest"}
_KEY = re.compile(r"[A-Z][A-Z0-9_]{1,79}-[0-9]{1,18}")


class Notifier(HttpOptions, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Makes an issue in Jira, comments it when its alert comes again or is acknowledged, and closes it at its end.

        notifiers:
          tickets:
            type: jira
            url: https://example.atlassian.net
            user: detect@example.com
            token: {env: JIRA_TOKEN}
            project: SEC
            issue_type: Task

    An issue is found again by a label made from its alert, among the issues of the project that are not done; where
    there is none a new one is made. Data Center takes `edition: data_center` and a personal access token, without user.

    url         of Jira, up to where /rest begins
    edition     cloud or data_center
    user        whose token it is: an address of mail in Cloud
    token       of the API, or a personal access token
    project     its key
    issue_type  name of the type of issues
    priorities  level -> name of a priority; {} sends none, for projects whose issues have none
    labels      that issues get besides
    transition  name of the one that closes an issue; else the first that leads to a status that is done
    resolution  name of the resolution that closing asks for
    """

    parts: ClassVar[Mapping[str, Part]] = {
        "title": Part("header", 255, "utf16"),
        "text": Part("plain", 10_000, "utf16", default="unlinked"),
    }
    rates: ClassVar[tuple[Rate, ...]] = (Rate(5, 1.0),)

    url: str
    token: Secret
    project: str
    edition: Literal["cloud", "data_center"] = "cloud"
    user: str | None = None
    issue_type: str = "Task"
    priorities: dict[str, str] = msgspec.field(default_factory=lambda: dict(_PRIORITIES))
    labels: tuple[str, ...] = ()
    transition: str | None = None
    resolution: str | None = None

    def check(self) -> None:
        """See `NotifierOptions.check`."""
        super().check()
        good_url("url", self.url)
        if not re.fullmatch(r"[A-Z][A-Z0-9_]{1,79}", self.project):
            raise ValueError(f'project: "{self.project}" is no key of a project, such as SEC')
        if self.edition == "cloud" and not self.user:
            raise ValueError("user: Jira Cloud asks for the address of mail that the token belongs to")
        for level in self.priorities:
            if level not in Level.__members__:
                raise ValueError(f'priorities: there is no level "{level}"; one of {", ".join(_PRIORITIES)}')
        for label in self.labels:
            if not label or len(label) > 255 or not label.isprintable() or " " in label:
                raise ValueError(f'labels: "{label}" is no label: 1 to 255 characters without a space')

    def deliver(self, message: Message) -> Outcome:
        """See `NotifierOptions.deliver`. The handle is the key of the issue."""
        issue = self._open(message)
        if issue is None:
            return Delivered(self._made(message) if message.action == "trigger" else message.handle)
        key, labels = issue
        if message.action == "update":
            self._ask("PUT", f"issue/{key}", {"fields": {"description": self._body(message)}})
        elif _mark(message.id) not in labels:
            self._comment(key, message)
        if message.action == "resolve":
            self._close(key)
        return Delivered(key)

    def _open(self, message: Message) -> tuple[str, list[str]] | None:
        """Key and labels of the issue that is not done: the one we know, else by label, of which searching may lag."""
        if message.handle and _KEY.fullmatch(message.handle):
            answer = self._ask("GET", f"issue/{message.handle}?fields=status,labels", accept=(404,))
            if answer.status != 404:
                fields = _known(answer, "fields")
                if fields["status"]["statusCategory"]["key"] != "done":
                    return message.handle, fields["labels"]
        jql = f'project = "{self.project}" AND labels = "{_mark(message.thread)}" AND statusCategory != Done'
        asked = {"jql": f"{jql} ORDER BY created DESC", "maxResults": 1, "fields": ["labels"]}
        path = "search/jql" if self.edition == "cloud" else "search"
        for found in _known(self._ask("POST", path, asked), "issues"):
            return str(found["key"]), found["fields"]["labels"]
        return None

    def _made(self, message: Message) -> str:
        fields: dict[str, Any] = {
            "project": {"key": self.project},
            "issuetype": {"name": self.issue_type},
            "summary": " ".join(message.parts["title"].split()),
            "description": self._body(message),
            "labels": [_mark(message.thread), _mark(message.id), *self.labels],
        }
        if message.level.name in self.priorities:
            fields["priority"] = {"name": self.priorities[message.level.name]}
        return str(_known(self._ask("POST", "issue", {"fields": fields}), "key"))

    def _comment(self, key: str, message: Message) -> None:
        """A comment that ends with a mark of its message, unless it is there already."""
        mark = _mark(message.id)
        newest = self._ask("GET", f"issue/{key}/comment?orderBy=-created&maxResults=20")
        if not any(mark in encoded(one.get("body")).decode() for one in _known(newest, "comments")):
            self._ask("POST", f"issue/{key}/comment", {"body": self._body(message, mark)})

    def _close(self, key: str) -> None:
        offered = _known(self._ask("GET", f"issue/{key}/transitions"), "transitions")
        for each in offered:
            if each["name"] == self.transition or (not self.transition and _done(each)):
                given: dict[str, Any] = {"transition": {"id": each["id"]}}
                if self.resolution:
                    given["fields"] = {"resolution": {"name": self.resolution}}
                self._ask("POST", f"issue/{key}/transitions", given)
                return
        names = ", ".join(each["name"] for each in offered)
        raise Undelivered(Refused(f"no transition closes {key}; write one of these as transition: {names}"))

    def _body(self, message: Message, mark: str = "") -> Any:
        """Text and links as Jira shows them, nothing in them being markup."""
        links = [link for link in message.links if (href := href_of(link.href)) and len(href) <= LONGEST_LINK][:LINKS]
        text = message.parts["text"] + (f"\n\n{mark}" if mark else "")
        return _document(text, links) if self.edition == "cloud" else _wiki(text, links)

    def _ask(self, method: str, path: str, json: Any = None, accept: tuple[int, ...] = ()) -> Answer:
        token = revealed(self.token)
        login = f"Bearer {token}"
        if self.user:
            login = f"Basic {base64.b64encode(f'{self.user}:{token}'.encode()).decode()}"
        url = f"{self.url.rstrip('/')}/rest/api/{3 if self.edition == 'cloud' else 2}/{path}"
        return self.call(method, url, json=json, headers={"Authorization": login}, accept=accept)


def _mark(text: str) -> str:
    """A label: hexadecimal, so no text of a log can be part of a query."""
    return f"detect-{hashlib.sha256(text.encode('utf-8', 'backslashreplace')).hexdigest()[:32]}"


def _done(transition: Any) -> bool:
    return bool(transition["to"]["statusCategory"]["key"] == "done")


def _document(text: str, links: Iterable[Link]) -> dict[str, Any]:
    """Atlassian's document format, in which text is text."""
    lines: list[list[dict[str, Any]]] = [[{"type": "text", "text": line}] if line else [] for line in text.split("\n")]
    for link in links:
        shown = DIALECTS["plain"].escape(link.text)[:255] or "link"
        lines.append(
            [{"type": "text", "text": shown, "marks": [{"type": "link", "attrs": {"href": href_of(link.href)}}]}]
        )
    return {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": line} for line in lines]}


def _wiki(text: str, links: Iterable[Link]) -> str:
    """Wiki markup that shows text as it is: nothing in it can end the block it stands in."""
    shown = text.replace("{", "{\u200b")
    addresses = [quote(href_of(link.href) or "", safe="/:?#=&%@+,;~.-_$'") for link in links]
    return "\n".join([f"{{noformat}}\n{shown}\n{{noformat}}", *addresses])


def _known(answer: Answer, name: str) -> Any:
    """What an answer holds by a name; without it, Jira is not itself now."""
    found = answer.json()
    if isinstance(found, dict) and name in found:
        return found[name]
    _strange(name)


def _strange(name: str) -> NoReturn:
    raise Undelivered(Retry(f'the answer has no "{name}"; is this the address of Jira?'))
