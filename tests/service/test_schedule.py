"""When the next scan is due."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.service import Schedule

SECOND = 1_000_000
MINUTE = 60 * SECOND


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


def test_the_first_scan_comes_at_once_and_the_next_so_long_after_it_began():
    schedule = Schedule(5 * MINUTE)
    assert schedule.due(None, 1_000) == 1_000
    assert schedule.due(1_000, 2_000) == 1_000 + 5 * MINUTE


def test_scans_that_were_missed_are_made_up_for_by_one_at_once():
    schedule = Schedule(MINUTE)
    now = at("2026-03-01T12:00:00")
    assert schedule.due(now - 90 * MINUTE, now) <= now
    assert schedule.due(now, now + SECOND) == now + MINUTE


@pytest.mark.parametrize(
    ("zone", "last", "due"),
    [
        ("UTC", "2026-03-01T02:00:00", "2026-03-01T02:30:00"),
        ("UTC", "2026-03-01T02:30:00", "2026-03-02T02:30:00"),
        ("Europe/Berlin", "2026-03-01T00:00:00", "2026-03-01T01:30:00"),
        ("Europe/Berlin", "2026-07-01T00:00:00", "2026-07-01T00:30:00"),  # summer time
    ],
)
def test_with_a_cron_expression_scans_come_at_its_times(zone: str, last: str, due: str):
    for later in (0, 10 * MINUTE, 90 * 86_400 * SECOND):  # a time that has passed is made up for
        assert Schedule(MINUTE, "30 2 * * *", zone).due(at(last), at(last) + later) == at(due)


def test_the_first_scan_by_cron_waits_for_its_time():
    assert Schedule(MINUTE, "0 3 * * *").due(None, at("2026-03-01T02:59:00")) == at("2026-03-01T03:00:00")


@given(st.floats(0, 1), st.integers(0, 10**9))
def test_jitter_delays_by_no_more_than_it_says(chance: float, jitter: int):
    for schedule in (Schedule(MINUTE, jitter=jitter), Schedule(MINUTE, "* * * * *", jitter=jitter)):
        on_time = schedule._replace(jitter=0).due(5, 6)
        assert on_time <= schedule.due(5, 6, chance) <= on_time + jitter
        assert schedule.due(5, 6, 1.0) == on_time + jitter
