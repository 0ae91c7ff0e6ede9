"""kafka: a record in a topic of Kafka for whatever becomes of an alert. Needs the extra."""

from __future__ import annotations

import hashlib
import logging
import re
import time
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple

import msgspec

from engine.alert import Delivered, Message, Outcome, Refused, Retry
from engine.destination import Rate
from engine.notifiers import NotifierOptions, Undelivered, document, encoded, fitted, good_timeout, revealed
from engine.options import Duration, FilePath
from engine.secret import Secret

if TYPE_CHECKING:
    from confluent_kafka import KafkaError, Producer

__all__ = ["Notifier"]

LONGEST_KEY = 1_000
"""Bytes of a key; of a longer one its digest is the key."""

AROUND = 500
"""Bytes that a record has besides key and value: headers, and what the protocol puts around it."""

SMALLER = (1, 8, 64)
"""By how much `longest` is divided for a topic that takes less, one after the other."""

SMALLEST = 1_000

_MISSING = 'a library is missing: pip install "detect-engine[kafka]"'
_TOO_LARGE = frozenset(("MSG_SIZE_TOO_LARGE", "RECORD_LIST_TOO_LARGE"))
_NEVER = _TOO_LARGE | frozenset(
    (
        "CLUSTER_AUTHORIZATION_FAILED", "INVALID_CONFIG", "INVALID_RECORD", "INVALID_REQUIRED_ACKS",
        "POLICY_VIOLATION", "SASL_AUTHENTICATION_FAILED", "SECURITY_DISABLED", "TOPIC_AUTHORIZATION_FAILED",
        "TOPIC_EXCEPTION", "TRANSACTIONAL_ID_AUTHORIZATION_FAILED", "UNKNOWN_TOPIC_OR_PART",
        "UNSUPPORTED_FOR_MESSAGE_FORMAT", "UNSUPPORTED_SASL_MECHANISM", "UNSUPPORTED_VERSION", "_AUTHENTICATION",
        "_UNKNOWN_TOPIC", "_UNSUPPORTED_FEATURE",
    )
)  # fmt: skip
"""What no waiting mends, by the names of librdkafka; whatever else goes wrong is "not now"."""
_HOPELESS = frozenset(("_AUTHENTICATION", "SASL_AUTHENTICATION_FAILED", "UNSUPPORTED_SASL_MECHANISM"))
_BROKER = re.compile(r"([\w.-]{1,253}|\[[0-9a-fA-F:.]+\]):(\d{1,5})", re.ASCII)
_HEAD = ("version", "kind", "action", "id", "thread", "sequence", "level", "time")


class Notifier(NotifierOptions, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Writes a record to a topic of Kafka for every message. Needs the extra: pip install "detect-engine[kafka]"

        notifiers:
          stream:
            type: kafka
            brokers: ["kafka-1.example.com:9093", "kafka-2.example.com:9093"]
            topic: detect-alerts
            sasl: SCRAM-SHA-512
            user: detect
            password: {env: KAFKA_PASSWORD}

    The record's key is the same for all messages about the same alerts, its value the message as JSON. It counts as
    delivered when all replicas that are in sync have it; what the network makes uncertain is not written twice.

    brokers       some of the cluster, each HOST:PORT; the others are asked for
    topic         that is written to
    security      tls or none
    sasl          how we say who we are: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512
    user          for sasl
    password      of the user
    client_id     by which brokers name us in their logs and quotas
    longest       bytes of a record; for a topic that takes less it is made smaller still
    timeout       how long a record may take until all replicas have it
    ca            file of the certificates to trust, instead of the system's
    cert, key     files of our own certificate and its key, for brokers that ask for one
    key_password  of the key
    """

    rates: ClassVar[tuple[Rate, ...]] = (Rate(100, 1.0),)

    brokers: tuple[str, ...]
    topic: str
    security: Literal["tls", "none"] = "tls"
    sasl: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = None
    user: str | Secret | None = None
    password: Secret | None = None
    client_id: str = "detect"
    longest: Annotated[int, msgspec.Meta(ge=4_096, le=100_000_000)] = 1_000_000
    timeout: Duration = Duration(20_000_000)
    ca: FilePath | None = None
    cert: FilePath | None = None
    key: FilePath | None = None
    key_password: Secret | None = None

    def check(self) -> None:
        """See `NotifierOptions.check`."""
        good_timeout(self.timeout)
        if not self.brokers:
            raise ValueError("brokers: at least one")
        for broker in self.brokers:
            found = _BROKER.fullmatch(broker)
            if not found or not 0 < int(found[2]) < 65_536:
                raise ValueError(f'brokers: "{broker}" is none: write HOST:PORT')
        if not re.fullmatch(r"[a-zA-Z0-9._-]{1,249}", self.topic) or self.topic in (".", ".."):
            raise ValueError(f'topic: "{self.topic}" is none: 1 to 249 letters, digits, ".", "_" and "-"')
        if not re.fullmatch(r"[!-~]{1,100}", self.client_id):
            raise ValueError("client_id: 1 to 100 characters of ASCII without a space")
        if len({self.sasl is None, self.user is None, self.password is None}) > 1:
            raise ValueError("sasl: sasl, user and password go together")
        if self.sasl == "PLAIN" and self.security == "none":
            raise ValueError("sasl: PLAIN would send the password unencrypted; set security to tls, or sasl to SCRAM")
        if self.security == "none" and (self.ca or self.cert or self.key):
            raise ValueError("security: certificates are for tls")
        if (self.key is None) != (self.cert is None):
            raise ValueError("cert: a certificate and its key go together")

    def deliver(self, message: Message) -> Outcome:
        """See `NotifierOptions.deliver`. Kafka knows no message again; a repeat has the same key and the same id."""
        for divisor in SMALLER:
            if self._produced(message, _written(message, max(self.longest // divisor, SMALLEST))):
                return Delivered()
        return Refused(f"the topic {self.topic} takes no record of {SMALLEST} bytes")

    def close(self) -> None:
        """See `NotifierOptions.close`."""
        held: _Held | None = self.__dict__.pop("held", None)
        if held is not None:
            held.producer.purge(blocking=False)

    def _produced(self, message: Message, value: bytes) -> bool:
        """Write a record and wait until it is there; False: it is too large. Raises Undelivered."""
        kafka = _library()
        _, producer, errors = self._held()
        producer.poll(0)
        errors.clear()  # what happened to connections since the last message is over
        reports: list[KafkaError | None] = []
        until = time.monotonic() + self.timeout / 1_000_000 + 1.0
        try:
            producer.produce(
                self.topic, key=_key(message.thread), value=value, headers=_headers(message),
                on_delivery=lambda error, _: reports.append(error),
            )  # fmt: skip
            while not reports and time.monotonic() < until and not any(map(_hopeless, errors)):
                producer.poll(0.1)
        except kafka.KafkaException as end:  # too large for us already, or no order can be kept any more
            reports.append(end.args[0])
        faults = [error for error in reports if error is not None]  # which cannot be compared with anything
        if reports and not faults:
            return True
        if any(error.name() in _TOO_LARGE for error in faults):
            return False
        self.close()  # a producer remembers that a topic was forbidden, and never forgives a broken order
        raise Undelivered(self._failed([*errors, *faults]))

    def _failed(self, errors: list[KafkaError]) -> Retry | Refused:
        """What it means: "never" by any error that nothing mends; where only time ran out, what happened first."""
        for error in errors:
            if error.name() in _NEVER:
                return Refused(f"the brokers do not take it: {_said(error)}")
        if errors and errors[-1].name() != "_MSG_TIMED_OUT":
            return Retry(f"the brokers do not take it now: {_said(errors[-1])}")
        because = "".join(f": {_said(error)}" for error in errors[:1])
        return Retry(f"it was not written within {self.timeout / 1_000_000:g} s{because}")

    def _held(self) -> _Held:
        """The connections, which stay open from message to message; other ones where a secret has changed."""
        settings = self._settings()
        held: _Held | None = self.__dict__.get("held")
        if held is None or held.settings != settings:
            self.__dict__["held"] = held = _connected(settings)
        return held

    def _settings(self) -> dict[str, Any]:
        """In the words of librdkafka."""
        milliseconds = max(1, self.timeout // 1_000)
        security = {("tls", False): "ssl", ("tls", True): "sasl_ssl", ("none", True): "sasl_plaintext"}
        given = {
            "bootstrap.servers": ",".join(self.brokers),
            "client.id": self.client_id,
            "security.protocol": security.get((self.security, self.sasl is not None), "plaintext"),
            "sasl.mechanism": self.sasl,
            "sasl.username": None if self.user is None else revealed(self.user),
            "sasl.password": None if self.password is None else revealed(self.password),
            "ssl.ca.location": self.ca,
            "ssl.certificate.location": self.cert,
            "ssl.key.location": self.key,
            "ssl.key.password": None if self.key_password is None else revealed(self.key_password),
            "enable.idempotence": True,
            "acks": "all",
            "linger.ms": 0,
            "partitioner": "murmur2_random",  # that of the clients in Java: other writers of a key meet us
            "message.max.bytes": self.longest + AROUND,
            "delivery.timeout.ms": milliseconds,
            "request.timeout.ms": max(1, milliseconds // 2),
            "socket.timeout.ms": max(10, milliseconds // 2),
            "socket.connection.setup.timeout.ms": max(1_000, milliseconds // 2),
            "topic.metadata.propagation.max.ms": milliseconds // 2,
            "log_level": 0,
        }
        return {name: value for name, value in given.items() if value is not None}


class _Held(NamedTuple):
    """A producer, what it was made with, and what it said of its connections since it was last asked."""

    settings: dict[str, Any]
    producer: Producer
    errors: list[KafkaError]


def _connected(settings: dict[str, Any]) -> _Held:
    kafka = _library()
    errors: list[KafkaError] = []
    silent = logging.Logger("kafka")  # noqa: LOG001 -- of our own: else it writes to standard error, whatever it is asked
    silent.addHandler(logging.NullHandler())
    given = {**settings, "error_cb": errors.append, "logger": silent}
    try:
        return _Held(settings, kafka.Producer(given), errors)
    except kafka.KafkaException as end:
        raise Undelivered(Retry(f"no connection can be made with these options: {end.args[0].str()}")) from None


def _library() -> Any:
    try:
        import confluent_kafka
    except ImportError:
        raise Undelivered(Refused(_MISSING)) from None
    return confluent_kafka


def _said(error: KafkaError) -> str:
    return f"{error.str()} ({error.name()})"


def _hopeless(error: KafkaError) -> bool:
    """Whether the message need not wait for its time to be over."""
    return error.fatal() or error.name() in _HOPELESS


def _key(thread: str) -> bytes:
    key = thread.encode("utf-8", "backslashreplace")
    return key if len(key) <= LONGEST_KEY else hashlib.sha256(key).hexdigest().encode()


def _headers(message: Message) -> dict[str, str | bytes | None]:
    """What readers choose by without reading the value."""
    return {
        "content-type": "application/json",
        "detect-id": message.id,
        "detect-action": message.action,
        "detect-level": message.level.name,
    }


def _written(message: Message, longest: int) -> bytes:
    """The message as JSON; where there is no room for all of it, what it is about stays whole."""
    whole = document(message)
    value = encoded(whole)
    if len(value) <= longest:
        return value
    head = {name: whole[name] for name in _HEAD}
    room = longest - len(encoded(head))
    if room < SMALLEST // 2:
        return encoded(fitted(whole, longest))
    return encoded(head | fitted({name: whole[name] for name in ("alerts", "links")}, room))
