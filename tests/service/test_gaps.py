"""Hours without files: found where files came every hour, in no quiet region, told once, and over when they come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.alert import Alert
from engine.service import Hours, ends, note
from engine.stores import Entry, Ledger, Store

HOUR = 3_600_000_000
START = datetime(2024, 5, 17, tzinfo=UTC)
ZERO = int(START.timestamp()) * 1_000_000
DAY = "F" * 24
LOGS = "/logs"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(str(tmp_path / "state")) as found:
        yield found


def read(store: Store, hours: str, first: int = 0, region: str = "eu-west-1", run: int = 1, target: str = LOGS) -> None:
    """Have files read of these hours, which are written as F (a file) or . (none)."""
    with store.transaction():
        for number, letter in enumerate(hours, first):
            if letter == "F":
                clock = (START + timedelta(hours=number, minutes=number % 60)).strftime("%Y%m%dT%H%MZ")
                ref = f"AWSLogs/111122223333/CloudTrail/x/111122223333_CloudTrail_{region}_{clock}_abc.json.gz"
                Ledger(store).enter(target, ref, Entry(1, 1, b"%20d" % number, 1, True), run, 1)


def found(store: Store, until: float | None = None, after: int = 2) -> list[tuple[int, int | None]]:
    """Start and end of gaps, in hours."""
    hours = Hours(store)
    hours.learn()
    upto = {} if until is None else {LOGS: ZERO + int(until * HOUR)}
    return [
        ((gap.start - ZERO) // HOUR, None if gap.end is None else (gap.end - ZERO) // HOUR)
        for gap in hours.gaps(upto, after * HOUR)
    ]


CASES = {
    "every hour": (DAY * 2, 48, []),
    "one hour is less than two": (f"{DAY}.F", 26, []),
    "two hours": (f"{DAY}..F", 27, [(24, 26)]),
    "not over yet": (DAY, 26, [(24, None)]),
    "the hour that is not over may still have files": (DAY, 25.9, []),
    "how far it was delivered is not known": (DAY, None, []),
    "less than a day is known": (f"{DAY[:23]}...F", 27, []),
    "a day, but not in nearly every hour": (f"{'F.' * 12}{'F' * 12}...F", 39, []),
    "20 of 24 hours": (f"{'FFFFF.' * 4}F....F", 30, [(25, 29)]),
    "19 of 24 hours": (f"{'F' * 10}.....{'F' * 9}....F", 29, []),
    "after a gap the region is as regular as before": (f"{DAY}......F..F", 34, [(24, 30), (31, 33)]),
    "a region that is quiet at night": ("FFFFFFFFFFFFFFFF........" * 3, 72, []),
    "a region that has become quiet": (f"{DAY}.F.F.F.F.F.F....F", 41, []),
    "much was read later than it should": (f"{DAY}..F{'.' * 60}F", 88, [(24, 26), (27, 87)]),
}


@pytest.mark.parametrize("name", CASES)
def test_gaps_are_hours_in_which_files_were_to_be_expected(store: Store, name: str):
    hours, until, wanted = CASES[name]
    read(store, hours)
    assert found(store, until) == wanted


def test_how_long_a_gap_is_can_be_said(store: Store):
    read(store, f"{DAY}...F")
    assert (found(store, 28, 3), found(store, 28, 4)) == ([(24, 27)], [])


def test_accounts_and_regions_are_apart_and_folders_together(store: Store):
    read(store, f"{DAY}..")
    read(store, f"{DAY}FF", region="us-east-1")
    read(store, f"{'.' * 24}FF", target="/other")
    hours = Hours(store)
    hours.learn()
    assert hours.gaps({LOGS: ZERO + 30 * HOUR}, 2 * HOUR)[0][:2] == ("111122223333", "eu-west-1")
    assert len(hours.gaps({LOGS: ZERO + 26 * HOUR}, 2 * HOUR)) == 0  # the other folder has its files
    assert len(hours) == len(hours.regular(2 * HOUR)) == 2


OTHERS = ("notes.txt", "111122223333_CloudTrail-Digest_eu-west-1_trail_eu-west-1_20240517T0000Z.json.gz",
          "111122223333_CloudTrail-Insight_eu-west-1_20240517T0000Z_a.json.gz",
          "111122223333_CloudTrail_eu-west-1_20249917T0000Z_a.json.gz")  # fmt: skip


@pytest.mark.parametrize("ref", OTHERS)
def test_other_files_say_nothing(store: Store, ref: str):
    Ledger(store).enter(LOGS, ref, Entry(1, 1, b"x" * 20, 1, True), 1, 1)
    hours = Hours(store)
    hours.learn()
    assert len(hours) == 0


@given(st.lists(st.text("F.", min_size=1, max_size=40), min_size=1, max_size=4))
def test_what_is_learned_in_parts_is_what_is_learned_at_once(parts: list[str]):
    with TemporaryDirectory() as folder, Store(str(Path(folder, "state"))) as store:
        growing, first = Hours(store), 0
        for run, part in enumerate(parts, 1):
            read(store, part, first, run=run)
            first += len(part)
            growing.learn()
        at_once = Hours(store)
        at_once.learn()
        upto = {LOGS: ZERO + first * HOUR}
        assert growing.gaps(upto, 2 * HOUR) == at_once.gaps(upto, 2 * HOUR)


@given(st.text("F.", min_size=1, max_size=120))
def test_a_gap_has_no_file_in_it_and_one_before_and_after_it(hours: str):
    with TemporaryDirectory() as folder, Store(str(Path(folder, "state"))) as store:
        read(store, hours)
        for start, end in found(store, len(hours)):
            assert set(hours[start:end]) == {"."}
            assert hours[start - 1] == "F"
            assert end is None or hours[end] == "F"
            assert len(hours[start:end]) >= 2
            assert hours[:start].count("F") >= 20


def tell(store: Store, until: int, now: int | None = None) -> list[Alert]:
    hours = Hours(store)
    hours.learn()
    hours.trim()
    at = ZERO + (until if now is None else now) * HOUR
    return note(store, hours.gaps({LOGS: ZERO + until * HOUR}, 2 * HOUR), at)


def test_people_are_told_once_and_when_files_come_again(store: Store):
    read(store, DAY)
    told = [tell(store, hour) for hour in (24, 26, 27, 28)]
    assert [[alert.title for alert in some] for some in told] == [
        [], ["No CloudTrail files from 111122223333 in eu-west-1"], [], [],
    ]  # fmt: skip
    read(store, "F", 29)
    [over] = tell(store, 30)
    assert (over.id, over.resolved) == (told[1][0].id, ZERO + 30 * HOUR)
    assert tell(store, 31) == []


def test_the_next_gap_is_another_alert(store: Store):
    read(store, DAY)
    [first] = tell(store, 26)
    read(store, "F", 26)
    [over, second] = tell(store, 29)
    assert (over.id, second.resolved, second.id != first.id) == (first.id, None, True)


def test_gaps_that_are_found_together_are_one_alert_which_ends_with_the_last(store: Store):
    for region in ("eu-west-1", "us-east-1"):
        read(store, DAY, region=region)
    [alert] = tell(store, 26)
    assert alert.title == "No CloudTrail files from 111122223333 in eu-west-1 and 1 more"
    assert len(alert.fields["without_files"]) == 2
    read(store, "F", 26)
    assert tell(store, 27) == []
    read(store, "F", 26, region="us-east-1")
    assert [one.id for one in tell(store, 27)] == [alert.id]


def test_of_what_is_long_over_nobody_is_told(store: Store):
    read(store, DAY)
    assert tell(store, 24 + 24 * 8) == []


def test_what_is_trimmed_changes_nothing(store: Store):
    read(store, DAY * 20)
    hours = Hours(store)
    hours.learn()
    hours.trim()
    assert [gap.start for gap in hours.gaps({LOGS: ZERO + 500 * HOUR}, HOUR)] == [ZERO + 480 * HOUR]


def test_buckets_say_how_far_they_are_and_folders_are_as_far_as_the_clock(store: Store):
    for name, value in (("reached s3://a", 50), ("reached /logs", 60), ("reached s3://ahead", 1_000)):
        Ledger(store).set_mark(name, value)
    targets = ["s3://a", "s3://new", "/logs", "s3://ahead"]
    assert ends(store, targets, 100, 10) == {"s3://a": 40, "/logs": 90, "s3://ahead": 90}
    assert ends(store, targets, 100, 10, failing=["/logs"])["/logs"] == 50
