# ruff: noqa: E501
"""Bugs in the notifiers that write to a wire, and the one that leaves it to others."""

from __future__ import annotations

from tests.bugs.bug import Bug

__all__ = ["BUGS"]

APPRISE = "engine/notifiers/apprise.py"
SYSLOG = "engine/notifiers/syslog.py"

BUGS = [
    Bug("a message of syslog is counted in characters", SYSLOG, 'b"%d %b" % (len(message), message)', 'b"%d %b" % (len(message.decode()), message)'),
    Bug("an end of an alert is as bad as its beginning", SYSLOG, 'if message.action in ("acknowledge", "resolve"):', 'if message.action == "over":'),
    Bug("an end is worse than what was little", SYSLOG, "max(severity, _NOTICE)", "_NOTICE"),
    Bug("what was sent is taken for read", SYSLOG, "                if self.confirm:\n", "                if not self.confirm:\n"),
    Bug("a receiver of TLS is believed before it has spoken", SYSLOG, "                self.sock.unwrap()\n", "                return\n"),
    Bug("nobody looks whose certificate it is", SYSLOG, "context = ssl.create_default_context(cafile=self.ca)", "context = ssl._create_unverified_context(cafile=self.ca)"),
    Bug("a receiver of TLS has to say goodbye", SYSLOG, "except ssl.SSLEOFError:", "except ZeroDivisionError:"),
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
    Bug("Apprise follows where it is led", APPRISE, "http_redirects=False", "http_redirects=True"),
    Bug("Apprise tries by itself", APPRISE, "        service.retry = 0\n", ""),
    Bug("a failure may be said to be none", APPRISE, "        service.optional = False\n", ""),
    Bug("Apprise shows its own pictures", APPRISE, 'image_url_mask=""', 'image_url_mask="https://github.com/{TYPE}"'),
    Bug("a log calls everybody", APPRISE, "    line = _calling_nobody(", "    line = str("),
    Bug("a log calls everybody in a text", APPRISE, "text = _calling_nobody(text)", "text = str(text)"),
    Bug("what means never is tried again", APPRISE, "return Refused(reason)", "return Retry(reason)"),
    Bug("what means not now is given up", APPRISE, " and one not in RETRIED", ""),
    Bug("an end looks like a failure", APPRISE, '"success" if message.action == "resolve" else _TYPES', '"success" if message.action == "over" else _TYPES'),
    Bug("a text for few lines has many", APPRISE, "if most and most < len(lines):", "if most and most > len(lines):"),
    Bug("the line below does not count", APPRISE, "service.body_maxlen - len(foot)", "service.body_maxlen"),
    Bug("Apprise decides how a text is written", APPRISE, "self.format or taken.value", "taken.value"),
    Bug("a missing library is waited for", APPRISE, "Refused(_MISSING)", "Retry(_MISSING)"),
    Bug("Apprise has as long as it likes", APPRISE, "            timeout=self.timeout / 1_000_000,\n", ""),
]  # fmt: skip
