"""The time of every event, read for a whole batch at once, and the range that is asked for."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.decoders import decode
from engine.match import Detector
from engine.model import Batch, Blob, LogSource, Reading
from engine.projection import Shape
from engine.runners.clock import times_of
from engine.times import parse_time
from tests.runners.made import CLOUDTRAIL, RULES, one_file_a_task, record, scan, write

NOON = 1_688_990_400_000_000  # 2023-07-10T12:00:00Z
SECOND, HOUR = 1_000_000, 3_600_000_000
LAST = 253_402_300_799_999_999  # the end of 9999

ODD: list[Any] = [
    "2023-13-10T12:00:00Z", "2023-02-29T12:00:00Z", "2024-02-29T12:00:00Z", "0000-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2023-07-10T24:00:00Z", "2023-07-10T12:60:00Z",
    "2016-12-31T23:59:60Z", "2023-07-10T12:00:61Z", "2023-07-10T12:00:00+02:00", "2023-07-10T12:00:00.5Z",
    "2023-07-10 12:00:00Z", "2023-07-10T12:00:00z", "2023-07-10T12:00:00", "2023-07-10", "20230710T120000Z", "soon",
    "", " 2023-07-10T12:00:00Z", "２０２３-07-10T12:00:00Z", "1688990400", 1_688_990_400, 1_688_990_400_123, 1e9, -1,
    True, None, [], ["2023-07-10T12:00:00Z"], {"a": 1}, "2023-07-10T12:00:00Z2023-07-10T12:00:00Z",
]  # fmt: skip

canonical = st.builds("2023-07-{:02}T{:02}:{:02}:{:02}Z".format, *[st.integers(9, 11), *[st.integers(0, 60)] * 3])
usual = st.builds("2023-07-{:02}T{:02}:{:02}:{:02}Z".format, *map(st.integers, (9, 0, 0, 0), (11, 23, 59, 59)))
texts = st.lists(usual, max_size=12) | st.lists(usual | canonical | st.sampled_from(ODD), max_size=6)
bounds = st.none() | st.integers(NOON - 30 * HOUR, NOON + 30 * HOUR) | st.sampled_from([NOON, NOON + 1, NOON - 1, LAST])


def whole(times: list[Any], logsource: LogSource = CLOUDTRAIL) -> Batch:
    """Records as dicts."""
    return Batch(logsource, [{"eventTime": time} for time in times], 1)


def narrow(times: list[Any]) -> Batch:
    """The same as structs, decoded as a file of CloudTrail is."""
    records = [record("x", f"id-{number}", eventTime=time) for number, time in enumerate(times)]
    text = json.dumps({"Records": records}).encode()
    blob = Blob("files", "a.json", "a.json", True, len(text))
    (batch,) = decode(blob, io.BytesIO(text), Reading(shapes=Detector(RULES).shape))
    assert isinstance(batch, Batch)
    assert batch.shape is not None
    return batch


@example(["2023-07-10T12:00:00Z", "2023-13-10T12:00:00Z"], None, None)
@example(["2023-07-10T12:00:00Z"], LAST, None)
@example(["2023-07-10T12:00:00Z", "2023-07-10T12:00:01Z"], NOON + 1, None)
@example(["2023-07-10T12:00:00Z", "2023-07-10T12:00:01Z"], None, NOON + SECOND - 1)
@given(texts, bounds, bounds)
def test_a_batch_is_timed_as_each_of_its_records_is(times: list[Any], since: int | None, until: int | None):
    parsed = [parse_time(time) for time in times]
    inside = [
        time is None or ((since is None or since <= time) and (until is None or time <= until)) for time in parsed
    ]
    kept = [time for time, take in zip(parsed, inside, strict=True) if take and time is not None]
    for batch in [whole(times), *([narrow(times)] if times else [])]:
        found = times_of(batch, Reading(), since, until)
        assert [found.inside(index) for index in range(len(times))] == inside
        assert (found.first, found.last) == (min(kept, default=None), max(kept, default=None))
        assert (found.untimed, found.outside) == (parsed.count(None), inside.count(False))


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_one_odd_time_among_usual_ones_changes_nothing_of_theirs(odd: Any):
    times = [odd if at == 70 else f"2023-07-10T{at % 24:02}:00:00Z" for at in range(100)]
    parsed = [parse_time(time) for time in times]
    since = NOON
    found = times_of(narrow(times), Reading(), since, None)
    assert found.outside == sum(time is not None and time < since for time in parsed)
    assert found.untimed == parsed.count(None)
    assert [found.inside(at) for at in range(100)] == [time is None or time >= since for time in parsed]


def test_a_struct_is_timed_by_every_field_that_its_logsource_names():
    """CloudTrail's records, called something else: the time is in the second field, which the struct may not hold."""
    text = json.dumps({"Records": [record("x", "id-1")]}).encode()
    blob = Blob("files", "a.json", "a.json", True, len(text))
    asked = LogSource("okta", "okta")  # published, eventTime
    for paths in (["eventID"], ["eventID", "published"], ["eventID", "eventTime"]):
        shape = Shape(paths, ["eventID"])
        (batch,) = decode(blob, io.BytesIO(text), Reading(logsource=asked, shapes=lambda _, shape=shape: shape))
        assert isinstance(batch, Batch)
        assert batch.shape is shape
        assert times_of(batch, Reading(logsource=asked), None, None).first == NOON


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    ("since", "until", "inside"),
    [
        (None, None, 5),
        (NOON, None, 4),
        (NOON + 1, None, 3),
        (None, NOON, 3),
        (None, NOON - 1, 2),
        (NOON, NOON, 2),
        (NOON + 1, NOON + SECOND - 1, 1),
        (NOON + SECOND, NOON + SECOND, 3),
        (10**30, None, 1),
        (-(10**30), 10**30, 5),
        (None, -(10**30), 1),
    ],
)
def test_events_outside_are_counted_and_those_without_a_time_are_inside(
    workers: int, since: int | None, until: int | None, inside: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Two of the five are a second after noon, of which one says so in another zone; one has no time to be read."""
    one_file_a_task(monkeypatch)
    times = ["2023-07-10T11:59:59Z", "2023-07-10T12:00:00Z", "nobody knows", "2023-07-10T12:00:01Z"]
    folder = write(tmp_path, [record("StopLogging", eventTime=time) for time in times[:2]],
                   [record("StopLogging", eventTime=time) for time in times[2:]],
                   [record("StopLogging", eventTime="2023-07-10T14:00:01+02:00")])  # fmt: skip
    done = scan(folder, since=since, until=until, workers=workers)
    assert len(done.hits) == inside
    assert done.summary.out_of_range == 5 - inside
    assert done.summary.untimed == 1
    assert done.summary.events == 5


def test_the_field_of_the_time_can_be_named(tmp_path: Path):
    records = [{**record("StopLogging", f"{at}"), "seen": {"at": NOON // SECOND + at}} for at in range(3)]
    done = scan(write(tmp_path, records), reading=Reading(time_field="seen.at"), since=NOON + SECOND)
    assert [hit["time"] for hit in done.hits] == ["2023-07-10T12:00:01Z", "2023-07-10T12:00:02Z"]
    assert (done.summary.first, done.summary.last) == (NOON + SECOND, NOON + 2 * SECOND)
