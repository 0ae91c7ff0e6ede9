# ruff: noqa: E501
"""Bugs in the notifier of Slack."""

from __future__ import annotations

from tests.bugs.bug import Bug

__all__ = ["BUGS"]

SLACK = "engine/notifiers/slack.py"

BUGS = [
    Bug("an end in Slack is posted anew", SLACK, 'if message.action != "trigger":', 'if message.action == "update":'),
    Bug("a reminder in Slack changes silently", SLACK, 'if message.action != "trigger":', "if message.action:"),
    Bug("nobody in the thread hears of an end", SLACK, 'if message.action != "update":', 'if message.action == "trigger":'),
    Bug("an update is told to the thread", SLACK, 'if message.action != "update":', "if message.action:"),
    Bug("a reminder is not shown in the channel", SLACK, 'place["reply_broadcast"] = True', 'place["reply_broadcast"] = False'),
    Bug("every reply is shown in the channel", SLACK, 'if message.action == "trigger" and self.broadcast:', "if self.broadcast:"),
    Bug("a card that was deleted stays away", SLACK, 'if said["error"] in _GONE:', 'if said["error"] in _TOO_LONG:'),
    Bug("a reminder to a deleted card is lost", SLACK, 'return bool(said["ok"] or said["error"] == _DELETED)', "return True"),
    Bug("Slack cannot know a message again", SLACK, '_digest(f"{channel} {message.id}")', '_digest(f"{channel} {id(message)}")'),
    Bug("a deleted post is an error", SLACK, "_new(channel, message), {_DELETED})", "_new(channel, message), _GONE)"),
    Bug("an ok that is false is one", SLACK, 'if said.setdefault("ok", False) or ', 'if said.setdefault("ok", False) is False or '),
    Bug("a busy Slack is never", SLACK, "Retry(reason) if error in _LATER", "Retry(reason) if error not in _LATER"),
    Bug("nobody is told what to do", SLACK, "if error in _HINTS:", "if error not in _HINTS and error in _LATER:"),
    Bug("an HTML page is an ok", SLACK, 'if answer.text.strip() != "ok":', "if not answer.text:"),
    Bug("a payload that a webhook refuses is tried for ever", SLACK, "raise Undelivered(self.classed(answer))", "raise Undelivered(Retry(self.told(answer)))"),
    Bug("a card that is too long is not sent shorter", SLACK, 'if said["error"] not in _TOO_LONG:', 'if said["error"]:'),
    Bug("a webhook's card that is too long is not sent shorter", SLACK, "self._hook(webhook, _card(message, SHORT))", "self._hook(webhook, _card(message, LONGEST))"),
    Bug("mentions in a header", SLACK, "title.translate(_ANGLES)", "title"),
    Bug("mentions in a notification", SLACK, 'return {"text": DIALECTS["mrkdwn"].escape(title), ', 'return {"text": title, '),
    Bug("addresses become links by themselves", SLACK, '"verbatim": True', '"verbatim": False'),
    Bug("links of a webhook are unfurled", SLACK, 'card | {"unfurl_links": False', 'card | {"unfurl_links": True'),
    Bug("links of a bot are unfurled", SLACK, '"unfurl_media": False,', '"unfurl_media": True,'),
    Bug("an end in Slack is not green", SLACK, '_GREEN if message.action == "resolve" else ', ""),
    Bug("a table has any number of fields", SLACK, "[:FIELDS]", "[:90]"),
    Bug("links have no end", SLACK, 'and size(shown + one, "utf16") <= LONGEST', ""),
    Bug("a text that is empty is a block", SLACK, "mrkdwn).strip():", "mrkdwn) or True:"),
    Bug("a title is longer than a header", SLACK, 'Part("header", 150, "utf16")', 'Part("header", 250, "utf16")'),
    Bug("a text in Slack is Markdown", SLACK, 'Part("mrkdwn", LONGEST, "utf16")', 'Part("markdown", LONGEST, "utf16")'),
    Bug("a webhook is told of updates", SLACK, 'ALL if self.webhook is None else ALL - {"update"}', "ALL"),
]  # fmt: skip
