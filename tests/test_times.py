"""Times: what logs write, to microseconds and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import UsageError
from engine.times import format_time, parse_time, parse_when

NOON = 1_688_990_400_000_000  # 2023-07-10T12:00:00Z

SAME_MOMENT = [
    "2023-07-10T12:00:00Z",
    "2023-07-10T12:00:00z",
    "2023-07-10T12:00:00",
    "2023-07-10 12:00:00",
    "2023-07-10T12:00Z",
    "2023-07-10T14:00:00+02:00",
    "2023-07-10T14:00:00+0200",
    "2023-07-10 14:00:00 +0200",
    "2023-07-10T05:00:00-07",
    "2023-07-10 12:00:00 UTC",
    "2023-07-10T12:00:00.000000000Z",
    "  2023-07-10T12:00:00Z ",
    "20230710120000",
    "1688990400",
    "1688990400.000",
    1_688_990_400,
    1_688_990_400_000,
    1_688_990_400_000_000,
    1_688_990_400_000_000_000,
    1_688_990_400.0,
    1_688_990_400_000.0,
]


@pytest.mark.parametrize("value", SAME_MOMENT, ids=repr)
def test_every_way_to_write_a_moment_is_that_moment(value: object) -> None:
    assert parse_time(value) == NOON


FRACTIONS = [
    ("2023-07-10T12:00:00.5Z", 500_000),
    ("2023-07-10T12:00:00,5Z", 500_000),
    ("2023-07-10T12:00:00.123456Z", 123_456),
    ("2023-07-10T12:00:00.123456789Z", 123_456),
    ("2023-07-10T12:00:00.9999999Z", 999_999),
    (1_688_990_400_001, 1_000),
    (1_688_990_400_000_000_001, 0),
    (1_688_990_400_000_001_999, 1),
    ("1688990400.123456", 123_456),
    ("1688990400.1234567", 123_456),
    ("1688990400000.5", 500),
    (1_688_990_400.25, 250_000),
]


@pytest.mark.parametrize(("value", "fraction"), FRACTIONS, ids=repr)
def test_what_is_finer_than_microseconds_is_cut(value: object, fraction: int) -> None:
    assert parse_time(value) == NOON + fraction


def test_a_leap_second_is_the_one_after() -> None:
    assert parse_time("2016-12-31T23:59:60Z") == parse_time("2017-01-01T00:00:00Z")


def test_a_date_of_eight_digits_is_no_number() -> None:
    assert parse_time("20230710") == parse_time("2023-07-10")


def test_before_1970_is_negative() -> None:
    assert parse_time("1969-12-31T23:59:59Z") == parse_time(-1) == -1_000_000


NO_TIME: list[object] = [
    None, True, False, "", " ", "yesterday", "2023-13-01T00:00:00Z", "2023-02-30", "20231332", [], {}, b"2023-07-10",
    float("nan"),
    float("inf"), 10**40, "9" * 30, "12:00:00", "W28", "0x10", "1e9", "10/Jul/2023:12:00:00", "٢٠٢٣-٠٧-١٠",
    "0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00",
]  # fmt: skip


@pytest.mark.parametrize("value", NO_TIME, ids=repr)
def test_anything_else_is_none(value: object) -> None:
    assert parse_time(value) is None


@given(st.text(max_size=40) | st.integers() | st.floats() | st.binary(max_size=5))
def test_no_value_makes_it_raise(value: object) -> None:
    us = parse_time(value)
    assert us is None or format_time(us)


@given(st.datetimes(timezones=st.timezones()))
def test_what_is_written_is_read_back(moment: datetime) -> None:
    try:
        us = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        written = format_time(us)
    except OverflowError:
        return
    assert parse_time(written) == us
    assert parse_time(format_time(us, timezone(timedelta(hours=5, minutes=30)))) == us


def test_machines_get_z_and_a_fraction_only_when_there_is_one() -> None:
    assert format_time(NOON) == "2023-07-10T12:00:00Z"
    assert format_time(NOON + 120_000) == "2023-07-10T12:00:00.120000Z"


def test_people_get_their_zone() -> None:
    assert format_time(NOON, timezone(timedelta(hours=2))) == "2023-07-10T14:00:00+02:00"


@pytest.mark.parametrize("us", [-62_135_596_800_000_000, 253_402_300_799_999_999])
def test_the_ends_of_time_can_be_written_in_any_zone(us: int) -> None:
    assert all(format_time(us, timezone(timedelta(hours=hours))) for hours in (-12, 0, 14))


WHENS = [
    ("2023-07-10", NOON - 12 * 3_600_000_000),
    ("2023-07-10T12:00:00Z", NOON),
    ("24h", NOON - 86_400_000_000),
    ("7d", NOON - 7 * 86_400_000_000),
    ("2w", NOON - 14 * 86_400_000_000),
    ("90S", NOON - 90_000_000),
    ("now", NOON),
]


@pytest.mark.parametrize(("text", "us"), WHENS)
def test_bounds_are_dates_times_or_how_long_ago(text: str, us: int) -> None:
    assert parse_when(text, NOON) == us


@pytest.mark.parametrize("text", ["", "soon", "24", "2023", "-3h", "1.5h", "999999999w"])
def test_a_bound_that_is_none_says_what_to_write(text: str) -> None:
    with pytest.raises(UsageError, match="cannot read") as error:
        parse_when(text, NOON)
    assert error.value.hint
