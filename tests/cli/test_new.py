"""detect new writes a rule and a test that are right as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.cli.new import _KINDS
from engine.load.layout import laid_out
from engine.testing.scaffold import KINDS
from tests.cli.conftest import House


def test_the_command_names_every_kind():
    assert list(KINDS) == _KINDS


@pytest.mark.parametrize("kind", _KINDS)
def test_what_is_written_passes_check_and_test_and_is_laid_out(house: House, kind: str):
    done = house.detect("new", "mine/it_s_new.yml", "--kind", kind)
    assert (done.status, done.out) == (0, "mine/it_s_new.yml\nmine/it_s_new.test.yml\n")
    checked = house.detect("check", "mine", "--fail-on", "note")
    assert (checked.status, checked.out) == (0, "")
    tested = house.detect("test", "mine", "--require-tests")
    assert (tested.status, tested.out.splitlines()[-1][-6:]) == (0, "passed"), tested.out
    for name in ("it_s_new.yml", "it_s_new.test.yml"):
        text = Path("mine", name).read_text("utf-8")
        assert laid_out(text, name, tests=".test." in name) == text


@pytest.mark.parametrize("there", ["x.yml", "x.test.yml"])
def test_nothing_is_overwritten(house: House, there: str):
    Path(there).write_text("mine")
    done = house.detect("new", "x.yml")
    assert done.status == 2
    assert f"{there} is there already" in done.err
    assert Path(there).read_text() == "mine"
    assert sum(Path(each).exists() for each in ("x.yml", "x.test.yml")) == 1


def test_a_title_is_taken_as_it_is(house: House):
    house.detect("new", "x.yml", "--title", "It's #1: {Mine}")
    assert "It's #1: {Mine}" in house.detect("rules", "--rules", "x.yml").out


@pytest.mark.parametrize(
    "words",
    [["x"], ["x.test.yml"], [".yml"], ["x.yml", "--title", ""], ["rules/listed.yml/x.yml"], ["x.yml", "-k", "no"], []],
)
def test_a_mistake_is_status_2_and_leaves_nothing(house: House, words: list[str]):
    done = house.detect("new", *words)
    assert done.status == 2
    assert "Traceback" not in done.err
    assert not list(house.folder.glob("*.yml"))
