"""email: by SMTP, as text and HTML, one thread of mails for what belongs together."""

from __future__ import annotations

import hashlib
import smtplib
import socket
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from ipaddress import ip_address
from typing import ClassVar, Literal

from engine.alert import Delivered, Message, Outcome, Refused, Retry
from engine.destination import Part
from engine.model import Level
from engine.notifiers import NotifierOptions, Undelivered, good_timeout, revealed
from engine.notifiers._watch import Watch
from engine.options import Duration, FilePath
from engine.secret import Secret

__all__ = ["Notifier"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PORTS = {"starttls": 587, "tls": 465, "none": 25}


class Notifier(
    NotifierOptions, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True, rename={"sender": "from"}
):
    """Sends a mail by SMTP, with a text and an HTML part.

    Mails about the same alerts are one thread: they refer to the first and keep its subject, as mail programs want it.
    A mail that is sent again has the same Message-ID. A recipient whom the server refuses for good keeps the mail
    undelivered, so that somebody hears of it, though the others get it.

    host       of the server
    port       587 for starttls, 465 for tls, 25 for none, unless said
    security   starttls: encrypt before anything is said, or do not send; tls: encrypted from the start; none
    user, password   to log in with
    from, to, cc     addresses: "soc@example.com", or "On call <soc@example.com>"
    reply_to   where answers go
    timeout    how long to wait for each answer of the server
    ca         file of the certificates to trust, instead of the system's
    cert, key  files of our own certificate and its key
    """

    parts: ClassVar[Mapping[str, Part]] = {
        "title": Part("header", 200),
        "text": Part("plain", 200_000),
        "html": Part("html", 400_000),
    }

    host: str
    sender: str
    to: tuple[str, ...]
    cc: tuple[str, ...] = ()
    reply_to: str | None = None
    port: int | None = None
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str | Secret | None = None
    password: Secret | None = None
    timeout: Duration = Duration(20_000_000)
    ca: FilePath | None = None
    cert: FilePath | None = None
    key: FilePath | None = None

    def check(self) -> None:
        """See `NotifierOptions.check`."""
        if not self.host or not self.host.isascii() or not self.host.isprintable() or " " in self.host:
            raise ValueError("host: the name of a server")
        if not self.to:
            raise ValueError("to: at least one address")
        replies = (self.reply_to,) if self.reply_to else ()
        for option, addresses in (("from", (self.sender,)), ("to", self.to), ("cc", self.cc), ("reply_to", replies)):
            for address in addresses:
                _address(option, address)
        if self.port is not None and not 0 < self.port < 65_536:
            raise ValueError("port: between 1 and 65535")
        good_timeout(self.timeout)
        if (self.user is None) != (self.password is None):
            raise ValueError("password: user and password go together")
        if self.password is not None and self.security == "none" and not _is_here(self.host):
            raise ValueError("password: it would be sent unencrypted; set security to starttls or tls")

    def deliver(self, message: Message) -> Outcome:
        """See `NotifierOptions.deliver`. The handle is the subject of the first mail."""
        mail = self._mail(message)
        connections: list[smtplib.SMTP] = []
        try:
            with Watch(6 * self.timeout / 1_000_000, lambda: connections):
                server = self._connected()
                connections.append(server)
                try:
                    return self._sent(server, mail, message)
                finally:
                    server.close()
        except smtplib.SMTPResponseException as error:
            raise Undelivered(_classed(error.smtp_code, error.smtp_error)) from None
        except smtplib.SMTPNotSupportedError as error:
            raise Undelivered(Refused(f"the server does not offer what is needed: {error}")) from None
        except (OSError, smtplib.SMTPException, ssl.SSLError) as error:
            raise Undelivered(Retry(f"the server {self.host} cannot be used: {_said(error)}")) from None

    def _connected(self) -> smtplib.SMTP:
        port = self.port or _PORTS[self.security]
        name = socket.gethostname() if socket.gethostname().isascii() else "localhost"
        if self.security == "tls":
            return smtplib.SMTP_SSL(self.host, port, name, timeout=self.timeout / 1_000_000, context=self._tls())
        server = smtplib.SMTP(self.host, port, name, timeout=self.timeout / 1_000_000)
        if self.security == "starttls":
            try:
                server.starttls(context=self._tls())
            except BaseException:
                server.close()
                raise
        return server

    def _tls(self) -> ssl.SSLContext:
        try:
            context = ssl.create_default_context(cafile=self.ca)
            if self.cert:
                context.load_cert_chain(self.cert, self.key, lambda: "")
        except OSError as error:
            raise Undelivered(Retry(f"the certificates cannot be read: {error}")) from None
        return context

    def _sent(self, server: smtplib.SMTP, mail: EmailMessage, message: Message) -> Outcome:
        """Send, unless some recipient is only refused for now: then to nobody, so that nobody gets it twice."""
        server.ehlo_or_helo_if_needed()
        if self.user is not None and self.password is not None:
            server.login(revealed(self.user), revealed(self.password))
        recipients = [_address("to", text).addr_spec for text in (*self.to, *self.cc)]
        _expect(server.mail(_address("from", self.sender).addr_spec))
        refused: list[str] = []
        for recipient in recipients:
            code, said = server.rcpt(recipient)
            if 400 <= code < 500:
                return _classed(code, said)
            if code >= 300:
                refused.append(f"{recipient}: {code} {said.decode('utf-8', 'replace')}")
        if len(refused) < len(recipients):
            _expect(server.data(mail.as_bytes()))
        server.quit()
        if refused:
            rest = len(recipients) - len(refused)
            return Refused(f"refused for {'; '.join(refused)}" + (f" (the other {rest} got it)" if rest else ""))
        return Delivered(message.handle or message.parts["title"])

    def _mail(self, message: Message) -> EmailMessage:
        mail = EmailMessage(policy=SMTP)
        domain = _address("from", self.sender).domain
        first = f"<{_digest(message.thread)}@{domain}>"
        mail["From"] = _address("from", self.sender)
        mail["To"] = [_address("to", text) for text in self.to]
        if self.cc:
            mail["Cc"] = [_address("cc", text) for text in self.cc]
        if self.reply_to:
            mail["Reply-To"] = _address("reply_to", self.reply_to)
        mail["Date"] = format_datetime(_EPOCH + timedelta(microseconds=message.time))
        mail["Subject"] = message.parts["title"] if message.handle is None else f"Re: {message.handle}"
        if message.sequence == 0 and message.handle is None:
            mail["Message-ID"] = first
        else:
            mail["Message-ID"] = f"<{_digest(message.id)}@{domain}>"
            mail["In-Reply-To"] = mail["References"] = first
        mail["Auto-Submitted"] = "auto-generated"
        if message.level >= Level.high and message.action == "trigger":
            mail["Importance"] = "high"
        mail.set_content(message.parts["text"], cte="quoted-printable")
        mail.add_alternative(_page(message.parts["html"]), subtype="html", cte="quoted-printable")
        return mail


def _page(html: str) -> str:
    return (
        '<!doctype html><html><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"></head>'
        f'<body style="margin:12px">{html}</body></html>'
    )


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _address(option: str, text: str) -> Address:
    """A mail address with or without a name; raises ValueError."""
    name, bracket, rest = text.strip().partition("<")
    spec = rest.removesuffix(">") if bracket else name
    try:
        if not text.isprintable() or (bracket and not rest.endswith(">")):
            raise ValueError
        address = Address(name.strip().strip('"') if bracket else "", addr_spec=spec.strip())
        if not address.domain or not address.username or not address.addr_spec.isascii():
            raise ValueError
    except Exception:  # noqa: BLE001 -- the parser of addresses raises what it likes
        raise ValueError(f'{option}: "{text}" is no mail address') from None
    return address


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _expect(answer: tuple[int, bytes]) -> None:
    if not 200 <= answer[0] < 300:
        raise smtplib.SMTPResponseException(*answer)


def _classed(code: int, said: bytes | str) -> Retry | Refused:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return (Retry if 400 <= code < 500 or code < 0 else Refused)(f"the server answered {code} {text}")


def _said(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error or type(error).__name__)
