"""A broker of Kafka on loopback: the protocol as it is, with topics in memory, and answers as a test wants them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
import socketserver
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

__all__ = ["Broker", "Record", "Rejected", "batch", "brokering", "records"]

NONE, CORRUPT, NO_TOPIC, TOO_LARGE, NOT_ALLOWED, BAD_ACKS = 0, 2, 3, 10, 29, 21
NO_MECHANISM, UNSUPPORTED, OUT_OF_ORDER, NO_PRODUCER, WRONG_LOGIN, INVALID = 33, 35, 45, 59, 58, 87
PRODUCE, METADATA, HANDSHAKE, VERSIONS, PRODUCER_ID, AUTHENTICATE = 0, 3, 17, 18, 22, 36
OFFERED = {PRODUCE: 3, 1: 4, METADATA: 4, HANDSHAKE: 1, VERSIONS: 0, PRODUCER_ID: 1, AUTHENTICATE: 0}
"""The newest version of each call; 1 is what consumers do, which a client must find though it does not use it."""

_TABLE: list[int] = []
for _byte in range(256):
    for _ in range(8):
        _byte = (_byte >> 1) ^ (0x82F63B78 if _byte & 1 else 0)
    _TABLE.append(_byte)


class Rejected(Exception):
    """With the code of Kafka's error."""

    def __init__(self, code: int) -> None:
        super().__init__(f"error {code}")
        self.code = code


class Record(NamedTuple):
    key: bytes
    value: bytes
    headers: dict[str, bytes]


class Reader:
    """Takes numbers and texts from a request as they are written there."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, form: str) -> Any:
        found = struct.unpack_from(f">{form}", self.data, self.at)
        self.at += struct.calcsize(f">{form}")
        return found[0] if len(found) == 1 else found

    def bytes(self, length: int) -> bytes:
        if length < 0:
            return b""
        if self.at + length > len(self.data):
            raise Rejected(CORRUPT)
        self.at += length
        return self.data[self.at - length : self.at]

    def text(self) -> str:
        return self.bytes(self.take("h")).decode()

    def varint(self) -> int:
        number = shift = 0
        while True:
            (byte,) = self.bytes(1)
            number |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return (number >> 1) ^ -(number & 1)


def text(value: str) -> bytes:
    return struct.pack(">h", len(value)) + value.encode()


def crc32c(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 255] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


class Batch(NamedTuple):
    producer: int
    sequence: int
    records: list[Record]


def records(data: bytes) -> Batch:
    """A batch of records, version 2. Raises Rejected for what a broker would not write."""
    reader = Reader(data)
    try:
        _, length, _, magic, crc = reader.take("qiibI")
        if magic != 2 or length != len(data) - 12 or crc != crc32c(data[reader.at :]):
            raise Rejected(CORRUPT)
        _, _, _, _, producer, _, sequence, count = reader.take("hiqqqhii")
        found = [_record(reader) for _ in range(count)]
    except (struct.error, ValueError) as error:
        raise Rejected(CORRUPT) from error
    return Batch(producer, sequence, found)


def _record(reader: Reader) -> Record:
    reader.varint()
    reader.take("b")
    reader.varint(), reader.varint()
    key, value = reader.bytes(reader.varint()), reader.bytes(reader.varint())
    headers = {reader.bytes(reader.varint()).decode(): reader.bytes(reader.varint()) for _ in range(reader.varint())}
    return Record(key, value, headers)


def varint(number: int) -> bytes:
    number, out = (number << 1) ^ (number >> 63), b""
    while number > 127:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])


def batch(record: Record, producer: int = 1, sequence: int = 0) -> bytes:
    """One record as a client writes it."""

    def counted(data: bytes) -> bytes:
        return varint(len(data)) + data

    headers = b"".join(counted(name.encode()) + counted(value) for name, value in record.headers.items())
    inside = b"\0\0\0" + counted(record.key) + counted(record.value) + varint(len(record.headers)) + headers
    rest = struct.pack(">hiqqqhii", 0, 0, 0, 0, producer, 0, sequence, 1) + counted(inside)
    return struct.pack(">qiibI", 0, len(rest) + 9, 0, 2, crc32c(rest)) + rest


class Broker:
    """What is written, and what is answered.

    topics    by name, with what was written to each; a name that is not there is made only where `creates`
    longest   bytes of a batch that it takes
    judge     raises Rejected for a record that its rules do not allow
    next      what happens to the next records: an error, "lost" (the line breaks before it is written), "unanswered"
              (after it), "hang" (nothing is answered)
    users     name -> password; who is none of them is told so and gets no further
    """

    def __init__(self, judge: Callable[[Record], None], users: Mapping[str, str], tls: ssl.SSLContext | None) -> None:
        self.judge, self.users, self.tls = judge, users, tls
        self.topics: dict[str, list[Record]] = {"alerts": []}
        self.longest = 1_048_588
        self.next: list[int | str] = []
        self.logins: list[str] = []
        self.programs: set[str] = set()
        self.acks: set[int] = set()
        self.producers: dict[int, int] = {}
        self.address = ("127.0.0.1", 0)
        self.ended = threading.Event()
        self._lock = threading.Lock()

    @property
    def written(self) -> list[Record]:
        return self.topics["alerts"]

    def append(self, topic: str, acks: int, data: bytes) -> None:
        """Write a batch as a broker does: whole, once, in order. Raises Rejected."""
        with self._lock:
            if topic not in self.topics:
                raise Rejected(NO_TOPIC)
            if acks != -1:
                raise Rejected(BAD_ACKS)
            if len(data) > self.longest:
                raise Rejected(TOO_LARGE)
            found = records(data)
            if found.producer not in self.producers:
                raise Rejected(NO_PRODUCER)
            expected = self.producers[found.producer]
            if found.sequence < expected:
                return  # it is here already
            if found.sequence > expected:
                raise Rejected(OUT_OF_ORDER)
            for record in found.records:
                self.judge(record)
            self.producers[found.producer] = expected + len(found.records)
            self.topics[topic] += found.records


class _Connection:
    """One client: who it is, and its calls one after the other."""

    def __init__(self, broker: Broker, sock: socket.socket) -> None:
        self.broker, self.sock = broker, sock
        self.login = Login(broker.users)

    def serve(self) -> None:
        while size := self._exactly(4):
            reader = Reader(self._exactly(struct.unpack(">i", size)[0]))
            call, version, number = reader.take("hhi")
            self.broker.programs.add(reader.text())
            if call not in (VERSIONS, HANDSHAKE, AUTHENTICATE) and self.broker.users and not self.login.user:
                return
            answer = self._answered(call, version, reader)
            if answer is None:
                return
            self.sock.sendall(struct.pack(">ii", len(answer) + 4, number) + answer)

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            more = self.sock.recv(count - len(data))
            if not more:
                return b""
            data += more
        return data

    def _answered(self, call: int, version: int, reader: Reader) -> bytes | None:
        if call == VERSIONS:
            offered = b"".join(struct.pack(">hhh", key, 0, newest) for key, newest in OFFERED.items())
            return struct.pack(">hi", UNSUPPORTED if version else NONE, len(OFFERED)) + offered
        if call == HANDSHAKE:
            return self.login.begin(reader.text())
        if call == AUTHENTICATE:
            answer = self.login.go_on(reader.bytes(reader.take("i")))
            self.broker.logins += [self.login.user] if self.login.user else []
            return answer
        if call == METADATA:
            return self._metadata(reader)
        if call == PRODUCER_ID:
            number = 1_000 + len(self.broker.producers)
            self.broker.producers[number] = 0
            return struct.pack(">ihqh", 0, NONE, number, 0)
        assert (call, version) == (PRODUCE, 3)
        return self._produce(reader)

    def _metadata(self, reader: Reader) -> bytes:
        names = [reader.text() for _ in range(max(0, reader.take("i")))]
        host, port = self.broker.address
        answer = struct.pack(">iii", 0, 1, 7) + text(host) + struct.pack(">ih", port, -1)
        answer += struct.pack(">hii", -1, 7, len(names))
        for name in names:
            there = name in self.broker.topics
            answer += struct.pack(">h", NONE if there else NO_TOPIC) + text(name) + b"\0"
            answer += struct.pack(">ihiiiiii", 1, NONE, 0, 7, 1, 7, 1, 7) if there else struct.pack(">i", 0)
        return answer

    def _produce(self, reader: Reader) -> bytes | None:
        reader.text()
        acks, _, _ = reader.take("hii")
        topic = reader.text()
        _, partition, length = reader.take("iii")
        data = reader.bytes(length)
        self.broker.acks.add(acks)
        happens = self.broker.next.pop(0) if self.broker.next else NONE
        if happens == "lost":
            return None
        code = happens if isinstance(happens, int) else NONE
        if code == NONE:
            try:
                self.broker.append(topic, acks, data)
            except Rejected as rejected:
                code = rejected.code
        if happens == "unanswered":
            return None
        if happens == "hang":
            self.broker.ended.wait(5)
        answer = struct.pack(">i", 1) + text(topic) + struct.pack(">iihqqi", 1, partition, code, 0, -1, 0)
        return answer


class Login:
    """SASL as brokers do it: PLAIN and SCRAM, and no further without."""

    ROUNDS, SALT = 4_096, b"salt of the test"

    def __init__(self, users: Mapping[str, str]) -> None:
        self.users, self.user, self.mechanism, self.said, self.name = users, "", "", "", ""

    def begin(self, mechanism: str) -> bytes:
        self.mechanism = mechanism
        known = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
        answer = struct.pack(">hi", NONE if mechanism in known else NO_MECHANISM, len(known))
        return answer + b"".join(map(text, known))

    def go_on(self, data: bytes) -> bytes:
        try:
            said = self._plain(data) if self.mechanism == "PLAIN" else self._scram(data.decode())
            return struct.pack(">hhi", NONE, -1, len(said)) + said
        except (KeyError, ValueError):
            return struct.pack(">h", WRONG_LOGIN) + text("Authentication failed") + struct.pack(">i", 0)

    def _plain(self, data: bytes) -> bytes:
        _, user, password = data.decode().split("\0")
        if self.users[user] != password:
            raise ValueError("who is this?")
        self.user = user
        return b""

    def _scram(self, said: str) -> bytes:
        """RFC 5802, with the digest that the mechanism names."""
        if not self.said:
            given = dict(part.split("=", 1) for part in said.split(",")[2:])
            self.name = given["n"]
            salt = base64.b64encode(self.SALT).decode()
            answer = f"r={given['r']}and-ours,s={salt},i={self.ROUNDS}"
            self.said = f"{said[3:]},{answer}"
            return answer.encode()
        given = dict(part.split("=", 1) for part in said.split(","))
        kind = self.mechanism.removeprefix("SCRAM-").replace("-", "").lower()
        salted = hashlib.pbkdf2_hmac(kind, self.users[self.name].encode(), self.SALT, self.ROUNDS)
        client = hmac.digest(salted, b"Client Key", kind)
        whole = f"{self.said},{said.rpartition(',p=')[0]}".encode()
        signature = hmac.digest(hashlib.new(kind, client).digest(), whole, kind)
        proof = bytes(one ^ other for one, other in zip(client, signature, strict=True))
        if base64.b64decode(given["p"]) != proof:
            raise ValueError("who is this?")
        self.user = self.name
        mine = hmac.digest(hmac.digest(salted, b"Server Key", kind), whole, kind)
        return b"v=" + base64.b64encode(mine)


@contextmanager
def brokering(
    judge: Callable[[Record], None] = lambda _: None,
    users: Mapping[str, str] | None = None,
    tls: ssl.SSLContext | None = None,
) -> Iterator[Broker]:
    """A broker that runs."""
    broker = Broker(judge, users or {}, tls)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            try:
                sock = broker.tls.wrap_socket(self.request, server_side=True) if broker.tls else self.request
                _Connection(broker, sock).serve()
            except OSError:
                return

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

    with Server(broker.address, Handler) as server:
        broker.address = server.server_address  # type: ignore[assignment]
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield broker
        finally:
            broker.ended.set()
            server.shutdown()
