"""Files: which are found, in what order, under what names, and that nothing in a folder can block or loop."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from engine.errors import UsageError
from engine.model import Blob, Problem
from engine.sources import files, for_target, source
from engine.times import parse_time

DAY = 86_400_000_000
posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX files")


def write(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")


def refs(target: Path | str, **bounds: int) -> list[str]:
    return [item.ref for item in files.find(str(target), **bounds) if isinstance(item, Blob)]


def problems(target: Path | str, **bounds: int) -> list[tuple[str, str, bool]]:
    found = files.find(str(target), **bounds)
    return [(item.ref, item.kind, item.lost) for item in found if isinstance(item, Problem)]


def test_a_folder_gives_all_below_it_in_order_of_the_parts_of_names(tmp_path: Path) -> None:
    write(tmp_path, "b.json", "a/z.json", "a/b/c.json", "a-1.json", "a.json", "B.json")
    assert refs(tmp_path) == ["B.json", "a/b/c.json", "a/z.json", "a-1.json", "a.json", "b.json"]


def test_hidden_files_and_folders_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path, ".git/config.json", ".DS_Store", "a.json", "x/.hidden")
    assert refs(tmp_path) == ["a.json"]
    assert problems(tmp_path) == []


def test_a_hidden_folder_that_is_named_is_read(tmp_path: Path) -> None:
    write(tmp_path, ".logs/a.json")
    assert refs(tmp_path / ".logs") == ["a.json"]


def test_a_file_is_named_and_its_ref_is_its_name(tmp_path: Path) -> None:
    write(tmp_path, "a.json")
    os.utime(tmp_path / "a.json", (1_700_000_000, 1_700_000_000))
    blob = Blob("files", "a.json", str(tmp_path / "a.json"), True, 2, 1_700_000_000_000_000)
    assert list(files.find(str(tmp_path / "a.json"))) == [blob]


def test_in_a_folder_no_file_is_named(tmp_path: Path) -> None:
    write(tmp_path, "a.json")
    assert [item.named for item in files.find(str(tmp_path)) if isinstance(item, Blob)] == [False]


GLOBS = [
    ("*.json", ["a.json"]),
    ("**/*.json", ["a.json", "x/b.json", "x/y/c.json"]),
    ("x/*", ["b.json", "y/c.json"]),
    ("x/**/*.json", ["b.json", "y/c.json"]),
    ("?.json", ["a.json"]),
]


@pytest.mark.parametrize(("pattern", "found"), GLOBS)
def test_a_glob_gives_refs_relative_to_its_fixed_part(tmp_path: Path, pattern: str, found: list[str]) -> None:
    write(tmp_path, "a.json", "x/b.json", "x/y/c.json")
    assert refs(tmp_path / pattern) == found


def test_a_name_that_looks_like_a_glob_is_a_file_when_there_is_one(tmp_path: Path) -> None:
    write(tmp_path, "a[1].json", "a1.json")
    assert refs(tmp_path / "a[1].json") == ["a[1].json"]


def test_a_glob_without_a_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no file matches"):
        refs(tmp_path / "*.json")


def test_a_missing_path_names_the_one_meant(tmp_path: Path) -> None:
    write(tmp_path, "cloudtrail/a.json")
    with pytest.raises(UsageError, match="does not exist") as error:
        refs(tmp_path / "cloudtrial")
    assert "cloudtrail" in (error.value.hint or "")


def test_an_empty_folder_gives_nothing(tmp_path: Path) -> None:
    assert list(files.find(str(tmp_path))) == []


@posix
def test_links_are_followed_once_and_never_in_circles(tmp_path: Path) -> None:
    write(tmp_path, "logs/a.json", "elsewhere/b.json")
    (tmp_path / "logs/loop").symlink_to(tmp_path / "logs", target_is_directory=True)
    (tmp_path / "logs/more").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (tmp_path / "logs/again").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (tmp_path / "logs/c.json").symlink_to(tmp_path / "elsewhere/b.json")
    assert refs(tmp_path / "logs") == ["a.json", "again/b.json", "c.json"]


@posix
def test_a_glob_through_folders_follows_no_link_in_circles(tmp_path: Path) -> None:
    write(tmp_path, "a.json", "x/b.json")
    for link in ("one", "two", "x/three"):
        (tmp_path / link).symlink_to(tmp_path, target_is_directory=True)
    assert refs(tmp_path / "**/*.json") == ["a.json", "x/b.json"]
    assert refs(tmp_path / "**") == ["a.json", "x/b.json"]


@posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_a_glob_may_not_list_is_reported(tmp_path: Path) -> None:
    write(tmp_path, "closed/a.json", "z.json")
    (tmp_path / "closed").chmod(0)
    try:
        assert problems(tmp_path / "**/*.json") == [("closed", "unreadable", True)]
        assert refs(tmp_path / "**/*.json") == ["z.json"]
    finally:
        (tmp_path / "closed").chmod(0o700)


@posix
def test_a_link_to_nowhere_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "a.json").symlink_to(tmp_path / "gone")
    assert problems(tmp_path) == [("a.json", "unreadable", True)]


@posix
def test_pipes_and_sockets_in_a_folder_are_passed_over_unopened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # the name of a socket must be short
    os.mkfifo("pipe.json")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("socket.json")
        assert problems(".") == [("pipe.json", "no-log", False), ("socket.json", "no-log", False)]
        assert problems("pipe.json") == [("pipe.json", "no-log", True)]


@posix
def test_a_file_that_became_a_pipe_is_an_error_and_does_not_block(tmp_path: Path) -> None:
    write(tmp_path, "a.json")
    blob = next(files.find(str(tmp_path)))
    assert isinstance(blob, Blob)
    (tmp_path / "a.json").unlink()
    os.mkfifo(tmp_path / "a.json")
    with pytest.raises(OSError, match="regular"):
        files.open(blob)


def test_a_file_that_vanished_is_an_error_of_opening(tmp_path: Path) -> None:
    write(tmp_path, "a.json")
    blob = next(files.find(str(tmp_path)))
    assert isinstance(blob, Blob)
    (tmp_path / "a.json").unlink()
    with pytest.raises(FileNotFoundError):
        files.open(blob)


@posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_listed_is_reported(tmp_path: Path) -> None:
    write(tmp_path, "closed/a.json", "z.json")
    (tmp_path / "closed").chmod(0)
    try:
        assert problems(tmp_path) == [("closed", "unreadable", True)]
        assert refs(tmp_path) == ["z.json"]
    finally:
        (tmp_path / "closed").chmod(0o700)


@posix
def test_a_name_that_is_no_utf8_can_be_printed_and_opened(tmp_path: Path) -> None:
    try:
        (Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.json"))).write_text("{}")
    except OSError:
        pytest.skip("this file system holds UTF-8 names only")
    blob = next(files.find(str(tmp_path)))
    assert isinstance(blob, Blob)
    assert blob.ref == "caf\ufffd.json"
    with files.open(blob) as stream:
        assert stream.read() == b"{}"


def delivered(*days: str) -> list[str]:
    folder = "AWSLogs/o-abcdefghij/111122223333/CloudTrail/eu-west-1"
    return [f"{folder}/{day}/111122223333_CloudTrail_eu-west-1_x.json.gz" for day in days]


def test_files_delivered_more_than_a_day_outside_are_skipped_and_counted(tmp_path: Path) -> None:
    #  05   06   07   08   09   10   11     the date in the path
    #   -    -    +    +    +    +    -     wanted: the 8th 00:00 to the 9th 12:00
    names = delivered(*(f"2023/07/{day:02}" for day in range(5, 12)))
    write(tmp_path, *names, "other.json")
    since, until = parse_time("2023-07-08"), parse_time("2023-07-09T12:00:00Z")
    assert since is not None
    assert until is not None
    assert refs(tmp_path, since=since, until=until) == [*names[2:6], "other.json"]
    assert [kind for _, kind, _ in problems(tmp_path, since=since, until=until)] == ["out-of-range"] * 3


def test_the_date_counts_also_when_the_target_lies_inside_the_layout(tmp_path: Path) -> None:
    write(tmp_path, *delivered("2023/07/05", "2023/07/10"))
    inside = tmp_path / "AWSLogs/o-abcdefghij/111122223333/CloudTrail/eu-west-1/2023"
    assert len(refs(inside, since=parse_time("2023-07-10") or 0)) == 1


def test_a_path_that_only_looks_dated_is_read(tmp_path: Path) -> None:
    write(tmp_path, "backup/2001/01/01/a.json", *delivered("2023/13/45"))
    assert len(refs(tmp_path, since=parse_time("2023-07-10") or 0)) == 2


def test_sources_are_found_by_what_is_named() -> None:
    assert for_target("-") is source("stdin")
    assert for_target("logs") is source("files")
