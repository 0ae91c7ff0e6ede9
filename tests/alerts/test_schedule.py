"""Times of sending: quiet hours over midnight and changes of the clock, cron as cron has it, reminders, back-off."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.alerts.schedule import LONGEST_DELAY, Quiet, backoff, next_digest, quiet_until, reminder_after
from engine.model import Level
from engine.times import format_time, parse_time

EVERY = frozenset(range(7))


def at(text: str) -> int:
    time = parse_time(text)
    assert time is not None
    return time


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2023-11-14T20:59:59Z", None),
        ("2023-11-14T21:00:00Z", "2023-11-15T06:00:00Z"),  # 22:00 in Berlin
        ("2023-11-15T05:59:59Z", "2023-11-15T06:00:00Z"),
        ("2023-11-15T06:00:00Z", None),
        ("2024-03-30T22:00:00Z", "2024-03-31T05:00:00Z"),  # the night in which clocks go forward
        ("2024-10-26T21:00:00Z", "2024-10-27T06:00:00Z"),  # and back
    ],
)
def test_quiet_hours_go_over_midnight_by_the_wall_clock(now: str, until: str | None):
    quiet = (Quiet(22 * 60, 7 * 60, EVERY, "Europe/Berlin", Level.critical),)
    found = quiet_until(quiet, Level.high, at(now))
    assert (found and format_time(found)) == until
    assert quiet_until(quiet, Level.critical, at(now)) is None


def test_a_whole_day_is_quiet_and_hours_that_follow_each_other_are_one_time():
    weekend = Quiet(0, 0, frozenset({5, 6}), "UTC", Level.critical)
    night = Quiet(22 * 60, 6 * 60, EVERY, "UTC", Level.critical)
    found = quiet_until((weekend, night), Level.low, at("2023-11-19T23:00:00Z"))
    assert found is not None
    assert format_time(found) == "2023-11-20T06:00:00Z"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0 8 * * *", "2023-11-15T08:00:00Z"),
        ("0 8 * * 0", "2023-11-19T08:00:00Z"),
        ("0 8 * * 7", "2023-11-19T08:00:00Z"),
        ("0 8 * * 1-5", "2023-11-15T08:00:00Z"),
        ("0 8 * * mon", "2023-11-20T08:00:00Z"),
        ("*/15 * * * *", "2023-11-14T22:15:00Z"),
        ("30 6 1 jan *", "2024-01-01T06:30:00Z"),
    ],
)
def test_a_digest_comes_when_cron_would(expression: str, expected: str):
    assert format_time(next_digest(expression, "UTC", at("2023-11-14T22:13:20Z"))) == expected


@pytest.mark.parametrize("text", ["", "* * * *", "61 * * * *", "0 8 * * 9", "0 8 * * x", "a b c d e", "0 0 31 feb *"])
def test_what_is_no_time_of_a_digest_says_so(text: str):
    with pytest.raises(ValueError, match=r"cron expression|no day of week|never due"):
        next_digest(text, "UTC", at("2023-11-14T22:13:20Z"))


def test_a_digest_that_is_due_now_was_the_last_one():
    due = at("2023-11-15T08:00:00Z")
    assert next_digest("0 8 * * *", "UTC", due) == due + 86_400_000_000


def test_reminders_grow_by_the_factor_up_to_the_limit():
    assert [reminder_after(10, 2.0, 70, repeats) for repeats in range(5)] == [10, 20, 40, 70, 70]
    assert reminder_after(10, 1.0, 5, 10**9) == 10


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_back_off_is_a_share_of_a_time_that_is_bounded(attempts: int, share: float):
    assert 0 <= backoff(attempts, share) <= LONGEST_DELAY
    assert backoff(attempts, share) <= backoff(attempts + 1, share)
