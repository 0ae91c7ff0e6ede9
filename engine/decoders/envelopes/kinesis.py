"""Kinesis and Firehose as a Lambda gets them: base64 of JSON text, or of gzip of it."""

from __future__ import annotations

import binascii
from collections.abc import Iterable
from typing import Any

from engine.decoders.envelopes import Text

__all__ = ["SIGNS", "open"]

SIGNS = frozenset({"kinesis", "recordId"})


def open(value: dict[str, Any]) -> Iterable[Any] | None:
    inner = value.get("kinesis")
    data = inner.get("data") if isinstance(inner, dict) else value.get("data") if "recordId" in value else None
    if not isinstance(data, str):
        return None
    try:
        content = binascii.a2b_base64(data)
    except ValueError:
        return None
    return [Text(content)] if content.lstrip()[:1] in (b"{", b"[", b"\x1f") else None
