"""Any log in JSON: one record a line, an array, a single object, or objects one after the other, pretty or not.

What kind of log it is, each record tells by its signs (logsources/); for the rest `--logsource` says it. Records are
found in the wrappers of `envelopes/` too. Of a name that stands twice in one object, the last counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import msgspec

from engine.decoders._records import batches, begins_json, says_json, split
from engine.decoders.envelopes import recordlike
from engine.decompress import Fault
from engine.jsontext import Damage, Found, values
from engine.model import Batch, Blob, Problem, Reading

__all__ = ["decode", "recognise"]

_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])


def recognise(head: bytes, ref: str) -> float:
    """Likely where it begins like JSON; possible where the name says so."""
    if begins_json(head):
        return 0.5
    return 0.2 if says_json(ref) and b"{" in head else 0.0


def decode(chunks: Iterator[bytes | Fault], blob: Blob, reading: Reading) -> Iterator[Batch | Problem]:
    """Records in order; see `engine.decoders` for the shape of what is given."""
    yield from batches(_items(chunks), blob, reading, False)


def _items(chunks: Iterator[bytes | Fault]) -> Iterator[Found | Damage | Fault]:
    """The values of a text; an array that is whole is split by one call."""
    first, second = next(chunks, b""), next(chunks, None)
    if isinstance(first, bytes) and not isinstance(second, bytes) and first.lstrip()[:1] == b"[":
        try:
            raws = _ARRAY.decode(first)
        except (ValueError, RecursionError):
            pass
        else:
            yield from split(first, raws)
            if second is not None:
                yield second
            return
    yield from values(chain((first,) if second is None else (first, second), chunks), recordlike, False)
