"""Standard input as a source."""

from __future__ import annotations

import io

import pytest

from engine.model import Blob
from engine.sources import stdin


def test_it_is_one_named_blob_of_unknown_size() -> None:
    assert list(stdin.find("-")) == [Blob("stdin", "-", "-", True, None)]


def test_it_gives_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\x1f\x8b")))
    assert stdin.open(Blob("stdin", "-", "-", True, None)).read() == b"\x1f\x8b"


def test_when_it_is_closed_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(OSError, match="closed"):
        stdin.open(Blob("stdin", "-", "-", True, None))
