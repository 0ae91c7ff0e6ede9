# ruff: noqa: E501
"""Bugs in the notifiers that write to a wire, and the one that leaves it to others."""

from __future__ import annotations

from tests.bugs.bug import Bug

__all__ = ["BUGS"]

SYSLOG = "engine/notifiers/syslog.py"

BUGS = [
    Bug("a message of syslog is counted in characters", SYSLOG, 'b"%d %b" % (len(message), message)', 'b"%d %b" % (len(message.decode()), message)'),
    Bug("an end of an alert is as bad as its beginning", SYSLOG, 'if message.action in ("acknowledge", "resolve"):', 'if message.action == "over":'),
    Bug("an end is worse than what was little", SYSLOG, "max(severity, _NOTICE)", "_NOTICE"),
    Bug("what was sent is taken for read", SYSLOG, "                if self.confirm:\n", "                if not self.confirm:\n"),
    Bug("a receiver of TLS is believed before it has spoken", SYSLOG, "                self.sock.unwrap()\n", "                return\n"),
    Bug("nobody looks whose certificate it is", SYSLOG, "context = ssl.create_default_context(cafile=self.ca)", "context = ssl._create_unverified_context(cafile=self.ca)"),
    Bug("the password of the key is not given", SYSLOG, "lambda: password)", 'lambda: "")'),
    Bug("nobody hears that nobody listens", SYSLOG, "with suppress(TimeoutError):\n", "with suppress(OSError):\n"),
    Bug("the header does not count", SYSLOG, " - len(head)\n", "\n"),
    Bug("a key of CEF can be made by a log", SYSLOG, "cut(spoken.escape(visible(text)), longest", "cut(visible(text), longest"),
    Bug("a backslash of CEF means nothing", SYSLOG, "spoken.escape(visible(text))", "spoken.escape(text)"),
    Bug("a link is cut in CEF", SYSLOG, "_links(alert, room // 4)", "_links(alert, 99 * room)"),
    Bug("the mark of the byte order is always there", SYSLOG, ' if self.bom else b"")', ' if self.app_name else b"")'),
    Bug("what there is no room for is not counted", SYSLOG, 'if missing else {}', 'if missing > 99 else {}'),
    Bug("any text is an address", SYSLOG, "with suppress(ValueError):\n        parsed = ip_address(address) if isinstance(address, str) else None", "with suppress(ValueError):\n        parsed = address and ip_address('192.0.2.1')"),
    Bug("names of machines have spaces", SYSLOG, 'rf"[!-~]{{1,{longest}}}"', 'rf"[ -~]{{1,{longest}}}"'),
]  # fmt: skip
