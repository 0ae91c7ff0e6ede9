"""What a scan holds in memory does not grow with what it reads."""

from __future__ import annotations

import io
import tracemalloc
from pathlib import Path

import pytest

from engine.outputs.ndjson import Output
from engine.runners import Scan, run
from tests.runners.made import RULES, record, write


class _Nowhere(io.RawIOBase):
    """A stream that keeps nothing."""

    def write(self, data: object) -> int:
        return len(data)  # type: ignore[arg-type]


def peak(folder: Path) -> int:
    """The most bytes that Python held while it scanned."""
    scan = Scan((str(folder),), RULES, Output(_Nowhere()))  # type: ignore[arg-type]
    tracemalloc.start()
    try:
        run(scan)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", ["GetObject", "StopLogging"])
def test_ten_times_the_files_take_no_more_memory(name: str, tmp_path: Path):
    """Events without an id, because of ids with a hit a digest each is kept."""
    file = [record(name, user=f"user-{number % 9}") for number in range(120)]
    few, many = write(tmp_path / "few", *[file] * 3), write(tmp_path / "many", *[file] * 30)
    peak(few)  # what is loaded once
    assert peak(many) < 1.3 * peak(few) + 200_000
