"""CloudTrail delivers some events twice; a rule fires once on each id, and the first copy stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import structs

from engine.rules import Ruleset
from tests.runners.made import STOPPED, Done, one_file_a_task, record, scan, write

STOP, LIST = record("StopLogging", "one"), record("ListBuckets", "two", "mallory")


def said(done: Done) -> tuple[object, ...]:
    summary = done.summary
    return done.short, summary.detections, summary.events_with_hits, summary.levels, summary.top_principals


@pytest.mark.parametrize("workers", [1, 2])
def test_the_same_file_twice_changes_nothing_but_the_count(
    workers: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    one_file_a_task(monkeypatch)
    once = scan(write(tmp_path / "once", [STOP, LIST]))
    twice = scan(write(tmp_path / "twice", [STOP, LIST], [STOP, LIST]), workers=workers)
    assert said(twice) == said(once)
    assert (once.summary.duplicates, twice.summary.duplicates) == (0, 3)
    assert twice.summary.events == 4


def test_one_id_in_several_files_stands_where_it_comes_first(tmp_path: Path):
    done = scan(write(tmp_path, [LIST], [LIST, STOP], [STOP, LIST]))
    assert done.short == [("listed", "0000.json.gz#1"), ("mallory", "0000.json.gz#1"), ("stopped", "0001.json.gz#2")]
    assert done.summary.duplicates == 2 * 2 + 1


def test_one_id_twice_in_a_file_stands_where_it_comes_first(tmp_path: Path):
    done = scan(write(tmp_path, [record("GetObject", "zero"), STOP, STOP]))
    assert done.short == [("stopped", "0000.json.gz#2")]
    assert done.summary.duplicates == 1
    assert done.summary.events_with_hits == 1


def test_the_same_source_named_twice_is_read_as_duplicates(tmp_path: Path):
    folder = write(tmp_path, [STOP, LIST])
    assert said(scan(folder, folder)) == said(scan(folder))


def test_the_first_copy_is_the_one_that_is_shown(tmp_path: Path):
    first, second = record("StopLogging", "one", "alice"), record("StopLogging", "one", "bob")
    (hit,) = scan(write(tmp_path, [first, second])).hits
    assert hit["events"][0]["record"] == first


def test_one_id_under_two_rules_is_no_duplicate(tmp_path: Path):
    """The second copy differs, and another rule fires on it."""
    done = scan(write(tmp_path, [record("StopLogging", "one"), record("ListBuckets", "one")]))
    assert [title for title, _ in done.short] == ["stopped", "listed"]
    assert done.summary.duplicates == 0


@pytest.mark.parametrize("identity", [None, "", 5, ["one"], {"a": 1}], ids=str)
def test_events_without_an_id_are_never_taken_for_duplicates(identity: object, tmp_path: Path):
    event = {**record("StopLogging"), "eventID": identity}
    if identity is None:
        del event["eventID"]
    done = scan(write(tmp_path, [event, event], [event]))
    assert len(done.hits) == 3
    assert done.summary.duplicates == 0


def test_a_corrected_record_is_known_by_the_id_it_corrects(tmp_path: Path):
    corrected = record("StopLogging", "later", addendum={"originalEventID": "one"})
    assert scan(write(tmp_path, [STOP, corrected])).summary.duplicates == 1


def test_an_id_that_no_text_can_encode_is_an_id(tmp_path: Path):
    lone = record("StopLogging", "\ud800")
    done = scan(write(tmp_path, [lone, lone]))
    assert len(done.hits) == done.summary.duplicates == 1


def test_ids_of_rules_and_events_are_not_run_together(tmp_path: Path):
    """Rule "a" with event "\\0b" is another pair than rule "a\\0" with event "b"."""
    both = Ruleset(tuple(structs.replace(STOPPED, key=key) for key in ("a", "a\0")))
    done = scan(write(tmp_path, [record("StopLogging", "\0b"), record("StopLogging", "b")]), ruleset=both)
    assert len(done.hits) == 4
    assert done.summary.duplicates == 0
