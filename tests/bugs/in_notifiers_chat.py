# ruff: noqa: E501
"""Bugs in the notifiers of chats."""

from __future__ import annotations

from tests.bugs.bug import Bug

__all__ = ["BUGS"]

TEAMS = "engine/notifiers/teams.py"

BUGS = [
    Bug("a card is too long for its buttons", TEAMS, "> LONGEST and links", "> 10 * LONGEST and links"),
    Bug("an end has the colour of its level", TEAMS, '"good" if message.action == "resolve" else _STYLES', '"good" if message.action == "over" else _STYLES'),
    Bug("a failure behind a 200 is none", TEAMS, "return _hidden(answer) or Delivered()", "return Delivered()"),
    Bug("a hidden 429 is never", TEAMS, "Retry(reason) if status in HttpOptions.retried", "Retry(reason) if status not in HttpOptions.retried"),
    Bug("functions of cards run on buttons", TEAMS, '.replace("{", "{\\u200b")', ""),
    Bug("a text is not cut to a card", TEAMS, 'Part("adaptive", 9_000, "bytes")', 'Part("adaptive", 90_000, "bytes")'),
    Bug("a card has any number of buttons", TEAMS, "[:BUTTONS]", "[:20]"),
    Bug("the message cannot be told by its id", TEAMS, '"id": message.id, ', ""),
]  # fmt: skip
