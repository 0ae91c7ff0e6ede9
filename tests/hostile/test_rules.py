"""Hostile rules through the real command: each is used, or said with its place; none keeps the others from running."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.hostile.command import RULE, Ended, detect, record, records
from tests.hostile.rule_files import HUGE, SMALL, Case

LONG = "a" * 100_000
"""What the expressions that explode, and the wildcards, are tried on."""


def loaded(folder: Path, cases: dict[str, Case], *, mebibytes: int) -> Ended:
    """Scan a log with the rules, one good rule beside them."""
    (folder / "rules").mkdir()
    (folder / "rules" / "good.yml").write_text(RULE)
    for name, (make, _) in cases.items():
        made = make()
        (folder / "rules" / f"{name}.yml").write_bytes(made if isinstance(made, bytes) else made.encode())
    (folder / "x.json").write_text(records(record("good", f'"f":["{LONG}","{"-a " * 30_000}",1e400,"1.2.3.4"]')))
    options = ("--rules", "rules", "-f", "ndjson", "--workers", "1", "--no-cache", "--verbose", "--color", "never")
    return detect(folder, "run", "x.json", *options, mebibytes=mebibytes)


def holds(ended: Ended, name: str, case: Case) -> None:
    """A rule that can be used is not complained of; of another the fault is said, with file and line."""
    said = [line.strip() for line in ended.err.splitlines() if line.strip().startswith(f"rules/{name}.yml")]
    if not case[1]:
        assert not [line for line in said if "no selection is called" not in line]
    else:
        assert len(said) == 1
        assert case[1] in said[0]


@pytest.fixture(scope="module")
def all_small(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    return loaded(tmp_path_factory.mktemp("hostile"), SMALL, mebibytes=1_500)


@pytest.mark.parametrize("name", SMALL)
def test_a_rule_is_used_or_said_with_its_place(name: str, all_small: Ended):
    holds(all_small, name, SMALL[name])


def test_the_good_rule_beside_them_finds_what_it_looks_for(all_small: Ended):
    titles = {row["rule"]["title"] for row in all_small.rows[:-1]}
    assert "Trail stopped" in titles
    assert all_small.status == 3
    assert all_small.summary["rules"]["rejected"] == sum(bool(fault) for _, fault in SMALL.values())


@pytest.mark.full
@pytest.mark.parametrize("name", HUGE)
def test_what_is_huge_takes_no_more_memory_than_there_is(name: str, tmp_path: Path):
    ended = loaded(tmp_path, {name: HUGE[name]}, mebibytes=4_000)
    holds(ended, name, HUGE[name])
    assert "good" in ended.found


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX system")
def test_files_that_are_none_are_said_and_never_opened(tmp_path: Path):
    """A pipe and a device would be read for ever."""
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "good.yml").write_text(RULE)
    os.mkfifo(rules / "pipe.yml")
    os.mkfifo(tmp_path / "elsewhere")
    for link, target in {"to-pipe": "../elsewhere", "to-device": "/dev/zero", "to-itself": "to-itself.yml"}.items():
        (rules / f"{link}.yml").symlink_to(target)
    (rules / "loop").symlink_to(".", target_is_directory=True)
    (rules / "folder.yml").mkdir()
    ended = detect(tmp_path, "rules", "--rules", "rules", "--color", "never")
    assert ended.status == 3
    said = [line.strip() for line in ended.err.splitlines() if line.startswith("  ")]
    assert said == [
        "rules/pipe.yml: the file cannot be read: it is not a regular file",
        "rules/to-device.yml: the file cannot be read: it is not a regular file",
        "rules/to-itself.yml: the file cannot be read: Too many levels of symbolic links",
        "rules/to-pipe.yml: the file cannot be read: it is not a regular file",
    ]


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs /dev/zero")
def test_a_device_is_no_file_of_rules_though_it_is_named(tmp_path: Path):
    assert "it is not a regular file" in detect(tmp_path, "rules", "--rules", "/dev/zero").err
