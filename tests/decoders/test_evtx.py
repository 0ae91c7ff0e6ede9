"""Event log files: whole ones, damaged ones, and what happens without the library."""

from __future__ import annotations

import gzip
import io
import sys

import pytest

from engine.model import Batch, LogSource, Problem, Reading
from tests.decoders import evtx_file
from tests.decoders.evtx_file import CHUNK, HEADER
from tests.decoders.reading import Read, read
from tests.windows.made import EVENTS, evtx

LOG = evtx()
FIRST = HEADER + 512  # where the first record is
NUMBERS = [event.number for event in EVENTS]


def numbers(seen: Read) -> list[int]:
    return [int(record["EventRecordID"]) for record in seen.records]


def record_at(number: int) -> int:
    """The offset of a record of the file, by its number from 0."""
    at = -1
    for _ in range(number + 1):
        at = LOG.index(b"**\0\0", at + 1)
    return at


def changed(at: int, by: bytes) -> bytes:
    return LOG[:at] + by + LOG[at + len(by) :]


def test_the_file_made_for_tests_is_sound() -> None:
    """The parser agrees with its checksums too."""
    from evtx import PyEvtxParser

    records = PyEvtxParser(io.BytesIO(LOG), number_of_threads=1, validate_checksums=True).records_json()
    assert [record["event_record_id"] for record in records] == NUMBERS


@pytest.mark.parametrize("stored", [LOG, gzip.compress(LOG)], ids=["plain", "gzip"])
def test_every_record_is_read(stored: bytes) -> None:
    seen = read(stored, ref="Security.evtx", named=False)
    assert numbers(seen) == NUMBERS
    assert seen.problems == []
    assert seen.logsources == [LogSource("windows")]


def test_a_broken_record_costs_only_itself_and_its_place_is_said() -> None:
    at = record_at(3)
    seen = read(changed(at + 40, b"\xff" * 20))
    assert numbers(seen) == [number for number in NUMBERS if number != 4]
    assert [(problem.offset, problem.kind, problem.lost) for problem in seen.problems] == [(at, "broken-record", True)]
    assert seen.problems[0].fault.startswith("1 record of a chunk cannot be read, here first: ")


def test_a_broken_header_of_a_record_costs_the_rest_of_its_chunk() -> None:
    at = record_at(7)
    seen = read(changed(at, b"xxxx"))
    assert numbers(seen) == [number for number in NUMBERS if number not in (8, 9, 10)]
    assert [(problem.offset, problem.kind) for problem in seen.problems] == [(at, "broken-record")]
    assert seen.problems[0].fault.startswith("3 records")


def test_a_broken_chunk_costs_only_itself() -> None:
    seen = read(changed(HEADER + CHUNK, b"xxxx"))
    assert numbers(seen) == [*range(1, 11), *range(21, len(EVENTS) + 1)]
    assert [(problem.offset, problem.kind) for problem in seen.problems] == [(HEADER + CHUNK, "broken-chunk")]


def test_a_file_that_is_cut_off_is_read_up_to_there() -> None:
    at = record_at(15)
    seen = read(LOG[: at + 30])
    assert numbers(seen) == list(range(1, 16))
    assert [(problem.offset, problem.kind, problem.lost) for problem in seen.problems] == [(at, "truncated", True)]
    assert read(LOG[:100]).kinds == [("truncated", True)]


def test_chunks_that_were_never_used_are_passed_over() -> None:
    seen = read(LOG[: HEADER + CHUNK] + bytes(CHUNK) + LOG[HEADER + CHUNK :] + bytes(3 * CHUNK + 10))
    assert numbers(seen) == NUMBERS
    assert seen.problems == []


def test_a_header_that_knows_too_few_chunks_hides_none() -> None:
    assert numbers(read(changed(42, b"\1\0"))) == NUMBERS


def test_more_records_than_a_batch_holds() -> None:
    """Chunks are read one at a time, from pieces of any size."""
    from engine.decoders import evtx as decoder
    from engine.model import Blob

    chunk = evtx_file.chunk([evtx_file.Event(n, EVENTS[0].time, "Own/Log", "Own", 1, {"a": "b"}) for n in range(1, 60)])
    text = LOG[:HEADER] + chunk * 30
    pieces = (text[start : start + 100_001] for start in range(0, len(text), 100_001))
    items = list(decoder.decode(pieces, Blob("files", "log", "log", True, None), Reading()))
    assert all(isinstance(item, Batch) for item in items)
    assert [(item.first, len(item.records)) for item in items if isinstance(item, Batch)] == [(1, 1_000), (1_001, 770)]


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "evtx", None)
    seen = read(LOG, ref="Security.evtx", named=False)
    assert seen.records == []
    (problem,) = seen.problems
    assert problem == Problem("Security.evtx", None, problem.fault, True, "no-library")
    assert 'pip install "detect-engine[evtx]"' in problem.fault
