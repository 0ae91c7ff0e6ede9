"""table: a timeline that people read."""

from __future__ import annotations

import re
from datetime import timedelta, timezone
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model import Detection, Level
from engine.outputs import table
from engine.terminal import columns
from tests.outputs.made import NOON, SECOND, acting, detection, hostile, written

MALLORY, TRENT = "arn:aws:iam::111122223333:user/mallory", "arn:aws:iam::111122223333:role/trent"
MINUTE = 60 * SECOND
SECRETS = "Secrets read one after the other, more than anybody needs to read"
STORY = [
    acting(MALLORY, action="ConsoleLogin", title="Console sign-in without MFA", level=Level.medium, key="1"),
    acting(MALLORY, title="Trail stopped", level=Level.critical, key="2", time=NOON + 90 * SECOND),
    *(
        acting(TRENT, action="GetSecretValue", title=SECRETS, level=Level.low, key="3", time=NOON + minute * MINUTE)
        for minute in range(2, 1_202)
    ),
    acting("", origin="", action="", title="Something odd", level=Level.informational, key="4", time=None),
    acting("backup.amazonaws.com", origin="backup.amazonaws.com", action="DeleteSnapshot", title="Snapshot deleted",
           level=Level.high, key="5", time=NOON + 86_400 * SECOND),
]  # fmt: skip

NARROW = """\
  first           level     rule                                           count
  last                      who · from · what
2023-07-10  UTC
  12:00:00        medium    Console sign-in without MFA
                            user/mallory · 198.51.100.7 · ConsoleLogin
  12:01:30        critical  Trail stopped
                            user/mallory · 198.51.100.7 · StopLogging
  12:02:00        low       Secrets read one after the other, more than…  ×1,200
  07-11 08:01:00            role/trent · 198.51.100.7 · GetSecretValue

2023-07-11  UTC
  12:00:00        high      Snapshot deleted
                            backup.amazonaws.com · DeleteSnapshot

no time
                  info      Something odd
                            –

"""

WIDE = """\
  time      level     rule                               who                  from          what             count  last
2023-07-10  UTC
  12:00:00  medium    Console sign-in without MFA        user/mallory         198.51.100.7  ConsoleLogin
  12:01:30  critical  Trail stopped                      user/mallory         198.51.100.7  StopLogging
  12:02:00  low       Secrets read one after the other…  role/trent           198.51.100.7  GetSecretValue  ×1,200  07-11 08:01:00

2023-07-11  UTC
  12:00:00  high      Snapshot deleted                   backup.amazonaws.c…  –             DeleteSnapshot

no time
            info      Something odd                      –                    –             –

"""  # noqa: E501  as wide as it is


def shown(detections: list[Detection], **options: Any) -> str:
    return written("table", detections, **{"summary": False} | options).decode("utf-8", "strict")


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_a_narrow_terminal_shows_a_row_in_two_lines():
    assert shown(STORY, width=80) == NARROW


def test_a_wide_terminal_shows_a_row_in_one_line():
    assert shown(STORY, width=130) == WIDE


@pytest.mark.parametrize("width", [80, 130])
def test_colour_changes_nothing_but_colour(width: int):
    colored = shown(STORY, width=width, color=True)
    assert "\x1b[1;97;41mcritical\x1b[0m" in colored
    assert [line.rstrip() for line in plain(colored).split("\n")] == shown(STORY, width=width).split("\n")


def test_order_of_arrival_does_not_matter():
    few = [STORY[0], STORY[1], STORY[-1], STORY[-2]]
    assert {shown(list(order)) for order in permutations(few)} == {shown(few)}


def test_times_are_shown_in_the_zone_asked_for():
    text = shown([STORY[0]], tz=timezone(timedelta(hours=14)))
    assert "2023-07-11  UTC+14:00\n  02:00:00  " in text


def test_accounts_are_shown_when_there_are_several():
    other = acting("arn:aws:iam::999900001111:user/mallory")
    assert "user/mallory@111122223333 ·" in shown([STORY[0], other])
    assert "@" not in shown([STORY[0], STORY[1]])


def test_hits_that_differ_only_in_time_are_one_row_from_first_to_last():
    times = [NOON + 9 * SECOND, NOON, NOON + 5 * SECOND]
    text = shown([acting(MALLORY, time=time) for time in times], width=130)
    assert re.search(r"12:00:00 .* ×3 +12:00:09\n", text)
    assert text.count("StopLogging") == 1


def test_the_last_hit_shows_its_year_where_that_is_another():
    year = [acting(MALLORY, time=NOON), acting(MALLORY, time=NOON + 366 * 86_400 * SECOND)]
    assert "2024-07-10 12:00:00" in shown(year, width=140)


def test_rows_without_a_time_join_one_that_has_one():
    text = shown([acting(MALLORY, time=None), acting(MALLORY, time=NOON)], width=130)
    assert re.search(r"12:00:00 .* ×2\n", text)


@pytest.mark.parametrize("changed", [{"who": TRENT}, {"origin": "192.0.2.1"}, {"action": "DeleteTrail"}, {"key": "x"}])
def test_hits_that_differ_in_anything_else_are_rows_of_their_own(changed: dict[str, Any]):
    given_words = {"who": MALLORY, "origin": "198.51.100.7", "action": "StopLogging"}
    assert "×" not in shown([acting(**given_words), acting(**given_words | changed)])


def test_memory_is_bounded_and_what_is_beyond_is_counted(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(table, "_MOST_ROWS", 3)
    text = shown([acting(f"user-{number}", time=NOON + number * SECOND) for number in range(10)], width=130)
    assert re.findall(r"user-\d", text) == ["user-0", "user-1", "user-2"]
    assert re.search(r"12:00:03 .*\(others\).*×7 +12:00:09\n", text)


def test_nothing_found_is_said_in_the_summary_alone():
    assert shown([]) == ""
    assert written("table", []).decode().startswith("Summary ─")


@pytest.mark.parametrize("width", [116, 130])
def test_an_address_is_shown_whole_however_little_room_there_is(width: int):
    long = acting(f"{MALLORY}{'y' * 90}", origin="255.255.255.255", action="A" * 90, title="T" * 200)
    assert "  255.255.255.255  " in shown([long, acting(MALLORY, origin=f"{'s' * 80}.amazonaws.com")], width=width)


def test_quiet_leaves_the_summary_out():
    assert "Summary" in shown(STORY, summary=True)
    assert "Summary" not in shown(STORY, summary=False)


@given(st.lists(hostile(), max_size=4), st.sampled_from([1, 60, 80, 116, 200]))
def test_log_data_neither_acts_on_the_terminal_nor_breaks_the_table(made: list[Detection], width: int):
    text = shown(made, width=width)
    assert all(char.isprintable() for char in text.replace("\n", ""))
    assert all(columns(line) <= max(60, width) for line in text.split("\n"))


def test_a_row_holds_no_record():
    big = detection({"eventName": "x" * 100_000, "filler": "y" * 100_000})
    assert len(repr(table.Output.row(big))) < 1_000
