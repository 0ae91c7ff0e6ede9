"""The transport: only to addresses that are allowed, by TLS that is checked, and with an end."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from engine.alert import Refused, Retry
from engine.notifiers._addresses import Forbidden, judge
from engine.notifiers._contract import Undelivered
from engine.notifiers._http import LONGEST, Transport, check_url, retry_after
from tests.notifiers.server import Answer, serving

HERE = ("127.0.0.1",)


def failure(transport: Transport, url: str) -> Retry | Refused:
    with pytest.raises(Undelivered) as caught:
        transport.call("POST", url, body=b"{}")
    return caught.value.outcome


ALWAYS = (
    "169.254.169.254", "169.254.170.2", "fd00:ec2::254", "fd20:ce::254", "168.63.129.16", "100.100.100.200",
    "192.0.0.192", "169.254.1.1", "fe80::1", "::ffff:169.254.169.254", "2002:a9fe:a9fe::1", "64:ff9b::a9fe:a9fe",
    "::a9fe:a9fe", "0.0.0.0", "::", "224.0.0.1", "ff02::1", "255.255.255.255",
)  # fmt: skip
UNLESS_ALLOWED = (
    "127.0.0.1", "127.9.9.9", "::1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "fc00::1", "fec0::1",
    "::ffff:10.0.0.1", "2002:0a00:0001::1", "64:ff9b::7f00:1", "198.18.0.1", "240.0.0.1",
)  # fmt: skip


@pytest.mark.parametrize("address", ALWAYS)
def test_link_local_and_metadata_addresses_are_refused_whatever_is_allowed(address: str):
    with pytest.raises(Forbidden):
        judge(address, address, (address, "0.0.0.0/0", "::/0"))


@pytest.mark.parametrize("address", UNLESS_ALLOWED)
def test_loopback_and_private_addresses_are_refused_unless_they_are_named(address: str):
    with pytest.raises(Forbidden, match="allow:"):
        judge("inside.example", address)
    judge("inside.example", address, ("Inside.example.",))


def test_an_allowed_network_does_for_its_addresses_alone():
    judge("a.example", "10.1.2.3", ("10.1.0.0/16",))
    with pytest.raises(Forbidden):
        judge("a.example", "10.2.2.3", ("10.1.0.0/16", "b.example"))


def test_public_addresses_need_no_leave():
    for address in ("8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"):
        judge("a.example", address)


@pytest.mark.parametrize(
    "url",
    ["http://2130706433/", "http://0x7f.1/", "http://127.1/", "http://[::1]/", "http://[::ffff:127.0.0.1]/",
     "http://localhost/"],
)  # fmt: skip
def test_no_way_of_writing_it_gets_to_loopback(url: str):
    outcome = failure(Transport(), url)
    assert isinstance(outcome, Refused), outcome


@pytest.mark.parametrize("host", ["metadata.google.internal", "METADATA", "instance-data.ec2.internal."])
def test_names_of_metadata_services_are_refused_without_asking(host: str):
    assert isinstance(failure(Transport(allow=(host,)), f"http://{host}/"), Refused)


@pytest.mark.parametrize("found", [("8.8.8.8", "10.0.0.1"), ("10.0.0.1", "8.8.8.8")], ids=str)
def test_one_address_that_is_refused_refuses_the_name(monkeypatch: pytest.MonkeyPatch, found: tuple[str, ...]):
    known = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 80)) for one in found]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: known)
    outcome = failure(Transport(), "http://mixed.example/")
    assert isinstance(outcome, Refused)
    assert "10.0.0.1" in outcome.reason


def test_a_name_that_changes_its_address_in_between_gains_nothing(monkeypatch: pytest.MonkeyPatch):
    answers = [[("203.0.113.9", 80)], [("127.0.0.1", 80)]]
    connected: list[str] = []

    def resolve(host: str, *_: Any, **__: Any) -> list[Any]:
        known = [("192.0.2.255", 80)] if host != "rebind.example" else answers.pop(0)
        if host[0].isdigit():
            known = [(host, 80)]
            connected.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", one) for one in known]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket.socket, "connect", lambda *_: (_ for _ in ()).throw(OSError("no network in a test")))
    monkeypatch.setattr("engine.notifiers._addresses._allowed", lambda *_: True)
    assert isinstance(failure(Transport(), "http://rebind.example/"), Retry)
    assert connected == ["203.0.113.9"], "the connection is made to the address that was judged"
    assert len(answers) == 1, "the name is asked once"


@pytest.mark.parametrize(
    "url",
    ["", "x", "ftp://a/", "file:///etc/passwd", "http://", "http://u@a/", "http://u:p@a/", "http://a b/", "http://ä/",
     "http://a:99999/", "http://[::1", "http://a/\r\nX: y", "//a/"],
)  # fmt: skip
def test_what_is_no_url_is_refused(url: str):
    with pytest.raises(Undelivered) as caught:
        check_url(url)
    assert isinstance(caught.value.outcome, Refused)


@given(st.text(max_size=40) | st.text(max_size=20).map("http://{}".format))
def test_no_text_for_a_url_gives_anything_but_an_answer_or_a_refusal(text: str):
    try:
        host, port, _, target = check_url(text)
    except Undelivered:
        return
    assert host
    assert 0 < port < 65_536
    assert target.startswith("/")


def test_an_answer_is_read_up_to_a_limit():
    with serving(lambda _: Answer(200, b"x" * (LONGEST + 100))) as server:
        answer = Transport(allow=HERE).call("POST", server.url, body=b"{}")
    assert (answer.status, len(answer.body)) == (200, LONGEST)


@pytest.mark.parametrize(
    "answer", [Answer(hang=3), Answer(raw=b"HTTP/1.1 200 OK\r\n" + b"x" * 80)], ids=["nothing", "drops"]
)
def test_a_server_that_never_comes_to_an_end_is_left(answer: Answer):
    with serving(lambda _: answer) as server:
        outcome = failure(Transport(timeout=0.25, allow=HERE), server.url)
    assert isinstance(outcome, Retry)
    assert "within" in outcome.reason


def test_a_port_where_nobody_listens_is_tried_again_later():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        outcome = failure(Transport(allow=HERE), f"http://127.0.0.1:{taken.getsockname()[1]}/secret-path")
    assert isinstance(outcome, Retry)
    assert "Connection refused" in outcome.reason
    assert "secret-path" not in outcome.reason


def test_a_name_that_has_no_address_is_tried_again_later():
    assert isinstance(failure(Transport(), "https://no-such-host.invalid/"), Retry)


class Certificates(NamedTuple):
    folder: Path
    server: ssl.SSLContext
    ca: str
    cert: str
    key: str


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    folder = tmp_path_factory.mktemp("certificates")
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    authority.configure_trust(context)
    client = authority.issue_cert("client@example.com")
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    client.private_key_and_cert_chain_pem.write_to_path(str(folder / "client.pem"))
    return Certificates(folder, context, str(folder / "ca.pem"), str(folder / "client.pem"), str(folder / "client.pem"))


def test_a_certificate_has_to_be_trusted_and_to_be_of_the_name(certificates: Certificates):
    allow = ("localhost", "127.0.0.1")
    with serving(tls=certificates.server, name="localhost") as server:
        assert Transport(allow=allow, ca=certificates.ca).call("POST", server.url, body=b"x").status == 200
        assert "TLS failed" in failure(Transport(allow=allow), server.url).reason
        other = server.url.replace("localhost", "127.0.0.1")
        assert "TLS failed" in failure(Transport(allow=allow, ca=certificates.ca), other).reason
    assert len(server.requests) == 1


def test_a_server_that_asks_for_our_certificate_gets_it(certificates: Certificates):
    certificates.server.verify_mode = ssl.CERT_REQUIRED
    try:
        with serving(tls=certificates.server, name="localhost") as server:
            mine = Transport(allow=("localhost",), ca=certificates.ca, cert=certificates.cert, key=certificates.key)
            assert mine.call("POST", server.url, body=b"x").status == 200
            assert isinstance(failure(mine._replace(cert=None), server.url), Retry)
    finally:
        certificates.server.verify_mode = ssl.CERT_NONE


def test_certificates_that_cannot_be_read_are_said():
    outcome = failure(Transport(allow=HERE, ca="/no/such/ca.pem"), "https://127.0.0.1:1/")
    assert "certificates cannot be read" in outcome.reason


def test_a_proxy_gets_the_whole_url_and_resolves_the_name():
    with serving() as proxy:
        transport = Transport(allow=HERE, proxy=proxy.url)
        assert transport.call("POST", "http://somewhere.invalid/path?q=1", body=b"x").status == 200
        assert isinstance(failure(transport, "http://169.254.169.254/"), Refused)
        assert isinstance(failure(transport, "http://metadata.google.internal/"), Refused)
        assert isinstance(failure(transport, "http://10.0.0.1/"), Refused)
    assert [request.path for request in proxy.requests] == ["http://somewhere.invalid/path?q=1"]
    assert proxy.requests[0].headers["host"] == "somewhere.invalid"


def test_https_goes_through_a_proxy_by_connect():
    with serving(lambda _: Answer(403)) as proxy:
        outcome = failure(Transport(allow=HERE, proxy=proxy.url), "https://somewhere.invalid/path")
    assert isinstance(outcome, Retry)
    assert [(request.method, request.path) for request in proxy.requests] == [("CONNECT", "somewhere.invalid:443")]


def test_the_environment_names_no_proxy(monkeypatch: pytest.MonkeyPatch):
    with serving() as server:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:1")
        assert Transport(allow=HERE).call("POST", server.url, body=b"x").status == 200


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "17"}, 17.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "999999999"}, 86_400.0),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Wed, 01 Jul 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Wed, 01 Jul 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after": "Wed, 01 Jul 2026 12:05:30 GMT", "date": "Wed, 01 Jul 2026 12:05:00 GMT"}, 30.0),
    ],
)
def test_how_long_to_wait_is_a_number_or_a_date(headers: dict[str, str], seconds: float | None):
    assert retry_after(headers, datetime(2026, 7, 1, 12, tzinfo=UTC)) == seconds
