"""A folder is decided as a whole, whatever the order of files and events, the processes and the memory."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.correlate import Limits
from engine.load.jmes import tree
from engine.model import Level
from engine.outputs import output
from engine.outputs.ndjson import Output
from engine.rules import Copy, Correlation, Derived, Ruleset
from engine.runners import deciding, spill
from tests.runners.correlating import (
    ALL_KINDS,
    MANY,
    MINUTE,
    NOW,
    RULES,
    at,
    correlation,
    episodes,
    hit,
    lines,
)
from tests.runners.made import Done, one_file_a_task, record, scan, write


def run(folder: Path, **given: Any) -> Done:
    return scan(folder, **{"ruleset": RULES, "now": NOW, **given})


def test_hits_of_several_files_in_any_order_make_one_episode(tmp_path: Path):
    #  0s   10s   20s   30s            200s
    #  x     x     x     x              x       the third tips it, the fourth goes on, one timespan after it is over
    done = run(write(tmp_path, [hit(30), hit(0)], [hit(200)], [hit(10)], [hit(20)]))
    assert episodes(done) == [("many", at(20), at(30), at(90), 4)]
    (told,) = lines(done.written).episodes
    assert told["group"] == {"userIdentity.userName": "alice"}
    assert [event["time"] for event in told["events"]] == [at(0), at(10), at(20), at(30)]
    assert told["events"][0]["shown"] == {"userIdentity.userName": "alice", "eventName": "StopLogging"}


def test_a_rule_that_a_correlation_refers_to_is_reported_only_where_one_says_generate(tmp_path: Path):
    write(tmp_path, [hit(0), hit(10), hit(20), hit(5, name="ListBuckets")])
    assert [hit_["rule"]["title"] for hit_ in run(tmp_path).hits] == ["listed"]
    generating = correlation("generating", generate=True)
    loud = run(tmp_path, ruleset=with_(generating))
    assert sorted(hit_["rule"]["title"] for hit_ in loud.hits) == ["listed", "stopped", "stopped", "stopped"]


def with_(*correlations: Correlation) -> Ruleset:
    return Ruleset(RULES.rules, correlations=(MANY, *correlations))


def test_the_summary_counts_episodes_among_detections_and_says_what_correlations_left_out(tmp_path: Path):
    high = correlation("high", level=Level.high)
    drops = correlation("drops", missing="drop", options={"condition": {"gte": 1}})
    write(
        tmp_path,
        [hit(0), hit(10), hit(20), hit(20), record("StopLogging", "no user", eventTime=at(5), userIdentity={})],
        [hit(0), hit(0, eventTime="never", eventID="u"), hit(0, eventTime="2024-06-01T00:00:00Z", eventID="future")],
    )
    done = run(tmp_path, ruleset=with_(high, drops), fail_on=Level.high)
    summary = done.summary
    assert summary.episodes == summary.detections == 3
    assert summary.fail_on_met
    assert (summary.ahead, summary.untimed, summary.duplicates) == (1, 1, 2)
    many, _, dropping = summary.correlations
    assert (many.hits, many.null_groups, many.no_group, many.episodes, many.pending) == (4, 1, 0, 1, 0)
    assert (dropping.hits, dropping.null_groups, dropping.no_group) == (3, 0, 1)
    assert any("dated more than 5 minutes after being read" in warning for warning in summary.warnings)
    assert lines(done.written).summary["correlations"][0]["null_groups"] == 1


def test_an_event_of_the_year_2099_does_not_end_what_is_open(tmp_path: Path):
    done = run(write(tmp_path, [hit(0), hit(10), hit(20), hit(0, "bob", eventTime="2099-01-01T00:00:00Z")]))
    assert episodes(done) == [("many", at(20), at(20), None, 3)]


def test_what_is_open_at_the_end_is_counted_and_final_decides_it(tmp_path: Path):
    few = with_(correlation("few", options={"condition": {"lt": 3}}))
    write(tmp_path, [hit(0), hit(100), hit(130)])
    plain, final = run(tmp_path, ruleset=few), run(tmp_path, ruleset=few, final=True)
    assert episodes(plain) == [("few", at(60), at(60), at(120), 1)]
    assert plain.summary.correlations[1].undecided == 1
    assert [each[:2] for each in episodes(final)] == [("few", at(60)), ("few", at(160))]
    assert final.summary.correlations[1].undecided == 0


def test_events_without_an_id_are_never_one_however_alike(tmp_path: Path):
    alike = record("StopLogging", eventTime=at(0))
    write(tmp_path / "one", [alike, alike])
    write(tmp_path / "two", [alike])
    done = scan(tmp_path / "one", tmp_path / "two", ruleset=RULES, now=NOW)
    assert [each[4] for each in episodes(done)] == [3]


def test_a_second_copy_of_an_event_counts_for_nothing(tmp_path: Path):
    listed = hit(10, name="ListBuckets")
    done = run(write(tmp_path, [hit(0), hit(10), listed], [hit(10), hit(0), listed]))
    assert (episodes(done), len(done.hits), done.summary.duplicates) == ([], 1, 3)


@pytest.mark.parametrize("generate", [False, True])
def test_an_inner_correlation_is_told_of_only_where_the_outer_says_generate(generate: bool, tmp_path: Path):
    outer = correlation("outer", "event_count", "many", options={"condition": {"gte": 1}}, generate=generate)
    done = run(write(tmp_path, [hit(0), hit(10), hit(20)]), ruleset=with_(outer))
    assert [each[0] for each in episodes(done)] == (["many", "outer"] if generate else ["outer"])


def test_what_is_listed_is_expected_from_the_first_event_that_was_read(tmp_path: Path):
    #  0 min                                         30 min
    #  any event              (nothing of bob's)     any event
    silent = correlation("silent", "absence", options={"groups": ["bob"]}, timespan=20 * MINUTE, missing="drop")
    done = run(write(tmp_path, [hit(0, name="GetObject"), hit(1800, name="GetObject")]), ruleset=with_(silent))
    assert [each[:2] for each in episodes(done)] == [("silent", at(1200))]


def test_limits_are_said_when_they_are_met(tmp_path: Path):
    write(tmp_path, [hit(second, f"user{second}") for second in range(50)])
    done = run(tmp_path, limits=Limits(groups=10, hits=100))
    assert done.summary.correlations[0].dropped_groups > 0
    assert any("forgot for the limit" in warning for warning in done.summary.warnings)


def call(seconds: int, user: str | None, name: str, region: str) -> Any:
    """An event of which a second one with its id is a copy."""
    return hit(seconds, user, name, awsRegion=region, eventID=f"{name}-{user}-{seconds}-{region}")


events = st.builds(
    call,
    st.integers(0, 400).map(lambda tens: tens * 2),
    st.sampled_from(["alice", "bob", None]),
    st.sampled_from(["StopLogging", "ListBuckets"]),
    st.sampled_from(["eu-west-1", "us-east-1"]),
)
trails = st.lists(st.lists(events, max_size=8), min_size=1, max_size=6)


def unplaced(done: Done) -> list[Any]:
    """What was told, without the places that hang on how events are spread over files."""
    rows = [row for row in map(json.loads, done.written.splitlines()) if row["kind"] == "episode"]
    for row in rows:
        for event in row["events"]:
            del event["ref"]
    return rows


@given(trails, st.randoms(use_true_random=False))
def test_any_order_of_files_and_events_gives_the_same(trail: list[list[Any]], random: Any):
    shuffled = [event for file in trail for event in file]
    random.shuffle(shuffled)
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        write(Path(one), *trail)
        write(Path(other), shuffled[: len(shuffled) // 2], shuffled[len(shuffled) // 2 :])
        first, second = (run(Path(folder), ruleset=ALL_KINDS, final=True) for folder in (one, other))
    assert unplaced(first) == unplaced(second)


def test_events_of_one_time_are_shown_in_the_order_of_their_ids_wherever_they_stand(tmp_path: Path):
    two = [hit(0, name="ListBuckets"), hit(0)]
    write(tmp_path / "one", two)
    write(tmp_path / "other", two[::-1])
    first, second = (run(tmp_path / folder, ruleset=ALL_KINDS) for folder in ("one", "other"))
    assert unplaced(first) == unplaced(second) != []


@given(trails, st.integers(1, 12), st.integers(1, 5))
def test_any_limit_of_memory_gives_the_same_bytes(trail: list[list[Any]], in_memory: int, together: int):
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        write(Path(folder), *trail)
        whole = run(Path(folder), ruleset=ALL_KINDS)
        patch.setattr(deciding, "TOGETHER", together)
        patch.setattr(spill, "FAN", 3)
        assert run(Path(folder), ruleset=ALL_KINDS, in_memory=in_memory).written == whole.written


def test_any_number_of_processes_gives_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    one_file_a_task(monkeypatch)
    files = [
        [hit((file * 37 + at_ * 11) % 900, "ab"[at_ % 2], awsRegion=f"r{file % 3}") for at_ in range(9)]
        for file in range(12)
    ]
    write(tmp_path, *files)
    one, three = (run(tmp_path, ruleset=ALL_KINDS, workers=workers) for workers in (1, 3))
    assert one.written == three.written
    assert one.summary.episodes > 2


def test_a_profiled_run_says_the_same(tmp_path: Path):
    write(tmp_path, [hit(0), hit(10)], [hit(20)])
    profiled = run(tmp_path, profile=True)
    assert episodes(profiled) == episodes(run(tmp_path))
    assert profiled.summary.profile is not None


def test_derived_fields_aliases_and_expressions_can_be_grouped_by(tmp_path: Path):
    name = "join('/', [awsRegion, eventName])"
    derived = (Derived(name="who", path="f.yml", line=1, ways=(Copy("userIdentity.userName"),)),)
    by_query = correlation("query", group_by=(name,), queries={name: tree(name)}, options={"condition": {"gte": 2}})
    by_derived = correlation("derived", group_by=("who",), options={"condition": {"gte": 2}})
    rules = Ruleset(RULES.rules, correlations=(by_query, by_derived), derived=derived)
    write(tmp_path, [hit(0, awsRegion="r1"), hit(1, "bob", awsRegion="r1"), hit(2, awsRegion="r2")])
    groups = [row["group"] for row in lines(run(tmp_path, ruleset=rules).written).episodes]
    assert groups == [{name: "r1/StopLogging"}, {"who": "alice"}]


@pytest.mark.parametrize("form", ["table", "json", "csv", "ocsf", "ndjson"])
def test_every_format_tells_episodes(form: str, tmp_path: Path):
    write(tmp_path, [hit(0), hit(10), hit(20)])
    text = run(tmp_path, output=output(form)).written.decode()
    assert "many" in text
    assert "alice" in text
    if form == "json":
        document = json.loads(text)
        assert [row["kind"] for row in document["episodes"]] == ["episode"]


def test_an_output_of_others_that_knows_no_episodes_gets_detections(tmp_path: Path):
    class Theirs(Output):
        tell = property()  # type: ignore[assignment]

    write(tmp_path, [hit(0), hit(10), hit(20)])
    (row,) = run(tmp_path, output=Theirs).hits
    assert (row["rule"]["title"], row["time"], len(row["events"])) == ("many", at(20), 3)
