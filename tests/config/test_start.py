"""A start is a configuration without a fault, a rule, and logs of today in which it finds one thing."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from engine import load_rules, scan
from engine.config import load
from engine.config.check import Problems, problems
from engine.config.start import begin
from engine.errors import UsageError

NOW = 1_780_000_000_123_456


def test_what_is_written_has_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    written = begin(".", NOW)
    assert sorted(Path(each.path).as_posix() for each in written) == [
        ".gitignore", "detect.yml", "rules/trail_stopped.yml", "samples/trail_stopped.json",
    ]  # fmt: skip
    assert problems(load("detect.yml", {}), NOW) == Problems([], [])


def test_the_rule_finds_one_thing_in_the_sample(tmp_path: Path):
    begin(str(tmp_path), NOW)
    records = json.loads((tmp_path / "samples" / "trail_stopped.json").read_text())["Records"]
    found = list(scan(records, load_rules(tmp_path / "rules")))
    assert [each.rule.title for each in found] == ["Trail Stopped"]
    assert 0 < NOW - (found[0].time or 0) < 24 * 3_600_000_000


def test_every_line_that_is_commented_out_can_be_meant(tmp_path: Path):
    begin(str(tmp_path), NOW)
    text = (tmp_path / "detect.yml").read_text()
    options = re.sub(r"^( *)# (?=[a-z -])", r"\1", text, flags=re.MULTILINE)  # prose begins with a capital
    (tmp_path / "detect.yml").write_text(options)
    config = load(str(tmp_path / "detect.yml"), {})
    assert sorted(config.notifiers) == ["hook", "log", "mail"]
    assert len(config.settings.routes) == 2
    assert config.settings.alerts.exceptions
    assert config.settings.redact.mask
    assert config.settings.select.level == "medium+"


@pytest.mark.parametrize("path", ["detect.yml", ".gitignore", "rules/trail_stopped.yml"])
def test_nothing_is_overwritten_and_nothing_written_beside_it(tmp_path: Path, path: str):
    (tmp_path / path).parent.mkdir(exist_ok=True)
    (tmp_path / path).write_text("mine")
    with pytest.raises(UsageError, match="is there already"):
        begin(str(tmp_path), NOW)
    assert (tmp_path / path).read_text() == "mine"
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == [tmp_path / path]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        begin(str(tmp_path / "file" / "below"), NOW)
