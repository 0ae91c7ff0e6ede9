# ruff: noqa: E501
"""Bugs in the notifiers that go to AWS."""

from __future__ import annotations

from tests.bugs.bug import Bug

__all__ = ["BUGS"]

AWS = "engine/notifiers/_aws.py"
BRIDGE = "engine/notifiers/eventbridge.py"
SNS = "engine/notifiers/sns.py"
SQS = "engine/notifiers/sqs.py"

BUGS = [
    Bug("boto3 tries again by itself", AWS, '"total_max_attempts": 1', '"total_max_attempts": 3'),
    Bug("a client waits for a minute", AWS, "read_timeout=seconds", "read_timeout=60"),
    Bug("a key that has changed is not noticed", AWS, "wanted = (os.getpid(), *keys)", "wanted = (os.getpid(),)"),
    Bug("every message assumes the role again", AWS, 'self.__dict__["held"] = held = (wanted', "held = (wanted"),
    Bug("a role hears no external id", AWS, 'if self.external_id is not None:\n            asked', "if self.external_id == \"\":\n            asked"),
    Bug("the token of a role is lost", AWS, '"token": given["SessionToken"]', '"token": None'),
    Bug("messages go to any address", AWS, "        self._judge(self.endpoint)\n", ""),
    Bug("a role is asked for at any address", AWS, "            self._judge(self.sts_endpoint)\n", ""),
    Bug("throttling is never", AWS, ' or "throttl" in code.lower()', ""),
    Bug("login that has ended is never", AWS, '"ExpiredToken", "ExpiredTokenException"', '"ExpiredTokenException"'),
    Bug("a 503 of AWS is never", AWS, "later = status in RETRIED or code", "later = code"),
    Bug("AWS is not waited for", AWS, "outcome._replace(after=retry_after(headers))", "outcome"),
    Bug("no credentials are never", AWS, 'return Retry("there are no AWS credentials', 'return Refused("there are no AWS credentials'),
    Bug("a message for AWS is not cut", AWS, "longest - len(encoded(head)))", "40 * longest)"),
    Bug("labels do not count for the size", AWS, "if len(encoded(head)) > longest // 2:", "if len(encoded(head)) > 40 * longest:"),
    Bug("an attribute may be empty", AWS, "for name, word in words.items() if (shown := _word(word))}", "for name, word in words.items() if (shown := _word(word)) or True}"),
    Bug("a log steers attributes", AWS, 'return cut(plain.escape(text), LONGEST_WORD', "return cut(text, LONGEST_WORD"),
    Bug("severities are upside down", AWS, "Level.high: 4, Level.medium: 3, Level.low: 2", "Level.high: 2, Level.medium: 3, Level.low: 4"),
    Bug("a rule is named as often as it fired", AWS, "list(dict.fromkeys(filter(None, map(_word, texts))))[:WORDS]", "list(filter(None, map(_word, texts)))[:WORDS]"),
    Bug("an id for AWS is whatever a log says", AWS, 'return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()', "return text"),
    Bug("attributes do not count for the size", SQS, "body(message, longest - weight(given))", "body(message, longest)"),
    Bug("a queue that takes less is given up", SQS, "            self._put(message, int(found[1]) - 1)\n", "            raise\n"),
    Bug("a repeat is put into a FIFO queue again", SQS, '"MessageDeduplicationId": digest(message.id)', '"MessageDeduplicationId": digest(str(id(given)) + __import__("os").urandom(8).hex())'),
    Bug("a thread in a FIFO queue has no order", SQS, '"MessageGroupId": digest(message.thread)', '"MessageGroupId": digest(message.id)'),
    Bug("the region of a queue is not seen", SQS, "return self.region or (found[1] if found else None)", "return self.region"),
    Bug("an event that failed counts as sent", BRIDGE, 'if answer.get("FailedEntryCount") or found.get("ErrorCode"):', 'if answer.get("FailedEntryCount", 0) > 1:'),
    Bug("an answer without an event is success", BRIDGE, 'if not found.get("EventId"):', 'if found.get("EventId") == "":'),
    Bug("an event is as of now", BRIDGE, "message.time / 1_000_000", "1_800_000_000"),
    Bug("what stands around a detail is not counted", BRIDGE, "self.longest - len(self.source) - len(kind) - TIME - 1", "self.longest"),
    Bug("an end looks like a trigger", BRIDGE, '"resolve": "Alert Resolved"', '"resolve": "Alert Triggered"'),
    Bug("the bus is the default one", BRIDGE, '"EventBusName": self.bus', '"EventBusName": "default"'),
    Bug("a subject is too long", SNS, "LONGEST_SUBJECT = 99", "LONGEST_SUBJECT = 120"),
    Bug("a subject has any letters", SNS, 'kept.encode("ascii", "replace").decode()', "kept"),
    Bug("a subject may be empty", SNS, "if not any(one.isalnum() for one in shown):", 'if shown == "-":'),
    Bug("programs get the text for people", SNS, '{"default": body(message, data), **around}', '{"default": text, **around}'),
    Bug("an SMS is a mail", SNS, "LONGEST_SMS = 140", "LONGEST_SMS = 1_400"),
    Bug("JSON in JSON is as long as before", SNS, "len(shown.encode()) <= room or data < 256", "data"),
    Bug("one text is for all, as JSON", SNS, 'asked["MessageStructure"] = "json"', "pass"),
    Bug("a FIFO topic takes a repeat again", SNS, '"MessageDeduplicationId": digest(message.id)', '"MessageDeduplicationId": digest(__import__("os").urandom(8).hex())'),
    Bug("updates always go to people", SNS, 'ALL if self.updates else ALL - {"update"}', "ALL"),
    Bug("the region of a topic is not seen", SNS, 'found["region"] if found else None', "None if found else None"),
    Bug("a text for SNS is not cut", SNS, 'cut(message.parts["text"], room, "bytes", plain)', 'message.parts["text"]'),
]  # fmt: skip
