"""What a run forgets: what is old enough, and of files only those that their source has no more."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.runners.retention import DAY, Keep, Retention
from engine.stores import Entry, Ledger, Store

NOW = 1_000 * DAY
OLD, NEW = NOW - 91 * DAY, NOW - 89 * DAY


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Store(str(tmp_path / "state.db")) as store:
        yield Ledger(store)


def read(ledger: Ledger, place: str, ref: str, at: int = OLD) -> None:
    ledger.enter(place, ref, Entry(1, None, f"{place} {ref}".encode(), 1, True), 1, at)


def left(ledger: Ledger) -> set[str]:
    return {ref for (ref,) in ledger.store.execute("SELECT ref FROM file")}


def test_a_file_is_forgotten_when_it_is_gone_and_was_read_long_ago(ledger: Ledger):
    for ref, at in (("gone", OLD), ("there", OLD), ("young", NEW)):
        read(ledger, "logs", ref, at)
    read(ledger, "elsewhere", "not asked for")
    retention = Retention(ledger, Keep(), NOW)
    retention.asked("logs")
    retention.there("logs", "there")
    retention.forget({})
    assert left(ledger) == {"there", "young", "not asked for"}


@pytest.mark.parametrize(
    ("failed", "kept"),
    [
        ({}, set()),
        ({"logs": "source"}, {"a/1", "a/2", "ab/3"}),
        ({"a": "unreadable"}, {"a/1", "a/2"}),
        ({"a/1": "unreadable"}, {"a/1"}),
        ({"a/1": "truncated", "a/2": "gone"}, set()),
    ],
    ids=range(5),
)
def test_what_may_be_there_though_nobody_could_see_it_is_remembered(
    ledger: Ledger, failed: dict[str, str], kept: set[str]
):
    for ref in ("a/1", "a/2", "ab/3"):
        read(ledger, "logs", ref)
    retention = Retention(ledger, Keep(), NOW)
    retention.asked("logs")
    retention.forget(failed)
    assert left(ledger) == kept


def test_files_are_looked_for_once_a_day(ledger: Ledger):
    def run(now: int) -> set[str]:
        retention = Retention(ledger, Keep(), now)
        retention.asked("logs")
        retention.forget({})
        return left(ledger)

    assert run(NOW) == set()
    read(ledger, "logs", "gone")
    assert run(NOW + DAY - 1) == {"gone"}
    assert run(NOW + DAY) == set()


def test_detections_and_what_was_set_aside_have_their_own_times(ledger: Ledger):
    ledger.saw([b"old"], at=NOW - 6 * DAY, run=1)
    ledger.saw([b"new"], at=NOW - 4 * DAY, run=1)
    ledger.set_aside("logs", "old", "bad", None, NOW - 3 * DAY)
    ledger.set_aside("logs", "new", "bad", None, NOW - DAY)
    Retention(ledger, Keep(reported=5 * DAY, aside=2 * DAY), NOW).forget({})
    assert ledger.seen([b"old", b"new"]) == {b"new"}
    assert [one.ref for one in ledger.aside()] == ["new"]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9), st.booleans(), st.booleans()), max_size=20))
def test_what_is_there_is_never_forgotten(files: list[tuple[str, int, bool, bool]]):
    with tempfile.TemporaryDirectory() as folder, Store(f"{folder}/state") as store:
        ledger = Ledger(store)
        retention = Retention(ledger, Keep(), NOW)
        for place, number, there, old in files:
            read(ledger, place, f"{place}{number}", OLD if old else NEW)
            retention.asked(place)
            if there:
                retention.there(place, f"{place}{number}")
        before = left(ledger)
        retention.forget({})
        assert {f"{place}{number}" for place, number, there, _ in files if there} <= left(ledger) <= before
