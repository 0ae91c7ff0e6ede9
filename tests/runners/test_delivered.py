"""How far sources have delivered, by the dates of what they hold and never by the events in it."""

from __future__ import annotations

import pytest

from engine.model import Blob, Delivered
from engine.runners.delivered import Word, delivered, watermark
from engine.times import parse_time

NOW = parse_time("2024-05-17T12:00:00Z") or 0
MINUTE = 60_000_000


def at(text: str) -> int:
    time = parse_time(f"2024-05-17T{text}:00Z")
    assert time is not None
    return time


def blob(ref: str, modified: int | None = NOW) -> Blob:
    return Blob("files", ref, f"/logs/{ref}", False, 10, modified)


def trail(clock: str, region: str = "eu-west-1") -> Blob:
    return blob(f"AWSLogs/1/CloudTrail/{region}/2024/05/17/1_CloudTrail_{region}_20240517T{clock}Z_AbC.json.gz")


@pytest.mark.parametrize(
    ("blobs", "expected"),
    [
        ([trail("1010"), trail("1105"), trail("0900")], at("11:05")),
        ([trail("1105"), blob("README.md")], at("11:05")),  # written now, but no log of CloudTrail
        ([blob("okta.json", at("08:30")), blob("b.json", at("09:30"))], at("09:30")),
        ([blob("okta.json", at("13:30"))], NOW),  # nobody has delivered what is later than now
        ([trail("2359")], NOW),
        ([blob("1_CloudTrail_eu-west-1_20241317T9999Z_x.json.gz", at("08:00"))], at("08:00")),
        ([Blob("stdin", "-", "-", True, None)], NOW),
        ([blob("1_CloudTrail-Insight_us-gov-east-1_20240517T1010Z_x.json.gz")], at("10:10")),
    ],
)
def test_the_newest_date_counts_that_a_source_shows(blobs: list[Blob], expected: int):
    assert delivered(blobs, NOW) == expected


def test_the_source_that_is_furthest_behind_decides():
    words = [Word(at("11:05"), None), Word(at("09:10"), at("09:00")), Word(None, None)]
    assert watermark(words, NOW, 15 * MINUTE) == at("08:55")


def test_without_any_file_nobody_says_anything():
    assert delivered([], NOW) is None
    assert watermark([Word(None, None)], NOW, 0) is None


def test_no_source_goes_back():
    assert watermark([Word(at("09:00"), at("10:00"))], NOW, 0) == at("10:00")


def test_a_source_that_does_not_answer_holds_the_others_back_for_an_hour():
    words = [Word(at("11:55"), at("11:54")), Word(None, at("11:30"))]
    assert watermark(words, NOW, 0) == at("11:30")
    assert watermark(words, NOW + 30 * MINUTE, 0) == at("11:55")


def test_what_a_source_says_itself_counts_more_than_its_names():
    assert delivered([trail("0900"), Delivered(at("11:59"))], NOW) == at("11:59")
    assert delivered([Delivered(NOW + MINUTE)], NOW) == NOW


def test_a_source_that_knows_its_contents_and_does_not_say_that_it_is_done_says_nothing():
    assert delivered([trail("0900")._replace(content="etag")], NOW) is None
