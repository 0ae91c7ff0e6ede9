"""kafka: what brokers of Kafka take, and nothing else."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.alert import Delivered, Message, Refused, Retry
from engine.notifiers import NotifierOptions
from tests.notifiers.brokers import Broker, Record, Rejected, batch, brokering, records
from tests.notifiers.chats import changed, through_outbox
from tests.notifiers.contract import NotifierContract, Played
from tests.notifiers.made import HOSTILE, alert, destination, hostile, huge, message, options
from tests.notifiers.test_syslog import Keys, made_keys

kafka = pytest.importorskip("confluent_kafka", reason='needs the extra "kafka"')

SECRET = NotifierContract.secret
KEYS = {"version", "kind", "action", "id", "thread", "sequence", "level", "time", "alerts", "links"}
HEADERS = {"content-type", "detect-id", "detect-action", "detect-level"}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFIER_SECRET", SECRET)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return made_keys(tmp_path_factory.mktemp("keys"))


def judged(record: Record) -> None:
    """As a broker that looks at records by a schema: error 87 for what is none of ours."""
    try:
        value = json.loads(record.value)
        assert set(value) == KEYS
        assert all(isinstance(value[name], list) for name in ("alerts", "links"))
        assert set(record.headers) == HEADERS
        assert record.headers["content-type"] == b"application/json"
        for name in ("id", "action", "level"):
            assert record.headers[f"detect-{name}"].decode() == value[name]
        assert 0 < len(record.key) <= 1_000
    except (AssertionError, ValueError, KeyError, TypeError) as error:
        raise Rejected(87) from error


def reached(broker: Broker, **more: Any) -> dict[str, Any]:
    given = {"brokers": [f"127.0.0.1:{broker.address[1]}"], "topic": "alerts", "security": "none", "timeout": "4s"}
    return {**given, **more}


def made(broker: Broker, **more: Any) -> NotifierOptions:
    return options("kafka", **reached(broker, **more))


def ours(keys: Keys, **more: Any) -> dict[str, Any]:
    secret = {"env": "NOTIFIER_SECRET"}
    known = {"security": "tls", "ca": keys.ca, "cert": keys.own, "key": keys.key, "key_password": secret}
    return known | {"sasl": "PLAIN", "user": "detect", "password": secret} | more


class TestKafka(NotifierContract):
    """A broker that asks for a certificate, a user and a password."""

    kind = "kafka"
    wrong = (
        ({"brokers": []}, "brokers: at least one"),
        ({"brokers": ["kafka.example.com"]}, "write HOST:PORT"),
        ({"brokers": ["kafka.example.com:65536"]}, "write HOST:PORT"),
        ({"brokers": ["a:1,b:2"]}, "write HOST:PORT"),
        ({"topic": "a topic"}, 'topic: "a topic" is none'),
        ({"topic": ".."}, 'topic: ".." is none'),
        ({"client_id": ""}, "client_id"),
        ({"longest": 100}, "longest"),
        ({"timeout": "0s"}, "timeout: more than 0 seconds"),
        ({"user": None}, "sasl, user and password go together"),
        ({"sasl": "GSSAPI"}, "sasl"),
        ({"sasl": None}, "sasl, user and password go together"),
        ({"security": "none"}, "sasl: PLAIN would send the password unencrypted"),
        ({"security": "none", "sasl": "SCRAM-SHA-256"}, "security: certificates are for tls"),
        ({"key": None}, "a certificate and its key go together"),
    )

    @pytest.fixture(autouse=True)
    def _keys(self, keys: Keys) -> None:
        self.keys = keys

    @contextmanager
    def played(self) -> Iterator[Played]:
        with brokering(judged, {"detect": SECRET}, self.keys.mutual) as broker:

            def busy() -> bool:
                broker.next.append(-1)
                return False

            yield Played(
                reached(broker, **ours(self.keys)) | {"timeout": "4s"},
                received=lambda: broker.written,
                busy=busy,
                refuse=lambda: broker.next.append(29),
                hang=None,  # a test of its own, since the contract gives it one second
                texts=lambda record: [record.value.decode()],
                key=lambda record: f"{record.key!r} {record.headers['detect-id']!r}",
            )

    @pytest.mark.parametrize("text", [None])
    def test_what_a_log_holds_is_shown_as_text(self, text: None):
        """All in one, since half a second goes by before the first record."""
        with self.played() as played:
            send = destination(self.kind, options(self.kind, **played.options)).send
            for each in HOSTILE:
                assert send(hostile(each)) == Delivered()
                (seen,) = played.texts(played.received()[-1])
                assert [char for char in seen if not char.isprintable()] == []
            assert len(played.received()) == len(HOSTILE)


RECORD = Record(b"thread-1", b"{}", {"detect-id": b"m1", "content-type": b"application/json"})
GOOD = batch(RECORD)
BAD = [
    (2, batch(RECORD)[:-1]), (2, GOOD[:16] + b"\x01" + GOOD[17:]), (2, GOOD.replace(b"thread-1", b"thread-2")),
    (2, b""), (2, GOOD + b"\0"), (10, batch(Record(b"k", b"x" * 3_000, {}))), (59, batch(RECORD, producer=2)),
    (45, batch(RECORD, sequence=1)), (87, batch(RECORD._replace(value=b"no"))),
]  # fmt: skip


@pytest.mark.parametrize(("code", "bad"), BAD, ids=range(len(BAD)))
def test_the_played_broker_writes_what_real_ones_write(code: int, bad: bytes):
    def only_objects(record: Record) -> None:
        if record.value != b"{}":
            raise Rejected(87)

    with brokering(only_objects) as broker:
        broker.longest, broker.producers = 2_000, {1: 0}
        with pytest.raises(Rejected) as caught:
            broker.append("alerts", -1, bad)
        assert caught.value.code == code
        for topic, acks, wrong in (("nowhere", -1, 3), ("alerts", 1, 21)):
            with pytest.raises(Rejected) as caught:
                broker.append(topic, acks, GOOD)
            assert caught.value.code == wrong
        broker.append("alerts", -1, GOOD)
        broker.append("alerts", -1, GOOD)
        assert broker.written == [RECORD] == records(GOOD).records


def test_the_played_judge_takes_whole_records_only():
    with brokering(judged) as broker:
        assert destination("kafka", made(broker)).send(message()) == Delivered()
        (good,) = broker.written
    judged(good)
    value = json.loads(good.value)
    wrong = [good._replace(value=json.dumps(changed(value, [name], ...)).encode()) for name in KEYS]
    wrong += [good._replace(headers=changed(good.headers, [name], ...)) for name in HEADERS]
    wrong += [good._replace(key=b""), good._replace(key=b"x" * 1_001), good._replace(value=good.value[:-1])]
    for record in wrong:
        with pytest.raises(Rejected):
            judged(record)


def test_every_step_of_an_alert_is_a_record_through_the_outbox(tmp_path: Path):
    with brokering(judged) as broker:
        broker.next += [-1, 0, "lost"]
        steps = ("trigger", "update", "acknowledge", "trigger", "resolve")
        messages = [message(id=f"m{n}", action=action, sequence=n) for n, action in enumerate(steps)]
        assert through_outbox(tmp_path / "s", "kafka", made(broker), messages) == (5, 0, 0)
    assert [one.headers["detect-action"].decode() for one in broker.written] == list(steps)
    assert {one.key for one in broker.written} == {b"thread-1"}
    assert broker.acks == {-1}
    assert broker.programs == {"detect"}


@pytest.mark.parametrize(
    "what",
    [
        "lost",
        "unanswered",
        pytest.param(6, marks=pytest.mark.full),
        pytest.param(7, marks=pytest.mark.full),
        pytest.param(19, marks=pytest.mark.full),
        pytest.param(56, marks=pytest.mark.full),
    ],
)
def test_what_the_network_makes_uncertain_is_written_once(what: int | str):
    with brokering(judged) as broker:
        send = destination("kafka", made(broker)).send
        broker.next.append(what)
        assert [send(message(id=f"m{n}")) for n in range(2)] == [Delivered(), Delivered()]
        assert [one.headers["detect-id"] for one in broker.written] == [b"m0", b"m1"]
        assert len(broker.producers) == 1


NEVER = {29: "TOPIC_AUTHORIZATION_FAILED", 87: "INVALID_RECORD"}


def test_errors_say_whether_to_wait_and_the_next_record_goes_by_new_connections():
    with brokering(judged) as broker:
        send = destination("kafka", made(broker)).send
        for code, name in (*NEVER.items(), (-1, "UNKNOWN")):
            broker.next.append(code)
            outcome = send(message())
            assert isinstance(outcome, Refused if code in NEVER else Retry), code
            assert f"({name})" in outcome.reason
        assert send(message()) == Delivered()
        assert len(broker.written) == 1


def test_an_order_that_cannot_be_kept_is_not_now_and_said_to_nobody_else(capfd: pytest.CaptureFixture[str]):
    with brokering(judged) as broker:
        send = destination("kafka", made(broker)).send
        assert send(message()) == Delivered()
        broker.next += [2, 45]
        assert isinstance(send(message()), Retry)
        assert send(message()) == Delivered()
    assert capfd.readouterr() == ("", "")
    assert "kafka" not in logging.Logger.manager.loggerDict


def test_nobody_listening_and_nobody_answering_are_not_now():
    with brokering() as broker:
        broker.next.append("hang")
        outcome = destination("kafka", made(broker, timeout="1s")).send(message())
        assert isinstance(outcome, Retry)
        assert "not written within 1 s" in outcome.reason
    nowhere = destination("kafka", made(broker, timeout="1s")).send(message())
    assert isinstance(nowhere, Retry)
    assert "Connection refused" in nowhere.reason


def test_a_topic_that_is_not_there_is_refused_by_name():
    with brokering() as broker:
        outcome = destination("kafka", made(broker, topic="nowhere", timeout="1s")).send(message())
    assert isinstance(outcome, Refused)
    assert "UNKNOWN_TOPIC" in outcome.reason


@pytest.mark.parametrize("sasl", [pytest.param("SCRAM-SHA-256", marks=pytest.mark.full), "SCRAM-SHA-512"])
def test_users_are_let_in_by_their_password_and_others_refused_at_once(sasl: str):
    login = {"sasl": sasl, "password": {"env": "NOTIFIER_SECRET"}}
    with brokering(judged, {"detect": SECRET, "other": "another-password"}) as broker:
        assert destination("kafka", made(broker, user="detect", **login)).send(message()) == Delivered()
        wrong = destination("kafka", made(broker, user="other", timeout="5m", **login)).send(message())
        assert set(broker.logins) == {"detect"}
    assert isinstance(wrong, Refused)
    assert "Authentication failed" in wrong.reason


def test_another_password_is_used_at_once(monkeypatch: pytest.MonkeyPatch):
    users = {"detect": SECRET}
    login = {"sasl": "SCRAM-SHA-256", "user": "detect", "password": {"env": "NOTIFIER_SECRET"}}
    with brokering(judged, users) as broker:
        send = destination("kafka", made(broker, **login)).send
        assert send(message()) == Delivered()
        users["detect"] = "the-next-password"
        monkeypatch.setenv("NOTIFIER_SECRET", "the-next-password")
        assert send(message()) == Delivered()
        assert len(broker.producers) == 2


def test_tls_is_for_those_who_know_each_other(keys: Keys):
    with brokering(judged, {"detect": SECRET}, keys.mutual) as broker:
        doubter = destination("kafka", made(broker, **ours(keys, ca=None, timeout="2s"))).send(message())
        stranger = destination("kafka", made(broker, **ours(keys, cert=None, key=None, timeout="2s"))).send(message())
        gone = destination("kafka", made(broker, **ours(keys, ca="/nowhere.pem"))).send(message())
        assert broker.written == []
    for outcome, said in ((doubter, "certificate verify failed"), (stranger, "SSL"), (gone, "ssl.ca.location")):
        assert isinstance(outcome, Retry)
        assert said in outcome.reason


@pytest.mark.parametrize("longest", [4_096, 200_000])
def test_what_is_cut_says_so_and_keeps_its_ids(longest: int):
    worst = {"n": 1 << 60_000, "deep": [{"a": ["\U000e0001" * 400] * 5}] * 5} | {f"{n}" * 99: "é" for n in range(60)}
    with brokering() as broker:
        send = destination("kafka", made(broker, longest=longest)).send
        for each in (huge(3), message(*[alert(fields=worst, key="|\\" * 9_000, title="\U0001f525" * 9_000)] * 30)):
            assert send(each._replace(id="i" * 64, thread="t" * 300)) == Delivered()
            record = broker.written[-1]
            value = json.loads(record.value)
            assert len(record.value) <= longest
            assert "…" in record.value.decode()
            assert (value["id"], value["thread"], value["action"]) == ("i" * 64, "t" * 300, "trigger")
            assert longest < 5_000 or value["alerts"]


def test_a_topic_that_takes_less_gets_less():
    with brokering() as broker:
        broker.longest = 20_000
        send = destination("kafka", made(broker)).send
        assert send(huge(3)) == Delivered()
        assert 2_000 < len(broker.written[-1].value) < 20_000
        broker.longest = 300
        outcome = send(message())
    assert isinstance(outcome, Refused)
    assert "takes no record of 1000 bytes" in outcome.reason


def test_a_long_thread_has_a_short_key():
    with brokering() as broker:
        send = destination("kafka", made(broker)).send
        for thread in ("é" * 500, "é" * 501, "é" * 501, "x" * 9_000_000, "\ud800"):
            assert send(message(thread=thread)) == Delivered()
        assert [len(one.key) for one in broker.written] == [1_000, 64, 64, 64, 6]
        assert broker.written[1].key == broker.written[2].key != broker.written[3].key


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "confluent_kafka", None)
    with brokering() as broker:
        outcome = destination("kafka", made(broker)).send(message())
    assert outcome == Refused('a library is missing: pip install "detect-engine[kafka]"')


def test_a_consumer_of_a_cluster_that_we_did_not_write_reads_it():
    """The brokers of librdkafka, for tests of its own."""
    cluster = kafka.Consumer({
        "test.mock.num.brokers": 3, "bootstrap.servers": "here", "group.id": "test", "auto.offset.reset": "earliest",
    })  # fmt: skip
    try:
        brokers = [f"{one.host}:{one.port}" for one in cluster.list_topics(timeout=10).brokers.values()]
        assert len(brokers) == 3
        given = options("kafka", brokers=brokers, topic="alerts", security="none")
        send = destination("kafka", given).send
        steps = [message(), message(action="resolve", id="m2", sequence=1), message(thread="other", id="m3")]
        assert [send(each) for each in steps] == [Delivered()] * 3
        partitions = cluster.list_topics("alerts", timeout=10).topics["alerts"].partitions
        cluster.assign([kafka.TopicPartition("alerts", number, kafka.OFFSET_BEGINNING) for number in partitions])
        found = cluster.consume(3, timeout=10)
    finally:
        cluster.close()
    assert sorted(json.loads(one.value())["id"] for one in found) == ["m2", "m3", "message-1"]
    first, second = (one for one in found if one.key() == b"thread-1")
    assert first.partition() == second.partition() == 2  # by murmur2, for four partitions
    assert dict(first.headers())["detect-action"] == b"trigger"


@pytest.fixture(scope="module")
def open_broker() -> Iterator[Any]:
    with brokering(judged) as broker:
        send = destination("kafka", made(broker)).send
        yield lambda each: (send(each), broker.written[-1])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60) | st.text(st.sampled_from('"\\{}\0\n\u2028\u202e\x1b\ud800é'), max_size=60))
def test_any_text_of_a_log_stays_in_its_field(open_broker: Any, text: str):
    given_message: Message = hostile(text)
    outcome, record = open_broker(given_message)
    assert outcome == Delivered()
    assert record.value.decode().isprintable()
    (told,) = json.loads(record.value)["alerts"]
    assert told["title"] == text.encode("utf-8", "backslashreplace").decode()
    assert told["fields"]["actor"] == told["title"]
