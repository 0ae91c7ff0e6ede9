# ruff: noqa: E501
"""Bugs in the notifiers of clouds where others watch what runs, or keep tickets of it."""

from __future__ import annotations

from tests.bugs.bug import Bug

__all__ = ["BUGS"]

DATADOG = "engine/notifiers/datadog.py"
SERVICENOW = "engine/notifiers/servicenow.py"

BUGS = [
    Bug("everybody behind an @ is told", DATADOG, 'text.replace("@\\u200b", "\\uff20").replace("@", "\\uff20")', "text"),
    Bug("a log ends the Markdown it stands in", DATADOG, 'text.replace("%%%", "\\uff05\\uff05\\uff05")', "text"),
    Bug("an @ in a link tells somebody", DATADOG, '[address.replace("@", "%40") for', "[address for"),
    Bug("a link with an @ is broken", DATADOG, "[_unmentioned(piece) for piece in pieces[::2]]", "[_unmentioned(piece) for piece in pieces[::2]]\n    pieces[1::2] = [_unmentioned(piece) for piece in pieces[1::2]]"),
    Bug("a text of Datadog is not cut", DATADOG, "LONGEST_TITLE, LONGEST_TEXT = 100, 3_980", "LONGEST_TITLE, LONGEST_TEXT = 100, 39_800"),
    Bug("an end in Datadog is an error", DATADOG, '"resolve": "success", ', ""),
    Bug("an end in Datadog is a heap of its own", DATADOG, '"aggregation_key": _key(message.thread)', '"aggregation_key": _key(message.id)'),
    Bug("an event waits until it is too old", DATADOG, "max(message.time // 1_000_000, now - OLDEST)", "message.time // 1_000_000"),
    Bug("how long Datadog is busy is not heard", DATADOG, "return outcome._replace(after=min(float(seconds), 86_400.0))", "return outcome"),
    Bug("a page of a proxy is a success", DATADOG, 'or said.get("status") != "ok"', "and False"),
    Bug("an event has any number of tags", DATADOG, "[:TAGS]", "[:1000]"),
    Bug("a low level is of normal priority", DATADOG, 'in ("low", "informational") else', 'in ("lowest", "informational") else'),
    Bug("an incident of somebody else is changed", SERVICENOW, 'or record.get("correlation_id") != mark', "or not mark"),
    Bug("incidents that are resolved are found", SERVICENOW, "^state!={self.resolved_state}", "^state!=99"),
    Bug("an end without an incident makes one", SERVICENOW, '            if message.action == "trigger":\n', "            if message.action:\n"),
    Bug("a work note is made twice", SERVICENOW, 'elif incident.get("correlation_display") != _mark(message.id):', "else:"),
    Bug("an incident does not remember its newest message", SERVICENOW, '{**self._changes(message), "correlation_display": _mark(message.id)}', "self._changes(message)"),
    Bug("an end has no notes", SERVICENOW, ', "close_notes": text}', "}"),
    Bug("an acknowledgement has a state nobody asked for", SERVICENOW, "str(self.acknowledged_state)}", '"2"}'),
    Bug("an update is a work note", SERVICENOW, 'return {"description": text}', 'return {"work_notes": text}'),
    Bug("a log is HTML in a work note", SERVICENOW, r're.sub(r"\[(?=/?code)|(?<=@)\[", "[\u200b", text, flags=re.IGNORECASE)', "text"),
    Bug("only small letters are made harmless", SERVICENOW, "text, flags=re.IGNORECASE)", "text)"),
    Bug("a log is part of a query", SERVICENOW, """hashlib.sha256(text.encode('utf-8', 'backslashreplace')).hexdigest()[:32]""", "text"),
    Bug("an end in Event Management has a severity", SERVICENOW, '"0" if over else str(severity)', "str(severity)"),
    Bug("an end in Event Management is another alert", SERVICENOW, '"message_key": _mark(message.thread)', '"message_key": _mark(message.id)'),
    Bug("an event has the time of a program", SERVICENOW, '[:19].replace("T", " ")', ""),
    Bug("details of an event have lists in them", SERVICENOW, "value if isinstance(value, str) else encoded(value).decode()", "value"),
    Bug("an instance that sleeps is a success", SERVICENOW, '    if isinstance(said, dict) and "result" in said:\n        return said["result"]\n    _strange()', '    return said["result"] if isinstance(said, dict) and "result" in said else [{}]'),
    Bug("an event that is not taken is a success", SERVICENOW, 'r"\\b0 events"', '"no events"'),
    Bug("what is made harmless grows too long", SERVICENOW, 'return cut(quiet, LONGEST_TEXT, "utf16", _PLAIN)', "return quiet"),
]  # fmt: skip
