"""discord: a message in a channel of Discord, by a webhook, changed in place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit, urlunsplit

from engine.alert import Delivered, Message, Outcome, Retry
from engine.destination import Part, Rate
from engine.dialects import DIALECTS, cut
from engine.model import Level
from engine.notifiers import HttpOptions, Undelivered, revealed
from engine.secret import Secret
from engine.times import format_time

__all__ = ["Notifier"]

_COLOURS = {
    Level.critical: 0xD92D20, Level.high: 0xF79009, Level.medium: 0xFDB022, Level.low: 0x2E90FA,
    Level.informational: 0x98A2B3,
}  # fmt: skip
_GREEN = 0x12B76A


class Notifier(HttpOptions, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Posts to a channel of Discord, and changes what it posted when there is more to say or it is over.

    In Discord, make a webhook under Edit channel, Integrations, and copy its URL, which is a secret: whoever has it can
    post.

        notifiers: {soc: {type: discord, url: {env: DISCORD_URL}}}

    The message has the colour of its level, and is green when it is over. Nobody is mentioned, whatever stands in it.

    url        of the webhook
    username   under which it posts, in place of the webhook's own
    thread_id  of a thread of the channel to post into
    """

    parts: ClassVar[Mapping[str, Part]] = {
        "title": Part("discord", 256, "utf16"),
        "text": Part("discord", 4_096, "utf16"),
    }
    rates: ClassVar[tuple[Rate, ...]] = (Rate(5, 2.0), Rate(30, 60.0))

    url: Secret
    username: str | None = None
    thread_id: str | None = None

    def check(self) -> None:
        """See `NotifierOptions.check`."""
        super().check()
        if self.username is not None:
            lower = self.username.lower()
            if not 1 <= len(self.username.strip()) <= 80 or "clyde" in lower or "discord" in lower:
                raise ValueError('username: 1 to 80 characters, and neither "clyde" nor "discord" in it')
        if self.thread_id is not None and not (self.thread_id.isascii() and self.thread_id.isdigit()):
            raise ValueError("thread_id: an id of Discord is a number, in quotes")

    def deliver(self, message: Message) -> Outcome:
        """See `NotifierOptions.deliver`. The handle is the id of the newest post, which is the one that is changed."""
        post = _post(message)
        if message.handle and message.action != "trigger":
            answer = self.call("PATCH", self._address(message.handle), json=post, accept=(404,))
            if answer.status != 404:
                return Delivered(message.handle)
        if self.username:
            post["username"] = self.username
        answer = self.call("POST", self._address(), json=post)
        try:
            return Delivered(str(answer.json()["id"]))
        except (ValueError, KeyError, TypeError):
            raise Undelivered(Retry("it answered without the id of the message; is this a webhook's URL?")) from None

    def _address(self, post: str = "") -> str:
        parts = urlsplit(revealed(self.url))
        query = "" if post else "wait=true"
        if self.thread_id:
            query += f"{'&' if query else ''}thread_id={self.thread_id}"
        path = f"{parts.path.rstrip('/')}/messages/{quote(post, safe='')}" if post else parts.path
        return urlunsplit((parts.scheme, parts.netloc, path, query, ""))


def _post(message: Message) -> dict[str, Any]:
    plain = DIALECTS["plain"]
    embed = {
        "title": " ".join(message.parts["title"].split()),
        "description": message.parts["text"],
        "color": _GREEN if message.action == "resolve" else _COLOURS[message.level],
        "timestamp": format_time(message.time),
        "footer": {"text": cut(plain.escape(message.thread), 200, "utf16", plain)},
    }
    return {"embeds": [embed], "allowed_mentions": {"parse": []}}
