# ruff: noqa: E501
"""Bugs in the notifiers of tickets."""

from __future__ import annotations

from tests.bugs.bug import Bug

__all__ = ["BUGS"]

JIRA = "engine/notifiers/jira.py"

BUGS = [
    Bug("a label holds what the log says", JIRA, """hashlib.sha256(text.encode('utf-8', 'backslashreplace')).hexdigest()[:32]""", "text"),
    Bug("issues that are done are found", JIRA, ''' AND statusCategory != Done\'''', "'"),
    Bug("an issue that is done is commented", JIRA, '["statusCategory"]["key"] != "done"', '["statusCategory"]["key"] != "over"'),
    Bug("a comment is made twice", JIRA, "if not any(mark in", "if not all(mark and not mark in"),
    Bug("the message that made an issue comments it, too", JIRA, "elif _mark(message.id) not in labels:", "else:"),
    Bug("an end leaves the issue open", JIRA, '        if message.action == "resolve":\n            self._close(key)\n', ""),
    Bug("an end without an issue makes one", JIRA, 'if message.action == "trigger" else message.handle', 'if message.action else message.handle'),
    Bug("a log ends the block it stands in", JIRA, 'text.replace("{", "{\\u200b")', "text"),
    Bug("any transition closes", JIRA, "(not self.transition and _done(each))", "(not self.transition)"),
    Bug("a project may be a query", JIRA, 'if not re.fullmatch(r"[A-Z][A-Z0-9_]{1,79}", self.project):', "if False:"),
    Bug("the level is not sent", JIRA, "if message.level.name in self.priorities:", "if False:"),
]  # fmt: skip
