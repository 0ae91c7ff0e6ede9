# ruff: noqa: E501
"""Bugs in the notifiers that write to stores of events, and to services that watch them."""

from __future__ import annotations

from tests.bugs.bug import Bug

__all__ = ["BUGS"]

SPLUNK = "engine/notifiers/splunk_hec.py"
FITTED = "engine/notifiers/_fitted.py"

BUGS = [
    Bug("a page of Splunk Web is success", SPLUNK, 'said.get("code") != 0', 'said.get("code") == 1'),
    Bug("what Splunk says with a 200 is not read", SPLUNK, "if not isinstance(said, dict) or", "if isinstance(said, dict) and"),
    Bug("Splunk gets no channel", SPLUNK, '                "X-Splunk-Request-Channel": _CHANNEL,\n', ""),
    Bug("only the first events reach Splunk", SPLUNK, "range(0, len(events), AT_ONCE)", "range(0, AT_ONCE, AT_ONCE)"),
    Bug("a repeat cannot be told in Splunk", SPLUNK, "f\"{message.id}/{alert['id']}\"", "f\"{message.sequence}/{alert['id']}\""),
    Bug("an event is longer than Splunk reads", SPLUNK, "LONGEST = 10_000", "LONGEST = 12_000"),
    Bug("links have any length in Splunk", SPLUNK, 'if len(one["href"]) <= LONGEST_LINK', 'if one["href"]'),
    Bug("all alerts have the worst level in Splunk", SPLUNK, '"severity": alert["level"], "alert"', '"severity": message.level.name, "alert"'),
    Bug("what is too large is sent", FITTED, "if len(encoded(shown)) <= longest:", "if shown:"),
    Bug("a name hides what is in it", FITTED, "{_short(str(name), text): _cut", "{str(name)[:text]: _cut"),
    Bug("a long text is cut without a sign", FITTED, '{shown[: longest - 1]}…"', '{shown[: longest - 1]}"'),
    Bug("a number is as long as it likes", FITTED, "value.bit_length() > 64", "value.bit_length() > 10**9"),
]  # fmt: skip
