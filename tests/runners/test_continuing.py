"""Runs that go on from one another say together what one run over everything says."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.rules import Ruleset
from engine.runners.continuing import Continuing
from engine.sources import files as sources_of_files
from engine.stores import Ledger, Store
from engine.times import parse_time
from tests.runners.correlating import (
    ALL_KINDS,
    MINUTE,
    NOW,
    RULES,
    START,
    at,
    correlation,
    deliver,
    episodes,
    go_on,
    hit,
    lines,
    told,
)
from tests.runners.made import Done, Record, record, scan, write


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    return tmp_path / "logs"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "detect.state"


def ids(done: Done) -> list[str]:
    return [row["events"][0]["id"] for row in lines(done.written).detections]


PLAIN = Ruleset(RULES.rules)


@pytest.mark.parametrize("live", [True, False])
def test_what_was_read_is_not_read_again(logs: Path, state: Path, live: bool):
    deliver(logs, 60, [hit(0)])
    first = go_on(state, logs, live=live, ruleset=PLAIN)
    deliver(logs, 120, [hit(70)], "B")
    second, third = go_on(state, logs, live=live, ruleset=PLAIN), go_on(state, logs, live=live, ruleset=PLAIN)
    assert [ids(done) for done in (first, second, third)] == [
        ["StopLogging-alice-0"],
        ["StopLogging-alice-70"],
        [],
    ]
    assert [done.summary.known for done in (first, second, third)] == [0, 1, 2]
    assert [done.summary.events for done in (first, second, third)] == [1, 1, 0]
    assert not third.summary.nothing
    assert third.summary.warnings == ()


def test_hits_wait_until_the_sources_have_delivered_what_is_later(logs: Path, state: Path):
    deliver(logs, 60, [hit(0), hit(10)])
    first = go_on(state, logs)
    assert (episodes(first), first.summary.correlations[0].pending) == ([], 2)
    deliver(logs, 120, [hit(20)], "B")  # delivered later, and in time
    second = go_on(state, logs)
    assert (episodes(second), second.summary.correlations[0].pending) == ([], 3)
    deliver(logs, 16 * 60, [record("GetObject", "none", eventTime=at(950))], "C")
    third = go_on(state, logs)
    assert episodes(third) == [("many", at(20), at(20), None, 3)]
    assert third.summary.watermark == _us(60)
    deliver(logs, 20 * 60, [record("GetObject", "more", eventTime=at(1190))], "D")
    assert episodes(go_on(state, logs)) == [("many", at(20), at(20), at(80), 3)]
    assert episodes(go_on(state, logs)) == []


def _us(seconds: int) -> int:
    return int(START.timestamp() + seconds) * 1_000_000


def test_hits_older_than_the_watermark_are_reported_and_counted_but_not_correlated(logs: Path, state: Path):
    deliver(logs, 60, [hit(0), hit(10)])
    deliver(logs, 60 * 60, [record("GetObject", "late one", eventTime=at(3500))], "B")
    go_on(state, logs)
    deliver(logs, 61 * 60, [hit(20)], "C")
    done = go_on(state, logs, ruleset=Ruleset(RULES.rules, correlations=(correlation("many", generate=True),)))
    assert ids(done) == ["StopLogging-alice-20"]
    assert (episodes(done), done.summary.correlations[0].late) == ([], 1)


def test_final_decides_what_waits_and_more_that_comes_for_it_is_late(logs: Path, state: Path):
    deliver(logs, 60, [hit(0), hit(10), hit(20)])
    assert episodes(go_on(state, logs)) == []
    assert episodes(go_on(state, logs, final=True)) == [("many", at(20), at(20), at(80), 3)]
    deliver(logs, 60, [hit(15)], "B")
    assert go_on(state, logs).summary.correlations[0].late == 1


def test_one_event_of_the_future_does_not_blind_the_runs_after_it(logs: Path, state: Path):
    deliver(logs, 60, [hit(0), hit(1, eventTime="2099-01-01T00:00:00Z"), hit(10)])
    assert go_on(state, logs).summary.ahead == 1
    deliver(logs, 120, [hit(20)], "B")
    deliver(logs, 60 * 60, [], "C")
    assert [each[:2] for each in episodes(go_on(state, logs))] == [("many", at(20))]


def test_a_source_that_is_behind_holds_the_decision_back(tmp_path: Path, state: Path):
    deliver(tmp_path / "a", 60 * 60, [hit(0), hit(10)])
    deliver(tmp_path / "b", 60, [hit(20)])
    both = tmp_path / "a", tmp_path / "b"
    assert episodes(go_on(state, *both)) == []
    deliver(tmp_path / "b", 50 * 60, [], "B")
    assert [each[4] for each in episodes(go_on(state, *both))] == [3]


def test_other_logs_are_dated_by_when_they_were_written(tmp_path: Path, state: Path):
    write(tmp_path / "logs", [hit(0), hit(10), hit(20)])
    path = tmp_path / "logs" / "0000.json.gz"
    os.utime(path, (_us(60) / 1e6, _us(60) / 1e6))
    assert episodes(go_on(state, tmp_path / "logs")) == []
    os.utime(path, (_us(3600) / 1e6, _us(3600) / 1e6))  # touched: the same content is not read again
    done = go_on(state, tmp_path / "logs")
    assert (len(episodes(done)), done.summary.events) == (1, 0)


def test_a_copy_under_another_name_changes_nothing(logs: Path, state: Path):
    path = deliver(logs, 60, [record("StopLogging", eventTime=at(0))])  # no id: only its content tells
    go_on(state, logs, ruleset=PLAIN)
    shutil.copy(path, logs / "copy.json.gz")
    shutil.copytree(logs, logs.parent / "elsewhere")
    again = go_on(state, logs, logs.parent / "elsewhere", ruleset=PLAIN)
    assert (ids(again), again.summary.events) == ([], 0)


@pytest.mark.parametrize("users", ["aa", "aaa", "aba", "abb", "abcab"])
def test_two_copies_in_one_run_are_read_once(users: str, logs: Path, state: Path):
    logs.mkdir()
    for number, user in enumerate(users):  # all of one size, and without ids
        (logs / f"{number}.json").write_text(json.dumps(record("StopLogging", user=user, eventTime=at(0))))
    assert go_on(state, logs, ruleset=PLAIN).summary.events == len(set(users))


def test_an_event_that_comes_again_in_another_file_is_reported_once(logs: Path, state: Path):
    deliver(logs, 60, [hit(0), hit(10)])
    first = go_on(state, logs, ruleset=PLAIN)
    deliver(logs, 120, [hit(10), hit(20)], "B")
    second = go_on(state, logs, ruleset=PLAIN)
    assert [len(ids(done)) for done in (first, second)] == [2, 1]
    assert second.summary.duplicates == 1


@pytest.mark.parametrize("live", [True, False])
def test_a_file_that_grows_gives_what_is_new(tmp_path: Path, state: Path, live: bool):
    path = tmp_path / "app.json"
    rows = [json.dumps(record("StopLogging", eventTime=at(second))) + "\n" for second in range(5)]
    found = []
    for count in (2, 2, 4, 5):
        path.write_text("".join(rows[:count]))
        done = go_on(state, path, live=live, ruleset=PLAIN)
        found.append([row["events"][0]["ref"]["position"] for row in lines(done.written).detections])
    assert found == [[1, 2], [], [3, 4], [5]]
    path.write_text("".join(rows[3:]))  # rotated: what stands there now is new
    done = go_on(state, path, live=live, ruleset=PLAIN)
    assert len(lines(done.written).detections) == 2


def test_a_new_file_of_the_same_name_has_events_of_its_own(tmp_path: Path, state: Path):
    path = tmp_path / "app.json"
    for user in ("alice", "bob", "carol"):  # no ids: known by where they stand
        row = record("StopLogging", user=user, eventTime=at(5))
        path.write_text(json.dumps(row) + "\n")
        go_on(state, path, ruleset=any_user(), lateness=1_000 * 24 * 60 * MINUTE)
    done = go_on(state, path, ruleset=any_user(), final=True)
    assert [each[4] for each in episodes(done)] == [3]


def any_user() -> Ruleset:
    return Ruleset(RULES.rules, correlations=(correlation("any", group_by=()),))


def test_a_file_that_could_not_be_read_is_tried_again(logs: Path, state: Path, monkeypatch: pytest.MonkeyPatch):
    deliver(logs, 60, [hit(0)])

    calls = []

    def unreadable(blob: Any) -> Any:  # for once: what comes after the scan can read it
        calls.append(blob)
        if len(calls) == 1:
            raise PermissionError(13, "Permission denied")
        return plain(blob)

    plain = sources_of_files.open
    with monkeypatch.context() as patch:
        patch.setattr(sources_of_files, "open", unreadable)
        assert go_on(state, logs, ruleset=PLAIN).summary.problems_total == 1
    assert len(ids(go_on(state, logs, ruleset=PLAIN))) == 1


def test_a_threshold_may_change_and_the_state_stays_anything_else_starts_anew_and_says_so(logs: Path, state: Path):
    deliver(logs, 60, [hit(0), hit(10)])
    deliver(logs, 16 * 60 + 5, [], "B")
    assert episodes(go_on(state, logs)) == []
    deliver(logs, 17 * 60, [hit(62)], "C")
    deliver(logs, 40 * 60, [], "D")
    same = correlation("many", options={"condition": {"gte": 2}})
    copied = state.with_name("copy")
    shutil.copy(state, copied)
    retuned = go_on(state, logs, ruleset=Ruleset(RULES.rules, correlations=(same,)))
    assert [each[4] for each in episodes(retuned)] == [2]  # of 10s and 62s
    assert retuned.summary.warnings == ()
    regrouped = correlation("many", options={"condition": {"gte": 2}}, group_by=("awsRegion",))
    changed = go_on(copied, logs, ruleset=Ruleset(RULES.rules, correlations=(regrouped,)))
    assert episodes(changed) == []
    assert [each for each in changed.summary.warnings if "starts anew" in each]


def interrupted(files: int) -> Any:
    def progress(done: int, *_: int) -> None:
        if done == files:
            raise KeyboardInterrupt

    return progress


def written(path: Path, *seconds: int, end: str = "\n", ids: bool = False) -> None:
    """A log with a record a line, of events without ids where nothing else is said."""
    records = [hit(each) for each in seconds]
    for each in [] if ids else records:
        del each["eventID"]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(map(json.dumps, records)) + end)


def count(done: Done) -> int:
    return len(lines(done.written).detections)


@pytest.mark.parametrize("name", ["app.log.1", "app.1.log", "app.log-20260131"])
def test_a_file_that_was_rotated_is_known_and_what_it_has_grown_by_is_read(logs: Path, state: Path, name: str):
    written(logs / "app.log", 0, 1)
    first = go_on(state, logs, ruleset=PLAIN)
    (logs / "app.log").unlink()
    written(logs / name, 0, 1, 2)
    written(logs / "app.log", 3)
    second = go_on(state, logs, ruleset=PLAIN)
    assert [count(first), count(second)] == [2, 2]
    assert count(go_on(state, logs, ruleset=PLAIN)) == 0


def test_a_longer_file_beside_one_of_nearly_its_name_is_another(logs: Path, state: Path):
    written(logs / "app.log", 0, 1)
    go_on(state, logs, ruleset=PLAIN)
    written(logs / "app.log.1", 5, 6, 7)
    assert count(go_on(state, logs, ruleset=PLAIN)) == 3
    written(logs / "apple.log", 0, 1, 2)  # begins as app.log does, and is of another program
    assert count(go_on(state, logs, ruleset=PLAIN)) == 3


@pytest.mark.parametrize("seconds", [(5,), (5, 6), (5, 6, 7)])
def test_a_file_that_was_truncated_or_replaced_is_read_anew_and_that_is_said(
    logs: Path, state: Path, seconds: tuple[int, ...]
):
    written(logs / "app.log", 0, 1)
    written(logs / "other.log", 9)
    assert go_on(state, logs, ruleset=PLAIN).summary.replaced == 0
    written(logs / "app.log", *seconds)
    done = go_on(state, logs, ruleset=PLAIN)
    assert (count(done), done.summary.replaced, done.summary.known) == (len(seconds), 1, 1)


def test_what_is_just_being_written_is_no_fault_until_nobody_writes_any_more(logs: Path, state: Path):
    now = int(os.stat(logs.parent).st_mtime * 1_000_000)
    written(logs / "app.log", 0, 1, 2, end="")
    whole = (logs / "app.log").read_text()
    (logs / "app.log").write_text(whole[:-20])
    first = go_on(state, logs, ruleset=PLAIN, now=now)
    assert (count(first), first.summary.problems, dict(first.summary.skipped)) == (2, (), {"unfinished": 1})
    (logs / "app.log").write_text(whole)
    assert count(go_on(state, logs, ruleset=PLAIN, now=now)) == 1
    (logs / "app.log").write_text(whole + '\n{"eventName":')
    go_on(state, logs, ruleset=PLAIN, now=now)
    later = go_on(state, logs, ruleset=PLAIN, now=now + 2 * MINUTE)
    assert (count(later), [each.kind for each in later.summary.problems]) == (0, ["truncated"])
    assert go_on(state, logs, ruleset=PLAIN, now=now + 3 * MINUTE).summary.problems == ()


@pytest.mark.parametrize("live", [True, False])
def test_after_ctrl_c_the_next_run_reads_the_rest_and_decides(logs: Path, state: Path, live: bool):
    for number in range(4):
        deliver(logs, 60 * (number + 1), [hit(number * 10)], f"{number}")
    deliver(logs, 60 * 60, [], "Z")
    first = go_on(state, logs, live=live, progress=interrupted(2))
    assert first.summary.interrupted
    assert episodes(first) == []
    second = go_on(state, logs, live=live)
    assert second.summary.known == 2
    assert [each[4] for each in episodes(second)] == [4]


def test_what_an_interrupted_run_read_with_other_rules_is_read_again(logs: Path, state: Path):
    for number in range(4):
        deliver(logs, 60 * (number + 1), [hit(number * 10)], f"{number}")
    deliver(logs, 60 * 60, [], "Z")
    go_on(state, logs, progress=interrupted(2))
    by_region = Ruleset(RULES.rules, correlations=(correlation("many", group_by=("awsRegion",)),))
    second = go_on(state, logs, ruleset=by_region)
    assert (second.summary.known, [each[4] for each in episodes(second)]) == (0, [4])


def test_what_was_decided_and_not_told_is_told_by_the_next_run(logs: Path, state: Path):
    deliver(logs, 60, [hit(0), hit(10), hit(20)])
    deliver(logs, 60 * 60, [], "Z")
    with Store(str(state)) as store:  # and the process ends before its output is in place: finish is never called
        continuing = Continuing(store, flush=lambda: None, every=0)
        lost = scan(logs, ruleset=RULES, now=NOW, continuing=continuing)
    again = go_on(state, logs)
    assert lines(again.written).episodes == lines(lost.written).episodes
    assert len(episodes(again)) == 1
    assert episodes(go_on(state, logs)) == []


def test_what_was_decided_is_kept_with_the_state_that_it_left_or_not_at_all(
    logs: Path, state: Path, monkeypatch: pytest.MonkeyPatch
):
    deliver(logs, 60, [hit(0), hit(10), hit(20)])
    deliver(logs, 60 * 60, [], "Z")

    def failing(self: Ledger, episodes: Any) -> None:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "keep_episodes", failing)
        with pytest.raises(MemoryError):
            go_on(state, logs)
    assert len(episodes(go_on(state, logs))) == 1


def test_output_that_is_whole_only_at_the_end_is_kept_only_then(logs: Path, state: Path):
    deliver(logs, 60, [hit(0), hit(10), hit(20)])
    deliver(logs, 60 * 60, [], "Z")
    with Store(str(state)) as store:
        scan(logs, ruleset=RULES, now=NOW, continuing=Continuing(store))
    done = go_on(state, logs, live=False)
    assert (done.summary.known, len(episodes(done))) == (0, 1)


def test_detections_are_forgotten_after_a_month(logs: Path, state: Path):
    deliver(logs, 60, [hit(0)])
    go_on(state, logs, ruleset=PLAIN)
    go_on(state, logs, ruleset=PLAIN, now=NOW + 31 * 24 * 60 * MINUTE)
    with Store(str(state)) as store:
        assert store.execute("SELECT count(*) FROM seen").fetchone()[0] == 0
        assert Ledger(store).sizes() != set()


events = st.builds(
    hit,
    st.integers(0, 90).map(lambda each: each * 10),
    st.sampled_from(["alice", "bob", None]),
    st.sampled_from(["StopLogging", "ListBuckets"]),
    awsRegion=st.sampled_from(["eu-west-1", "us-east-1"]),
    eventID=st.integers(0, 40).map(str),
)
deliveries = st.lists(
    st.tuples(st.lists(events, max_size=6), st.integers(0, 300), st.integers(0, 300)), min_size=1, max_size=8
)
"""Files: events, seconds until they are delivered, seconds until they are read. Ids come again."""


def delivered_at(file: tuple[list[Record], int, int]) -> int:
    times = [parse_time(event["eventTime"]) or 0 for event in file[0]]
    return max(((time - _us(0)) // 1_000_000 for time in times), default=0) + file[1]


@given(deliveries, st.lists(st.booleans(), min_size=8, max_size=8), st.booleans())
def test_any_split_into_runs_within_the_lateness_says_what_one_run_says(files: Any, cuts: list[bool], live: bool):
    """A file is read at most 300 s out of turn, and holds events of up to 900 s and 300 s on their way."""
    lateness = (900 + 300 + 300 + 60) * 1_000_000
    ids: dict[str, Record] = {}
    files = [([ids.setdefault(each["eventID"], each) for each in file[0]], *file[1:]) for file in files]
    turns = sorted(range(len(files)), key=lambda number: delivered_at(files[number]) + files[number][2])
    with TemporaryDirectory() as folder:
        top, runs = Path(folder), []
        for turn, cut in zip(turns, cuts, strict=False):
            deliver(top / "logs", delivered_at(files[turn]), files[turn][0], f"{turn}")
            if cut:
                runs.append(go_on(top / "state", top / "logs", live=live, ruleset=ALL_KINDS, lateness=lateness))
        runs.append(go_on(top / "state", top / "logs", live=live, ruleset=ALL_KINDS, lateness=lateness, final=True))
        whole = go_on(top / "other", top / "logs", ruleset=ALL_KINDS, lateness=lateness, final=True)
        alone = scan(top / "logs", ruleset=ALL_KINDS, now=NOW, final=True)
    assert unplaced(told([done.written for done in runs])) == unplaced(told([whole.written]))
    assert unplaced(told([whole.written])) == unplaced(told([alone.written]))
    assert sum(each.late for done in runs for each in done.summary.correlations) == 0


def unplaced(found: dict[str, Any]) -> dict[str, Any]:
    """Of two copies of an event the one that is read first stands: which that is hangs on the runs."""
    for row in found.values():
        for event in row["events"]:
            del event["ref"]
    return found
