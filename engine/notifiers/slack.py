"""slack: a card in a channel of Slack, changed in place by a bot, or posted by an incoming webhook."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from engine.alert import Action, Delivered, Message, Outcome, Refused, Retry
from engine.destination import Part, Rate, size
from engine.dialects import DIALECTS, cut, href_of
from engine.model import Level
from engine.notifiers import ALL, Answer, HttpOptions, Undelivered, good_url, revealed
from engine.secret import Secret
from engine.times import format_time

__all__ = ["Notifier"]

LONGEST = 3_000
"""Of the text of one block. Slack does not say what it counts; units of UTF-16 are never fewer than characters."""

SHORT = 800
"""Of the text when Slack finds a message too long all the same: from some 13,000 for all blocks on it may."""

FIELDS, LONGEST_FIELD = 10, 400

LINKS, LONGEST_LINK = 6, 1_000

_COLOURS = {
    Level.critical: "#d92d20", Level.high: "#f79009", Level.medium: "#fdb022", Level.low: "#2e90fa",
    Level.informational: "#98a2b3",
}  # fmt: skip
_GREEN = "#12b76a"
_HANDLE = re.compile(r"([A-Z0-9]{2,40})/([0-9]{1,20}\.[0-9]{1,20})")
_TOO_LONG = frozenset({"msg_blocks_too_long", "msg_too_long"})
_LATER = frozenset({
    "fatal_error", "internal_error", "org_login_required", "rate_limited", "ratelimited", "request_timeout",
    "service_unavailable", "team_added_to_org",
})  # fmt: skip
_GONE = frozenset({"message_not_found", "thread_not_found"})
_FIXED = frozenset({"cant_update_message", "edit_window_closed"})
_DELETED = "duplicate_message_not_found"
"""Said of a post that arrived before and was deleted since."""

_HINTS = {
    "channel_not_found": "write the id of the channel, and invite the app where it is private",
    "not_in_channel": "invite the app to the channel",
    "missing_scope": "the app needs the scope chat:write",
}
_ANGLES = str.maketrans("<>", "‹›")


class Notifier(HttpOptions, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Posts cards to a channel of Slack.

    With the token of a bot a card is changed in place, and what follows is its thread. In Slack, make an app with the
    scope chat:write, install it, copy its Bot User OAuth Token, and invite the app to the channel.

        notifiers:
          soc:
            type: slack
            token: {env: SLACK_TOKEN}
            channel: C0123456789

    An incoming webhook of an app has its channel in its URL, which is a secret, and cannot change what it posted: an
    acknowledgement and an end are cards of their own, and updates are not sent.

        notifiers: {soc: {type: slack, webhook: {env: SLACK_WEBHOOK}}}

    The card has the colour of its level, and is green when it is over. Nobody is mentioned, whatever stands in it.

    webhook    its URL; or token and channel
    token      of the bot, which begins with xoxb-
    channel    its id, or its name
    broadcast  whether a reminder, which is in the thread, is shown in the channel too
    url        of the Web API, up to where the name of a method begins
    """

    parts: ClassVar[Mapping[str, Part]] = {
        "title": Part("header", 150, "utf16"),
        "text": Part("mrkdwn", LONGEST, "utf16"),
    }
    rates: ClassVar[tuple[Rate, ...]] = (Rate(1, 1.0), Rate(50, 60.0))

    webhook: Secret | None = None
    token: Secret | None = None
    channel: str | None = None
    broadcast: bool = True
    url: str = "https://slack.com/api"

    @property
    def actions(self) -> frozenset[Action]:
        """See `NotifierOptions.actions`: what a webhook posted stays as it is."""
        return ALL if self.webhook is None else ALL - {"update"}

    def check(self) -> None:
        """See `NotifierOptions.check`."""
        super().check()
        good_url("url", self.url)
        if (self.webhook is None) == (self.token is None):
            raise ValueError("webhook: either the URL of a webhook, or a token and a channel")
        if self.webhook is not None and self.channel is not None:
            raise ValueError("channel: a webhook posts to the channel it was made for")
        if self.token is not None and not re.fullmatch(r"#?[^\s#@<>]{1,80}", self.channel or ""):
            raise ValueError("channel: an id such as C0123456789, or a name such as #soc in quotes")

    def deliver(self, message: Message) -> Outcome:
        """See `NotifierOptions.deliver`. The handle is the channel and the timestamp of the card that is changed."""
        if self.webhook is not None:
            return self._hooked(message, self.webhook)
        there = _HANDLE.fullmatch(message.handle or "")
        if there is None:
            return self._posted(message)
        channel, stamp = there.groups()
        if message.action != "trigger":
            said = self._ask("chat.update", message, {"channel": channel, "ts": stamp}, {*_GONE, *_FIXED})
            if said["ok"]:
                if message.action != "update":
                    self._reply(channel, stamp, message, _line(message))
                return Delivered(message.handle)
            if said["error"] in _GONE:
                return self._posted(message)
        if self._reply(channel, stamp, message, {}):
            return Delivered(message.handle)
        return self._posted(message)

    def _posted(self, message: Message) -> Outcome:
        """A card of its own in the channel."""
        channel = self.channel or ""
        said = self._ask("chat.postMessage", message, _new(channel, message), {_DELETED})
        if not said["ok"]:
            return Delivered()
        try:
            return Delivered(f"{said['channel']}/{said['ts']}")
        except KeyError:
            raise Undelivered(Retry("it answered without the channel and the time of the message")) from None

    def _reply(self, channel: str, stamp: str, message: Message, shown: dict[str, Any]) -> bool:
        """Whether the thread could be replied to: with what is shown, or the whole card."""
        place = _new(channel, message) | {"thread_ts": stamp}
        if message.action == "trigger" and self.broadcast:
            place["reply_broadcast"] = True
        said = self._ask("chat.postMessage", message, place | shown, {*_GONE, _DELETED})
        return bool(said["ok"] or said["error"] == _DELETED)

    def _ask(self, method: str, message: Message, more: dict[str, Any], accept: Collection[str]) -> dict[str, Any]:
        """What the Web API answers to a card: `ok`, or an `error` that is accepted. All others end the delivery."""
        token = revealed(self.token) if self.token else ""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json; charset=utf-8"}
        address = f"{self.url.rstrip('/')}/{method}"
        for longest in (LONGEST, SHORT):
            answer = self.call("POST", address, json=_card(message, longest) | more, headers=headers)
            said = answer.json()
            if not isinstance(said, dict) or not (said.get("ok") or isinstance(said.get("error"), str)):
                raise Undelivered(Retry(f"{self.told(answer)}; is this the address of Slack?"))
            if said.setdefault("ok", False) or said["error"] in accept:
                return said
            if said["error"] not in _TOO_LONG:
                break
        raise Undelivered(_meant(said))

    def _hooked(self, message: Message, webhook: Secret) -> Outcome:
        """By the webhook, which answers "ok" and nothing else."""
        answer = self._hook(webhook, _card(message, LONGEST))
        if answer.status == 400 and answer.text.strip() in _TOO_LONG:
            answer = self._hook(webhook, _card(message, SHORT))
        if answer.status == 400:
            raise Undelivered(self.classed(answer))
        if answer.text.strip() != "ok":
            raise Undelivered(Retry(f"{self.told(answer)}; is this the URL of an incoming webhook?"))
        return Delivered()

    def _hook(self, webhook: Secret, card: dict[str, Any]) -> Answer:
        return self.call("POST", webhook, json=card | {"unfurl_links": False, "unfurl_media": False}, accept=(400,))


def _meant(said: dict[str, Any]) -> Retry | Refused:
    """What an error means that stands in an answer of 200."""
    error = said["error"]
    reason = f'Slack says "{error}"'
    if error in _HINTS:
        reason += f"; {_HINTS[error]}"
    detail = said.get("response_metadata")
    if isinstance(detail, dict) and detail.get("messages"):
        reason += f": {detail['messages']}"
    return Retry(reason) if error in _LATER else Refused(reason)


def _new(channel: str, message: Message) -> dict[str, Any]:
    """What a post has besides what it shows; by its id Slack knows one that comes again."""
    number = _digest(f"{channel} {message.id}")
    return {
        "channel": channel, "client_msg_id": str(uuid.UUID(bytes=number, version=4)),
        "unfurl_links": False, "unfurl_media": False,
    }  # fmt: skip


def _card(message: Message, longest: int) -> dict[str, Any]:
    """Header, table, text and links; only what is attached can have a colour."""
    mrkdwn = DIALECTS["mrkdwn"]
    title = " ".join(message.parts["title"].split()) or "Alert"
    header = {
        "type": "header",
        "block_id": _digest(message.id).hex(),
        "text": {"type": "plain_text", "text": title.translate(_ANGLES), "emoji": False},
    }
    blocks: list[dict[str, Any]] = [{"type": "section", "fields": [_text(one) for one in _fields(message)]}]
    if text := cut(message.parts["text"], longest, "utf16", mrkdwn).strip():
        blocks.append({"type": "section", "text": _text(text)})
    if links := _links(message):
        blocks.append({"type": "section", "text": _text(links)})
    colour = _GREEN if message.action == "resolve" else _COLOURS[message.level]
    return _quiet(title) | {
        "blocks": [header],
        "attachments": [{"color": colour, "fallback": mrkdwn.escape(title), "blocks": blocks}],
    }


def _line(message: Message) -> dict[str, Any]:
    """What has become of the card, in one line of its thread."""
    title = " ".join(message.parts["title"].split()) or "Alert"
    section = {"type": "section", "text": _text(DIALECTS["mrkdwn"].escape(title))}
    return _quiet(title) | {"blocks": [section], "attachments": []}


def _quiet(title: str) -> dict[str, Any]:
    """The text of notifications, in which nobody is mentioned and nothing becomes a link."""
    return {"text": DIALECTS["mrkdwn"].escape(title), "parse": "none", "link_names": False}


def _text(text: str) -> dict[str, Any]:
    """Text in which nothing becomes a link or a mention that is not written as one."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _fields(message: Message) -> list[str]:
    """The table: what is known of all alerts, and the group of a single one."""
    alerts = message.alerts
    begun = [alert.first for alert in alerts if alert.first]
    first, last = min(begun, default=0), max(alert.last for alert in alerts)
    events = sum(alert.hits for alert in alerts)
    facts = {
        "Level": message.level.name,
        "State": f"{message.action}d" if message.action in ("acknowledge", "resolve") else "",
        "First": _moment(first) if first else "",
        "Last": _moment(last) if last > first else "",
        "Alerts": str(len(alerts)) if len(alerts) > 1 else "",
        "Events": str(events) if events > 1 else "",
    }
    group = alerts[0].group if len(alerts) == 1 else ()
    shown = [f"*{name}*\n{fact}" for name, fact in facts.items() if fact]
    return (shown + [_field(name, value) for name, value in group])[:FIELDS]


def _moment(time: int) -> str:
    return f"{format_time(time)[:19].replace('T', ' ')} UTC"


def _field(name: str, value: str | None) -> str:
    mrkdwn, plain = DIALECTS["mrkdwn"], DIALECTS["plain"]
    label = mrkdwn.bold(cut(mrkdwn.escape(name), 60, "utf16", mrkdwn))
    code = mrkdwn.code(cut(value or "", 300, "utf16", plain))
    return f"{label}\n{cut(code, LONGEST_FIELD - 70, 'utf16', mrkdwn)}"


def _links(message: Message) -> str:
    """Links side by side, those for which there is room; a button would ask for a server that hears of clicks."""
    mrkdwn, plain = DIALECTS["mrkdwn"], DIALECTS["plain"]
    shown = ""
    for link in message.links[:LINKS]:
        href = href_of(link.href)
        label = mrkdwn.escape(cut(link.text, 60, "characters", plain)) or "link"
        one = f"{' · ' if shown else ''}{mrkdwn.link(href, label)}"
        if href and len(href) <= LONGEST_LINK and size(shown + one, "utf16") <= LONGEST:
            shown += one
    return shown


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
