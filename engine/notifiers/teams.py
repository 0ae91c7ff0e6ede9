"""teams: a card in a channel or chat of Microsoft Teams, by a workflow with a webhook."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from engine.alert import Action, Delivered, Link, Message, Outcome, Refused, Retry
from engine.destination import Part, Rate
from engine.dialects import DIALECTS, cut, href_of
from engine.model import Level
from engine.notifiers import Answer, HttpOptions, encoded, revealed
from engine.secret import Secret

__all__ = ["Notifier"]

LONGEST = 28_000
"""Bytes of a message; a text of a part takes at most twice its bytes as JSON."""

BUTTONS = 6
"""Actions that Teams shows of a card."""

_STYLES = {
    Level.critical: "attention", Level.high: "warning", Level.medium: "accent", Level.low: "emphasis",
    Level.informational: "default",
}  # fmt: skip
_HIDDEN = re.compile(r"HTTP error (\d{3})")


class Notifier(HttpOptions, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Posts an adaptive card through a workflow of Teams.

    In Teams, add the workflow "Post to a channel when a webhook request is received" (or to a chat) and copy its URL,
    which is a secret: whoever has it can post.

        notifiers: {soc: {type: teams, url: {env: TEAMS_URL}}}

    The card has the colour of its level, green when it is over, and up to six buttons: the event, ATT&CK, runbooks.
    A workflow cannot change a card, so an end and an acknowledgement are cards of their own, and updates are not sent.

    url    of the workflow
    wide   whether the card takes the whole width of the channel
    """

    parts: ClassVar[Mapping[str, Part]] = {
        "title": Part("adaptive", 1_000, "bytes"),
        "text": Part("adaptive", 9_000, "bytes", default="unlinked"),
    }
    rates: ClassVar[tuple[Rate, ...]] = (Rate(4, 1.0), Rate(60, 30.0))

    url: Secret
    wide: bool = True

    @property
    def actions(self) -> frozenset[Action]:
        """See `NotifierOptions.actions`: what is posted stays as it is."""
        return frozenset(("trigger", "acknowledge", "resolve"))

    def deliver(self, message: Message) -> Outcome:
        """See `NotifierOptions.deliver`. A workflow knows no message again; the card carries the id of its message."""
        answer = self.call("POST", revealed(self.url), json=_fitting(message, self.wide))
        return _hidden(answer) or Delivered()


def _fitting(message: Message, wide: bool) -> dict[str, Any]:
    """The message with as many buttons as there is room for."""
    links = [link for link in message.links if href_of(link.href)][:BUTTONS]
    while len(encoded(made := _posted(message, links, wide))) > LONGEST and links:
        links.pop()
    return made


def _posted(message: Message, links: list[Link], wide: bool) -> dict[str, Any]:
    style = "good" if message.action == "resolve" else _STYLES[message.level]
    line = " ".join(message.parts["title"].split())
    title = {"type": "TextBlock", "text": line, "size": "Large", "weight": "Bolder", "wrap": True}
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [
            {"type": "Container", "id": message.id, "style": style, "bleed": True, "items": [title]},
            {"type": "TextBlock", "text": message.parts["text"], "wrap": True},
        ],
        "actions": [{"type": "Action.OpenUrl", "title": _label(one.text), "url": href_of(one.href)} for one in links],
        "msteams": {"width": "Full"} if wide else {},
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _label(text: str) -> str:
    """What a button says: no Markdown there, but the functions of cards."""
    plain = DIALECTS["plain"]
    return cut(plain.escape(text).replace("{", "{\u200b"), 60, "characters", plain)


def _hidden(answer: Answer) -> Retry | Refused | None:
    """The failure that older addresses of Teams tell of within an answer of 200."""
    found = _HIDDEN.search(answer.text)
    if found is None:
        return None
    status, reason = int(found[1]), f"Teams answered {found[1]} behind {answer.status}: {answer.text[:200]}"
    return Retry(reason) if status in HttpOptions.retried else Refused(reason)
