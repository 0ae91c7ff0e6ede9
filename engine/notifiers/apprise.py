"""apprise: what Apprise sends to, for the many services that have no notifier of their own. Needs the extra."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from engine.alert import Action, Delivered, Message, Outcome, Refused, Retry
from engine.destination import Part, Rate
from engine.dialects import DIALECTS, cut
from engine.model import Level
from engine.notifiers import RETRIED, NotifierOptions, Undelivered, good_timeout, revealed
from engine.options import Duration
from engine.secret import Secret

if TYPE_CHECKING:
    from apprise import AppriseResult, NotifyBase

__all__ = ["Notifier"]

FOOT = 500
"""A service that takes less than so many characters gets no line that says which alert it is."""

_MISSING = 'a library is missing: pip install "detect-engine[apprise]"'
_TYPES = {
    Level.critical: "failure", Level.high: "failure", Level.medium: "warning", Level.low: "info",
    Level.informational: "info",
}  # fmt: skip
_CALLS = re.compile(r"(?<!\w)@(?=\S)|@(?=everyone|here|channel|all)|<(?=[!@#\w])|\](?=\()", re.IGNORECASE)
_STATUS = re.compile(r"\berror[=:] ?(\d{3})\b")


class Notifier(NotifierOptions, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Sends by Apprise, which knows more than a hundred services. Needs the extra: pip install "detect-engine[apprise]"

        notifiers: {phone: {type: apprise, url: {env: APPRISE_URL}}}

    An end, an acknowledgement and a reminder are messages of their own; nothing is changed. Text is shown as text, cut
    to what the service takes, and calls nobody. Where there is a notifier for a service, it does more.

    url      of Apprise, for one service and one recipient; it is a secret, since most have a password or token in them
    format   text, markdown or html: what the service reads, where Apprise thinks it to be something else
    timeout  how long a message may take
    """

    parts: ClassVar[Mapping[str, Part]] = {
        "title": Part("header", 250),
        "text": Part("plain", 30_000),
        "markdown": Part("markdown", 30_000),
        "html": Part("html", 60_000),
    }
    rates: ClassVar[tuple[Rate, ...]] = (Rate(1, 1.0), Rate(20, 60.0))

    url: Secret
    format: Literal["text", "markdown", "html"] | None = None
    timeout: Duration = Duration(20_000_000)

    @property
    def actions(self) -> frozenset[Action]:
        """See `NotifierOptions.actions`: what was sent stays as it is."""
        return frozenset(("trigger", "acknowledge", "resolve"))

    def check(self) -> None:
        """See `NotifierOptions.check`."""
        good_timeout(self.timeout)

    def deliver(self, message: Message) -> Outcome:
        """See `NotifierOptions.deliver`. A repeat is a message more; its last line says about what."""
        try:
            from apprise import Apprise, AppriseAsset, NotifyType, OverflowMode
        except ImportError:
            raise Undelivered(Refused(_MISSING)) from None
        asset = AppriseAsset(
            app_id="detect", app_desc="detect", app_url="", image_url_mask="", image_url_logo="", async_mode=False,
            http_redirects=False, storage_mode="memory", secure_logging=True,
        )  # fmt: skip
        service = Apprise.instantiate(revealed(self.url), asset=asset)
        if service is None:
            raise Undelivered(Refused("Apprise knows no service with such a URL, or lacks a library that it needs"))
        service.overflow_mode = OverflowMode.TRUNCATE  # after its escapes, a text may be longer than what it was cut to
        service.retry = 0
        service.optional = False
        taken = service.resolve_format()
        sender = Apprise(asset=asset)
        sender.add(service)
        result = sender.notify(
            body=_body(message, service, self.format or taken.value), title=_title(message, service), body_format=taken,
            notify_type=NotifyType("success" if message.action == "resolve" else _TYPES[message.level]),
            timeout=self.timeout / 1_000_000,
        )  # fmt: skip
        return Delivered() if result else _failed(result)


def _title(message: Message, service: NotifyBase) -> str:
    """What stands above; a service without titles does without: the text begins with the same."""
    if service.title_maxlen <= 0:
        return ""
    line = _calling_nobody(" ".join(message.parts["title"].split()))
    return cut(line, service.title_maxlen, "characters", DIALECTS["plain"])


def _body(message: Message, service: NotifyBase, format: str) -> str:
    """The text in as many lines and characters as the service takes, and which alerts it is about."""
    spoken = DIALECTS[{"text": "plain"}.get(format, format)]
    text = message.parts[format]
    if format == "text":
        text = _calling_nobody(text)
    thread = cut(spoken.escape(message.thread), 200, "characters", spoken)
    foot = f"<p>{thread}</p>" if format == "html" else f"\n\n{thread}"
    lines, most = text.split("\n"), service.body_max_line_count
    if most and most < len(lines):
        text = "\n".join(lines[:most]) + " …"
    if most or service.body_maxlen < FOOT:
        foot = ""
    return cut(text, max(1, service.body_maxlen - len(foot)), "characters", spoken) + foot


def _calling_nobody(text: str) -> str:
    """With a space of no width where @ or < would call somebody, or ]( make a link; an address of mail keeps its @."""
    return _CALLS.sub(lambda found: f"{found[0]}\u200b", text)


def _failed(result: AppriseResult) -> Retry | Refused:
    """Apprise says why only in what it logs: an answer that means never, if all that it names do."""
    said = [entry.message for one in result for entry in one.logs()] + [entry.message for entry in result.call_logs()]
    reason = f"Apprise could not deliver it: {' '.join(said) or result.status.name.lower()}"
    statuses = [int(one) for text in said for one in _STATUS.findall(text)]
    if statuses and all(400 <= one < 500 and one not in RETRIED for one in statuses):
        return Refused(reason)
    return Retry(reason)
