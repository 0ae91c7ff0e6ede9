"""/healthz, /readyz and /metrics, asked over HTTP."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import NamedTuple

import pytest

from engine.errors import UsageError
from engine.service import Health, HealthServer


class Clock:
    now = 1_000_000_000

    def __call__(self) -> int:
        return self.now


class Asked(NamedTuple):
    health: Health
    clock: Clock
    server: HealthServer

    def get(self, path: str) -> tuple[int, str]:
        connection = HTTPConnection(*self.server.address, timeout=10)
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


@pytest.fixture
def asked() -> Iterator[Asked]:
    clock = Clock()
    health = Health(clock)
    with HealthServer(health, "127.0.0.1:0") as server:
        yield Asked(health, clock, server)


def test_it_is_ready_unless_something_is_wrong(asked: Asked):
    assert asked.get("/readyz") == (200, '{"status": "ready"}\n')
    asked.health.fault("scan", "logs: no such file")
    status, text = asked.get("/readyz")
    assert (status, json.loads(text)["faults"]) == (503, {"scan": "logs: no such file"})
    asked.health.fault("scan", None)
    assert asked.get("/readyz")[0] == 200


def test_it_is_healthy_while_it_moves_or_scans(asked: Asked):
    asked.health.alive()
    asked.clock.now += 59_000_000
    assert asked.get("/healthz")[0] == 200
    asked.clock.now += 2_000_000
    assert asked.get("/healthz")[0] == 503
    asked.health.alive(scanning=True)
    asked.clock.now += 3_600_000_000
    assert asked.get("/healthz")[0] == 200


def test_numbers_are_in_prometheus_text_format(asked: Asked):
    asked.health.add("events", 1_200)
    asked.health.add("scans", 1, "finished")
    asked.health.gauges("outbox_messages", {"pager": 3})
    status, text = asked.get("/metrics")
    lines = text.splitlines()
    assert status == 200
    assert {"detect_events_total 1200", 'detect_scans_total{outcome="finished"} 1',
            'detect_outbox_messages{destination="pager"} 3', "detect_ready 1",
            "# TYPE detect_events_total counter"} <= set(lines)  # fmt: skip
    for line in lines:
        assert line.startswith("#") or float(line.rpartition(" ")[2]) >= 0


def test_anything_else_is_not_there(asked: Asked):
    assert asked.get("/etc/passwd")[0] == 404


@pytest.mark.parametrize("listen", ["127.0.0.1:{taken}", "256.0.0.1:80", "nowhere.invalid:80"])
def test_where_it_cannot_listen_it_says_so(listen: str):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = HealthServer(Health(Clock()), listen.format(taken=taken.getsockname()[1]))
        with pytest.raises(UsageError, match="cannot listen on"), server:
            pass
