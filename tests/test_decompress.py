"""Stored bytes to text: every codec, every way to be damaged, and no memory beyond the limit."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import decompress
from engine.decompress import CHUNK, WHOLE, Fault, chunks

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

CODECS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "zstd": lambda text: zstd.compress(text, options={zstd.CompressionParameter.checksum_flag: 1}),
    "bzip2": lambda text: bz2.compress(text, 1),
    "xz": lambda text: lzma.compress(text, preset=0),
    "plain": bytes,
}
PACKED = [name for name in CODECS if name != "plain"]
TEXT = b"".join(b'{"event": %d, "of": "a text that repeats"}\n' % index for index in range(3_000))
LIMIT = 1 << 30


def read(stored: bytes, limit: int = LIMIT) -> tuple[bytes, Fault | None]:
    """All text, and the fault behind it."""
    items = list(chunks(io.BytesIO(stored), limit))
    fault = items.pop() if items and isinstance(items[-1], Fault) else None
    assert all(isinstance(item, bytes) for item in items), "a fault comes last"
    return b"".join(cast("list[bytes]", items)), cast("Fault | None", fault)


@pytest.mark.parametrize("name", CODECS)
def test_text_comes_whole_as_one_chunk(name: str) -> None:
    assert list(chunks(io.BytesIO(CODECS[name](TEXT)), LIMIT)) == [TEXT]


@pytest.mark.parametrize("name", PACKED)
def test_members_one_after_the_other_are_one_text(name: str) -> None:
    pack = CODECS[name]
    assert read(pack(TEXT) + pack(b"") + pack(b"more")) == (TEXT + b"more", None)


@pytest.mark.parametrize("name", PACKED)
def test_bytes_after_the_end_are_reported_behind_the_text(name: str) -> None:
    text, fault = read(CODECS[name](TEXT) + b"what is this, then")
    assert text == TEXT
    assert fault is not None
    assert (fault.kind, fault.offset, fault.lost) == ("trailing-garbage", len(TEXT), True)


def test_zeros_that_pad_gzip_are_no_garbage() -> None:
    assert read(gzip.compress(TEXT) + bytes(2_000)) == (TEXT, None)


@pytest.mark.parametrize("name", PACKED)
def test_a_cut_off_file_gives_what_came_before_the_cut(name: str) -> None:
    noise = random.Random(1).randbytes(1 << 20).hex().encode()  # several blocks of bzip2
    stored = CODECS[name](noise)
    text, fault = read(stored[: len(stored) * 2 // 3])
    assert noise.startswith(text)
    assert len(text) > len(noise) // 5
    assert fault is not None
    assert (fault.kind, fault.offset) == ("truncated", len(text))


@given(cut=st.integers(2, len(gzip.compress(TEXT)) - 1))
def test_gzip_cut_anywhere_gives_a_beginning_and_a_fault(cut: int) -> None:
    text, fault = read(gzip.compress(TEXT, mtime=0)[:cut])
    assert TEXT.startswith(text)
    assert fault is not None


def test_gzip_gives_every_byte_that_the_stored_bytes_decide() -> None:
    stored = gzip.compress(TEXT, 0)  # stored blocks: text stands in them as it is
    text, _ = read(stored[:-1_000])
    assert len(TEXT) - len(text) < 1_010


def test_a_wrong_checksum_of_gzip_costs_no_text() -> None:
    stored = bytearray(gzip.compress(TEXT, 0))
    stored[-6] ^= 1  # the checksum
    text, fault = read(bytes(stored))
    assert text == TEXT
    assert fault is not None
    assert fault.kind == "broken-compression"


@pytest.mark.parametrize("name", PACKED)
def test_random_damage_never_raises_and_never_goes_unsaid(name: str) -> None:
    stored = CODECS[name](TEXT)
    chance = random.Random(7)
    for _ in range(60):
        bent = bytearray(stored)
        bent[chance.randrange(4, len(bent))] ^= 1 << chance.randrange(8)
        text, fault = read(bytes(bent))
        assert text == TEXT or fault is not None


@pytest.mark.parametrize("name", PACKED)
def test_a_bomb_stops_at_the_limit_without_its_memory(name: str) -> None:
    stored = CODECS[name](bytes(60 << 20))
    tracemalloc.start()
    text, fault = read(stored, limit=1 << 20)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(text) == 1 << 20
    assert fault is not None
    assert (fault.kind, fault.offset) == ("too-large", 1 << 20)
    assert peak < 50 << 20


@pytest.mark.parametrize("name", PACKED)
def test_what_was_compressed_twice_or_thrice_is_opened(name: str) -> None:
    twice = gzip.compress(CODECS[name](TEXT[:-100]) + CODECS[name](TEXT[-100:]))
    assert list(chunks(io.BytesIO(twice), LIMIT)) == [TEXT]
    assert list(chunks(io.BytesIO(CODECS[name](twice)), LIMIT)) == [TEXT]


def test_the_limit_is_for_all_levels_together() -> None:
    once = gzip.compress(TEXT, 0)
    for stored in (gzip.compress(once), gzip.compress(once[:-9]) + gzip.compress(once[-9:])):
        both = len(TEXT) + len(once)
        assert read(stored, limit=both) == (TEXT, None)
        text, fault = read(stored, limit=both - 1)
        assert TEXT.startswith(text)
        assert fault is not None
        assert (fault.kind, fault.offset) == ("too-large", len(text))


def test_more_than_three_levels_are_named_and_not_opened() -> None:
    stored = TEXT
    for _ in range(4):
        stored = gzip.compress(stored)
    text, fault = read(stored)
    assert (text, fault) == (b"", Fault(0, "gzip inside 3 levels of compression: unpack it first", "unreadable", True))


TWICE = gzip.compress(gzip.compress(TEXT, mtime=0), mtime=0)


@given(cut=st.integers(2, len(TWICE) - 1))
def test_a_cut_outside_gives_a_beginning_and_one_fault(cut: int) -> None:
    text, fault = read(TWICE[:cut])
    assert TEXT.startswith(text)
    assert fault is not None
    assert (fault.kind, fault.offset) == ("truncated", len(text))


def test_what_follows_outside_is_reported_behind_the_text() -> None:
    text, fault = read(gzip.compress(gzip.compress(TEXT)) + b"what is this, then")
    assert text == TEXT
    assert fault is not None
    assert (fault.kind, fault.offset) == ("trailing-garbage", len(TEXT))


def test_a_size_that_lies_is_not_believed() -> None:
    stored = bytearray(gzip.compress(TEXT))
    stored[-4:] = (12).to_bytes(4, "little")
    text, fault = read(bytes(stored))
    assert text == TEXT
    assert fault is not None


def test_a_bomb_that_lies_about_its_size_gets_no_memory_either() -> None:
    stored = bytearray(gzip.compress(bytes(300 << 20), 9))
    stored[-4:] = (12).to_bytes(4, "little")
    tracemalloc.start()
    _, fault = read(bytes(stored), limit=1 << 20)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert fault is not None
    assert peak < 50 << 20


def test_a_second_member_of_the_same_size_is_read_too() -> None:
    assert read(gzip.compress(b"one") + gzip.compress(b"two")) == (b"onetwo", None)


def test_plain_text_has_no_limit() -> None:
    assert read(TEXT, limit=10) == (TEXT, None)


def test_large_text_comes_in_chunks() -> None:
    stored = gzip.compress(bytes(WHOLE + CHUNK), 1)
    sizes = [len(chunk) for chunk in chunks(io.BytesIO(stored), LIMIT)]
    assert sum(sizes) == WHOLE + CHUNK
    assert max(sizes) <= 2 * CHUNK


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("size", [0, 1, 15, 32, 33, 63, 64, 65, 97, 128, 129, 500])
def test_a_file_of_any_size_comes_whole_up_to_a_bound_and_in_pieces_behind_it(
    size: int, packed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, bound in (("WHOLE", 64), ("CHUNK", 16), ("_STORED", 32)):
        monkeypatch.setattr(decompress, name, bound)
    text = bytes(random.Random(size).randrange(32, 127) for _ in range(size))
    file = tmp_path / "log"
    file.write_bytes(gzip.compress(text) if packed else text)
    with file.open("rb", buffering=0) as stream:
        items = list(chunks(stream, LIMIT))
    assert b"".join(cast("list[bytes]", items)) == text
    assert len(items) == (size > 0) if size <= 64 else len(items) > 1


def test_a_file_that_is_read_from_its_middle_gives_the_rest(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(TEXT)
    with (tmp_path / "log").open("rb", buffering=0) as stream:
        stream.seek(1_000)
        assert list(chunks(stream, LIMIT)) == [TEXT[1_000:]]


def test_an_empty_blob_yields_nothing() -> None:
    assert list(chunks(io.BytesIO(b""), LIMIT)) == []


def test_an_empty_member_yields_nothing() -> None:
    assert list(chunks(io.BytesIO(gzip.compress(b"")), LIMIT)) == []


class _Failing(io.RawIOBase):
    """A stream that breaks after its first bytes, as a network drive does."""

    def __init__(self, data: bytes) -> None:
        self._data: bytes | None = data

    def read(self, size: int = -1) -> bytes:
        data, self._data = self._data, None
        if data is None:
            raise OSError(5, "Input/output error")
        return data


@pytest.mark.parametrize("name", CODECS)
def test_a_stream_that_fails_is_a_fault_behind_what_was_read(name: str) -> None:
    items = list(chunks(cast(BinaryIO, _Failing(CODECS[name](TEXT)[:500])), LIMIT))
    assert isinstance(items[-1], Fault)
    assert items[-1].kind == "unreadable"
    assert "Input/output error" in items[-1].fault
