"""elasticsearch: a document for every alert, in Elasticsearch or OpenSearch, kept up to date."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote

from engine.alert import Alert, Delivered, Message, Outcome, Refused, Retry
from engine.destination import Rate
from engine.notifiers import Answer, HttpOptions, Undelivered, document, encoded, fitted, good_url, revealed
from engine.secret import Secret
from engine.times import format_time

__all__ = ["Notifier"]

LONGEST = 100_000
"""Bytes of one document."""

AT_ONCE = 40
"""Documents of a call, which so stays far below what a server takes."""

LINKS, LONGEST_LINK = 20, 2_000

_SEVERITY = {"informational": 10, "low": 25, "medium": 50, "high": 75, "critical": 100}
_TEXT = {"type": "text"}
_WORD = {"type": "keyword", "ignore_above": 8_000}
_PAIR = {"properties": {"name": _WORD, "value": _WORD}}
_DATE = {"type": "date"}
_MAPPINGS = {
    "dynamic": False,
    "properties": {
        "@timestamp": _DATE,
        "message": _TEXT,
        "tags": _WORD,
        "event": {
            "properties": {
                "kind": _WORD, "module": _WORD, "action": _WORD, "id": _WORD, "start": _DATE, "end": _DATE,
                "severity": {"type": "long"},
            },
        },
        "rule": {"properties": {"id": _WORD, "name": _WORD, "description": _TEXT, "reference": _WORD}},
        "detect": {
            "properties": {
                "status": _WORD, "level": _WORD, "key": _WORD, "thread": _WORD, "message": _WORD, "value": _WORD,
                "hits": {"type": "long"}, "last": _DATE, "told": _DATE, "group": _PAIR, "fields": _PAIR,
            },
        },
    },
}  # fmt: skip
"""What an index is made with, so that no text of a log decides that a field is a date, an object or another field."""


class Notifier(HttpOptions, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Keeps a document for every alert in Elasticsearch or OpenSearch, which always says how the alert stands.

        notifiers:
          search:
            type: elasticsearch
            url: https://elastic.example.com:9200
            api_key: {env: ELASTIC_API_KEY}
            index: detect-alerts

    Whose key it is needs the privileges create_index, view_index_metadata and write for INDEX-*. OpenSearch takes
    `user` and `password`.

    url       of the server, up to where the name of an index would stand
    index     begins the names of the indexes, one a day: INDEX-2026.07.01, by when the alert began
    api_key   encoded, as Elasticsearch shows it
    user      in place of a key
    password  of the user
    """

    rates: ClassVar[tuple[Rate, ...]] = (Rate(10, 1.0),)

    url: str
    index: str = "detect-alerts"
    api_key: Secret | None = None
    user: str | None = None
    password: Secret | None = None

    def check(self) -> None:
        """See `NotifierOptions.check`."""
        super().check()
        good_url("url", self.url)
        if not re.fullmatch(r"[a-z0-9][a-z0-9_.-]{0,199}", self.index):
            raise ValueError(f'index: "{self.index}" is no name of an index: a-z, 0-9, _ . and -')
        if self.api_key and (self.user or self.password):
            raise ValueError("api_key: there is a user or a password as well; only one of them can be sent")
        if bool(self.user) != bool(self.password):
            raise ValueError("user: a user and a password belong together")

    def deliver(self, message: Message) -> Outcome:
        """See `NotifierOptions.deliver`."""
        whole = document(message)
        pairs = list(zip(message.alerts, whole["alerts"], strict=True))
        for name in sorted({self._index(alert) for alert in message.alerts}):
            self._prepare(name)
        for start in range(0, len(pairs), AT_ONCE):
            lines = [
                line for alert, shown in pairs[start : start + AT_ONCE] for line in self._lines(message, alert, shown)
            ]
            self._write(lines)
        return Delivered()

    def _index(self, alert: Alert) -> str:
        """The same whatever becomes of the alert."""
        return f"{self.index}-{format_time(alert.first)[:10].replace('-', '.') if alert.first else 'undated'}"

    def _prepare(self, name: str) -> None:
        """Make the index, unless it is there; somebody else may be as quick."""
        if self._ask("GET", f"{name}?filter_path=*.settings.index.uuid", accept=(404,)).status == 404:
            answer = self._ask("PUT", name, encoded({"mappings": _MAPPINGS}), accept=(400,))
            if answer.status == 400 and b"resource_already_exists_exception" not in answer.body:
                raise Undelivered(Refused(self.told(answer)))

    def _lines(self, message: Message, alert: Alert, shown: dict[str, Any]) -> tuple[bytes, bytes]:
        """The document by its id; one that is newer than the message is not overwritten."""
        about = {"_index": self._index(alert), "_id": alert.id, "version": message.time, "version_type": "external_gte"}
        return encoded({"index": about}), encoded(_record(message, alert, shown))

    def _write(self, lines: Sequence[bytes]) -> None:
        query = "filter_path=errors,items.*.status,items.*.error.type,items.*.error.reason"
        answer = self._ask("POST", f"_bulk?{query}", b"\n".join(lines) + b"\n")
        said = answer.json()
        if not isinstance(said, dict) or "errors" not in said:
            raise Undelivered(Retry(f"{self.told(answer)}; is this the address of Elasticsearch?"))
        if said["errors"]:
            self._judge(said.get("items", ()))

    def _judge(self, items: Sequence[Mapping[str, Any]]) -> None:
        """Raise the worst of what became of the documents. 409: there is a newer one already."""
        failed = [one for item in items for one in item.values() if one["status"] >= 300 and one["status"] != 409]
        for one in sorted(failed, key=lambda one: one["status"] not in self.retried):
            error = one.get("error", {})
            reason = f"a document was not taken, {one['status']}: {error.get('type')}: {str(error.get('reason'))[:250]}"
            raise Undelivered(Retry(reason) if one["status"] in self.retried else Refused(reason))

    def _ask(self, method: str, path: str, body: bytes = b"", accept: tuple[int, ...] = ()) -> Answer:
        headers = {"Content-Type": "application/x-ndjson" if path.startswith("_bulk") else "application/json"}
        if self.api_key:
            headers["Authorization"] = f"ApiKey {revealed(self.api_key)}"
        elif self.user and self.password:
            pair = f"{self.user}:{revealed(self.password)}".encode()
            headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        url = f"{self.url.rstrip('/')}/{quote(path, safe='?=&,*._-')}"
        return self.call(method, url, body=body, headers=headers, accept=accept)


def _record(message: Message, alert: Alert, shown: dict[str, Any]) -> dict[str, Any]:
    """The alert in the names of the Elastic Common Schema, and what has no name there under `detect`."""
    rule = shown["rule"]
    links = [one._asdict() for one in message.links if len(one.href) <= LONGEST_LINK][:LINKS]
    start = shown["first"] or format_time(message.time)
    return {
        "@timestamp": start,
        "event": {
            "kind": "alert", "module": "detect", "action": message.action, "id": alert.id, "start": start,
            "severity": _SEVERITY[alert.level.name], **({"end": shown["resolved"]} if shown["resolved"] else {}),
        },
        **fitted(
            {
                "message": alert.title,
                "tags": rule["tags"],
                "rule": {
                    "id": rule["id"], "name": rule["title"], "description": rule["description"],
                    "reference": rule["references"],
                },
            },
            LONGEST // 4,
        ),
        "detect": {
            "status": _status(message, alert), "level": alert.level.name, "hits": alert.hits, "thread": message.thread,
            "message": message.id, "told": format_time(message.time), "last": shown["last"] or start,
            **fitted(
                {
                    "key": alert.key, "value": _text(alert.value), "group": _pairs(alert.group),
                    "fields": _pairs(alert.fields.items()),
                    "events": [{**one, "shown": _pairs(one["shown"].items())} for one in shown["events"]],
                    "links": links,
                },
                LONGEST // 2,
            ),
        },
    }  # fmt: skip


def _status(message: Message, alert: Alert) -> str:
    if alert.resolved is not None or message.action == "resolve":
        return "resolved"
    return "acknowledged" if alert.acknowledged or message.action == "acknowledge" else "open"


def _pairs(values: Any) -> list[dict[str, str | None]]:
    """Names as values, so that no log makes fields of the index."""
    return [{"name": str(name), "value": _text(value)} for name, value in values]


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else encoded(value).decode()
