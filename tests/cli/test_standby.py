"""`detect serve` with a state that a server keeps: one stands by, and a server that restarts is no reason to end."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from tests.cli.test_serve import CONFIG, House, house
from tests.postgres import restart, server
from tests.runners.correlating import hit

__all__ = ["house"]

pytestmark = pytest.mark.full


@pytest.fixture
def address(house: House) -> Iterator[str]:
    with server() as found:
        text = CONFIG.format(port=house.server.port).replace("state.db", f'"{found}"')
        house.config(text)
        yield found
        if house.process is not None:
            house.process.kill()
            house.process.wait()
            house.process = None


def test_who_stands_by_takes_over_from_one_that_is_killed(house: House, address: str):
    house.start()
    house.until(lambda: house.told() == 1)
    house.until(lambda: house.says("scan finished: number 2"))
    first = house.process
    assert first is not None
    house.start("--standby")
    house.until(lambda: house.says("standing by"))
    first.send_signal(signal.SIGKILL)
    first.wait()
    house.logs(hit(2, "bob"))
    house.until(lambda: house.told() == 2)
    assert house.end() == 0
    assert set(house.server.arrived("hook").values()) == {1}
    assert "2 alerts open" in house.ask("status").stdout


def test_a_server_that_restarts_is_found_again(house: House, address: str):
    house.start()
    house.until(lambda: house.told() == 1)
    restart(address)
    house.logs(hit(2, "bob"))
    house.until(lambda: house.told() == 2)
    assert house.end() == 0
    assert set(house.server.arrived("hook").values()) == {1}
