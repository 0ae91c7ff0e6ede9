"""The summary for people says what was seen, what was found, and what was not read."""

from __future__ import annotations

import re
from datetime import timedelta, timezone
from typing import Any

import pytest
from hypothesis import given

from engine.model import Correlated, Level, Problem
from engine.outputs import summary_text
from engine.terminal import columns
from tests.outputs.made import HOSTILE, SUMMARY

SHOWN = """\
Summary ────────────────────────────────────────────────────────────────────────
  events      2,000 read, 3 with hits (99.85 % less to read), 2 duplicates, 1 without a time
  time        2023-07-10 12:00:00 to 2023-07-10 13:30:00 UTC (1 h 30 min)
  files       3 opened, 1.2 MB, 3 passed over (1 digest, 2 no-log)
  rules       12 loaded, 11 for these logs, 1 rejected
  took        0.50 s, 0.20 s of it to start; then 6,667 events a second
  fail-on     high or worse: found

  detections  4, by level:
    critical  1  ████████                  1 rule
    high      3  ████████████████████████  2 rules

  top rules
    3  high      Trail stopped
    1  critical  Root used

  top principals  account 111122223333
    4  user/mallory

  problems  1 part of the logs could not be read
    a/c.json.gz (byte 1048576): the file ends in the middle of a gzip member

  WARNING  1 rule is for a log that is not here: windows

"""


def text(tz: Any = None, color: bool = False, **changes: Any) -> str:
    return summary_text(SUMMARY._replace(**changes), tz=tz, color=color)


def test_it_reads_like_this():
    assert text() == SHOWN


def test_colour_changes_nothing_but_colour():
    assert re.sub(r"\x1b\[[0-9;]*m", "", text(color=True)) == SHOWN
    assert "\x1b[1;33mWARNING" in text(color=True)


def test_nothing_found_is_said():
    shown = text(levels=(), top_rules=(), top_principals=(), problems_total=0, warnings=(), detections=0)
    assert "detections  none" in shown
    assert not re.search("top|problems|WARNING", shown)


def test_of_many_problems_some_are_named_and_all_are_counted():
    many = tuple(Problem(f"{number}.json", None, "cannot be read", True, "unreadable") for number in range(30))
    some = text(problems=many, problems_total=1_500)
    assert some.count("cannot be read") == 10
    assert "1,500 parts of the logs could not be read" in some
    assert "… and 1,490 more" in some
    every = summary_text(SUMMARY._replace(problems=many, problems_total=1_500), problems=1_500)
    assert "29.json: cannot be read" in every
    assert "… and 1,470 more" in every


def test_a_run_that_was_interrupted_says_so():
    assert "INTERRUPTED" in text(interrupted=True)


def test_times_are_in_the_zone_asked_for():
    assert "2023-07-10 14:00:00 to 2023-07-10 15:30:00 UTC+02:00" in text(tz=timezone(timedelta(hours=2)))


@pytest.mark.parametrize(
    ("reduction", "shown"), [(1.0, "100 %"), (0.999999, "99.99 %"), (0.5, "50.00 %"), (0.0, "0.00 %")]
)
def test_the_reduction_is_100_only_when_nothing_hit(reduction: float, shown: str):
    assert f"({shown} less to read)" in text(reduction=reduction)


@given(HOSTILE)
def test_what_logs_and_rules_say_cannot_act_on_the_terminal(word: str):
    shown = text(
        top_rules=((word, Level.high, 1),),
        top_principals=((word, 1),),
        problems=(Problem(word, None, word, True, "broken-json"),),
        warnings=(word,),
    )
    assert all(char.isprintable() for char in shown.replace("\n", ""))
    assert shown.encode("utf-8")


def test_principals_of_several_accounts_show_theirs():
    shown = text(top_principals=(("arn:aws:iam::1:user/a", 2), ("arn:aws:iam::2:user/a", 1), ("root", 1)))
    assert re.search(r"top principals\n    2  user/a@1\n    1  user/a@2\n    1  root\n", shown)


def test_top_lists_fit_the_width():
    shown = text(top_rules=(("x" * 300, Level.high, 1),), top_principals=(("y" * 300, 1),))
    assert all(columns(line) <= 80 for line in shown.split("\n") if "xxx" in line or "yyy" in line)


CORRELATED = Correlated("Many stops", Level.high, "c.yml", 2, 90, 1, 3, 4, 0, 12, 1, 0, 0, 1_688_990_400_000_000)


def test_correlations_say_what_they_left_out_and_what_waits():
    shown = text(correlations=(CORRELATED,), episodes=2, watermark=1_688_990_400_000_000)
    assert "  correlated  1 correlation, 1 with 2 episodes\n  decided     up to 2023-07-10 12:00:00 UTC\n" in shown
    noted = "1 hit too late, 4 hits in the group null, 12 hits pending, 1 window undecided"
    assert f"    Many stops:\n      {noted}, learning until 2023-07-10 12:00:00\n" in shown


def test_of_many_correlations_that_only_learn_a_few_are_shown_and_the_others_counted():
    quiet = Correlated("Quiet", Level.low, "c.yml", 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, None)
    many = tuple(quiet._replace(title=f"Seen {at}", learning_until=(at + 1) * 86_400_000_000) for at in range(60))
    shown = text(correlations=(*many, CORRELATED))
    assert "Seen 4" in shown
    assert "Seen 5" not in shown
    assert "    … and 55 more that learn, the last until 1970-03-02 00:00:00\n" in shown
    assert "Many stops" in shown
    everything = summary_text(SUMMARY._replace(correlations=many), problems=10**9)
    assert "Seen 59" in everything
    assert "more that learn" not in everything


def test_a_correlation_of_which_there_is_nothing_to_say_is_named_only_when_all_is_asked_for():
    quiet = Correlated("Quiet", Level.low, "c.yml", 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, None)
    assert "Quiet" not in text(correlations=(quiet,))
    everything = summary_text(SUMMARY._replace(correlations=(quiet,)), problems=10**9)
    assert "    Quiet:\n      7 hits\n" in everything


@given(HOSTILE)
def test_the_title_of_a_correlation_cannot_act_on_the_terminal(word: str):
    shown = text(correlations=(CORRELATED._replace(title=word),))
    assert all(char.isprintable() for char in shown.replace("\n", ""))
    assert shown.encode("utf-8")
