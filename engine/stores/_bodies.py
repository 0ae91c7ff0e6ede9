"""Hits and episodes as bytes, whatever a log held: nothing that is read back can do more than be a value."""

from __future__ import annotations

from typing import Any

import msgspec

from engine.hit import Episode, Evidence, Hit
from engine.model import Ref

__all__ = ["episode_of", "hit_of", "pack"]

_NUMBER, _TEXT = 1, 2
_DEEPEST = 200

_fast = msgspec.msgpack.Encoder().encode


def pack(value: Hit | Episode) -> bytes:
    """MessagePack; with marks for what that has no way to write: whole numbers beyond 64 bits, lone surrogates."""
    try:
        return _fast(value)
    except (ValueError, TypeError, OverflowError, RecursionError):
        return _fast(_marked(value, 0))


def _marked(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return msgspec.msgpack.Ext(_TEXT, value.encode("utf-8", "surrogatepass"))
        return value
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 62:
        return msgspec.msgpack.Ext(_NUMBER, hex(value).encode())
    if isinstance(value, dict | list | tuple) and depth >= _DEEPEST:
        return "…"
    if isinstance(value, dict):
        return {_marked(key, depth): _marked(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_marked(item, depth + 1) for item in value]
    return value


def _unmarked(code: int, data: memoryview) -> Any:
    return int(bytes(data), 16) if code == _NUMBER else bytes(data).decode("utf-8", "surrogatepass")


_decode = msgspec.msgpack.Decoder(ext_hook=_unmarked).decode


def hit_of(body: bytes) -> Hit:
    """The hit that was packed."""
    rule, time, event, values, evidence, opens = _decode(body)
    return Hit(rule, time, event, values, _evidence(evidence), opens)


def episode_of(body: bytes) -> Episode:
    """The episode that was packed."""
    said = Episode._make(_decode(body))
    return said._replace(group=tuple((name, text) for name, text in said.group), evidence=_evidence(said.evidence))


def _evidence(listed: Any) -> tuple[Evidence, ...]:
    return tuple(Evidence(rule, time, Ref(*ref), identity, shown) for rule, time, ref, identity, shown in listed)
