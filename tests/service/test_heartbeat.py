"""Signs of life: sent to a real server while the service does its work, and withheld when it does not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from engine.config.settings import HeartbeatSettings
from engine.secret import Secret
from engine.service import Health, Heartbeat, beat_of
from tests.notifiers.server import Answer, Server, serving
from tests.service.exposition import read

SECOND = 1_000_000
SECRET = "a-secret-of-32-characters-0123456"


class House:
    """A health whose clock is set by hand, and a heartbeat to a server."""

    def __init__(self, server: Server, monkeypatch: pytest.MonkeyPatch, **more: Any) -> None:
        self.server = server
        self.time = 1_000 * SECOND
        self.health = Health(lambda: self.time)
        self.said: list[tuple[str, dict[str, object]]] = []
        monkeypatch.setenv("HEARTBEAT_URL", f"{server.url}/{SECRET}")
        self.settings = HeartbeatSettings(url=Secret(env="HEARTBEAT_URL"), allow=("127.0.0.1",), **more)
        self.heart = self.made()

    def made(self, every: int = SECOND) -> Heartbeat:
        send = beat_of(self.settings).send
        log = self.log
        return Heartbeat(send, every, self.health, log, longest=60 * SECOND, oldest=10 * SECOND)

    def log(self, what: str, more: dict[str, object]) -> None:
        self.said.append((what, more))

    def numbers(self) -> dict[str, float]:
        found = read(self.health.metrics())
        return {each.labels["outcome"]: each.value for each in found if each.name == "detect_heartbeats_total"}


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    with serving() as server:
        found = House(server, monkeypatch)
        found.health.scanned(well=True)
        yield found


def test_one_is_sent_while_all_is_well(house: House):
    house.heart.beat()
    assert [(one.method, one.path) for one in house.server.requests] == [("POST", f"/{SECRET}")]
    assert house.numbers() == {"sent": 1}
    [at] = [each.value for each in read(house.health.metrics()) if each.name.startswith("detect_last_heartbeat")]
    assert at == 1_000


def stalled(house: House) -> None:
    house.time += 61 * SECOND


def failed(house: House) -> None:
    house.health.scanned(well=False)


def scanning(house: House) -> None:
    house.health.alive(scanning=True)
    house.time += 61 * SECOND


def waiting(house: House) -> None:
    house.health.gauges("outbox_messages", {"pager": 1})
    house.health.gauges("outbox_age_seconds", {"pager": 11})


def no_state(house: House) -> None:
    house.health.fault("state", "no room")


def no_delivery(house: House) -> None:
    house.health.fault("delivery", "stopped")


@pytest.mark.parametrize(
    "wrong", [stalled, failed, scanning, waiting, no_state, no_delivery], ids=lambda it: it.__name__
)
def test_none_is_sent_when_it_does_not_do_its_work(house: House, wrong: Callable[[House], None]):
    wrong(house)
    house.heart.beat()
    house.heart.beat()
    assert house.server.requests == []
    assert house.numbers() == {"withheld": 2}
    assert [what for what, _ in house.said] == ["heartbeat withheld"]


def test_what_does_not_keep_it_from_its_work_does_not_count(house: House):
    house.health.alive(scanning=True)
    house.time += 59 * SECOND
    house.health.gauges("outbox_age_seconds", {"pager": 9})
    house.health.fault("reload", "new rules have faults")
    house.heart.beat()
    assert len(house.server.requests) == 1


def test_before_the_first_scan_has_ended_nobody_knows(monkeypatch: pytest.MonkeyPatch):
    with serving() as server:
        house = House(server, monkeypatch)
        house.heart.beat()
        assert server.requests == []


@pytest.mark.parametrize(
    "answer", [Answer(500), Answer(404), Answer(302, headers={"Location": "/"}), Answer(hang=2.5)], ids=range(4)
)
def test_one_that_fails_is_a_fault_until_one_arrives_and_shows_no_secret(house: House, answer: Answer):
    house.settings = HeartbeatSettings(url=house.settings.url, allow=house.settings.allow, timeout=SECOND)
    heart = house.made()
    house.server.next.append(answer)
    heart.beat()
    [(what, more)] = house.said
    assert what == "heartbeat failed"
    assert SECRET not in f"{more} {house.health.readyz()} {house.health.metrics()}"
    assert house.health.readyz()[0] == 503
    heart.beat()
    assert house.health.readyz()[0] == 200
    assert house.numbers() == {"failed": 1, "sent": 1}


def test_a_secret_that_is_not_there_is_a_fault(house: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("HEARTBEAT_URL")
    house.heart.beat()
    assert "HEARTBEAT_URL" in str(house.health.readyz()[1])


@contextmanager
def until(seconds: float = 10.0) -> Iterator[Callable[[Callable[[], object]], None]]:
    end = time.monotonic() + seconds

    def wait(holds: Callable[[], object]) -> None:
        while not holds():
            assert time.monotonic() < end
            time.sleep(0.01)

    yield wait


def test_it_beats_by_itself_from_the_first_good_scan_on_and_stops(monkeypatch: pytest.MonkeyPatch):
    with serving() as server, until() as wait:
        house = House(server, monkeypatch)
        with house.made(SECOND // 20):
            time.sleep(0.2)
            assert (server.requests, house.said, house.numbers()) == ([], [], {})
            house.health.scanned(well=True)
            wait(lambda: len(server.requests) >= 3)
        before = len(server.requests)
        time.sleep(0.3)
        assert len(server.requests) <= before + 1
