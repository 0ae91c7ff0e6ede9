# ruff: noqa: E501
"""Bugs in the notifiers that write to stores of events, and to services that watch them."""

from __future__ import annotations

from tests.bugs.bug import Bug

__all__ = ["BUGS"]

ONCALL = "engine/notifiers/splunk_oncall.py"
SPLUNK = "engine/notifiers/splunk_hec.py"
ELASTIC = "engine/notifiers/elasticsearch.py"
FITTED = "engine/notifiers/_fitted.py"

BUGS = [
    Bug("a page of Splunk Web is success", SPLUNK, 'said.get("code") != 0', 'said.get("code") == 1'),
    Bug("what Splunk says with a 200 is not read", SPLUNK, "if not isinstance(said, dict) or", "if isinstance(said, dict) and"),
    Bug("Splunk gets no channel", SPLUNK, '                "X-Splunk-Request-Channel": _CHANNEL,\n', ""),
    Bug("only the first events reach Splunk", SPLUNK, "range(0, len(events), AT_ONCE)", "range(0, AT_ONCE, AT_ONCE)"),
    Bug("a repeat cannot be told in Splunk", SPLUNK, "f\"{message.id}/{alert['id']}\"", "f\"{message.sequence}/{alert['id']}\""),
    Bug("an event is longer than Splunk reads", SPLUNK, "LONGEST = 10_000", "LONGEST = 100_000"),
    Bug("links have any length in Splunk", SPLUNK, 'if len(one["href"]) <= LONGEST_LINK', 'if one["href"]'),
    Bug("all alerts have the worst level in Splunk", SPLUNK, '"severity": alert["level"], "alert"', '"severity": message.level.name, "alert"'),
    Bug("faults behind a 200 are none", ELASTIC, 'if said["errors"]:', 'if said["errors"] is None:'),
    Bug("a full queue behind a 200 is never", ELASTIC, 'Retry(reason) if one["status"] in self.retried else Refused(reason)', "Refused(reason)"),
    Bug("a bad document keeps the others from being tried again", ELASTIC, 'one["status"] not in self.retried', 'one["status"] in self.retried'),
    Bug("a newer document is a fault", ELASTIC, ' and one["status"] != 409', ""),
    Bug("a late message undoes a newer one", ELASTIC, '"version": message.time', '"version": 10**15'),
    Bug("a repeat is a document of its own", ELASTIC, '"_id": alert.id', '"_id": message.id'),
    Bug("an end goes into the index of its day", ELASTIC, "format_time(alert.first)[:10]", "format_time(alert.last)[:10]"),
    Bug("an index is made without mappings", ELASTIC, '{"mappings": _MAPPINGS}', '{"mappings": {"properties": {}}}'),
    Bug("two who make an index at once fail", ELASTIC, 'b"resource_already_exists_exception" not in answer.body', "answer.body"),
    Bug("a log makes fields of the index", ELASTIC, '"fields": _pairs(alert.fields.items())', '"fields": alert.fields'),
    Bug("what was shown of events makes fields", ELASTIC, '"shown": _pairs(one["shown"].items())', '"shown": one["shown"]'),
    Bug("the last line is not ended", ELASTIC, 'b"\\n".join(lines) + b"\\n"', 'b"\\n".join(lines)'),
    Bug("what is over is open", ELASTIC, 'message.action == "resolve"', 'message.action == "over"'),
    Bug("only the first documents are written", ELASTIC, "range(0, len(pairs), AT_ONCE)", "range(0, AT_ONCE, AT_ONCE)"),
    Bug("every message is an incident of its own", ONCALL, "_entity(message.thread)", "_entity(message.id)"),
    Bug("an incident does not recover", ONCALL, ', "resolve": "RECOVERY"', ""),
    Bug("an update wakes people", ONCALL, '"update": "INFO", ', ""),
    Bug("a failure of Splunk On-Call is success", ONCALL, 'said.get("result") == "failure"', 'said.get("result") == "fault"'),
    Bug("any page is success for Splunk On-Call", ONCALL, "if not isinstance(said, dict):", "if said == {}:"),
    Bug("levels are not what the options say", ONCALL, "self.types.get(message.level.name, _TYPES[message.level.name])", "_TYPES[message.level.name]"),
    Bug("a routing key is a path", ONCALL, "quote(self.routing_key, safe='')", "quote(self.routing_key)"),
    Bug("an annotation is as long as it likes", ONCALL, "href and len(href) <= LONGEST_LINK", "href"),
    Bug("any number of annotations", ONCALL, "len(found) < LINKS", "len(found) < 1_000"),
    Bug("a text is not cut for Splunk On-Call", ONCALL, 'Part("plain", 20_000, "bytes",', 'Part("plain", 20_000,'),
    Bug("an incident begins with its message", ONCALL, '"state_start_time": first //', '"state_start_time": message.time //'),
    Bug("an event without a time began in 1970", ONCALL, "if first else {}", "if first >= 0 else {}"),
    Bug("what is too large is sent", FITTED, "if len(encoded(shown)) <= longest:", "if shown:"),
    Bug("a name hides what is in it", FITTED, "_unlike(_short(str(name), text), kept)", "_unlike(str(name)[:text], kept)"),
    Bug("of two names that are cut to the same one is lost", FITTED, "kept[_unlike(_short(str(name), text), kept)]", "kept[_short(str(name), text)]"),
    Bug("a long text is cut without a sign", FITTED, '{shown[: longest - 1]}…"', '{shown[: longest - 1]}"'),
    Bug("a number is as long as it likes", FITTED, "not -(1 << 63) <= value < 1 << 63", "False"),
]  # fmt: skip
