"""detect fmt lays out files, or says which are not."""

from __future__ import annotations

import io
import sys

import pytest

from tests.cli.conftest import LISTED, House

ROUGH = "level: low\ntitle: x\ndetection:\n  condition: a\n"
SMOOTH = "title: x\ndetection:\n    condition: a\nlevel: low\n"


@pytest.fixture
def rough(house: House) -> House:
    for path in house.rules.iterdir():
        path.unlink()
    (house.rules / "rough.yml").write_text(ROUGH)
    return house


def test_files_are_laid_out_and_then_nothing_is_left_to_do(rough: House):
    done = rough.detect("fmt")
    assert (done.status, done.out, done.err) == (0, "", "1 file laid out\n")
    assert (rough.rules / "rough.yml").read_text() == SMOOTH
    assert rough.detect("fmt", "--check").status == 0


@pytest.mark.parametrize("option", ["--check", "--diff"])
def test_looking_changes_nothing_and_is_status_1(rough: House, option: str):
    done = rough.detect("fmt", option)
    assert done.status == 1
    assert "rules/rough.yml" in done.out
    assert ("+title: x" in done.out or "-level: low" in done.out) is (option == "--diff")
    assert (rough.rules / "rough.yml").read_text() == ROUGH


def test_what_holds_no_rules_is_left_alone(rough: House):
    (rough.rules / "fields.yml").write_text("a:\n  b: 1\n")
    rough.detect("fmt")
    assert (rough.rules / "fields.yml").read_text() == "a:\n  b: 1\n"


def test_a_file_that_cannot_be_laid_out_is_named_and_the_others_are_done(rough: House):
    (rough.rules / "broken.yml").write_text("title: [\n")
    done = rough.detect("fmt")
    assert done.status == 2
    assert "broken.yml:2" in done.err
    assert "Traceback" not in done.err
    assert (rough.rules / "broken.yml").read_text() == "title: [\n"
    assert (rough.rules / "rough.yml").read_text() == SMOOTH


def test_stdin_goes_to_stdout(rough: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(ROUGH.encode())))
    assert rough.detect("fmt", "-").out == SMOOTH


def test_what_is_not_there_is_status_2(rough: House):
    done = rough.detect("fmt", "nowhere")
    assert done.status == 2
    assert "nowhere" in done.err


def test_a_file_that_is_not_utf_8_is_refused(rough: House):
    (rough.rules / "rough.yml").write_bytes(LISTED.encode("utf-16"))
    assert rough.detect("fmt", "rules/rough.yml").status == 2
