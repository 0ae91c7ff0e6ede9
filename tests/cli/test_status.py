"""detect status: sources that do not answer, and files that were set aside; scans are in test_serve.py."""

from __future__ import annotations

import pytest

from engine.service import Answers
from engine.stores import Ledger, Store
from tests.cli.conftest import House

NOW = 1_700_000_000_000_000


@pytest.fixture
def kept(house: House) -> House:
    with Store(str(house.folder / "state.db")) as store:
        for number in range(5):
            Ledger(store).set_aside("logs", f"bad{number}\x1b[2J.json", "broken JSON", None, NOW + number * 1_000_000)
        Answers(store).note(["s3://gone/"], {"s3://gone/": "the bucket does not exist"}, NOW)
    return house


def test_the_newest_files_that_were_set_aside_are_named_and_the_others_counted(kept: House):
    out = kept.detect("status", "--state", "state.db").out
    assert [line.split(": ")[1][:4] for line in out.splitlines() if line.startswith("set aside 2")] == [
        "bad4", "bad3", "bad2",
    ]  # fmt: skip
    assert "set aside: 2 more, which --aside shows" in out
    assert "\x1b" not in out
    assert kept.detect("status", "--state", "state.db", "--aside").out.count("set aside 2") == 5


def test_who_does_not_answer_is_named(kept: House):
    out = kept.detect("status", "--state", "state.db").out
    assert "does not answer since 2023-11-14 22:13:20: s3://gone/: the bucket does not exist" in out


def test_programs_are_told_the_same(kept: House):
    [said] = kept.detect("status", "--state", "state.db", "--format", "json", "--aside").lines
    assert [(one["source"], one["failures"]) for one in said["failing"]] == [("s3://gone/", 1)]
    assert [one["at"] for one in said["aside"]] == [f"2023-11-14T22:13:{20 + n}Z" for n in range(4, -1, -1)]
    [said] = kept.detect("status", "--state", "state.db", "--format", "json").lines
    assert len(said["aside"]) == 3
