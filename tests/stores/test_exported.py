"""A state file as text and back: the same to the byte, of any earlier version, and only whole."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import DetectError, StoreError
from engine.hit import Hit
from engine.stores import Entry, Ledger, Store, empty, export, restore, tables
from engine.stores.sqlite import APPLICATION, _statements, migrations

VALUES = st.one_of(
    st.none(),
    st.integers(-(1 << 63), (1 << 63) - 1),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.binary(max_size=20),
    st.floats(allow_nan=False, allow_infinity=False),
)


def filled(path: Path) -> Path:
    """A state file with something of every shape: numbers, texts that must be escaped, bytes, nothing."""
    with Store(str(path)) as store, store.transaction():
        ledger = Ledger(store)
        ledger.set_mark("run", 7)
        ledger.enter("/logs", 'a "quoted"\n\u2028 name', Entry(10, None, bytes(range(20)), 3, True), 1, 2)
        ledger.saw([b"\0\xff", b""], 5, 1)
        ledger.keep_hits([Hit("r", 5, "e", {"n": 1 << 70}, ())], 1)
        store.execute("INSERT INTO wish VALUES ('pause', 1)")
    return path


def exported(path: Path) -> list[bytes]:
    with Store(str(path)) as store:
        return list(export(store))


def restored(lines: Iterable[bytes], path: Path) -> Path:
    restore(lines, "lines", str(path))
    return path


def test_what_comes_out_again_is_the_same(tmp_path: Path):
    lines = exported(filled(tmp_path / "one"))
    assert exported(restored(lines, tmp_path / "other")) == lines
    with Store(str(tmp_path / "other")) as store:
        assert [hit.values for hit in Ledger(store).hits()] == [{"n": 1 << 70}]


@given(marks=st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), VALUES), seen=st.sets(st.binary()))
def test_whatever_is_kept_comes_out_again(marks: dict[str, object], seen: set[bytes]):
    with TemporaryDirectory() as folder:
        one, other = Path(folder, "one"), Path(folder, "other")
        with Store(str(one)) as store, store.transaction():
            store.executemany("INSERT INTO mark VALUES (?, ?)", list(marks.items()))
            store.executemany("INSERT INTO seen VALUES (?, 1, 1)", [(each,) for each in seen])
        lines = exported(one)
        assert exported(restored(lines, other)) == lines
        with Store(str(other)) as store:
            assert dict(store.execute("SELECT name, value FROM mark").fetchall()) == marks


def test_every_table_and_every_row_is_in_it(tmp_path: Path):
    lines = [json.loads(line) for line in exported(filled(tmp_path / "one"))]
    with Store(str(tmp_path / "one")) as store:
        rows = tables(store)
    assert lines[0]["kind"] == "detect-state"
    assert lines[0]["format"] == max(migrations())
    assert lines[-1]["rows"] == sum(rows.values()) == len(lines) - 2
    assert {line["table"] for line in lines[1:-1]} == {name for name, number in rows.items() if number}


def test_an_export_of_an_earlier_version_is_brought_up_to_date(tmp_path: Path):
    old = tmp_path / "old"
    with closing(sqlite3.connect(old)) as made:
        for statement in _statements(migrations()[1]):
            made.execute(statement)
        made.execute(f"PRAGMA application_id = {APPLICATION}")
        made.execute("PRAGMA user_version = 1")
        made.execute("INSERT INTO seen VALUES (x'01', 5, 1)")
        made.commit()
    held = _of_version(old, 1)
    assert held[0].startswith(b'{"kind": "detect-state", "version": 1, "format": 1,')
    with Store(str(restored(held, tmp_path / "new"))) as store:
        assert store.execute("PRAGMA user_version").fetchone()[0] == max(migrations())
        assert Ledger(store).seen([b"\1"]) == {b"\1"}
        assert tables(store)["aside"] == 0


def _of_version(path: Path, version: int) -> list[bytes]:
    """The export of a file as the version that wrote it makes it: without bringing it up to date."""

    class Old(Store):
        def _migrate(self) -> None:
            pass

    with Old(str(path)) as store:
        assert store.execute("PRAGMA user_version").fetchone()[0] == version
        return list(export(store))


CUT = "is cut off"
WRONG = {
    "nothing": (lambda lines: [], CUT),
    "without its end": (lambda lines: lines[:-1], CUT),
    "a row is gone": (lambda lines: lines[:2] + lines[3:], "was changed"),
    "rows in another order": (lambda lines: [lines[0], *lines[-2:0:-1], lines[-1]], "was changed"),
    "a value is another": (lambda lines: [line.replace(b'"pause"', b'"pausE"') for line in lines], "was changed"),
    "no JSON": (lambda lines: [b"x\n"], "is no export"),
    "other JSON": (lambda lines: [b"{}\n"], "is no export"),
    "a line of another kind": (lambda lines: [lines[0], b"[]\n"], "is no export"),
    "no table": (lambda lines: [lines[0], b'{"table": "sqlite_master", "row": {}}\n'], "holds a row"),
    "no column": (lambda lines: [lines[0], b'{"table": "wish", "row": {"name": "x"}}\n'], "holds a row"),
    "no value": (lambda lines: [lines[0], b'{"table": "wish", "row": {"name": "x", "at": []}}\n'], "holds a value"),
    "a row twice": (lambda lines: [*lines[:2], lines[1], *lines[2:]], "does not fit together"),
    "later": (lambda lines: [lines[0].replace(b'"format": ', b'"format": 9'), *lines[1:]], "was written by a later"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_not_whole_is_not_taken(tmp_path: Path, name: str):
    change, fault = WRONG[name]
    lines = exported(filled(tmp_path / "one"))
    with Store(str(tmp_path / "other")) as store:
        Ledger(store).set_mark("mine", 1)
    with pytest.raises(DetectError, match=fault):
        restored(change(lines), tmp_path / "other")
    with Store(str(tmp_path / "other")) as store:
        assert Ledger(store).mark("mine") == 1  # nothing was changed
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "other"]  # and nothing is left beside it


def test_an_export_is_of_one_moment_whoever_writes_meanwhile(tmp_path: Path):
    path = filled(tmp_path / "one")
    before = exported(path)
    with Store(str(path)) as store, Store(str(path)) as other:
        lines = export(store)
        held = [next(lines)]
        Ledger(other).set_mark("later", 1)
        assert [*held, *lines] == before
        assert list(export(store)) != before


def test_what_sqlite_has_kept_beside_the_old_file_is_not_the_new_ones(tmp_path: Path):
    lines = exported(filled(tmp_path / "one"))
    path = tmp_path / "other"
    with Store(str(path)) as reader:  # keeps the -wal file there
        Ledger(reader).set_mark("old", 1)
        restored(lines, path)
    assert exported(path) == lines


def test_a_file_is_empty_until_something_is_kept(tmp_path: Path):
    with Store(str(tmp_path / "one")) as store:
        assert empty(store)
        Ledger(store).saw([b"x"], 1, 1)
        assert not empty(store)


def test_a_folder_that_cannot_be_written_to_is_said(tmp_path: Path):
    lines = exported(filled(tmp_path / "one"))
    with pytest.raises(StoreError, match="cannot be written"):
        restored(lines, tmp_path / "none" / "other")
