"""`detect serve` on a bucket and a queue: real processes, a server that answers as AWS does, and one that is told."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.alerts.server import serving
from tests.cli.test_serve import CONFIG, House
from tests.runners.correlating import hit
from tests.runners.made import log
from tests.sources.cloud import ENVIRON, Cloud, cloud, news, trail, whole_cloud

__all__ = ["cloud", "whole_cloud"]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs SIGTERM and kill -9")


@pytest.fixture
def house(tmp_path: Path, checkout: Path, cloud: Cloud) -> Iterator[House]:
    cloud.bucket()
    cloud.queue()
    with serving() as server:
        found = House(tmp_path, checkout, server)
        found.environ |= ENVIRON
        yield found
        if found.process is not None:
            found.process.kill()
            found.process.wait()


def sources(house: House, *targets: str, every: str = "1s", follow: str = "false") -> None:
    text = CONFIG.format(port=house.server.port).replace("[logs]", f"[{', '.join(map(repr, targets))}]")
    house.config(text.replace("{every: 1s}", f"{{every: {every}, follow: {follow}}}"))


def told(cloud: Cloud, number: int) -> None:
    cloud.put(trail(f"10{number:02}"), body=log([hit(number, f"user{number}")]))
    cloud.send(news(trail(f"10{number:02}")))


def test_it_tells_of_what_a_queue_brings_as_soon_as_it_comes(house: House, cloud: Cloud):
    sources(house, cloud.sqs(), every="1h", follow="true")
    house.start()
    house.until(lambda: house.says("scan finished"))
    for number in range(3):
        told(cloud, number)
        house.until(lambda number=number: house.told() == number + 1)
    house.until(lambda: cloud.left() == 0)
    assert house.end() == 0


def test_killed_it_takes_the_messages_that_it_held_and_tells_nothing_twice(house: House, cloud: Cloud):
    sources(house, cloud.sqs(visibility="2s"))
    told(cloud, 0)
    house.start()
    house.until(lambda: house.told() == 1)
    told(cloud, 1)
    house.end(signal.SIGKILL)
    house.start()
    house.until(lambda: house.told() == 2)
    house.until(lambda: cloud.left() == 0)
    assert house.end() == 0
    assert house.told() == 2


def test_a_bucket_that_fails_is_said_and_the_other_source_goes_on(house: House, cloud: Cloud):
    sources(house, "logs", cloud.s3("nowhere"))
    house.start()
    house.until(lambda: house.told() == 1)
    house.until(lambda: house.says("scan incomplete"))
    house.until(lambda: "s3://nowhere" in house.ask("status", "--state", "state.db").stdout)
    assert house.end() == 0
