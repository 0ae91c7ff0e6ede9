"""Episodes of correlations in every format."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from py_ocsf_models.events.findings.detection_finding import DetectionFinding

from engine.hit import Episode, Evidence
from engine.model import Level, LogSource, Ref, RuleHead
from engine.outputs import names, output
from tests.outputs.made import HOSTILE, NOON, SUMMARY, VALUE

SCHEMA = json.loads(files("engine.outputs").joinpath("schema/ndjson.v1.json").read_text("utf-8"))
CHECK = jsonschema.Draft202012Validator(SCHEMA)
MINUTE = 60_000_000
ALICE = "arn:aws:iam::111122223333:user/alice"
HEAD = RuleHead("c", "c-id", "Many stops", Level.high, ("attack.t1562.008",), "c.yml", LogSource("aws", "cloudtrail"))


def evidence(number: int) -> Evidence:
    shown = {"userIdentity.arn": ALICE, "sourceIPAddress": "198.51.100.7", "eventName": "StopLogging"}
    return Evidence("r", NOON + number * MINUTE, Ref("a.json", number + 1), f"e-{number}", shown)


EPISODE = Episode(
    "0b0b", "c", (("userIdentity.arn", ALICE),), "ended", NOON + MINUTE, NOON + 2 * MINUTE, NOON + 3 * MINUTE, 5, 5,
    (evidence(0), evidence(1)),
)  # fmt: skip


def told(form: str, *episodes: Episode, new: bool = True, head: RuleHead = HEAD, **options: Any) -> bytes:
    stream = io.BytesIO()
    made: Any = output(form)(stream, **options)
    made.start()
    for each in episodes:
        made.tell(head, each, new)
    made.close(SUMMARY)
    return stream.getvalue()


def line(episode: Episode, head: RuleHead = HEAD) -> Any:
    return json.loads(told("ndjson", episode, head=head).splitlines()[0])


def test_a_line_of_json_says_who_when_how_much_and_by_which_events():
    found = line(EPISODE)
    CHECK.validate(found)
    assert (found["kind"], found["rule"]["title"], found["time"]) == ("episode", "Many stops", "2023-07-10T12:01:00Z")
    assert found["group"] == {"userIdentity.arn": ALICE}
    assert found["episode"] == {
        "id": "0b0b",
        "state": "ended",
        "start": "2023-07-10T12:01:00Z",
        "last": "2023-07-10T12:02:00Z",
        "end": "2023-07-10T12:03:00Z",
    }
    assert (found["value"], found["count"]) == (5, 5)
    assert [event["ref"]["position"] for event in found["events"]] == [1, 2]
    assert found["events"][0]["shown"]["eventName"] == "StopLogging"


def test_what_is_open_has_no_end_and_a_group_may_be_null():
    found = line(EPISODE._replace(end=None, state="opened", group=(("user", None),), value=None))
    CHECK.validate(found)
    assert (found["episode"]["end"], found["group"], found["value"]) == (None, {"user": None}, None)


def test_the_document_has_them_in_a_list_of_their_own():
    document = json.loads(told("json", EPISODE, EPISODE._replace(id="1c1c")))
    assert document["detections"] == []
    assert [each["episode"]["id"] for each in document["episodes"]] == ["0b0b", "1c1c"]


def test_a_line_of_csv_has_the_newest_event_and_counts_all():
    (row,) = csv.DictReader(io.StringIO(told("csv", EPISODE).decode()))
    assert (row["time"], row["last"], row["end"]) == tuple(f"2023-07-10T12:0{minute}:00Z" for minute in (1, 2, 3))
    assert (row["events"], row["value"], row["event_id"], row["position"]) == ("5", "5", "e-1", "2")
    assert (row["episode"], row["state"], json.loads(row["group"])) == ("0b0b", "ended", {"userIdentity.arn": ALICE})


@pytest.mark.parametrize(
    ("state", "new", "activity"), [("ended", True, 1), ("extended", False, 2), ("ended", False, 3), ("opened", True, 1)]
)
def test_a_finding_of_ocsf_is_created_updated_and_closed_under_one_uid(state: Any, new: bool, activity: int):
    (found,) = map(json.loads, told("ocsf", EPISODE._replace(state=state), new=new).splitlines())
    model = DetectionFinding.model_validate(found)
    assert (model.activity_id, model.type_uid) == (activity, 200400 + activity)
    assert (found["finding_info"]["uid"], found["count"]) == ("0b0b", 5)
    assert found["finding_info"]["last_seen_time"] == (NOON + 2 * MINUTE) // 1000


def test_a_row_of_the_table_is_one_episode_from_when_it_began_to_when_it_was_last_true():
    shown = told("table", EPISODE, EPISODE._replace(id="1c1c", value=12.5), width=160, summary=False).decode()
    first, second = sorted(row for row in shown.splitlines() if "Many stops" in row)
    begins = ["12:01:00", "high", "Many", "stops", "user/alice", "–"]
    assert first.split() == [*begins, "12.5", "in", "5", "events", "12:02:00"]
    assert second.split() == [*begins, "5", "events", "12:02:00"]


@pytest.mark.parametrize("form", names())
def test_a_time_beyond_the_calendar_and_a_number_without_end_stop_no_format(form: str):
    assert told(form, EPISODE._replace(end=1 << 62, value=1 << 20_000))


episodes = st.builds(
    Episode,
    id=st.text("0123456789abcdef", min_size=8, max_size=8),
    correlation=st.just("c"),
    group=st.lists(st.tuples(HOSTILE, st.none() | HOSTILE), max_size=3).map(tuple),
    state=st.sampled_from(["opened", "extended", "ended"]),
    start=st.integers(0, NOON),
    last=st.integers(0, NOON),
    end=st.none() | st.integers(0, NOON),
    value=st.none() | st.integers() | st.floats() | HOSTILE,
    hits=st.integers(0, 10**6),
    evidence=st.lists(
        st.builds(
            Evidence,
            HOSTILE,
            st.integers(0, NOON),
            st.builds(Ref, st.text(max_size=9), st.integers(1, 9)),
            st.none() | HOSTILE,
            st.dictionaries(HOSTILE, VALUE, max_size=3),
        ),
        max_size=3,
    ).map(tuple),
    values=st.just({}),
)


@given(st.lists(episodes, min_size=1, max_size=3, unique_by=lambda each: each.id))
def test_whatever_a_log_holds_every_format_stays_what_it_is(made: Sequence[Episode]):
    for row in told("ndjson", *made).splitlines():
        CHECK.validate(json.loads(row))
    assert len(json.loads(told("json", *made))["episodes"]) == len(made)
    assert len(told("csv", *made).splitlines()) == len(made) + 1
    for row in told("ocsf", *made).splitlines():
        DetectionFinding.model_validate(json.loads(row))
    assert all(char.isprintable() for char in told("table", *made).decode().replace("\n", ""))
