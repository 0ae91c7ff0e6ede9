"""syslog: what receivers of RFC 5424 take, by UDP, TCP and TLS, and nothing else."""

from __future__ import annotations

import json
import re
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.alert import Delivered, Message, Refused, Retry
from engine.hit import Evidence
from engine.model import Level
from tests.notifiers.chats import through_outbox
from tests.notifiers.contract import NotifierContract, Played
from tests.notifiers.made import AT, NOW, alert, destination, hostile, huge, message, options

HEAD = re.compile(
    rb"<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z) ([!-~]{1,255}) ([!-~]{1,48}) ([!-~]{1,128})"
    rb" ([!-~]{1,32})"
    rb' ((?:-|(?:\[[!#-<>-\\^-~]{1,32}(?: [!#-<>-\\^-~]{1,32}="(?:[^"\\\]]|\\["\\\]])*")*\])+))(?: (.*))?',
    re.DOTALL,
)
LONGEST = {"cef_header": 1_023, "suser": 1_023, "msg": 1_023, "cat": 1_023, "act": 63, "externalId": 40, "src": 45}
KNOWN = {"act", "rt", "externalId", "cnt", "start", "end", "src", "suser", "msg", "cat", "c6a2", "c6a2Label"} | {
    f"cs{n}{label}" for n in range(1, 7) for label in ("", "Label")
}


class Line(NamedTuple):
    """A message as a receiver reads it."""

    priority: int
    time: str
    host: str
    program: str
    kind: str
    text: str
    raw: bytes

    @property
    def severity(self) -> int:
        return self.priority % 8

    @property
    def json(self) -> Any:
        return json.loads(self.text)


def read(raw: bytes, longest: int) -> Line:
    """As RFC 5424 has it. Raises ValueError for what a receiver would drop, cut or misread."""
    found = HEAD.fullmatch(raw)
    if found is None or not int(found[1]) < 192 or found[1] != b"%d" % int(found[1]):
        raise ValueError(f"not RFC 5424: {raw[:200]!r}")
    if len(raw) > longest:
        raise ValueError(f"{len(raw)} bytes are more than {longest}")
    text = found[8].removeprefix(b"\xef\xbb\xbf").decode()
    if not text.isprintable():
        raise ValueError("it would be read as several lines, or obeyed")
    (cef if text.startswith("CEF:") else json.loads)(text)
    return Line(int(found[1]), *(found[n].decode() for n in (2, 3, 4, 6)), text, raw)


def cef(text: str) -> tuple[list[str], dict[str, str]]:
    """Header and extension of a line of the Common Event Format; every backslash is of an escape."""
    head = re.match(r"((?:[^|\\]|\\[|\\])*+)\|" * 7, text)
    if head is None or head[1] != "CEF:0" or head[7] not in map(str, range(11)):
        raise ValueError(f"no header of CEF: {text[:200]}")
    rest = text[head.end() :]
    pairs: dict[str, str] = {}
    found = re.findall(r"[A-Za-z0-9]+=(?:[^=\\ ]|\\[=\\nr]| (?![A-Za-z0-9]+=))*", rest)
    if " ".join(found) != rest:
        raise ValueError(f"extension cannot be read: {rest[:200]}")
    for pair in found:
        key, value = pair.split("=", 1)
        if key not in KNOWN or key in pairs:
            raise ValueError(f"CEF knows no {key}, or not twice")
        pairs[key] = re.sub(r"\\(.)", r"\1", value)
        if len(pairs[key]) > LONGEST.get(key, 4_000):
            raise ValueError(f"{key} is too long")
    return [re.sub(r"\\(.)", r"\1", one) for one in head.groups()], pairs


class Receiver:
    """A real one on loopback.

    wrong   why it dropped what it could not read
    next    what it does with connections that come, first to last: "reset" them, "hang", "keep" them open, or be "curt"
            and close them without a goodbye of TLS
    """

    def __init__(self, protocol: str, framing: str, longest: int, tls: ssl.SSLContext | None) -> None:
        self.protocol, self.framing, self.longest, self.tls = protocol, framing, longest, tls
        self.lines: list[Line] = []
        self.wrong: list[str] = []
        self.next: list[str] = []
        self.port = 0
        self.connections = 0

    def take(self, raw: bytes) -> None:
        try:
            self.lines.append(read(raw, self.longest))
        except ValueError as error:
            self.wrong.append(str(error))

    def frames(self, sent: bytes) -> Iterator[bytes]:
        """What a stream consists of."""
        if self.framing == "newline":
            *lines, rest = sent.split(b"\n")
            yield from lines
            assert rest == b""
            return
        while sent:
            found = re.match(rb"([1-9]\d{0,8}) ", sent)
            if found is None or len(sent) - found.end() < int(found[1]):
                self.wrong.append(f"no frame: {sent[:50]!r}")
                return
            end = found.end() + int(found[1])
            yield sent[found.end() : end]
            sent = sent[end:]

    def connected(self, connection: socket.socket) -> None:
        self.connections += 1
        what = self.next.pop(0) if self.next else ""
        if what == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            connection.close()
            return
        if what == "hang":
            time.sleep(1.5)
            return
        stream = self.tls.wrap_socket(connection, server_side=True) if self.tls else connection
        sent = b""
        while got := stream.recv(65_536):
            sent += got
        for frame in self.frames(sent):
            self.take(frame)
        if what == "keep":
            time.sleep(1.5)
        if isinstance(stream, ssl.SSLSocket) and what != "curt":
            stream = stream.unwrap()
        stream.close()


@contextmanager
def receiving(protocol: str = "tcp", tls: ssl.SSLContext | None = None, framing: str = "octets",
              longest: int = 0) -> Iterator[Receiver]:  # fmt: skip
    """The receiver while the block runs."""
    played = Receiver(protocol, framing, longest or (2_048 if protocol == "udp" else 8_192), tls)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            if protocol == "udp":
                played.take(self.request[0])
            else:
                played.connected(self.request)

    class Server(socketserver.UDPServer if protocol == "udp" else socketserver.ThreadingTCPServer):  # type: ignore[misc]
        daemon_threads = True
        max_packet_size = 65_536

        def handle_error(self, *_: Any) -> None:
            """A client that is not let in is what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler, bind_and_activate=True)
    played.port = server.server_address[1]
    threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01), daemon=True).start()
    try:
        yield played
    finally:
        server.shutdown()
        server.server_close()


class Keys(NamedTuple):
    server: ssl.SSLContext
    mutual: ssl.SSLContext
    ca: str
    own: str
    key: str


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return made_keys(tmp_path_factory.mktemp("keys"))


def made_keys(folder: Path) -> Keys:
    """TLS of a receiver, one that asks for a certificate, what to trust, and a certificate of our own."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    own = authority.issue_cert("detect.example.com")
    own.cert_chain_pems[0].write_to_path(str(folder / "own.pem"))
    key = serialization.load_pem_private_key(own.private_key_pem.bytes(), None)
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(NotifierContract.secret.encode()),
        )
    )  # fmt: skip
    contexts = []
    for _ in range(2):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
        contexts.append(context)
    contexts[1].verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(contexts[1])
    return Keys(*contexts, *(str(folder / name) for name in ("ca.pem", "own.pem", "key.pem")))


def ours(keys: Keys) -> dict[str, Any]:
    """Options of one who is let in."""
    return {"ca": keys.ca, "cert": keys.own, "key": keys.key, "key_password": {"env": "NOTIFIER_SECRET"}}


def reached(receiver: Receiver, **more: Any) -> dict[str, Any]:
    return {"host": "127.0.0.1", "port": receiver.port, "protocol": receiver.protocol, **more}


def outcome_of(receiver: Receiver, given_message: Message | None = None, **more: Any) -> Any:
    made = options("syslog", **reached(receiver, **more))
    return destination("syslog", made).send(given_message or message())


def lines(receiver: Receiver, wanted: int) -> list[Line]:
    """What arrived, once there is so much of it; UDP does not say when."""
    until = time.monotonic() + 5
    while len(receiver.lines) < wanted and not receiver.wrong and time.monotonic() < until:
        time.sleep(0.002)
    assert receiver.wrong == []
    return receiver.lines


def logged(*messages: Message, protocol: str = "tcp", **more: Any) -> list[Line]:
    """What a receiver reads of these messages."""
    framing = more.get("framing", "octets")
    with receiving(protocol, framing=framing, longest=more.get("longest", 0)) as receiver:
        for one in messages:
            assert outcome_of(receiver, one, **more) == Delivered()
        return lines(receiver, sum(len(one.alerts) for one in messages))


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for pair in value.items() for one in pair for text in texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in texts(one)]
    return [value] if isinstance(value, str) else []


class _Contract(NotifierContract):
    kind = "syslog"
    protocol = "tcp"
    format = "json"
    wrong = (
        ({"host": "a b"}, 'host: "a b" is no name of a machine'),
        ({"protocol": "quic"}, "protocol"),
        ({"facility": "kern"}, 'facility: there is no "kern"'),
        ({"hostname": "a\nb"}, "hostname: "),
        ({"hostname": "a b"}, "hostname: "),
        ({"app_name": "x" * 49}, "app_name: "),
        ({"longest": 100}, "longest"),
        ({"protocol": "udp", "longest": 65_001}, "longest: a message by UDP has at most 65000 bytes"),
        ({"protocol": "tcp", "cert": "x.pem"}, "protocol: certificates are for tls"),
        ({"protocol": "tls", "key": "x.pem"}, "key: a key without its certificate"),
    )

    @contextmanager
    def played(self) -> Iterator[Played]:
        with receiving(self.protocol) as receiver:
            yield self.of(receiver, reached(receiver, format=self.format))

    def of(self, receiver: Receiver, given: dict[str, Any]) -> Played:
        def busy() -> bool:
            receiver.next.append("reset")
            return False

        def received() -> list[Line]:
            assert receiver.wrong == []
            return receiver.lines

        def shown(line: Line) -> list[str]:
            return texts(line.json) if self.format == "json" else [*cef(line.text)[0], *cef(line.text)[1].values()]

        def key(line: Line) -> str:
            return str(line.json["id"] if self.format == "json" else cef(line.text)[1]["cs2"])

        plain = self.protocol == "tcp" and self.format == "json"
        hang = (lambda: receiver.next.append("hang")) if plain else None  # a second each
        return Played(given, received, busy, None, hang, shown, key)


class TestJson(_Contract):
    pass


class TestCef(_Contract):
    format = "cef"


class TestTls(_Contract):
    """A receiver that lets in whoever has a certificate."""

    protocol = "tls"
    wrong = (({"cert": None}, "key: a key without its certificate"), ({"port": 0}, "port"))

    @pytest.fixture(autouse=True)
    def _keys(self, keys: Keys) -> None:
        self.keys = keys

    @contextmanager
    def played(self) -> Iterator[Played]:
        with receiving("tls", self.keys.mutual) as receiver:
            yield self.of(receiver, reached(receiver, **ours(self.keys)))


GOOD = b'<131>1 2026-07-01T12:01:00Z host detect - trigger [origin software="detect"] {}'
BAD = [
    GOOD.replace(b"<131>", b"<192>"), GOOD.replace(b"<131>", b""), GOOD.replace(b"<131>", b"<0131>"),
    GOOD.replace(b">1 ", b">"), GOOD.replace(b" host", b""), GOOD.replace(b"host", b"h" * 256),
    GOOD.replace(b" detect ", b" " + b"d" * 49 + b" "), GOOD.replace(b" - ", b" " + b"p" * 129 + b" "),
    GOOD.replace(b"trigger", b"t" * 33), GOOD.replace(b"2026-07", b"2026-7"), GOOD.replace(b"00Z", b"00.1234567Z"),
    GOOD.replace(b'"detect"', b'"de"tect"'), GOOD.replace(b"]", b""), GOOD.replace(b"{}", b"{"),
    GOOD.replace(b"{}", b"[\n]"), GOOD.replace(b"{}", b'"' + b"x" * 8_192 + b'"'), GOOD.replace(b"{}", b'"\xff"'),
    GOOD.replace(b"{}", b"CEF:0|a|b|1|x|y"), GOOD.replace(b"{}", b"CEF:0|a|b|1|x|y|11|"),
    GOOD.replace(b"{}", b"CEF:0|a|b|1|x|y|1|unknown=1"), GOOD.replace(b"{}", b"CEF:0|a|b|1|x|y|1|act=a=b"),
    GOOD.replace(b"{}", b"CEF:0|a|b|1|x|y|1|act=a act=b"), GOOD.replace(b"{}", b"CEF:0|a|b|1|x|y|1|act=\\x1b"),
    GOOD.replace(b"{}", b"CEF:0|a|b|1|x|y|1|msg=" + b"x" * 1_024),
]  # fmt: skip


@pytest.mark.parametrize("bad", BAD, ids=range(len(BAD)))
def test_the_played_receiver_drops_what_real_ones_drop_or_misread(bad: bytes):
    assert read(GOOD, 8_192).severity == 3
    assert read(GOOD.replace(b"{}", b"CEF:0|a|b|1|x\\||y|1|act=a\\=b c"), 8_192).kind == "trigger"
    assert bad != GOOD
    with pytest.raises(ValueError):
        read(bad, 8_192)


def test_the_played_receiver_reads_frames_as_they_are_counted():
    played = Receiver("tcp", "octets", 8_192, None)
    assert list(played.frames(b"2 ab3 c\nd")) == [b"ab", b"c\nd"]
    assert list(played.frames(b"ab")) == list(played.frames(b"05 ab")) == list(played.frames(b"5 ab")) == []
    assert len(played.wrong) == 3


@pytest.mark.parametrize(("protocol", "format"), [("udp", "cef"), ("tcp", "json")])
def test_every_step_of_an_alert_is_a_message_through_the_outbox(tmp_path: Path, protocol: str, format: str):
    with receiving(protocol) as receiver:
        receiver.next += ["reset", "reset"]
        steps = ("trigger", "update", "acknowledge", "trigger", "resolve")
        messages = [message(id=f"m{n}", action=action, sequence=n) for n, action in enumerate(steps)]
        made = options("syslog", **reached(receiver, format=format, facility="authpriv", hostname="soc-1"))
        assert through_outbox(tmp_path / "s", "syslog", made, messages) == (5, 0, 0)
        found = lines(receiver, 5)
    assert [one.kind for one in found] == list(steps)
    assert [one.priority for one in found] == [83, 83, 85, 83, 85]
    assert {(one.host, one.program, one.time) for one in found} == {("soc-1", "detect", "2026-07-01T12:01:00Z")}
    assert (receiver.connections == 7) == (protocol == "tcp")


def test_the_level_is_the_severity_and_an_end_is_never_worse_than_a_notice():
    every = [alert(level=level) for level in sorted(Level)]
    assert [one.severity for one in logged(message(*every))] == [6, 5, 4, 3, 2]
    assert [one.severity for one in logged(message(*every, action="resolve"))] == [6, 5, 5, 5, 5]
    assert [cef(one.text)[0][6] for one in logged(message(*every), format="cef")] == ["1", "3", "5", "8", "10"]


def test_tls_is_for_those_who_know_each_other(keys: Keys, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NOTIFIER_SECRET", NotifierContract.secret)
    with receiving("tls", keys.mutual) as receiver:
        assert outcome_of(receiver, **ours(keys)) == Delivered()
        assert outcome_of(receiver, host="localhost", **ours(keys)) == Delivered()
        stranger, doubter = outcome_of(receiver, ca=keys.ca), outcome_of(receiver, **{**ours(keys), "ca": None})
        assert len(lines(receiver, 2)) == 2
    assert isinstance(stranger, Retry)
    assert isinstance(doubter, Retry)
    assert "certificate" in doubter.reason
    gone = options("syslog", host="127.0.0.1", protocol="tls", cert="/nowhere.pem")
    assert "the certificates cannot be read" in destination("syslog", gone).send(message()).reason


def test_a_receiver_that_closes_without_a_goodbye_has_read_all_the_same(keys: Keys):
    with receiving("tls", keys.server) as receiver:
        receiver.next += ["curt", "", "reset"]
        assert outcome_of(receiver, ca=keys.ca) == outcome_of(receiver, ca=keys.ca) == Delivered()
        assert isinstance(outcome_of(receiver, ca=keys.ca), Retry)
        assert len(lines(receiver, 2)) == 2


def test_what_the_receiver_did_not_close_is_not_taken_for_read_unless_said():
    with receiving() as receiver:
        receiver.next += ["keep", "keep"]
        assert isinstance(outcome_of(receiver, timeout="1s"), Retry)
        assert outcome_of(receiver, timeout="1s", confirm=False) == Delivered()


@pytest.mark.parametrize("protocol", ["udp", "tcp", "tls"])
def test_where_nobody_listens_is_not_now(protocol: str):
    with receiving(protocol if protocol == "udp" else "tcp") as receiver:
        pass
    assert isinstance(outcome_of(receiver), Retry)
    assert isinstance(outcome_of(receiver, host="nowhere.invalid"), Retry)


def test_lines_end_with_a_break_where_they_are_not_counted():
    assert len(logged(hostile("a\nb\r\n<131>1 c"), hostile("10 x"), framing="newline")) == 2


def test_a_byte_order_mark_is_there_when_asked_for():
    (with_mark,), (without,) = logged(message(), bom=True), logged(message())
    assert b"] \xef\xbb\xbf{" in with_mark.raw
    assert b"] {" in without.raw


def test_the_json_tells_the_whole_of_an_alert():
    (line,) = logged(message())
    assert (line.json["id"], line.json["thread"], line.json["severity"]) == ("message-1", "thread-1", "high")
    told = line.json["alert"]
    assert told["id"] == "a1b2c3"
    assert told["fields"]["sourceIPAddress"] == "192.0.2.1"
    assert told["rule"]["references"] == ["https://runbooks.example.com/keys"]
    assert told["events"][0]["ref"] == {"file": "log.json.gz", "position": 7}
    assert "…" not in line.text


def test_the_common_event_format_tells_what_its_dictionary_has_names_for():
    (line,) = logged(message(), format="cef")
    header, told = cef(line.text)
    assert header[4:] == [alert().rule.id, alert().title, "8"]
    assert (told["externalId"], told["cs1"], told["cs2"], told["cs3"]) == ("a1b2c3", "thread-1", "message-1", "alice")
    assert (told["start"], told["rt"], told["cnt"]) == (str(AT // 1_000), str(NOW // 1_000), "1")
    assert (told["src"], told["suser"]) == ("192.0.2.1", "arn:aws:iam::123456789012:user/alice")
    assert told["cs3Label"] == "key"
    assert json.loads(told["cs6"])["awsRegion"] == "eu-west-1"
    (six,) = logged(message(alert(fields={"sourceIPAddress": "2001:db8::1"})), format="cef")
    assert cef(six.text)[1]["c6a2"] == "2001:db8::1"
    (service,) = logged(message(alert(fields={"sourceIPAddress": "ec2.amazonaws.com"})), format="cef")
    assert "src" not in cef(service.text)[1]


@pytest.mark.parametrize("format", ["json", "cef"])
@pytest.mark.parametrize("protocol", ["udp", "tcp"])
def test_links_lead_to_the_event_the_technique_and_the_runbook(protocol: str, format: str):
    (line,) = logged(message(), protocol=protocol, format=format)
    for address in ("console.aws.amazon.com", "attack.mitre.org/techniques/T1098/001", "runbooks.example.com/keys"):
        assert address in line.text


@pytest.mark.parametrize("format", ["json", "cef"])
@pytest.mark.parametrize("longest", [1_024, 2_048, 20_000])
def test_what_is_cut_says_so_and_keeps_its_ids(longest: int, format: str):
    worst = {"n": 1 << 60_000, "deep": [{"a": ["\U000e0001" * 400] * 5}] * 5} | {
        f"\u202e{n}" * 99: "é" for n in range(60)
    }
    rule = alert().rule._replace(references=tuple(f"https://x.example/{n}{'a' * 1_500}" for n in range(30)))
    evil = alert(rule=rule, fields=worst, key="|=\\" * 9_000, title="\U0001f525" * 9_000, value="x" * 9_000)
    for given_alert in (*huge(3).alerts, evil):
        (line,) = logged(message(given_alert), longest=longest, format=format)
        assert "…" in line.text
        assert len(line.raw) > min(longest, 10_000) // 2
        if format == "json":
            assert (line.json["id"], line.json["thread"], line.json["alert"]["id"]) == (
                "message-1", "thread-1", given_alert.id,
            )  # fmt: skip
            assert longest > 1_024 or re.fullmatch(r"and \d+ more", line.json["alert"]["…"])
        else:
            told = cef(line.text)[1]
            assert (told["cs2"], told["cs1"], told["externalId"]) == ("message-1", "thread-1", given_alert.id)


def test_a_message_that_the_network_does_not_take_is_refused_with_advice(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("engine.notifiers.syslog.DATAGRAM", 1_000_000)
    with receiving("udp") as receiver:
        outcome = outcome_of(receiver, huge(1, 100_000), longest=200_000)
    assert isinstance(outcome, Refused)
    assert "set longest to less" in outcome.reason


ODD = st.text(
    st.sampled_from('[]|=\\ "<>131:CEF0{}\r\n\0\u2028\u202e\x1b\x85é\U0001f525\ud800act'), min_size=1, max_size=60
)


@pytest.mark.parametrize("format", ["json", "cef"])
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=ODD)
def test_any_text_of_a_log_stays_in_its_field(format: str, text: str):
    given_alert = hostile(text).alerts[0]
    shown = {**given_alert.fields, "sourceIPAddress": text}
    (line,) = logged(message(given_alert._replace(fields=shown)), format=format)
    if format == "json":
        assert set(line.json["alert"]) <= {"…", *ALERT}
    else:
        header, told = cef(line.text)
        assert header[:3] == ["CEF:0", "detect", "detect"]
        assert told["act"] == "trigger"
        assert told["cs2"] == "message-1"


ALERT = {
    "id", "key", "title", "level", "first", "last", "resolved", "acknowledged", "hits", "value", "group", "rule",
    "fields", "events",
}  # fmt: skip


def test_evidence_without_a_time_or_fields_is_no_fault():
    bare = alert(first=0, last=0, fields={}, evidence=(Evidence("r", 0, alert().evidence[0].ref, None, {}),))
    (as_json,), (as_cef,) = logged(message(bare)), logged(message(bare), format="cef")
    assert as_json.json["alert"]["first"] is None
    assert not {"start", "end", "cs6", "suser"} & set(cef(as_cef.text)[1])
