"""syslog: RFC 5424 by UDP, TCP or TLS, with JSON or CEF in it."""

from __future__ import annotations

import errno
import re
import socket
import ssl
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from ipaddress import ip_address
from typing import Annotated, Any, ClassVar, Literal

import msgspec

from engine.alert import Alert, Delivered, Message, Outcome, Refused, Retry
from engine.destination import Rate
from engine.dialects import DIALECTS, cut, href_of
from engine.links import links_of
from engine.model import Level
from engine.notifiers import NotifierOptions, Undelivered, document, encoded, fitted, good_timeout, revealed
from engine.notifiers._watch import Watch
from engine.options import Duration, FilePath
from engine.secret import Secret
from engine.terminal import visible
from engine.times import format_time
from engine.version import __version__

__all__ = ["Notifier"]

LONGEST = {"udp": 2_048, "tcp": 8_192, "tls": 8_192}
"""Bytes of a message that receivers should take at least (RFC 5425, RFC 5426), header included."""

DATAGRAM = 65_000
"""Bytes that a message by UDP never has more than."""

LINKS = 6
UNANSWERED = 0.05
"""Seconds in which a machine says that nobody listens at its port of UDP."""

_PORTS = {"udp": 514, "tcp": 514, "tls": 6514}
_FACILITIES = {"user": 1, "daemon": 3, "auth": 4, "authpriv": 10} | {f"local{n}": 16 + n for n in range(8)}
_SEVERITIES = {Level.critical: 2, Level.high: 3, Level.medium: 4, Level.low: 5, Level.informational: 6}
_NOTICE = 5
_NOTHING = {"cut": "…"}
_CEF = {Level.critical: 10, Level.high: 8, Level.medium: 5, Level.low: 3, Level.informational: 1}


class Notifier(NotifierOptions, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Sends a message of syslog (RFC 5424) for every alert and whatever becomes of it.

        notifiers:
          siem:
            type: syslog
            host: syslog.example.com
            protocol: tls
            ca: /etc/ssl/collector.pem

    By TCP and TLS a message counts as delivered when the receiver has read it all and closed the connection. By UDP
    nobody hears of one that is lost.

    host          of the receiver: a name or an address
    port          514, and 6514 for tls, unless said
    protocol      udp, tcp or tls
    framing       octets: the length before each message (RFC 5425, RFC 6587); newline: a line break after it
    confirm       whether to wait until the receiver closes, for tcp and tls; false for one that never does
    format        json, or cef: the Common Event Format of ArcSight
    facility      user, daemon, auth, authpriv, or local0 to local7
    hostname      that the messages name as their origin, instead of this machine's
    app_name      that the messages name as their program
    longest       bytes of a message; 2048 by UDP, else 8192, unless said
    bom           whether the text begins with a byte order mark, as RFC 5424 has it and few receivers expect it
    timeout       how long to wait for a connection, and for the receiver to close it
    ca            file of the certificates to trust, instead of the system's
    cert, key     files of our own certificate and its key, for receivers that ask for one
    key_password  of the key
    """

    rates: ClassVar[tuple[Rate, ...]] = (Rate(20, 1.0),)

    host: str
    port: Annotated[int, msgspec.Meta(ge=1, le=65_535)] | None = None
    protocol: Literal["udp", "tcp", "tls"] = "udp"
    framing: Literal["octets", "newline"] = "octets"
    confirm: bool = True
    format: Literal["json", "cef"] = "json"
    facility: str = "local0"
    hostname: str | None = None
    app_name: str = "detect"
    longest: Annotated[int, msgspec.Meta(ge=1_024, le=262_144)] | None = None
    bom: bool = False
    timeout: Duration = Duration(10_000_000)
    ca: FilePath | None = None
    cert: FilePath | None = None
    key: FilePath | None = None
    key_password: Secret | None = None

    def check(self) -> None:
        """See `NotifierOptions.check`."""
        good_timeout(self.timeout)
        if not re.fullmatch(r"[\w.:-]{1,253}", self.host, re.ASCII):
            raise ValueError(f'host: "{self.host}" is no name of a machine, and no address')
        if self.facility not in _FACILITIES:
            raise ValueError(f'facility: there is no "{self.facility}"; one of {", ".join(_FACILITIES)}')
        for option, name, longest in (("hostname", self.hostname, 255), ("app_name", self.app_name, 48)):
            if name is not None and not re.fullmatch(rf"[!-~]{{1,{longest}}}", name):
                raise ValueError(f'{option}: "{name}" is none: 1 to {longest} characters of ASCII without a space')
        if self.protocol == "udp" and (self.longest or 0) > DATAGRAM:
            raise ValueError(f"longest: a message by UDP has at most {DATAGRAM} bytes")
        if self.protocol != "tls" and (self.ca or self.cert or self.key):
            raise ValueError("protocol: certificates are for tls")
        if self.key and not self.cert:
            raise ValueError("key: a key without its certificate; name it with cert")

    def deliver(self, message: Message) -> Outcome:
        """See `NotifierOptions.deliver`. Nothing is known again; a repeat has the same id in it."""
        messages = [self._written(message, alert) for alert in message.alerts]
        try:
            if self.protocol == "udp":
                self._datagrams(messages)
            else:
                self._stream(b"".join(map(self._framed, messages)))
        except OSError as error:
            raise Undelivered(self._failed(error)) from None
        return Delivered()

    def _written(self, message: Message, alert: Alert) -> bytes:
        """The message about one alert: one line of UTF-8, whatever is in it."""
        severity = _SEVERITIES[alert.level]
        if message.action in ("acknowledge", "resolve"):
            severity = max(severity, _NOTICE)
        host = self.hostname or re.sub(r"[^!-~]", "", socket.gethostname())[:255] or "-"
        head = (
            f"<{_FACILITIES[self.facility] * 8 + severity}>1 {format_time(message.time)} {host} {self.app_name} -"
            f' {message.action} [origin software="detect" swVersion="{__version__}"] '
        ).encode() + (b"\xef\xbb\xbf" if self.bom else b"")
        room = (self.longest or LONGEST[self.protocol]) - len(head)
        return head + (_json(message, alert, room) if self.format == "json" else _cef(message, alert, room))

    def _framed(self, message: bytes) -> bytes:
        return b"%d %b" % (len(message), message) if self.framing == "octets" else message + b"\n"

    def _datagrams(self, messages: list[bytes]) -> None:
        """To the first address where nobody says that nobody listens."""
        problem = OSError("the name has no address")
        for found in socket.getaddrinfo(self.host, self.port or _PORTS["udp"], type=socket.SOCK_DGRAM):
            try:
                with socket.socket(*found[:3]) as opened:
                    opened.settimeout(self.timeout / 1_000_000)
                    opened.connect(found[4])
                    for each in messages:
                        opened.send(each)
                    opened.settimeout(UNANSWERED)
                    with suppress(TimeoutError):
                        opened.recv(1)
                return
            except OSError as error:
                problem = error
        raise problem

    def _stream(self, sent: bytes) -> None:
        seconds = self.timeout / 1_000_000
        tls = self._tls() if self.protocol == "tls" else None
        connection = _Connection(socket.create_connection((self.host, self.port or _PORTS[self.protocol]), seconds))
        with Watch(2 * seconds, lambda: [connection]) as watch:
            try:
                if tls:
                    connection.sock = tls.wrap_socket(connection.sock, server_hostname=self.host)
                connection.sock.sendall(sent)
                if self.confirm:
                    connection.end()
                if watch.rang:
                    raise TimeoutError
            finally:
                connection.sock.close()

    def _tls(self) -> ssl.SSLContext:
        password = "" if self.key_password is None else revealed(self.key_password)
        try:
            context = ssl.create_default_context(cafile=self.ca)
            if self.cert:
                context.load_cert_chain(self.cert, self.key, lambda: password)
        except OSError as error:
            raise Undelivered(Retry(f"the certificates cannot be read: {error}")) from None
        return context

    def _failed(self, error: OSError) -> Retry | Refused:
        if error.errno == errno.EMSGSIZE:
            return Refused("a message is longer than the network takes; set longest to less")
        if isinstance(error, TimeoutError):
            return Retry(f"{self.host} did not take and close within {self.timeout / 1_000_000:g} s")
        return Retry(f"{self.host} cannot be reached: {error.strerror or error or type(error).__name__}")


class _Connection:
    """A connection whose socket may be replaced by one with TLS, and what ends it."""

    def __init__(self, opened: socket.socket) -> None:
        self.sock = opened

    def end(self) -> None:
        """Say that this was all, and wait for the other side to close: it has read everything then.

        One that closes with something unread, or refuses our certificate, resets the connection or says so: OSError.
        """
        if isinstance(self.sock, ssl.SSLSocket):
            try:
                self.sock.unwrap()
            except ssl.SSLEOFError:  # closed without a goodbye, yet with nothing unread
                return
        self.sock.shutdown(socket.SHUT_WR)
        while self.sock.recv(4_096):
            pass


def _json(message: Message, alert: Alert, room: int) -> bytes:
    """The message as JSON with one alert; what there is no room for is cut or counted."""
    whole = document(message._replace(alerts=(alert,), links=()))
    (about,) = whole["alerts"]
    shown: dict[str, Any] = {
        name: whole[name] for name in ("version", "action", "id", "thread", "sequence", "time")
    } | {"severity": about["level"], "links": _links(alert, room // 3)}
    first = (
        "id",
        "title",
        "level",
        "first",
        "last",
        "resolved",
        "acknowledged",
        "hits",
        "value",
        "key",
        "group",
        "fields",
    )
    ordered = {name: about[name] for name in first} | about
    shown = _filled(shown, room * 2 // 3)
    return encoded(shown | {"alert": _filled(ordered, room - len(encoded(shown)) - len(',"alert":'))})


def _filled(value: Mapping[str, Any], room: int) -> dict[str, Any]:
    """A copy with at most so many bytes of JSON, in which what comes first has the most room."""
    kept: dict[str, Any] = {}
    left = room - len('{"…":"and 999999 more"}') - 2
    for name, one in value.items():
        share = left if one is None or isinstance(one, (bool, int, float)) else left * 2 // 3
        shown = fitted({name: one}, sys.maxsize)
        if len(encoded(shown)) > share:
            (label,) = shown
            inside = share - len(encoded({label: {}}))
            shown = {label: _filled(one, inside)} if isinstance(one, dict) and inside > 60 else fitted(shown, share)
        if len(encoded(shown)) > share or (shown == _NOTHING and name != "cut"):
            continue
        kept |= shown
        left -= len(encoded(shown)) - 1
    missing = len(value) - len(kept)
    return kept | ({"…": f"and {missing} more"} if missing else {})


def _links(alert: Alert, room: int) -> list[dict[str, str]]:
    """Addresses that programs may open, whole or not at all."""
    shown: list[dict[str, str]] = []
    for link in links_of((alert,)):
        href = href_of(link.href)
        more = [*shown, {"text": visible(link.text), "href": href}]
        if href and len(shown) < LINKS and len(encoded(more)) <= room:
            shown = more
    return shown


def _cef(message: Message, alert: Alert, room: int) -> bytes:
    """A line of the Common Event Format; what there is no room for is cut or left out, what comes last first."""
    head = ["CEF:0", "detect", "detect", __version__]
    named = (alert.rule.id or alert.rule.path, 120), (alert.title, 200)
    head += [_escaped("cef_header", text, min(longest, room // 4)) for text, longest in named]
    text = "|".join([*head, str(_CEF[alert.level]), ""])
    for name, label, value, most in _extension(message, alert, room):
        start = f"{name}Label={label} {name}=" if label else f"{name}="
        left = room - len(text.encode()) - len(start) - 1
        shown = _escaped("cef", value, min(most, left)) if left > 20 else ""
        if shown:
            text += f"{start}{shown} "
    return text.rstrip(" ").encode()


def _extension(message: Message, alert: Alert, room: int) -> Iterator[tuple[str, str, str, int]]:
    """Key, what a key of one's own means, value, and the most bytes of it."""
    yield "act", "", message.action, 63
    yield "rt", "", str(message.time // 1_000), 20
    yield "externalId", "", alert.id, 40
    yield "cs1", "thread", message.thread, 80
    yield "cs2", "id", message.id, 80
    yield "cnt", "", str(alert.hits), 20
    for name, time in (("start", alert.first), ("end", alert.resolved or alert.last)):
        yield name, "", str(time // 1_000) if time else "", 20
    address = alert.fields.get("sourceIPAddress")
    with suppress(ValueError):
        parsed = ip_address(address) if isinstance(address, str) else None
        if parsed is not None:
            yield (
                ("src", "", str(parsed), 50)
                if parsed.version == 4
                else ("c6a2", "Source IPv6 Address", str(parsed), 50)
            )
    who = alert.fields.get("actor") or alert.fields.get("who")
    yield "suser", "", who if isinstance(who, str) else "", min(1_023, room // 5)
    yield "cs3", "key", alert.key, min(1_000, room // 5)
    group = ", ".join(f"{name}: {'–' if value is None else value}" for name, value in alert.group)
    yield "cs4", "group", group, min(1_000, room // 5)
    yield "cs5", "links", " ".join(link["href"] for link in _links(alert, room // 4)), room
    yield "msg", "", alert.rule.description or "", min(1_023, room // 5)
    yield "cat", "", " ".join(alert.rule.tags), min(1_023, room // 5)
    yield "cs6", "fields", encoded(fitted(alert.fields, 4_000)).decode() if alert.fields else "", 4_000


def _escaped(dialect: str, text: str, longest: int) -> str:
    """Text as CEF has it: one line, with a backslash before what has a meaning and nothing else before it."""
    spoken = DIALECTS[dialect]
    return cut(spoken.escape(visible(text)), longest, "bytes", spoken)
