"""key=value lines of any product."""

from __future__ import annotations

from typing import Any

import pytest

from engine.decoders.keyvalue import recognise
from engine.model import LogSource, Reading
from tests.decoders.reading import UNKNOWN, read

LINES: list[tuple[str, str, dict[str, Any]]] = [
    ("bare", "a=1 b=x-y/z c=", {"a": "1", "b": "x-y/z", "c": ""}),
    ("quotes", 'a="x y" b="" c="a=b"', {"a": "x y", "b": "", "c": "a=b"}),
    ("escapes", r'a="x \"y\" \\ \z" b=1', {"a": 'x "y" \\ z', "b": "1"}),
    ("commas between", 'a=1,b="2",c=3', {"a": "1", "b": "2", "c": "3"}),
    ("commas inside", "a=1,2 b=3", {"a": "1,2", "b": "3"}),
    ("other signs between", "a=1; b=2|c=3", {"a": "1", "b": "2", "c": "3"}),
    ("twice", "a=1 a=2 a=3", {"a": ["1", "2", "3"]}),
    ("names with signs", "@t=1 user.name=2 k8s/pod=3", {"@t": "1", "user.name": "2", "k8s/pod": "3"}),
    ("equal signs in a value", "a=b=c d=e", {"a": "b=c", "d": "e"}),
    ("a quote that never ends", 'a="x y', {"a": ""}),
    ("words before", "something happened: a=1", {"a": "1", "text": "something happened:"}),
    ("a time before", "2024-05-01T10:00:00Z a=1", {"a": "1", "timestamp": "2024-05-01T10:00:00Z"}),
    ("a priority before", "<189>a=1", {"a": "1"}),
    ("date and time", 'date=2024-05-01 time=10:00:00 tz="+0200"', {
        "date": "2024-05-01", "time": "10:00:00", "tz": "+0200", "timestamp": "2024-05-01T10:00:00+0200"}),
    ("date and no time", "date=2024-05-01 time=soon", {"date": "2024-05-01", "time": "soon"}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "record"), [line[1:] for line in LINES], ids=[line[0] for line in LINES])
def test_a_line_is_read(text: str, record: dict[str, Any]) -> None:
    seen = read(text.encode(), Reading(format="keyvalue", logsource=LogSource("x")))
    assert (seen.records, seen.problems) == ([record], [])


def test_a_line_without_a_pair_is_told() -> None:
    seen = read(b"a=1 b=2 ts=2024-05-01\nno pair here\nts=2024-05-01 b=2 c=3\n")
    assert (len(seen.records), seen.kinds, seen.problems[0].offset) == (2, [("bad-line", True)], 22)
    assert seen.logsources == [UNKNOWN]


def test_three_pairs_make_a_log_and_settings_are_none() -> None:
    assert recognise(b"ts=1 level=info msg=x\n", "x") > 0
    assert recognise(b"2024-05-01T10:00:00Z level=info msg=x a=b\n", "x") > 0
    assert recognise(b"PATH=/bin\nHOME=/root\n", "x") == 0
    assert recognise(b"options a=1 b=2 c=3\n", "x") == 0


def test_pairs_without_a_time_are_no_log_unless_it_is_said() -> None:
    text = b"a=1 b=2 c=3\n"
    assert read(text, named=False).records == []
    assert read(text, named=True).records == read(text, Reading(logsource=LogSource("x")), named=False).records != []
