"""A clock that somebody sets: noticed by one that nobody sets, and nothing waits longer for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.service.clock import Stepped, shift
from engine.stores import Store

SECOND = 1_000_000
HOUR = 3_600 * SECOND
NOW = 1_800_000_000 * SECOND


class Clocks:
    """One that is set, and one that only goes on."""

    def __init__(self) -> None:
        self.now, self.steady = NOW, 7 * SECOND
        self.stepped = Stepped(lambda: self.now, lambda: self.steady)

    def after(self, seconds: int, step: int = 0) -> int:
        self.now += seconds * SECOND + step
        self.steady += seconds * SECOND
        return self.stepped.by()


@pytest.mark.parametrize("step", [-HOUR, 24 * HOUR, -31 * SECOND, 31 * SECOND])
def test_a_step_is_noticed_once(step: int):
    clocks = Clocks()
    assert [clocks.after(10), clocks.after(1, step), clocks.after(1)] == [0, step, 0]


def test_time_that_goes_by_and_small_corrections_are_no_step():
    clocks = Clocks()
    assert [clocks.after(86_400), clocks.after(1, 2 * SECOND), clocks.after(1, -3 * SECOND)] == [0, 0, 0]


def test_many_small_corrections_together_are_one():
    clocks = Clocks()
    found = [clocks.after(60, 4 * SECOND) for _ in range(10)]
    assert sum(found) == 32 * SECOND
    assert len([each for each in found if each]) == 1


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(str(tmp_path / "state.db")) as found:
        yield found


def test_what_waits_for_a_time_waits_as_long_as_it_would_have(store: Store):
    sql = "INSERT INTO delivery VALUES (?, ?, 'pager', 'one', ?, ?, ?, ?, 1, NULL, x'7b7d')"
    with store.transaction():
        for number, state in enumerate(("queued", "sending", "sent", "dead")):
            store.execute(sql, (number, str(number), state, NOW - HOUR, NOW + HOUR, NOW - HOUR))
        shift(store, -HOUR, NOW)
    found = dict(store.execute("SELECT state, next_at FROM delivery").fetchall())
    assert {state: (at - NOW) // HOUR for state, at in found.items()} == {
        "queued": 0, "sending": 0, "sent": 1, "dead": 1,
    }  # fmt: skip
