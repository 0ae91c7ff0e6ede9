"""Items come back in order whatever fits into memory."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import StoreError
from engine.runners import spill
from engine.runners.spill import Spill

Item = tuple[int, int]


@given(st.lists(st.lists(st.integers(0, 5), max_size=12), max_size=12), st.integers(1, 40), st.integers(2, 4))
def test_any_parts_and_any_limit_give_what_sorting_gives(parts: list[list[int]], limit: int, fan: int):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spill, "FAN", fan)
        patch.setattr(spill, "_PAGE", 3)
        kept: Spill[Item] = Spill(lambda item: item[0], limit)
        numbered = [[(key, at * 100 + number) for number, key in enumerate(part)] for at, part in enumerate(parts)]
        for part in numbered:
            kept.add(part)
        everything = [item for part in numbered for item in part]
        assert bool(kept) == bool(everything)
        assert list(kept.drain()) == sorted(everything, key=lambda item: item[0])  # equal ones as they came
        assert list(kept.drain()) == []


def test_no_more_than_the_limit_is_held():
    kept: Spill[Item] = Spill(lambda item: item[0], 10)
    for number in range(95):
        kept.add([(number, 0)])
        assert len(kept._held) < 10
    assert kept.spilled == 90


def test_no_room_is_a_fault_with_a_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(StoreError, match="no room for what was found") as raised:
        Spill[Item](lambda item: item[0], 1).add([(1, 1)])
    assert "TMPDIR" in (raised.value.hint or "")
