"""Fuzz target: stored bytes to text. Nothing raises, no limit is passed, and nothing whole is changed or lost."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sys
from collections.abc import Callable, Iterator

from engine.decompress import Fault, chunks

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

__all__ = ["WORDS", "check", "seeds"]

LIMIT = 1 << 20
WORDS = (b"\x1f\x8b\x08", b"BZh9", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd", b"\x00" * 8, b"1AY&SY", b"\x17rE8P\x90", b"YZ")
OTHERS: tuple[tuple[bytes, Callable[[bytes], bytes]], ...] = (
    (b"\x1f\x8b", gzip.decompress),
    (b"BZh", bz2.decompress),
    (b"\xfd7zXZ", lzma.decompress),
)


def check(data: bytes) -> None:
    """The bytes as they are, and then one of the codecs applied to them and damaged by what their first bytes say."""
    whole = _opened(data, LIMIT)
    small = _opened(data, 1_000)
    if whole[1] is None:
        assert whole[0].startswith(small[0]), "what fits a smaller limit is the start of what fits a larger"
    _agrees_with_others(data, whole)
    if len(data) > 4:
        _damaged(data)


def _opened(data: bytes, limit: int) -> tuple[bytes, Fault | None]:
    parts: list[bytes] = []
    fault: Fault | None = None
    for item in chunks(io.BytesIO(data), limit):
        assert fault is None, "a fault is the last thing"
        if isinstance(item, Fault):
            fault = item
        else:
            assert item, "no chunk is empty"
            parts.append(item)
    text = b"".join(parts)
    assert len(text) <= max(limit, len(data)), "only what is not compressed has no limit"
    assert fault is None or fault.offset == len(text), (fault, len(text))
    return text, fault


def _agrees_with_others(data: bytes, opened: tuple[bytes, Fault | None]) -> None:
    """What Python's own library reads without a complaint, we read alike."""
    for magic, other in OTHERS:
        if not data.startswith(magic):
            continue
        try:
            text = other(data)
        except (OSError, EOFError, ValueError, lzma.LZMAError, RuntimeError):
            continue
        except Exception as error:
            if type(error).__name__ != "error":  # zlib.error
                raise
            continue
        if len(text) < LIMIT and _opened(text, LIMIT) == (text, None):
            # Python's bz2 drops a second stream that is damaged, its gzip passes over flags that nobody has defined.
            told = opened[1] is not None and (opened[0].startswith(text) or text.startswith(opened[0]))
            assert opened[0] == text or told, "another library reads it otherwise"


def _damaged(data: bytes) -> None:
    """Compressed and cut or changed at a place: what comes out is a beginning of what went in, or it is said."""
    kind, where, change, payload = data[0] % 4, int.from_bytes(data[1:3], "little"), data[3], data[4:]
    if _opened(payload, LIMIT)[0] != payload:
        return  # itself something compressed
    packers = (gzip.compress, bz2.compress, lzma.compress, zstd.compress)
    stored = bytearray(packers[kind](payload))
    assert _opened(bytes(stored), LIMIT) == (payload, None)
    at = where % len(stored)
    text, fault = _opened(bytes(stored[:at]), LIMIT)
    assert payload.startswith(text) or fault is None, "cut off: not the beginning"
    assert fault is not None or not text or at < 6 or text == payload, "cut off without a word"
    if change and kind != 3:  # zstd of Python has no checksum by default
        stored[at] ^= change
        text, fault = _opened(bytes(stored), LIMIT)
        assert fault is not None or text == payload or _still_good(bytes(stored), text), "changed without a word"


def _still_good(stored: bytes, text: bytes) -> bool:
    """Whether the damage left something that is no longer compressed, or is good by its own checksum."""
    if text == stored:
        return True
    for magic, other in OTHERS:
        if stored.startswith(magic):
            try:
                return other(stored) == text
            except Exception:  # noqa: BLE001
                return False
    return False


def seeds() -> Iterator[bytes]:
    """Every codec, one after another, one in another, and plain text."""
    plain = b'{"Records":[]}' * 20
    yield plain
    for pack in (gzip.compress, bz2.compress, lzma.compress, zstd.compress):
        packed = pack(plain)
        yield packed
        yield packed + packed
        yield packed[:-5]
        yield packed + b"trailing"
        yield gzip.compress(packed)
        yield pack(b"")
    yield gzip.compress(gzip.compress(gzip.compress(gzip.compress(plain))))
    yield bytes([0, 5, 0, 1]) + plain
    yield bytes([1, 9, 0, 1]) + plain
    yield bytes([2, 30, 0, 1]) + plain
    yield bytes([3, 7, 0, 1]) + plain
