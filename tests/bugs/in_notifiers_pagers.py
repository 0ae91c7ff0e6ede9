# ruff: noqa: E501
"""Bugs in the notifiers of pagers."""

from __future__ import annotations

from tests.bugs.bug import Bug

__all__ = ["BUGS"]

JSM = "engine/notifiers/jsm.py"
PAGERDUTY = "engine/notifiers/pagerduty.py"

BUGS = [
    Bug("an alert of PagerDuty is found by its message", PAGERDUTY, '"dedup_key": _key(message.thread)', '"dedup_key": _key(message.id)'),
    Bug("a key is as long as the thread", PAGERDUTY, """hashlib.sha256(thread.encode('utf-8', 'backslashreplace')).hexdigest()[:32]""", "thread"),
    Bug("an end triggers", PAGERDUTY, '"trigger" if message.action == "update" else message.action', '"trigger" if message.action != "acknowledge" else message.action'),
    Bug("updates wake people unasked", PAGERDUTY, 'return ALL if self.updates else ALL - {"update"}', "return ALL"),
    Bug("another page counts as PagerDuty", PAGERDUTY, 'if not isinstance(said, dict) or said.get("status") != "success":', "if False:"),
    Bug("an end has a payload", PAGERDUTY, 'if event["event_action"] == "trigger":', "if event:"),
    Bug("a severity cannot be changed", PAGERDUTY, "self.severities.get(message.level.name, _SEVERITIES[message.level.name])", "_SEVERITIES[message.level.name]"),
    Bug("it happened when it was told", PAGERDUTY, "if alert.first), default=message.time)", "if not alert.first), default=message.time)"),
    Bug("emoji of a summary are counted once", PAGERDUTY, 'Part("header", 1_024, "utf16")', 'Part("header", 1_024)'),
    Bug("details are of any length", PAGERDUTY, "fitted(given, LONGEST_DETAILS)", "fitted(given, 100 * LONGEST_DETAILS)"),
    Bug("alerts are left out silently", PAGERDUTY, "if len(whole) > ALERTS:", "if not whole:"),
    Bug("an address in a log is a link in PagerDuty", PAGERDUTY, 'return DIALECTS["plain"].escape(value)', "return value"),
    Bug("any link is sent, however long", PAGERDUTY, " and len(href) <= LONGEST_LINK", ""),
    Bug("PagerDuty gets every link", PAGERDUTY, "return found[:LINKS]", "return found"),
    Bug("an empty title is sent", PAGERDUTY, ' or "Alert"', ""),
    Bug("an alias is made from the message", JSM, "alias = _alias(message.thread)", "alias = _alias(message.id)"),
    Bug("a log is part of the path", JSM, """hashlib.sha256(thread.encode('utf-8', 'backslashreplace')).hexdigest()[:32]""", "thread"),
    Bug("an alias is taken for an id", JSM, 'f"/{alias}/{step}?identifierType=alias"', 'f"/{alias}/{step}"'),
    Bug("an end is an acknowledgement", JSM, '"acknowledge" if message.action == "acknowledge" else "close"', '"acknowledge"'),
    Bug("Jira Service Management is asked to change an alert", JSM, 'return ALL if self.product == "opsgenie" else ALL - {"update"}', "return ALL"),
    Bug("an update is a repeat", JSM, 'if message.action == "trigger":', 'if message.action in ("trigger", "update"):'),
    Bug("HTML in a log is HTML", JSM, """text.replace("<", "‹")""", """text.replace("<", "<")"""),
    Bug("Opsgenie is asked at Atlassian", JSM, "return self.url or _URLS[self.product]", 'return self.url or _URLS["jsm"]'),
    Bug("another page counts as an alert", JSM, 'if not isinstance(said, dict) or "requestId" not in said:', "if False:"),
    Bug("emoji of a message are counted once", JSM, 'Part("header", 130, "utf16")', 'Part("header", 130)'),
    Bug("details are as many as there are", JSM, "if used + _size(name) + _size(value) <= LONGEST_DETAILS:", "if used:"),
    Bug("details are left out silently", JSM, 'found | ({"left_out": str(left_out)} if left_out else {})', "found"),
    Bug("tags are any number", JSM, "(tag := _short(each, LONGEST_TAG).strip())))[:TAGS]", "(tag := _short(each, LONGEST_TAG).strip())))"),
    Bug("a team is always a name", JSM, '"id" if _ID.fullmatch(team) else "name": team', '"name": team'),
    Bug("a priority cannot be changed", JSM, "self.priorities.get(message.level.name, _PRIORITIES[message.level.name])", "_PRIORITIES[message.level.name]"),
]  # fmt: skip
