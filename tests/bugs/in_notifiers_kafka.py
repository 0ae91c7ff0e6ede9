# ruff: noqa: E501
"""Bugs in the notifier of Kafka."""

from __future__ import annotations

from tests.bugs.bug import Bug

__all__ = ["BUGS"]

KAFKA = "engine/notifiers/kafka.py"
NOTIFIERS = "engine/notifiers/__init__.py"

BUGS = [
    Bug("a record is written twice", KAFKA, '"enable.idempotence": True,\n            "acks": "all",', '"enable.idempotence": False,\n            "acks": "all",'),
    Bug("the first replica is enough", KAFKA, '"enable.idempotence": True,\n            "acks": "all",', '"acks": "1",'),
    Bug("nobody waits for the answer", KAFKA, "if reports and not faults:", "if not faults:"),
    Bug("a record is called by its message", KAFKA, "key=_key(message.thread)", "key=_key(message.id)"),
    Bug("a key has any length", KAFKA, "key if len(key) <= LONGEST_KEY else", "key if len(key) <= 10**9 else"),
    Bug("other writers of a key are elsewhere", KAFKA, '"murmur2_random"', '"consistent_random"'),
    Bug("a record that is too large fails", KAFKA, "SMALLER = (1, 8, 64)", "SMALLER = (1,)"),
    Bug("what is too large is never", KAFKA, "if any(error.name() in _TOO_LARGE for error in faults):", "if any(error.name() == error for error in faults):"),
    Bug("what is cut forgets its ids", KAFKA, "if room < SMALLEST // 2:", "if room:"),
    Bug("a broken producer goes on", KAFKA, "        self.close()  # a producer", "        # a producer"),
    Bug("a forbidden topic is not now", KAFKA, '"TOPIC_AUTHORIZATION_FAILED",', ""),
    Bug("a topic that is not there is not now", KAFKA, '"UNKNOWN_TOPIC_OR_PART",', ""),
    Bug("whatever goes wrong is never", KAFKA, "if error.name() in _NEVER:", "if error.name():"),
    Bug("a wrong password is waited for", KAFKA, "return error.fatal() or error.name() in _HOPELESS", "return error.fatal()"),
    Bug("the old password stays", KAFKA, "if held is None or held.settings != settings:", "if held is None:"),
    Bug("a password goes unencrypted", KAFKA, 'if self.sasl == "PLAIN" and self.security == "none":', 'if self.sasl == "PLAIN" and self.security == "no":'),
    Bug("brokers are asked for no login", KAFKA, '("tls", True): "sasl_ssl"', '("tls", True): "ssl"'),
    Bug("the certificates of the system are trusted too", KAFKA, '"ssl.ca.location": self.ca', '"ssl.ca.location": None'),
    Bug("its library speaks on standard error", KAFKA, ', "logger": silent}', "}"),
    Bug("the outbox waits longer than it is told", KAFKA, '"delivery.timeout.ms": milliseconds', '"delivery.timeout.ms": 60_000 + milliseconds'),
    Bug("links are shown twice", NOTIFIERS, "declared and declared.default", "None"),
]  # fmt: skip
