# ruff: noqa: E501
"""Bugs in the notifiers of chats."""

from __future__ import annotations

from tests.bugs.bug import Bug

__all__ = ["BUGS"]

DISCORD = "engine/notifiers/discord.py"
GOOGLE = "engine/notifiers/google_chat.py"
TEAMS = "engine/notifiers/teams.py"

BUGS = [
    Bug("a card is too long for its buttons", TEAMS, "> LONGEST and links", "> 10 * LONGEST and links"),
    Bug("an end has the colour of its level", TEAMS, '"good" if message.action == "resolve" else _STYLES', '"good" if message.action == "over" else _STYLES'),
    Bug("a failure behind a 200 is none", TEAMS, "return _hidden(answer) or Delivered()", "return Delivered()"),
    Bug("a hidden 429 is never", TEAMS, "Retry(reason) if status in HttpOptions.retried", "Retry(reason) if status not in HttpOptions.retried"),
    Bug("functions of cards run on buttons", TEAMS, '.replace("{", "{\\u200b")', ""),
    Bug("a text is not cut to a card", TEAMS, 'Part("adaptive", 9_000, "bytes",', 'Part("adaptive", 90_000, "bytes",'),
    Bug("a card has any number of buttons", TEAMS, "[:BUTTONS]", "[:20]"),
    Bug("the message cannot be told by its id", TEAMS, '"id": message.id, ', ""),
    Bug("a title has several lines", TEAMS, 'line = " ".join(message.parts["title"].split())', 'line = message.parts["title"]'),
    Bug("an end is posted anew", DISCORD, 'if message.handle and message.action != "trigger":', 'if message.handle and message.action == "update":'),
    Bug("a reminder changes silently", DISCORD, 'if message.handle and message.action != "trigger":', "if message.handle:"),
    Bug("a deleted message stays away", DISCORD, "if answer.status != 404:", "if answer:"),
    Bug("Discord is not asked for the id", DISCORD, '"wait=true"', '"wait=false"'),
    Bug("mentions are left to Discord", DISCORD, ', "allowed_mentions": {"parse": []}}', "}"),
    Bug("a post in a thread is looked for outside", DISCORD, "        if self.thread_id:\n", "        if self.thread_id and not post:\n"),
    Bug("emoji are counted once", DISCORD, 'Part("discord", 4_096, "utf16")', 'Part("discord", 4_096)'),
    Bug("an end in Discord is not green", DISCORD, '_GREEN if message.action == "resolve" else ', ""),
    Bug("an end is a thread of its own", GOOGLE, "_digest(message.thread)", "_digest(message.id)"),
    Bug("Google Chat cannot know a message again", GOOGLE, '"requestId": _digest(message.id)', '"requestId": _digest(str(id(message)))'),
    Bug("the key of the URL is lost", GOOGLE, "dict(parse_qsl(parts.query)) | {", "{"),
    Bug("a card of Google Chat is too long for its buttons", GOOGLE, "> LONGEST and links", "> 10 * LONGEST and links"),
    Bug("an end in Google Chat is not green", GOOGLE, '_GREEN if message.action == "resolve" else ', ""),
    Bug("a text in Google Chat is Markdown", GOOGLE, 'Part("html", 11_000, "bytes")', 'Part("markdown", 11_000, "bytes")'),
    Bug("a text is not cut for Google Chat", GOOGLE, 'Part("html", 11_000, "bytes")', 'Part("html", 110_000, "bytes")'),
]  # fmt: skip
