"""datadog: an event in Datadog for whatever happens to an alert, those of one alert together."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from time import time
from typing import Any, ClassVar, Literal

from engine.alert import Action, Delivered, Message, Outcome, Refused, Retry
from engine.destination import Part, Rate
from engine.dialects import DIALECTS, cut
from engine.notifiers import ALL, Answer, HttpOptions, Undelivered, good_url, revealed
from engine.secret import Secret

__all__ = ["Notifier"]

OLDEST = 17 * 3_600
"""Seconds: an event may be 18 hours old, and who knows how long a message waited to be sent."""

LONGEST_TITLE, LONGEST_TEXT = 100, 3_980
"""Units of UTF-16; Datadog cuts a text at 4,000 characters, and with it the end of its Markdown."""

OWN_TAGS, TAGS, LONGEST_TAG = 20, 40, 200

_KINDS = {"critical": "error", "high": "error", "medium": "warning", "low": "info", "informational": "info"}
_STEPS = {"resolve": "success", "acknowledge": "user_update"}
_TAG = re.compile(r"[^\W\d_][\w:./-]{0,199}")
_ADDRESS = re.compile(r"(\]\([^()\s]+\))")


class Notifier(HttpOptions, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Posts an event to Datadog when an alert comes, comes again, is acknowledged and is over.

        notifiers:
          events:
            type: datadog
            api_key: {env: DATADOG_API_KEY}
            site: datadoghq.eu
            tags: ["team:security"]

    Events about the same alerts have one aggregation key, by which Datadog shows them together. Nobody is mentioned,
    whatever stands in a log; who is told is said by monitors of events, which find them by their tags.

    api_key  of your organisation; no application key is needed
    site     of Datadog, as in the address of your browser, without "app."
    tags     that events get besides source, level, action, rule and id
    url      in place of the site's own, up to where /api begins
    """

    parts: ClassVar[Mapping[str, Part]] = {
        "title": Part("header", LONGEST_TITLE, "utf16"),
        "text": Part("markdown", LONGEST_TEXT, "utf16"),
    }
    rates: ClassVar[tuple[Rate, ...]] = (Rate(5, 1.0),)

    api_key: Secret
    site: Literal[
        "datadoghq.com", "us3.datadoghq.com", "us5.datadoghq.com", "datadoghq.eu", "ap1.datadoghq.com",
        "ap2.datadoghq.com", "ddog-gov.com", "us2.ddog-gov.com",
    ] = "datadoghq.com"  # fmt: skip
    tags: tuple[str, ...] = ()
    url: str | None = None

    @property
    def actions(self) -> frozenset[Action]:
        """See `NotifierOptions.actions`: an event cannot be changed."""
        return ALL - {"update"}

    def check(self) -> None:
        """See `NotifierOptions.check`."""
        super().check()
        if self.url is not None:
            good_url("url", self.url)
        for tag in self.tags:
            if not _TAG.fullmatch(tag):
                raise ValueError(f'tags: "{tag}" is no tag: a letter, then up to 199 letters, digits, _ : . / or -')
        if len(self.tags) > OWN_TAGS:
            raise ValueError(f"tags: at most {OWN_TAGS}")

    def deliver(self, message: Message) -> Outcome:
        """See `NotifierOptions.deliver`. Datadog knows no event again; one that is sent twice has the same tag id."""
        base = (self.url or f"https://api.{self.site}").rstrip("/")
        key = {"DD-API-KEY": revealed(self.api_key)}
        answer = self.call("POST", f"{base}/api/v1/events", json=self._event(message), headers=key)
        said = answer.json()
        if not isinstance(said, dict) or said.get("status") != "ok":
            raise Undelivered(Retry(f"{self.told(answer)}; is this the address of Datadog?"))
        return Delivered()

    def classed(self, answer: Answer) -> Retry | Refused:
        """See `HttpOptions.classed`. How long to wait stands in a header of Datadog's own, in seconds."""
        outcome = super().classed(answer)
        seconds = answer.headers.get("x-ratelimit-reset", "")
        if isinstance(outcome, Retry) and outcome.after is None and re.fullmatch("[0-9]{1,6}", seconds):
            return outcome._replace(after=min(float(seconds), 86_400.0))
        return outcome

    def _event(self, message: Message) -> dict[str, Any]:
        now = int(time())
        return {
            "title": " ".join(_unmentioned(message.parts["title"]).split()) or "Alert",
            "text": f"%%% \n{_markdown(message.parts['text'])}\n %%%",
            "alert_type": _STEPS.get(message.action) or _KINDS[message.level.name],
            "priority": "low" if message.level.name in ("low", "informational") else "normal",
            "aggregation_key": _key(message.thread),
            "date_happened": min(max(message.time // 1_000_000, now - OLDEST), now),
            "tags": list(self._tags(message))[:TAGS],
        }

    def _tags(self, message: Message) -> Iterator[str]:
        yield from self.tags
        yield from ("source:detect", f"level:{message.level.name}", f"action:{message.action}")
        yield f"id:{_key(message.id)}"
        for name in dict.fromkeys(alert.rule.id or alert.rule.title for alert in message.alerts):
            yield f"rule:{re.sub(r'[^a-z0-9_./-]+', '_', name.lower())}"[:LONGEST_TAG]


def _key(text: str) -> str:
    """Hexadecimal, since what stands in a thread may be a text of any length."""
    return f"detect-{hashlib.sha256(text.encode('utf-8', 'backslashreplace')).hexdigest()[:32]}"


def _markdown(text: str) -> str:
    """A text that neither mentions anybody nor ends the block of Markdown that it stands in."""
    pieces = _ADDRESS.split(text.replace("%%%", "\uff05\uff05\uff05"))
    pieces[::2] = [_unmentioned(piece) for piece in pieces[::2]]
    pieces[1::2] = [address.replace("@", "%40") for address in pieces[1::2]]
    return cut("".join(pieces), LONGEST_TEXT, "utf16", DIALECTS["markdown"])


def _unmentioned(text: str) -> str:
    """With another @: Datadog tells everybody whose name stands behind one."""
    return text.replace("@\u200b", "\uff20").replace("@", "\uff20")
