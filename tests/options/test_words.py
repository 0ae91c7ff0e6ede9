"""Lengths of time and sizes are read as people write them, and written so that they read the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.options import Duration, Size

SECOND = 1_000_000


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0s", 0), ("90s", 90), ("15m", 900), ("24h", 86_400), ("7d", 604_800), ("2w", 1_209_600), (" 3 h ", 10_800)],
)
def test_a_length_of_time(text: str, seconds: int):
    assert Duration.parse(text) == seconds * SECOND


@pytest.mark.parametrize("text", ["", "15", "m", "1.5h", "-1s", "1h30m", "1M", "٣s", "1 year", "9999999999s"])
def test_no_length_of_time(text: str):
    with pytest.raises(ValueError, match="is no length of time: write 90s, 15m, 24h or 7d"):
        Duration.parse(text)


@pytest.mark.parametrize(
    ("text", "bytes"), [("1", 1), ("2k", 2048), ("500M", 500 << 20), ("4G", 4 << 30), ("1TiB", 1 << 40), ("3 kb", 3072)]
)
def test_a_size(text: str, bytes: int):
    assert Size.parse(text) == bytes


@pytest.mark.parametrize("text", ["", "0", "k", "1.5G", "-1", "4P", "4 G B"])
def test_no_size(text: str):
    with pytest.raises(ValueError, match="is no size: write 500M or 8G"):
        Size.parse(text)


@given(st.integers(0, 10**8))
def test_what_is_written_reads_the_same(number: int):
    assert Duration.parse(str(Duration(number * SECOND))) == number * SECOND
    assert Size.parse(str(Size(number + 1))) == number + 1


@pytest.mark.parametrize(("value", "text"), [(0, "0s"), (60, "1m"), (90, "90s"), (86_400, "1d"), (604_800, "1w")])
def test_a_length_is_written_in_its_largest_whole_unit(value: int, text: str):
    assert str(Duration(value * SECOND)) == text
