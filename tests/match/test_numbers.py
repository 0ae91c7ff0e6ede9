"""Numbers, addresses and dates in log values: exactly, or not at all."""

from __future__ import annotations

import ipaddress
import operator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.match.numbers import COMPARE, address_of, network_of, number_of, time_part

finite = st.floats(allow_nan=False, allow_infinity=False)


@given(st.integers() | finite | st.integers(-(10**400), 10**400))
def test_a_number_is_exactly_what_the_log_wrote(value: float):
    assert Fraction(number_of(value) or 0) == (Fraction(value) if isinstance(value, int) else Fraction(repr(value)))


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_text_that_is_a_decimal_number_is_that_number(value: Decimal):
    text = str(value)
    assert number_of(text) == value
    assert number_of(f"{text} ") is None


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("5", 5), ("+5", 5), ("-0", 0), ("007", 7), ("1.50", "1.5"), ("1e3", 1000), ("1E-2", "0.01"),
        ("9007199254740993", 9007199254740993), (0.1, "0.1"), (1e16, 10**16), (True, None), (False, None),
        (None, None), ("", None), (" 5", None), ("5\n", None), ("5.", None), (".5", None), ("1_000", None),
        ("0x10", None), ("١", None), ("５", None), ("NaN", None), ("Infinity", None), ("1e1234567", None),
        (float("nan"), None), (float("inf"), None), ("9" * 1_001, None), ([5], None), ({}, None),
    ],
    ids=lambda value: repr(value)[:20],
)  # fmt: skip
def test_what_is_a_number(value: Any, number: int | str | None):
    assert number_of(value) == (None if number is None else Decimal(number))


@given(st.integers() | finite, st.integers() | finite)
def test_comparing_loses_no_digit(one: float, other: float):
    def exact(value: float) -> Fraction:
        return Fraction(value) if isinstance(value, int) else Fraction(repr(value))

    relations = {"eq": operator.eq, "lt": operator.lt, "lte": operator.le, "gt": operator.gt, "gte": operator.ge}
    assert COMPARE.keys() == relations.keys()
    for name, relation in relations.items():
        assert COMPARE[name](number_of(one), number_of(other)) is relation(exact(one), exact(other))


def test_even_the_longest_exponents_are_compared_at_once():
    assert COMPARE["lt"](number_of("1e999999"), number_of("2e999999"))
    assert COMPARE["gt"](number_of("1e-999999"), number_of(0))


addresses = st.ip_addresses()
networks = addresses.flatmap(
    lambda address: st.integers(0, address.max_prefixlen).map(
        lambda length: ipaddress.ip_network(f"{address}/{length}", strict=False)
    )
)


@given(networks, addresses, st.integers(-1, 1), st.booleans())
def test_an_address_is_inside_a_network_as_ipaddress_says(network: Any, other: Any, off: int, last: bool):
    edge = int(network.broadcast_address if last else network.network_address) + off
    close = type(other) if network.version == other.version else type(network.network_address)
    tried = [other, *([close(edge)] if 0 <= edge < 1 << network.max_prefixlen else [])]
    version, prefix, shift = network_of(str(network))
    for address in tried:
        found = address_of(str(address))
        assert found is not None
        assert (found[0] == version and found[1] >> shift == prefix) is (address in network)


@given(addresses)
def test_host_bits_of_a_network_may_be_set(address: Any):
    half = address.max_prefixlen // 2
    assert network_of(f"{address}/{half}") == network_of(str(ipaddress.ip_network(f"{address}/{half}", strict=False)))


@pytest.mark.parametrize(
    "text",
    ["", "10.0.0", "10.0.0.256", "010.0.0.1", "10.0.0.1/32", " 10.0.0.1", "10.0.0.1\n", "fe80::1%eth0", "AWS Internal",
     "167772161", "::g", "1" * 100, "１０.0.0.1", "cloudtrail.amazonaws.com"],
    ids=repr,
)  # fmt: skip
def test_what_is_no_address(text: str):
    assert address_of(text) is None


@pytest.mark.parametrize("text", ["10.0.0.0/33", "10.0.0/8", "nonsense", "1.2.3.4/x"])
def test_what_is_no_network_is_an_error_that_names_it(text: str):
    with pytest.raises(ValueError, match=text):
        network_of(text)


@given(st.datetimes(timezones=st.just(UTC)), st.sampled_from(["T", " ", "t"]), st.sampled_from(["", ":09", ":09.5Z"]))
def test_parts_of_a_date_are_read_as_they_are_written(when: datetime, between: str, seconds: str):
    text = f"{when.year:04}-{when:%m-%d}{between}{when:%H:%M}{seconds}"
    wanted = {
        "year": when.year, "month": when.month, "day": when.day, "week": when.isocalendar().week, "hour": when.hour,
        "minute": when.minute,
    }  # fmt: skip
    assert {part: time_part(text, part) for part in wanted} == wanted
    assert time_part(text[:10], "day") == when.day
    assert time_part(text[:10], "hour") is time_part(text[:10], "minute") is None


@given(st.datetimes(timezones=st.just(UTC)), st.integers(-14, 14))
def test_a_zone_changes_nothing_of_what_is_written(when: datetime, hours: int):
    sign = "-" if hours < 0 else "+"
    text = f"{when.year:04}-{when:%m-%dT%H:%M:%S}{sign}{abs(hours):02}:00"
    assert time_part(text, "hour") == when.hour


@pytest.mark.parametrize(
    ("text", "week"), [("2021-01-03", 53), ("2021-01-04", 1), ("2020-12-31", 53), ("2024-12-30", 1)]
)
def test_weeks_are_those_of_iso_8601(text: str, week: int):
    assert time_part(text, "week") == week


@pytest.mark.parametrize("part", ["year", "month", "day", "week"])
@pytest.mark.parametrize(
    "text", ["", "2023-13-01", "2023-02-29", "2023-00-10", "23-01-01", "2023/01/01", "20230101", "1688990400",
             "x2023-01-01", " 2023-01-01", "2023-01-011", "２０２３-01-01"],
)  # fmt: skip
def test_what_is_no_date_has_no_parts(text: str, part: str):
    assert time_part(text, part) is None


def test_every_day_of_many_years_is_a_date():
    day = datetime(1999, 1, 1, tzinfo=UTC)
    for offset in range(0, 10_000, 7):
        when = day + timedelta(days=offset)
        assert time_part(when.isoformat(), "week") == when.isocalendar().week
