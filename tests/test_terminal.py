"""Text for people is harmless, as wide as it says, and coloured only when asked."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model import Level
from engine.terminal import Paint, columns, cut, fill, moment, short, visible

TEXT = st.text(st.characters() | st.characters(categories=["Cs", "Cc", "Cf", "Mn"]) | st.sampled_from("漢字\u0301a"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", "\\x1b[2J"),
        ("\x9b2J", "\\x9b2J"),
        ("a\nb\r\tc", "a\\nb\\r\\tc"),
        ("\u202egpj.exe", "\\u202egpj.exe"),
        ("a\u200bb\ufeff", "a\\u200bb\\ufeff"),
        ("\U000e0041", "\\U000e0041"),
        ("\ud800", "\\ud800"),
        ("a\u00a0b", "a\\xa0b"),
        ("Zoë 漢字 ✓", "Zoë 漢字 ✓"),
    ],
    ids=ascii,
)
def test_what_a_terminal_would_obey_hide_or_reorder_is_written_out(text: str, shown: str):
    assert visible(text) == shown


@given(TEXT)
def test_nothing_that_acts_on_a_terminal_is_left(text: str):
    assert not {unicodedata.category(char) for char in visible(text)} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert visible(text).encode("utf-8").decode("utf-8") == visible(text)


@given(TEXT, st.integers(min_value=1, max_value=30))
def test_a_cell_is_exactly_as_wide_as_asked(text: str, width: int):
    assert columns(fill(text, width)) == width
    assert columns(cut(text, width)) <= width


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("漢字", 4, "漢字"), ("漢字", 3, "漢…"), ("\x1b[0m", 4, "\\x1…"),
     ("e\u0301e", 2, "e\u0301e")],
)  # fmt: skip
def test_what_is_cut_ends_in_an_ellipsis(text: str, width: int, shown: str):
    assert cut(text, width) == shown


def test_a_heap_of_accents_takes_no_more_room_than_it_should():
    assert len(cut("a" + "\u0301" * 10_000, 10)) < 50


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("arn:aws:iam::111122223333:user/mallory", "user/mallory@111122223333"),
        ("arn:aws:s3:::bucket", "bucket"),
        ("arn:aws-cn:sts::1:assumed-role/a:b/c", "a:b/c@1"),
        ("arn:short", "arn:short"),
        ("mallory", "mallory"),
    ],
)
def test_an_arn_is_shown_by_its_resource(name: str, shown: str):
    assert short(name) == shown


def test_colour_is_there_only_when_it_is_on():
    assert Paint(False)("x", "bold") == "x"
    assert Paint(True)("x", "bold", "red") == "\x1b[1;31mx\x1b[0m"
    assert Paint(False).level(Level.informational, 8) == "info    "
    assert Paint(True).level(Level.critical, 10).endswith("\x1b[0m  ")


@pytest.mark.parametrize("time", [-(10**18), 10**18, 253_402_300_800_000_000])
def test_a_time_beyond_the_calendar_is_its_number(time: int):
    assert moment(time, None) == ("", str(time))
