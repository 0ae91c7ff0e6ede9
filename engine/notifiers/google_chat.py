"""google_chat: a card in a space of Google Chat, by a webhook, one thread for what belongs together."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from engine.alert import Action, Delivered, Link, Message, Outcome
from engine.destination import Part, Rate
from engine.dialects import DIALECTS, cut, href_of
from engine.model import Level
from engine.notifiers import HttpOptions, encoded, revealed
from engine.secret import Secret

__all__ = ["Notifier"]

LONGEST = 32_000
"""Bytes of a message, cards included; a text of a part takes at most twice its bytes as JSON."""

BUTTONS = 6

_COLOURS = {
    Level.critical: "#d92d20", Level.high: "#c4620a", Level.medium: "#a17200", Level.low: "#1b6fc2",
    Level.informational: "#667085",
}  # fmt: skip
_GREEN = "#0a7d4b"


class Notifier(HttpOptions, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Posts cards to a space of Google Chat; what belongs to the same alerts is one thread there.

    In the space, make a webhook under Apps & integrations and copy its URL, which is a secret: whoever has it can post.

        notifiers: {soc: {type: google_chat, url: {env: GOOGLE_CHAT_URL}}}

    The level has a colour, green when it is over. A webhook cannot change a card, so an end and an acknowledgement are
    replies in the thread, and updates are not sent.

    url  of the webhook
    """

    parts: ClassVar[Mapping[str, Part]] = {
        "title": Part("header", 800, "bytes"),
        "text": Part("html", 11_000, "bytes"),
    }
    rates: ClassVar[tuple[Rate, ...]] = (Rate(1, 1.0),)

    url: Secret

    @property
    def actions(self) -> frozenset[Action]:
        """See `NotifierOptions.actions`: what is posted stays as it is."""
        return frozenset(("trigger", "acknowledge", "resolve"))

    def deliver(self, message: Message) -> Outcome:
        """See `NotifierOptions.deliver`. The id of the request lets Google Chat know a message that comes again."""
        parts = urlsplit(revealed(self.url))
        query = dict(parse_qsl(parts.query)) | {
            "messageReplyOption": "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD",
            "requestId": _digest(message.id),
        }
        address = urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(query), ""))
        self.call("POST", address, json=_fitting(message), headers={"Content-Type": "application/json; charset=UTF-8"})
        return Delivered()


def _fitting(message: Message) -> dict[str, Any]:
    """The message with as many buttons as there is room for."""
    links = [link for link in message.links if href_of(link.href)][:BUTTONS]
    while len(encoded(made := _posted(message, links))) > LONGEST and links:
        links.pop()
    return made


def _posted(message: Message, links: list[Link]) -> dict[str, Any]:
    colour = _GREEN if message.action == "resolve" else _COLOURS[message.level]
    state = "resolved" if message.action == "resolve" else message.level.name
    title = f'<font color="{colour}"><b>{state}</b></font>'
    widgets: list[dict[str, Any]] = [{"textParagraph": {"text": one}} for one in (title, message.parts["text"])]
    if links:
        widgets.append({"buttonList": {"buttons": [_button(link) for link in links]}})
    header = {"title": " ".join(message.parts["title"].split())}
    return {
        "thread": {"threadKey": _digest(message.thread)},
        "cardsV2": [{"cardId": _digest(message.id), "card": {"header": header, "sections": [{"widgets": widgets}]}}],
    }


def _button(link: Link) -> dict[str, Any]:
    plain = DIALECTS["plain"]
    label = cut(plain.escape(link.text), 60, "characters", plain)
    return {"text": label, "onClick": {"openLink": {"url": href_of(link.href)}}}


def _digest(text: str) -> str:
    """The same for the same text, in letters and digits that any id may have."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
