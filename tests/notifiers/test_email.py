"""email: to a real SMTP server, with real TLS."""

from __future__ import annotations

import email.policy
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from hypothesis import given
from hypothesis import strategies as st

from engine.alert import Delivered, Refused, Retry
from tests.notifiers.contract import NotifierContract, Played
from tests.notifiers.made import HOSTILE, destination, hostile, message, options

OURS = ("https://attack.mitre.org/", "https://x.example/")
PASSWORD = NotifierContract.secret


class Mail(NamedTuple):
    recipients: tuple[str, ...]
    message: EmailMessage
    encrypted: bool

    def text(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        assert part is not None
        return str(part.get_content())


class Post:
    """A server that wants TLS and a password; some recipients are refused, by their name."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.mails: list[Mail] = []
        self.next: list[str] = []
        self.hang = False

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, _: Any) -> str:
        if address.startswith(("nobody", "later")):
            return "550 no such user" if address.startswith("nobody") else "450 come back"
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        if self.hang:
            import asyncio

            self.hang = False
            await asyncio.sleep(1.5)
        if self.next:
            return self.next.pop(0)
        assert max(map(len, envelope.content.split(b"\r\n"))) <= 998, "no line is longer than SMTP allows"
        assert envelope.content.isascii(), "nothing needs 8BITMIME"
        mail: Any = email.message_from_bytes(envelope.content, policy=email.policy.default)
        encrypted = bool(server.transport and server.transport.get_extra_info("sslcontext"))
        self.mails.append(Mail(tuple(envelope.rcpt_tos), mail, encrypted))
        return "250 taken"


def authenticate(_: Any, __: Any, ___: Any, ____: Any, login: Any) -> AuthResult:
    return AuthResult(success=(login.login, login.password) == (b"me", PASSWORD.encode()), handled=False)


class Keys(NamedTuple):
    server: ssl.SSLContext
    ca: str


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return made_keys(tmp_path_factory.mktemp("keys"))


def made_keys(folder: Path) -> Keys:
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    return Keys(context, str(folder / "ca.pem"))


@contextmanager
def office(keys: Keys | None, *, direct: bool = False, login: bool = True) -> Iterator[Post]:
    """`direct`: TLS from the start; without keys there is none at all."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    post = Post(port)
    given: dict[str, Any] = {"ssl_context": keys.server} if keys and direct else {}
    if keys and not direct:
        given = {"tls_context": keys.server, "require_starttls": True}
    if login:
        given |= {"authenticator": authenticate, "auth_required": True, "auth_require_tls": not direct}
    controller = Controller(post, hostname="localhost", port=port, **given)
    controller.start()
    try:
        yield post
    finally:
        controller.stop()


def mailer(post: Post, keys: Keys | None, **more: Any) -> dict[str, Any]:
    login = {"user": "me", "password": {"env": "NOTIFIER_SECRET"}}
    given = {"host": "localhost", "port": post.port, "from": "Detect <detect@example.com>", "to": ["soc@example.com"]}
    return {**given, **login, **({"ca": keys.ca} if keys else {}), **more}


def send(given: dict[str, Any], sent: Any = None) -> Any:
    return destination("email", options("email", **given)).send(sent or message())


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFIER_SECRET", PASSWORD)


class Reader(HTMLParser):
    """Reads a page as a mail program does: the text, and which elements and addresses there are."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


class TestEmail(NotifierContract):
    kind = "email"
    wrong = (
        ({"to": []}, "to: at least one"),
        ({"to": ["a@b.example\r\nBcc: c@d.example"]}, "to: "),
        ({"from": "nobody"}, 'from: "nobody" is no mail address'),
        ({"cc": ["ä@b.example"]}, "cc: "),
        ({"security": "none", "host": "mail.example.com"}, "password: it would be sent unencrypted"),
        ({"user": None}, "password: user and password go together"),
        ({"port": 0}, "port: between"),
        ({"host": "a b"}, "host: the name"),
    )

    @contextmanager
    def played(self) -> Iterator[Played]:
        from tempfile import TemporaryDirectory

        with TemporaryDirectory() as folder:
            keys = made_keys(Path(folder))
            with office(keys) as post:

                def busy() -> bool:
                    post.next.append("451 too busy \x1b[31m")
                    return False

                def hang() -> None:
                    post.hang = True

                yield Played(
                    mailer(post, keys),
                    lambda: post.mails,
                    busy,
                    lambda: post.next.append(f"554 not from you, {PASSWORD}"),
                    hang,
                    texts,
                    lambda mail: mail.message["Message-ID"],
                )


def texts(mail: Mail) -> Sequence[str]:
    read = [mail.message["Subject"], mail.text("plain"), *Reader(mail.text("html")).words]
    return [text.replace("\r\n", "\n") for text in read]


def test_a_mail_has_text_and_html_and_goes_encrypted(keys: Keys):
    with office(keys) as post:
        assert isinstance(send(mailer(post, keys, cc=["Boss <boss@example.com>"])), Delivered)
    (mail,) = post.mails
    assert mail.encrypted
    assert mail.recipients == ("soc@example.com", "boss@example.com")
    assert mail.message["Subject"] == "🟠 Access key made for another user – user/alice@123456789012"
    assert mail.message["From"] == "Detect <detect@example.com>"
    assert mail.message["Cc"] == "Boss <boss@example.com>"
    assert mail.message["Date"] == "Wed, 01 Jul 2026 12:01:00 +0000"
    assert "- sourceIPAddress: 192.0.2.1" in mail.text("plain")
    assert "https://runbooks.example.com/keys" in Reader(mail.text("html")).links


def test_mails_about_the_same_alerts_are_one_thread(keys: Keys):
    with office(keys) as post:
        given = mailer(post, keys)
        first = send(given)
        second = send(given, message(id="m2", action="resolve", sequence=1, handle=first.handle))
        assert second.handle == first.handle
    one, two = (mail.message for mail in post.mails)
    assert two["References"] == two["In-Reply-To"] == one["Message-ID"] != two["Message-ID"]
    assert two["Subject"] == f"Re: {one['Subject']}"
    assert post.mails[1].text("plain").startswith("Resolved")
    assert "References" not in one


def test_a_later_mail_of_a_thread_whose_first_was_not_delivered_has_an_id_of_its_own(keys: Keys):
    with office(keys) as post:
        send(mailer(post, keys))
        send(mailer(post, keys), message(id="m2", sequence=1))
    assert post.mails[0].message["Message-ID"] != post.mails[1].message["Message-ID"]


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_tls_from_the_start(keys: Keys):
    with office(keys, direct=True) as post:
        assert isinstance(send(mailer(post, keys, security="tls")), Delivered)
    assert post.mails[0].encrypted


def test_without_encryption_only_when_told_so(keys: Keys):
    with office(None, login=False) as post:
        open_ = mailer(post, None, user=None, password=None)
        outcome = send(open_)
        assert isinstance(outcome, Refused)
        assert "STARTTLS" in outcome.reason
        assert isinstance(send({**open_, "security": "none"}), Delivered)
    assert len(post.mails) == 1


@pytest.mark.parametrize(
    ("wrong", "outcome", "reason"),
    [
        ({"password": {"env": "HOME"}}, Refused, "535"),
        ({"ca": None}, Retry, "certificate verify failed"),
        ({"host": "127.0.0.1"}, Retry, "IP address mismatch"),
        ({"security": "tls"}, Retry, "SSL"),
        ({"port": 1}, Retry, "refused"),
        ({"to": ["nobody@example.com"]}, Refused, "refused for nobody@example.com: 550 no such user"),
        ({"to": ["soc@example.com", "later@example.com"]}, Retry, "450 come back"),
    ],
    ids=str,
)
def test_what_goes_wrong_is_said_and_nobody_gets_half(keys: Keys, wrong: dict[str, Any], outcome: type, reason: str):
    with office(keys) as post:
        given = send({**mailer(post, keys), **wrong})
    assert type(given) is outcome, given
    assert reason in given.reason
    assert post.mails == []


def test_one_wrong_address_keeps_the_mail_from_nobody_else_and_is_not_hidden(keys: Keys):
    with office(keys) as post:
        outcome = send(mailer(post, keys, to=["soc@example.com", "nobody@example.com"]))
    assert isinstance(outcome, Refused)
    assert "nobody@example.com" in outcome.reason
    assert "the other 1 got it" in outcome.reason
    assert [mail.recipients for mail in post.mails] == [("soc@example.com",)]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_of_a_log_becomes_a_header_an_element_or_a_link(keys: Keys, text: str):
    with office(keys) as post:
        plain = mailer(post, keys)
        send(plain)
        send(plain, hostile(text)._replace(id="h", thread="h"))
    ordinary, mail = post.mails
    assert set(mail.message.keys()) == set(ordinary.message.keys())
    assert mail.recipients == ordinary.recipients
    before, after = Reader(ordinary.text("html")), Reader(mail.text("html"))
    assert after.tags == before.tags
    assert all(link.startswith(OURS) for link in after.links)
    shown = "\n".join([f"{mail.message['Subject']}", mail.text("plain"), *after.words])
    seen = [word for word in shown.split() if "://" in word and not word.startswith(OURS)]
    assert seen == [], "no mail program makes a link of it"


@given(st.text(max_size=60))
def test_any_text_for_an_address_is_refused_or_one_header(text: str):
    try:
        made = options("email", host="localhost", to=[text], **{"from": "a@b.example"})
    except ValueError:
        return
    mail = made._mail(message(parts={"title": "t", "text": "t", "html": "h"}))
    assert set(mail.keys()) <= {"From", "To", "Date", "Subject", "Message-ID", "Auto-Submitted", "Importance",
                                "MIME-Version", "Content-Type"}  # fmt: skip
