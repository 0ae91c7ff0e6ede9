"""Text to records: one module a format, found by name; which one reads a blob is told by its content.

A decoder is a public module in this folder with

    recognise(head: bytes, ref: str) -> float
        how sure it is, 0 to 1, from the first 64 KiB of text; from 0.9 on no other is asked
    decode(chunks: Iterator[bytes | Fault], blob: Blob, reading: Reading) -> Iterator[Batch | Problem]
        batches of at most 1,000 records, numbered on from 1 through the blob
    BINARY = True
        where the format is no text

Adding a format is adding a file. What wraps JSON records is one file each in `envelopes/`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain
from typing import BinaryIO, Protocol, cast

from engine.decoders._records import says_json
from engine.decoders._unicode import Oddities, utf8
from engine.decompress import Fault, chunks
from engine.errors import UsageError
from engine.model import Batch, Blob, Problem, Reading
from engine.windows.grouping import grouped, is_windows

__all__ = ["Decoder", "decode", "decoder", "names"]

_HEAD = 64 << 10
SURE = 0.9
"""A decoder that is as sure as this gets the blob, and no other is asked: no two may be as sure of the same text."""


class Decoder(Protocol):
    """What a module in this folder offers."""

    def recognise(self, head: bytes, ref: str) -> float: ...

    def decode(self, chunks: Iterator[bytes | Fault], blob: Blob, reading: Reading) -> Iterator[Batch | Problem]: ...


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """The formats there are, sorted."""
    found = (info.name for info in pkgutil.iter_modules(__path__) if not info.ispkg)
    return tuple(sorted(name for name in found if not name.startswith("_")))


@lru_cache(maxsize=64)
def decoder(name: str) -> Decoder:
    """The decoder of this name. Raises UsageError."""
    if name not in names():
        raise UsageError(f'there is no format "{name}"', hint=f"one of: {', '.join(names())}")
    return cast(Decoder, importlib.import_module(f"{__name__}.{name}"))


def decode(blob: Blob, stream: BinaryIO, reading: Reading) -> Iterator[Batch | Problem]:
    """Read one blob: decompress it, find its format (or take `reading.format`), and decode it.

    Nothing in the input raises; what cannot be read comes as a `Problem`, with its offset in the decompressed text (of
    UTF-16 and UTF-32, in that text as UTF-8). A blob that is no log is a problem of kind "no-log", lost only where the
    user named that very file, or of kind "broken-json" where its name says that it should have been JSON.
    """
    text = utf8(chunks(stream, reading.max_bytes))
    first = next(text, None)
    if first is None:
        yield Problem(blob.ref, None, "is empty", blob.named, "no-log")
        return
    if isinstance(first, Fault):
        yield Problem(blob.ref, first.offset, first.fault, first.lost, first.kind)
        return
    found = _decoder_for(first[:_HEAD], blob, reading)
    if found is not None:
        yield from _told_of_oddities(found, chain((first,), text), blob, reading)
    elif says_json(blob.ref):
        yield Problem(blob.ref, 0, "is named like JSON, but holds none", True, "broken-json")
    else:
        yield Problem(blob.ref, None, f"is no log: {_what(first)}", blob.named, "no-log")


def _told_of_oddities(
    found: Decoder, text: Iterator[bytes | Fault], blob: Blob, reading: Reading
) -> Iterator[Batch | Problem]:
    """What a decoder gives; of a log with bytes that are no UTF-8, that its texts are not quite what they were."""
    odd = Oddities()
    held_a_log = False
    watched = text if getattr(found, "BINARY", False) else odd.watched(text)
    for item in found.decode(watched, blob, reading):
        if isinstance(item, Batch):
            held_a_log = True
            yield grouped(item) if item.parts is None and is_windows(item.logsource) else item
        else:
            yield item
    if odd.first is not None and held_a_log:
        fault = "bytes that are no UTF-8, here first; they are read as U+FFFD"
        yield Problem(blob.ref, odd.first, fault, True, "no-utf8")


def _decoder_for(head: bytes, blob: Blob, reading: Reading) -> Decoder | None:
    if reading.format is not None:
        return decoder(reading.format)
    ref = f"{blob.ref}.json" if blob.named else blob.ref  # whoever names a file says that it is a log
    best = 0.0, ""
    for name in _order():
        sure = decoder(name).recognise(head, ref)
        if sure >= SURE:
            return decoder(name)
        best = max(best, (sure, name))
    return decoder(best[1]) if best[0] > 0 else None


@lru_cache(maxsize=1)
def _order() -> list[str]:
    """The names in the order in which they are asked: CloudTrail first, so that a scan of it loads no other decoder."""
    return sorted(names(), key=lambda name: (name != "cloudtrail", name))


def _what(text: bytes) -> str:
    """What a file that is no log may be, for its reader."""
    if text.startswith(b"PK\3\4"):
        return "it is a zip archive; unpack it first"
    if text[257:262] == b"ustar":
        return "it is a tar archive; unpack it first"
    if text.startswith(b"PAR1"):
        return "it is Parquet"
    return "it holds binary data" if b"\0" in text[:_HEAD] else "its text is in no format that is known"
