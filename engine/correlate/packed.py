"""State as bytes, whatever a log held: nothing that is read back can do more than be a value."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import msgspec

from engine.hit import Evidence, Hit
from engine.model import Ref

__all__ = ["evidence_of", "hit_of", "pack", "unpack"]

_INTEGER, _TEXT, _FRACTION, _PAIRS = 1, 2, 3, 4
_DEEPEST = 200


def _hook(value: Any) -> Any:
    if isinstance(value, Fraction):
        return msgspec.msgpack.Ext(_FRACTION, f"{value.numerator:x}/{value.denominator:x}".encode())
    raise TypeError(f"{type(value).__name__} is no plain data")


_encode = msgspec.msgpack.Encoder(enc_hook=_hook).encode


def pack(value: Any) -> bytes:
    """MessagePack of plain data; with marks for what that cannot write: integers beyond 64 bits, lone surrogates."""
    try:
        return _encode(value)
    except (ValueError, OverflowError, RecursionError):
        return _encode(_marked(value, 0))


def _marked(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return msgspec.msgpack.Ext(_TEXT, value.encode("utf-8", "surrogatepass"))
        return value
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 62:
        return msgspec.msgpack.Ext(_INTEGER, f"{value:x}".encode())
    if isinstance(value, (dict, list, tuple)):
        if depth >= _DEEPEST:  # deeper than anything that means something
            return None
        if isinstance(value, dict):
            pairs = [(_marked(key, depth), _marked(item, depth + 1)) for key, item in value.items()]
            whole = all(isinstance(key, str) for key, _ in pairs)
            return dict(pairs) if whole else msgspec.msgpack.Ext(_PAIRS, _encode(pairs))
        return [_marked(item, depth + 1) for item in value]
    return value


def _unmarked(code: int, data: memoryview) -> Any:
    if code == _TEXT:
        return bytes(data).decode("utf-8", "surrogatepass")
    if code == _INTEGER:
        return int(bytes(data), 16)
    if code == _PAIRS:
        return dict(unpack(data))
    above, below = bytes(data).split(b"/")
    return Fraction(int(above, 16), int(below, 16))


unpack = msgspec.msgpack.Decoder(ext_hook=_unmarked).decode
"""The plain data that was packed; tuples come back as lists."""


def evidence_of(listed: Any) -> tuple[Evidence, ...]:
    """Events as they were packed, or as they came out of `unpack`."""
    if isinstance(listed, bytes):
        listed = unpack(listed)
    return tuple([Evidence(rule, time, Ref(*ref), identity, shown) for rule, time, ref, identity, shown in listed])


def hit_of(fields: Any) -> Hit:
    """A hit as it came out of `unpack`."""
    rule, time, event, values, evidence, opens = fields
    return Hit(rule, time, event, values, evidence_of(evidence), opens)
