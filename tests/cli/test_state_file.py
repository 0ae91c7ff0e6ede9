"""detect state: what a file holds, moving it, checking it; a run that has the file is left alone."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from engine.stores import Alone, Ledger, Store
from tests.cli.conftest import House

RUN = ("run", "logs", "--state", "detect.state", "--quiet", "--format", "ndjson")


@pytest.fixture
def kept(house: House) -> House:
    """A house with the state of one run."""
    assert house.detect(*RUN).status == 0
    return house


def test_what_is_in_it_is_shown(kept: House):
    [said] = kept.detect("state", "info", "--state", "detect.state", "--format", "json").lines
    assert (said["version"], said["kind"], said["files"]) == (1, "state-info", {"whole": 2, "partly": 0})
    assert said["reported"] == 2
    assert said["oldest"] == "2023-07-10T00:00:00Z"
    assert [Path(source).name for source in said["reached"]] == ["logs"]
    shown = kept.detect("state", "info", "--state", "detect.state")
    assert "files     2 whole; events from 2023-07-10 00:00:00" in shown.out
    assert "reported  2 detections" in shown.out


def test_a_file_moves_and_the_next_run_goes_on(kept: House):
    assert kept.detect("state", "export", "--state", "detect.state", "-o", "all.ndjson").status == 0
    assert kept.detect("state", "import", "all.ndjson", "--state", "other.state").status == 0
    again = kept.detect("state", "export", "--state", "other.state")
    assert again.out == (kept.folder / "all.ndjson").read_text()
    assert kept.detect("run", "logs", "--state", "other.state", "--format", "ndjson").lines[-1]["known"] == 2


def test_parts_of_logs_are_for_their_owner_alone(kept: House):
    kept.detect("state", "export", "--state", "detect.state", "-o", "all.ndjson")
    kept.detect("state", "import", "all.ndjson", "--state", "other.state")
    for name in ("all.ndjson", "other.state"):
        assert stat.S_IMODE((kept.folder / name).stat().st_mode) == 0o600


def test_nothing_is_written_over_unless_it_is_asked_for(kept: House):
    export = ("state", "export", "--state", "detect.state", "-o", "all.ndjson")
    load = ("state", "import", "all.ndjson", "--state", "detect.state")
    assert kept.detect(*export).status == 0
    refused = [kept.detect(*export), kept.detect(*load)]
    assert [done.status for done in refused] == [2, 2]
    assert all("--force" in done.err for done in refused)
    with Store("detect.state") as store:
        Ledger(store).set_mark("later", 1)
    assert [kept.detect(*load, "--force").status, kept.detect(*export, "--force").status] == [0, 0]
    assert '"later"' not in (kept.folder / "all.ndjson").read_text()


def test_an_empty_file_may_be_filled(kept: House):
    kept.detect("state", "export", "--state", "detect.state", "-o", "all.ndjson")
    Store("other.state").close()
    assert kept.detect("state", "import", "all.ndjson", "--state", "other.state").status == 0


@pytest.mark.parametrize("words", [["vacuum"], ["import", "all.ndjson", "--force"]], ids=" ".join)
def test_a_run_that_has_the_file_is_left_alone(kept: House, words: list[str]):
    kept.detect("state", "export", "--state", "detect.state", "-o", "all.ndjson")
    with Alone("detect.state"):
        done = kept.shell(f"detect state {' '.join(words)} --state detect.state")
    assert (done.status, "is in use by another run" in done.err) == (2, True)
    assert kept.detect("state", *words, "--state", "detect.state").status == 0


@pytest.mark.parametrize("words", [["info"], ["check"], ["export"]], ids=" ".join)
def test_looking_disturbs_nobody(kept: House, words: list[str]):
    with Alone("detect.state"), Store("detect.state") as busy, busy.transaction():
        Ledger(busy).set_mark("half", 1)
        assert kept.shell(f"detect state {' '.join(words)} --state detect.state").status == 0


def test_what_is_not_needed_any_more_is_given_back(kept: House):
    with Store("detect.state") as store:
        Ledger(store).saw([b"%020d" % number for number in range(20_000)], 1, 1)
        Ledger(store).forget_seen(2)
    before = (kept.folder / "detect.state").stat().st_size
    assert kept.detect("state", "vacuum", "--state", "detect.state").status == 0
    assert (kept.folder / "detect.state").stat().st_size < before / 2
    assert kept.detect("state", "check", "--state", "detect.state").status == 0


def test_what_is_wrong_is_status_3(kept: House):
    sound = kept.detect("state", "check", "--state", "detect.state", "--format", "json")
    assert (sound.status, json.loads(sound.out)["sound"]) == (0, True)
    with Store("detect.state") as store:
        store.execute("INSERT INTO unsaid_episode VALUES (1, x'c1')")
    wrong = kept.detect("state", "check", "--state", "detect.state")
    assert (wrong.status, "unreadable-unsaid_episode" in wrong.out) == (3, True)


def test_damage_is_found_and_a_file_of_others_is_none_of_ours(kept: House):
    whole = (kept.folder / "detect.state").read_bytes()
    (kept.folder / "broken.state").write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    broken = kept.detect("state", "check", "--state", "broken.state", "--format", "json")
    assert (broken.status, json.loads(broken.out)["wrong"][0]["kind"]) == (3, "damaged")
    assert kept.detect("state", "check", "--state", "rules/stopped.yml").status == 2


@pytest.mark.parametrize("words", [["info"], ["import", "none.ndjson"], ["import", "rules/stopped.yml"]], ids=" ".join)
def test_a_file_that_is_not_there_or_no_export_is_said(house: House, words: list[str]):
    done = house.detect("state", *words, "--state", "none.state")
    assert (done.status, "hint:" in done.err) == (2, True)
    assert not (house.folder / "none.state").exists()
