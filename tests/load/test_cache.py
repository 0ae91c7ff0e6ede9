"""A compiled ruleset is kept between runs, and whatever is wrong with it costs time only."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.load import cache as caches
from engine.load import load, ruleset
from engine.rules import Ruleset
from tests.load.rules import rule_text, write


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one good rule, one broken, one that is warned of; the cache stands beside it."""
    monkeypatch.setenv("DETECT_CACHE_DIR", str(tmp_path / "cache"))
    broken = "title: b\nlogsource: {product: p}\ndetection: {a: {f|bad: 1}, condition: a}\n"
    return write(tmp_path / "rules", a=rule_text(1), b=broken, c="settings: 1\n")


def entries(folder: Path) -> list[Path]:
    return sorted((folder.parent / "cache").rglob("*.msgpack"))


def built(monkeypatch: pytest.MonkeyPatch, folder: Path) -> tuple[Ruleset, int]:
    """Load, and how often rules were really built for it."""
    count = 0
    build = ruleset.build

    def counting(*given: object) -> Ruleset:
        nonlocal count
        count += 1
        return build(*given)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(ruleset, "build", counting)
        return load(folder), count


def same(one: Ruleset, two: Ruleset) -> bool:
    return (
        one.rules == two.rules
        and one.warnings == two.warnings
        and one.digest == two.digest
        and [str(error) for error in one.rejected] == [str(error) for error in two.rejected]
        and [error.rule for error in one.rejected] == [error.rule for error in two.rejected]
    )


def test_the_second_load_builds_nothing_and_gives_the_same(rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cold, first = built(monkeypatch, rules)
    warm, second = built(monkeypatch, rules)
    assert (first, second) == (1, 0)
    assert same(cold, warm)
    assert same(cold, load(rules, cache=False))
    assert (len(warm.rules), len(warm.rejected), len(warm.warnings)) == (1, 1, 1)


def test_any_change_of_a_file_builds_again(rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load(rules)
    write(rules, a=rule_text(1, value="y"))
    assert built(monkeypatch, rules)[1] == 1
    (rules / "a.yml").rename(rules / "z.yml")
    assert built(monkeypatch, rules)[1] == 1
    write(rules, d="settings: 2\n")
    assert built(monkeypatch, rules)[1] == 1


def test_another_version_builds_again(rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load(rules)
    monkeypatch.setattr(caches, "__version__", "other")
    assert built(monkeypatch, rules)[1] == 1


@pytest.mark.parametrize("damage", ["truncated", "empty", "garbage", "one bit"])
def test_a_damaged_entry_is_ignored_and_written_anew(rules: Path, monkeypatch: pytest.MonkeyPatch, damage: str) -> None:
    cold = load(rules)
    (entry,) = entries(rules)
    data = bytearray(entry.read_bytes())
    good = bytes(data)
    if damage == "one bit":
        data[len(data) // 2] ^= 1
    entry.write_bytes({"truncated": data[:-10], "empty": b"", "garbage": b"\xc1" * 100, "one bit": data}[damage])
    again, count = built(monkeypatch, rules)
    assert count == 1
    assert same(cold, again)
    assert entry.read_bytes() == good


def test_a_cache_folder_that_cannot_be_written_is_no_cache(rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (rules.parent / "file").write_text("")
    monkeypatch.setenv("DETECT_CACHE_DIR", str(rules.parent / "file" / "below"))
    assert built(monkeypatch, rules)[1] == 1
    assert built(monkeypatch, rules)[1] == 1


def test_only_the_newest_entries_are_kept(rules: Path) -> None:
    for number in range(caches.KEEP + 5):
        write(rules, a=rule_text(1, value=f"v{number}"))
        load(rules)
        for age, entry in enumerate(entries(rules)):
            os.utime(entry, (entry.stat().st_mtime - age, entry.stat().st_mtime - age))
    assert len(entries(rules)) == caches.KEEP
    assert not list((rules.parent / "cache").rglob("*.part"))


def test_cache_false_neither_reads_nor_writes(rules: Path) -> None:
    load(rules, cache=False)
    assert entries(rules) == []


def test_two_processes_may_write_at_once(rules: Path) -> None:
    code = f"from engine.load import load; r = load({str(rules)!r}); print(r.digest)"
    started = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert len({process.communicate()[0] for process in started}) == 1
    assert all(process.returncode == 0 for process in started)
    assert len(entries(rules)) == 1


def test_a_warm_load_imports_neither_pysigma_nor_yaml(rules: Path) -> None:
    load(rules)
    tell = "print({'sigma', 'yaml', 're2'} & set(sys.modules))"
    code = f"import sys; from engine.load import load; load({str(rules)!r}); {tell}"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "set()"
